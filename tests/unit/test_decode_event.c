/* One line of the event stream, of three engines as recorded and of none. */
#include "unit.h"

#include <errno.h>

#include "engine/decode.h"
#include "test_data.h"

#define ACTIONS (EVENT_CLEANUP + 1)

/* Decodes a recorded stream and counts its actions; each event has its container and time. */
static void count(const char *folder, unsigned n[ACTIONS]) {
    CLEANUP_BUF struct buf recorded = test_data(folder, "events.ndjson");
    struct str rest = buf_view(&recorded);
    struct str line;
    struct arena arena = ARENA_INIT;
    struct err err = ERR_INIT;
    memset(n, 0, ACTIONS * sizeof(n[0]));
    while (str_split(&rest, '\n', &line) && line.len) {
        struct container_event event;
        assert_int_equal(decode_event(line, &arena, &event, &err), 0);
        n[event.action]++;
        assert_int_equal(event.id.len, 64);
        assert_true(event.time_ns > 1795225000 * INT64_C(1000000000));
        assert_true(event.time_ns < 1795226000 * INT64_C(1000000000));
    }
    arena_done(&arena);
}

static void recorded_streams_are_decoded(void **state) {
    (void)state;
    static const struct {
        const char *folder;
        unsigned n[ACTIONS];
    } cases[] = {
        {"engine-1.41",
         {[EVENT_OTHER] = 13,
          [EVENT_CREATE] = 2,
          [EVENT_START] = 2,
          [EVENT_RESTART] = 1,
          [EVENT_DIE] = 2,
          [EVENT_OOM] = 1,
          [EVENT_PAUSE] = 1,
          [EVENT_RENAME] = 1,
          [EVENT_UPDATE] = 1,
          [EVENT_DESTROY] = 2,
          [EVENT_HEALTH] = 3}},
        {"engine-1.56",
         {[EVENT_OTHER] = 13,
          [EVENT_CREATE] = 2,
          [EVENT_START] = 2,
          [EVENT_RESTART] = 1,
          [EVENT_DIE] = 2,
          [EVENT_PAUSE] = 1,
          [EVENT_RENAME] = 1,
          [EVENT_UPDATE] = 1,
          [EVENT_DESTROY] = 2,
          [EVENT_HEALTH] = 3}},
        {"podman-4.3",
         {[EVENT_OTHER] = 5,
          [EVENT_CREATE] = 2,
          [EVENT_START] = 2,
          [EVENT_RESTART] = 2,
          [EVENT_DIE] = 2,
          [EVENT_PAUSE] = 1,
          [EVENT_RENAME] = 1,
          [EVENT_DESTROY] = 2,
          [EVENT_CLEANUP] = 2}},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        unsigned n[ACTIONS];
        count(cases[i].folder, n);
        for (size_t action = 0; action < ACTIONS; action++) {
            assert_int_equal(n[action], cases[i].n[action]);
        }
    }
}

