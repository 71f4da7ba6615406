/*
 * One reading of one container: integers in the source's exact unit, each with its presence, and
 * the time of the reading. What a source cannot tell is not there; nothing is ever filled in.
 * Interfaces and devices lie in the memory of whoever made the usage (a snapshot's arena).
 */
#ifndef DOCKMETER_MODEL_USAGE_H
#define DOCKMETER_MODEL_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

enum source { SOURCE_NONE, SOURCE_ENGINE, SOURCE_KERNEL, SOURCE_COUNT };

/* "none", "engine", "kernel". */
const char *source_word(enum source source);

enum usage_number {
    USAGE_MEM_USAGE_BYTES,
    USAGE_MEM_LIMIT_BYTES,
    USAGE_MEM_CACHE_BYTES,
    USAGE_MEM_RSS_BYTES,
    USAGE_MEM_SWAP_BYTES,
    USAGE_MEM_WORKING_SET_BYTES,
    USAGE_MEM_FAILCNT,
    USAGE_MEM_PEAK_BYTES,
    USAGE_MEM_MAPPED_FILE_BYTES,
    USAGE_MEM_KERNEL_BYTES,
    USAGE_MEM_MINOR_FAULTS,
    USAGE_MEM_MAJOR_FAULTS,
    USAGE_CPU_NS,
    USAGE_CPU_SYSTEM_NS,
    USAGE_CPU_USER_NS,
    USAGE_CPU_PERIODS,
    USAGE_CPU_THROTTLED_PERIODS,
    USAGE_CPU_THROTTLED_NS,
    USAGE_PIDS,
    USAGE_PIDS_LIMIT,
    USAGE_PRESSURE_CPU_WAITING_NS,
    USAGE_PRESSURE_CPU_STALLED_NS,
    USAGE_PRESSURE_MEM_WAITING_NS,
    USAGE_PRESSURE_MEM_STALLED_NS,
    USAGE_PRESSURE_IO_WAITING_NS,
    USAGE_PRESSURE_IO_STALLED_NS,
    USAGE_NUMBERS,
};

enum net_number {
    NET_RX_BYTES,
    NET_RX_PACKETS,
    NET_RX_ERRORS,
    NET_RX_DROPPED,
    NET_TX_BYTES,
    NET_TX_PACKETS,
    NET_TX_ERRORS,
    NET_TX_DROPPED,
    NET_NUMBERS,
};

struct usage_net {
    struct str interface;
    uint32_t have;
    uint64_t number[NET_NUMBERS];
};

enum disk_number { DISK_READ_BYTES, DISK_WRITE_BYTES, DISK_READS, DISK_WRITES, DISK_NUMBERS };

struct usage_disk {
    uint32_t major;
    uint32_t minor;
    uint32_t have;
    uint64_t number[DISK_NUMBERS];
};

struct usage {
    int64_t read_unix_ns;
    enum source source;
    uint64_t have; /* bit i: number[i] is known */
    uint64_t number[USAGE_NUMBERS];
    struct usage_net *nets; /* in byte order of their names */
    size_t n_nets;
    struct usage_disk *disks; /* in order of major, minor */
    size_t n_disks;
};

static inline void usage_set(struct usage *u, enum usage_number i, uint64_t v) {
    u->number[i] = v;
    u->have |= UINT64_C(1) << i;
}

/* A copy with everything it refers to in the arena, or NULL when memory is out. */
struct usage *usage_copy(struct arena *arena, const struct usage *usage);

static inline bool usage_has(const struct usage *u, enum usage_number i) {
    return u->have >> i & 1U;
}

#endif
