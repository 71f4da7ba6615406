/*
 * A growing byte buffer that fails stickily: append freely, ask buf_failed() once at the end.
 *
 *      data            len               cap            max
 *      |== content ====|... reserved ....|    (limit, 0 = none)
 *
 * After a failure (no memory, or `max` would be passed) all appends do nothing and the content
 * stays what it was before the append that failed. buf_reset() keeps the memory, so that a
 * buffer that is used again does not allocate. The caller owns the struct.
 */
#ifndef DOCKMETER_BASE_BUF_H
#define DOCKMETER_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct buf {
    char *data;
    size_t len;
    size_t cap;
    size_t max;
    bool failed;
};

#define BUF_INIT                                                                                   \
    { .data = NULL, .len = 0, .cap = 0, .max = 0, .failed = false }
#define CLEANUP_BUF CLEANUP(buf_done)

void buf_done(struct buf *b);

/* Empty again, not failed, memory kept. */
void buf_reset(struct buf *b);

/* Makes room for `more` bytes and returns where they go, or NULL (and the buffer has failed).
   The caller writes up to `more` bytes there and adds to b->len what it wrote. */
char *buf_reserve(struct buf *b, size_t more);

void buf_bytes(struct buf *b, const void *data, size_t len);
void buf_byte(struct buf *b, char c);
void buf_str(struct buf *b, struct str s);
void buf_text(struct buf *b, const char *c);
void buf_fmt(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void buf_u64(struct buf *b, uint64_t value);

/* s between double quotes as a JSON string: control characters escaped, bytes that are not UTF-8
   become U+FFFD. */
void buf_json(struct buf *b, struct str s);

/* s on one line for people: control characters as \\u001b and the like, bytes that are not UTF-8
   become U+FFFD, all else as it is. */
void buf_plain(struct buf *b, struct str s);

/* s in lines of at most `columns` bytes, each indented, broken at blanks; a word that is longer is
 * cut.
 */
void buf_wrapped(struct buf *b, struct str s, size_t indent, size_t columns);

static inline bool buf_failed(const struct buf *b) {
    return b->failed;
}

static inline struct str buf_view(const struct buf *b) {
    return (struct str){.ptr = b->data, .len = b->len};
}

/* The content as a C string (a NUL is put behind it, not counted); "" when failed. */
const char *buf_cstr(struct buf *b);

#endif
