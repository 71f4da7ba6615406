/*
 * The counters that an Engine resets or never keeps: restarts and OOM kills of each container,
 * monotonic for the life of this process. Plain state, no I/O. It owns
 *
 *   an account for each container (by id): its lives (lives.h), and what it has counted so far
 *   a series for each set of labels (name, image, project, service): the totals that are shown
 *
 *   account ──counts──► its series          rename: to another series, which then stands at least
 *   recreated: a new account, the same series          where the container's own count does
 *
 * What a container counts goes into the series whose labels it has at the time, so a container
 * that is made anew under the same labels goes on where the old one was, whichever of removal and
 * appearance is learned first. Two sets of labels never share a count, and none falls.
 *
 * Limits: series that no container has any more are kept up to LEDGER_HISTORY_MAX, the longest
 * unused go first; each with the account that left it last, so that an id that comes back is not
 * counted twice. Containers that were never inspected: LEDGER_WAITING_MAX, beyond it all of these
 * are forgotten.
 */
#ifndef DOCKMETER_MODEL_LEDGER_H
#define DOCKMETER_MODEL_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "model/container.h"
#include "model/event.h"

#define LEDGER_HISTORY_MAX 10000
#define LEDGER_WAITING_MAX 10000

struct ledger;

struct ledger *ledger_new(void);         /* NULL: no memory */
void ledger_free(struct ledger *ledger); /* NULL is fine */

/* A start, die or oom of a container; others are ignored. The same event twice counts once. */
void ledger_event(struct ledger *ledger, const struct container_event *event);

/* An inspect; makes the container known. -ENOMEM. */
MUST_USE int ledger_inspected(struct ledger *ledger, const struct container_facts *facts);

/* oom_kill as the kernel had it in the life that began at started_ns. */
void ledger_oom_kills(struct ledger *ledger, struct str id, int64_t started_ns, uint64_t kills);

/* The container was removed; what it counted stays with its labels. */
void ledger_removed(struct ledger *ledger, struct str id);

struct ledger_counts {
    uint64_t restarts;
    uint64_t oom_kills;
};

/* False: the container was never inspected. */
bool ledger_read(const struct ledger *ledger, struct str id, struct ledger_counts *ret);

#endif
