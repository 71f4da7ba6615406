#include "loop/loop.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/time.h>

#include "base/cleanup.h"

#define SIGNALS_MAX 8

struct loop_signal {
    struct event *event;
    void (*fn)(int signo, void *arg);
    void *arg;
};

struct loop {
    struct event_base *base;
    bool stopped; /* also when asked for before loop_run() */
    struct loop_signal signals[SIGNALS_MAX];
    size_t n_signals;
};

struct watch {
    struct event *event;
    void (*fn)(void *arg);
    void *arg;
};

struct timer {
    struct event *event;
    void (*fn)(void *arg);
    void *arg;
};

/* A base without a cached clock: a timer set after a long callback must not be short by its length.
 */
static struct event_base *base_new(void) {
    struct event_config *config = event_config_new();
    if (!config) {
        return NULL;
    }
    struct event_base *base = NULL;
    if (event_config_set_flag(config, EVENT_BASE_FLAG_NO_CACHE_TIME) == 0) {
        base = event_base_new_with_config(config);
    }
    event_config_free(config);
    return base;
}

int loop_new(struct loop **ret, struct err *err) {
    (void)signal(SIGPIPE, SIG_IGN);
    struct loop *loop = calloc(1, sizeof(*loop));
    if (!loop) {
        return err_set(err, -ENOMEM, "event loop: out of memory");
    }
    loop->base = base_new();
    if (!loop->base) {
        free(loop);
        return err_set(err, -ENOMEM, "event loop: the system gives no event queue");
    }
    *ret = loop;
    return 0;
}

void loop_free(struct loop *loop) {
    if (!loop) {
        return;
    }
    for (size_t i = 0; i < loop->n_signals; i++) {
        event_free(loop->signals[i].event);
    }
    event_base_free(loop->base);
    free(loop);
}

int loop_run(struct loop *loop, struct err *err) {
    int rc = 0;
    while (!loop->stopped && rc >= 0) {
        rc = event_base_loop(loop->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
    }
    loop->stopped = false;
    return rc < 0 ? err_set(err, -EIO, "event loop: waiting for events failed") : 0;
}

void loop_stop(struct loop *loop) {
    loop->stopped = true;
    (void)event_base_loopbreak(loop->base);
}

struct event_base *loop_base(struct loop *loop) {
    return loop->base;
}

/* libevent's callback for a signal, told apart by its slot. */
static void on_signal(evutil_socket_t signo, short what, void *arg) {
    (void)what;
    const struct loop_signal *slot = arg;
    slot->fn((int)signo, slot->arg);
}

int loop_on_signal(struct loop *loop, int signo, void (*fn)(int signo, void *arg), void *arg,
                   struct err *err) {
    if (loop->n_signals == SIGNALS_MAX) {
        return err_set(err, -ENOSPC, "event loop: more than %d signals", SIGNALS_MAX);
    }
    struct loop_signal *slot = &loop->signals[loop->n_signals];
    struct event *event = evsignal_new(loop->base, signo, on_signal, slot);
    if (!event || event_add(event, NULL) != 0) {
        if (event) {
            event_free(event);
        }
        return err_set(err, -EINVAL, "event loop: signal %d cannot be caught", signo);
    }
    *slot = (struct loop_signal){.event = event, .fn = fn, .arg = arg};
    loop->n_signals++;
    return 0;
}

/* libevent's callback for a timer. */
static void on_timer(evutil_socket_t fd, short what, void *arg) {
    (void)fd;
    (void)what;
    const struct timer *timer = arg;
    timer->fn(timer->arg);
}

struct timer *timer_new(struct loop *loop, void (*fn)(void *arg), void *arg) {
    struct timer *timer = calloc(1, sizeof(*timer));
    if (!timer) {
        return NULL;
    }
    timer->fn = fn;
    timer->arg = arg;
    timer->event = evtimer_new(loop->base, on_timer, timer);
    if (!timer->event) {
        free(timer);
        return NULL;
    }
    return timer;
}

void timer_free(struct timer *timer) {
    if (timer) {
        event_free(timer->event);
        free(timer);
    }
}

void timer_after_ms(struct timer *timer, int64_t ms) {
    int64_t wait = ms > 0 ? ms : 0;
    struct timeval tv = {.tv_sec = (time_t)(wait / 1000),
                         .tv_usec = (suseconds_t)(wait % 1000 * 1000)};
    (void)event_add(timer->event, &tv);
}

void timer_cancel(struct timer *timer) {
    (void)event_del(timer->event);
}

/* libevent's callback for a descriptor. */
static void on_descriptor(evutil_socket_t fd, short what, void *arg) {
    (void)fd;
    (void)what;
    const struct watch *watch = arg;
    watch->fn(watch->arg);
}

struct watch *watch_new(struct loop *loop, int fd, enum watch_what what, void (*fn)(void *arg),
                        void *arg) {
    short events = what == WATCH_WRITE ? EV_WRITE : EV_READ;
    struct watch *watch = calloc(1, sizeof(*watch));
    if (!watch) {
        return NULL;
    }
    watch->fn = fn;
    watch->arg = arg;
    watch->event = event_new(loop->base, fd, (short)(events | EV_PERSIST), on_descriptor, watch);
    if (!watch->event || event_add(watch->event, NULL) != 0) {
        watch_free(watch);
        return NULL;
    }
    return watch;
}

void watch_free(struct watch *watch) {
    if (watch) {
        if (watch->event) {
            event_free(watch->event);
        }
        free(watch);
    }
}
