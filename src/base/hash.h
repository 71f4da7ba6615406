/*
 * A hash table from a byte string to a pointer, open addressing. Keys are borrowed: they must live
 * as long as their entry (usually they lie in the value). The seed is random for each process, so
 * names chosen by somebody else cannot make it slow.
 */
#ifndef DOCKMETER_BASE_HASH_H
#define DOCKMETER_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"

struct hash_slot {
    struct str key;
    void *value; /* NULL: free, or a removed entry when key.ptr is set */
};

struct hash {
    struct hash_slot *slots;
    size_t cap;    /* 0 or a power of two */
    size_t n;      /* entries */
    size_t filled; /* entries and removed ones */
};

#define HASH_INIT                                                                                  \
    { .slots = NULL, .cap = 0, .n = 0, .filled = 0 }

/* Frees the table, not the values. */
void hash_done(struct hash *h);

/* The value under key, or NULL. */
void *hash_get(const struct hash *h, struct str key);

/* Sets the value (not NULL) under key, replacing; -ENOMEM when memory is out. */
MUST_USE int hash_set(struct hash *h, struct str key, void *value);

/* Takes the entry out and returns its value, or NULL. */
void *hash_remove(struct hash *h, struct str key);

/*
 * Walks all entries in no order: `size_t at = 0; while ((v = hash_next(h, &at)))`. The entry just
 * returned may be removed during the walk; nothing may be added.
 */
void *hash_next(const struct hash *h, size_t *at);

#endif