static void fields_are_read_where_they_are(void **state) {
    (void)state;
    static const struct {
        const char *json;
        enum event_action action;
        const char *id;
        int64_t time_ns;
    } cases[] = {
        {"{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":{\"ID\":\"ab\"},\"time\":5,"
         "\"timeNano\":5000000007}",
         EVENT_START, "ab", 5000000007},
        {"{\"Type\":\"container\",\"Action\":\"died\",\"id\":\"ab\",\"time\":5}", EVENT_DIE, "ab",
         5000000000},
        {"{\"Type\":\"container\",\"Action\":\"health_status\",\"Actor\":{\"ID\":\"ab\"}}",
         EVENT_HEALTH, "ab", 0},
        {"{\"Type\":\"container\",\"Action\":\"oom\",\"Actor\":{\"ID\":\"ab\"},\"id\":\"cd\","
         "\"time\":9223372036854775807,\"timeNano\":-1}",
         EVENT_OOM, "ab", 0},
        {"{\"Type\":\"container\",\"Action\":\"pause\",\"Actor\":{\"ID\":\"ab\"},"
         "\"time\":\"5\",\"timeNano\":99999999999999999999}",
         EVENT_PAUSE, "ab", 0},
        {"{\"Type\":\"container\",\"Action\":\"starting\",\"id\":\"ab\"}", EVENT_OTHER, "ab", 0},
        {"{\"Type\":\"container\",\"Action\":\"exec_die\",\"id\":\"ab\"}", EVENT_OTHER, "ab", 0},
        {"{\"Type\":\"network\",\"Action\":\"destroy\",\"Actor\":{\"ID\":\"ab\"}}", EVENT_OTHER, "",
         0},
        {"{\"Type\":\"image\",\"Action\":\"\xFF\xC3\"}", EVENT_OTHER, "", 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct arena arena = ARENA_INIT;
        struct container_event event;
        struct err err = ERR_INIT;
        assert_int_equal(decode_event(str_of(cases[i].json), &arena, &event, &err), 0);
        assert_int_equal(event.action, cases[i].action);
        assert_str(event.id, cases[i].id);
        assert_true(event.time_ns == cases[i].time_ns);
        arena_done(&arena);
    }
}

static void what_is_no_event_is_malformed(void **state) {
    (void)state;
    char long_id[400];
    (void)snprintf(long_id, sizeof(long_id),
                   "{\"Type\":\"container\",\"Action\":\"start\",\"id\":\"%0200d\"}", 7);
    const char *const bad[] = {
        "",
        "hello",
        "[]",
        "null",
        "{}",
        "{\"message\":\"boom\"}",
        "{\"Type\":\"container\"}",
        "{\"Type\":\"container\",\"Action\":7,\"id\":\"ab\"}",
        "{\"Type\":\"container\",\"Action\":\"start\"}",
        "{\"Type\":\"container\",\"Action\":\"start\",\"Actor\":[],\"id\":5}",
        "{\"Type\":\"container\",\"Action\":\"start\",\"id\":\"ab\"",
        "{\"Type\":\"container\",\"Action\":\"start\",\"id\":\"ab\"}{}",
        long_id,
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct arena arena = ARENA_INIT;
        struct container_event event = {.time_ns = 7};
        struct err err = ERR_INIT;
        assert_int_equal(decode_event(str_of(bad[i]), &arena, &event, &err), -EPROTO);
        assert_true(event.time_ns == 7);
        arena_done(&arena);
    }
    struct arena arena = ARENA_INIT;
    struct container_event event;
    struct err err = ERR_INIT;
    char deep[1000];
    memset(deep, '[', sizeof(deep));
    assert_int_equal(decode_event((struct str){deep, sizeof(deep)}, &arena, &event, &err), -EFBIG);
    assert_int_equal(event_action_parse((struct str){NULL, 0}), EVENT_OTHER);
    arena_done(&arena);
}

/* How a container ended is text in the event, under either of two names. */
static void a_die_tells_its_exit_code(void **state) {
    (void)state;
    static const struct {
        const char *attributes;
        bool told;
        int64_t code;
    } rows[] = {
        {"{\"exitCode\":\"137\"}", true, 137}, {"{\"containerExitCode\":\"3\"}", true, 3},
        {"{\"exitCode\":\"0\"}", true, 0},     {"{\"exitCode\":\"-1\"}", false, 0},
        {"{\"exitCode\":137}", false, 0},      {"{}", false, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena arena = ARENA_INIT;
        struct container_event event;
        struct err err = ERR_INIT;
        char json[200];
        (void)snprintf(json, sizeof(json),
                       "{\"Type\":\"container\",\"Action\":\"die\",\"Actor\":{\"ID\":\"ab\","
                       "\"Attributes\":%s}}",
                       rows[i].attributes);
        assert_int_equal(decode_event(str_of(json), &arena, &event, &err), 0);
        assert_true(event.has_exit == rows[i].told && event.exit_code == rows[i].code);
        arena_done(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recorded_streams_are_decoded),
        cmocka_unit_test(fields_are_read_where_they_are),
        cmocka_unit_test(a_die_tells_its_exit_code),
        cmocka_unit_test(what_is_no_event_is_malformed),
    };
    return RUN(tests);
}
