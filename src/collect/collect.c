#include "collect/collect.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "collect/collect_state.h"
#include "collect/run.h"
#include "collect/wait.h"

/* Of one sync, beside which events wait: 100 took 23 ms. The rest follows in the next ones. */
#define SYNC_INSPECTS 100

static void on_interval_timer(void *arg);
static enum inventory_need on_event(void *arg, const struct container_event *event);
static int on_sync(void *arg, enum follow_sync sync, unsigned serial);

void collect_tell(struct collect *c, enum collect_trouble what, const struct err *err) {
    if (c->trouble) {
        c->trouble(c->trouble_arg, what, err);
    }
}

/* What the sideline and the follower have to tell are calls. */
static void on_call_trouble(void *arg, const struct err *err) {
    collect_tell(arg, TROUBLE_ENGINE, err);
}

/* The parts of a collect; 0 or -ENOMEM. */
static int make_parts(struct collect *c, struct err *err) {
    struct collect_parts parts = c->parts;
    parts.filter = NULL; /* the inventory's alone, since it may change */
    const struct sideline_setup sideline = {
        .parts = parts,
        .settings = c->settings,
        .trouble = on_call_trouble,
        .arg = c,
    };
    const struct follow_setup follow = {
        .loop = c->parts.loop,
        .engine = c->parts.engine,
        .resync_ms = c->settings.resync_ms,
        .event = on_event,
        .sync = on_sync,
        .trouble = on_call_trouble,
        .arg = c,
    };
    c->view = (struct view){.inventory = inventory_new(c->parts.filter),
                            .containers = c->settings.containers,
                            .old_after_ms = c->settings.resync_ms};
    c->sideline = sideline_new(&sideline);
    c->interval_timer = timer_new(c->parts.loop, on_interval_timer, c);
    if (!c->view.inventory || !c->sideline || !c->interval_timer) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    return c->settings.follow ? follow_new(&follow, &c->follow, err) : 0;
}

int collect_new(const struct collect_parts *parts, const struct collect_settings *settings,
                struct collect **ret, struct err *err) {
    struct collect *c = calloc(1, sizeof(*c));
    if (!c) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    c->parts = *parts;
    c->settings = *settings;
    if (settings->source == COLLECT_ENGINE) {
        c->parts.kernel = NULL;
    }
    int r = make_parts(c, err);
    if (r < 0) {
        collect_free(c);
        return r;
    }
    *ret = c;
    return 0;
}

void collect_stop(struct collect *c) {
    if (c) {
        follow_free(c->follow);
        c->follow = NULL;
    }
}

void collect_free(struct collect *c) {
    if (!c) {
        return;
    }
    while (c->runs) {
        run_free(c->runs);
    }
    hash_done(&c->shared.busy_inspects);
    hash_done(&c->shared.busy_stats);
    snapshot_unref(c->last);
    collect_stop(c);
    sideline_free(c->sideline);
    view_done(&c->view);
    timer_free(c->interval_timer);
    free(c);
}

void collect_on_trouble(struct collect *c, collect_on_trouble_fn *fn, void *arg) {
    c->trouble = fn;
    c->trouble_arg = arg;
}

bool collect_is_live(const struct collect *c) {
    return c->follow && follow_is_live(c->follow);
}

struct snapshot *collect_snapshot(struct collect *c, const struct collection *from) {
    if (collect_is_live(c)) {
        view_confirm(&c->view, clock_unix_ns());
    }
    struct snapshot *s = view_begin(&c->view, from);
    if (!s) {
        return NULL;
    }
    sideline_fill(c->sideline, s);
    if (from) {
        s->duration_ns[COLLECTOR_CONTAINER] = clock_mono_ns() - collection_started_ns(from);
    }
    s->tally = *c->parts.tally;
    view_publish(&c->view, s);
    return s;
}

