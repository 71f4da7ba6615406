#include "collect/collect.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "collect/collection.h"

/* The slowest Engines answer statistics after two one-second ticks. */
#define HANGS_AFTER_MS 3000

/* A scrape that waits for a run's end, with its own deadline. */
struct collect_wait {
    struct collect_wait *next;
    struct run *run;
    struct timer *deadline;
    collect_done *done;
    void *arg;
};

/*
 * A collection with the scrapes that wait for it. The newest one may be joined; it is left to
 * itself once a scrape's deadline passed it (some call hangs) or the Engine went away, and ends
 * when its last call does.
 */
struct run {
    struct run *next;
    struct collect *collect;
    struct collection *collection;
    struct collect_wait *waits;
};

struct collect {
    struct loop *loop;
    struct engine *engine;
    struct tally *tally;
    struct collect_settings settings;
    struct inventory *inventory;
    void (*trouble)(void *arg, const struct err *err);
    void *trouble_arg;

    struct run *runs;
    struct run *joinable; /* one of them, or NULL */
    struct hash busy_inspects;
    struct hash busy_stats;
    struct snapshot *last; /* of the last collection that measured: for background and cache */
    int64_t last_mono_ns;
    bool last_is_good; /* its list arrived */

    bool engine_known;      /* the first ping ended */
    int64_t listed_unix_ns; /* when the inventory was last brought up to date; 0: never */
    int64_t listed_mono_ns;
    int64_t away_mono_ns; /* since when the Engine is away; 0: it is not */

    struct arena facts_arena;
    struct engine_facts facts;
    int64_t facts_started_ns; /* 0: not under way */
    int64_t facts_duration_ns;
    struct timer *facts_timer;
    struct timer *interval_timer;
};

static void on_facts_timer(void *arg);
static void on_interval_timer(void *arg);

