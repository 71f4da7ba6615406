/*
 * Follows one Engine's event stream, and says when the inventory must be brought up to date: a
 * sync, which is a list (or not) and the inspects of what is stale.
 *
 *   AWAY ──up──► OPENING ──200──► LISTING ──synced──► LIVE ──event──► gathered ──► sync ──► LIVE
 *     ▲             ▲ │ refused: REFUSED, tried again   │
 *     └──down── any │ │   after resync_ms               │ the stream ends, or a line was lost
 *                   └─┴── 1 s, doubling to 30 s ◄───────┘
 *
 * Two kinds of sync go on side by side: lists, and inspects of at most 100 containers, so that
 * events wait for no list. Bursts are gathered: a sync starts 10 ms after what asks for it, and not
 * before as much time has passed as the last of its kind took. One that fails is repeated after
 * 1 s, doubling to 30 s; events go past it, and past inspects that hang for 100 ms. As long as a
 * list of everything fails, nothing is followed.
 * A list of everything comes after each opening, every resync_ms, because an Engine drops events of
 * a slow reader without a word, and after a lost line, then at most every 1 s, doubling to 30 s.
 * The stream is opened with the last event's time, so that what happened in between is told again;
 * one that ended within 10 s is opened again as slowly as a failed sync. Timers and calls only; the
 * inventory is its owner's.
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

/* What a sync asks for. */
enum follow_sync {
    FOLLOW_INSPECTS, /* of what is stale */
    FOLLOW_AGAIN,    /* of that and what failed before */
    FOLLOW_LIST,     /* the list; what is new or differs becomes stale */
    FOLLOW_ALL,      /* the list; everything becomes stale: events may have been lost */
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

/* From now on this holds for setup.resync_ms. */
void follow_set_resync(struct follow *follow, int64_t resync_ms);

/* A sync ended; complete: nothing of it failed. One that was given up meanwhile is ignored. */
void follow_synced(struct follow *follow, unsigned serial, bool complete);

/* There was more to inspect than one sync may: goes on without a pause. */
void follow_rest(struct follow *follow);

/* Something must be inspected though no event said so. */
void follow_doubt(struct follow *follow);

/* Inspects failed beside a list that came, or in a sync that was given up: they are tried again. */
void follow_again(struct follow *follow);

/* The inventory is up to date by events: no list is needed. */
bool follow_is_live(const struct follow *follow);

/* A sync is under way or planned. */
bool follow_is_settling(const struct follow *follow);

/* Whether the stream has neither been opened nor failed to be so far. */
bool follow_is_undecided(const struct follow *follow);

#endif
