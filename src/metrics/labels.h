/*
 * The label sets that all series of a container carry: the profile's own, the container labels
 * that the allow-list names, the global ones; in this order. Private to metrics/.
 *
 * Container labels are the union over the page, so that every series of a family has the same
 * label names. Of keys whose names collide the first in byte order wins.
 */
#ifndef DOCKMETER_METRICS_LABELS_H
#define DOCKMETER_METRICS_LABELS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "metrics/family.h"
#include "metrics/row.h"
#include "model/snapshot.h"

/* All names of exported container labels begin so. */
#define CONTAINER_LABEL_PREFIX "container_label_"

/* More exported keys than this on a page, or longer ones, are left out and counted. */
#define LABEL_COLUMNS_MAX 256
#define LABEL_KEY_MAX 256

struct label_rules {
    const struct base_label *base;
    size_t n_base;
    const struct str *patterns; /* keys or globs, each followed by a NUL */
    size_t n_patterns;
    const struct label *globals;
    size_t n_globals;
};

/*
 * One set for each of the n readings, in the arena; values are views of the containers' and the
 * rules'. *ret_left_out: how many allowed keys are not there. NULL when memory is out.
 */
struct labelset *labels_build(const struct label_rules *rules, const struct reading *readings,
                              size_t n, struct arena *arena, size_t *ret_left_out);

/* Whether s is [a-zA-Z_][a-zA-Z0-9_]*, with colons where `metric`. */
bool labels_valid_name(struct str s, bool metric);

#endif