/* Its own deadline: the scrape gets what has arrived. */
static void on_deadline(void *arg) {
    struct collect_wait *w = arg;
    struct run *run = w->run;
    run_leave_late(run);
    struct snapshot *s = collect_snapshot(run->collect, run->collection);
    wait_answer(w, s);
    snapshot_unref(s);
}

void collect_keep(struct collect *c, struct snapshot *s, const struct collection *from) {
    if (s && (collection_wants_usage(from) || !c->settings.containers)) {
        snapshot_unref(c->last);
        c->last = snapshot_ref(s);
        c->last_mono_ns = clock_mono_ns();
        c->last_is_good = collection_knows(from);
        if (c->settings.collected) {
            c->settings.collected(c->settings.collected_arg, s, c->last_is_good && s->engine_up);
        }
    }
}

/* A run for a scrape: it lists and inspects only where nobody does so in the background. */
static int start_scrape(struct collect *c, bool want_usage) {
    bool reachable = engine_status(c->parts.engine)->up || !c->engine_known;
    bool usage = want_usage && c->settings.containers;
    const struct errand errand = {
        .task = {.list = reachable && !collect_is_live(c),
                 .all_stale = true,
                 .retry = true,
                 .inspect = reachable && !collect_is_live(c) && usage,
                 .want_usage = usage},
        .joinable = true,
    };
    return run_start(c, &errand);
}

/* A run for the follower. Before events are followed a scrape may join it; later it must not wait
   for the inspects of everything. */
static int start_sync(struct collect *c, enum follow_sync sync, unsigned serial) {
    bool first = sync >= FOLLOW_LIST && !collect_is_live(c);
    const struct errand errand = {
        .task = {.list = sync >= FOLLOW_LIST,
                 .all_stale = sync == FOLLOW_ALL,
                 .retry = sync == FOLLOW_AGAIN || first,
                 .inspect = sync < FOLLOW_LIST || first,
                 .inspect_max = first ? 0 : SYNC_INSPECTS},
        .joinable = first && !c->joinable,
        .sync = serial,
    };
    return run_start(c, &errand);
}

void collect_ask_put_off_facts(struct collect *c) {
    if (c->facts_put_off) {
        c->facts_put_off = false;
        sideline_ask(c->sideline);
    }
}

void collect_start_put_off_sync(struct collect *c) {
    unsigned serial = c->sync_put_off;
    c->sync_put_off = 0;
    if (serial && c->follow && start_sync(c, FOLLOW_ALL, serial) < 0) {
        follow_synced(c->follow, serial, false);
    }
}

/* A scrape that lists and inspects everything is not made to share the Engine with a sync that
   does the same once more. */
static int on_sync(void *arg, enum follow_sync sync, unsigned serial) {
    struct collect *c = arg;
    bool same = sync == FOLLOW_ALL && c->joinable && collection_lists(c->joinable->collection);
    if (same) {
        c->sync_put_off = serial;
        return 0;
    }
    return start_sync(c, sync, serial);
}

/* What is held open for a container that ended would keep its cgroup in the kernel's memory. */
static enum inventory_need on_event(void *arg, const struct container_event *event) {
    struct collect *c = arg;
    bool ends = event->action == EVENT_DIE || event->action == EVENT_DESTROY;
    if (ends && c->parts.kernel) {
        kernel_forget(c->parts.kernel, event->id);
    }
    return inventory_event(c->view.inventory, event);
}

