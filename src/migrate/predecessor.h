/*
 * The tools that Dockmeter stands in for, each under the name of its profile, and how the names of
 * each become those of the profile native. Constant tables; nothing here allocates.
 */
#ifndef DOCKMETER_MIGRATE_PREDECESSOR_H
#define DOCKMETER_MIGRATE_PREDECESSOR_H

#include <stddef.h>

#include "base/str.h"

struct predecessor {
    const char *name;  /* its profile and preset: "cadvisor" */
    const char *title; /* what its users call it: "cAdvisor" */
};

/* The i-th of them, NULL behind the last. */
const struct predecessor *predecessor_at(size_t i);

/* The one of this name, or NULL; names of the tools themselves ("docker-stats-exporter") are known
   too. */
const struct predecessor *predecessor_find(struct str name);

/* The name that was likely meant, or NULL. */
const char *predecessor_nearest(struct str name);

/*
 * The label of the profile native that says what `old` said, the same one where nothing changed or
 * `old` is not the predecessor's; empty where there is none.
 */
struct str predecessor_label(const struct predecessor *p, struct str old);

#endif
