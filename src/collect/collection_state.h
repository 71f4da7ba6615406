/*
 * Inside of a collection: its state, shared by collection.c (the list, the inspects, the whole) and
 * measure.c (the kernel and the statistics).
 */
#ifndef DOCKMETER_COLLECT_COLLECTION_STATE_H
#define DOCKMETER_COLLECT_COLLECTION_STATE_H

#include "collect/collection.h"
#include "collect/fanout.h"
#include "collect/slot.h"

struct slots {
    struct slot *at;
    size_t n;
};

struct collection {
    struct collection_setup setup;
    int64_t started_ns;
    int64_t listed_unix_ns;
    uint64_t list_number;
    bool list_counted; /* as an error */
    bool list_over;
    bool left_some;     /* stale ones, beyond task.inspect_max */
    bool patience_over; /* the kernel is read without waiting for the rest of the inspects */
    bool abandoned;
    bool measuring;      /* the live ones have their slots */
    bool unread_counted; /* as errors: live ones that have no slot yet */
    bool over;           /* ended() was called */
    struct arena arena;
    struct slots stale; /* to inspect */
    struct slots live;  /* to measure */
    struct fanout inspects;
    struct fanout stats;
    struct hash by_id;      /* id -> slot that may have a usage: read ahead, then of `live` */
    struct timer *step;     /* the next one: see on_step() */
    struct timer *patience; /* ends it, and then looks now and then for what hangs */
    struct slot **ahead;    /* of `stale`: inspected, to be read while others still are not */
    size_t n_ahead;
    size_t ahead_next;  /* ahead[] up to here were read */
    size_t kernel_next; /* live.at[] up to here were read */
    bool kernel_over;
    size_t *unread; /* indexes of the live ones that the Engine is asked for */
    size_t n_unread;
};

/* Room for all containers that are known now, at most for max; -ENOMEM. */
MUST_USE int slots_make(struct collection *c, struct slots *slots, size_t max);
struct slot *slots_add(struct collection *c, struct slots *slots, struct container *container);

/* Counts one failure: of a container's call, or of the list; once for each *counted. */
void collection_count_error(struct collection *c, bool *counted);
/* The same, and tells of it; slot may be NULL. */
void collection_failed(struct collection *c, const struct err *err, const char *what,
                       struct slot *slot);
void collection_failed_memory(struct collection *c, const char *what, struct slot *slot);

/* Something ended: goes on with what is next, or ends the collection. */
void collection_advance(struct collection *c);

#endif
