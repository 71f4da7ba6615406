#include "collect/collect.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "collect/collection.h"

/* A scrape that waits, with its own deadline. */
struct collect_wait {
    struct collect_wait *next;
    struct collect *collect;
    struct timer *deadline;
    collect_done *done;
    void *arg;
};

/* A collection that nobody wants any more, until its last call has ended. */
struct orphan {
    struct orphan *next;
    struct collection *collection;
};

struct collect {
    struct loop *loop;
    struct engine *engine;
    struct tally *tally;
    struct collect_settings settings;
    struct inventory *inventory;
    void (*trouble)(void *arg, const struct err *err);
    void *trouble_arg;

    struct collection *running;
    struct orphan *orphans;
    struct collect_wait *waits;
    struct snapshot *last; /* of the last collection that ended well */
    int64_t last_mono_ns;

    bool engine_known;      /* the first ping ended */
    int64_t listed_unix_ns; /* when the inventory was last brought up to date; 0: never */
    int64_t away_mono_ns;   /* since when the Engine is away; 0: it is not */

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

void collect_free(struct collect *c) {
    if (!c) {
        return;
    }
    while (c->waits) {
        struct collect_wait *next = c->waits->next;
        wait_free(c->waits);
        c->waits = next;
    }
    while (c->orphans) {
        struct orphan *next = c->orphans->next;
        collection_free(c->orphans->collection);
        free(c->orphans);
        c->orphans = next;
    }
    collection_free(c->running);
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

static void on_trouble(void *arg, const struct err *err) {
    struct collect *c = arg;
    if (c->trouble) {
        c->trouble(c->trouble_arg, err);
    }
}

/* After the Engine has been away for too long its last known states are no longer shown. */
static void forget_what_is_old(struct collect *c) {
    if (c->away_mono_ns && clock_mono_ns() - c->away_mono_ns > c->settings.resync_ms * NS_PER_MS) {
        inventory_clear(c->inventory);
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
    if (from && collection_listed_unix_ns(from)) {
        c->listed_unix_ns = collection_listed_unix_ns(from);
    }
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
    struct collect_wait **at = &w->collect->waits;
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

static void answer_all(struct collect *c, struct snapshot *s) {
    while (c->waits) {
        answer(c->waits, s);
    }
}

/* Its own deadline: the scrape gets what has arrived, what has not is counted. */
static void on_deadline(void *arg) {
    struct collect_wait *w = arg;
    struct collect *c = w->collect;
    if (c->running) {
        bool listed = collection_listed_unix_ns(c->running) > 0;
        c->tally->errors[COLLECTOR_CONTAINER] += listed ? collection_missing(c->running) : 1;
    }
    struct snapshot *s = take_snapshot(c, c->running);
    answer(w, s);
    snapshot_unref(s);
}

static void free_orphan(struct collect *c, struct collection *collection) {
    for (struct orphan **at = &c->orphans; *at; at = &(*at)->next) {
        struct orphan *o = *at;
        if (o->collection == collection) {
            *at = o->next;
            free(o);
            collection_free(collection);
            return;
        }
    }
}

static void on_ended(void *arg, struct collection *collection) {
    struct collect *c = arg;
    if (collection != c->running) {
        free_orphan(c, collection);
        return;
    }
    struct snapshot *s = take_snapshot(c, collection);
    c->running = NULL;
    if (s && collection_listed_unix_ns(collection) && collection_wants_usage(collection)) {
        snapshot_unref(c->last);
        c->last = snapshot_ref(s);
        c->last_mono_ns = clock_mono_ns();
    }
    collection_free(collection);
    answer_all(c, s);
    snapshot_unref(s);
}

static int start_collection(struct collect *c, bool want_usage) {
    struct collection_setup setup = {
        .engine = c->engine,
        .inventory = c->inventory,
        .tally = c->tally,
        .max_concurrent = c->settings.max_concurrent,
        .want_usage = want_usage && c->settings.containers,
        .ended = on_ended,
        .trouble = on_trouble,
        .arg = c,
    };
    c->running = collection_start(&setup);
    return c->running ? 0 : -ENOMEM;
}

/* The snapshot that a scrape can have without waiting, with a reference, or NULL. */
static struct snapshot *at_once(struct collect *c) {
    if (c->engine_known && !engine_status(c->engine)->up) {
        return take_snapshot(c, NULL);
    }
    bool background = c->settings.interval_ms > 0;
    bool cached = c->settings.cache_ttl_ms > 0 &&
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
    if (!deadline || (!c->running && start_collection(c, want_usage) < 0)) {
        timer_free(deadline);
        free(w);
        return -ENOMEM;
    }
    if (want_usage && c->settings.containers) {
        collection_want_usage(c->running);
    }
    *w = (struct collect_wait){
        .next = c->waits, .collect = c, .deadline = deadline, .done = done, .arg = arg};
    c->waits = w;
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
        on_trouble(c, err);
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

static void on_interval_timer(void *arg) {
    struct collect *c = arg;
    timer_after_ms(c->interval_timer, c->settings.interval_ms);
    if (!c->running && engine_status(c->engine)->up && start_collection(c, true) < 0) {
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

/* Lets the running collection go: its calls may hang for as long as the Engine's timeout. */
static void abandon_running(struct collect *c) {
    struct orphan *o = c->running ? calloc(1, sizeof(*o)) : NULL;
    if (!o) {
        return;
    }
    o->collection = c->running;
    o->next = c->orphans;
    c->orphans = o;
    collection_abandon(c->running);
    c->running = NULL;
}

void collect_engine_changed(struct collect *c) {
    c->engine_known = true;
    if (engine_status(c->engine)->up) {
        c->away_mono_ns = 0;
        timer_after_ms(c->facts_timer, 0);
        if (c->settings.interval_ms > 0) {
            timer_after_ms(c->interval_timer, 0);
        }
        return;
    }
    c->away_mono_ns = c->away_mono_ns ? c->away_mono_ns : clock_mono_ns();
    struct snapshot *s = take_snapshot(c, c->running);
    abandon_running(c);
    answer_all(c, s);
    snapshot_unref(s);
}
