/*
 * Inside of src/engine: one GET to the Engine, from its path to what was decoded.
 *
 *   call_start ─► /v1.41/path ─► 400 "too old/new" ─► once more with the bound
 *                            └─► 200 decode ─┐
 *                            └─► else error ─┴─► tally ─► next step, or deliver and free
 *
 * A kind with a `piece` function streams: a 200's body goes there as it comes (loop/fetch.h),
 * decode gets nothing when it ended properly.
 *
 * A kind may have a next one: then one call asks for several things, one after another, and
 * delivers what all of them told with the first error.
 */
#ifndef DOCKMETER_ENGINE_CALL_H
#define DOCKMETER_ENGINE_CALL_H

#include "engine/decode.h"
#include "engine/engine_state.h"

#define CALL_PATH_MAX 256
#define CALL_QUERY_MAX 512

struct call;

/* What tells the calls apart. */
struct call_kind {
    enum endpoint endpoint;
    size_t max_bytes;
    /* Fills the call's result from the body; -EPROTO, -EFBIG, -ENOMEM as in decode.h. */
    int (*decode)(struct call *call, struct str body, struct err *err);
    /* Tells the caller; the call and its arena are freed afterwards. */
    void (*deliver)(struct call *call, const struct err *err);
    const char *path;             /* of a step, else NULL */
    const struct call_kind *next; /* the next step, or NULL */
    const char *query;            /* put behind the call's path, or NULL */
    /* A piece of the stream; it may free the call. */
    void (*piece)(struct call *call, struct str piece);
    /* The call goes, delivered or not: frees what is the kind's own. NULL is fine. */
    void (*release)(struct call *call);
};

struct call {
    struct call *next;
    struct call *prev;
    struct engine *engine;
    const struct call_kind *kind;
    struct fetch *fetch;
    struct api_version sent;
    bool retried;
    bool unreachable; /* no whole answer */
    bool partly;      /* some of the answer could not be used */
    int64_t timeout_ms;
    char path[CALL_PATH_MAX];

    void (*done)(void); /* the caller's function, cast to its type by deliver */
    void *arg;

    struct arena arena; /* of the result */
    struct arena *usage_arena;
    struct decode_list list;
    struct container_facts facts;
    struct usage *usage;
    struct engine_facts engine_facts;
    struct storage *storage; /* a reference, or NULL */
    bool podman;
    struct err first; /* the first error of all steps */
};

/* A call that is not started yet, or NULL; the engine owns it. */
struct call *call_new(struct engine *engine, const struct call_kind *kind);

/* Sends it. On failure the call is freed and -ENOMEM returned; nothing is delivered. */
MUST_USE int call_start(struct call *call);

/* Ends it without delivering; NULL is fine. */
void call_free(struct call *call);

#endif
