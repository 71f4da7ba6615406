#include "collect/follow.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

#define GATHER_MS 10
#define RETRY_FIRST_MS 1000
#define RETRY_LAST_MS 30000
/* Events go past inspects that hang for so long. */
#define INSPECTS_HANG_MS 100
/* A stream that lived so long worked: its end is a proxy's, or the Engine's. */
#define LIVED_NS (10 * NS_PER_S)

/* Syncs of a kind, one after another. What fails is retried apart from what is asked for. */
struct lane {
    struct follow *follow;
    bool needed;
    enum follow_sync need; /* what is asked for */
    bool retried;          /* something failed, */
    int64_t retry_at_ns;   /* which is done again then (monotonic) */
    int64_t retry_ms;
    unsigned serial; /* of the sync under way; 0: none */
    enum follow_sync sync;
    int64_t started_ns;
    int64_t earliest_ns; /* of the next one that is asked for */
    struct timer *timer;
};

struct follow {
    struct follow_setup setup;
    struct events *events;
    bool decided;      /* it opened or failed to, once */
    bool open;         /* the stream's 200 came */
    bool listed;       /* a list of everything has come since */
    bool refused;      /* there will be no stream for a while */
    bool trouble_told; /* since the stream last worked */
    int64_t last_event_ns;
    int64_t opening_ns; /* Unix time */
    int64_t opened_ns;  /* monotonic */
    int64_t lost_earliest_ns;
    int64_t lost_ms; /* between lists because of lost lines */
    unsigned serials;
    struct lane lists;
    struct lane inspects;
    int64_t open_retry_ms;
    struct timer *open_timer;
    struct timer *resync_timer;
};

static void on_lane_timer(void *arg);
static void on_open_timer(void *arg);
static void on_resync_timer(void *arg);

static void lane_init(struct lane *lane, struct follow *f) {
    lane->follow = f;
    lane->retry_ms = RETRY_FIRST_MS;
    lane->timer = timer_new(f->setup.loop, on_lane_timer, lane);
}

