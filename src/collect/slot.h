/*
 * One container that a collection works on, and the rule that no two calls of a kind for the same
 * container are ever under way: a `busy` set, shared by all collections of one Engine, holds the
 * slot whose call runs. A later collection's slot becomes that call's heir and gets what it brings;
 * when the call hangs, it goes without. Private to src/collect.
 */
#ifndef DOCKMETER_COLLECT_SLOT_H
#define DOCKMETER_COLLECT_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "model/container.h"
#include "model/usage.h"

struct collection;

struct slot {
    struct collection *collection;
    struct container *container; /* a reference, which keeps its id alive */
    const struct usage *usage;   /* what arrived, in the collection's arena */
    struct hash *busy;           /* the set that holds its id while its call runs */
    int64_t called_ns;           /* when that began (monotonic) */
    struct slot *heirs;          /* of later collections that wait for this call */
    struct slot *next_heir;
    bool ended;
    bool counted; /* as an error, once, whether it failed or was late */
};

/* Starts the slot's call by `call`, or waits for another's. Not 0: neither, it will not end. */
int slot_start(struct slot *slot, struct hash *busy, int64_t hangs_after_ns,
               int (*call)(struct slot *slot));

/* The slot's call ended: gives its container free, then calls `over` for each heir and for the slot
   itself, last. */
void slot_end(struct slot *slot, void (*over)(struct slot *slot, const void *got), const void *got);

/* Its container may be asked for again, whatever becomes of its call. */
void slot_free_again(struct slot *slot);

#endif
