#include "loop/fetch.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "loop/fetch_error.h"
#include "loop/fetcher.h"

#define RECEIVE_BYTES 4096L       /* for each running request: most answers are smaller */
#define RECEIVE_MANY_BYTES 65536L /* where the answer may be large */
#define LARGE_BODY ((size_t)16 * 1024 * 1024)
#define SPARE_MAX ((size_t)64 * 1024) /* memory kept from piece to piece */
#define KEEPALIVE_IDLE_S 60L
#define KEEPALIVE_INTERVAL_S 10L /* nine of them unanswered end the connection */
#define RETRY_FIRST_MS 2
#define RETRY_LAST_MS 50

/* A stream has something to tell; what it tells goes into the memory of the last piece. */
static void note_piece(struct fetch *fetch) {
    struct fetcher *fetcher = fetch->fetcher;
    if (!fetch->body.data) {
        fetch->body = fetcher->spare;
        fetcher->spare = (struct buf)BUF_INIT;
    }
    fetcher_ready(fetch);
}

/*
 * libcurl has a piece of the body. Of a stream it is told when libcurl has returned, thus what
 * waits is bounded by what libcurl reads at once (one buffer, with TLS at most a hundred).
 */
static size_t on_body(char *data, size_t size, size_t n, void *arg) {
    struct fetch *fetch = arg;
    size_t len = size * n;
    if (fetch->streaming) {
        note_piece(fetch);
    } else if (len > fetch->max_bytes - fetch->body.len) {
        fetch->body_too_large = true;
        return 0;
    }
    buf_bytes(&fetch->body, data, len);
    if (buf_failed(&fetch->body)) {
        fetch->no_memory = true;
        return 0;
    }
    return len;
}

/* The head of a 2xx answer is there: from now on there is no deadline. */
static void start_stream(struct fetch *fetch) {
    fetch->streaming = true;
    timer_free(fetch->timer);
    fetch->timer = NULL;
    fetcher_ready(fetch);
}

/* libcurl has a line of the head; the empty one ends it (but 1xx heads are followed by another). */
static size_t on_head(char *data, size_t size, size_t n, void *arg) {
    struct fetch *fetch = arg;
    size_t len = size * n;
    fetch->head_bytes += len;
    if (fetch->head_bytes > FETCH_HEAD_MAX) {
        fetch->head_too_large = true;
        return 0;
    }
    long status = 0;
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && len <= 2 && (data[0] == '\r' || data[0] == '\n')) {
        fetch->head_complete = true;
        if (fetch->piece && status < 300 && !fetch->streaming) { /* no trailer's end */
            start_stream(fetch);
        }
    }
    return len;
}

/* The options that every request has. */
static void set_common(CURL *easy, struct fetch *fetch) {
    (void)curl_easy_setopt(easy, CURLOPT_PRIVATE, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, fetch->error);
    (void)curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Do not wait for the resolver's thread. */
    (void)curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(easy, CURLOPT_PROXY, "");
    (void)curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    (void)curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    /* For streams, but those may come onto a connection that any other request made. */
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    (void)curl_easy_setopt(easy, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    (void)curl_easy_setopt(easy, CURLOPT_WRITEDATA, fetch);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_head);
    (void)curl_easy_setopt(easy, CURLOPT_HEADERDATA, fetch);
}

/* Whose certificates are trusted: the target's authorities and no others, else the system's. Where
   the system has a folder alone, the bundle that libcurl was built with would be missed. */
static CURLcode set_authorities(CURL *easy, const struct fetch_target *target,
                                const struct authorities *system) {
    if (target->ca_file) {
        return curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_CAPATH, system->folder);
    if (rc == CURLE_OK && (system->file || system->folder)) {
        rc = curl_easy_setopt(easy, CURLOPT_CAINFO, system->file);
    }
    return rc;
}

/* Where to connect and whom to trust. */
static int set_target(CURL *easy, const struct fetch_target *target,
                      const struct authorities *system) {
    CURLcode rc = CURLE_OK;
    if (target->unix_path) {
        rc = curl_easy_setopt(easy, CURLOPT_UNIX_SOCKET_PATH, target->unix_path);
    }
    (void)curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, target->tls_verify ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, target->tls_verify ? 2L : 0L);
    if (rc == CURLE_OK) {
        rc = set_authorities(easy, target, system);
    }
    if (rc == CURLE_OK) {
        rc = credentials_set(easy, target);
    }
    return rc == CURLE_OK ? 0 : -ENOMEM;
}

