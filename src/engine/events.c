#include "engine/events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/call.h"
#include "engine/lines.h"

#define ERROR_BODY_MAX ((size_t)64 * 1024)
/* Podman reads the time as a floating number, good to about 0.2 µs, and begins behind it. */
#define SINCE_EARLIER_NS 1000

/*
 * The filter, encoded for a URL: {"type":["container"],"event":["create",…]}. Podman says "die" but
 * filters by its own "died"; each ignores the other's words.
 */
#define WORD(w) "%22" w "%22"
#define ALSO(w) "%2C" WORD(w)
#define COME_AND_GO WORD("create") ALSO("destroy") ALSO("remove") ALSO("rename") ALSO("update")
#define RUN_AND_END ALSO("start") ALSO("restart") ALSO("die") ALSO("died") ALSO("cleanup")
#define MEANWHILE ALSO("oom") ALSO("pause") ALSO("unpause") ALSO("health_status")
#define TYPE WORD("type") "%3A%5B" WORD("container") "%5D"
#define EVENT WORD("event") "%3A%5B" COME_AND_GO RUN_AND_END MEANWHILE "%5D"
static const char FILTERS[] = "filters=%7B" TYPE "%2C" EVENT "%7D";

struct events {
    struct call *call; /* NULL: over */
    struct events_setup setup;
    struct lines lines;
    struct arena arena; /* of the event that is told */
    bool open;
    bool at_work; /* in on_piece(), which frees the events then */
};

static void destroy(struct events *events) {
    lines_done(&events->lines);
    arena_done(&events->arena);
    free(events);
}

/* The call goes; the events with it, or as soon as nothing more is done with them. */
static void release(struct call *call) {
    struct events *events = call->arg;
    events->call = NULL;
    if (!events->at_work) {
        destroy(events);
    }
}

/* Something is lost: counts it and tells why. */
static void lose(struct events *events, const struct err *err) {
    unsigned code = err->code == -EFBIG    ? CALL_TOO_LARGE
                    : err->code == -ENOMEM ? CALL_FAILED
                                           : CALL_MALFORMED;
    tally_call(events->call->engine->tally, ENDPOINT_EVENTS, code);
    events->setup.on_lost(events->setup.arg, err);
}

/* Decodes a line and tells it. */
static void tell(struct events *events, struct str line) {
    struct container_event event;
    struct err err = ERR_INIT;
    if (str_trim(line).len == 0) {
        return;
    }
    arena_reset(&events->arena);
    if (decode_event(line, &events->arena, &event, &err) != 0) {
        lose(events, &err);
    } else if (event.action != EVENT_OTHER) {
        events->setup.on_event(events->setup.arg, &event);
    }
}

/* What one step of the lines means. */
static void take(struct events *events, enum lines_step step, struct str line) {
    struct err err = ERR_INIT;
    if (step == LINES_LINE) {
        tell(events, line);
        return;
    }
    if (step == LINES_TOO_LONG) {
        (void)err_set(&err, -EFBIG, "an event is larger than %zu bytes", EVENT_LINE_MAX);
    } else {
        (void)err_set(&err, -ENOMEM, "out of memory");
    }
    lose(events, &err);
}

/* What came of the stream. Each callback may close it, then nothing more is told. */
static void on_piece(struct call *call, struct str piece) {
    struct events *events = call->arg;
    struct str line = {.ptr = NULL, .len = 0};
    events->at_work = true;
    if (!events->open) {
        events->open = true;
        events->setup.on_open(events->setup.arg);
    }
    lines_feed(&events->lines, piece);
    enum lines_step step = events->call ? lines_next(&events->lines, &line) : LINES_MORE;
    while (step != LINES_MORE) {
        take(events, step, line);
        step = events->call ? lines_next(&events->lines, &line) : LINES_MORE;
    }
    events->at_work = false;
    if (!events->call) {
        destroy(events);
    }
}

/* The end of a stream has told all it had. */
static int decode_end(struct call *call, struct str body, struct err *err) {
    (void)call;
    (void)body;
    (void)err;
    return 0;
}

static void deliver_end(struct call *call, const struct err *err) {
    struct events *events = call->arg;
    events->call = NULL; /* events_close() comes too late, release() is next */
    events->setup.on_end(events->setup.arg, err);
}

static const struct call_kind EVENTS = {
    .endpoint = ENDPOINT_EVENTS,
    .max_bytes = ERROR_BODY_MAX,
    .decode = decode_end,
    .deliver = deliver_end,
    .query = FILTERS,
    .piece = on_piece,
    .release = release,
};

/* "/events?since=1795225488.379393035&", or without. */
static void set_path(struct call *call, int64_t since_ns) {
    int64_t from = since_ns - SINCE_EARLIER_NS;
    if (since_ns <= SINCE_EARLIER_NS) {
        (void)snprintf(call->path, sizeof(call->path), "/events?");
        return;
    }
    (void)snprintf(call->path, sizeof(call->path), "/events?since=%lld.%09lld&",
                   (long long)(from / NS_PER_S), (long long)(from % NS_PER_S));
}

int events_open(struct engine *engine, const struct events_setup *setup, struct events **ret) {
    struct events *events = calloc(1, sizeof(*events));
    if (!events) {
        return -ENOMEM;
    }
    struct call *call = call_new(engine, &EVENTS);
    if (!call) {
        destroy(events);
        return -ENOMEM;
    }
    call->arg = events;
    events->call = call;
    events->setup = *setup;
    lines_init(&events->lines, EVENT_LINE_MAX);
    set_path(call, setup->since_ns);
    int rc = call_start(call);
    if (rc == 0) {
        *ret = events;
    }
    return rc;
}

void events_close(struct events *events) {
    if (!events || !events->call) {
        return;
    }
    if (events->open) {
        tally_call(events->call->engine->tally, ENDPOINT_EVENTS, 200);
    }
    call_free(events->call);
}
