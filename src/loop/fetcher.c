#include "loop/fetcher.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#define BODY_KEEP_MAX ((size_t)16 * 1024) /* larger bodies are freed after use */

/* Takes a fetch out of `ready`. */
static void unready(struct fetch *fetch) {
    struct fetch **at = &fetch->fetcher->ready;
    while (fetch->ready && *at != fetch) {
        at = &(*at)->next_ready;
    }
    if (fetch->ready) {
        *at = fetch->next_ready;
        fetch->ready = false;
    }
}

void fetcher_ready(struct fetch *fetch) {
    if (!fetch->ready) {
        fetch->ready = true;
        fetch->next_ready = fetch->fetcher->ready;
        fetch->fetcher->ready = fetch;
    }
}

/*
 * Tells the callers what came of their streams and which transfers ended. They may start and cancel
 * others meanwhile.
 */
static void reap(struct fetcher *fetcher) {
    while (fetcher->ready) {
        struct fetch *fetch = fetcher->ready;
        unready(fetch);
        fetch_tell(fetch);
    }
    int left = 0;
    CURLMsg *msg = curl_multi_info_read(fetcher->multi, &left);
    while (msg) {
        if (msg->msg == CURLMSG_DONE) {
            char *private = NULL;
            CURLcode result = msg->data.result;
            (void)curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &private);
            fetch_ended((struct fetch *)(void *)private, result);
        }
        msg = curl_multi_info_read(fetcher->multi, &left);
    }
}

/* A socket of libcurl's is ready. */
static void on_socket(evutil_socket_t fd, short what, void *arg) {
    struct fetcher *fetcher = arg;
    int ready =
        ((what & EV_READ) ? CURL_CSELECT_IN : 0) | ((what & EV_WRITE) ? CURL_CSELECT_OUT : 0);
    int running = 0;
    (void)curl_multi_socket_action(fetcher->multi, (curl_socket_t)fd, ready, &running);
    reap(fetcher);
}

/* libcurl's timeout passed. */
static void on_timer(void *arg) {
    struct fetcher *fetcher = arg;
    int running = 0;
    (void)curl_multi_socket_action(fetcher->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    reap(fetcher);
}

/* libcurl wants another timeout; below 0: none. */
static int want_timer(CURLM *multi, long timeout_ms, void *arg) {
    (void)multi;
    struct fetcher *fetcher = arg;
    if (timeout_ms < 0) {
        timer_cancel(fetcher->timer);
    } else {
        timer_after_ms(fetcher->timer, timeout_ms);
    }
    return 0;
}

/* libcurl wants to be told about a socket, differently, or no longer. */
static int want_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *of_socket) {
    (void)easy;
    struct fetcher *fetcher = arg;
    struct event *event = of_socket;
    if (event) {
        (void)event_del(event);
    }
    if (what == CURL_POLL_REMOVE) {
        free(event);
        (void)curl_multi_assign(fetcher->multi, fd, NULL);
        return 0;
    }
    if (!event) {
        event = calloc(1, sizeof(*event));
        if (!event || curl_multi_assign(fetcher->multi, fd, event) != CURLM_OK) {
            free(event);
            return -1;
        }
    }
    short events = (short)(EV_PERSIST | ((what & CURL_POLL_IN) ? EV_READ : 0) |
                           ((what & CURL_POLL_OUT) ? EV_WRITE : 0));
    if (event_assign(event, loop_base(fetcher->loop), fd, events, on_socket, fetcher) != 0 ||
        event_add(event, NULL) != 0) {
        return -1;
    }
    return 0;
}

/* libcurl's limit on kept connections counts those in use: a stream must not cost others theirs. */
static void count_streams(struct fetcher *fetcher, int more) {
    fetcher->n_streams += more;
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_MAXCONNECTS,
                            (long)(FETCHER_CONNECTIONS_MAX + fetcher->n_streams));
}

/* Joins libcurl's multi handle with the loop. */
static int multi_setup(struct fetcher *fetcher) {
    fetcher->multi = curl_multi_init();
    fetcher->timer = timer_new(fetcher->loop, on_timer, fetcher);
    if (!fetcher->multi || !fetcher->timer) {
        return -ENOMEM;
    }
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETFUNCTION, want_socket);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_SOCKETDATA, fetcher);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERFUNCTION, want_timer);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_TIMERDATA, fetcher);
    (void)curl_multi_setopt(fetcher->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
    count_streams(fetcher, 0);
    return 0;
}

