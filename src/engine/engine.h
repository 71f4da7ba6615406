/*
 * One Docker Engine (or Podman's answer to it) over its API: a value with no static state. Sends
 * GET and HEAD only: its request type has no other method. Decodes answers (engine/decode.h, pure)
 * and hands over plain facts.
 *
 * It negotiates the API version at the first contact (HEAD /_ping without a version, else GET; the
 * lower of the Engine's and ours), again after the Engine was away, and once more with the bound
 * that a "too old" or "too new" answer names. A ping every 5 s, bounded by 2 s, decides whether
 * the Engine answers (every 2 s while it does not); a change is told to the watcher, with an error
 * that says why it does not. At each new contact /version tells who answers before "up" is said.
 *
 *   ping ──fails──► down(reason) ──ping──► answers ──► GET /version ──► up ──ping──► …
 *
 * Limits on answers: ENGINE_LIST_MAX for the list, ENGINE_ANSWER_MAX for all others, and those of
 * engine/decode.h on what is in them.
 *
 * Every call's callback is called exactly once on the loop's thread, never from within the call;
 * after engine_free() none is called. Each call is counted in the tally by endpoint and outcome.
 */
#ifndef DOCKMETER_ENGINE_ENGINE_H
#define DOCKMETER_ENGINE_ENGINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "engine/address.h"
#include "loop/fetch.h"
#include "loop/loop.h"
#include "model/container.h"
#include "model/engine_facts.h"
#include "model/storage.h"
#include "model/tally.h"
#include "model/usage.h"

#define ENGINE_LIST_MAX ((size_t)64 * 1024 * 1024)
#define ENGINE_ANSWER_MAX ((size_t)8 * 1024 * 1024)
#define ENGINE_PING_INTERVAL_MS 5000
#define ENGINE_PING_TIMEOUT_MS 2000
#define ENGINE_PING_AWAY_MS 2000 /* between pings while the Engine is away */

struct engine;
struct call;

struct engine_settings {
    struct engine_address address; /* copied */
    struct str api_version;        /* "1.43" fixes it, empty negotiates */
    int64_t timeout_ms;            /* for each call but the ping */
    int64_t ping_interval_ms;      /* 0: ENGINE_PING_INTERVAL_MS; others are for tests */
    int64_t ping_timeout_ms;       /* 0: ENGINE_PING_TIMEOUT_MS */
};

/* What the watcher is told. */
struct engine_status {
    bool up;
    struct err err;         /* when not up: the reason with a remedy where there is one */
    struct str version;     /* "20.10.24+dfsg1", empty while unknown */
    struct str api_version; /* "1.41", empty while unknown */
    bool podman;
    bool windows;
    bool direct_oneshot; /* one-shot statistics do not wait for a tick */
};

typedef void engine_watch(void *arg, const struct engine_status *status);

/* -EINVAL: the API version is not like "1.41". */
MUST_USE int engine_new(struct loop *loop, struct fetcher *fetcher, struct tally *tally,
                        const struct engine_settings *settings, struct engine **ret,
                        struct err *err);
void engine_free(struct engine *engine);

/* Calls from now on may take this long. */
void engine_set_timeout(struct engine *engine, int64_t timeout_ms);

/* The process is about to give up being root: reads the files of TLS, for use where it may not read
   them any more. */
void engine_hold_files(struct engine *engine);

/* The process has given up being root: another group of the socket later needs a restart, and that
   is what an error says then. */
void engine_gave_up_root(struct engine *engine);

/* Starts the ping, now and every 5 s; watch is called at the first result and at each change of up,
   of the reason, or of who answers. */
void engine_start(struct engine *engine, engine_watch *watch, void *arg);

/* The present status; lives as long as the engine. */
const struct engine_status *engine_status(const struct engine *engine);

/* How a call ended. err.code: 0, or -ENOENT (404), -EACCES (401, 403: a proxy refuses, with the
   flag that would let it through), -EPROTONOSUPPORT (the API version is refused), -EPROTO
   (malformed), -EFBIG (beyond a limit), -EIO (any other status), -ECONNREFUSED (no connection, for
   whatever reason), -ETIMEDOUT, -ECONNRESET …; the text says what, without the address. */

/* All containers with what the list tells (facts.inspected false); valid until the callback
   returns. An entry that cannot be decoded is left out and the call counted as malformed; the
   others come without an error. */
typedef void engine_list_done(void *arg, const struct err *err,
                              const struct container_facts *containers, size_t n);
/* One container completely. */
typedef void engine_inspect_done(void *arg, const struct err *err,
                                 const struct container_facts *container);
/* One reading; usage is NULL without an error when the container does not run. Its interfaces count
   only for a container whose network is NETWORK_OWN: the caller leaves them out for others. */
typedef void engine_stats_done(void *arg, const struct err *err, const struct usage *usage);
/* The Engine's facts: what could be told; err is the first failure but the facts may still be
   partly there. Valid until the callback returns. */
typedef void engine_facts_done(void *arg, const struct err *err, const struct engine_facts *facts);

/* What everything takes up on disk; NULL with an error. Borrowed: take a reference to keep it. */
typedef void engine_df_done(void *arg, const struct err *err, struct storage *storage);

/* The calls. -ENOMEM and no callback when one cannot even start. */
MUST_USE int engine_list(struct engine *engine, engine_list_done *done, void *arg);
MUST_USE int engine_inspect(struct engine *engine, struct str id, engine_inspect_done *done,
                            void *arg);
/* usage's memory is taken from arena, which must live until the callback. */
MUST_USE int engine_stats(struct engine *engine, struct str id, struct arena *arena,
                          engine_stats_done *done, void *arg);
/* /version, /info, and the counts of images, volumes and networks, one after another. */
MUST_USE int engine_facts(struct engine *engine, engine_facts_done *done, void *arg);
/* /system/df: the Engine walks its disks, which takes it from milliseconds to minutes; so it has a
   timeout of its own. *ret is for engine_cancel(), until the callback. */
MUST_USE int engine_df(struct engine *engine, int64_t timeout_ms, engine_df_done *done, void *arg,
                       struct call **ret);

/* Gives a call up: its callback is not called and its connection is closed. NULL is fine. */
void engine_cancel(struct call *call);

#endif
