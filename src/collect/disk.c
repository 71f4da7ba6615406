#include "collect/disk.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "kernel/capacity.h"

#define ROUNDS_KEPT 3
#define RETRY_FIRST_MS 10000
#define DRIVER_NAME_MAX 64

/* A measurement of the file systems, as a worker has it. */
struct sizing {
    struct disk *disk; /* NULL: nobody waits for it any more; the loop's thread only */
    struct filesystems *filesystems;
    char host_root[PATH_MAX];
    char data_root[PATH_MAX];
    char driver[DRIVER_NAME_MAX];
    int rc;
};

struct disk {
    struct disk_setup setup;
    struct timer *timer; /* the next round; stands while a df is under way */
    struct call *call;   /* the df under way, or NULL */
    bool failed;         /* the last df; not one that was given up */
    bool owed;           /* and the Engine was away since: due as soon as it is back */
    int64_t retry_ms;    /* after one that brought nothing; 0: the last one did */
    int64_t started_ns;
    int64_t ended_ns; /* 0: none has */
    int64_t duration_ns;
    struct storage *storage;
    int64_t storage_ns;    /* when it came (monotonic) */
    struct sizing *sizing; /* under way, or NULL */
    struct filesystems *filesystems;
    int64_t filesystems_ns;
};

static void on_timer(void *arg);

struct disk *disk_new(const struct disk_setup *setup) {
    struct disk *d = calloc(1, sizeof(*d));
    if (!d) {
        return NULL;
    }
    d->setup = *setup;
    d->duration_ns = -1;
    d->timer = timer_new(setup->loop, on_timer, d);
    if (!d->timer) {
        disk_free(d);
        return NULL;
    }
    return d;
}

void disk_free(struct disk *d) {
    if (!d) {
        return;
    }
    if (d->sizing) {
        d->sizing->disk = NULL;
    }
    storage_unref(d->storage);
    filesystems_unref(d->filesystems);
    timer_free(d->timer);
    free(d);
}

/* On a worker's thread. */
static void run_sizing(void *data) {
    struct sizing *s = data;
    const struct capacity_of of = {
        .host_root = s->host_root, .data_root = s->data_root, .driver = s->driver};
    s->rc = capacity_measure(&of, s->filesystems);
}

static void on_sized(void *data, bool ran) {
    struct sizing *s = data;
    struct disk *d = s->disk;
    if (d) {
        d->sizing = NULL;
    }
    if (d && ran && s->rc == 0) {
        filesystems_unref(d->filesystems);
        d->filesystems = filesystems_ref(s->filesystems);
        d->filesystems_ns = clock_mono_ns();
    } else if (d && ran) {
        struct err err;
        d->setup.tally->errors[COLLECTOR_DISK]++;
        (void)err_sys(&err, s->rc, "the file systems cannot be measured");
        d->setup.trouble(d->setup.arg, &err);
    }
    filesystems_unref(s->filesystems);
    free(s);
}

/* A text that is too long is as good as unknown. */
static void put(char *to, size_t cap, struct str from) {
    (void)snprintf(to, cap, "%.*s", from.len < cap ? (int)from.len : 0, from.len ? from.ptr : "");
}

static struct sizing *new_sizing(struct disk *d) {
    struct sizing *s = calloc(1, sizeof(*s));
    struct filesystems *filesystems = s ? filesystems_new() : NULL;
    const struct engine_facts *facts = d->setup.facts(d->setup.arg);
    if (!filesystems) {
        free(s);
        return NULL;
    }
    s->disk = d;
    s->filesystems = filesystems;
    put(s->host_root, sizeof(s->host_root), str_of(d->setup.host_root));
    put(s->data_root, sizeof(s->data_root), facts->data_root);
    put(s->driver, sizeof(s->driver), facts->storage_driver);
    return s;
}

/* One that never ends is waited for, since another would not end either. */
static void measure_filesystems(struct disk *d) {
    if (!d->setup.work || !d->setup.host_root || d->sizing) {
        return;
    }
    struct sizing *s = new_sizing(d);
    const struct job job = {.run = run_sizing, .done = on_sized, .data = s};
    if (s && work_submit(d->setup.work, job) != 0) {
        filesystems_unref(s->filesystems);
        free(s);
        s = NULL;
    }
    d->sizing = s;
    d->setup.tally->errors[COLLECTOR_DISK] += !s;
}

