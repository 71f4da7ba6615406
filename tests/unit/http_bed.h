/*
 * A server and its clients on one thread: the test turns the server's loop between its own reads,
 * so each step is seen. One test file includes it.
 */
#ifndef DOCKMETER_TESTS_HTTP_BED_H
#define DOCKMETER_TESTS_HTTP_BED_H

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "http/server.h"
#include "loop/loop.h"

#define BED_PATIENCE_MS 5000
#define BED_PAGE_BYTES 200000
#define BED_BIG_BYTES (24U << 20)
#define BED_WAITING_MAX 8

struct bed {
    struct loop *loop;
    struct http_server *server;
    struct http_exchange *waiting[BED_WAITING_MAX];
    size_t n_waiting;
    unsigned abandoned;
    unsigned drained;
};

struct peer {
    int fd;
    SSL *ssl;
    struct buf got;
    bool ended; /* end of file or reset */
    bool reset;
};

static inline struct http_settings bed_settings(void) {
    return (struct http_settings){
        .route_prefix = "",
        .max_connections = 4000,
        .max_connections_per_address = 4000,
        .head_timeout_ms = 2000,
        .idle_timeout_ms = 3000,
    };
}

/* Says which query came. */
static inline void bed_hello(void *arg, struct http_exchange *x) {
    (void)arg;
    struct str q = http_query(x);
    http_reply_text(x, 200, "hello %.*s", STR_ARG(q));
}

static inline void bed_fill(struct buf *body, size_t n) {
    for (size_t i = 0; body->len < n; i++) {
        buf_fmt(body, "line_%zu %zu\n", i, i * 7919);
    }
}

static inline void bed_page(void *arg, struct http_exchange *x) {
    (void)arg;
    struct buf body = BUF_INIT;
    bed_fill(&body, BED_PAGE_BYTES);
    http_reply(x, 200, "text/plain; version=0.0.4; charset=utf-8", NULL, &body, true);
}

static inline void bed_big(void *arg, struct http_exchange *x) {
    (void)arg;
    struct buf body = BUF_INIT;
    bed_fill(&body, BED_BIG_BYTES);
    http_reply(x, 200, "text/plain", "X-Extra: 1\r\n", &body, false);
}

static inline void bed_on_abandon(void *arg) {
    struct bed *bed = arg;
    bed->abandoned++;
}

/* Answers later: bed_answer(). */
static inline void bed_wait(void *arg, struct http_exchange *x) {
    struct bed *bed = arg;
    bed->waiting[bed->n_waiting] = x;
    bed->n_waiting++;
    http_on_abandon(x, bed_on_abandon, bed);
}

static inline void bed_answer(struct bed *bed) {
    bed->n_waiting--;
    http_reply_text(bed->waiting[bed->n_waiting], 200, "late");
}

static inline void bed_open(struct bed *bed, const struct http_settings *settings,
                            const char *address) {
    struct err err = ERR_INIT;
    *bed = (struct bed){.n_waiting = 0};
    if (loop_new(&bed->loop, &err) < 0 ||
        http_server_new(bed->loop, settings, &bed->server, &err) < 0 ||
        http_server_listen(bed->server, address, &err) < 0 ||
        http_server_route(bed->server, "/", bed_hello, bed, &err) < 0 ||
        http_server_route(bed->server, "/page", bed_page, bed, &err) < 0 ||
        http_server_route(bed->server, "/big", bed_big, bed, &err) < 0 ||
        http_server_route(bed->server, "/wait", bed_wait, bed, &err) < 0 ||
        http_server_route_always(bed->server, "/health", bed_hello, bed, &err) < 0) {
        fail_msg("%s", err.text);
    }
}

static inline void bed_close(struct bed *bed) {
    http_server_free(bed->server);
    loop_free(bed->loop);
}

static inline void bed_turn(struct bed *bed) {
    (void)event_base_loop(loop_base(bed->loop), EVLOOP_NONBLOCK);
}

static inline int64_t bed_now_ms(void) {
    return clock_mono_ns() / NS_PER_MS;
}

static inline void bed_turn_ms(struct bed *bed, int64_t ms) {
    int64_t end = bed_now_ms() + ms;
    while (bed_now_ms() < end) {
        bed_turn(bed);
        (void)usleep(500);
    }
}

/* Connects to the i-th address of the server ("scheme://a.b.c.d:port" or "[::]:port"). */
static inline struct peer peer_open(const struct bed *bed, size_t i) {
    const char *url = http_server_url(bed->server, i);
    const char *port = strrchr(url, ':') + 1;
    struct sockaddr_in in = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};
    in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct peer p = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .got = BUF_INIT};
    assert_int_equal(connect(p.fd, (struct sockaddr *)&in, sizeof(in)), 0);
    (void)fcntl(p.fd, F_SETFL, O_NONBLOCK);
    return p;
}

static inline struct peer peer_open_unix(const char *path) {
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    memcpy(un.sun_path, path, strlen(path));
    struct peer p = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), .got = BUF_INIT};
    assert_int_equal(connect(p.fd, (struct sockaddr *)&un, sizeof(un)), 0);
    (void)fcntl(p.fd, F_SETFL, O_NONBLOCK);
    return p;
}

static inline void peer_close(struct peer *p) {
    SSL_free(p->ssl);
    (void)close(p->fd);
    buf_done(&p->got);
}

/* Sends all; gives up when the server has gone. */
static inline void peer_send(struct bed *bed, struct peer *p, struct str bytes) {
    while (bytes.len) {
        ssize_t n = p->ssl ? SSL_write(p->ssl, bytes.ptr, (int)bytes.len)
                           : send(p->fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);
        if (n > 0) {
            bytes = str_sub(bytes, (size_t)n, bytes.len - (size_t)n);
        } else if (!p->ssl && errno != EAGAIN) {
            return;
        }
        bed_turn(bed);
    }
}

#define peer_ask(bed, p, text) peer_send((bed), (p), str_of(text))

/* Takes what has come, at most n bytes. */
static inline bool peer_take(struct peer *p, size_t n) {
    char *to = buf_reserve(&p->got, n);
    ssize_t got = p->ssl ? SSL_read(p->ssl, to, (int)n) : recv(p->fd, to, n, 0);
    if (got > 0) {
        p->got.len += (size_t)got;
        return true;
    }
    bool again = p->ssl ? SSL_get_error(p->ssl, (int)got) == SSL_ERROR_WANT_READ
                        : got < 0 && errno == EAGAIN;
    p->ended = !again;
    p->reset = !p->ssl && got < 0 && !again;
    return false;
}

/* Turns until `text` has come (NULL: until the end), or patience is over. */
static inline bool peer_sees(struct bed *bed, struct peer *p, const char *text) {
    int64_t end = bed_now_ms() + BED_PATIENCE_MS;
    while (bed_now_ms() < end) {
        bed_turn(bed);
        bool more = peer_take(p, 65536);
        if (text && str_search(buf_view(&p->got), str_of(text)) != SIZE_MAX) {
            return true;
        }
        if (p->ended) {
            return text == NULL;
        }
        if (!more) {
            (void)usleep(200);
        }
    }
    return false;
}

static inline void peer_forget(struct peer *p) {
    buf_reset(&p->got);
}

#endif
