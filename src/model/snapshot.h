/*
 * What one collection saw, immutable once published: all containers with the usage that arrived
 * for each, and the Engine's facts. Usages and strings lie in the snapshot's arena; containers are
 * held by reference. Counted by reference on the loop's thread.
 *
 * A snapshot is of one Engine, and so is each of its containers: several Engines are several
 * collections (collect/collect.h) with a snapshot each, and a page walks them one after another.
 *
 *   snapshot_new -> fill arena and fields -> snapshot_publish (sorts, drops doubles) -> ref/unref
 */
#ifndef DOCKMETER_MODEL_SNAPSHOT_H
#define DOCKMETER_MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "model/container.h"
#include "model/engine_facts.h"
#include "model/filesystems.h"
#include "model/ledger.h"
#include "model/storage.h"
#include "model/tally.h"
#include "model/usage.h"

/* One container of a snapshot. */
struct reading {
    struct container *container; /* a reference */
    const struct usage *usage;   /* NULL when none arrived; in the arena */
    const struct usage *last;    /* the newest usage of this life that is known; in the arena */
    bool counted;                /* counts are known */
    struct ledger_counts counts;
    const struct image_names *images; /* its snapshot's, once that is published; may be NULL */
};

struct snapshot {
    unsigned refs;
    struct arena arena;
    int64_t taken_unix_ns; /* when the containers were last known to be so */
    bool engine_up;
    struct engine_facts engine;
    bool measures_disk;              /* that collector is on */
    struct storage *storage;         /* a reference; NULL: not known */
    struct filesystems *filesystems; /* the same, of the machine whose kernel is read */
    struct reading *readings;        /* by name, each name once */
    size_t n;
    bool states_known; /* by_state holds all of the Engine's containers, filtered ones too */
    uint64_t by_state[STATE_COUNT];
    int64_t duration_ns[COLLECTOR_COUNT]; /* below 0: unknown */
    struct tally tally;
};

/* An empty snapshot with one reference and room for up to n readings, or NULL. */
struct snapshot *snapshot_new(size_t n);

/* Adds a copy of a reading (takes a reference of its own to the container); room must be left. */
void snapshot_add(struct snapshot *s, const struct reading *reading);

/* Sorts by name and keeps the younger of two of one name. After this nothing may change. */
void snapshot_publish(struct snapshot *s);

/* The reading of a container in a published snapshot, or NULL: no such name, or that of another. */
const struct reading *snapshot_find(const struct snapshot *s, struct str name, struct str id);

struct snapshot *snapshot_ref(struct snapshot *s);
void snapshot_unref(struct snapshot *s); /* NULL is fine */

#endif
