/* A page in memory, parsed and written again, for the tests of expo's parser. */
#ifndef DOCKMETER_TESTS_EXPO_CASE_H
#define DOCKMETER_TESTS_EXPO_CASE_H

#include "unit.h"

#include "base/cleanup.h"
#include "expo/parse.h"

struct expo_case {
    struct arena arena;
    struct exposition page;
    struct err err;
    struct buf written; /* when it was valid */
    int r;
};

static inline struct expo_case expo_case(struct str page, enum expo_format format) {
    struct expo_case c = {.arena = ARENA_INIT, .err = ERR_INIT, .written = BUF_INIT};
    c.r = expo_parse(page, format, &c.arena, &c.page, &c.err);
    if (c.r == 0) {
        exposition_write(&c.page, &c.written);
        assert_false(buf_failed(&c.written));
    }
    return c;
}

static inline void expo_case_done(struct expo_case *c) {
    arena_done(&c->arena);
    buf_done(&c->written);
}

/* The page is valid, and written it is `want`. */
static inline void expo_gives(struct str page, enum expo_format format, struct str want) {
    struct expo_case c = expo_case(page, format);
    if (c.r < 0) {
        fail_msg("%.*s\n%s", STR_ARG(page), c.err.text);
    }
    if (!str_eq(buf_view(&c.written), want)) {
        fail_msg("%.*s\nbut written it is\n%.*s", STR_ARG(want), STR_ARG(buf_view(&c.written)));
    }
    expo_case_done(&c);
}

/* Valid, and written it is the same. */
static inline void expo_same(struct str page, enum expo_format format) {
    expo_gives(page, format, page);
}

#endif
