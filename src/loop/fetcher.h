/*
 * Inside of src/loop: libcurl's multi handle driven by libevent, and the pool of fetches.
 *
 *   curl --socket callback--> event on the socket -+
 *        --timer callback---> timer ---------------+-> curl_multi_socket_action -> reap ended ones
 *
 * A fetch lies in one of two lists: `running` (its handle is in the multi, or waits for a retry of
 * its connect) or `idle` (kept with its handle for the next request, at most FETCHER_IDLE_MAX).
 */
#ifndef DOCKMETER_LOOP_FETCHER_H
#define DOCKMETER_LOOP_FETCHER_H

#include <curl/curl.h>

#include "base/buf.h"
#include "loop/fetch.h"

#define FETCHER_IDLE_MAX 32         /* handles kept for reuse: about 6 kB each */
#define FETCHER_CONNECTIONS_MAX 128 /* idle connections kept alive */

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
    struct timer *retry; /* made at the first connect that met a full backlog */
    int64_t retry_ms;    /* the next pause */
    bool is_unix;
    bool in_multi;
    bool delivering; /* within done */
    bool head_complete;
    bool head_too_large;
    bool body_too_large;
    bool no_memory;
    char error[CURL_ERROR_SIZE];
    fetch_done *done;
    void *arg;
};

struct fetcher {
    struct loop *loop;
    CURLM *multi;
    struct timer *timer;
    struct fetch *running;
    struct fetch *idle;
    size_t n_idle;
};

/* An unused fetch with a handle, put into `running`; NULL when memory is out. */
struct fetch *fetcher_take(struct fetcher *fetcher);

/* Gives a fetch back: out of the multi and of `running`, its request forgotten. */
void fetcher_give(struct fetch *fetch);

/* A transfer of the multi ended (in fetch.c): tries again or tells the caller. */
void fetch_ended(struct fetch *fetch, CURLcode result);

#endif
