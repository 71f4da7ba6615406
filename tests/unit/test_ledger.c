/* The ledger: accounts and series, through removals, recreations, renames and returns. */
#include <stdio.h>

#include "model/ledger.h"
#include "unit.h"

/* A container that has run since time 100 · start, as an inspect shows it. */
static struct container_facts facts_of(const char *id, const char *name, int64_t start,
                                       int64_t count) {
    struct container_facts f = {.id = str_of(id),
                                .name = str_of(name),
                                .image = STR("busybox"),
                                .project = STR("shop"),
                                .service = STR("front"),
                                .state = STATE_RUNNING};
    container_set(&f, CONTAINER_STARTED_NS, start * 100);
    container_set(&f, CONTAINER_RESTART_COUNT, count);
    return f;
}

static void inspect(struct ledger *l, const char *id, const char *name, int64_t start,
                    int64_t count) {
    struct container_facts f = facts_of(id, name, start, count);
    assert_int_equal(ledger_inspected(l, &f), 0);
}

static void event(struct ledger *l, const char *id, enum event_action action, int64_t time_ns) {
    ledger_event(l,
                 &(struct container_event){.action = action, .id = str_of(id), .time_ns = time_ns});
}

static void assert_restarts(const struct ledger *l, const char *id, uint64_t n) {
    struct ledger_counts counts = {UINT64_MAX, UINT64_MAX};
    assert_true(ledger_read(l, str_of(id), &counts));
    assert_int_equal(counts.restarts, n);
}

static void nothing_is_told_before_the_first_inspect(void **state) {
    (void)state;
    struct ledger *l = ledger_new();
    struct ledger_counts counts;
    assert_false(ledger_read(l, STR("a"), &counts));
    event(l, "a", EVENT_START, 105);
    event(l, "a", EVENT_DIE, 150);
    event(l, "a", EVENT_START, 205);
    event(l, "a", EVENT_OOM, 207);
    assert_false(ledger_read(l, STR("a"), &counts));
    inspect(l, "a", "web", 2, 0);
    assert_true(ledger_read(l, STR("a"), &counts));
    assert_int_equal(counts.restarts, 1);
    assert_int_equal(counts.oom_kills, 1);
    ledger_oom_kills(l, STR("a"), 200, 3);
    ledger_oom_kills(l, STR("other"), 200, 9);
    assert_true(ledger_read(l, STR("a"), &counts));
    assert_int_equal(counts.oom_kills, 3);
    ledger_free(l);
}

/* It waits for its restart: what the Engine shows counts, and not again when it begins. */
static void an_announced_restart_is_in_the_first_figure(void **state) {
    (void)state;
    struct ledger *l = ledger_new();
    struct container_facts f = facts_of("a", "web", 1, 3);
    f.state = STATE_RESTARTING;
    assert_int_equal(ledger_inspected(l, &f), 0);
    assert_restarts(l, "a", 3);
    event(l, "a", EVENT_START, 205);
    inspect(l, "a", "web", 2, 3);
    assert_restarts(l, "a", 3);
    inspect(l, "a", "web", 3, 4);
    assert_restarts(l, "a", 4);
    ledger_free(l);
}

static void a_recreated_container_goes_on(void **state) {
    (void)state;
    struct ledger *l = ledger_new();
    inspect(l, "a", "web", 1, 4);
    ledger_removed(l, STR("a"));
    ledger_removed(l, STR("a"));
    event(l, "b", EVENT_START, 505);
    inspect(l, "b", "web", 5, 0);
    assert_restarts(l, "b", 4);
    inspect(l, "b", "web", 6, 1);
    assert_restarts(l, "b", 5);
    inspect(l, "c", "db", 1, 0);
    assert_restarts(l, "c", 0);
    ledger_free(l);
}

/* Every label is part of it; where one ends and the next begins, too. */
static void other_labels_are_another_series(void **state) {
    (void)state;
    struct ledger *l = ledger_new();
    inspect(l, "a", "web", 1, 4);
    struct container_facts others[5];
    for (size_t i = 0; i < 5; i++) {
        others[i] = facts_of("b", "web", 1, 0);
    }
    others[0].name = STR("web2");
    others[1].image = STR("debian");
    others[2].project = STR("");
    others[3].service = STR("back");
    others[4].project = STR("shopfro");
    others[4].service = STR("nt");
    for (size_t i = 0; i < 5; i++) {
        char id[8];
        (void)snprintf(id, sizeof(id), "b%zu", i);
        others[i].id = str_of(id);
        assert_int_equal(ledger_inspected(l, &others[i]), 0);
        assert_restarts(l, id, 0);
    }
    ledger_free(l);
}

/* The new one is seen before the end of the old one is learned. */
static void removal_may_be_learned_late(void **state) {
    (void)state;
    struct ledger *l = ledger_new();
    inspect(l, "old", "web", 1, 4);
    inspect(l, "new", "web", 5, 0);
    assert_restarts(l, "new", 4);
    ledger_removed(l, STR("old"));
    assert_restarts(l, "new", 4);
    inspect(l, "new", "web", 6, 0);
    assert_restarts(l, "new", 5);
    ledger_free(l);
}