/* What is asked for. libcurl copies all strings but the header list, which the fetch keeps. */
static int set_request(CURL *easy, struct fetch *fetch, const struct fetch_request *request) {
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_URL, request->url);
    (void)curl_easy_setopt(easy, CURLOPT_NOBODY, request->method == FETCH_HEAD ? 1L : 0L);
    (void)curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, fetch->piece ? 0L : (long)fetch->timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)fetch->timeout_ms);
    (void)curl_easy_setopt(easy, CURLOPT_BUFFERSIZE,
                           request->max_bytes > LARGE_BODY ? RECEIVE_MANY_BYTES : RECEIVE_BYTES);
    if (request->method == FETCH_GET && !fetch->piece) {
        (void)curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->max_bytes);
    }
    if (rc == CURLE_OK && request->user_password) {
        (void)curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        rc = curl_easy_setopt(easy, CURLOPT_USERPWD, request->user_password);
    }
    for (const char *const *line = request->headers; line && *line; line++) {
        struct curl_slist *longer = curl_slist_append(fetch->headers, *line);
        if (!longer) {
            return -ENOMEM;
        }
        fetch->headers = longer;
    }
    (void)curl_easy_setopt(easy, CURLOPT_HTTPHEADER, fetch->headers);
    return rc == CURLE_OK ? 0 : -ENOMEM;
}

/* Hands the fetch to libcurl, which works on it from the loop. */
static int launch(struct fetch *fetch) {
    if (curl_multi_add_handle(fetch->fetcher->multi, fetch->easy) != CURLM_OK) {
        return -ENOMEM;
    }
    fetch->in_multi = true;
    return 0;
}

void fetch_cancel(struct fetch *fetch) {
    if (fetch) {
        assert(!fetch->delivering);
        fetcher_give(fetch);
    }
}

/* What the system said at the last failed connect, 0 when nothing. */
static int os_errno(const struct fetch *fetch) {
    long code = 0;
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_OS_ERRNO, &code);
    return (int)code;
}

/* Fills in what the answer says. */
static void describe(struct fetch_reply *reply, struct str body) {
    CURL *easy = reply->fetch->easy;
    char *type = NULL;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply->status);
    (void)curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    reply->content_type = str_of(type);
    reply->body = body;
}

void fetch_tell(struct fetch *fetch) {
    /* Nothing of the fetch is touched after the call, which may have cancelled it. */
    struct fetcher *fetcher = fetch->fetcher;
    struct buf piece = fetch->body;
    fetch->body = (struct buf)BUF_INIT;
    struct fetch_reply reply = {.outcome = FETCH_OK, .err = ERR_INIT, .fetch = fetch};
    describe(&reply, buf_view(&piece));
    fetch->piece(fetch->arg, &reply);
    buf_reset(&piece);
    if (fetcher->spare.data || piece.cap > SPARE_MAX) {
        buf_done(&piece);
    } else {
        fetcher->spare = piece;
    }
}

