/*
 * Changes to a text by place: everything between them stays byte for byte.
 *
 *   source   |== kept ==|  old  |== kept ==||== kept ==|
 *   result   |== kept ==| new |== kept ==|in|== kept ==|      (an old of no bytes inserts)
 *
 * Added in any order; at one place what is inserted comes first, in the order in which it was
 * added. Two that overlap are a programmer's error. Fails stickily like a buf.
 */
#ifndef DOCKMETER_MIGRATE_SPLICES_H
#define DOCKMETER_MIGRATE_SPLICES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct splice {
    size_t from, len;
    size_t serial;
    struct str text;
};

struct splices {
    struct arena arena; /* the new texts */
    struct splice *items;
    size_t n, cap;
    bool failed;
};

#define SPLICES_INIT                                                                               \
    { .arena = ARENA_INIT, .items = NULL, .n = 0, .cap = 0, .failed = false }
#define CLEANUP_SPLICES CLEANUP(splices_done)

void splices_done(struct splices *splices);

/* Puts `text`, which is copied, in place of `len` bytes at `from`. */
void splices_add(struct splices *splices, size_t from, size_t len, struct str text);

/* Appends the changed text; out fails when memory was out here. Sorts them. */
void splices_apply(struct splices *splices, struct str source, struct buf *out);

#endif
