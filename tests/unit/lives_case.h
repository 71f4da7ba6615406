/*
 * What the tests of a container's lives share: inspects as facts, and what must have been counted.
 * Times in these tests are small; the real ones only must not be whole seconds.
 */
#ifndef DOCKMETER_TESTS_LIVES_CASE_H
#define DOCKMETER_TESTS_LIVES_CASE_H

#include "model/lives.h"
#include "unit.h"

static inline struct container_facts facts_of(enum container_state state, int64_t started_ns,
                                              int64_t count) {
    struct container_facts f = {.state = state};
    if (started_ns) {
        container_set(&f, CONTAINER_STARTED_NS, started_ns);
    }
    container_set(&f, CONTAINER_RESTART_COUNT, count);
    return f;
}

static inline void inspect(struct lives *l, enum container_state state, int64_t started_ns,
                           int64_t count) {
    struct container_facts f = facts_of(state, started_ns, count);
    lives_inspected(l, &f);
}

static inline void assert_counts(const struct lives *l, uint64_t restarts, uint64_t oom_kills) {
    uint64_t got_restarts = UINT64_MAX;
    uint64_t got_oom_kills = UINT64_MAX;
    lives_count(l, &got_restarts, &got_oom_kills);
    assert_int_equal(got_restarts, restarts);
    assert_int_equal(got_oom_kills, oom_kills);
}

#define assert_restarts(l, n) assert_counts((l), (n), 0)
#define assert_oom_kills(l, n) assert_counts((l), 0, (n))

#endif
