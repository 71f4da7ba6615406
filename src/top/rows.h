/*
 * The rows of the live table: each container of a snapshot with its figures; what is used per
 * second comes from two snapshots, and is not known before the second one, after a restart in
 * between, or where a count fell. Plain values: names lie in the newer snapshot, which must be held
 * as long as the rows.
 */
#ifndef DOCKMETER_TOP_ROWS_H
#define DOCKMETER_TOP_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "model/snapshot.h"

enum row_number {
    ROW_CPU,       /* in hundredths of a percent of one core */
    ROW_MEM,       /* bytes without the file cache that can go, as docker shows it */
    ROW_MEM_LIMIT, /* bytes, as configured */
    ROW_MEM_SHARE, /* hundredths of a percent of the limit, else of the machine's memory */
    ROW_NET_RX,    /* bytes a second, and so the next three */
    ROW_NET_TX,
    ROW_DISK_READ,
    ROW_DISK_WRITE,
    ROW_PIDS,
    ROW_UPTIME, /* seconds */
    ROW_RESTARTS,
    ROW_NUMBERS,
};

struct top_row {
    struct str name;
    enum container_state state;
    enum container_health health;
    uint32_t have; /* bit i: number[i] is known */
    uint64_t number[ROW_NUMBERS];
};

struct rows {
    struct top_row *row;
    size_t n;
    size_t cap;
    uint32_t known; /* bit i: some row knows number[i], or may with the next reading */
};

/* What the rows are sorted by; all but names with the greatest first. */
enum row_sort {
    SORT_NAME,
    SORT_CPU,
    SORT_MEM,
    SORT_NET,
    SORT_DISK,
    SORT_PIDS,
    SORT_UPTIME,
    SORT_RESTARTS,
    SORTS
};

void rows_done(struct rows *rows);

struct rows_inputs {
    const struct snapshot *before; /* NULL: there is none yet */
    const struct snapshot *now;
    uint64_t machine_mem_bytes; /* 0: not known */
    int64_t unix_ns;
    bool live_only; /* without containers that do not run */
};

/* Makes the rows anew. -ENOMEM. */
MUST_USE int rows_make(struct rows *rows, const struct rows_inputs *in);

/* Sorts: containers that run first, then known figures before unknown ones, ties by name. */
void rows_sort(struct rows *rows, enum row_sort sort, bool reversed);

/* The sum over all rows that know the number; false: none does. */
bool rows_sum(const struct rows *rows, enum row_number number, uint64_t *ret);

static inline bool row_has(const struct top_row *row, enum row_number i) {
    return row->have >> i & 1U;
}

#endif
