/*
 * What takes up disk, measured in the background: the Engine's own figures (/system/df) and how
 * full the host's file systems are. Both walk or touch disks and may take from milliseconds to
 * minutes, so no scrape ever waits for them: it gets the last figures, with the time of their
 * measurement.
 *
 *   up ──┬─► df ──────────────── ended ──► interval_ms later: the next round
 *        │    ├── failed, or given up with the Engine ► 10 s later, then after twice that …
 *        │    └── the Engine is away: of file systems only
 *        └─► file systems, on a worker's thread
 *
 * A wait after one that failed ends at interval_ms, or when the Engine was away and is back. One
 * that was given up waits on all the same: it may be what makes the Engine too slow to answer.
 *
 * The Engine is asked for one df at a time: it refuses a second one (20.10), and a walk of its
 * disks is work enough. Figures that three rounds (an interval and what a df takes) could not renew
 * are forgotten. Private to src/collect.
 */
#ifndef DOCKMETER_COLLECT_DISK_H
#define DOCKMETER_COLLECT_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "loop/loop.h"
#include "model/engine_facts.h"
#include "model/filesystems.h"
#include "model/storage.h"
#include "model/tally.h"
#include "work/work.h"

#define DISK_TIMEOUT_MS INT64_C(600000) /* of a df: the slowest known took 3 minutes */

struct disk;

struct disk_setup {
    struct loop *loop;
    struct engine *engine;
    struct work *work;     /* NULL: file systems are not measured */
    const char *host_root; /* below which they are; NULL: not either. Borrowed. */
    struct tally *tally;
    int64_t interval_ms;
    int64_t retry_ms; /* the first wait after one that failed; 0: 10 s, others are for tests */
    const struct engine_facts *(*facts)(void *arg);    /* what the Engine says of itself */
    void (*trouble)(void *arg, const struct err *err); /* already counted */
    void *arg;
};

/* NULL: no memory. The engine must be freed first. */
struct disk *disk_new(const struct disk_setup *setup);
void disk_free(struct disk *disk); /* NULL is fine */

/* From now on this holds for setup.interval_ms. */
void disk_set_interval(struct disk *disk, int64_t interval_ms);

/* The Engine answers: measures now, unless that is not due yet. */
void disk_engine_up(struct disk *disk);
/* It does not: gives up what is under way; file systems are measured on. */
void disk_engine_away(struct disk *disk);

/* What is known, or NULL; until the next turn of the loop unless a reference is taken. */
struct storage *disk_storage(struct disk *disk);
struct filesystems *disk_filesystems(struct disk *disk);

/* Whether the first df, or the first measurement of the file systems, has not ended yet. */
bool disk_is_starting(const struct disk *disk);

/* How long the last df took, however it ended; below 0: none has ended yet. */
int64_t disk_duration_ns(const struct disk *disk);

#endif
