#include "engine/call.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "engine/contact.h"
#include "engine/remedy.h"
#include "engine/request.h"

#define MESSAGE_MAX 256
#define URL_MAX (ENGINE_PATH_MAX + CALL_PATH_MAX + CALL_QUERY_MAX + 16)

struct call *call_new(struct engine *engine, const struct call_kind *kind) {
    struct call *call = calloc(1, sizeof(*call));
    if (!call) {
        return NULL;
    }
    call->engine = engine;
    call->kind = kind;
    call->timeout_ms = engine->timeout_ms;
    call->next = engine->calls;
    if (call->next) {
        call->next->prev = call;
    }
    engine->calls = call;
    return call;
}

/* Takes the call out of the engine's list; it may be done twice. */
static void unlink_call(struct call *call) {
    if (call->prev) {
        call->prev->next = call->next;
    } else if (call->engine->calls == call) {
        call->engine->calls = call->next;
    }
    if (call->next) {
        call->next->prev = call->prev;
    }
    call->next = NULL;
    call->prev = NULL;
}

/* Frees what the call owns. */
static void destroy(struct call *call) {
    if (call->kind->release) {
        call->kind->release(call);
    }
    arena_done(&call->arena);
    free(call);
}

void call_free(struct call *call) {
    if (call) {
        fetch_cancel(call->fetch);
        unlink_call(call);
        destroy(call);
    }
}

/* Whether the answer refuses the version that was sent; the bound that it names. */
static bool refuses_version(const struct call *call, const struct fetch_reply *reply,
                            struct api_version *ret_bound) {
    return reply->status == 400 && call->sent.major && api_version_bound(reply->body, ret_bound);
}

/* An answer with an error status, as an error. */
static int status_error(const struct call *call, const struct fetch_reply *reply, struct err *err) {
    char message[MESSAGE_MAX];
    char version[API_VERSION_TEXT_MAX];
    struct api_version bound;
    decode_message(reply->body, message, sizeof(message));
    const char *colon = message[0] ? ": " : "";
    if (refuses_version(call, reply, &bound)) {
        return err_set(err, -EPROTONOSUPPORT, "%s%s%s%s",
                       call->engine->api_fixed ? "docker.api_version " : "",
                       call->engine->api_fixed ? api_version_text(call->sent, version) : "",
                       call->engine->api_fixed ? ": " : "", message);
    }
    switch (reply->status) {
    case 404:
        return err_set(err, -ENOENT, "not found%s%s", colon, message);
    case 401:
    case 403:
        return err_set(err, -EACCES, "refused with status %ld%s%s (" REMEDY_PROXY_WORDS "%s)",
                       reply->status, colon, message, remedy_proxy_flag(call->path));
    default:
        return err_set(err, -EIO, "answered with status %ld%s%s", reply->status, colon, message);
    }
}

/* The tally's word for a call without an HTTP answer. */
static unsigned outcome_code(enum fetch_outcome outcome) {
    switch (outcome) {
    case FETCH_REFUSED:
        return CALL_REFUSED;
    case FETCH_TIMEOUT:
        return CALL_TIMEOUT;
    case FETCH_CUT:
        return CALL_CUT;
    case FETCH_TOO_LARGE:
        return CALL_TOO_LARGE;
    case FETCH_OK:
    case FETCH_FAILED:
        break;
    }
    return CALL_FAILED;
}

/* Decodes a good answer; the tally's code for it. */
static unsigned decode(struct call *call, const struct fetch_reply *reply, struct err *err) {
    int rc = call->kind->decode(call, reply->body, err);
    if (rc == -EFBIG) {
        return CALL_TOO_LARGE;
    }
    if (rc == -ENOMEM) {
        return CALL_FAILED;
    }
    return rc != 0 || call->partly ? CALL_MALFORMED : (unsigned)reply->status;
}

/* No HTTP answer. Whatever kept the connection from being made: -ENOENT and -EACCES are what an
   Engine answers, and a socket that is not there says nothing of a container. */
static unsigned judge_silence(struct call *call, const struct fetch_reply *reply, struct err *err) {
    call->unreachable = reply->outcome != FETCH_TOO_LARGE;
    err_copy(err, &reply->err);
    if (reply->outcome == FETCH_REFUSED) {
        err->code = -ECONNREFUSED;
    }
    return outcome_code(reply->outcome);
}

