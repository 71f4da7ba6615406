/*
 * A puppet Engine and a puppet kernel for the tests of src/collect: this file defines the functions
 * of both itself. The Engine keeps each call and ends it when the test says so; the kernel answers
 * what the test has set. For one program of tests only.
 */
#ifndef DOCKMETER_TESTS_COLLECT_BED_H
#define DOCKMETER_TESTS_COLLECT_BED_H

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "collect/collect.h"
#include "engine/events.h"
#include "kernel/capacity.h"
#include "unit.h"

#define CALLS_MAX 64

/* One call under way. */
struct call {
    enum endpoint endpoint;
    char id[16];
    void *done;
    void *arg;
    struct arena *arena;
};

struct engine {
    struct engine_status status;
    struct call calls[CALLS_MAX];
    size_t n;
    size_t most_stats;
    size_t dfs; /* asked for so far */
    size_t dfs_cancelled;
};

/* The event stream, as far as one was opened. */
struct events {
    struct events_setup setup;
};

/* What the kernel says of each container: its CPU time, or an error. */
struct kernel {
    int code;            /* of all containers, 0: it has readings */
    const char *but;     /* this one is not there: -ENOENT */
    const char *not_his; /* the pid of this one is somebody else's: -ESTALE */
    uint64_t cpu_ns;
    size_t reads;
    size_t sweeps;
    size_t forgotten;
};

static struct engine puppet;
static struct kernel puppet_kernel;
static struct events puppet_events;
static uint64_t stats_cpu_ns;
static bool events_are_open;
static size_t times_opened;
static struct loop *loop;
static struct work *work; /* NULL: none */
static pthread_mutex_t disks_lock = PTHREAD_MUTEX_INITIALIZER;
static int disks_code;
static char disks_data_root[64];
static struct tally tally;
static size_t troubles;
static enum collect_trouble last_trouble;

static inline size_t under_way(enum endpoint endpoint) {
    size_t n = 0;
    for (size_t i = 0; i < puppet.n; i++) {
        n += puppet.calls[i].endpoint == endpoint;
    }
    return n;
}

static inline int begin(struct engine *e, enum endpoint endpoint, struct str id, void *done,
                        void *arg, struct arena *arena) {
    assert_true(e->n < CALLS_MAX);
    struct call *call = &e->calls[e->n++];
    *call = (struct call){.endpoint = endpoint, .done = done, .arg = arg, .arena = arena};
    (void)snprintf(call->id, sizeof(call->id), "%.*s", STR_ARG(id));
    size_t stats = under_way(ENDPOINT_STATS);
    e->most_stats = stats > e->most_stats ? stats : e->most_stats;
    return 0;
}

const struct engine_status *engine_status(const struct engine *e) {
    return &e->status;
}

int engine_list(struct engine *e, engine_list_done *done, void *arg) {
    return begin(e, ENDPOINT_LIST, STR(""), (void *)done, arg, NULL);
}

int engine_inspect(struct engine *e, struct str id, engine_inspect_done *done, void *arg) {
    return begin(e, ENDPOINT_INSPECT, id, (void *)done, arg, NULL);
}

int engine_stats(struct engine *e, struct str id, struct arena *arena, engine_stats_done *done,
                 void *arg) {
    return begin(e, ENDPOINT_STATS, id, (void *)done, arg, arena);
}

int engine_facts(struct engine *e, engine_facts_done *done, void *arg) {
    return begin(e, ENDPOINT_INFO, STR(""), (void *)done, arg, NULL);
}

static inline struct call take(enum endpoint endpoint, const char *id);

int engine_df(struct engine *e, int64_t timeout_ms, engine_df_done *done, void *arg,
              struct call **ret) {
    static struct call token;
    assert_true(timeout_ms > 60000);
    assert_int_equal(under_way(ENDPOINT_DF), 0);
    e->dfs++;
    *ret = &token;
    return begin(e, ENDPOINT_DF, STR(""), (void *)done, arg, NULL);
}

void engine_cancel(struct call *call) {
    assert_non_null(call);
    (void)take(ENDPOINT_DF, NULL);
    puppet.dfs_cancelled++;
}

int events_open(struct engine *e, const struct events_setup *setup, struct events **ret) {
    (void)e;
    assert_false(events_are_open);
    events_are_open = true;
    times_opened++;
    puppet_events.setup = *setup;
    *ret = &puppet_events;
    return 0;
}

void events_close(struct events *events) {
    if (events) {
        events_are_open = false;
    }
}

int kernel_read(struct kernel *k, const struct container_facts *facts, struct arena *arena,
                struct usage *ret, struct err *err) {
    (void)arena;
    k->reads++;
    if (k->but && str_eq(facts->id, str_of(k->but))) {
        return err_set(err, -ENOENT, "gone");
    }
    if (k->not_his && str_eq(facts->id, str_of(k->not_his))) {
        return err_set(err, -ESTALE, "somebody else's");
    }
    if (k->code < 0) {
        return err_set(err, k->code, "as the test has it");
    }
    *ret = (struct usage){.source = SOURCE_KERNEL};
    usage_set(ret, USAGE_PIDS, 7);
    usage_set(ret, USAGE_CPU_NS, k->cpu_ns);
    return 0;
}