/* `docker compose up`: the old one is renamed first (v1), or the new one at last (v2). */
static void compose_recreates_with_renames(void **state) {
    (void)state;
    struct ledger *l = ledger_new();
    inspect(l, "old", "web", 1, 4);
    inspect(l, "old", "abc_web", 1, 4);
    assert_restarts(l, "old", 4);
    inspect(l, "new", "web", 5, 0);
    assert_restarts(l, "new", 4);
    ledger_removed(l, STR("old"));
    inspect(l, "newer", "fed_web", 7, 0);
    assert_restarts(l, "newer", 0);
    ledger_removed(l, STR("new"));
    inspect(l, "newer", "web", 7, 0);
    assert_restarts(l, "newer", 4);
    inspect(l, "newer", "web", 8, 1);
    assert_restarts(l, "newer", 5);
    ledger_free(l);
}

static void a_rename_and_back_counts_nothing_twice(void **state) {
    (void)state;
    struct ledger *l = ledger_new();
    inspect(l, "a", "web", 1, 4);
    event(l, "a", EVENT_OOM, 120);
    inspect(l, "a", "old", 2, 5);
    assert_restarts(l, "a", 5);
    struct ledger_counts counts;
    assert_true(ledger_read(l, STR("a"), &counts));
    assert_int_equal(counts.oom_kills, 1);
    inspect(l, "a", "web", 2, 5);
    assert_restarts(l, "a", 5);
    inspect(l, "a", "web", 3, 6);
    assert_restarts(l, "a", 6);
    ledger_free(l);
}

/* A list that lacked it for once, or an Engine that was away. */
static void an_id_that_comes_back_is_known(void **state) {
    (void)state;
    struct ledger *l = ledger_new();
    inspect(l, "a", "web", 1, 4);
    event(l, "a", EVENT_OOM, 120);
    ledger_removed(l, STR("a"));
    event(l, "a", EVENT_OOM, 120);
    inspect(l, "a", "web", 1, 4);
    assert_restarts(l, "a", 4);
    ledger_removed(l, STR("a"));
    inspect(l, "a", "renamed", 2, 5);
    assert_restarts(l, "a", 5);
    inspect(l, "b", "web", 9, 0);
    assert_restarts(l, "b", 4);
    struct ledger_counts counts;
    assert_true(ledger_read(l, STR("b"), &counts));
    assert_int_equal(counts.oom_kills, 1);
    ledger_free(l);
}

static const char *numbered(char buf[16], const char *prefix, int i) {
    (void)snprintf(buf, 16, "%s%d", prefix, i);
    return buf;
}

/* What was used last stays longest; what never counted takes no place. */
static void the_history_is_bounded(void **state) {
    (void)state;
    struct ledger *l = ledger_new();
    char id[16];
    char name[16];
    inspect(l, "kept", "used", 1, 4);
    ledger_removed(l, STR("kept"));
    for (int i = 0; i <= LEDGER_HISTORY_MAX; i++) {
        inspect(l, numbered(id, "z", i), numbered(name, "zero", i), 1, 0);
        ledger_removed(l, str_of(id));
        inspect(l, numbered(id, "i", i), numbered(name, "n", i), 1, 1);
        ledger_removed(l, str_of(id));
        if (i == LEDGER_HISTORY_MAX / 2) {
            inspect(l, "again", "used", 1, 0);
            ledger_removed(l, STR("again"));
        }
    }
    inspect(l, "x", "used", 1, 0);
    assert_restarts(l, "x", 4);
    inspect(l, "y", "n0", 1, 0);
    assert_restarts(l, "y", 0);
    inspect(l, "z", "n10", 1, 0);
    assert_restarts(l, "z", 1);
    struct ledger_counts counts;
    assert_false(ledger_read(l, STR("i0"), &counts));
    ledger_free(l);
}

/* Events of containers that never appear: those that are known keep theirs. */
static void those_that_never_appear_are_forgotten(void **state) {
    (void)state;
    struct ledger *l = ledger_new();
    char id[16];
    inspect(l, "known", "web", 1, 2);
    event(l, "gone", EVENT_START, 105);
    ledger_removed(l, STR("gone"));
    for (int i = 0; i < LEDGER_WAITING_MAX * 2 + 10; i++) {
        event(l, numbered(id, "i", i), EVENT_DIE, 105);
    }
    event(l, "i1", EVENT_START, 205);
    inspect(l, "i1", "first", 2, 0);
    assert_restarts(l, "i1", 0);
    event(l, id, EVENT_START, 205);
    inspect(l, id, "last", 2, 0);
    assert_restarts(l, id, 1);
    assert_restarts(l, "known", 2);
    ledger_free(l);
}

static void other_events_make_nobody_known(void **state) {
    (void)state;
    struct ledger *l = ledger_new();
    event(l, "a", EVENT_HEALTH, 105);
    ledger_removed(l, STR("a"));
    inspect(l, "a", "web", 1, 0);
    event(l, "a", EVENT_RESTART, 205);
    event(l, "a", EVENT_DESTROY, 210);
    assert_restarts(l, "a", 0);
    ledger_free(l);
    ledger_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_told_before_the_first_inspect),
        cmocka_unit_test(an_announced_restart_is_in_the_first_figure),
        cmocka_unit_test(a_recreated_container_goes_on),
        cmocka_unit_test(other_labels_are_another_series),
        cmocka_unit_test(removal_may_be_learned_late),
        cmocka_unit_test(compose_recreates_with_renames),
        cmocka_unit_test(a_rename_and_back_counts_nothing_twice),
        cmocka_unit_test(an_id_that_comes_back_is_known),
        cmocka_unit_test(the_history_is_bounded),
        cmocka_unit_test(those_that_never_appear_are_forgotten),
        cmocka_unit_test(other_events_make_nobody_known),
    };
    return RUN(tests);
}
