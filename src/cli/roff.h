/*
 * Manual pages: text as input for man(7), the macros that groff and mandoc both know. The buffer is
 * the caller's; lines end within 80 columns, and each sentence begins one.
 *
 * Texts are prose with two marks, `bold` for what is written as it stands and <italic> for what
 * stands for something else. Everything else is shown as it is, whatever roff would make of it.
 */
#ifndef DOCKMETER_CLI_ROFF_H
#define DOCKMETER_CLI_ROFF_H

#include <stddef.h>

#include "base/buf.h"

enum roff_kind {
    ROFF_TEXT,    /* a paragraph */
    ROFF_ITEM,    /* a term, and the paragraph that explains it */
    ROFF_EXAMPLE, /* lines as they stand, without marks */
    ROFF_SECTION,
    ROFF_SUBSECTION,
};

/* A piece of a page, for tables of them. */
struct roff {
    enum roff_kind kind;
    const char *text;
    const char *term; /* of an item */
};

/* The page's head: "DOCKMETER", "1", "User Commands". */
void roff_title(struct buf *out, const char *name, const char *section, const char *volume);

/* The pieces in their order. */
void roff_write(struct buf *out, const struct roff *pieces, size_t n);
#define ROFF_WRITE(out, pieces) roff_write((out), (pieces), sizeof(pieces) / sizeof((pieces)[0]))

/* One heading, for what is made from tables. */
void roff_section(struct buf *out, const char *title);
void roff_subsection(struct buf *out, const char *title);

/* The beginning of an item with its term, and a further term of the same; text follows. */
void roff_item(struct buf *out, const char *term);
void roff_item_also(struct buf *out, const char *term);

/* Text that goes on where the buffer is. */
void roff_text(struct buf *out, const char *text);

#endif
