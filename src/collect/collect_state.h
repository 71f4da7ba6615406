/*
 * Inside of a collect: its state, shared by collect.c (who asks, the background, the Engine's
 * coming and going) and run.c (the collections that are under way).
 */
#ifndef DOCKMETER_COLLECT_COLLECT_STATE_H
#define DOCKMETER_COLLECT_COLLECT_STATE_H

#include "collect/collect.h"
#include "collect/collection.h"
#include "collect/follow.h"
#include "collect/sideline.h"
#include "collect/view.h"

struct run;

struct collect {
    struct collect_parts parts;
    struct collect_settings settings;
    struct view view;
    struct follow *follow; /* NULL: each scrape lists and inspects */
    struct sideline *sideline;
    collect_on_trouble_fn *trouble;
    void *trouble_arg;

    struct run *runs;
    struct run *joinable;  /* one of them, or NULL */
    unsigned sync_put_off; /* the serial of a full sync that waits for it; 0: none */
    bool facts_put_off;    /* what the Engine says of itself waits for its inspects */
    struct collection_shared shared;
    struct snapshot *last; /* of the last collection that measured: for background and cache */
    int64_t last_mono_ns;
    bool last_is_good; /* it knew which containers there are */

    bool engine_known; /* the first ping ended */
    struct timer *interval_timer;
};

/* A snapshot of what is known now, with the usages of `from` (may be NULL); NULL: no memory. */
struct snapshot *collect_snapshot(struct collect *c, const struct collection *from);

/* Keeps the snapshot (NULL is fine) for scrapes that are served from the background or the cache.
 */
void collect_keep(struct collect *c, struct snapshot *s, const struct collection *from);

/* The joinable run is over, or left to itself: starts the sync that waited for it. */
void collect_start_put_off_sync(struct collect *c);

/* Its inspects are over, or are not waited for: asks what was put off. */
void collect_ask_put_off_facts(struct collect *c);

/* For the log. */
void collect_tell(struct collect *c, enum collect_trouble what, const struct err *err);

#endif
