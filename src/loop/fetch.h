/*
 * HTTP requests as values, on the loop: libcurl's multi interface joined with libevent. Knows
 * nothing of Docker. The reply reaches the caller's function on the loop's thread, exactly once,
 * unless the fetch is cancelled first.
 *
 *   fetch_start(&request) ──► queued or on a connection ──► done(reply)    (or fetch_cancel)
 *
 * A request with a `piece` function streams: the body of a 2xx answer goes there as it comes and is
 * not kept. Any other answer is collected whole, so that its error text is there.
 *
 *   fetch_start ──► piece (the head is there) ──► piece … ──► done, or fetch_cancel
 *              └──► no 2xx, or none at all ─────────────────► done
 *
 * A target is a place to connect to (socket path, or host with TLS) that many requests share; its
 * connections are kept alive, and one that died meanwhile is replaced without the caller noticing.
 * A unix socket whose backlog is full is tried again within the timeout. Limits: the reply's
 * headers FETCH_HEAD_MAX, its body by request, the whole by timeout; a stream, once its head is
 * there, ends only by the peer or by fetch_cancel(). A TCP peer that vanished without a word is
 * found out by keepalive. Redirects are not followed; no proxy, no netrc, no cookies; HTTP/1.1
 * only.
 */
#ifndef DOCKMETER_LOOP_FETCH_H
#define DOCKMETER_LOOP_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "loop/loop.h"

#define FETCH_HEAD_MAX ((size_t)64 * 1024)

struct fetcher;
struct fetch;

MUST_USE int fetcher_new(struct loop *loop, struct fetcher **ret, struct err *err);
/* Cancels what is running; not from within a done or piece. NULL is fine. */
void fetcher_free(struct fetcher *fetcher);

struct fetch_reply;

/*
 * The head of a 2xx answer is there, and what came of the body since the last call: the first piece
 * may be empty, the others are not. reply has the outcome FETCH_OK, the status, the content type
 * and headers; the piece is its body, valid until the function returns even if that cancels.
 * Called on the loop outside of libcurl, so it may cancel this fetch and do anything else that a
 * done may.
 */
typedef void fetch_piece(void *arg, const struct fetch_reply *reply);

enum fetch_method { FETCH_GET, FETCH_HEAD };

/* Where to connect. Strings are NUL-terminated, borrowed while a fetch runs, NULL where unused. */
struct fetch_target {
    const char *unix_path; /* connect here whatever the URL says */
    bool tls_verify;       /* for https: check the peer's certificate and name */
    const char *ca_file;   /* NULL: the system's (loop/authorities.h) */
    const char *cert_file; /* with key_file, or both NULL */
    const char *key_file;
    const struct credentials *held; /* of files that may not be read any more; NULL: none */
};

struct fetch_request {
    enum fetch_method method;
    const struct fetch_target *target;
    const char *url;            /* http:// or https://, copied */
    const char *const *headers; /* "Name: value" lines, NULL-terminated list, or NULL; copied */
    const char *user_password;  /* basic authentication "user:password", or NULL; copied */
    int64_t timeout_ms;         /* for the whole, of a stream until its head is there; > 0 */
    size_t max_bytes;           /* of the body that is collected, > 0 */
    fetch_piece *piece;         /* streams a GET's 2xx body; NULL: it is collected */
};

enum fetch_outcome {
    FETCH_OK,      /* a complete answer with some HTTP status */
    FETCH_REFUSED, /* could not connect; err.code tells (-ENOENT, -EACCES, -ECONNREFUSED,
                      -EHOSTUNREACH: the name does not resolve …) */
    FETCH_TIMEOUT,
    FETCH_CUT, /* the connection ended inside the answer */
    FETCH_TOO_LARGE,
    FETCH_FAILED, /* TLS (-EKEYREJECTED), protocol (-EPROTO), memory (-ENOMEM) */
};

struct fetch_reply {
    enum fetch_outcome outcome;
    long status;     /* with FETCH_OK */
    struct str body; /* with FETCH_OK; until the callback returns; empty after a stream */
    struct str content_type;
    struct err err;      /* with any other outcome: what and why, without the URL */
    struct fetch *fetch; /* for fetch_header() */
};

typedef void fetch_done(void *arg, const struct fetch_reply *reply);

/* Starts; -ENOMEM or -EINVAL and nothing is called. done and piece are never called from within and
   get the same arg. */
MUST_USE int fetch_start(struct fetcher *fetcher, const struct fetch_request *request,
                         fetch_done *done, void *arg, struct fetch **ret, struct err *err);

/* Ends a fetch whose done has not been called; it will not be. NULL is fine. */
void fetch_cancel(struct fetch *fetch);

/* A header of the reply, by name without case, within done or piece; empty with a NULL pointer if
 * absent. */
struct str fetch_header(const struct fetch_reply *reply, const char *name);

#endif