/* Tells the caller and gives the fetch back. */
static void deliver(struct fetch *fetch, CURLcode result) {
    struct fetch_reply reply = {.err = ERR_INIT, .fetch = fetch};
    curl_off_t connected_us = 0;
    (void)curl_easy_getinfo(fetch->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
    struct fetch_end end = {
        .result = (int)result,
        .connect_errno = os_errno(fetch),
        .connected = connected_us > 0 || fetch->head_bytes > 0,
        .head_complete = fetch->head_complete,
        .head_too_large = fetch->head_too_large,
        .body_too_large = fetch->body_too_large,
        .no_memory = fetch->no_memory,
        .timeout_ms = fetch->timeout_ms,
        .max_bytes = fetch->max_bytes,
        .detail = fetch->error,
    };
    reply.outcome = fetch_error_judge(&end, &reply.err);
    if (reply.outcome == FETCH_OK) {
        describe(&reply, buf_view(&fetch->body));
    }
    fetch->delivering = true;
    fetch->done(fetch->arg, &reply);
    fetcher_give(fetch);
}

/* Connects again after the pause behind a full backlog, with the time that is left. */
static void try_again(struct fetch *fetch) {
    int64_t left_ms = (fetch->deadline_ns - clock_mono_ns()) / NS_PER_MS;
    if (left_ms < 1) {
        deliver(fetch, CURLE_OPERATION_TIMEDOUT);
        return;
    }
    fetch->error[0] = '\0';
    if (fetch->piece) {
        timer_after_ms(fetch->timer, left_ms);
    } else {
        (void)curl_easy_setopt(fetch->easy, CURLOPT_TIMEOUT_MS, (long)left_ms);
    }
    if (launch(fetch) != 0) {
        deliver(fetch, CURLE_OUT_OF_MEMORY);
    }
}

/* A pause is over, or the time for a stream's head. */
static void on_timer(void *arg) {
    struct fetch *fetch = arg;
    if (fetch->in_multi) {
        deliver(fetch, CURLE_OPERATION_TIMEDOUT);
    } else {
        try_again(fetch);
    }
}

/* Sets the fetch's timer; false when memory is out. */
static bool set_timer(struct fetch *fetch, int64_t ms) {
    if (!fetch->timer) {
        fetch->timer = timer_new(fetch->fetcher->loop, on_timer, fetch);
    }
    if (fetch->timer) {
        timer_after_ms(fetch->timer, ms);
    }
    return fetch->timer != NULL;
}

/* Waits a little before the next connect; false when that cannot be. */
static bool schedule_retry(struct fetch *fetch) {
    if (!set_timer(fetch, fetch->retry_ms)) {
        return false;
    }
    fetch->retry_ms = fetch->retry_ms * 2 > RETRY_LAST_MS ? RETRY_LAST_MS : fetch->retry_ms * 2;
    return true;
}

/*
 * Whether a unix socket's backlog is full. libcurl takes the EAGAIN of its connect for one that is
 * under way, finds the socket broken and then fails without any reason of the system's.
 */
static bool backlog_full(const struct fetch *fetch, CURLcode result) {
    return result == CURLE_COULDNT_CONNECT && fetch->is_unix &&
           (os_errno(fetch) == 0 || os_errno(fetch) == EAGAIN);
}

void fetch_ended(struct fetch *fetch, CURLcode result) {
    (void)curl_multi_remove_handle(fetch->fetcher->multi, fetch->easy);
    fetch->in_multi = false;
    if (!backlog_full(fetch, result) || !schedule_retry(fetch)) {
        deliver(fetch, result);
    }
}

/* Whether the request can be sent at all. */
static int check(const struct fetch_request *request, struct err *err) {
    if (request->timeout_ms <= 0 || request->max_bytes == 0 || !request->url) {
        return err_set(err, -EINVAL, "request without URL, timeout or limit");
    }
    if (request->piece && request->method != FETCH_GET) {
        return err_set(err, -EINVAL, "only a GET can stream");
    }
    const char *unix_path = request->target->unix_path;
    if (unix_path && strlen(unix_path) >= sizeof(((struct sockaddr_un *)0)->sun_path)) {
        return err_set(err, -EINVAL, "the socket's path is longer than a unix socket can have");
    }
    return 0;
}

int fetch_start(struct fetcher *fetcher, const struct fetch_request *request, fetch_done *done,
                void *arg, struct fetch **ret, struct err *err) {
    if (check(request, err) != 0) {
        return err->code;
    }
    struct fetch *fetch = fetcher_take(fetcher, request->piece);
    if (!fetch) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    fetch->done = done;
    fetch->arg = arg;
    fetch->is_unix = request->target->unix_path != NULL;
    fetch->max_bytes = request->max_bytes;
    fetch->timeout_ms = request->timeout_ms;
    fetch->deadline_ns = clock_mono_ns() + request->timeout_ms * NS_PER_MS;
    fetch->retry_ms = RETRY_FIRST_MS;
    set_common(fetch->easy, fetch);
    if (set_target(fetch->easy, request->target, &fetch->fetcher->authorities) != 0 ||
        set_request(fetch->easy, fetch, request) != 0 ||
        (fetch->piece && !set_timer(fetch, fetch->timeout_ms)) || launch(fetch) != 0) {
        fetcher_give(fetch);
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret = fetch;
    return 0;
}

struct str fetch_header(const struct fetch_reply *reply, const char *name) {
    struct curl_header *header = NULL;
    struct str value = {.ptr = NULL, .len = 0};
    if (reply->fetch &&
        curl_easy_header(reply->fetch->easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK) {
        value = str_of(header->value);
    }
    return value;
}
