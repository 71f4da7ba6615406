/*
 * What a migration has to tell: a list of remarks, each said once, in the order in which they came.
 * Everything lies in the caller's arena; the caller owns the struct. Fails stickily like the arena.
 */
#ifndef DOCKMETER_MIGRATE_REMARKS_H
#define DOCKMETER_MIGRATE_REMARKS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

#define REMARKS_MAX 4096 /* further ones are counted in left_out */

enum remark_kind {
    REMARK_SAME,    /* works as it is */
    REMARK_CHANGED, /* has a new form that means the same */
    REMARK_DIFFERS, /* has a new form that means something else; the text says what */
    REMARK_LOST,    /* has no new form and stays as it was; the text says why */
    REMARK_FOREIGN, /* is none of the predecessor's, and stays as it was */
    REMARK_KINDS,
};

struct remark {
    enum remark_kind kind;
    struct str subject; /* the old name of a family, a label, a setting */
    struct str text;    /* one line, may be empty */
};

struct remarks {
    struct arena *arena;
    struct remark *items;
    size_t n;
    size_t cap;
    size_t left_out;
};

/* An empty list in the arena, which must outlive it. */
void remarks_init(struct remarks *r, struct arena *arena);

/* Adds copies of both texts, unless the very same remark is there. A list may be NULL: nothing. */
void remarks_add(struct remarks *r, enum remark_kind kind, struct str subject, struct str text);

/* How many remarks of a kind there are. */
size_t remarks_count(const struct remarks *r, enum remark_kind kind);

/* "same", "changed", "differs", "lost", "foreign". */
const char *remark_word(enum remark_kind kind);

#endif