const struct kernel_host *kernel_host(const struct kernel *k) {
    static const struct kernel_host host = {.root = {.ptr = "/", .len = 1}};
    (void)k;
    return &host;
}

/* File systems as a worker finds them; it waits while the test holds the lock. */
int capacity_measure(const struct capacity_of *of, struct filesystems *ret) {
    (void)pthread_mutex_lock(&disks_lock);
    (void)snprintf(disks_data_root, sizeof(disks_data_root), "%s", of->data_root);
    int rc = disks_code;
    (void)pthread_mutex_unlock(&disks_lock);
    ret->list = arena_array(&ret->arena, 1, sizeof(*ret->list));
    ret->list[0] =
        (struct filesystem){.device = STR("/dev/made"), .size_bytes = 10, .used_bytes = 4};
    ret->n = 1;
    return rc;
}

void kernel_forget(struct kernel *k, struct str id) {
    (void)id;
    k->forgotten++;
}

void kernel_sweep(struct kernel *k) {
    k->sweeps++;
}

size_t kernel_refused(const struct kernel *k) {
    (void)k;
    return 0;
}

bool kernel_missing(const struct kernel *k, struct err *ret) {
    (void)k;
    (void)ret;
    return false;
}

size_t kernel_dropped(const struct kernel *k) {
    (void)k;
    return 0;
}

/* Takes the first call of a kind (and id, if given) out of those under way. */
static inline struct call take(enum endpoint endpoint, const char *id) {
    for (size_t i = 0; i < puppet.n; i++) {
        struct call call = puppet.calls[i];
        if (call.endpoint == endpoint && (!id || strcmp(call.id, id) == 0)) {
            memmove(&puppet.calls[i], &puppet.calls[i + 1],
                    (puppet.n - i - 1) * sizeof(puppet.calls[0]));
            puppet.n--;
            return call;
        }
    }
    fail_msg("no such call is under way");
    return (struct call){.done = NULL};
}

static inline struct container_facts facts_of(const char *id, enum container_state state) {
    return (struct container_facts){.id = str_of(id), .name = str_of(id), .state = state};
}

static inline void end_list(size_t n_running) {
    static const char *const names[] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"};
    struct container_facts list[9];
    for (size_t i = 0; i < n_running; i++) {
        list[i] = facts_of(names[i], STATE_RUNNING);
    }
    list[n_running] = facts_of("stopped", STATE_EXITED);
    struct call call = take(ENDPOINT_LIST, NULL);
    struct err ok = ERR_INIT;
    ((engine_list_done *)call.done)(call.arg, &ok, list, n_running + 1);
}

static inline void end_inspect(const char *id, int code) {
    struct call call = take(ENDPOINT_INSPECT, id);
    struct err err = {.code = code};
    struct container_facts facts =
        facts_of(id, strcmp(id, "stopped") == 0 ? STATE_EXITED : STATE_RUNNING);
    facts.inspected = true;
    facts.pid = 1;
    container_set(&facts, CONTAINER_STARTED_NS, 1000);
    ((engine_inspect_done *)call.done)(call.arg, &err, code ? NULL : &facts);
}

/* A df of one container, c0, with a writable layer of that many bytes. */
static inline void end_df(uint64_t rw_bytes, int code) {
    struct call call = take(ENDPOINT_DF, NULL);
    struct err err = {.code = code};
    struct storage *storage = storage_new();
    storage->measured_unix_ns = 1000;
    storage->containers = arena_array(&storage->arena, 1, sizeof(*storage->containers));
    storage->containers[0] =
        (struct storage_container){.id = STR("c0"), .have = 1, .bytes = {rw_bytes, 0}};
    storage->n_containers = 1;
    ((engine_df_done *)call.done)(call.arg, &err, code ? NULL : storage);
    storage_unref(storage);
}

/* The Engine's facts, as far as the tests need them. */
static inline void end_facts(void) {
    struct call call = take(ENDPOINT_INFO, NULL);
    struct err ok = ERR_INIT;
    struct engine_facts facts = {.data_root = STR("/var/lib/docker"),
                                 .storage_driver = STR("overlay2")};
    ((engine_facts_done *)call.done)(call.arg, &ok, &facts);
}

static inline void end_stats(const char *id, int code) {
    struct call call = take(ENDPOINT_STATS, id);
    struct err err = {.code = code};
    struct usage *usage = arena_array(call.arena, 1, sizeof(*usage));
    usage->source = SOURCE_ENGINE;
    usage_set(usage, USAGE_PIDS, 7);
    usage_set(usage, USAGE_CPU_NS, stats_cpu_ns);
    ((engine_stats_done *)call.done)(call.arg, &err, code ? NULL : usage);
}

