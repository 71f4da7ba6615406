/*
 * A set of label sets: which of a family's samples carry the same labels, in whatever order they
 * stand. A label with an empty value counts as absent, as it does in Prometheus. One label may be
 * left out of the comparison: the bound that tells the buckets of one histogram apart.
 *
 * Samples are borrowed. The table is kept from family to family; forgetting is one step. The seed
 * is random, so that a page cannot be made that is slow to check.
 */
#ifndef DOCKMETER_EXPO_SERIES_H
#define DOCKMETER_EXPO_SERIES_H

#include <stdint.h>

#include "expo/exposition.h"

#define SERIES_ALL UINT32_MAX /* no label is left out */

struct series {
    uint64_t hash;
    const struct expo_sample *sample;
    void *value;       /* the caller's, NULL at first */
    uint32_t left_out; /* index of the label that does not count, or SERIES_ALL */
    uint32_t age;      /* that of the set, else the slot is free */
};

struct series_set {
    struct series *slots;
    size_t cap; /* 0 or a power of two */
    size_t n;
    uint64_t seed;
    uint32_t age;
};

void series_set_init(struct series_set *set);
void series_set_done(struct series_set *set);

/* Forgets all. */
void series_set_reset(struct series_set *set);

/* The entry with the sample's labels; its sample is this one when it is new. Valid until the next
   call; NULL when memory is out. */
struct series *series_set_add(struct series_set *set, const struct expo_sample *sample,
                              uint32_t left_out);

#endif
