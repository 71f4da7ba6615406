/*
 * The Engine's event stream: one endless GET, decoded as it comes. It names the actions of
 * model/event.h in its filter, so that health checks' exec_* never arrive.
 *
 *   events_open ──► on_open (the 200) ──► on_event … ──► on_end, once
 *                                     └─► on_lost: a line could not be used, so something is lost
 *
 * Limits: a line of EVENT_LINE_MAX bytes; a longer one is passed over without being kept, counted
 * (CALL_TOO_LARGE) and told as lost; one that is not an event counts as CALL_MALFORMED. The stream
 * has no timeout once it is open (the ping tells whether the Engine lives); until then the
 * Engine's. Each opening is counted once, at its end, as ENDPOINT_EVENTS; so is
 * each line that was lost.
 */
#ifndef DOCKMETER_ENGINE_EVENTS_H
#define DOCKMETER_ENGINE_EVENTS_H

#include <stdint.h>

#include "base/err.h"
#include "engine/engine.h"
#include "model/event.h"

#define EVENT_LINE_MAX ((size_t)1024 * 1024)

struct events;

/* All callbacks come on the loop's thread, none from within events_open(), none after on_end or
   events_close(); any of them may close the stream. */
struct events_setup {
    /* Unix time from which past events come again, that of this time and up to 1 µs before it
       too; 0: only new ones. */
    int64_t since_ns;
    void (*on_open)(void *arg);
    /* One that changes a container; valid while it runs. */
    void (*on_event)(void *arg, const struct container_event *event);
    void (*on_lost)(void *arg, const struct err *err);
    /* The stream ended; err.code 0: closed by the other side. -EACCES: refused, with the proxy's
       flag; others as in engine.h. The events value is gone after this. */
    void (*on_end)(void *arg, const struct err *err);
    void *arg;
};

/* -ENOMEM: nothing was opened. */
MUST_USE int events_open(struct engine *engine, const struct events_setup *setup,
                         struct events **ret);
void events_close(struct events *events); /* NULL is fine */

#endif
