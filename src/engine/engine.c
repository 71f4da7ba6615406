#include "engine/engine.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/call.h"
#include "engine/contact.h"
#include "engine/engine_state.h"

void engine_set_api(struct engine *engine, struct api_version api) {
    engine->api = api;
    engine->status.api_version = str_of(api_version_text(api, engine->api_text));
}

/* NULL for an empty field, as fetch_target has it. */
static const char *path_or_null(const char *path) {
    return path[0] ? path : NULL;
}

/* Takes the settings over. */
static int apply(struct engine *engine, const struct engine_settings *settings, struct err *err) {
    engine->address = settings->address;
    engine->target = (struct fetch_target){
        .unix_path = path_or_null(engine->address.unix_path),
        .tls_verify = engine->address.tls.verify,
        .ca_file = path_or_null(engine->address.tls.ca_file),
        .cert_file = path_or_null(engine->address.tls.cert_file),
        .key_file = path_or_null(engine->address.tls.key_file),
    };
    engine->timeout_ms = settings->timeout_ms;
    engine->ping_interval_ms =
        settings->ping_interval_ms ? settings->ping_interval_ms : ENGINE_PING_INTERVAL_MS;
    engine->ping_timeout_ms =
        settings->ping_timeout_ms ? settings->ping_timeout_ms : ENGINE_PING_TIMEOUT_MS;
    if (settings->api_version.len) {
        struct api_version fixed;
        if (!api_version_parse(settings->api_version, &fixed)) {
            return err_set(err, -EINVAL, "docker.api_version '%.*s' is not a version like 1.41",
                           STR_ARG(settings->api_version));
        }
        engine->api_fixed = true;
        engine_set_api(engine, fixed);
    }
    return 0;
}

int engine_new(struct loop *loop, struct fetcher *fetcher, struct tally *tally,
               const struct engine_settings *settings, struct engine **ret, struct err *err) {
    struct engine *engine = calloc(1, sizeof(*engine));
    if (!engine) {
        return err_set(err, -ENOMEM, "engine: out of memory");
    }
    engine->fetcher = fetcher;
    engine->tally = tally;
    (void)err_set(&engine->status.err, -EAGAIN, "not contacted yet");
    engine->ping_timer = timer_new(loop, contact_ping, engine);
    int rc = engine->ping_timer ? apply(engine, settings, err)
                                : err_set(err, -ENOMEM, "engine: out of memory");
    if (rc != 0) {
        engine_free(engine);
        return rc;
    }
    *ret = engine;
    return 0;
}

void engine_set_timeout(struct engine *engine, int64_t timeout_ms) {
    engine->timeout_ms = timeout_ms;
}

void engine_free(struct engine *engine) {
    if (!engine) {
        return;
    }
    fetch_cancel(engine->ping);
    while (engine->calls) {
        call_free(engine->calls);
    }
    timer_free(engine->ping_timer);
    credentials_done(&engine->held);
    free(engine);
}

void engine_start(struct engine *engine, engine_watch *watch, void *arg) {
    engine->watch = watch;
    engine->watch_arg = arg;
    timer_after_ms(engine->ping_timer, 0);
}

void engine_hold_files(struct engine *engine) {
    credentials_read(&engine->held, &engine->target);
    engine->target.held = &engine->held;
}

void engine_gave_up_root(struct engine *engine) {
    engine->was_root = true;
}

const struct engine_status *engine_status(const struct engine *engine) {
    return &engine->status;
}

/* The list: decode and deliver. */
static int decode_list_call(struct call *call, struct str body, struct err *err) {
    int rc = decode_list(body, &call->arena, &call->list, err);
    call->engine->tally->dropped += rc == 0 ? call->list.dropped : 0;
    call->partly = rc == 0 && call->list.refused > 0;
    return rc;
}

static void deliver_list(struct call *call, const struct err *err) {
    engine_list_done *done = (engine_list_done *)call->done;
    done(call->arg, err, call->list.containers, call->list.n);
}