/* What a scrape was given. */
struct got {
    size_t times;
    struct snapshot *snapshot;
};

static inline void on_snapshot(void *arg, struct snapshot *snapshot) {
    struct got *got = arg;
    got->times++;
    snapshot_unref(got->snapshot);
    got->snapshot = snapshot_ref(snapshot);
    loop_stop(loop);
}

static inline const struct reading *reading_of(const struct got *got, const char *name) {
    for (size_t i = 0; i < got->snapshot->n; i++) {
        if (str_eq(got->snapshot->readings[i].container->facts.name, str_of(name))) {
            return &got->snapshot->readings[i];
        }
    }
    return NULL;
}

/* Shown with the usage that end_stats() gives. */
static inline bool has_usage(const struct got *got, const char *name) {
    const struct reading *r = reading_of(got, name);
    return r && r->usage && r->usage->number[USAGE_PIDS] == 7;
}

static inline bool is_without_usage(const struct got *got, const char *name) {
    const struct reading *r = reading_of(got, name);
    return r && !r->usage;
}

static inline void on_trouble(void *arg, enum collect_trouble what, const struct err *err) {
    (void)arg;
    last_trouble = what;
    (void)err;
    troubles++;
}

static inline struct collect *start_with(struct collect_settings settings, struct kernel *kernel) {
    struct err err = ERR_INIT;
    struct collect *c = NULL;
    struct collect_parts parts = {
        .engine = &puppet, .kernel = kernel, .tally = &tally, .work = NULL};
    events_are_open = false;
    times_opened = 0;
    puppet_kernel = (struct kernel){.code = 0};
    stats_cpu_ns = 0;
    puppet = (struct engine){.status = {.up = true, .direct_oneshot = true}};
    tally = (struct tally){.filter_cut = 0};
    troubles = 0;
    settings.containers = true;
    settings.timeout_ms = settings.timeout_ms ? settings.timeout_ms : 60000;
    settings.resync_ms = settings.resync_ms ? settings.resync_ms : 60000;
    settings.max_concurrent = settings.max_concurrent ? settings.max_concurrent : 10;
    assert_int_equal(loop_new(&loop, &err), 0);
    parts.loop = loop;
    if (settings.disk_interval_ms) {
        assert_int_equal(work_new(loop, 1, 1, &work, &err), 0);
        parts.work = work;
    }
    assert_int_equal(collect_new(&parts, &settings, &c, &err), 0);
    collect_on_trouble(c, on_trouble, NULL);
    collect_start(c);
    return c;
}

static inline struct collect *start(struct collect_settings settings) {
    return start_with(settings, NULL);
}

static inline void finish(struct collect *c, struct got *got, size_t n) {
    collect_free(c);
    for (size_t i = 0; i < n; i++) {
        snapshot_unref(got[i].snapshot);
    }
    work_end(work, 0);
    work = NULL;
    loop_free(loop);
}

static inline void ask(struct collect *c, int64_t timeout_ms, struct got *got) {
    struct collect_wait *wait = NULL;
    assert_int_equal(collect_ask(c, timeout_ms, true, on_snapshot, got, &wait), 0);
}

/* Lets the loop work until *flag counts up to n, for 5 s at most. */
static inline void run_until(const size_t *counter, size_t n) {
    int64_t end = clock_mono_ns() + 5 * NS_PER_S;
    while (*counter < n && clock_mono_ns() < end) {
        (void)event_base_loop(loop_base(loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
        (void)usleep(200);
    }
    assert_true(*counter >= n);
}

/* Lets the loop work for a while, in which nothing is to happen. */
static inline void run_for_ms(int64_t ms) {
    int64_t end = clock_mono_ns() + ms * NS_PER_MS;
    while (clock_mono_ns() < end) {
        (void)event_base_loop(loop_base(loop), EVLOOP_ONCE | EVLOOP_NONBLOCK);
        (void)usleep(200);
    }
}

/* The Engine answers, and its event stream is open. */
static inline void open_events(struct collect *c) {
    size_t before = times_opened;
    collect_engine_changed(c);
    run_until(&times_opened, before + 1);
    puppet_events.setup.on_open(puppet_events.setup.arg);
}

/* Lists, inspects and reads the kernel once; c has then n running containers in its inventory. */
static inline void first_scrape(struct collect *c, struct got *got, size_t n) {
    static const char *const names[] = {"c0", "c1", "c2"};
    ask(c, 60000, got);
    end_list(n);
    for (size_t i = 0; i < n; i++) {
        end_inspect(names[i], 0);
    }
    end_inspect("stopped", 0);
}

/* The usage of a container that must have one. */
static inline const struct usage *usage_of(const struct got *got, const char *name) {
    static const struct usage none = {.source = SOURCE_NONE};
    const struct reading *r = reading_of(got, name);
    assert_true(r && r->usage);
    return r && r->usage ? r->usage : &none;
}

#endif
