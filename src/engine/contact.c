#include "engine/contact.h"

#include <errno.h>
#include <stdio.h>

#include "base/clock.h"
#include "engine/call.h"
#include "engine/remedy.h"
#include "engine/request.h"

#define PING_BODY_MAX ((size_t)64 * 1024)
#define MESSAGE_MAX 256

/* Plans the next ping and tells the watcher, who may do anything, even free the engine. */
static void conclude(struct engine *engine, bool changed) {
    int64_t away = engine->ping_interval_ms < ENGINE_PING_AWAY_MS ? engine->ping_interval_ms
                                                                  : ENGINE_PING_AWAY_MS;
    timer_after_ms(engine->ping_timer, engine->status.up ? engine->ping_interval_ms : away);
    changed |= !engine->told;
    engine->told = true;
    if (changed && engine->watch) {
        engine->watch(engine->watch_arg, &engine->status);
    }
}

/* The Engine does not answer. Who it is will be asked anew when it comes back. */
static void go_down(struct engine *engine, const struct err *why) {
    struct engine_status *status = &engine->status;
    /* The words alone may change with every answer (a request's number in them). */
    bool changed = status->up || status->err.code != why->code;
    status->up = false;
    err_copy(&status->err, why);
    conclude(engine, changed);
}

/* The Engine answers, and who it is is known as far as it tells. */
static void go_up(struct engine *engine) {
    struct engine_status *status = &engine->status;
    status->up = true;
    err_clear(&status->err);
    status->direct_oneshot = status->podman || api_version_is_direct(status->version, engine->api);
    conclude(engine, true);
}

/* /version as an answer to a new contact. */
static int decode_contact(struct call *call, struct str body, struct err *err) {
    return decode_version(body, &call->arena, &call->engine_facts, &call->podman, err);
}

/* Before "up": what /version told. A proxy that refuses it does not keep the rest from working. */
static void on_contact(struct call *call, const struct err *err) {
    struct engine *engine = call->engine;
    struct str version = call->engine_facts.version;
    struct api_version theirs;
    if (call->unreachable || err->code == -EPROTONOSUPPORT) {
        struct err why = *err;
        remedy_connect(&engine->address, engine->was_root, &why);
        go_down(engine, &why);
        return;
    }
    (void)snprintf(engine->version, sizeof(engine->version), "%.*s", STR_ARG(version));
    engine->status.version = str_of(engine->version);
    engine->status.podman |= call->podman;
    if (engine->api.major == 0 && api_version_parse(call->engine_facts.api_version, &theirs)) {
        engine_set_api(engine, api_version_negotiate(theirs));
    }
    go_up(engine);
}

static const struct call_kind CONTACT = {
    .endpoint = ENDPOINT_VERSION,
    .max_bytes = ENGINE_ANSWER_MAX,
    .decode = decode_contact,
    .deliver = on_contact,
};

/* Somebody new answers: negotiates and asks who it is. */
static void make_contact(struct engine *engine, const struct fetch_reply *reply) {
    struct err err = ERR_INIT;
    struct api_version theirs = {0, 0};
    bool told = api_version_parse(fetch_header(reply, "Api-Version"), &theirs);
    if (told && api_version_cmp(theirs, API_VERSION_OLDEST) < 0) {
        (void)err_set(&err, -EPROTONOSUPPORT, "the Engine's API %u.%u is too old, 1.24 is needed",
                      (unsigned)theirs.major, (unsigned)theirs.minor);
        go_down(engine, &err);
        return;
    }
    if (!engine->api_fixed) {
        engine_set_api(engine, told ? api_version_negotiate(theirs) : theirs);
    }
    engine->status.podman = fetch_header(reply, "Libpod-Api-Version").ptr != NULL;
    engine->status.windows = str_eq(fetch_header(reply, "Ostype"), STR("windows"));
    struct call *call = call_new(engine, &CONTACT);
    if (call) {
        (void)snprintf(call->path, sizeof(call->path), "/version");
        call->timeout_ms = engine->ping_timeout_ms;
    }
    if (!call || call_start(call) != 0) {
        (void)err_set(&err, -ENOMEM, "out of memory");
        go_down(engine, &err);
    }
}

/* A ping that an Engine has answered. */
static void on_answer(struct engine *engine, const struct fetch_reply *reply) {
    char identity[ENGINE_IDENTITY_MAX];
    (void)snprintf(identity, sizeof(identity), "%.*s %.*s",
                   STR_ARG(fetch_header(reply, "Api-Version")),
                   STR_ARG(fetch_header(reply, "Server")));
    if (engine->status.up && strcmp(identity, engine->identity) == 0) {
        conclude(engine, false);
        return;
    }
    (void)snprintf(engine->identity, sizeof(engine->identity), "%s", identity);
    make_contact(engine, reply);
}

/* Who answers instead of an Engine, from its Server header, escaped. */
static void server_words(const struct fetch_reply *reply, char *out, size_t cap) {
    char server[64];
    decode_message(fetch_header(reply, "Server"), server, sizeof(server));
    (void)snprintf(out, cap, "%s%s%s", server[0] ? " (Server: " : "", server, server[0] ? ")" : "");
}

