/*
 * Inside of src/engine: the Engine's state, shared by engine.c (the calls' kinds), call.c (one
 * request and its answer) and contact.c (ping and status).
 */
#ifndef DOCKMETER_ENGINE_ENGINE_STATE_H
#define DOCKMETER_ENGINE_ENGINE_STATE_H

#include "engine/api_version.h"
#include "engine/engine.h"
#include "loop/credentials.h"

#define ENGINE_IDENTITY_MAX 160

struct call;

struct engine {
    struct fetcher *fetcher;
    struct tally *tally;
    struct engine_address address;
    bool was_root; /* see remedy.h */
    struct fetch_target target;
    struct credentials held; /* what the target had when we were root */
    int64_t timeout_ms;

    bool api_fixed;
    struct api_version api; /* unknown until the first contact */

    struct call *calls; /* those under way */

    /* contact.c */
    struct timer *ping_timer;
    struct fetch *ping;
    bool ping_by_get;   /* this Engine, or a proxy before it, does not answer HEAD */
    int64_t doubted_ns; /* when a call last asked for a ping out of turn (monotonic) */
    int64_t ping_interval_ms;
    int64_t ping_timeout_ms;
    char identity[ENGINE_IDENTITY_MAX]; /* who answered the last ping: "1.41 Docker/20.10.24" */
    engine_watch *watch;
    void *watch_arg;
    bool told;
    struct engine_status status;
    char version[64];
    char api_text[API_VERSION_TEXT_MAX];
};

/* Takes over an API version, for the status too. */
void engine_set_api(struct engine *engine, struct api_version api);

#endif
