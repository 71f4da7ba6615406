/*
 * How much CPU each container uses: the CPU time between two readings by the time between them.
 * Whoever shows it takes snapshots in at a fixed interval, whatever else is asked for meanwhile; so
 * two who look at it do not disturb each other. Plain state, no clock of its own.
 *
 *   take ──── take ──── take ────►       what is read between two takes is not looked at
 *        └ rate ┘ └ rate ┘
 *
 * A container has no rate before its second reading, and after its second take without one it keeps
 * the last. A new run begins anew; so do a clock that was put back and a count that fell.
 */
#ifndef DOCKMETER_MODEL_RATES_H
#define DOCKMETER_MODEL_RATES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/container.h"
#include "model/snapshot.h"

struct rates;

struct rates *rates_new(void); /* NULL: memory is out */
void rates_free(struct rates *rates);

/* Takes a snapshot in; containers that it does not show alive are forgotten. The same reading again
   changes nothing. -ENOMEM: some container has none. */
MUST_USE int rates_take(struct rates *rates, const struct snapshot *snapshot);

/* CPU time by time, in cores * 10^9, of the container's present run; false: not known. */
bool rates_cpu(const struct rates *rates, const struct container_facts *facts,
               uint64_t *ret_nanocores);

#endif
