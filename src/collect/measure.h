/*
 * The measuring part of a collection: one usage for each live container, from the kernel in slices
 * of 5 ms (1 ms beside the inspects), and from the Engine's statistics for those that the kernel
 * did not tell. What arrives lies in the slots of collection_state.h; each end goes to
 * collection_advance(). Private to src/collect.
 */
#ifndef DOCKMETER_COLLECT_MEASURE_H
#define DOCKMETER_COLLECT_MEASURE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

struct collection;
struct slot;

/* A container's inspect told who it is: its own `slot` of the inspects may be read ahead, while the
   Engine answers for the others. */
void measure_soon(struct slot *slot);

/* Reads some of those. */
void measure_ahead(struct collection *c);

/* The slot with a container's usage, or NULL; of one that was read ahead only while nothing else
   has become known since. */
const struct slot *measure_slot(const struct collection *c, struct str id);

/* Counts as errors what is not measured yet before measure_start(), which makes the slots that it
   is counted in afterwards. */
void measure_count_unread(struct collection *c);

/* Makes a slot for each live container and starts to measure; -ENOMEM. */
MUST_USE int measure_start(struct collection *c);

/* The kernel's next slice. */
void measure_slice(struct collection *c);

/* Whether everything that was started to be measured has ended. */
bool measure_is_over(const struct collection *c);

#endif
