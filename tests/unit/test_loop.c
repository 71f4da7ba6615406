#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_timer_fires_once_and_can_be_moved),
        cmocka_unit_test(a_cancelled_timer_is_silent),
        cmocka_unit_test(a_timer_set_late_in_a_callback_is_not_short),
        cmocka_unit_test(signals_arrive_on_the_loop),
        cmocka_unit_test(a_stop_before_the_run_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
