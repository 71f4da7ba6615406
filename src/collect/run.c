#include "collect/run.h"

#include <errno.h>
#include <stdlib.h>

#include "collect/wait.h"

/* The slowest Engines answer statistics after two one-second ticks. */
#define HANGS_AFTER_MS 3000
#define PATIENCE_MS 500

void run_free(struct run *run) {
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
        wait_free(run->waits);
    }
    collection_free(run->collection);
    free(run);
}

void run_leave_late(struct run *run) {
    struct collect *c = run->collect;
    collection_count_missing(run->collection);
    collect_ask_put_off_facts(c);
    if (collection_knows(run->collection) && c->joinable == run) {
        c->joinable = NULL;
        collect_start_put_off_sync(c);
    }
}

struct snapshot *run_publish_late(struct run *run) {
    struct collect *c = run->collect;
    bool newest = c->joinable == run;
    run_leave_late(run);
    struct snapshot *s = collect_snapshot(c, run->collection);
    if (newest) {
        collect_keep(c, s, run->collection);
    }
    return s;
}

void run_abandon_all(struct collect *c) {
    c->joinable = NULL;
    c->sync_put_off = 0;
    c->facts_put_off = false;
    for (struct run *run = c->runs; run; run = run->next) {
        struct snapshot *s = run->waits ? collect_snapshot(c, run->collection) : NULL;
        collection_abandon(run->collection);
        wait_answer_all(&run->waits, s);
        snapshot_unref(s);
    }
}

static void on_trouble(void *arg, enum collect_trouble what, const struct err *err) {
    const struct run *run = arg;
    collect_tell(run->collect, what, err);
}

static void on_listed(void *arg) {
    struct run *run = arg;
    struct collect *c = run->collect;
    view_confirm(&c->view, collection_listed_unix_ns(run->collection));
}

static void on_measures(void *arg) {
    const struct run *run = arg;
    collect_ask_put_off_facts(run->collect);
}

static void on_doubted(void *arg) {
    const struct run *run = arg;
    if (run->collect->follow) {
        follow_doubt(run->collect->follow);
    }
}

/* Who waits has no use for waiting on; a run of the background is published in its turn. */
static void on_late(void *arg) {
    struct run *run = arg;
    if (run->waits) {
        struct snapshot *s = run_publish_late(run);
        wait_answer_all(&run->waits, s);
        snapshot_unref(s);
    }
}

/* A list that came is complete, even if an inspect beside it failed. */
static void end_sync(struct follow *follow, unsigned serial, const struct collection *collection) {
    bool complete = collection_is_complete(collection);
    bool listed = collection_lists(collection) && collection_knows(collection);
    follow_synced(follow, serial, complete || listed);
    if (!complete && (listed || !collection_lists(collection))) {
        follow_again(follow);
    }
    if (collection_left_some(collection)) {
        follow_rest(follow);
    }
}

/* The collection goes before the pages are written, which need memory too. */
static void on_ended(void *arg, struct collection *collection) {
    struct run *run = arg;
    struct collect *c = run->collect;
    if (run->sync) {
        end_sync(c->follow, run->sync, collection);
    }
    struct snapshot *s = NULL;
    if (run->waits || c->joinable == run) {
        s = collect_snapshot(c, collection);
    }
    if (c->joinable == run) {
        c->joinable = NULL;
        collect_keep(c, s, collection);
    }
    collection_free(run->collection);
    run->collection = NULL;
    wait_answer_all(&run->waits, s);
    snapshot_unref(s);
    run_free(run);
    if (!c->joinable) {
        collect_ask_put_off_facts(c);
        collect_start_put_off_sync(c);
    }
}

int run_start(struct collect *c, const struct errand *errand) {
    struct run *run = calloc(1, sizeof(*run));
    if (!run) {
        return -ENOMEM;
    }
    bool up = engine_status(c->parts.engine)->up;
    struct collection_setup setup = {
        .loop = c->parts.loop,
        .engine = c->parts.engine,
        .kernel = c->parts.kernel,
        .inventory = c->view.inventory,
        .tally = c->parts.tally,
        .shared = &c->shared,
        .max_concurrent = c->settings.max_concurrent,
        .hangs_after_ms = c->settings.hangs_after_ms ? c->settings.hangs_after_ms : HANGS_AFTER_MS,
        .patience_ms = c->settings.patience_ms ? c->settings.patience_ms : PATIENCE_MS,
        .task = errand->task,
        .ask_engine = (up || !c->engine_known) && c->settings.source != COLLECT_KERNEL,
        .settling = collect_is_live(c) && follow_is_settling(c->follow),
        .listed = on_listed,
        .measures = on_measures,
        .doubted = on_doubted,
        .late = on_late,
        .ended = on_ended,
        .trouble = on_trouble,
        .arg = run,
    };
    run->collect = c;
    run->sync = errand->sync;
    run->collection = collection_start(&setup);
    if (!run->collection) {
        free(run);
        return -ENOMEM;
    }
    run->next = c->runs;
    c->runs = run;
    if (errand->joinable) {
        c->joinable = run;
    }
    return 0;
}
