/*
 * One collection from one Engine: list, then inspects and statistics side by side. It brings the
 * inventory up to date and gathers one usage for each live container. It has no deadline; each of
 * its calls has the Engine's.
 *
 *   LISTING ──► GATHERING (inspects ∥ statistics) ──► ended()
 *      └─ list failed, or no usage wanted ─────────────►─┘
 *
 * ended() is called once, when no call is under way any more, and never from within
 * collection_start(); the owner frees then. Several may be under way: a call that hangs keeps its
 * collection alive, and the `busy` sets, shared by all of one Engine, keep a later collection from
 * asking for the same container again, so that there is never more than one such call for each. The
 * later one waits for the call of the earlier, unless that hangs: then it goes without.
 * Usages lie in the collection's arena; a snapshot takes copies, since several may be made of one
 * collection, each at its scrape's deadline.
 */
#ifndef DOCKMETER_COLLECT_COLLECTION_H
#define DOCKMETER_COLLECT_COLLECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/hash.h"
#include "engine/engine.h"
#include "model/inventory.h"
#include "model/snapshot.h"
#include "model/tally.h"

struct collection;

/* What a collection works on; all borrowed. */
struct collection_setup {
    struct engine *engine;
    struct inventory *inventory;
    struct tally *tally;
    struct hash *busy_inspects; /* ids with a call under way, of all collections */
    struct hash *busy_stats;
    unsigned max_concurrent;
    int64_t hangs_after_ms;    /* age from which a call is not waited for */
    bool want_usage;           /* else only the list */
    void (*listed)(void *arg); /* the list is in the inventory */
    void (*ended)(void *arg, struct collection *c);
    void (*trouble)(void *arg, const struct err *err); /* a call failed; already counted */
    void *arg;
};

/* NULL: no memory, nothing is under way. */
struct collection *collection_start(const struct collection_setup *setup);
void collection_free(struct collection *c);

/* A scrape that joins wants usage too; has an effect while the list is awaited. */
void collection_want_usage(struct collection *c);

/* Nobody wants its results: starts no more calls, leaves the inventory alone, and its containers
   may be asked for again. */
void collection_abandon(struct collection *c);

/* When it started (monotonic), and when the list arrived (Unix time; 0: it has not). */
int64_t collection_started_ns(const struct collection *c);
int64_t collection_listed_unix_ns(const struct collection *c);

/* Whether it measures containers, or only lists them. */
bool collection_wants_usage(const struct collection *c);

/* Counts what has not arrived (yet) as errors, each call once in the collection's life. */
void collection_count_missing(struct collection *c);

/* A copy in the arena of the usage that arrived for a container, or NULL. */
const struct usage *collection_usage(const struct collection *c, struct str id,
                                     struct arena *arena);

#endif