/* The snapshot that a scrape can have without waiting, with a reference, or NULL. */
static struct snapshot *at_once(struct collect *c) {
    if (c->engine_known && !engine_status(c->parts.engine)->up && !c->parts.kernel) {
        return collect_snapshot(c, NULL);
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
    struct timer *deadline = w ? timer_new(c->parts.loop, on_deadline, w) : NULL;
    if (!deadline || (!c->joinable && start_scrape(c, want_usage) < 0)) {
        timer_free(deadline);
        free(w);
        return -ENOMEM;
    }
    struct run *run = c->joinable;
    if (want_usage && c->settings.containers) {
        collection_want_usage(run->collection);
    }
    *w = (struct collect_wait){.next = run->waits,
                               .list = &run->waits,
                               .run = run,
                               .deadline = deadline,
                               .done = done,
                               .arg = arg};
    run->waits = w;
    int64_t longest = c->settings.timeout_ms;
    timer_after_ms(deadline, timeout_ms < longest ? timeout_ms : longest);
    *ret = w;
    return 0;
}

void collect_cancel(struct collect_wait *w) {
    if (w) {
        wait_free(w);
    }
}

static void on_interval_timer(void *arg) {
    struct collect *c = arg;
    timer_after_ms(c->interval_timer, c->settings.interval_ms);
    if (!engine_status(c->parts.engine)->up && !c->parts.kernel) {
        return;
    }
    if (c->joinable) { /* late: what it has so far is served */
        snapshot_unref(run_publish_late(c->joinable));
    }
    if (!c->joinable && start_scrape(c, true) < 0) {
        c->parts.tally->errors[COLLECTOR_CONTAINER]++;
    }
}

void collect_forget(struct collect *c) {
    snapshot_unref(c->last);
    c->last = NULL;
    c->joinable = NULL;
}

static void set_interval(struct collect *c, int64_t interval_ms) {
    bool same = c->settings.interval_ms == interval_ms;
    c->settings.interval_ms = interval_ms;
    if (!same && interval_ms > 0) {
        timer_after_ms(c->interval_timer, 0);
    } else if (!same) {
        timer_cancel(c->interval_timer);
    }
}

void collect_adopt(struct collect *c, const struct collect_settings *settings) {
    const struct collect_settings before = c->settings;
    c->settings = *settings;
    c->settings.source = before.source;
    c->settings.follow = before.follow;
    c->settings.hangs_after_ms = before.hangs_after_ms;
    c->settings.patience_ms = before.patience_ms;
    c->settings.disk_retry_ms = before.disk_retry_ms;
    c->settings.collected_arg = before.collected_arg;
    c->settings.interval_ms = before.interval_ms;
    set_interval(c, settings->interval_ms);
    c->view.containers = settings->containers;
    c->view.old_after_ms = settings->resync_ms;
    if (c->follow) {
        follow_set_resync(c->follow, settings->resync_ms);
    }
    sideline_adopt(c->sideline, &c->settings);
    collect_forget(c);
}

void collect_refilter(struct collect *c, struct filter *filter) {
    c->parts.filter = filter;
    if (inventory_refilter(c->view.inventory, filter) && c->follow) {
        follow_doubt(c->follow);
    }
    collect_forget(c);
}

bool collect_is_starting(const struct collect *c) {
    bool up = engine_status(c->parts.engine)->up;
    return up &&
           (sideline_is_starting(c->sideline) || (c->follow && follow_is_undecided(c->follow)));
}

void collect_start(struct collect *c) {
    if (c->settings.interval_ms > 0) {
        timer_after_ms(c->interval_timer, c->settings.interval_ms);
    }
}

/* An Engine runs other programs to say what it is made of, for some 13 ms, as long as 50 inspects
   take it: a scrape that waits for inspects has it for itself. */
static void ask_when_free(struct collect *c) {
    c->facts_put_off = c->joinable && collection_inspects(c->joinable->collection);
    if (!c->facts_put_off) {
        sideline_ask(c->sideline);
    }
}

void collect_engine_changed(struct collect *c) {
    bool up = engine_status(c->parts.engine)->up;
    c->engine_known = true;
    if (collect_is_live(c)) {
        view_confirm(&c->view, clock_unix_ns());
    }
    if (c->follow) {
        follow_engine_changed(c->follow);
    }
    sideline_engine_changed(c->sideline);
    if (!up) {
        run_abandon_all(c);
        snapshot_unref(c->last);
        c->last = NULL;
        return;
    }
    ask_when_free(c);
    if (c->settings.interval_ms > 0) {
        timer_after_ms(c->interval_timer, 0);
    }
}
