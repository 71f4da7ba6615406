#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "work/work.h"

#define JOBS 200

struct fixture {
    struct loop *loop;
    struct work *work;
    pthread_t loop_thread;
    int done;
    int ran;
    int order[JOBS];
    int stop_at;
    bool resubmit;
    int resubmit_rc;
};

struct task {
    struct fixture *f;
    int number;
    int sleep_ms;
    bool on_worker;
    bool signals_blocked;
};

static atomic_int gate;

static void run(void *data) {
    struct task *task = data;
    sigset_t mask;
    (void)pthread_sigmask(SIG_SETMASK, NULL, &mask);
    task->signals_blocked = sigismember(&mask, SIGTERM) == 1;
    task->on_worker = !pthread_equal(pthread_self(), task->f->loop_thread);
    if (task->sleep_ms) {
        (void)usleep((useconds_t)task->sleep_ms * 1000);
    }
}

static void run_until_gate(void *data) {
    (void)data;
    while (!atomic_load(&gate)) {
        (void)usleep(1000);
    }
}

static void done(void *data, bool ran) {
    struct task *task = data;
    struct fixture *f = task->f;
    assert_true(pthread_equal(pthread_self(), f->loop_thread));
    f->order[f->done++] = task->number;
    f->ran += ran;
    if (f->resubmit) {
        f->resubmit_rc = work_submit(f->work, (struct job){run, done, task});
    } else {
        free(task);
    }
    if (f->done == f->stop_at) {
        loop_stop(f->loop);
    }
}

static struct task *task_new(struct fixture *f, int number, int sleep_ms) {
    struct task *task = calloc(1, sizeof(*task));
    task->f = f;
    task->number = number;
    task->sleep_ms = sleep_ms;
    return task;
}

static void setup(struct fixture *f, unsigned threads, size_t queued) {
    struct err err = ERR_INIT;
    *f = (struct fixture){.loop_thread = pthread_self()};
    atomic_store(&gate, 0);
    assert_int_equal(loop_new(&f->loop, &err), 0);
    assert_int_equal(work_new(f->loop, threads, queued, &f->work, &err), 0);
}

static void loop_until(struct fixture *f, int jobs) {
    struct err err = ERR_INIT;
    f->stop_at = jobs;
    assert_int_equal(loop_run(f->loop, &err), 0);
}

static void one_thread_keeps_the_order(void **state) {
    (void)state;
    struct fixture f;
    setup(&f, 1, JOBS);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(work_submit(f.work, (struct job){run, done, task_new(&f, i, 0)}), 0);
    }
    loop_until(&f, JOBS);
    assert_int_equal(f.ran, JOBS);
    for (int i = 0; i < JOBS; i++) {
        assert_int_equal(f.order[i], i);
    }
    work_end(f.work, 0);
    loop_free(f.loop);
}

static void checks_thread(void *data, bool ran) {
    struct task *task = data;
    assert_true(task->on_worker);
    assert_true(task->signals_blocked);
    done(data, ran);
}

static void jobs_run_on_threads_that_are_deaf_to_signals(void **state) {
    (void)state;
    struct fixture f;
    setup(&f, 4, JOBS);
    for (int i = 0; i < 20; i++) {
        struct job job = {run, checks_thread, task_new(&f, i, 1)};
        assert_int_equal(work_submit(f.work, job), 0);
    }
    loop_until(&f, 20);
    assert_int_equal(f.ran, 20);
    work_end(f.work, 0);
    loop_free(f.loop);
}

static void a_full_queue_refuses(void **state) {
    (void)state;
    struct fixture f;
    setup(&f, 1, 2);
    assert_int_equal(work_submit(f.work, (struct job){run_until_gate, done, task_new(&f, 0, 0)}),
                     0);
    (void)usleep(50 * 1000); /* the worker has taken it */
    assert_int_equal(work_submit(f.work, (struct job){run, done, task_new(&f, 1, 0)}), 0);
    assert_int_equal(work_submit(f.work, (struct job){run, done, task_new(&f, 2, 0)}), 0);
    struct task *refused = task_new(&f, 3, 0);
    assert_int_equal(work_submit(f.work, (struct job){run, done, refused}), -EAGAIN);
    free(refused);
    atomic_store(&gate, 1);
    loop_until(&f, 3);
    assert_int_equal(f.ran, 3);
    work_end(f.work, 0);
    loop_free(f.loop);
}

static void the_end_waits_within_its_grace(void **state) {
    (void)state;
    struct fixture f;
    setup(&f, 1, JOBS);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(work_submit(f.work, (struct job){run, done, task_new(&f, i, 10)}), 0);
    }
    work_end(f.work, 10000);
    assert_int_equal(f.done, 5);
    assert_int_equal(f.ran, 5);
    loop_free(f.loop);
}

static void the_end_drops_what_has_not_started(void **state) {
    (void)state;
    struct fixture f;
    setup(&f, 1, JOBS);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(work_submit(f.work, (struct job){run, done, task_new(&f, i, 100)}), 0);
    }
    (void)usleep(30 * 1000); /* the first one runs */
    work_end(f.work, 1);
    assert_int_equal(f.done, 5);
    assert_int_equal(f.ran, 1);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(f.order[i], i);
    }
    loop_free(f.loop);
}

static void nothing_is_taken_during_the_end(void **state) {
    (void)state;
    struct fixture f;
    setup(&f, 1, JOBS);
    f.resubmit = true;
    struct task *task = task_new(&f, 0, 20);
    assert_int_equal(work_submit(f.work, (struct job){run, done, task}), 0);
    work_end(f.work, 5000);
    assert_int_equal(f.resubmit_rc, -ESHUTDOWN);
    assert_int_equal(f.done, 1);
    free(task);
    loop_free(f.loop);
}

static void an_unused_queue_ends(void **state) {
    (void)state;
    struct fixture f;
    setup(&f, 8, 1);
    work_end(f.work, 5000);
    work_end(NULL, 0);
    loop_free(f.loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_keeps_the_order),
        cmocka_unit_test(jobs_run_on_threads_that_are_deaf_to_signals),
        cmocka_unit_test(a_full_queue_refuses),
        cmocka_unit_test(the_end_waits_within_its_grace),
        cmocka_unit_test(the_end_drops_what_has_not_started),
        cmocka_unit_test(nothing_is_taken_during_the_end),
        cmocka_unit_test(an_unused_queue_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