int follow_new(const struct follow_setup *setup, struct follow **ret, struct err *err) {
    struct follow *f = calloc(1, sizeof(*f));
    if (f) {
        f->setup = *setup;
        f->open_retry_ms = RETRY_FIRST_MS;
        f->lost_ms = RETRY_FIRST_MS;
        lane_init(&f->lists, f);
        lane_init(&f->inspects, f);
        f->open_timer = timer_new(setup->loop, on_open_timer, f);
        f->resync_timer = timer_new(setup->loop, on_resync_timer, f);
    }
    if (!f || !f->lists.timer || !f->inspects.timer || !f->open_timer || !f->resync_timer) {
        follow_free(f);
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret = f;
    return 0;
}

void follow_free(struct follow *f) {
    if (f) {
        events_close(f->events);
        timer_free(f->lists.timer);
        timer_free(f->inspects.timer);
        timer_free(f->open_timer);
        timer_free(f->resync_timer);
        free(f);
    }
}

bool follow_is_live(const struct follow *f) {
    return f->open && f->listed;
}

static bool lane_is_busy(const struct lane *lane) {
    return lane->serial || lane->needed;
}

bool follow_is_settling(const struct follow *f) {
    return lane_is_busy(&f->lists) || lane_is_busy(&f->inspects);
}

bool follow_is_undecided(const struct follow *f) {
    return !f->decided;
}

static int64_t doubled(int64_t ms) {
    return ms * 2 > RETRY_LAST_MS ? RETRY_LAST_MS : ms * 2;
}

static void plan_at(struct lane *lane, int64_t at_ns) {
    int64_t wait_ms = (at_ns - clock_mono_ns() + NS_PER_MS - 1) / NS_PER_MS;
    timer_after_ms(lane->timer, wait_ms > GATHER_MS ? wait_ms : GATHER_MS);
}

/* Plans the lane's next sync. While one is under way only inspects that hang are passed by. */
static void plan(struct lane *lane) {
    if (!lane->follow->open || !(lane->needed || lane->retried)) {
        return;
    }
    if (lane->serial) {
        bool may_pass = lane->needed && lane->need == FOLLOW_INSPECTS;
        if (may_pass) {
            plan_at(lane, lane->started_ns + INSPECTS_HANG_MS * NS_PER_MS);
        }
        return;
    }
    int64_t at_ns = lane->needed ? lane->earliest_ns : lane->retry_at_ns;
    if (lane->retried && lane->retry_at_ns < at_ns) {
        at_ns = lane->retry_at_ns;
    }
    plan_at(lane, at_ns);
}

/* The first need plans a sync; what follows does not put it off. */
static void need(struct lane *lane, enum follow_sync what) {
    bool planned = lane->needed;
    lane->need = planned && lane->need > what ? lane->need : what;
    lane->needed = true;
    if (!planned) {
        plan(lane);
    }
}

/* A retry joins what is asked for once its time has come; for lists it is one of everything. */
static void start_sync(struct lane *lane) {
    struct follow *f = lane->follow;
    bool again = lane->retried && clock_mono_ns() >= lane->retry_at_ns;
    enum follow_sync retry = lane == &f->lists ? FOLLOW_ALL : FOLLOW_AGAIN;
    if (!again && !lane->needed) {
        plan(lane);
        return;
    }
    lane->sync = again ? retry : lane->need;
    lane->needed = false;
    lane->retried = lane->retried && !again;
    f->serials += f->serials + 1 == 0 ? 2 : 1;
    lane->serial = f->serials;
    lane->started_ns = clock_mono_ns();
    if (f->setup.sync(f->setup.arg, lane->sync, lane->serial) < 0) {
        follow_synced(f, lane->serial, false);
    }
}

/* Whoever still waits for the sync that is under way is not waited for. */
static void on_lane_timer(void *arg) {
    struct lane *lane = arg;
    if (lane->follow->open) {
        lane->serial = 0;
        start_sync(lane);
    }
}

static void retry(struct lane *lane) {
    if (!lane->retried) {
        lane->retried = true;
        lane->retry_at_ns = clock_mono_ns() + lane->retry_ms * NS_PER_MS;
    }
}

void follow_again(struct follow *f) {
    retry(&f->inspects);
    plan(&f->inspects);
}

/* What was to be listed is looked at whole again; what failed to be inspected waits for its turn.
 */
static void fail(struct lane *lane) {
    if (lane == &lane->follow->lists) {
        lane->follow->listed = false;
    }
    retry(lane);
    if (lane->sync == FOLLOW_ALL || lane->sync == FOLLOW_AGAIN) {
        lane->retry_ms = doubled(lane->retry_ms);
    }
}

void follow_synced(struct follow *f, unsigned serial, bool complete) {
    struct lane *lane = serial == f->lists.serial ? &f->lists : &f->inspects;
    if (!serial || serial != lane->serial) {
        return;
    }
    int64_t now = clock_mono_ns();
    lane->serial = 0;
    lane->earliest_ns = now + (now - lane->started_ns);
    if (!complete) {
        fail(lane);
    } else if (lane->sync == FOLLOW_ALL || lane->sync == FOLLOW_AGAIN) {
        lane->retry_ms = RETRY_FIRST_MS;
    }
    if (complete && lane == &f->lists) {
        f->listed |= lane->sync == FOLLOW_ALL && !(lane->needed && lane->need == FOLLOW_ALL);
        need(&f->inspects, FOLLOW_INSPECTS);
    }
    plan(lane);
}

void follow_rest(struct follow *f) {
    f->inspects.earliest_ns = 0;
    f->inspects.needed = true;
    f->inspects.need = FOLLOW_INSPECTS;
    plan(&f->inspects);
}

void follow_doubt(struct follow *f) {
    need(&f->inspects, FOLLOW_INSPECTS);
}

static void on_resync_timer(void *arg) {
    struct follow *f = arg;
    timer_after_ms(f->resync_timer, f->setup.resync_ms);
    need(&f->lists, FOLLOW_ALL);
}

/* What waits for the old time waits for the new one. */
void follow_set_resync(struct follow *f, int64_t resync_ms) {
    bool same = f->setup.resync_ms == resync_ms;
    f->setup.resync_ms = resync_ms;
    if (!same && f->open) {
        timer_after_ms(f->resync_timer, resync_ms);
    } else if (!same && f->refused && engine_status(f->setup.engine)->up) {
        timer_after_ms(f->open_timer, resync_ms);
    }
}

static void on_open(void *arg) {
    struct follow *f = arg;
    f->decided = true;
    f->open = true;
    f->opened_ns = clock_mono_ns();
    f->listed = false;
    f->refused = false;
    /* A sync that began before knows nothing of what this stream may have missed. */
    f->lists.needed = true;
    f->lists.need = FOLLOW_ALL;
    timer_after_ms(f->resync_timer, f->setup.resync_ms);
    plan(&f->lists);
    plan(&f->inspects);
}

static void on_event(void *arg, const struct container_event *event) {
    struct follow *f = arg;
    if (event->time_ns > f->last_event_ns) {
        f->last_event_ns = event->time_ns;
    }
    switch (f->setup.event(f->setup.arg, event)) {
    case INVENTORY_INSPECT:
        need(&f->inspects, FOLLOW_INSPECTS);
        break;
    case INVENTORY_LIST:
        need(&f->lists, FOLLOW_LIST);
        break;
    case INVENTORY_NOTHING:
        break;
    }
}

/* A peer that sends such lines all the time must not cause lists all the time. */
static void on_lost(void *arg, const struct err *err) {
    struct follow *f = arg;
    struct lane *lane = &f->lists;
    int64_t now = clock_mono_ns();
    (void)err;
    if (lane->retried) {
        return;
    }
    bool calm = now > f->lost_earliest_ns + RETRY_LAST_MS * NS_PER_MS;
    f->lost_ms = calm ? RETRY_FIRST_MS : doubled(f->lost_ms);
    lane->retried = true;
    lane->retry_at_ns = now > f->lost_earliest_ns ? now : f->lost_earliest_ns;
    f->lost_earliest_ns = lane->retry_at_ns + f->lost_ms * NS_PER_MS;
    plan(lane);
}

/* Nothing is followed any more; what was needed is asked again after the next opening. */
static void fall_silent(struct follow *f) {
    f->open = false;
    f->listed = false;
    timer_cancel(f->resync_timer);
    f->lists.serial = 0;
    f->inspects.serial = 0;
    timer_cancel(f->lists.timer);
    timer_cancel(f->inspects.timer);
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
    if (err->code == 0) {
        (void)err_set(&told, -EPROTO, "the stream ends at once");
    }
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
    if (f->refused || again) {
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
    int64_t now = clock_unix_ns();
    int64_t since = f->last_event_ns ? f->last_event_ns : f->opening_ns;
    struct events_setup setup = {
        .since_ns = since < now ? since : now, /* a clock may have been set back */
        .on_open = on_open,
        .on_event = on_event,
        .on_lost = on_lost,
        .on_end = on_end,
        .arg = f,
    };
    f->opening_ns = now;
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
