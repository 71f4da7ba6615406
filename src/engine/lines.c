#include "engine/lines.h"

#define REST_KEEP_MAX ((size_t)4 * 1024) /* a larger buffer is freed after its line */

void lines_init(struct lines *lines, size_t max) {
    *lines = (struct lines){.max = max, .rest = BUF_INIT};
}

void lines_done(struct lines *lines) {
    buf_done(&lines->rest);
}

void lines_feed(struct lines *lines, struct str piece) {
    lines->piece = piece;
}

/* Forgets the line that was put together; a stream that is quiet for hours keeps little. */
static void forget(struct lines *lines) {
    lines->told = false;
    if (lines->rest.cap > REST_KEEP_MAX) {
        buf_done(&lines->rest);
    }
    buf_reset(&lines->rest);
}

/* Takes the bytes of the piece up to the end of the line, which is behind them if *ended. */
static struct str take(struct lines *lines, bool *ended) {
    struct str piece = lines->piece;
    size_t len = str_find(piece, '\n', 0);
    *ended = len < piece.len;
    size_t used = len + *ended;
    lines->piece = str_sub(piece, used, piece.len - used);
    return str_sub(piece, 0, len);
}

/* The line cannot be kept; `ended` tells whether it is over already. */
static enum lines_step pass_over(struct lines *lines, bool ended, enum lines_step why) {
    forget(lines);
    lines->passing = !ended;
    return why;
}

/* Without the CR of a CRLF. */
static struct str strip(struct str line) {
    line.len -= line.len > 0 && line.ptr[line.len - 1] == '\r';
    return line;
}

enum lines_step lines_next(struct lines *lines, struct str *ret_line) {
    if (lines->told) {
        forget(lines);
    }
    while (lines->piece.len) {
        bool ended = false;
        struct str part = take(lines, &ended);
        if (lines->passing) {
            lines->passing = !ended;
            continue;
        }
        if (part.len > lines->max - lines->rest.len) {
            return pass_over(lines, ended, LINES_TOO_LONG);
        }
        if (ended && !lines->rest.len) {
            *ret_line = strip(part);
            return LINES_LINE;
        }
        buf_str(&lines->rest, part);
        if (buf_failed(&lines->rest)) {
            return pass_over(lines, ended, LINES_NO_MEMORY);
        }
        if (ended) {
            lines->told = true;
            *ret_line = strip(buf_view(&lines->rest));
            return LINES_LINE;
        }
    }
    return LINES_MORE;
}
