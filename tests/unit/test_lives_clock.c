/* The lives of one container when the Engine's clock is set back. */
#include "lives_case.h"

/* Times of before the clock was set back by an hour. */
#define LATER(t) (INT64_C(3600) * NS_PER_S + (t))

static void inspect_running(struct lives *l, int64_t started_ns, int64_t pid, int64_t count) {
    struct container_facts f = facts_of(STATE_RUNNING, started_ns, count);
    f.pid = pid;
    lives_inspected(l, &f);
}

static void restarts_when_the_clock_was_set_back(void **state) {
    (void)state;
    for (unsigned with_start = 0; with_start < 2; with_start++) {
        struct lives l = {.n = 0};
        inspect_running(&l, LATER(100), 10, 0);
        if (with_start) {
            lives_event(&l, EVENT_START, LATER(105));
        }
        for (int64_t i = 0; i < 3; i++) {
            lives_event(&l, EVENT_DIE, i * 100 + 50);
            lives_event(&l, EVENT_START, i * 100 + 105);
            inspect_running(&l, i * 100 + 100, 11 + i, 0);
            assert_restarts(&l, (uint64_t)i + 1);
        }
        for (int64_t i = 3; i < 6; i++) {
            inspect_running(&l, i * 100 + 100, 11 + i, i - 2);
            assert_restarts(&l, (uint64_t)i + 1);
        }
        lives_done(&l);
    }
}

/* No event tells of it: another process, or a greater RestartCount, does. */
static void inspects_when_the_clock_was_set_back(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect_running(&l, LATER(100), 10, 0);
    inspect_running(&l, 100, 10, 0);
    assert_restarts(&l, 0);
    inspect_running(&l, 100, 11, 1);
    assert_restarts(&l, 1);
    inspect_running(&l, LATER(500), 12, 3);
    assert_restarts(&l, 3);
    inspect(&l, STATE_RESTARTING, 500, 5);
    assert_restarts(&l, 4);
    inspect_running(&l, 600, 13, 5);
    assert_restarts(&l, 5);
    lives_done(&l);
}

static void oom_kills_when_the_clock_was_set_back(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect_running(&l, LATER(100), 10, 0);
    lives_oom_kills(&l, LATER(100), 1);
    inspect_running(&l, 100, 11, 0);
    lives_oom_kills(&l, 100, 2);
    assert_counts(&l, 1, 3);
    inspect_running(&l, 50, 12, 0);
    struct container_facts killed = facts_of(STATE_EXITED, 50, 0);
    killed.oom_killed = true;
    lives_inspected(&l, &killed);
    assert_counts(&l, 2, 4);
    lives_done(&l);
}

/* The life goes on: what it is told afterwards is its own, though it has earlier times. */
static void a_life_goes_on_when_the_clock_is_set_back(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect_running(&l, LATER(100), 10, 0);
    lives_event(&l, EVENT_OOM, LATER(300));
    lives_oom_kills(&l, LATER(100), 1);
    lives_event(&l, EVENT_OOM, 120);
    lives_oom_kills(&l, LATER(100), 2);
    inspect_running(&l, LATER(100), 10, 0);
    assert_oom_kills(&l, 2);
    lives_event(&l, EVENT_OOM, LATER(300));
    lives_event(&l, EVENT_OOM, 120);
    assert_oom_kills(&l, 2);
    lives_settle(&l);
    lives_event(&l, EVENT_DIE, 150);
    lives_event(&l, EVENT_START, 205);
    inspect_running(&l, 200, 11, 0);
    assert_counts(&l, 1, 2);
    lives_done(&l);
}

/* The inspect of a life that began before is told after an event that shows the clock set back. */
static void a_life_of_the_past_is_inspected_late(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect_running(&l, LATER(100), 10, 0);
    lives_event(&l, EVENT_DIE, LATER(150));
    lives_event(&l, EVENT_START, LATER(205));
    lives_event(&l, EVENT_DIE, 150);
    inspect(&l, STATE_EXITED, LATER(200), 0);
    assert_restarts(&l, 1);
    lives_event(&l, EVENT_START, 205);
    inspect_running(&l, 200, 11, 0);
    assert_restarts(&l, 2);
    lives_done(&l);
}

/* An inspect may come before the events that would have shown the clock set back. */
static void an_inspect_comes_ahead_of_its_events(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect_running(&l, 100, 10, 0);
    lives_event(&l, EVENT_START, 105);
    lives_event(&l, EVENT_OOM, LATER(100));
    inspect_running(&l, 200, 11, 0);
    lives_event(&l, EVENT_DIE, 150);
    lives_event(&l, EVENT_START, 205);
    lives_oom_kills(&l, 100, 1);
    assert_counts(&l, 1, 1);
    lives_done(&l);
}

/* Seconds: no event shows it, but what came from before the last life is in doubt. */
static void the_clock_was_set_back_by_little(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect_running(&l, NS_PER_S + 100, 10, 0);
    lives_event(&l, EVENT_START, NS_PER_S + 105);
    lives_event(&l, EVENT_DIE, 50);
    inspect_running(&l, NS_PER_S + 100, 10, 0);
    lives_event(&l, EVENT_START, 105);
    assert_restarts(&l, 1);
    inspect_running(&l, 100, 11, 0);
    assert_restarts(&l, 1);
    lives_event(&l, EVENT_DIE, 150);
    lives_event(&l, EVENT_START, 205);
    assert_restarts(&l, 2);
    lives_done(&l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(restarts_when_the_clock_was_set_back),
        cmocka_unit_test(inspects_when_the_clock_was_set_back),
        cmocka_unit_test(oom_kills_when_the_clock_was_set_back),
        cmocka_unit_test(a_life_goes_on_when_the_clock_is_set_back),
        cmocka_unit_test(a_life_of_the_past_is_inspected_late),
        cmocka_unit_test(an_inspect_comes_ahead_of_its_events),
        cmocka_unit_test(the_clock_was_set_back_by_little),
    };
    return RUN(tests);
}
