/*
 * What is shown: the inventory with the usages of a collection, as an immutable snapshot. Knows
 * since when the inventory is right, and what was shown last, from which counters must not fall.
 * Private to src/collect.
 */
#ifndef DOCKMETER_COLLECT_VIEW_H
#define DOCKMETER_COLLECT_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "collect/collection.h"
#include "model/inventory.h"
#include "model/snapshot.h"

struct view {
    struct inventory *inventory; /* owned */
    bool containers;             /* show them; else only the counts by state */
    int64_t old_after_ms;        /* states that nobody has confirmed for so long are not shown */
    int64_t right_unix_ns;       /* when the inventory was last known to be right; 0: never */
    int64_t right_mono_ns;
    struct snapshot *newest; /* for its readings */
};

void view_done(struct view *view);

/* The inventory is right, as of this Unix time. */
void view_confirm(struct view *view, int64_t unix_ns);

/* A snapshot of what is known now, unpublished, with the usages of `from` (may be NULL); the
   caller fills in what else it knows. NULL: no memory. */
struct snapshot *view_begin(struct view *view, const struct collection *from);

/* Publishes it and keeps a reference as the newest. */
void view_publish(struct view *view, struct snapshot *s);

#endif