static const struct call_kind LIST = {
    .endpoint = ENDPOINT_LIST,
    .max_bytes = ENGINE_LIST_MAX,
    .decode = decode_list_call,
    .deliver = deliver_list,
};

/* Inspect: decode and deliver. */
static int decode_inspect_call(struct call *call, struct str body, struct err *err) {
    size_t dropped = 0;
    int rc = decode_inspect(body, &call->arena, &call->facts, &dropped, err);
    call->engine->tally->dropped += dropped;
    return rc;
}

static void deliver_inspect(struct call *call, const struct err *err) {
    engine_inspect_done *done = (engine_inspect_done *)call->done;
    done(call->arg, err, err->code ? NULL : &call->facts);
}

static const struct call_kind INSPECT = {
    .endpoint = ENDPOINT_INSPECT,
    .max_bytes = ENGINE_ANSWER_MAX,
    .decode = decode_inspect_call,
    .deliver = deliver_inspect,
};

/*
 * Statistics: decode and deliver. A reading without its time was made now. Older Engines answer
 * with an empty body when the container went while the request waited for the tick.
 */
static int decode_stats_call(struct call *call, struct str body, struct err *err) {
    if (body.len == 0) {
        return 0;
    }
    const struct engine_status *status = &call->engine->status;
    const struct decode_stats_of of = {.podman = status->podman, .windows = status->windows};
    size_t dropped = 0;
    struct usage usage;
    int rc = decode_stats(body, &of, call->usage_arena, &usage, &dropped, err);
    call->engine->tally->dropped += dropped;
    if (rc != 0 || usage.source == SOURCE_NONE) {
        return rc;
    }
    call->usage = arena_alloc(call->usage_arena, sizeof(usage));
    if (!call->usage) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    usage.read_unix_ns = usage.read_unix_ns ? usage.read_unix_ns : clock_unix_ns();
    *call->usage = usage;
    return 0;
}

static void deliver_stats(struct call *call, const struct err *err) {
    engine_stats_done *done = (engine_stats_done *)call->done;
    done(call->arg, err, call->usage);
}

static const struct call_kind STATS = {
    .endpoint = ENDPOINT_STATS,
    .max_bytes = ENGINE_ANSWER_MAX,
    .decode = decode_stats_call,
    .deliver = deliver_stats,
};

/* Sets the path and sends. */
static int start(struct call *call, const char *before, struct str id, const char *after,
                 void (*done)(void), void *arg) {
    if (!call) {
        return -ENOMEM;
    }
    call->done = done;
    call->arg = arg;
    (void)snprintf(call->path, sizeof(call->path), "%s%.*s%s", before, STR_ARG(id), after);
    return call_start(call);
}

int engine_list(struct engine *engine, engine_list_done *done, void *arg) {
    return start(call_new(engine, &LIST), "/containers/json?all=1", STR(""), "",
                 (void (*)(void))done, arg);
}

int engine_inspect(struct engine *engine, struct str id, engine_inspect_done *done, void *arg) {
    return start(call_new(engine, &INSPECT), "/containers/", id, "/json", (void (*)(void))done,
                 arg);
}

int engine_stats(struct engine *engine, struct str id, struct arena *arena, engine_stats_done *done,
                 void *arg) {
    bool one_shot = api_version_cmp(engine->api, API_VERSION_ONE_SHOT) >= 0;
    struct call *call = call_new(engine, &STATS);
    if (call) {
        call->usage_arena = arena;
    }
    return start(call, "/containers/", id,
                 one_shot ? "/stats?stream=false&one-shot=true" : "/stats?stream=false",
                 (void (*)(void))done, arg);
}

/* The Engine's own facts: several steps into one struct. */
static int decode_version_step(struct call *call, struct str body, struct err *err) {
    return decode_version(body, &call->arena, &call->engine_facts, &call->podman, err);
}

