#include "collect/follow.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

#define GATHER_MS 10
#define RETRY_FIRST_MS 1000
#define RETRY_LAST_MS 30000
#define SYNC_HANGS_MS 3000
/* A stream that lived so long worked: its end is a proxy's, or the Engine's. */
#define LIVED_NS (10 * NS_PER_S)

struct follow {
    struct follow_setup setup;
    struct events *events;
    bool decided;      /* it opened or failed to, once */
    bool open;         /* the stream's 200 came */
    bool listed;       /* a list has come since */
    bool refused;      /* there will be no stream for a while */
    bool trouble_told; /* since the stream last worked */
    int64_t last_event_ns;
    int64_t opening_ns; /* Unix time */
    int64_t opened_ns;  /* monotonic */

    enum follow_sync need;  /* asked for by events */
    enum follow_sync retry; /* of a sync that was not complete */
    int64_t retry_at_ns;    /* monotonic */
    enum follow_sync sync;  /* the one under way */
    bool sync_has_listed;   /* its list has arrived */
    unsigned sync_serial;
    int64_t sync_started_ns; /* monotonic */
    int64_t sync_earliest_ns;
    int64_t sync_retry_ms;
    int64_t open_retry_ms;
    struct timer *sync_timer;
    struct timer *open_timer;
    struct timer *resync_timer;
};

static void on_sync_timer(void *arg);
static void on_open_timer(void *arg);
static void on_resync_timer(void *arg);

