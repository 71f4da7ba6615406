/*
 * One collection from one Engine: it brings the inventory up to date, as far as it is asked to, and
 * gathers one usage for each live container. It has no deadline; each of its calls has the
 * Engine's.
 *
 *   LISTING ──► INSPECTING ──► KERNEL ──► STATISTICS ──► ended()
 *   if list     if inspect     if kernel  of those that the kernel did not tell, if engine
 *      └─ failed ───────────────────────────────────────►─┘
 *
 * A container is read from the kernel as soon as its inspect has told its process, beside the
 * inspects of the others; the rest, and what has changed since, when they are over.
 *
 * Where everything has been measured but for calls that hang (the Engine does not answer for a
 * container that is being started, but for others), late() tells the owner, who need not wait for
 * the end.
 *
 * Without a kernel, statistics go out at once, beside the inspects: an Engine that answers them
 * with a tick has time for the inspects meanwhile. The kernel is read in slices of a few
 * milliseconds, so that the loop goes on with many containers.
 *
 * ended() is called once, when nothing is under way any more, and never from within
 * collection_start(); the owner frees then. Several may be under way; slot.h keeps them from asking
 * for the same twice. Usages lie in the collection's arena; a snapshot takes copies, since several
 * may be made of one collection, each at its scrape's deadline.
 */
#ifndef DOCKMETER_COLLECT_COLLECTION_H
#define DOCKMETER_COLLECT_COLLECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "collect/trouble.h"
#include "engine/engine.h"
#include "kernel/kernel.h"
#include "loop/loop.h"
#include "model/inventory.h"
#include "model/snapshot.h"
#include "model/tally.h"

struct collection;

/* What all collections of one Engine share. */
struct collection_shared {
    struct hash busy_inspects; /* ids with a call under way */
    struct hash busy_stats;
    uint64_t lists_asked;  /* each list has a number; an answer that a later one has overtaken is */
    uint64_t lists_taken;  /* left alone */
    size_t kernel_dropped; /* what its readings left out, as far as it is counted */
    size_t kernel_refused; /* files of containers that told nothing, the same */
    struct err fallback;   /* why a container was last left to the Engine */
    bool missing_told;     /* that containers lack controllers */
    bool kernel_sees;      /* a container of this Engine was read from the kernel */
};

/* What a collection is to do. */
struct collection_task {
    bool list;          /* ask the Engine what containers there are */
    bool all_stale;     /* of the list, not only what is new or differs */
    bool retry;         /* inspect those too whose last inspect failed or is under way elsewhere */
    bool inspect;       /* inspect the stale ones */
    size_t inspect_max; /* at most so many, the urgent ones first; 0: all */
    bool want_usage;    /* measure */
};

/* What a collection works on; all borrowed. */
struct collection_setup {
    struct loop *loop;
    struct engine *engine;
    struct kernel *kernel; /* NULL: the Engine's statistics only */
    struct inventory *inventory;
    struct tally *tally;
    struct collection_shared *shared;
    unsigned max_concurrent;
    int64_t hangs_after_ms; /* age from which a call is not waited for */
    int64_t patience_ms;    /* after it the kernel is read without waiting any longer for inspects,
                               and so often it is looked whether what is still awaited hangs */
    struct collection_task task;
    bool ask_engine;             /* statistics of what the kernel does not tell */
    bool settling;               /* an inspect of what has no pid yet is on its way elsewhere */
    void (*listed)(void *arg);   /* the list is in the inventory */
    void (*measures)(void *arg); /* without a kernel: it waits for no inspect, but for statistics */
    void (*doubted)(void *arg);  /* a container was marked stale, because its pid is wrong */
    void (*late)(void *arg);     /* now and then while all that it waits for hangs */
    void (*ended)(void *arg, struct collection *c);
    void (*trouble)(void *arg, enum collect_trouble what, const struct err *err);
    void *arg;
};

/* NULL: no memory, nothing is under way. */
struct collection *collection_start(const struct collection_setup *setup);
void collection_free(struct collection *c);

/* A scrape that joins wants usage too; has an effect until ended(). */
void collection_want_usage(struct collection *c);

/* Nobody wants its results: starts no more calls, leaves the inventory alone, and its containers
   may be asked for again. */
void collection_abandon(struct collection *c);

/* When it started (monotonic), and when the list arrived (Unix time; 0: it has not). */
int64_t collection_started_ns(const struct collection *c);
int64_t collection_listed_unix_ns(const struct collection *c);

/* Whether it measures containers, or only lists and inspects them. */
bool collection_wants_usage(const struct collection *c);

/* Whether it asks for the list. */
bool collection_lists(const struct collection *c);

/* Whether list and inspects are still ahead of what it measures. */
bool collection_inspects(const struct collection *c);

/* Whether it knows which containers to work on: the list arrived, or was not asked for. */
bool collection_knows(const struct collection *c);

/* Whether more were stale than it was to inspect. */
bool collection_left_some(const struct collection *c);

/* Whether nothing failed or is missing, for its owner at the end. */
bool collection_is_complete(const struct collection *c);

/* Counts what has not arrived (yet) as errors, each call once in the collection's life. */
void collection_count_missing(struct collection *c);

/* A copy in the arena of the usage that arrived for a container, or NULL. */
struct usage *collection_usage(const struct collection *c, struct str id, struct arena *arena);

#endif
