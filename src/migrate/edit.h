/*
 * Changes to a query, noted at its tokens and applied when it is printed. Texts lie in the arena.
 * What stands before a token may be noted several times: the outer first.
 */
#ifndef DOCKMETER_MIGRATE_EDIT_H
#define DOCKMETER_MIGRATE_EDIT_H

#include "base/buf.h"
#include "migrate/syntax.h"

struct edit {
    bool replaced; /* instead of the token's own text; blanks in front of it stay */
    bool gone;     /* the token and what is in front of it */
    struct str instead;
    struct str before;
    struct str after;
};

struct edits {
    const struct tokens *tokens;
    struct edit *items; /* one for each token */
    struct arena *arena;
    bool any;
};

/* 0 or -ENOMEM. */
MUST_USE int edits_init(struct edits *e, const struct tokens *tokens, struct arena *arena,
                        struct err *err);

/* The tokens of the span become one text. */
void edit_replace(struct edits *e, struct span span, struct str text);

/* The tokens of the span get something around them. */
void edit_wrap(struct edits *e, struct span span, struct str before, struct str after);

/* Appends the query with all changes. */
void edits_print(const struct edits *e, struct buf *out);

#endif
