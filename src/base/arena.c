#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>

#define BLOCK_MIN ((size_t)16 * 1024)
#define ALIGNMENT alignof(max_align_t)

struct arena_block {
    struct arena_block *next;
    size_t cap;
    size_t used;
    alignas(max_align_t) char data[];
};

void arena_done(struct arena *a) {
    struct arena_block *block = a->first;
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    *a = (struct arena)ARENA_INIT;
}

void arena_reset(struct arena *a) {
    for (struct arena_block *block = a->first; block; block = block->next) {
        block->used = 0;
    }
    a->current = a->first;
    a->failed = false;
}

/* A block with room for size: the next kept one if it is large enough, else a new one after it. */
static struct arena_block *next_block(struct arena *a, size_t size) {
    struct arena_block *kept = a->current ? a->current->next : a->first;
    if (kept && kept->cap >= size) {
        return kept;
    }
    size_t cap = a->current ? a->current->cap * 2 : BLOCK_MIN;
    if (cap > BLOCK_MIN * 16) {
        cap = BLOCK_MIN * 16;
    }
    if (cap < size) {
        cap = size;
    }
    struct arena_block *block = malloc(sizeof(*block) + cap);
    if (!block) {
        return NULL;
    }
    block->cap = cap;
    block->used = 0;
    block->next = kept;
    if (a->current) {
        a->current->next = block;
    } else {
        a->first = block;
    }
    return block;
}

void *arena_alloc(struct arena *a, size_t size) {
    if (size > SIZE_MAX / 2) {
        a->failed = true;
        return NULL;
    }
    size_t need = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!a->current || a->current->cap - a->current->used < need) {
        struct arena_block *block = next_block(a, need);
        if (!block) {
            a->failed = true;
            return NULL;
        }
        a->current = block;
    }
    void *at = a->current->data + a->current->used;
    a->current->used += need;
    return at;
}

void *arena_array(struct arena *a, size_t n, size_t size) {
    size_t total = 0;
    if (__builtin_mul_overflow(n, size, &total)) {
        a->failed = true;
        return NULL;
    }
    void *at = arena_alloc(a, total);
    if (at) {
        memset(at, 0, total);
    }
    return at;
}

struct str arena_str(struct arena *a, struct str s) {
    char *copy = arena_alloc(a, s.len + 1);
    if (!copy) {
        return (struct str){.ptr = "", .len = 0};
    }
    if (s.len) {
        memcpy(copy, s.ptr, s.len);
    }
    copy[s.len] = '\0';
    return (struct str){.ptr = copy, .len = s.len};
}

size_t arena_bytes(const struct arena *a) {
    size_t bytes = 0;
    for (const struct arena_block *block = a->first; block; block = block->next) {
        bytes += sizeof(*block) + block->cap;
    }
    return bytes;
}
