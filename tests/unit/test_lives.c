/* The lives of one container: races, losses, repeats and disorder of what is told of it. */
#include "lives_case.h"

static void inspect_oom(struct lives *l, enum container_state state, int64_t started_ns) {
    struct container_facts f = facts_of(state, started_ns, 0);
    f.oom_killed = true;
    lives_inspected(l, &f);
}

static void a_first_start_is_no_restart(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_CREATED, 0, 0);
    assert_restarts(&l, 0);
    lives_event(&l, EVENT_START, 105);
    assert_restarts(&l, 0);
    inspect(&l, STATE_RUNNING, 100, 0);
    assert_restarts(&l, 0);
    lives_event(&l, EVENT_DIE, 150);
    assert_restarts(&l, 0);
    lives_event(&l, EVENT_START, 205);
    assert_restarts(&l, 1);
    lives_done(&l);
}

/* Inspect before event, event before inspect, in any order: the same start counts once. */
static void inspect_and_event_of_one_start_count_once(void **state) {
    (void)state;
    static const char *const orders[] = {"iSDE", "DESi", "DiSE", "SED", "EDS", "SDE", "ESD"};
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        struct lives l = {.n = 0};
        inspect(&l, STATE_RUNNING, 100, 0);
        for (const char *c = orders[i]; *c; c++) {
            if (*c == 'S') {
                inspect(&l, STATE_RUNNING, 200, 0);
            } else if (*c == 'i') {
                inspect(&l, STATE_RUNNING, 100, 0);
            } else {
                lives_event(&l, *c == 'D' ? EVENT_DIE : EVENT_START, *c == 'D' ? 150 : 205);
            }
        }
        assert_restarts(&l, 1);
        lives_done(&l);
    }
}

static void starts_gathered_into_one_inspect_all_count(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 100, 0);
    for (int64_t t = 0; t < 300; t += 100) {
        lives_event(&l, EVENT_DIE, t + 150);
        lives_event(&l, EVENT_START, t + 205);
    }
    inspect(&l, STATE_RUNNING, 400, 0);
    assert_restarts(&l, 3);
    lives_event(&l, EVENT_START, 205);
    lives_event(&l, EVENT_DIE, 150);
    assert_restarts(&l, 3);
    lives_done(&l);
}

static void lost_events_are_made_good(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 100, 1);
    assert_restarts(&l, 1);
    inspect(&l, STATE_RUNNING, 200, 1);
    assert_restarts(&l, 2);
    inspect(&l, STATE_RUNNING, 300, 5);
    assert_restarts(&l, 6);
    lives_event(&l, EVENT_DIE, 250);
    lives_event(&l, EVENT_START, 305);
    assert_restarts(&l, 6);
    inspect(&l, STATE_RUNNING, 400, 0);
    assert_restarts(&l, 7);
    inspect(&l, STATE_RUNNING, 500, 3);
    assert_restarts(&l, 10);
    inspect(&l, STATE_RUNNING, 600, 2);
    assert_restarts(&l, 13);
    lives_done(&l);
}

/* The Engine counts a restart before it begins; one that is called off never began. */
static void an_announced_restart_counts_once(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 100, 0);
    lives_event(&l, EVENT_DIE, 150);
    inspect(&l, STATE_RESTARTING, 100, 1);
    assert_restarts(&l, 0);
    lives_event(&l, EVENT_START, 205);
    assert_restarts(&l, 1);
    inspect(&l, STATE_RUNNING, 200, 1);
    assert_restarts(&l, 1);
    lives_event(&l, EVENT_DIE, 250);
    inspect(&l, STATE_RESTARTING, 200, 2);
    inspect(&l, STATE_EXITED, 200, 2);
    assert_restarts(&l, 1);
    lives_event(&l, EVENT_START, 305);
    inspect(&l, STATE_RUNNING, 300, 0);
    assert_restarts(&l, 2);
    lives_event(&l, EVENT_DIE, 350);
    lives_event(&l, EVENT_START, 405);
    lives_event(&l, EVENT_DIE, 450);
    inspect(&l, STATE_EXITED, 400, 2);
    assert_restarts(&l, 3);
    lives_done(&l);
}

static void first_seen_waiting_for_its_restart(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RESTARTING, 100, 3);
    assert_restarts(&l, 2);
    lives_event(&l, EVENT_START, 205);
    inspect(&l, STATE_RUNNING, 200, 3);
    assert_restarts(&l, 3);
    lives_done(&l);
}

/* First seen ended: no die was ever heard, its start is one all the same. */
static void first_seen_ended_and_started_again(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_EXITED, 100, 3);
    assert_restarts(&l, 3);
    lives_event(&l, EVENT_START, 205);
    inspect(&l, STATE_RUNNING, 200, 0);
    assert_restarts(&l, 4);
    lives_done(&l);
}

