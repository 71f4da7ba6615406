/*
 * What an Engine's things take up on disk, as one measurement of the Engine's own found it.
 * Immutable once it is handed over; counted by reference on the loop's thread, so that snapshots
 * share it. Owns its strings and arrays.
 */
#ifndef DOCKMETER_MODEL_STORAGE_H
#define DOCKMETER_MODEL_STORAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* Indexes into storage.bytes. */
enum storage_kind {
    STORAGE_IMAGES,     /* all layers, shared ones once */
    STORAGE_CONTAINERS, /* all writable layers */
    STORAGE_VOLUMES,    /* those whose size the Engine knows: local ones */
    STORAGE_BUILD_CACHE,
    STORAGE_KINDS,
};

/* "images", "containers", "volumes", "build_cache". */
const char *storage_kind_word(enum storage_kind kind);

/* Indexes into storage_container.bytes. */
enum storage_number {
    STORAGE_RW,     /* the writable layer */
    STORAGE_ROOTFS, /* it and the image below it */
    STORAGE_NUMBERS,
};

struct storage_container {
    struct str id;
    uint32_t have;
    uint64_t bytes[STORAGE_NUMBERS];
};

struct storage {
    unsigned refs;
    struct arena arena;
    int64_t measured_unix_ns; /* when the measurement began */
    uint32_t have;
    uint64_t bytes[STORAGE_KINDS];
    struct storage_container *containers; /* by id */
    size_t n_containers;
};

/* An empty one with one reference, or NULL. */
struct storage *storage_new(void);
struct storage *storage_ref(struct storage *storage);
void storage_unref(struct storage *storage); /* NULL is fine */

static inline void storage_set(struct storage *s, enum storage_kind kind, uint64_t bytes) {
    s->bytes[kind] = bytes;
    s->have |= UINT32_C(1) << kind;
}

static inline bool storage_has(const struct storage *s, enum storage_kind kind) {
    return s->have >> kind & 1U;
}

/* Puts the containers in order; before this none is found. */
void storage_sort(struct storage *storage);

/* A container's figures, or NULL. */
const struct storage_container *storage_find(const struct storage *storage, struct str id);

#endif
