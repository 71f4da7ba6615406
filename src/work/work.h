/*
 * Blocking work beside the loop: a few threads that own nothing shared. A job goes in by value,
 * run() sees only the job's own data, done() is called back on the loop's thread.
 *
 *   loop: work_submit ─► [bounded queue] ─► worker thread: run(data) ─► loop: done(data)
 *
 * Contract:
 * - From work_submit() until done() the data belongs to the job; nobody else may touch it.
 * - done() is called exactly once for every submitted job, on the loop's thread, in the order in
 *   which the jobs ended, with `ran` false when the job was dropped at the end without being run.
 * - Jobs start in the order of submission; with more than one thread they may end in any order. A
 *   user that needs order keeps one job in flight at a time.
 * - work_submit() fails with -EAGAIN when the queue is full: the caller decides what is dropped
 *   and counts it.
 * - The end: work_end() takes no more jobs, lets those that were taken run for at most the grace,
 *   then drops the ones not started (done with ran false) and waits for the running ones, since a
 *   thread that is killed inside a write would tear a file. run() must therefore end by itself.
 */
#ifndef DOCKMETER_WORK_WORK_H
#define DOCKMETER_WORK_WORK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "loop/loop.h"

struct work;

struct job {
    void (*run)(void *data);            /* on a worker thread; may block */
    void (*done)(void *data, bool ran); /* on the loop's thread; frees the data */
    void *data;
};

/* n_threads 1 to 8, started at the first job; at most max_queued jobs wait. */
MUST_USE int work_new(struct loop *loop, unsigned n_threads, size_t max_queued, struct work **ret,
                      struct err *err);

/* -EAGAIN: the queue is full; -ESHUTDOWN: the end has begun; -ENOMEM. Then the job was not taken:
   no done(). */
MUST_USE int work_submit(struct work *work, struct job job);

/* Ends as the contract says, calling all remaining done(), and frees. Blocks the loop meanwhile;
   not from within a done(). NULL is fine. */
void work_end(struct work *work, int64_t grace_ms);

#endif
