#include "expo/series.h"

#include <stdlib.h>
#include <sys/random.h>

#define CAP_FIRST 64

void series_set_init(struct series_set *set) {
    *set = (struct series_set){.age = 1};
    if (getrandom(&set->seed, sizeof(set->seed), GRND_NONBLOCK) != (ssize_t)sizeof(set->seed)) {
        set->seed = (uint64_t)(uintptr_t)set;
    }
}

void series_set_done(struct series_set *set) {
    free(set->slots);
    set->slots = NULL;
}

void series_set_reset(struct series_set *set) {
    set->n = 0;
    set->age++;
    if (set->age == 0) {
        memset(set->slots, 0, set->cap * sizeof(*set->slots));
        set->age = 1;
    }
}

/* Both halves of a product, folded (the idea of wyhash). */
static uint64_t fold(uint64_t a, uint64_t b) {
    unsigned __int128 product = (unsigned __int128)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_bytes(uint64_t h, struct str s) {
    uint64_t word = 0;
    size_t at = 0;
    for (; at + sizeof(word) <= s.len; at += sizeof(word)) {
        memcpy(&word, s.ptr + at, sizeof(word));
        h = fold(h ^ word, UINT64_C(0xa0761d6478bd642f));
    }
    word = 0;
    if (at < s.len) {
        memcpy(&word, s.ptr + at, s.len - at);
    }
    return fold(h ^ word, UINT64_C(0xe7037ed1a0b428db) ^ s.len);
}

/* Whether label i belongs to the series. */
static bool counts(const struct expo_sample *s, uint32_t left_out, size_t i) {
    return i != left_out && s->labels[i].value.len > 0;
}

/* A sum, so that the order does not matter. */
static uint64_t hash_labels(uint64_t seed, const struct expo_sample *s, uint32_t left_out) {
    uint64_t sum = seed;
    for (size_t i = 0; i < s->n_labels; i++) {
        if (counts(s, left_out, i)) {
            sum += hash_bytes(hash_bytes(seed, s->labels[i].name), s->labels[i].value);
        }
    }
    return sum;
}

static bool same_label(const struct label *a, const struct label *b) {
    return str_eq(a->value, b->value) && str_eq(a->name, b->name);
}

/* How many labels count. */
static size_t n_counting(const struct expo_sample *s, uint32_t left_out) {
    size_t n = 0;
    for (size_t i = 0; i < s->n_labels; i++) {
        n += counts(s, left_out, i);
    }
    return n;
}

/* Whether some label that counts is this one; looks first where it is likely to stand. */
static bool has_label(const struct expo_sample *s, uint32_t left_out, size_t likely,
                      const struct label *label) {
    if (likely < s->n_labels && likely != left_out && same_label(&s->labels[likely], label)) {
        return true;
    }
    for (size_t i = 0; i < s->n_labels; i++) {
        if (i != left_out && same_label(&s->labels[i], label)) {
            return true;
        }
    }
    return false;
}

static bool same_series(const struct series *a, const struct expo_sample *b, uint32_t left_out) {
    if (n_counting(a->sample, a->left_out) != n_counting(b, left_out)) {
        return false;
    }
    for (size_t i = 0; i < b->n_labels; i++) {
        if (counts(b, left_out, i) && !has_label(a->sample, a->left_out, i, &b->labels[i])) {
            return false;
        }
    }
    return true;
}

/* The slot of those labels, or the free one where they go. */
static struct series *slot_for(const struct series_set *set, uint64_t hash,
                               const struct expo_sample *sample, uint32_t left_out) {
    size_t mask = set->cap - 1;
    for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
        struct series *slot = &set->slots[i];
        if (slot->age != set->age || (slot->hash == hash && same_series(slot, sample, left_out))) {
            return slot;
        }
    }
}

/* Twice the room. Entries differ, so each goes to the first free slot. */
static bool grow(struct series_set *set) {
    struct series_set grown = *set;
    grown.cap = set->cap ? set->cap * 2 : CAP_FIRST;
    grown.slots = calloc(grown.cap, sizeof(*grown.slots));
    if (!grown.slots) {
        return false;
    }
    for (size_t i = 0; i < set->cap; i++) {
        const struct series *old = &set->slots[i];
        size_t at = (size_t)old->hash & (grown.cap - 1);
        while (old->age == set->age && grown.slots[at].age == set->age) {
            at = (at + 1) & (grown.cap - 1);
        }
        if (old->age == set->age) {
            grown.slots[at] = *old;
        }
    }
    free(set->slots);
    *set = grown;
    return true;
}

struct series *series_set_add(struct series_set *set, const struct expo_sample *sample,
                              uint32_t left_out) {
    if (set->n * 2 >= set->cap && !grow(set)) {
        return NULL;
    }
    uint64_t hash = hash_labels(set->seed, sample, left_out);
    struct series *slot = slot_for(set, hash, sample, left_out);
    if (slot->age != set->age) {
        *slot =
            (struct series){.hash = hash, .sample = sample, .left_out = left_out, .age = set->age};
        set->n++;
    }
    return slot;
}
