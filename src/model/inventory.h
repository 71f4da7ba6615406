/*
 * The containers that are known of one Engine, by id. What the Engine says flows in through one
 * reconciliation: a list (or, later, an event) puts brief facts in and tells which containers must
 * be inspected; an inspect completes them. It keeps what the Engine forgets: the last exit code
 * that was seen while a container runs again.
 *
 *   list ──► inventory_list() ──► kept, changed, gone ──► inventory_stale() ──► inspect each
 *                                                          ◄── inventory_inspected()
 */
#ifndef DOCKMETER_MODEL_INVENTORY_H
#define DOCKMETER_MODEL_INVENTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/container.h"
#include "model/filter.h"

struct inventory;

/* An empty one, or NULL. The filter is borrowed and may be NULL. */
struct inventory *inventory_new(struct filter *filter);
void inventory_free(struct inventory *inv);

/*
 * Takes over a whole list: containers that are not in it go, new and changed ones are put in,
 * filtered ones are left out (counted by state only). All that stay are stale until inspected,
 * because without events a list cannot tell what changed. -ENOMEM when memory is out: what was is
 * kept.
 */
MUST_USE int inventory_list(struct inventory *inv, const struct container_facts *listed, size_t n,
                            uint64_t *filter_cut);

/* Completes a container; unknown ids (removed meanwhile) and filtered ones are ignored. */
MUST_USE int inventory_inspected(struct inventory *inv, const struct container_facts *facts);

/* A container vanished (404 on inspect). */
void inventory_gone(struct inventory *inv, struct str id);

/* Forgets everything (the Engine has been away for too long). */
void inventory_clear(struct inventory *inv);

size_t inventory_size(const struct inventory *inv);

/* Walks the containers: `size_t at = 0; while ((c = inventory_next(inv, &at)))`; borrowed. */
struct container *inventory_next(const struct inventory *inv, size_t *at);

/* Like inventory_next(), only those that must be inspected. */
struct container *inventory_next_stale(const struct inventory *inv, size_t *at);

/* How many containers the Engine has in each state, filtered ones too; NULL before the first list.
 */
const uint64_t *inventory_states(const struct inventory *inv);

#endif
