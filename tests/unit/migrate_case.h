/* One file migrated: what comes out, what is said. */
#ifndef DOCKMETER_TESTS_MIGRATE_CASE_H
#define DOCKMETER_TESTS_MIGRATE_CASE_H

#include "unit.h"

#include "base/cleanup.h"
#include "migrate/migration.h"

struct migrate_case {
    struct buf out;
    struct migration m;
    struct err err;
    int r;
};

typedef int migrate_reader(struct migration *m, struct str bytes, struct buf *out, struct err *err);

static inline void case_done(struct migrate_case *c) {
    buf_done(&c->out);
    migration_done(&c->m);
}

static inline void case_run(struct migrate_case *c, migrate_reader *read, const char *from,
                            struct str bytes) {
    *c = (struct migrate_case){.err = ERR_INIT};
    migration_init(&c->m, predecessor_find(str_of(from)), "f");
    c->r = read(&c->m, bytes, &c->out, &c->err);
}

/* The text becomes `expected`, and that stays when it is migrated again. */
static inline void case_becomes(migrate_reader *read, const char *from, const char *text,
                                const char *expected) {
    struct migrate_case c;
    struct migrate_case again;
    case_run(&c, read, from, str_of(text));
    assert_string_equal(c.err.text, "");
    assert_int_equal(c.r, 0);
    assert_str(buf_view(&c.out), expected);
    case_run(&again, read, from, buf_view(&c.out));
    assert_int_equal(again.r, 0);
    assert_str(buf_view(&again.out), expected);
    case_done(&c);
    case_done(&again);
}

/* The text is refused with this error, and nothing comes out. */
static inline void case_refused(migrate_reader *read, const char *from, struct str text, int r,
                                const char *message) {
    struct migrate_case c;
    case_run(&c, read, from, text);
    assert_string_equal(c.err.text, message);
    assert_int_equal(c.r, r);
    assert_int_equal(c.out.len, 0);
    case_done(&c);
}

/* What is said has this in it. */
static inline void case_says(migrate_reader *read, const char *from, const char *text,
                             const char *line) {
    struct migrate_case c;
    case_run(&c, read, from, str_of(text));
    if (str_search(buf_view(&c.m.lines), str_of(line)) == SIZE_MAX) {
        assert_string_equal(buf_cstr(&c.m.lines), line);
    }
    case_done(&c);
}

#endif