static void restarts_before_the_first_inspect(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    lives_event(&l, EVENT_START, 105);
    lives_event(&l, EVENT_DIE, 150);
    lives_event(&l, EVENT_START, 205);
    inspect(&l, STATE_RUNNING, 200, 1);
    assert_restarts(&l, 1);
    lives_done(&l);
    lives_event(&l, EVENT_DIE, 150);
    lives_event(&l, EVENT_START, 205);
    inspect(&l, STATE_RUNNING, 200, 7);
    assert_restarts(&l, 7);
    lives_done(&l);
}

static void a_start_that_failed_is_none(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 100, 0);
    lives_event(&l, EVENT_DIE, 150);
    lives_event(&l, EVENT_DIE, 170);
    assert_restarts(&l, 0);
    lives_event(&l, EVENT_START, 205);
    assert_restarts(&l, 1);
    lives_done(&l);
}

static void an_overtaken_inspect_changes_nothing(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_EXITED, 100, 0);
    inspect(&l, STATE_RUNNING, 300, 2);
    inspect_oom(&l, STATE_EXITED, 100);
    inspect(&l, STATE_RUNNING, 200, 1);
    inspect(&l, STATE_RUNNING, 300, 2);
    assert_restarts(&l, 2);
    lives_done(&l);
}

/* Of a life that ended it is not certain that its last restart ever began; an earlier look is. */
static void what_was_seen_running_stays_certain(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 100, 2);
    inspect(&l, STATE_EXITED, 100, 2);
    inspect(&l, STATE_RUNNING, 200, 4);
    assert_restarts(&l, 4);
    inspect(&l, STATE_EXITED, 200, 5);
    inspect(&l, STATE_RUNNING, 300, 6);
    assert_restarts(&l, 6);
    lives_done(&l);
}

/* Where it waits, the restart that is announced is not yet in it: two more are two. */
static void lost_events_between_two_waits(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RESTARTING, 100, 3);
    inspect(&l, STATE_RESTARTING, 500, 7);
    assert_restarts(&l, 6);
    inspect(&l, STATE_RUNNING, 600, 7);
    assert_restarts(&l, 7);
    lives_done(&l);
}

static void events_without_a_time_are_ignored(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 1000000500, 0);
    lives_event(&l, EVENT_DIE, 0);
    lives_event(&l, EVENT_START, 0);
    lives_event(&l, EVENT_OOM, 0);
    lives_event(&l, EVENT_START, 1000000000);
    lives_event(&l, EVENT_RESTART, 1000000600);
    assert_restarts(&l, 0);
    lives_done(&l);
}

static void oom_kills_of_a_life_are_the_greatest_figure(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 100, 0);
    lives_event(&l, EVENT_OOM, 120);
    assert_oom_kills(&l, 1);
    lives_event(&l, EVENT_OOM, 120);
    lives_oom_kills(&l, 100, 1);
    assert_oom_kills(&l, 1);
    lives_event(&l, EVENT_OOM, 130);
    assert_oom_kills(&l, 2);
    lives_oom_kills(&l, 100, 3);
    assert_oom_kills(&l, 3);
    lives_oom_kills(&l, 100, 1);
    inspect_oom(&l, STATE_EXITED, 100);
    lives_event(&l, EVENT_DIE, 150);
    assert_oom_kills(&l, 3);
    lives_event(&l, EVENT_START, 205);
    assert_counts(&l, 1, 3);
    lives_event(&l, EVENT_OOM, 210);
    assert_counts(&l, 1, 4);
    inspect(&l, STATE_RUNNING, 200, 0);
    lives_oom_kills(&l, 200, 2);
    lives_oom_kills(&l, 999, 50);
    lives_oom_kills(&l, 0, 50);
    assert_counts(&l, 1, 5);
    lives_done(&l);
}

/* The kill of a container's last process in every order of what tells of it. */
static void one_kill_told_in_three_ways_counts_once(void **state) {
    (void)state;
    static const char *const orders[] = {"ODI", "OID", "IOD", "IDO", "DIO", "DOI", "I", "ODIkO"};
    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        struct lives l = {.n = 0};
        inspect(&l, STATE_RUNNING, 100, 0);
        for (const char *c = orders[i]; *c; c++) {
            if (*c == 'I') {
                inspect_oom(&l, STATE_EXITED, 100);
            } else if (*c == 'k') {
                lives_oom_kills(&l, 100, 1);
            } else {
                lives_event(&l, *c == 'O' ? EVENT_OOM : EVENT_DIE, *c == 'O' ? 151 : 150);
            }
        }
        assert_oom_kills(&l, 1);
        lives_done(&l);
    }
}

