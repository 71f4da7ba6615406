/*
 * The containers that are known of one Engine, by id. What the Engine says flows in through one
 * reconciliation: a list or an event tells which containers must be inspected; an inspect completes
 * them. Those that the filter leaves out are known too, for the counts by state, but not shown. It
 * keeps what the Engine forgets: the last exit code that was seen, and the ledger's counters.
 *
 *   list ───► inventory_list()  ──► kept, changed, gone ──┐
 *   event ──► inventory_event() ──► known: stale ─────────┼─► inventory_next_stale() ──► inspect
 *                              └──► unknown: a list       │        ◄── inventory_inspected()
 *   reading ► inventory_doubt() ──────────────────────────┘
 *
 * Answers may be older than events that came while they were under way; so it is told when one is
 * asked for (inventory_listing(), inventory_inspecting()), and what an event has overtaken neither
 * brings a container back nor makes it up to date.
 */
#ifndef DOCKMETER_MODEL_INVENTORY_H
#define DOCKMETER_MODEL_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/container.h"
#include "model/event.h"
#include "model/filter.h"
#include "model/ledger.h"

#define INVENTORY_GONE_MAX 10000 /* removals kept in mind while a list is under way */

struct inventory;

/* An empty one, or NULL. The filter is borrowed and may be NULL. */
struct inventory *inventory_new(struct filter *filter);
void inventory_free(struct inventory *inv); /* NULL is fine */

/* A list is asked for now. */
void inventory_listing(struct inventory *inv);

/* From now on this filter holds (borrowed, may be NULL): all containers are judged anew. Those that
   are newly shown become stale; true when there are such. */
bool inventory_refilter(struct inventory *inv, struct filter *filter);

/*
 * Takes over a whole list: containers that are not in it go, new and changed ones are put in. All
 * that are shown become stale, because a list cannot tell all that changed; unless all_stale is
 * false, since events have told of changes: then only what is new or differs from what is known
 * does. -ENOMEM when memory is out: what was is kept. *filter_cut grows by the patterns that hit
 * the match limit since the last list.
 */
MUST_USE int inventory_list(struct inventory *inv, const struct container_facts *listed, size_t n,
                            bool all_stale, uint64_t *filter_cut);

/* Completes a container; unknown ids (removed meanwhile) are ignored. The filter is asked again,
   when the name has changed. An answer that was overtaken by a later event (the container became
   stale again while it was under way) leaves it stale. -ENOMEM: it is as it was, or not counted. */
MUST_USE int inventory_inspected(struct inventory *inv, const struct container_facts *facts);

/* An inspect of this container is asked for now: what makes it stale from here on asks for another
   one. It stays stale until the answer. */
void inventory_inspecting(struct inventory *inv, struct str id);

/* That inspect ended without an answer. */
void inventory_inspect_failed(struct inventory *inv, struct str id);

enum inventory_need { INVENTORY_NOTHING, INVENTORY_INSPECT, INVENTORY_LIST };

/* Takes an event in and tells what it asks for: the container is stale, or unknown, or gone. */
enum inventory_need inventory_event(struct inventory *inv, const struct container_event *event);

/* The pid of a container turned out to be somebody else's: it becomes stale, once for each pid.
   False: it was doubted before, or is unknown. */
bool inventory_doubt(struct inventory *inv, struct str id);

/* A container vanished (404 on inspect). */
void inventory_gone(struct inventory *inv, struct str id);

/* How many there are, shown or not: a bound for inventory_next(). */
size_t inventory_size(const struct inventory *inv);

/* Walks the containers that are shown: `size_t at = 0; while ((c = inventory_next(inv, &at)))`;
   borrowed. */
struct container *inventory_next(const struct inventory *inv, size_t *at);

/* The one of this id, if it is shown, or NULL; borrowed. */
struct container *inventory_shown(const struct inventory *inv, struct str id);

/* Those that must be inspected, shown or not, each in one kind. */
enum inventory_stale {
    STALE_URGENT, /* it is known that they changed */
    STALE_LISTED, /* a list has put them in doubt */
    STALE_FAILED, /* the last inspect failed, and nothing has happened since */
    STALE_ASKED,  /* an inspect is under way */
    STALE_KINDS,
};

/* Walks the stale ones of a kind. */
struct container *inventory_next_stale(const struct inventory *inv, enum inventory_stale kind,
                                       size_t *at);

/* Whether this container must be inspected; false for an unknown id. */
bool inventory_is_stale(const struct inventory *inv, struct str id);

/* How many containers the Engine has in each state, shown or not; NULL before the first list. */
const uint64_t *inventory_states(const struct inventory *inv);

/* The counters of its containers; the inventory tells it of events, inspects and removals. */
struct ledger *inventory_ledger(struct inventory *inv);

#endif
