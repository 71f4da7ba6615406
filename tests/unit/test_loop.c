#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "loop/loop.h"

struct fixture {
    struct loop *loop;
    struct timer *timer;
    int fired;
    int signals;
};

static void setup(struct fixture *f) {
    struct err err = ERR_INIT;
    *f = (struct fixture){.fired = 0};
    assert_int_equal(loop_new(&f->loop, &err), 0);
}

static void run(struct fixture *f) {
    struct err err = ERR_INIT;
    assert_int_equal(loop_run(f->loop, &err), 0);
}

static void on_timer(void *arg) {
    struct fixture *f = arg;
    f->fired++;
    loop_stop(f->loop);
}

static void on_signal(int signo, void *arg) {
    struct fixture *f = arg;
    f->signals += signo == SIGUSR1;
    loop_stop(f->loop);
}

static void a_timer_fires_once_and_can_be_moved(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    struct timer *timer = timer_new(f.loop, on_timer, &f);
    int64_t start = clock_mono_ns();
    timer_after_ms(timer, 60000);
    timer_after_ms(timer, 30);
    run(&f);
    assert_int_equal(f.fired, 1);
    assert_true(clock_mono_ns() - start >= 30 * NS_PER_MS);
    timer_free(timer);
    loop_free(f.loop);
}

static void a_cancelled_timer_is_silent(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    int others = 0;
    struct fixture g = {.loop = f.loop, .fired = others};
    struct timer *silent = timer_new(f.loop, on_timer, &g);
    struct timer *timer = timer_new(f.loop, on_timer, &f);
    timer_after_ms(silent, 1);
    timer_after_ms(timer, 10);
    timer_cancel(silent);
    run(&f);
    assert_int_equal(g.fired, 0);
    assert_int_equal(f.fired, 1);
    timer_free(silent);
    timer_free(timer);
    timer_free(NULL);
    loop_free(f.loop);
}

static void block_then_set(void *arg) {
    struct fixture *f = arg;
    int64_t until = clock_mono_ns() + 60 * NS_PER_MS;
    while (clock_mono_ns() < until) {
    }
    timer_after_ms(f->timer, 50);
}

static void a_timer_set_late_in_a_callback_is_not_short(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    f.timer = timer_new(f.loop, on_timer, &f);
    struct timer *first = timer_new(f.loop, block_then_set, &f);
    int64_t start = clock_mono_ns();
    timer_after_ms(first, 0);
    run(&f);
    assert_true(clock_mono_ns() - start >= 110 * NS_PER_MS);
    timer_free(first);
    timer_free(f.timer);
    loop_free(f.loop);
}

static void raise_now(void *arg) {
    (void)arg;
    (void)raise(SIGUSR1);
}

static void signals_arrive_on_the_loop(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    struct err err = ERR_INIT;
    assert_int_equal(loop_on_signal(f.loop, SIGUSR1, on_signal, &f, &err), 0);
    struct timer *timer = timer_new(f.loop, raise_now, NULL);
    timer_after_ms(timer, 1);
    run(&f);
    assert_int_equal(f.signals, 1);
    timer_free(timer);
    loop_free(f.loop);
}

static void a_stop_before_the_run_counts(void **state) {
    (void)state;
    struct fixture f;
    setup(&f);
    loop_stop(f.loop);
    run(&f);
    loop_free(f.loop);
    loop_free(NULL);
}

/* Once, from its own callback. */
struct waiting {
    struct fixture f;
    struct watch *watch;
};

static void on_watch(void *arg) {
    struct waiting *w = arg;
    w->f.fired++;
    watch_free(w->watch);
    loop_stop(w->f.loop);
}

static void take_some(void *arg) {
    char some[4096];
    assert_int_equal(read(*(const int *)arg, some, sizeof(some)), (ssize_t)sizeof(some));
}

static void a_full_pipe_is_waited_for(void **state) {
    (void)state;
    struct waiting w;
    const char some[4096] = {0};
    int ends[2];
    setup(&w.f);
    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    while (write(ends[1], some, sizeof(some)) > 0) {
    }
    w.watch = watch_new(w.f.loop, ends[1], WATCH_WRITE, on_watch, &w);
    assert_non_null(w.watch);
    struct timer *room = timer_new(w.f.loop, take_some, &ends[0]);
    struct timer *end = timer_new(w.f.loop, on_timer, &w.f); /* without room it is the only one */
    timer_after_ms(end, 20);
    run(&w.f);
    assert_int_equal(w.f.fired, 1);
    timer_after_ms(room, 0);
    run(&w.f);
    assert_int_equal(w.f.fired, 2);
    timer_free(room);
    timer_free(end);
    (void)close(ends[0]);
    (void)close(ends[1]);
    loop_free(w.f.loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_fires_once_and_can_be_moved),
        cmocka_unit_test(a_cancelled_timer_is_silent),
        cmocka_unit_test(a_timer_set_late_in_a_callback_is_not_short),
        cmocka_unit_test(signals_arrive_on_the_loop),
        cmocka_unit_test(a_full_pipe_is_waited_for),
        cmocka_unit_test(a_stop_before_the_run_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