static int decode_info_step(struct call *call, struct str body, struct err *err) {
    return decode_info(body, &call->arena, &call->engine_facts, err);
}

static int decode_images_step(struct call *call, struct str body, struct err *err) {
    uint64_t n = 0;
    int rc = decode_images(body, &n, &call->engine_facts.images, err);
    if (rc == 0) {
        engine_facts_set(&call->engine_facts, ENGINE_IMAGES, n);
    }
    return rc;
}

static int decode_volumes_step(struct call *call, struct str body, struct err *err) {
    uint64_t n = 0;
    int rc = decode_volumes(body, &n, err);
    if (rc == 0) {
        engine_facts_set(&call->engine_facts, ENGINE_VOLUMES, n);
    }
    return rc;
}

static int decode_networks_step(struct call *call, struct str body, struct err *err) {
    uint64_t n = 0;
    int rc = decode_count(body, &n, err);
    if (rc == 0) {
        engine_facts_set(&call->engine_facts, ENGINE_NETWORKS, n);
    }
    return rc;
}

static void deliver_facts(struct call *call, const struct err *err) {
    engine_facts_done *done = (engine_facts_done *)call->done;
    done(call->arg, err, &call->engine_facts);
}

static void release_facts(struct call *call) {
    engine_facts_release(&call->engine_facts);
}

/* One of the facts' steps. */
#define STEP(place, decoder, where, after)                                                         \
    {                                                                                              \
        .endpoint = (place), .max_bytes = ENGINE_ANSWER_MAX, .decode = (decoder),                  \
        .deliver = deliver_facts, .path = (where), .next = (after), .release = release_facts       \
    }

static const struct call_kind FACTS[] = {
    STEP(ENDPOINT_VERSION, decode_version_step, "/version", &FACTS[1]),
    STEP(ENDPOINT_INFO, decode_info_step, "/info", &FACTS[2]),
    STEP(ENDPOINT_IMAGES, decode_images_step, "/images/json", &FACTS[3]),
    STEP(ENDPOINT_VOLUMES, decode_volumes_step, "/volumes", &FACTS[4]),
    STEP(ENDPOINT_NETWORKS, decode_networks_step, "/networks", NULL),
};

int engine_facts(struct engine *engine, engine_facts_done *done, void *arg) {
    return start(call_new(engine, &FACTS[0]), FACTS[0].path, STR(""), "", (void (*)(void))done,
                 arg);
}

/* Disk usage: the storage is there from the start, with the time at which the Engine was asked. */
static int decode_df_call(struct call *call, struct str body, struct err *err) {
    return decode_df(body, call->storage, err);
}

static void deliver_df(struct call *call, const struct err *err) {
    engine_df_done *done = (engine_df_done *)call->done;
    done(call->arg, err, err->code ? NULL : call->storage);
}

static void release_df(struct call *call) {
    storage_unref(call->storage);
}

/* With verbose the Engine says each thing once from API 1.52 on; older ones do not know it. */
static const struct call_kind DF = {
    .endpoint = ENDPOINT_DF,
    .max_bytes = ENGINE_LIST_MAX,
    .decode = decode_df_call,
    .deliver = deliver_df,
    .query = "?verbose=1",
    .release = release_df,
};

int engine_df(struct engine *engine, int64_t timeout_ms, engine_df_done *done, void *arg,
              struct call **ret) {
    struct storage *storage = storage_new();
    struct call *call = storage ? call_new(engine, &DF) : NULL;
    if (!call) {
        storage_unref(storage);
        return -ENOMEM;
    }
    storage->measured_unix_ns = clock_unix_ns();
    call->storage = storage;
    call->timeout_ms = timeout_ms;
    int rc = start(call, "/system/df", STR(""), "", (void (*)(void))done, arg);
    if (rc == 0) {
        *ret = call;
    }
    return rc;
}

void engine_cancel(struct call *call) {
    call_free(call);
}