/* From a df's end to the next one. */
static int64_t wait_ms(const struct disk *d) {
    bool soon = d->retry_ms > 0 && d->retry_ms < d->setup.interval_ms;
    return soon ? d->retry_ms : d->setup.interval_ms;
}

static int64_t next_retry_ms(const struct disk *d) {
    int64_t first_ms = d->setup.retry_ms > 0 ? d->setup.retry_ms : RETRY_FIRST_MS;
    int64_t next_ms = d->retry_ms > 0 ? d->retry_ms * 2 : first_ms;
    return next_ms < d->setup.interval_ms ? next_ms : d->setup.interval_ms;
}

/* A df is over, or was given up: the next round may come. */
static void end_round(struct disk *d, bool again) {
    d->call = NULL;
    d->retry_ms = again ? next_retry_ms(d) : 0;
    d->ended_ns = clock_mono_ns();
    d->duration_ns = d->ended_ns - d->started_ns;
    timer_after_ms(d->timer, wait_ms(d));
}

static void on_df(void *arg, const struct err *err, struct storage *storage) {
    struct disk *d = arg;
    d->failed = err->code < 0;
    if (d->failed) {
        struct err told;
        err_copy(&told, err);
        (void)err_wrap(&told, "disk usage");
        d->setup.tally->errors[COLLECTOR_DISK]++;
        d->setup.trouble(d->setup.arg, &told);
    } else {
        storage_unref(d->storage);
        d->storage = storage_ref(storage);
        d->storage_ns = clock_mono_ns();
    }
    end_round(d, d->failed);
}

static void on_timer(void *arg) {
    struct disk *d = arg;
    bool up = engine_status(d->setup.engine)->up;
    d->started_ns = clock_mono_ns();
    measure_filesystems(d);
    if (up && engine_df(d->setup.engine, DISK_TIMEOUT_MS, on_df, d, &d->call) == 0) {
        d->failed = d->owed = false;
        return;
    }
    d->setup.tally->errors[COLLECTOR_DISK] += up;
    timer_after_ms(d->timer, d->setup.interval_ms);
}

void disk_set_interval(struct disk *d, int64_t interval_ms) {
    bool same = d->setup.interval_ms == interval_ms;
    d->setup.interval_ms = interval_ms;
    if (!same && !d->call && d->ended_ns) {
        int64_t gone_ms = (clock_mono_ns() - d->ended_ns) / NS_PER_MS;
        timer_after_ms(d->timer, wait_ms(d) - gone_ms);
    }
}

void disk_engine_up(struct disk *d) {
    int64_t due_ns = d->ended_ns + wait_ms(d) * NS_PER_MS;
    bool due = d->owed || !d->ended_ns || clock_mono_ns() >= due_ns;
    if (!d->call && due) {
        timer_after_ms(d->timer, 0);
    }
}

void disk_engine_away(struct disk *d) {
    if (d->call) {
        engine_cancel(d->call);
        end_round(d, true);
    } else if (d->failed) {
        d->owed = true;
        d->retry_ms = 0;
    }
}

/* Whether what came then may still be shown. */
static bool is_fresh(const struct disk *d, int64_t came_ns) {
    int64_t now_ns = clock_mono_ns();
    int64_t took_ns = d->call ? now_ns - d->started_ns : d->duration_ns;
    int64_t round_ns = d->setup.interval_ms * NS_PER_MS + (took_ns > 0 ? took_ns : 0);
    return now_ns - came_ns <= ROUNDS_KEPT * round_ns;
}

struct storage *disk_storage(struct disk *d) {
    if (d->storage && !is_fresh(d, d->storage_ns)) {
        storage_unref(d->storage);
        d->storage = NULL;
    }
    return d->storage;
}

struct filesystems *disk_filesystems(struct disk *d) {
    if (d->filesystems && !is_fresh(d, d->filesystems_ns)) {
        filesystems_unref(d->filesystems);
        d->filesystems = NULL;
    }
    return d->filesystems;
}

bool disk_is_starting(const struct disk *d) {
    return d->ended_ns == 0 || (d->sizing && !d->filesystems);
}

int64_t disk_duration_ns(const struct disk *d) {
    return d->duration_ns;
}
