/*
 * Memory that is freed all at once: one arena for each snapshot and each page. An allocation
 * never moves. arena_reset() forgets all allocations and keeps the blocks, so that an arena that
 * is used again for work of the same size does not call malloc.
 *
 *   first -> [block][block][block]      within a block: |== used ==|... free ...|
 *
 * Fails stickily like a buf: arena_alloc() gives NULL when memory is out, and arena_failed() says
 * so later for callers that check once.
 */
#ifndef DOCKMETER_BASE_ARENA_H
#define DOCKMETER_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct arena_block;

struct arena {
    struct arena_block *first;
    struct arena_block *current;
    bool failed;
};

#define ARENA_INIT                                                                                 \
    { .first = NULL, .current = NULL, .failed = false }

void arena_done(struct arena *a);
void arena_reset(struct arena *a);

/* `size` bytes aligned for any type, not cleared; NULL when memory is out. */
void *arena_alloc(struct arena *a, size_t size);

/* n cleared elements of `size` bytes; NULL when memory is out or n * size overflows. */
void *arena_array(struct arena *a, size_t n, size_t size);

/* A copy of the bytes, followed by a NUL that the view does not count; empty when memory is out. */
struct str arena_str(struct arena *a, struct str s);

/* Bytes of all blocks, used or not. */
size_t arena_bytes(const struct arena *a);

static inline bool arena_failed(const struct arena *a) {
    return a->failed;
}

#endif
