/*
 * Rows of the table of families and the profiles made of them; private to metrics/. A row knows
 * its name, its words for people, its group, and the function that walks a snapshot for its
 * samples. Everything here is constant and lives as long as the program.
 */
#ifndef DOCKMETER_METRICS_ROW_H
#define DOCKMETER_METRICS_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "metrics/family.h"
#include "model/container.h"

struct walk;

enum group {
    GROUP_MEMORY,
    GROUP_CPU,
    GROUP_NETWORK,
    GROUP_FS,
    GROUP_PIDS,
    GROUP_PRESSURE,
    GROUP_STATE,
    GROUP_SYSTEM,
    GROUP_SELF, /* exporter_* and process_*: in every profile and selection */
    GROUP_COUNT,
};

/* "memory" …; the name of a selection but for GROUP_SELF. */
const char *group_word(enum group group);

enum row_flags {
    ROW_API_V1 = 1,      /* the Engine API tells it on cgroup v1 */
    ROW_API_V2 = 2,      /* … on cgroup v2 */
    ROW_COMPAT = 4,      /* only with metrics.compat_names */
    ROW_KERNEL_V1 = 8,   /* the kernel tells it on cgroup v1 */
    ROW_KERNEL_V2 = 16,  /* … on cgroup v2 */
    ROW_RESOLUTION = 32, /* how fine its steps are depends on where it comes from: see remark */
};

#define ROW_LABELS_MAX 8

struct row {
    const char *name;
    const char *help;   /* one sentence with the unit */
    const char *absent; /* when there is no sample, for the documentation; NULL: always there */
    void (*walk)(struct walk *w, const struct row *row);
    const char *labels[ROW_LABELS_MAX]; /* the samples' own, up to the first NULL */
    enum family_type type;
    enum group group;
    unsigned flags;
    unsigned number;    /* index into the numbers that walk() reads */
    uint8_t decimals;   /* of that number: 9 for nanoseconds and nanocores */
    const char *remark; /* what else depends on the source, for the documentation; may be NULL */
};

/* A label that all series of a container carry. */
struct base_label {
    const char *name;
    struct str (*value)(const struct container_facts *facts);
};

struct profile {
    const char *name;
    const char *title; /* for the documentation */
    const struct row *rows;
    size_t n_rows;
    const struct base_label *base;
    size_t n_base;
};

/* All profiles, the default first. */
extern const struct profile profiles[];
extern const size_t n_profiles;

/* What every profile ends with. */
extern const struct row self_rows[];
extern const size_t n_self_rows;

#endif
