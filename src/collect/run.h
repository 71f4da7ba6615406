/*
 * A run: a collection with the scrapes that wait for it. It lies in its collect's list until its
 * last call has ended. The newest one may be joined; it is left to itself once a scrape's deadline
 * passed it, all that it waits for hangs (who waits is answered then), or the Engine went away.
 *
 *   run_start() ──► joinable ──► late, abandoned ──► its collection ended: waits are answered
 *               └─► for a sync, not joinable ──────►─┘
 *
 * Private to src/collect.
 */
#ifndef DOCKMETER_COLLECT_RUN_H
#define DOCKMETER_COLLECT_RUN_H

#include "collect/collect_state.h"

struct run {
    struct run *next;
    struct collect *collect;
    struct collection *collection;
    struct collect_wait *waits;
    unsigned sync; /* the serial of the sync that it is for; 0: none */
};

/* What a run is for. */
struct errand {
    struct collection_task task;
    bool joinable;
    unsigned sync;
};

/* -ENOMEM: nothing is under way. */
MUST_USE int run_start(struct collect *c, const struct errand *errand);

/* Takes it out of the list and frees it with its collection; waits are not called. */
void run_free(struct run *run);

/*
 * Counts what it has not brought in time. One that has its list is left to itself, so that the
 * next scrape does not wait for the same call again; before the list there is nothing else to ask.
 */
void run_leave_late(struct run *run);

/* The same, and keeps what there is so far, if nothing newer has begun: a snapshot with a
   reference, or NULL. */
struct snapshot *run_publish_late(struct run *run);

/* Answers all who wait and lets the runs go: their calls may hang as long as the timeout. */
void run_abandon_all(struct collect *c);

#endif
