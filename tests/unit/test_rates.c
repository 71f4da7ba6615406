/* CPU from two readings: what is counted, what begins anew, what is forgotten. */
#include "unit.h"

#include "base/clock.h"
#include "model/rates.h"

#define START 1000

/* A snapshot of one container with one reading. */
struct look {
    const char *id;
    enum container_state state;
    int64_t started_ns;
    int64_t read_ns; /* 0: no reading */
    uint64_t cpu_ns;
};

static void take(struct rates *rates, const struct look *looks, size_t n) {
    struct snapshot *s = snapshot_new(n);
    for (size_t i = 0; i < n; i++) {
        struct container_facts facts = {
            .id = str_of(looks[i].id), .name = str_of(looks[i].id), .state = looks[i].state};
        container_set(&facts, CONTAINER_STARTED_NS, looks[i].started_ns);
        struct container *c = container_new(&facts);
        struct usage *usage = arena_array(&s->arena, 1, sizeof(*usage));
        usage->read_unix_ns = looks[i].read_ns;
        usage_set(usage, USAGE_CPU_NS, looks[i].cpu_ns);
        snapshot_add(s,
                     &(struct reading){.container = c, .usage = looks[i].read_ns ? usage : NULL});
        container_unref(c);
    }
    assert_int_equal(rates_take(rates, s), 0);
    snapshot_unref(s);
}

static void take_one(struct rates *rates, int64_t started_ns, int64_t read_ns, uint64_t cpu_ns) {
    const struct look look = {"a", STATE_RUNNING, started_ns, read_ns, cpu_ns};
    take(rates, &look, 1);
}

/* The rate of "a", or SIZE_MAX. */
static uint64_t rate_of(const struct rates *rates, int64_t started_ns) {
    struct container_facts facts = {.id = STR("a"), .state = STATE_RUNNING};
    container_set(&facts, CONTAINER_STARTED_NS, started_ns);
    uint64_t nanocores = 0;
    return rates_cpu(rates, &facts, &nanocores) ? nanocores : SIZE_MAX;
}

#define NONE SIZE_MAX

static void two_readings_make_a_rate(void **state) {
    (void)state;
    struct rates *rates = rates_new();
    assert_true(rate_of(rates, START) == NONE);
    take_one(rates, START, 10 * NS_PER_S, 5000000000);
    assert_true(rate_of(rates, START) == NONE);
    take_one(rates, START, 12 * NS_PER_S, 5500000000);
    assert_true(rate_of(rates, START) == 250000000);
    take_one(rates, START, 13 * NS_PER_S, 8500000000);
    assert_true(rate_of(rates, START) == 3000000000);
    take_one(rates, START, 14 * NS_PER_S, 8500000000);
    assert_true(rate_of(rates, START) == 0);
    rates_free(rates);
}

static void the_same_reading_and_none_change_nothing(void **state) {
    (void)state;
    struct rates *rates = rates_new();
    take_one(rates, START, 10 * NS_PER_S, 0);
    take_one(rates, START, 12 * NS_PER_S, 1000000000);
    take_one(rates, START, 12 * NS_PER_S, 1000000000);
    assert_true(rate_of(rates, START) == 500000000);
    take_one(rates, START, 0, 0);
    assert_true(rate_of(rates, START) == 500000000);
    take_one(rates, START, 14 * NS_PER_S, 5000000000);
    assert_true(rate_of(rates, START) == 2000000000);
    rates_free(rates);
}

static void what_cannot_be_begins_anew(void **state) {
    (void)state;
    static const struct {
        int64_t started_ns;
        int64_t read_ns;
        uint64_t cpu_ns;
    } breaks[] = {
        {START + 1, 14 * NS_PER_S, 9000000000}, /* another run */
        {START, 11 * NS_PER_S, 9000000000},     /* a clock that was put back */
        {START, 14 * NS_PER_S, 1},              /* a count that fell */
    };
    for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
        struct rates *rates = rates_new();
        take_one(rates, START, 10 * NS_PER_S, 0);
        take_one(rates, START, 12 * NS_PER_S, 1000000000);
        take_one(rates, breaks[i].started_ns, breaks[i].read_ns, breaks[i].cpu_ns);
        assert_true(rate_of(rates, breaks[i].started_ns) == NONE);
        take_one(rates, breaks[i].started_ns, breaks[i].read_ns + NS_PER_S,
                 breaks[i].cpu_ns + 700000000);
        assert_true(rate_of(rates, breaks[i].started_ns) == 700000000);
        rates_free(rates);
    }
}

/* The page may show a run that the last take did not see yet. */
static void a_rate_is_of_one_run(void **state) {
    (void)state;
    struct rates *rates = rates_new();
    take_one(rates, START, 10 * NS_PER_S, 0);
    take_one(rates, START, 12 * NS_PER_S, 1);
    assert_true(rate_of(rates, START + 1) == NONE);
    rates_free(rates);
}

static void who_ended_is_forgotten(void **state) {
    (void)state;
    struct rates *rates = rates_new();
    const struct look both[] = {{"a", STATE_RUNNING, START, 10 * NS_PER_S, 0},
                                {"b", STATE_RUNNING, START, 10 * NS_PER_S, 0}};
    take(rates, both, 2);
    take_one(rates, START, 12 * NS_PER_S, 2000000000);
    assert_true(rate_of(rates, START) == 1000000000);
    const struct look ended = {"a", STATE_EXITED, START, 0, 0};
    take(rates, &ended, 1);
    assert_true(rate_of(rates, START) == NONE);
    rates_free(rates);
}

static void huge_counts_do_not_overflow(void **state) {
    (void)state;
    struct rates *rates = rates_new();
    take_one(rates, START, 1, 0);
    take_one(rates, START, 2, UINT64_MAX);
    assert_true(rate_of(rates, START) == UINT64_MAX);
    rates_free(rates);
    rates_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_readings_make_a_rate),
        cmocka_unit_test(the_same_reading_and_none_change_nothing),
        cmocka_unit_test(what_cannot_be_begins_anew),
        cmocka_unit_test(a_rate_is_of_one_run),
        cmocka_unit_test(who_ended_is_forgotten),
        cmocka_unit_test(huge_counts_do_not_overflow),
    };
    return RUN(tests);
}