/* Engine 20.10 shows the OOMKilled of the life before while a container runs. */
static void a_left_over_oom_killed_is_not_counted_again(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 100, 0);
    inspect_oom(&l, STATE_EXITED, 100);
    inspect_oom(&l, STATE_RUNNING, 200);
    inspect_oom(&l, STATE_RUNNING, 200);
    assert_counts(&l, 1, 1);
    inspect(&l, STATE_EXITED, 200, 0);
    assert_counts(&l, 1, 1);
    inspect(&l, STATE_RUNNING, 300, 0);
    inspect_oom(&l, STATE_RUNNING, 300);
    assert_counts(&l, 2, 2);
    inspect_oom(&l, STATE_RUNNING, 400);
    inspect(&l, STATE_PAUSED, 400, 0);
    inspect_oom(&l, STATE_RUNNING, 400);
    assert_counts(&l, 3, 3);
    lives_done(&l);
}

/* Far more points than are kept: nothing is lost of those in order, repeats are still known. */
static void what_is_settled_stays_counted(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 100, 0);
    for (int64_t t = 0; t < 100000; t += 100) {
        lives_event(&l, EVENT_OOM, t + 120);
        lives_event(&l, EVENT_DIE, t + 150);
        lives_event(&l, EVENT_START, t + 205);
    }
    assert_counts(&l, 1000, 1000);
    for (int64_t t = 0; t < 100000; t += 100) {
        lives_event(&l, EVENT_START, t + 205);
        lives_event(&l, EVENT_OOM, t + 120);
    }
    inspect(&l, STATE_RUNNING, 100100, 0);
    assert_counts(&l, 1000, 1000);
    lives_settle(&l);
    assert_null(l.points);
    lives_event(&l, EVENT_START, 100105);
    lives_oom_kills(&l, 100100, 2);
    inspect_oom(&l, STATE_EXITED, 100100);
    assert_counts(&l, 1000, 1002);
    inspect(&l, STATE_RUNNING, 100200, 0);
    assert_counts(&l, 1001, 1002);
    lives_done(&l);
}

/* An oom event may come before the start event of its life does. */
static void an_oom_does_not_part_a_start_from_its_event(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 100, 0);
    lives_event(&l, EVENT_OOM, 101);
    lives_event(&l, EVENT_START, 105);
    assert_oom_kills(&l, 1);
    lives_done(&l);
}

/* The kernel's last figure of a life that is settled does not go to the next one. */
static void a_late_figure_finds_no_other_life(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 100, 0);
    lives_event(&l, EVENT_DIE, 150);
    lives_event(&l, EVENT_START, 205);
    lives_settle(&l);
    lives_oom_kills(&l, 100, 5);
    assert_counts(&l, 1, 0);
    lives_done(&l);
}

/* Many kills in one life: its start is settled, and the kernel's figure still belongs to it. */
static void a_life_of_many_kills(void **state) {
    (void)state;
    struct lives l = {.n = 0};
    inspect(&l, STATE_RUNNING, 100, 0);
    for (int64_t t = 101; t < 301; t++) {
        lives_event(&l, EVENT_OOM, t);
    }
    lives_oom_kills(&l, 100, 150);
    assert_oom_kills(&l, 200);
    lives_oom_kills(&l, 100, 260);
    assert_oom_kills(&l, 260);
    lives_done(&l);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_start_is_no_restart),
        cmocka_unit_test(inspect_and_event_of_one_start_count_once),
        cmocka_unit_test(starts_gathered_into_one_inspect_all_count),
        cmocka_unit_test(lost_events_are_made_good),
        cmocka_unit_test(an_announced_restart_counts_once),
        cmocka_unit_test(first_seen_waiting_for_its_restart),
        cmocka_unit_test(first_seen_ended_and_started_again),
        cmocka_unit_test(restarts_before_the_first_inspect),
        cmocka_unit_test(a_start_that_failed_is_none),
        cmocka_unit_test(an_overtaken_inspect_changes_nothing),
        cmocka_unit_test(events_without_a_time_are_ignored),
        cmocka_unit_test(oom_kills_of_a_life_are_the_greatest_figure),
        cmocka_unit_test(one_kill_told_in_three_ways_counts_once),
        cmocka_unit_test(a_left_over_oom_killed_is_not_counted_again),
        cmocka_unit_test(what_is_settled_stays_counted),
        cmocka_unit_test(what_was_seen_running_stays_certain),
        cmocka_unit_test(lost_events_between_two_waits),
        cmocka_unit_test(an_oom_does_not_part_a_start_from_its_event),
        cmocka_unit_test(a_late_figure_finds_no_other_life),
        cmocka_unit_test(a_life_of_many_kills),
    };
    return RUN(tests);
}
