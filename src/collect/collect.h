/*
 * Collections: from an Engine (and later the kernel) to an immutable snapshot.
 *
 *   scrape ─┐                       ┌─ list ─► inventory ─┬─► inspect each stale one ─┐
 *   scrape ─┼─► one collection ─────┤                     └─► statistics of live ones ┼─► snapshot
 *   timer  ─┘   (single flight)     └─ each container's source                        │
 *      └── each with its own deadline: gets what has arrived by then ◄────────────────┘
 *
 * A collection has no deadline; its calls have (the Engine's timeout). A container's state never
 * depends on its statistics. While the Engine is away, states keep the last known values for
 * `resync_ms`, then they are absent. The Engine's facts are refreshed in the background.
 */
#ifndef DOCKMETER_COLLECT_COLLECT_H
#define DOCKMETER_COLLECT_COLLECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/engine.h"
#include "loop/loop.h"
#include "model/inventory.h"
#include "model/snapshot.h"

struct collect;
struct collect_wait;

struct collect_settings {
    int64_t interval_ms; /* > 0: in the background, scrapes get the last one */
    int64_t timeout_ms;  /* the longest that a scrape waits */
    int64_t resync_ms;
    int64_t system_interval_ms;
    int64_t cache_ttl_ms;    /* 0: off */
    int64_t hangs_after_ms;  /* a call of this age is not waited for again; 0: 3 s */
    unsigned max_concurrent; /* statistics at once, on Engines with direct one-shot */
    bool containers;         /* collectors */
    bool system;
};

/* The engine, filter and tally are borrowed; the engine must be freed before the collect. */
MUST_USE int collect_new(struct loop *loop, struct engine *engine, struct filter *filter,
                         struct tally *tally, const struct collect_settings *settings,
                         struct collect **ret, struct err *err);
void collect_free(struct collect *collect);

/* Starts the background work. */
void collect_start(struct collect *collect);

/* The Engine's watch must call this at each change: while it is away, nobody waits for it. */
void collect_engine_changed(struct collect *collect);

/* Calls fn for each call to the Engine that failed (already counted), for the log. */
void collect_on_trouble(struct collect *collect, void (*fn)(void *arg, const struct err *err),
                        void *arg);

/* Whether the Engine answers but its facts have not arrived for the first time yet. */
bool collect_facts_pending(const struct collect *collect);

typedef void collect_done(void *arg, struct snapshot *snapshot);

/*
 * Asks for a snapshot: done is called once, at the latest after timeout_ms (at most the settings'),
 * possibly from within when there is one to give at once. The snapshot is borrowed: take a
 * reference to keep it; NULL only when memory is out. want_usage false needs the containers' states
 * only. *ret is for collect_cancel() and valid until done was called (NULL when that was from
 * within); -ENOMEM: no callback.
 */
MUST_USE int collect_ask(struct collect *collect, int64_t timeout_ms, bool want_usage,
                         collect_done *done, void *arg, struct collect_wait **ret);
void collect_cancel(struct collect_wait *wait);

#endif
