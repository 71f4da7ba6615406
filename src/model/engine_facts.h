/*
 * What an Engine says about itself and its machine, how many things it holds, and its images'
 * names. Plain data; strings are owned by whoever holds the struct (engine_facts_copy() puts them
 * into an arena), and so is a reference to the names.
 */
#ifndef DOCKMETER_MODEL_ENGINE_FACTS_H
#define DOCKMETER_MODEL_ENGINE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "model/image_names.h"

/* Indexes into engine_facts.number. */
enum engine_number {
    ENGINE_IMAGES,
    ENGINE_VOLUMES,
    ENGINE_NETWORKS,
    ENGINE_CPU_CORES,
    ENGINE_MEMORY_BYTES,
    ENGINE_SWARM_ACTIVE, /* 0 or 1 */
    ENGINE_NUMBERS,
};

struct engine_facts {
    struct str version; /* empty: unknown, and so are the others */
    struct str api_version;
    struct str os; /* "linux" */
    struct str arch;
    struct str kernel;
    struct str cgroup_version;
    struct str storage_driver;
    struct str data_root; /* the folder of its data, on its machine */
    struct str commit;    /* of its source */
    struct str os_name;   /* "Debian GNU/Linux 12 (bookworm)" */
    struct str host_name; /* of its machine */
    uint32_t have;
    uint64_t number[ENGINE_NUMBERS];
    struct image_names *images; /* a reference; NULL: not known */
};

static inline void engine_facts_set(struct engine_facts *f, enum engine_number i, uint64_t v) {
    f->number[i] = v;
    f->have |= UINT32_C(1) << i;
}

static inline bool engine_facts_has(const struct engine_facts *f, enum engine_number i) {
    return f->have >> i & 1U;
}

/* A copy whose strings lie in the arena, with a reference of its own. */
struct engine_facts engine_facts_copy(struct arena *arena, const struct engine_facts *facts);

/* Gives up the reference. */
void engine_facts_release(struct engine_facts *facts);

#endif
