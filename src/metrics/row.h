/*
 * Rows of the table of families and the profiles made of them; private to metrics/. A row knows
 * its name, its words for people, its group, and the function that walks a snapshot for its
 * samples. Everything here is constant and lives as long as the program.
 */
#ifndef DOCKMETER_METRICS_ROW_H
#define DOCKMETER_METRICS_ROW_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "metrics/family.h"
#include "model/snapshot.h"

struct walk;

enum group {
    GROUP_MEMORY,
    GROUP_CPU,
    GROUP_NETWORK,
    GROUP_FS,
    GROUP_PIDS,
    GROUP_PRESSURE,
    GROUP_STATE,
    GROUP_DISK,
    GROUP_SYSTEM,
    GROUP_SELF, /* exporter_* and process_*: in every profile and selection */
    GROUP_COUNT,
};

/* "memory" …; the name of a selection but for GROUP_SELF. */
const char *group_word(enum group group);

/* cAdvisor's word for such families, by which they can be left out; NULL: they are always there. */
const char *group_kind(enum group group);

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
    const char *kind;   /* cAdvisor's word for it where it is not its group's */
    const char *fixed;  /* what labels[0] always is, where walk() takes it from here */
    int64_t otherwise;  /* the number of a container on which it is not set, for walk_spec() */
};

/* Its own kind, or its group's; may be NULL. */
const char *row_kind(const struct row *row);

/* A label that all series of a container carry; a value that is made lies in the arena. */
struct base_label {
    const char *name;
    struct str (*value)(const struct reading *reading, struct arena *arena);
};

/* A label that all series of a page carry; while it is empty, the profile has none. */
struct page_label {
    const char *name;
    struct str (*value)(const struct walk *w);
};

enum profile_flags {
    PROFILE_LIVE_ONLY = 1, /* containers that do not run have no series */
    PROFILE_MACHINE = 2,   /* it shows the machine, as a container of the id "/" too */
};

#define PROFILE_LABELS_MAX 2

struct profile {
    const char *name;
    const char *title; /* for the documentation */
    const struct row *rows;
    size_t n_rows;
    const struct base_label *base;
    size_t n_base;
    struct page_label page[PROFILE_LABELS_MAX]; /* up to the first without a name */
    const char *always[PROFILE_LABELS_MAX];     /* container labels that are always exported */
    unsigned flags;
    int64_t
        rate_interval_ms; /* how far the two readings of a percentage are apart; 0: it has none */
};

extern const struct profile profile_native;
extern const struct profile profile_cadvisor;
extern const struct profile profile_docker_exporter;
extern const struct profile profile_container_metrics;
extern const struct profile profile_docker_stats;
extern const struct profile profile_data_exporter;

/* All profiles, the default first. */
extern const struct profile *const profiles[];
extern const size_t n_profiles;

/* The profile of that name, or NULL. */
const struct profile *profile_find(struct str name);

/* What every profile ends with. */
extern const struct row self_rows[];
extern const size_t n_self_rows;

#endif