/* What the reply means: err, the result, and the code for the tally. */
static unsigned judge(struct call *call, const struct fetch_reply *reply, struct err *err) {
    if (reply->outcome != FETCH_OK) {
        return judge_silence(call, reply, err);
    }
    if (reply->status == 200) {
        return decode(call, reply, err);
    }
    /* Podman's word for statistics of a container that does not run. */
    if (reply->status != 409 || call->kind->endpoint != ENDPOINT_STATS) {
        (void)status_error(call, reply, err);
    }
    return reply->status >= 100 ? (unsigned)reply->status : CALL_FAILED;
}

/* What is told in the end: the first failure, or every refusal of a proxy, since each names its
 * flag. */
static void keep_failure(struct call *call, const struct err *err) {
    struct err *first = &call->first;
    if (first->code == -EACCES && err->code == -EACCES) {
        struct err before;
        err_copy(&before, first);
        (void)err_set(first, -EACCES, "%s; %s", before.text, err->text);
    } else if (err->code && !first->code) {
        err_copy(first, err);
    }
}

static void on_reply(void *arg, const struct fetch_reply *reply);

/* A piece of a stream; any other 2xx than 200 becomes an error at its end. */
static void on_piece(void *arg, const struct fetch_reply *reply) {
    struct call *call = arg;
    if (reply->status == 200) {
        call->kind->piece(call, reply->body);
    }
}

/* Sends the call with the Engine's present version. */
static int send_call(struct call *call, struct err *err) {
    const struct engine *engine = call->engine;
    char url[URL_MAX];
    char version[API_VERSION_TEXT_MAX];
    call->sent = engine->api;
    (void)api_version_text(call->sent, version);
    const char *query = call->kind->query ? call->kind->query : "";
    int n = snprintf(url, sizeof(url), "%s%s%s%s%s", engine->address.base_url,
                     version[0] ? "/v" : "", version, call->path, query);
    if (n < 0 || (size_t)n >= sizeof(url)) {
        return err_set(err, -EINVAL, "the URL is too long");
    }
    struct engine_request request = {
        .method = ENGINE_GET,
        .url = url,
        .timeout_ms = call->timeout_ms,
        .max_bytes = call->kind->max_bytes,
        .piece = call->kind->piece ? on_piece : NULL,
    };
    return engine_send(call->engine, &request, on_reply, call, &call->fetch, err);
}

/*
 * Tries once more with the bound that a "too old" or "too new" names, or with what another call has
 * found out meanwhile. True when the call is under way again.
 */
static bool renegotiate(struct call *call, const struct fetch_reply *reply, struct err *err) {
    struct engine *engine = call->engine;
    struct api_version bound;
    if (call->retried || engine->api_fixed || reply->outcome != FETCH_OK ||
        !refuses_version(call, reply, &bound)) {
        return false;
    }
    if (api_version_cmp(engine->api, call->sent) == 0) {
        engine_set_api(engine, bound);
    }
    call->retried = true;
    return send_call(call, err) == 0;
}

/* Goes on with the next step, if there is one that can be sent. */
static bool next_step(struct call *call) {
    struct err err = ERR_INIT;
    if (!call->kind->next) {
        return false;
    }
    call->kind = call->kind->next;
    call->retried = false;
    (void)snprintf(call->path, sizeof(call->path), "%s", call->kind->path);
    return send_call(call, &err) == 0;
}

/* The answer, or that there is none. */
static void on_reply(void *arg, const struct fetch_reply *reply) {
    struct call *call = arg;
    struct err err = ERR_INIT;
    call->fetch = NULL;
    if (renegotiate(call, reply, &err)) {
        tally_call(call->engine->tally, call->kind->endpoint, (unsigned)reply->status);
        return;
    }
    unsigned code = judge(call, reply, &err);
    tally_call(call->engine->tally, call->kind->endpoint, code);
    if (err.code && call->kind->path) {
        (void)err_wrap(&err, "%s", call->kind->path);
    }
    keep_failure(call, &err);
    if (call->unreachable) {
        contact_doubt(call->engine);
    } else if (next_step(call)) {
        return;
    }
    unlink_call(call);
    call->kind->deliver(call, &call->first);
    destroy(call);
}

int call_start(struct call *call) {
    struct err err = ERR_INIT;
    if (send_call(call, &err) != 0) {
        call_free(call);
        return -ENOMEM;
    }
    return 0;
}
