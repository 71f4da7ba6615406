#include "work/work.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>

#include "base/clock.h"

#define THREADS_MAX 8

/* A submitted job; lies in exactly one of the lists, or with the worker that runs it. */
struct work_item {
    struct work_item *next;
    struct job job;
    bool ran;
};

struct work_list {
    struct work_item *first;
    struct work_item *last;
};

struct work {
    struct event *wake; /* readable when something lies in ended */
    int wake_fd;
    unsigned n_threads;
    unsigned n_started; /* loop's thread only */
    size_t max_queued;
    pthread_t threads[THREADS_MAX];

    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t more;  /* a job was queued, or the end */
    pthread_cond_t idle;  /* a job ended */
    struct work_list queued;
    size_t n_queued;
    struct work_list ended;
    unsigned n_running;
    bool ending; /* no more jobs are taken */
    bool quit;   /* workers leave */
};

/* Appends at the end. */
static void list_push(struct work_list *list, struct work_item *item) {
    item->next = NULL;
    if (list->last) {
        list->last->next = item;
    } else {
        list->first = item;
    }
    list->last = item;
}

/* Takes the first, or NULL. */
static struct work_item *list_pop(struct work_list *list) {
    struct work_item *item = list->first;
    if (item) {
        list->first = item->next;
        if (!list->first) {
            list->last = NULL;
        }
    }
    return item;
}

/* Makes the loop look at the ended jobs. */
static void wake_loop(struct work *work) {
    uint64_t one = 1;
    /* EAGAIN means that the counter is full, thus the loop is woken already. */
    (void)!write(work->wake_fd, &one, sizeof(one));
}

/* One worker: takes jobs until told to leave; runs them without the lock. */
static void *worker(void *arg) {
    struct work *work = arg;
    (void)pthread_mutex_lock(&work->lock);
    for (;;) {
        while (!work->queued.first && !work->quit) {
            (void)pthread_cond_wait(&work->more, &work->lock);
        }
        struct work_item *item = work->quit ? NULL : list_pop(&work->queued);
        if (!item) {
            break;
        }
        work->n_queued--;
        work->n_running++;
        (void)pthread_mutex_unlock(&work->lock);
        item->job.run(item->job.data);
        (void)pthread_mutex_lock(&work->lock);
        item->ran = true;
        work->n_running--;
        list_push(&work->ended, item);
        (void)pthread_cond_signal(&work->idle);
        wake_loop(work);
    }
    (void)pthread_mutex_unlock(&work->lock);
    return NULL;
}

/* Calls done() for all ended jobs; without the lock, since done() may submit again. */
static void deliver(struct work *work) {
    (void)pthread_mutex_lock(&work->lock);
    struct work_list ended = work->ended;
    work->ended = (struct work_list){NULL, NULL};
    (void)pthread_mutex_unlock(&work->lock);
    struct work_item *item = list_pop(&ended);
    while (item) {
        item->job.done(item->job.data, item->ran);
        free(item);
        item = list_pop(&ended);
    }
}

/* The loop's side of wake_loop(). */
static void on_wake(evutil_socket_t fd, short what, void *arg) {
    (void)what;
    uint64_t count = 0;
    (void)!read((int)fd, &count, sizeof(count));
    deliver(arg);
}

/* The lock and the conditions; the waiting with a limit is on the monotonic clock. */
static void locks_init(struct work *work) {
    (void)pthread_mutex_init(&work->lock, NULL);
    (void)pthread_cond_init(&work->more, NULL);
    pthread_condattr_t attr;
    (void)pthread_condattr_init(&attr);
    (void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    (void)pthread_cond_init(&work->idle, &attr);
    (void)pthread_condattr_destroy(&attr);
}

/* Frees everything but the jobs; no thread may be left. */
static void work_destroy(struct work *work) {
    if (work->wake) {
        event_free(work->wake);
    }
    if (work->wake_fd >= 0) {
        (void)close(work->wake_fd);
    }
    (void)pthread_cond_destroy(&work->idle);
    (void)pthread_cond_destroy(&work->more);
    (void)pthread_mutex_destroy(&work->lock);
    free(work);
}

int work_new(struct loop *loop, unsigned n_threads, size_t max_queued, struct work **ret,
             struct err *err) {
    assert(n_threads >= 1 && n_threads <= THREADS_MAX);
    struct work *work = calloc(1, sizeof(*work));
    if (!work) {
        return err_set(err, -ENOMEM, "work queue: out of memory");
    }
    work->n_threads = n_threads;
    work->max_queued = max_queued;
    locks_init(work);
    work->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (work->wake_fd < 0) {
        int code = -errno;
        work_destroy(work);
        return err_sys(err, code, "work queue: eventfd");
    }
    work->wake = event_new(loop_base(loop), work->wake_fd, EV_READ | EV_PERSIST, on_wake, work);
    if (!work->wake || event_add(work->wake, NULL) != 0) {
        work_destroy(work);
        return err_set(err, -ENOMEM, "work queue: out of memory");
    }
    *ret = work;
    return 0;
}

/* Starts the threads that are not there yet, deaf to signals: those are the loop's. One is enough.
 */
static int start_threads(struct work *work) {
    sigset_t all;
    sigset_t before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    int rc = 0;
    while (rc == 0 && work->n_started < work->n_threads) {
        rc = pthread_create(&work->threads[work->n_started], NULL, worker, work);
        work->n_started += rc == 0;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return work->n_started ? 0 : -rc;
}

int work_submit(struct work *work, struct job job) {
    (void)pthread_mutex_lock(&work->lock);
    bool ending = work->ending;
    bool full = work->n_queued >= work->max_queued;
    (void)pthread_mutex_unlock(&work->lock);
    if (ending) {
        return -ESHUTDOWN;
    }
    if (full) {
        return -EAGAIN;
    }
    if (start_threads(work) != 0) {
        return -ENOMEM;
    }
    struct work_item *item = calloc(1, sizeof(*item));
    if (!item) {
        return -ENOMEM;
    }
    item->job = job;
    (void)pthread_mutex_lock(&work->lock);
    list_push(&work->queued, item);
    work->n_queued++;
    (void)pthread_cond_signal(&work->more);
    (void)pthread_mutex_unlock(&work->lock);
    return 0;
}

/* Waits until nothing is queued or running, at most the grace; with the lock held. */
static void await_idle(struct work *work, int64_t grace_ms) {
    int64_t until_ns = clock_mono_ns() + grace_ms * NS_PER_MS;
    struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S),
                             .tv_nsec = (long)(until_ns % NS_PER_S)};
    int rc = 0;
    while (rc == 0 && (work->n_queued || work->n_running)) {
        rc = pthread_cond_timedwait(&work->idle, &work->lock, &until);
    }
}

void work_end(struct work *work, int64_t grace_ms) {
    if (!work) {
        return;
    }
    (void)pthread_mutex_lock(&work->lock);
    work->ending = true;
    if (grace_ms > 0) {
        await_idle(work, grace_ms);
    }
    work->quit = true;
    struct work_list dropped = work->queued;
    work->queued = (struct work_list){NULL, NULL};
    (void)pthread_cond_broadcast(&work->more);
    (void)pthread_mutex_unlock(&work->lock);
    for (unsigned i = 0; i < work->n_started; i++) {
        (void)pthread_join(work->threads[i], NULL);
    }
    for (struct work_item *item = list_pop(&dropped); item; item = list_pop(&dropped)) {
        list_push(&work->ended, item);
    }
    deliver(work);
    work_destroy(work);
}
