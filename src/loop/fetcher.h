/*
 * Inside of src/loop: libcurl's multi handle driven by libevent, and the pool of fetches.
 *
 *   curl --socket callback--> event on the socket -+
 *        --timer callback---> timer ---------------+-> curl_multi_socket_action -> reap ended ones
 *
 * libcurl forbids to start and to end transfers from within its callbacks. So what comes of a
 * stream is only noted there, in `body`, with the fetch put into `ready`; its function gets it when
 * libcurl has returned, before the ends of transfers are told. A stream has no buffer in between.
 *
 * A fetch lies in one of two lists: `running` (its handle is in the multi, or waits for a retry of
 * its connect) or `idle` (kept with its handle for the next request, at most FETCHER_IDLE_MAX).
 */
#ifndef DOCKMETER_LOOP_FETCHER_H
#define DOCKMETER_LOOP_FETCHER_H

#include <curl/curl.h>

#include "base/buf.h"
#include "loop/authorities.h"
#include "loop/credentials.h"
#include "loop/fetch.h"

#define FETCHER_IDLE_MAX 32         /* handles kept for reuse: about 6 kB each */
#define FETCHER_CONNECTIONS_MAX 128 /* idle connections kept alive, besides those of streams */

struct fetch {
    struct fetch *next;
    struct fetch *prev;
    struct fetcher *fetcher;
    CURL *easy;
    struct curl_slist *headers;
    struct buf body;
    size_t head_bytes;
    size_t max_bytes;
    int64_t timeout_ms;
    int64_t deadline_ns; /* on the monotonic clock */
    struct timer *timer; /* of a pause behind a full backlog, or of a stream without its head */
    int64_t retry_ms;    /* the next pause */
    struct fetch *next_ready;
    bool is_unix;
    bool in_multi;
    bool streaming; /* the head of a 2xx answer is there, the pieces go to `piece` */
    bool ready;
    bool delivering; /* within done */
    bool head_complete;
    bool head_too_large;
    bool body_too_large;
    bool no_memory;
    char error[CURL_ERROR_SIZE];
    fetch_done *done;
    fetch_piece *piece;
    void *arg;
};

struct fetcher {
    struct loop *loop;
    CURLM *multi;
    struct timer *timer;
    struct authorities authorities; /* for targets without a CA file */
    struct fetch *running;
    struct fetch *idle;
    size_t n_idle;
    struct fetch *ready; /* streams with something to tell */
    struct buf spare;    /* the memory of the last piece, for the next one */
    int n_streams;       /* requests under way that may stream */
};

/* An unused fetch with a handle, put into `running`; with `piece` it may stream. NULL when memory
   is out. */
struct fetch *fetcher_take(struct fetcher *fetcher, fetch_piece *piece);

/* Gives a fetch back: out of the multi and of `running`, its request forgotten. */
void fetcher_give(struct fetch *fetch);

/* Notes that a stream has something to tell; it may be done twice. */
void fetcher_ready(struct fetch *fetch);

/* Sets the target's authorities, certificate and key, those that it has (in credentials.c);
   target->held is borrowed until the handle's options are reset. */
CURLcode credentials_set(CURL *easy, const struct fetch_target *target);

/* Tells what came of a stream (in fetch.c). */
void fetch_tell(struct fetch *fetch);

/* A transfer of the multi ended (in fetch.c): tries again or tells the caller. */
void fetch_ended(struct fetch *fetch, CURLcode result);

#endif
