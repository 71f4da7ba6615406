/*
 * Collections: from an Engine and the kernel to an immutable snapshot.
 *
 *   events ─► follow ─► sync (list, inspects of what changed) ─► inventory
 *                                                                    │
 *   scrape ─┐                      ┌─ list, inspects: only while ─────┤
 *   scrape ─┼─► one collection ────┤  events cannot be followed       ▼
 *   timer  ─┘   (single flight)    └─ the kernel's files, or ───► snapshot
 *      │                              the Engine's statistics         ▲
 *      └── each with its own deadline: gets what has arrived by then ─┘
 *          (or earlier, when only calls that hang are missing)
 *
 * A collection has no deadline; its calls have (the Engine's timeout). A container's state never
 * depends on its statistics. While the Engine is away, the kernel is read on; states keep the last
 * known values for `resync_ms`, then they are absent. The Engine's facts and its use of disks are
 * asked for in the background (sideline.h). A counter does not fall within one life of a container
 * because its source changed.
 */
#ifndef DOCKMETER_COLLECT_COLLECT_H
#define DOCKMETER_COLLECT_COLLECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "collect/trouble.h"
#include "engine/engine.h"
#include "kernel/kernel.h"
#include "loop/loop.h"
#include "model/inventory.h"
#include "model/snapshot.h"
#include "work/work.h"

struct collect;
struct collect_wait;

enum collect_source {
    COLLECT_AUTO,   /* the kernel where it can be read, else the Engine */
    COLLECT_KERNEL, /* the kernel only */
    COLLECT_ENGINE, /* the Engine's statistics only */
};

struct collect_settings {
    int64_t interval_ms; /* > 0: in the background, scrapes get the last one */
    int64_t timeout_ms;  /* the longest that a scrape waits */
    int64_t resync_ms;
    int64_t system_interval_ms;
    int64_t disk_interval_ms; /* 0: disks are not measured */
    int64_t disk_retry_ms;    /* the first wait after a measurement that failed; 0: 10 s */
    int64_t cache_ttl_ms;     /* 0: off */
    int64_t hangs_after_ms;   /* a call of this age is not waited for; 0: 3 s */
    int64_t patience_ms;      /* with inspects before the kernel is read; 0: 0.5 s */
    unsigned max_concurrent;  /* statistics at once, on Engines with direct one-shot */
    enum collect_source source;
    /* Called for each snapshot that is kept for later scrapes, before they get it; whole: the
       Engine answers and what containers it has is known. May be NULL. */
    void (*collected)(void *arg, struct snapshot *snapshot, bool whole);
    void *collected_arg;
    bool follow;     /* the event stream; else each scrape lists and inspects */
    bool containers; /* collectors */
    bool system;
};

/* What it works with; all borrowed. */
struct collect_parts {
    struct loop *loop;
    struct engine *engine; /* must be freed before the collect */
    struct kernel *kernel; /* NULL: none */
    struct filter *filter; /* NULL: none; until collect_refilter() */
    struct tally *tally;
    struct work *work; /* NULL: file systems are not measured */
};

MUST_USE int collect_new(const struct collect_parts *parts, const struct collect_settings *settings,
                         struct collect **ret, struct err *err);
/* Closes the event stream; to be called before the engine is freed. NULL is fine. */
void collect_stop(struct collect *collect);
void collect_free(struct collect *collect);

/*
 * Other settings from now on, but for source, follow, hangs_after_ms, patience_ms, disk_retry_ms
 * and collected_arg. Who waits already keeps the deadline that it has. What was known stays; the
 * next scrape is not served what was collected before.
 */
void collect_adopt(struct collect *collect, const struct collect_settings *settings);

/* Another filter from now on (borrowed, may be NULL), for the next snapshot already. The old one is
   not used any more. */
void collect_refilter(struct collect *collect, struct filter *filter);

/* What was collected so far, or is being collected, is not for scrapes that come from now on. What
   is known and counted stays. */
void collect_forget(struct collect *collect);

/* Starts the background work. */
void collect_start(struct collect *collect);

/* The Engine's watch must call this at each change: while it is away, nobody waits for it. */
void collect_engine_changed(struct collect *collect);

/* Calls fn for what goes wrong, for the log. */
typedef void collect_on_trouble_fn(void *arg, enum collect_trouble what, const struct err *err);
void collect_on_trouble(struct collect *collect, collect_on_trouble_fn *fn, void *arg);

/* Whether the Engine answers but its facts have not arrived for the first time, nor what it uses of
   its disks within timeout_ms; or it is not decided yet whether its events can be followed. */
bool collect_is_starting(const struct collect *collect);

/* Whether the inventory follows the Engine's events. */
bool collect_is_live(const struct collect *collect);

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
