/*
 * A stream of bytes as lines, with a limit on their length. Pure. The pieces may be cut anywhere:
 * the lines are the same.
 *
 *   lines_feed(piece) ──► lines_next() … LINES_LINE, LINES_LINE … LINES_MORE ──► the next piece
 *
 * A line that lies whole in a piece is a view of it; one that is cut is put together in a buffer,
 * which holds at most `max` bytes and is freed when the line was large. A longer one is passed over
 * up to its end without being kept, and told once, as soon as it is too long: it may never end.
 *
 *   rest, kept               piece
 *   |{"Type":"conta|   +   |iner"…}\r\n{"Type":…}\n{"Ty|
 *                           at ─►
 */
#ifndef DOCKMETER_ENGINE_LINES_H
#define DOCKMETER_ENGINE_LINES_H

#include <stdbool.h>

#include "base/buf.h"

struct lines {
    size_t max;       /* bytes of a line before its '\n' */
    struct str piece; /* what is left of it; the caller's */
    struct buf rest;  /* the beginning of a line whose end has not come */
    bool told;        /* rest was given out: it is empty at the next call */
    bool passing;     /* within a line that is passed over */
};

enum lines_step {
    LINES_MORE,      /* nothing is left of the piece that makes a line */
    LINES_LINE,      /* a line, without its LF or CRLF; it may be empty */
    LINES_TOO_LONG,  /* a line is passed over */
    LINES_NO_MEMORY, /* the same, since it could not be kept */
};

void lines_init(struct lines *lines, size_t max);
void lines_done(struct lines *lines);

/* Takes a piece, which must live until LINES_MORE; the one before is used up. */
void lines_feed(struct lines *lines, struct str piece);

/* The next step. *ret_line is valid until the next call, and only with LINES_LINE. */
enum lines_step lines_next(struct lines *lines, struct str *ret_line);

#endif
