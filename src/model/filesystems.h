/*
 * The machine's file systems on block devices: how large they are and how much of them is used.
 * Immutable once it is handed over; counted by reference on the loop's thread, so that snapshots
 * share it. Owns its strings and arrays.
 */
#ifndef DOCKMETER_MODEL_FILESYSTEMS_H
#define DOCKMETER_MODEL_FILESYSTEMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* As statvfs() has it: what is kept for root counts as neither used nor missing. */
struct filesystem {
    struct str device; /* "/dev/sda1", each once */
    uint64_t size_bytes;
    uint64_t used_bytes;
};

struct filesystems {
    unsigned refs;
    struct arena arena;
    struct filesystem *list; /* in the order in which they were mounted */
    size_t n;
    const struct filesystem *layers; /* of these, that of the containers' writable layers; NULL:
                                        not known */
};

/* An empty one with one reference, or NULL. */
struct filesystems *filesystems_new(void);
struct filesystems *filesystems_ref(struct filesystems *filesystems);
void filesystems_unref(struct filesystems *filesystems); /* NULL is fine */

#endif
