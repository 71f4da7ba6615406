/*
 * One file on its way from a predecessor to Dockmeter: whose it is, and what there is to say of it,
 * a line for each thing:
 *
 *   FILE:LINE: changed: panel "CPU", query A: container_x: now container_y
 *
 * The readers (rules, dashboard, compose …) take bytes, say here what they find and append the new
 * form to a buffer only when the whole file is right.
 */
#ifndef DOCKMETER_MIGRATE_MIGRATION_H
#define DOCKMETER_MIGRATE_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "migrate/predecessor.h"
#include "migrate/remarks.h"

struct migration {
    const struct predecessor *from;
    const char *file;            /* its name in messages */
    struct buf lines;            /* what was said */
    size_t counts[REMARK_KINDS]; /* of what was said */
    size_t mistakes;             /* things that make the file wrong as a whole */
};

/* Where something stands: the line (0: nowhere in particular) and, in words, in what. */
struct spot {
    size_t line;
    struct str where;
};

void migration_init(struct migration *m, const struct predecessor *from, const char *file);
void migration_done(struct migration *m);

/* A line of that kind; a note, which counts nowhere; a mistake: the file must be mended first. */
void migration_say(struct migration *m, enum remark_kind kind, const struct spot *spot,
                   const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void migration_note(struct migration *m, const struct spot *spot, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void migration_mistake(struct migration *m, const struct spot *spot, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* -EINVAL when there are mistakes: err says how many. */
MUST_USE int migration_check(const struct migration *m, struct err *err);

/* What became of a query. */
enum query_fate {
    QUERY_LEFT,    /* it asks for nothing of the predecessor's, or is lost: it stays as it was */
    QUERY_SAME,    /* its text stays; what it gives has the new labels */
    QUERY_CHANGED, /* it has a new text */
};

/*
 * Appends the query in its new form and says what is to be said of it. Its fate; -EINVAL (err says
 * why) when it is no query, and nothing was appended or said; -ENOMEM.
 */
MUST_USE int migration_query(struct migration *m, const struct spot *spot, struct str query,
                             struct buf *out, struct err *err);

/* The same for a legend or an annotation of a query that was not left; true when it changed. Says
   nothing when not. */
bool migration_template(struct migration *m, const struct spot *spot, struct str text,
                        struct buf *out);

#endif
