/* The words of `docker ps`, and images' names in their parts. */
#include "unit.h"

#include "base/clock.h"
#include "model/image.h"
#include "model/status.h"

#define NOW INT64_C(1795225522330000001)

/* The words for a container that has run for so many seconds. */
static const char *up_for(int64_t seconds) {
    static char text[STATUS_TEXT_MAX + 1];
    struct container_facts facts = {.state = STATE_RUNNING};
    container_set(&facts, CONTAINER_STARTED_NS, NOW - seconds * NS_PER_S);
    struct str s = status_text(&facts, NOW, text);
    text[s.len] = '\0';
    return text;
}

static void ages_are_the_engine_s(void **state) {
    (void)state;
    static const struct {
        int64_t seconds;
        const char *words;
    } rows[] = {
        {-5, "Up Less than a second"}, {0, "Up Less than a second"},  {1, "Up 1 second"},
        {2, "Up 2 seconds"},           {59, "Up 59 seconds"},         {60, "Up About a minute"},
        {119, "Up About a minute"},    {120, "Up 2 minutes"},         {1800, "Up 30 minutes"},
        {3599, "Up 59 minutes"},       {3600, "Up About an hour"},    {5399, "Up About an hour"},
        {5400, "Up 2 hours"},          {47 * 3600, "Up 47 hours"},    {48 * 3600, "Up 2 days"},
        {13 * 86400, "Up 13 days"},    {14 * 86400, "Up 2 weeks"},    {59 * 86400, "Up 8 weeks"},
        {60 * 86400, "Up 2 months"},   {729 * 86400, "Up 24 months"}, {730 * 86400, "Up 2 years"},
        {3650 * 86400, "Up 10 years"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_string_equal(up_for(rows[i].seconds), rows[i].words);
    }
}

static void states_are_the_engine_s(void **state) {
    (void)state;
    static const struct {
        enum container_state state;
        enum container_health health;
        const char *words;
    } rows[] = {
        {STATE_RUNNING, HEALTH_HEALTHY, "Up 8 seconds (healthy)"},
        {STATE_RUNNING, HEALTH_UNHEALTHY, "Up 8 seconds (unhealthy)"},
        {STATE_RUNNING, HEALTH_STARTING, "Up 8 seconds (health: starting)"},
        {STATE_PAUSED, HEALTH_HEALTHY, "Up 8 seconds (Paused)"},
        {STATE_EXITED, HEALTH_HEALTHY, "Exited (3) 5 seconds ago"},
        {STATE_RESTARTING, HEALTH_NONE, "Restarting (3) 5 seconds ago"},
        {STATE_CREATED, HEALTH_NONE, "Created"},
        {STATE_REMOVING, HEALTH_NONE, "Removal In Progress"},
        {STATE_DEAD, HEALTH_NONE, "Dead"},
        {STATE_UNKNOWN, HEALTH_NONE, ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[STATUS_TEXT_MAX];
        struct container_facts facts = {.state = rows[i].state, .health = rows[i].health};
        container_set(&facts, CONTAINER_STARTED_NS, NOW - 8 * NS_PER_S);
        container_set(&facts, CONTAINER_FINISHED_NS, NOW - 5 * NS_PER_S);
        container_set(&facts, CONTAINER_EXIT_CODE, 3);
        assert_str(status_text(&facts, NOW, text), rows[i].words);
    }
}

static void what_is_unknown_is_left_out(void **state) {
    (void)state;
    char text[STATUS_TEXT_MAX];
    struct container_facts facts = {.state = STATE_RUNNING, .health = HEALTH_HEALTHY};
    assert_str(status_text(&facts, NOW, text), "Up (healthy)");
    facts.state = STATE_EXITED;
    assert_str(status_text(&facts, NOW, text), "Exited");
    container_set(&facts, CONTAINER_EXIT_CODE, INT64_MIN);
    container_set(&facts, CONTAINER_FINISHED_NS, 0);
    assert_str(status_text(&facts, NOW, text), "Exited (-9223372036854775808) 56 years ago");
}

static void images_have_parts(void **state) {
    (void)state;
    static const struct {
        const char *reference;
        const char *repository;
        const char *tag;
        const char *digest;
    } rows[] = {
        {"busybox", "busybox", "", ""},
        {"busybox:1.36", "busybox", "1.36", ""},
        {"registry:5000/shop/web", "registry:5000/shop/web", "", ""},
        {"registry:5000/shop/web:v2", "registry:5000/shop/web", "v2", ""},
        {"web@sha256:abc", "web", "", "sha256:abc"},
        {"r:1/web:2@sha256:abc", "r:1/web", "2", "sha256:abc"},
        {"sha256:0123456789abcdef", "", "", ""},
        {"", "", "", ""},
        {":", "", "", ""},
        {"a:", "a", "", ""},
        {"@", "", "", ""},
        {"/", "/", "", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct image image = image_parse(str_of(rows[i].reference));
        assert_str(image.repository, rows[i].repository);
        assert_str(image.tag, rows[i].tag);
        assert_str(image.digest, rows[i].digest);
    }
}

static void an_id_is_no_name(void **state) {
    (void)state;
    struct container_facts facts = {.image = STR("0123456789ab"),
                                    .image_id = STR("sha256:0123456789abcdef0123")};
    assert_int_equal(image_of(&facts).repository.len, 0);
    facts.image = STR("sha256:0123456789abcdef0123");
    assert_int_equal(image_of(&facts).repository.len, 0);
    facts.image = STR("deadbeefcafe");
    assert_str(image_of(&facts).repository, "deadbeefcafe");
    assert_str(image_short_id(facts.image_id), "0123456789ab");
    assert_str(image_short_id(STR("abc")), "abc");
    assert_str(image_short_id(STR("")), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ages_are_the_engine_s),
        cmocka_unit_test(states_are_the_engine_s),
        cmocka_unit_test(what_is_unknown_is_left_out),
        cmocka_unit_test(images_have_parts),
        cmocka_unit_test(an_id_is_no_name),
    };
    return RUN(tests);
}
