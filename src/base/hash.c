#include "base/hash.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/random.h>

#define CAP_FIRST 64

/* The process's seed: read once, then constant; it is no state of any table. */
static uint64_t seed(void) {
    static uint64_t value;
    static bool known;
    if (!known) {
        if (getrandom(&value, sizeof(value), GRND_NONBLOCK) != (ssize_t)sizeof(value)) {
            value = (uint64_t)(uintptr_t)&value;
        }
        known = true;
    }
    return value;
}

/* FNV-1a from a random start with a final mix (the splitmix64 finalizer). */
static uint64_t hash_of(struct str key) {
    uint64_t h = 0xcbf29ce484222325ULL ^ seed();
    for (size_t i = 0; i < key.len; i++) {
        h = (h ^ (unsigned char)key.ptr[i]) * 0x100000001b3ULL;
    }
    h = (h ^ (h >> 30)) * 0xbf58476d1ce4e5b9ULL;
    h = (h ^ (h >> 27)) * 0x94d049bb133111ebULL;
    return h ^ (h >> 31);
}

void hash_done(struct hash *h) {
    free(h->slots);
    *h = (struct hash)HASH_INIT;
}

/* The slot that holds key, or the first one where it could be put. */
static struct hash_slot *slot_for(const struct hash *h, struct str key) {
    struct hash_slot *gap = NULL;
    size_t mask = h->cap - 1;
    for (size_t i = (size_t)hash_of(key) & mask;; i = (i + 1) & mask) {
        struct hash_slot *slot = &h->slots[i];
        if (slot->value) {
            if (str_eq(slot->key, key)) {
                return slot;
            }
        } else if (!slot->key.ptr) {
            return gap ? gap : slot;
        } else if (!gap) {
            gap = slot;
        }
    }
}

void *hash_get(const struct hash *h, struct str key) {
    return h->n ? slot_for(h, key)->value : NULL;
}

static int resize(struct hash *h) {
    struct hash grown = HASH_INIT;
    grown.cap = CAP_FIRST;
    while (grown.cap < h->n * 2) {
        grown.cap *= 2;
    }
    grown.slots = calloc(grown.cap, sizeof(*grown.slots));
    if (!grown.slots) {
        return -ENOMEM;
    }
    for (size_t i = 0; i < h->cap; i++) {
        if (h->slots[i].value) {
            *slot_for(&grown, h->slots[i].key) = h->slots[i];
            grown.n++;
        }
    }
    grown.filled = grown.n;
    free(h->slots);
    *h = grown;
    return 0;
}

int hash_set(struct hash *h, struct str key, void *value) {
    if ((h->filled + 1) * 4 > h->cap * 3) {
        int r = resize(h);
        if (r < 0) {
            return r;
        }
    }
    if (!key.ptr) {
        key.ptr = "";
    }
    struct hash_slot *slot = slot_for(h, key);
    if (!slot->value) {
        h->n++;
        h->filled += !slot->key.ptr;
    }
    slot->key = key;
    slot->value = value;
    return 0;
}

void *hash_remove(struct hash *h, struct str key) {
    if (!h->n) {
        return NULL;
    }
    struct hash_slot *slot = slot_for(h, key);
    void *value = slot->value;
    if (value) {
        slot->value = NULL;
        slot->key = STR("");
        h->n--;
    }
    return value;
}

void *hash_next(const struct hash *h, size_t *at) {
    while (*at < h->cap) {
        void *value = h->slots[(*at)++].value;
        if (value) {
            return value;
        }
    }
    return NULL;
}
