#include "cli/once.h"

#include <errno.h>

/* The Engine's facts and its events come in the background; one page waits for them. */
#define FACTS_POLL_MS 10

struct once {
    struct app *app;
    struct timer *facts_poll;
    bool asked; /* a status that changes meanwhile asks no second time */
    struct snapshot *snapshot;
};

static void on_snapshot(void *arg, struct snapshot *snapshot) {
    struct once *once = arg;
    once->snapshot = snapshot ? snapshot_ref(snapshot) : NULL;
    loop_stop(once->app->loop);
}

static void ask(void *arg) {
    struct once *once = arg;
    struct collect_wait *wait = NULL;
    if (once->asked) {
        return;
    }
    if (collect_is_starting(once->app->collect)) {
        timer_after_ms(once->facts_poll, FACTS_POLL_MS);
        return;
    }
    once->asked = true;
    if (collect_ask(once->app->collect, INT64_MAX, true, on_snapshot, once, &wait) < 0) {
        loop_stop(once->app->loop);
    }
}

int once_snapshot(struct app *app, struct snapshot **ret, struct err *err) {
    struct once once = {.app = app};
    once.facts_poll = timer_new(app->loop, ask, &once);
    if (!once.facts_poll) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    app->engine_changed = ask;
    app->engine_changed_arg = &once;
    app_start(app);
    int r = loop_run(app->loop, err);
    app->engine_changed = NULL;
    timer_free(once.facts_poll);
    if (r < 0) {
        return r;
    }
    if (!once.snapshot) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret = once.snapshot;
    return 0;
}
