/*
 * The one event loop: it owns all state, everything else is called from it. A thin noun over
 * libevent so that the rest of the program speaks of timers and signals, not of events.
 */
#ifndef DOCKMETER_LOOP_LOOP_H
#define DOCKMETER_LOOP_LOOP_H

#include <stdint.h>

#include "base/err.h"

struct event_base;
struct loop;

/* Also makes the process ignore SIGPIPE: a peer that closes early is an error of its connection
 * only. */
MUST_USE int loop_new(struct loop **ret, struct err *err);
/* All timers, fetches and servers on it must be gone before. */
void loop_free(struct loop *loop);

/* Runs until loop_stop(); -EIO when the loop itself fails. */
MUST_USE int loop_run(struct loop *loop, struct err *err);

/* Makes loop_run() return after the present callback; before loop_run(): makes it return at once.
 */
void loop_stop(struct loop *loop);

/* libevent's base, for bufferevents and listeners. */
struct event_base *loop_base(struct loop *loop);

/* Calls fn(arg) on the loop when the signal arrives; up to 8 signals, until loop_free(). */
MUST_USE int loop_on_signal(struct loop *loop, int signo, void (*fn)(int signo, void *arg),
                            void *arg, struct err *err);

/* A timer of the caller's: idle until timer_after(), fires once; setting it again moves it. */
struct timer;
struct timer *timer_new(struct loop *loop, void (*fn)(void *arg), void *arg); /* NULL: no memory */
void timer_free(struct timer *timer);                                         /* NULL is fine */
void timer_after_ms(struct timer *timer, int64_t ms);
void timer_cancel(struct timer *timer);

/* Calls fn(arg) on the loop whenever fd (no plain file, borrowed) has something to read or takes
   something, until it is freed, which fn may do. NULL: no memory, or fd cannot be waited for. */
enum watch_what { WATCH_READ, WATCH_WRITE };
struct watch;
struct watch *watch_new(struct loop *loop, int fd, enum watch_what what, void (*fn)(void *arg),
                        void *arg);
void watch_free(struct watch *watch); /* NULL is fine */

#endif