/* An HTTP answer that is no Engine's. */
static void on_other(struct engine *engine, const struct fetch_reply *reply) {
    struct err why = ERR_INIT;
    char server[80];
    char message[MESSAGE_MAX];
    server_words(reply, server, sizeof(server));
    decode_message(reply->body, message, sizeof(message));
    if (reply->status == 401 || reply->status == 403) {
        (void)err_set(&why, -EACCES,
                      "the ping is refused with status %ld%s: a socket proxy lets it through with "
                      "PING=1",
                      reply->status, server);
    } else if (strstr(message, "HTTP request to an HTTPS server")) {
        (void)err_set(&why, -EPROTO,
                      "the Engine speaks TLS there: switch docker.tls.enabled "
                      "(DOCKER_TLS_VERIFY) on");
    } else if (reply->status >= 500) {
        (void)err_set(&why, -EIO, "the ping is answered with status %ld%s%s%s", reply->status,
                      server, message[0] ? ": " : "", message);
    } else {
        (void)err_set(&why, -EPROTO,
                      "not a Docker Engine: an HTTP server of another kind answered with status "
                      "%ld%s",
                      reply->status, server);
    }
    go_down(engine, &why);
}

static int send_ping(struct engine *engine, enum engine_method method, fetch_done *done,
                     struct err *err);

/* An Engine names its API version; old ones and some proxies only say OK. */
static bool is_engine(const struct fetch_reply *reply) {
    struct api_version ignored;
    return reply->status == 200 &&
           (api_version_parse(fetch_header(reply, "Api-Version"), &ignored) ||
            str_eq(str_trim(reply->body), STR("OK")));
}

/* No HTTP answer at all. */
static void on_silence(struct engine *engine, const struct fetch_reply *reply) {
    struct err why = reply->err;
    remedy_connect(&engine->address, engine->was_root, &why);
    go_down(engine, &why);
}

/* The tally's code for a ping. */
static void count_ping(struct engine *engine, const struct fetch_reply *reply) {
    static const unsigned codes[] = {[FETCH_REFUSED] = CALL_REFUSED,
                                     [FETCH_TIMEOUT] = CALL_TIMEOUT,
                                     [FETCH_CUT] = CALL_CUT,
                                     [FETCH_TOO_LARGE] = CALL_TOO_LARGE,
                                     [FETCH_FAILED] = CALL_FAILED};
    bool ok = reply->outcome == FETCH_OK && reply->status >= 100;
    unsigned other = reply->outcome == FETCH_OK ? CALL_FAILED : codes[reply->outcome];
    tally_call(engine->tally, ENDPOINT_PING, ok ? (unsigned)reply->status : other);
}

/* GET /_ping ended. */
static void on_get(void *arg, const struct fetch_reply *reply) {
    struct engine *engine = arg;
    engine->ping = NULL;
    count_ping(engine, reply);
    if (reply->outcome != FETCH_OK) {
        on_silence(engine, reply);
    } else if (is_engine(reply)) {
        engine->ping_by_get = true;
        on_answer(engine, reply);
    } else {
        engine->ping_by_get = false;
        on_other(engine, reply);
    }
}

/* HEAD /_ping ended; what is no answer of an Engine's may be one to GET. */
static void on_head(void *arg, const struct fetch_reply *reply) {
    struct engine *engine = arg;
    struct err err = ERR_INIT;
    engine->ping = NULL;
    count_ping(engine, reply);
    if (reply->outcome != FETCH_OK) {
        on_silence(engine, reply);
    } else if (is_engine(reply)) {
        on_answer(engine, reply);
    } else if (send_ping(engine, ENGINE_GET, on_get, &err) != 0) {
        go_down(engine, &err);
    }
}

/* Sends one ping. */
static int send_ping(struct engine *engine, enum engine_method method, fetch_done *done,
                     struct err *err) {
    char url[ENGINE_PATH_MAX + 16];
    (void)snprintf(url, sizeof(url), "%s/_ping", engine->address.base_url);
    struct engine_request request = {
        .method = method,
        .url = url,
        .timeout_ms = engine->ping_timeout_ms,
        .max_bytes = PING_BODY_MAX,
    };
    return engine_send(engine, &request, done, engine, &engine->ping, err);
}

void contact_doubt(struct engine *engine) {
    int64_t now = clock_mono_ns();
    if (engine->status.up && !engine->ping && now - engine->doubted_ns > NS_PER_S) {
        engine->doubted_ns = now;
        timer_after_ms(engine->ping_timer, 0);
    }
}

void contact_ping(void *arg) {
    struct engine *engine = arg;
    struct err err = ERR_INIT;
    bool get = engine->ping_by_get;
    if (send_ping(engine, get ? ENGINE_GET : ENGINE_HEAD, get ? on_get : on_head, &err) != 0) {
        go_down(engine, &err);
    }
}
