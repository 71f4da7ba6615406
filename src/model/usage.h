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
    USAGE_MEM_INACTIVE_FILE_BYTES, /* of which the working set is made */
    USAGE_OOM_KILLS,               /* in this life, by the kernel's count */
    USAGE_MEM_ACTIVE_FILE_BYTES,
    USAGE_MEM_DIRTY_BYTES,
    USAGE_MEM_WRITEBACK_BYTES,
    USAGE_MEM_HIGH_EVENTS,      /* times that memory.high held it back */
    USAGE_MEM_MAX_EVENTS,       /* times that it was about to pass memory.max */
    USAGE_MEM_OWN_FAULTS,       /* cgroup v1: without those of cgroups below, major ones too */
    USAGE_MEM_OWN_MAJOR_FAULTS, /* the same of major ones */
    USAGE_CPU_BURST_PERIODS,
    USAGE_CPU_BURST_NS,
    USAGE_PROCESSES, /* without their threads */
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
    struct str cgroup; /* its path from the hierarchy's top: "/docker/<id>"; empty: not known */
    enum source source;
    uint32_t online_cores; /* of the machine, where the source says so; 0: not known */
    bool held;             /* some counter stands above what its source says: see usage_hold() */
    uint64_t have;         /* bit i: number[i] is known */
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

/* The loopback and the tunnels that the kernel puts into every network namespace. */
bool usage_net_is_default(struct str interface);

/* Sorts interfaces by name. */
void usage_sort_nets(struct usage *usage);

/* Adds v to a device's number; beyond 64 bits it stays as it is. */
void usage_disk_add(struct usage_disk *disk, enum disk_number number, uint64_t v);

/* Sorts devices and makes one of all entries of a device. */
void usage_merge_disks(struct usage *usage);

/* Minor faults are counted with the major ones by every source: takes these off. */
void usage_split_faults(struct usage *usage);

/* The working set from usage and inactive file, not below 0; nothing if either is unknown. */
void usage_working_set(struct usage *usage);

/*
 * Two readings of one life of a container: keeps each counter of `usage` (interfaces and devices
 * too) from falling below `before` when they come from different sources, or while such a
 * difference lasts. Gauges stay as they are. A counter that `before` lacks is not held.
 */
void usage_hold(struct usage *usage, const struct usage *before);

static inline bool usage_has(const struct usage *u, enum usage_number i) {
    return u->have >> i & 1U;
}

#endif