int follow_new(const struct follow_setup *setup, struct follow **ret, struct err *err) {
    struct follow *f = calloc(1, sizeof(*f));
    if (f) {
        f->setup = *setup;
        f->sync_retry_ms = RETRY_FIRST_MS;
        f->open_retry_ms = RETRY_FIRST_MS;
        f->sync_timer = timer_new(setup->loop, on_sync_timer, f);
        f->open_timer = timer_new(setup->loop, on_open_timer, f);
        f->resync_timer = timer_new(setup->loop, on_resync_timer, f);
    }
    if (!f || !f->sync_timer || !f->open_timer || !f->resync_timer) {
        follow_free(f);
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret = f;
    return 0;
}

void follow_free(struct follow *f) {
    if (f) {
        events_close(f->events);
        timer_free(f->sync_timer);
        timer_free(f->open_timer);
        timer_free(f->resync_timer);
        free(f);
    }
}

bool follow_is_live(const struct follow *f) {
    return f->open && f->listed;
}

bool follow_is_settling(const struct follow *f) {
    return f->sync || f->need;
}

bool follow_is_undecided(const struct follow *f) {
    return !f->decided;
}

static int64_t doubled(int64_t ms) {
    return ms * 2 > RETRY_LAST_MS ? RETRY_LAST_MS : ms * 2;
}

/* Plans the next sync, unless one is under way or nothing asks for one. */
static void plan_sync(struct follow *f) {
    if (f->sync || !f->open || !(f->need || f->retry)) {
        return;
    }
    int64_t at_ns = f->need ? f->sync_earliest_ns : f->retry_at_ns;
    int64_t wait_ms = (at_ns - clock_mono_ns() + NS_PER_MS - 1) / NS_PER_MS;
    timer_after_ms(f->sync_timer, wait_ms > GATHER_MS ? wait_ms : GATHER_MS);
}

/* The first need plans a sync; what follows does not put it off. */
static void need(struct follow *f, enum follow_sync what) {
    bool planned = f->need != FOLLOW_NOTHING;
    f->need = what > f->need ? what : f->need;
    if (!planned) {
        plan_sync(f);
    }
}

static void start_sync(struct follow *f) {
    f->sync = f->need > f->retry ? f->need : f->retry;
    f->sync_has_listed = false;
    f->need = FOLLOW_NOTHING;
    f->retry = FOLLOW_NOTHING;
    f->sync_serial++;
    f->sync_started_ns = clock_mono_ns();
    timer_after_ms(f->sync_timer, SYNC_HANGS_MS);
    if (f->setup.sync(f->setup.arg, f->sync, f->sync_serial) < 0) {
        follow_synced(f, f->sync_serial, false);
    }
}

/* The timer is the next sync's or, while one is under way, its end's when it hangs. */
static void on_sync_timer(void *arg) {
    struct follow *f = arg;
    if (f->sync) {
        follow_synced(f, f->sync_serial, false);
    } else {
        start_sync(f);
    }
}

void follow_listed(struct follow *f, unsigned serial) {
    f->sync_has_listed |= f->sync && serial == f->sync_serial;
}

/* Once its list has come, what is left to do again are inspects. */
void follow_synced(struct follow *f, unsigned serial, bool complete) {
    if (!f->sync || serial != f->sync_serial) {
        return;
    }
    int64_t now = clock_mono_ns();
    timer_cancel(f->sync_timer);
    f->listed |= f->sync_has_listed && f->sync == FOLLOW_ALL && f->need != FOLLOW_ALL;
    f->sync_earliest_ns = now;
    if (complete) {
        f->sync_earliest_ns += now - f->sync_started_ns;
        f->sync_retry_ms = RETRY_FIRST_MS;
    } else {
        f->retry = f->sync_has_listed ? FOLLOW_INSPECTS : f->sync;
        f->retry_at_ns = now + f->sync_retry_ms * NS_PER_MS;
        f->sync_retry_ms = doubled(f->sync_retry_ms);
    }
    f->sync = FOLLOW_NOTHING;
    plan_sync(f);
}

void follow_doubt(struct follow *f) {
    need(f, FOLLOW_INSPECTS);
}

static void on_resync_timer(void *arg) {
    struct follow *f = arg;
    timer_after_ms(f->resync_timer, f->setup.resync_ms);
    need(f, FOLLOW_ALL);
}

static void on_open(void *arg) {
    struct follow *f = arg;
    f->decided = true;
    f->open = true;
    f->opened_ns = clock_mono_ns();
    f->listed = false;
    f->refused = false;
    /* A sync that began before knows nothing of what this stream may have missed. */
    f->need = FOLLOW_ALL;
    timer_after_ms(f->resync_timer, f->setup.resync_ms);
    plan_sync(f);
}

static void on_event(void *arg, const struct container_event *event) {
    static const enum follow_sync needs[] = {[INVENTORY_NOTHING] = FOLLOW_NOTHING,
                                             [INVENTORY_INSPECT] = FOLLOW_INSPECTS,
                                             [INVENTORY_LIST] = FOLLOW_LIST};
    struct follow *f = arg;
    if (event->time_ns > f->last_event_ns) {
        f->last_event_ns = event->time_ns;
    }
    need(f, needs[f->setup.event(f->setup.arg, event)]);
}

static void on_lost(void *arg, const struct err *err) {
    (void)err;
    need(arg, FOLLOW_ALL);
}

/* Nothing is followed any more; what was needed is asked again after the next opening. */
static void fall_silent(struct follow *f) {
    f->open = false;
    f->listed = false;
    timer_cancel(f->resync_timer);
    f->sync = FOLLOW_NOTHING;
    timer_cancel(f->sync_timer);
}

/* What the other side will not change its mind about soon. */
static bool is_refusal(int code) {
    return code == -EACCES || code == -ENOENT || code == -EPROTONOSUPPORT;
}

static void tell_trouble(struct follow *f, const struct err *err) {
    if (f->trouble_told) {
        return;
    }
    struct err told;
    f->trouble_told = true;
    err_copy(&told, err);
    (void)err_wrap(&told, "events, without which each scrape asks for list and inspects");
    f->setup.trouble(f->setup.arg, &told);
}

/* Proxies cut idle streams and Engines restart, so an end is normal; one that never lasts is not.
 */
static void on_end(void *arg, const struct err *err) {
    struct follow *f = arg;
    bool lived = f->open && clock_mono_ns() - f->opened_ns > LIVED_NS;
    bool again = f->open_retry_ms > RETRY_FIRST_MS;
    f->refused = !f->open && is_refusal(err->code);
    f->decided = true;
    f->events = NULL;
    fall_silent(f);
    if (lived) {
        f->trouble_told = false;
        f->open_retry_ms = RETRY_FIRST_MS;
        timer_after_ms(f->open_timer, GATHER_MS);
        return;
    }
    if (err->code < 0 && (f->refused || again)) {
        tell_trouble(f, err);
    }
    timer_after_ms(f->open_timer, f->refused ? f->setup.resync_ms : f->open_retry_ms);
    f->open_retry_ms = doubled(f->open_retry_ms);
}

/* Opens the stream at the last event, or where it was opened last: what happened since comes. */
static void on_open_timer(void *arg) {
    struct follow *f = arg;
    if (f->events || !engine_status(f->setup.engine)->up) {
        return;
    }
    struct events_setup setup = {
        .since_ns = f->last_event_ns ? f->last_event_ns : f->opening_ns,
        .on_open = on_open,
        .on_event = on_event,
        .on_lost = on_lost,
        .on_end = on_end,
        .arg = f,
    };
    f->opening_ns = clock_unix_ns();
    if (events_open(f->setup.engine, &setup, &f->events) < 0) {
        timer_after_ms(f->open_timer, f->open_retry_ms);
    }
}

/* A stream that a dead Engine left open would stay silent for ever, so each new contact gets a new
   one. */
void follow_engine_changed(struct follow *f) {
    if (!engine_status(f->setup.engine)->up) {
        events_close(f->events);
        f->events = NULL;
        fall_silent(f);
        timer_cancel(f->open_timer);
        return;
    }
    f->refused = false;
    f->open_retry_ms = RETRY_FIRST_MS;
    if (!f->events) {
        timer_after_ms(f->open_timer, 0);
    }
}