int fetcher_new(struct loop *loop, struct fetcher **ret, struct err *err) {
    /* First, so that libcurl's own start does not load the host's openssl.cnf and its modules. */
    (void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return err_set(err, -ENOMEM, "HTTP client: libcurl does not start");
    }
    struct fetcher *fetcher = calloc(1, sizeof(*fetcher));
    if (!fetcher) {
        curl_global_cleanup();
        return err_set(err, -ENOMEM, "HTTP client: out of memory");
    }
    fetcher->loop = loop;
    fetcher->authorities = authorities_find();
    if (multi_setup(fetcher) != 0) {
        fetcher_free(fetcher);
        return err_set(err, -ENOMEM, "HTTP client: out of memory");
    }
    *ret = fetcher;
    return 0;
}

/* Frees a fetch that lies in no list. */
static void fetch_destroy(struct fetch *fetch) {
    timer_free(fetch->timer);
    curl_slist_free_all(fetch->headers);
    curl_easy_cleanup(fetch->easy);
    buf_done(&fetch->body);
    free(fetch);
}

void fetcher_free(struct fetcher *fetcher) {
    if (!fetcher) {
        return;
    }
    while (fetcher->running) {
        fetch_cancel(fetcher->running);
    }
    while (fetcher->idle) {
        struct fetch *fetch = fetcher->idle;
        fetcher->idle = fetch->next;
        fetch_destroy(fetch);
    }
    if (fetcher->multi) {
        (void)curl_multi_cleanup(fetcher->multi);
    }
    timer_free(fetcher->timer);
    buf_done(&fetcher->spare);
    free(fetcher);
    curl_global_cleanup();
}

/* A new fetch with its handle, in no list; NULL when memory is out. */
static struct fetch *fetch_make(struct fetcher *fetcher) {
    struct fetch *fetch = calloc(1, sizeof(*fetch));
    if (!fetch) {
        return NULL;
    }
    fetch->fetcher = fetcher;
    fetch->easy = curl_easy_init();
    if (!fetch->easy) {
        free(fetch);
        return NULL;
    }
    return fetch;
}

struct fetch *fetcher_take(struct fetcher *fetcher, fetch_piece *piece) {
    struct fetch *fetch = fetcher->idle;
    if (fetch) {
        fetcher->idle = fetch->next;
        fetcher->n_idle--;
    } else {
        fetch = fetch_make(fetcher);
    }
    if (!fetch) {
        return NULL;
    }
    fetch->prev = NULL;
    fetch->next = fetcher->running;
    if (fetch->next) {
        fetch->next->prev = fetch;
    }
    fetcher->running = fetch;
    fetch->piece = piece;
    if (piece) {
        count_streams(fetcher, 1);
    }
    return fetch;
}

/* Takes a fetch out of all lists but `idle`. */
static void unlist(struct fetch *fetch) {
    unready(fetch);
    if (fetch->prev) {
        fetch->prev->next = fetch->next;
    } else {
        fetch->fetcher->running = fetch->next;
    }
    if (fetch->next) {
        fetch->next->prev = fetch->prev;
    }
}

void fetcher_give(struct fetch *fetch) {
    struct fetcher *fetcher = fetch->fetcher;
    if (fetch->in_multi) {
        (void)curl_multi_remove_handle(fetcher->multi, fetch->easy);
    }
    unlist(fetch);
    if (fetch->piece) {
        count_streams(fetcher, -1);
    }
    if (fetcher->n_idle >= FETCHER_IDLE_MAX) {
        fetch_destroy(fetch);
        return;
    }
    curl_easy_reset(fetch->easy);
    curl_slist_free_all(fetch->headers);
    timer_free(fetch->timer);
    struct buf body = fetch->body;
    if (body.cap > BODY_KEEP_MAX) {
        buf_done(&body);
    }
    buf_reset(&body);
    *fetch = (struct fetch){.fetcher = fetcher, .easy = fetch->easy, .body = body};
    fetch->next = fetcher->idle;
    fetcher->idle = fetch;
    fetcher->n_idle++;
}