int collect_new(struct loop *loop, struct engine *engine, struct filter *filter,
                struct tally *tally, const struct collect_settings *settings, struct collect **ret,
                struct err *err) {
    struct collect *c = calloc(1, sizeof(*c));
    if (c) {
        c->loop = loop;
        c->engine = engine;
        c->tally = tally;
        c->settings = *settings;
        c->facts_duration_ns = -1;
        c->inventory = inventory_new(filter);
        c->facts_timer = timer_new(loop, on_facts_timer, c);
        c->interval_timer = timer_new(loop, on_interval_timer, c);
    }
    if (!c || !c->inventory || !c->facts_timer || !c->interval_timer) {
        collect_free(c);
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret = c;
    return 0;
}

static void wait_free(struct collect_wait *w) {
    timer_free(w->deadline);
    free(w);
}

/* Takes a run out of the list and frees it with its collection; waits are not called. */
static void run_free(struct run *run) {
    struct collect *c = run->collect;
    struct run **at = &c->runs;
    while (*at != run) {
        at = &(*at)->next;
    }
    *at = run->next;
    if (c->joinable == run) {
        c->joinable = NULL;
    }
    while (run->waits) {
        struct collect_wait *next = run->waits->next;
        wait_free(run->waits);
        run->waits = next;
    }
    collection_free(run->collection);
    free(run);
}

void collect_free(struct collect *c) {
    if (!c) {
        return;
    }
    while (c->runs) {
        run_free(c->runs);
    }
    hash_done(&c->busy_inspects);
    hash_done(&c->busy_stats);
    snapshot_unref(c->last);
    inventory_free(c->inventory);
    arena_done(&c->facts_arena);
    timer_free(c->facts_timer);
    timer_free(c->interval_timer);
    free(c);
}

void collect_on_trouble(struct collect *c, void (*fn)(void *arg, const struct err *err),
                        void *arg) {
    c->trouble = fn;
    c->trouble_arg = arg;
}

static void tell_trouble(struct collect *c, const struct err *err) {
    if (c->trouble) {
        c->trouble(c->trouble_arg, err);
    }
}

static void on_trouble(void *arg, const struct err *err) {
    const struct run *run = arg;
    tell_trouble(run->collect, err);
}

/* What has not been confirmed for too long is no longer shown. */
static void forget_what_is_old(struct collect *c) {
    int64_t oldest = clock_mono_ns() - c->settings.resync_ms * NS_PER_MS;
    if (c->listed_mono_ns && c->listed_mono_ns < oldest) {
        inventory_clear(c->inventory);
        c->listed_mono_ns = 0;
    }
    if (c->away_mono_ns && c->away_mono_ns < oldest) {
        c->facts = (struct engine_facts){.have = 0};
    }
}

static void fill_readings(struct collect *c, struct snapshot *s, const struct collection *from) {
    struct container *container;
    for (size_t at = 0; (container = inventory_next(c->inventory, &at));) {
        const struct usage *usage = NULL;
        if (from && container_is_live(&container->facts)) {
            usage = collection_usage(from, container->facts.id, &s->arena);
        }
        snapshot_add(s, container, usage);
    }
}

/* A snapshot of what is known now, with the usages of `from` (may be NULL); NULL: no memory. */
static struct snapshot *take_snapshot(struct collect *c, const struct collection *from) {
    forget_what_is_old(c);
    struct snapshot *s = snapshot_new(inventory_size(c->inventory));
    if (!s) {
        return NULL;
    }
    s->taken_unix_ns = c->listed_unix_ns;
    s->engine_up = engine_status(c->engine)->up;
    s->engine = engine_facts_copy(&s->arena, &c->facts);
    s->states_known = inventory_states(c->inventory) != NULL;
    if (s->states_known) {
        memcpy(s->by_state, inventory_states(c->inventory), sizeof(s->by_state));
    }
    if (c->settings.containers) {
        fill_readings(c, s, from);
    }
    if (from) {
        s->duration_ns[COLLECTOR_CONTAINER] = clock_mono_ns() - collection_started_ns(from);
    }
    s->duration_ns[COLLECTOR_SYSTEM] = c->facts_duration_ns;
    s->tally = *c->tally;
    snapshot_publish(s);
    return s;
}

static void unlink_wait(struct collect_wait *w) {
    struct collect_wait **at = &w->run->waits;
    while (*at != w) {
        at = &(*at)->next;
    }
    *at = w->next;
}

static void answer(struct collect_wait *w, struct snapshot *s) {
    collect_done *done = w->done;
    void *arg = w->arg;
    unlink_wait(w);
    wait_free(w);
    done(arg, s);
}

static void answer_all(struct run *run, struct snapshot *s) {
    while (run->waits) {
        answer(run->waits, s);
    }
}

/*
 * Counts what a run has not brought in time. One that has its list is left to itself, so that the
 * next scrape does not wait for the same call again; before the list there is nothing else to ask.
 */
static void leave_late_run(struct run *run) {
    struct collect *c = run->collect;
    collection_count_missing(run->collection);
    if (collection_listed_unix_ns(run->collection) && c->joinable == run) {
        c->joinable = NULL;
    }
}

/* Its own deadline: the scrape gets what has arrived. */
static void on_deadline(void *arg) {
    struct collect_wait *w = arg;
    struct run *run = w->run;
    leave_late_run(run);
    struct snapshot *s = take_snapshot(run->collect, run->collection);
    answer(w, s);
    snapshot_unref(s);
}

/* Keeps the snapshot for scrapes that are served from the background or the cache. */
static void keep_last(struct collect *c, struct snapshot *s, const struct collection *from) {
    if (s && (collection_wants_usage(from) || !c->settings.containers)) {
        snapshot_unref(c->last);
        c->last = snapshot_ref(s);
        c->last_mono_ns = clock_mono_ns();
        c->last_is_good = collection_listed_unix_ns(from) > 0;
    }
}

static void on_listed(void *arg) {
    struct run *run = arg;
    run->collect->listed_mono_ns = clock_mono_ns();
    run->collect->listed_unix_ns = collection_listed_unix_ns(run->collection);
}

static void on_ended(void *arg, struct collection *collection) {
    struct run *run = arg;
    struct collect *c = run->collect;
    struct snapshot *s = take_snapshot(c, collection);
    if (c->joinable == run) {
        c->joinable = NULL;
        keep_last(c, s, collection);
    }
    answer_all(run, s);
    snapshot_unref(s);
    run_free(run);
}

static int start_run(struct collect *c, bool want_usage) {
    struct run *run = calloc(1, sizeof(*run));
    if (!run) {
        return -ENOMEM;
    }
    struct collection_setup setup = {
        .engine = c->engine,
        .inventory = c->inventory,
        .tally = c->tally,
        .busy_inspects = &c->busy_inspects,
        .busy_stats = &c->busy_stats,
        .max_concurrent = c->settings.max_concurrent,
        .hangs_after_ms = c->settings.hangs_after_ms ? c->settings.hangs_after_ms : HANGS_AFTER_MS,
        .want_usage = want_usage && c->settings.containers,
        .listed = on_listed,
        .ended = on_ended,
        .trouble = on_trouble,
        .arg = run,
    };
    run->collection = collection_start(&setup);
    if (!run->collection) {
        free(run);
        return -ENOMEM;
    }
    run->collect = c;
    run->next = c->runs;
    c->runs = run;
    c->joinable = run;
    return 0;
}

/* The snapshot that a scrape can have without waiting, with a reference, or NULL. */
static struct snapshot *at_once(struct collect *c) {
    if (c->engine_known && !engine_status(c->engine)->up) {
        return take_snapshot(c, NULL);
    }
    bool background = c->settings.interval_ms > 0;
    bool cached = c->settings.cache_ttl_ms > 0 && c->last_is_good &&
                  clock_mono_ns() - c->last_mono_ns < c->settings.cache_ttl_ms * NS_PER_MS;
    return c->last && (background || cached) ? snapshot_ref(c->last) : NULL;
}

int collect_ask(struct collect *c, int64_t timeout_ms, bool want_usage, collect_done *done,
                void *arg, struct collect_wait **ret) {
    struct snapshot *ready = at_once(c);
    if (ready) {
        *ret = NULL;
        done(arg, ready);
        snapshot_unref(ready);
        return 0;
    }
    struct collect_wait *w = calloc(1, sizeof(*w));
    struct timer *deadline = w ? timer_new(c->loop, on_deadline, w) : NULL;
    if (!deadline || (!c->joinable && start_run(c, want_usage) < 0)) {
        timer_free(deadline);
        free(w);
        return -ENOMEM;
    }
    struct run *run = c->joinable;
    if (want_usage && c->settings.containers) {
        collection_want_usage(run->collection);
    }
    *w = (struct collect_wait){
        .next = run->waits, .run = run, .deadline = deadline, .done = done, .arg = arg};
    run->waits = w;
    int64_t longest = c->settings.timeout_ms;
    timer_after_ms(deadline, timeout_ms < longest ? timeout_ms : longest);
    *ret = w;
    return 0;
}

void collect_cancel(struct collect_wait *w) {
    if (w) {
        unlink_wait(w);
        wait_free(w);
    }
}

static void on_facts(void *arg, const struct err *err, const struct engine_facts *facts) {
    struct collect *c = arg;
    int64_t now = clock_mono_ns();
    c->facts_duration_ns = now - c->facts_started_ns;
    c->facts_started_ns = 0;
    if (err->code < 0) {
        c->tally->errors[COLLECTOR_SYSTEM]++;
        tell_trouble(c, err);
    }
    /* Copied before the old ones go: they may be the same strings. */
    struct arena fresh = ARENA_INIT;
    c->facts = engine_facts_copy(&fresh, facts);
    arena_done(&c->facts_arena);
    c->facts_arena = fresh;
}

/* Refreshes the Engine's facts in the background; while it is away the change of state does. */
static void on_facts_timer(void *arg) {
    struct collect *c = arg;
    timer_after_ms(c->facts_timer, c->settings.system_interval_ms);
    if (!c->settings.system || c->facts_started_ns || !engine_status(c->engine)->up) {
        return;
    }
    if (engine_facts(c->engine, on_facts, c) == 0) {
        c->facts_started_ns = clock_mono_ns();
    }
}

/* The background collection that is still under way is late: what it has so far is served. */
static void publish_late_run(struct run *run) {
    struct collect *c = run->collect;
    leave_late_run(run);
    struct snapshot *s = take_snapshot(c, run->collection);
    keep_last(c, s, run->collection);
    snapshot_unref(s);
}

static void on_interval_timer(void *arg) {
    struct collect *c = arg;
    timer_after_ms(c->interval_timer, c->settings.interval_ms);
    if (!engine_status(c->engine)->up) {
        return;
    }
    if (c->joinable) {
        publish_late_run(c->joinable);
    }
    if (!c->joinable && start_run(c, true) < 0) {
        c->tally->errors[COLLECTOR_CONTAINER]++;
    }
}

bool collect_facts_pending(const struct collect *c) {
    return c->settings.system && engine_status(c->engine)->up && c->facts_duration_ns < 0;
}

void collect_start(struct collect *c) {
    if (c->settings.interval_ms > 0) {
        timer_after_ms(c->interval_timer, c->settings.interval_ms);
    }
}

/* Answers all who wait and lets the runs go: their calls may hang as long as the timeout. */
static void abandon_runs(struct collect *c) {
    c->joinable = NULL;
    for (struct run *run = c->runs; run; run = run->next) {
        struct snapshot *s = run->waits ? take_snapshot(c, run->collection) : NULL;
        collection_abandon(run->collection);
        answer_all(run, s);
        snapshot_unref(s);
    }
}

void collect_engine_changed(struct collect *c) {
    bool up = engine_status(c->engine)->up;
    c->engine_known = true;
    if (!up) {
        c->away_mono_ns = c->away_mono_ns ? c->away_mono_ns : clock_mono_ns();
        abandon_runs(c);
        snapshot_unref(c->last);
        c->last = NULL;
        return;
    }
    c->away_mono_ns = 0;
    timer_after_ms(c->facts_timer, 0);
    if (c->settings.interval_ms > 0) {
        timer_after_ms(c->interval_timer, 0);
    }
}
