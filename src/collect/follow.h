/*
 * Follows one Engine's event stream, and says when the inventory must be brought up to date: a
 * sync, which is a list (or not) and the inspects of what is stale.
 *
 *   AWAY ──up──► OPENING ──200──► LISTING ──synced──► LIVE ──event──► gathered ──► sync ──► LIVE
 *     ▲             ▲ │ refused: REFUSED, tried again   │
 *     └──down── any │ │   after resync_ms               │ the stream ends, or a line was lost
 *                   └─┴── 1 s, doubling to 30 s ◄───────┘
 *
 * Bursts are gathered: a sync starts 10 ms after the first event, and not before as much time has
 * passed as the last one took; one that has more than 100 containers to inspect leaves the rest to
 * the next, so that events wait for none of it. One that is not complete, or hangs for 3 s, is
 * followed by another after 1 s, doubling to 30 s; an event does not wait for one that hangs. A
 * list also comes after each opening and every resync_ms, because an Engine drops events of a slow
 * reader without a word. The stream is opened with the last event's time, so that what happened in
 * between is told again; one that ended within 10 s is opened again as slowly as a failed sync.
 * Timers and calls only; the inventory is its owner's.
 */
#ifndef DOCKMETER_COLLECT_FOLLOW_H
#define DOCKMETER_COLLECT_FOLLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "engine/events.h"
#include "loop/loop.h"
#include "model/inventory.h"

struct follow;

/* What a sync asks for, each more than the one before. */
enum follow_sync {
    FOLLOW_NOTHING,
    FOLLOW_INSPECTS, /* of what is stale */
    FOLLOW_LIST,     /* the list too, and inspects of what is new or differs */
    FOLLOW_ALL,      /* the list and all inspects: events may have been lost */
};

struct follow_setup {
    struct loop *loop;
    struct engine *engine;
    int64_t resync_ms;
    /* Takes an event in. */
    enum inventory_need (*event)(void *arg, const struct container_event *event);
    /* Starts a sync; follow_synced() must come once, later. -ENOMEM: it will not. */
    int (*sync)(void *arg, enum follow_sync sync, unsigned serial);
    /* The stream is refused, or cannot be opened again; once for each time that it worked. */
    void (*trouble)(void *arg, const struct err *err);
    void *arg;
};

MUST_USE int follow_new(const struct follow_setup *setup, struct follow **ret, struct err *err);
void follow_free(struct follow *follow); /* NULL is fine */

/* The Engine's watch calls this at each change. */
void follow_engine_changed(struct follow *follow);

/* The list of a sync is in the inventory. */
void follow_listed(struct follow *follow, unsigned serial);

/* A sync ended; complete: nothing of it failed. One that was given up meanwhile is ignored. */
void follow_synced(struct follow *follow, unsigned serial, bool complete);

/* Something must be inspected though no event said so, or more than one sync was to inspect. */
void follow_doubt(struct follow *follow);

/* The inventory is up to date by events: no list is needed. */
bool follow_is_live(const struct follow *follow);

/* A sync is under way or planned. */
bool follow_is_settling(const struct follow *follow);

/* Whether the stream has neither been opened nor failed to be so far. */
bool follow_is_undecided(const struct follow *follow);

#endif
