#include "http/connection.h"

#include <assert.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "http/exchange.h"

#define WRITE_BYTES_MAX ((size_t)1024 * 1024)
#define LINGER_MS 1000
#define LINGER_MAX_BYTES (256U << 10)
/* One byte more than a head may have, so that a longer one shows. */
#define INPUT_MAX_BYTES (HEAD_MAX_BYTES + 1)

enum step { STEP_HANDSHAKE, STEP_HEAD, STEP_BUSY, STEP_WRITING, STEP_IDLE, STEP_LINGER };

struct connection {
    struct connection_set *set;
    struct connection *next;
    struct connection **prev; /* what points here */
    struct admission_entry *entry;
    struct bufferevent *bev;
    struct timer *timer; /* the present step's limit */
    enum step step;
    bool peer_done; /* it will send no more */
    bool full;      /* reading is off until the present request is answered */
    bool keep;
    size_t thrown_away;   /* while lingering */
    int64_t write_end_ns; /* when the present reply must be written (monotonic) */
    struct http_exchange x;
};

static void close_now(struct connection *c) {
    struct connection_set *set = c->set;
    *c->prev = c->next;
    if (c->next) {
        c->next->prev = c->prev;
    }
    if (c->bev) {
        bufferevent_free(c->bev);
    }
    timer_free(c->timer);
    admission_leave(&set->admission, c->entry);
    exchange_abandon(&c->x);
    free(c);
    if (!set->first) {
        set->on_empty(set->arg);
    }
}

/* The head is refused with a reply, after which the connection ends. */
static void refuse(struct connection *c, int status, const char *reason) {
    c->set->counts.rejected_heads++;
    c->step = STEP_BUSY;
    exchange_wait(&c->x, true);
    http_reply_text(&c->x, status, "%s.", reason);
}

/*
 * Reading goes on below a request so that the peer's going is seen, up to the limit. A read
 * watermark will not do: libevent calls back for ever while the input is above it.
 */
static void stop_when_full(struct connection *c) {
    if (evbuffer_get_length(bufferevent_get_input(c->bev)) >= INPUT_MAX_BYTES) {
        c->full = true;
        (void)bufferevent_disable(c->bev, EV_READ);
    }
}

static void read_again(struct connection *c) {
    if (c->full && !c->peer_done) {
        (void)bufferevent_enable(c->bev, EV_READ);
    }
    c->full = false;
}

/* Gives the request to the server; the connection may be gone when this returns. */
static void hand_over(struct connection *c) {
    struct head *head = &c->x.head;
    c->x.bytes = malloc(head->len);
    if (!c->x.bytes) {
        close_now(c);
        return;
    }
    (void)evbuffer_remove(bufferevent_get_input(c->bev), c->x.bytes, head->len);
    head_move(head, c->x.bytes);
    timer_cancel(c->timer);
    c->step = STEP_BUSY;
    c->set->counts.requests++;
    exchange_wait(&c->x, head->has_body);
    c->set->on_request(c->set->arg, &c->x);
}

/* Goes on with the head; the connection may be gone when this returns. */
static void read_head(struct connection *c) {
    struct evbuffer *input = bufferevent_get_input(c->bev);
    size_t len = evbuffer_get_length(input);
    len = len > INPUT_MAX_BYTES ? INPUT_MAX_BYTES : len;
    const char *bytes = (const char *)evbuffer_pullup(input, (ev_ssize_t)len);
    struct head *head = &c->x.head;
    switch (head_parse(head, (struct str){.ptr = bytes, .len = bytes ? len : 0})) {
    case HEAD_READY:
        hand_over(c);
        return;
    case HEAD_BAD:
        refuse(c, head->status, head->reason);
        return;
    case HEAD_MORE:
        break;
    }
    if (c->peer_done && head->len > 0) {
        refuse(c, 400, "the request ends within its head");
    } else if (c->peer_done) {
        close_now(c);
    }
}

static void start_head(struct connection *c) {
    exchange_start(&c->x, c);
    c->step = STEP_HEAD;
}

/* After a reply on a connection that stays: the next request may be here already. */
static void next_request(struct connection *c) {
    bool here = evbuffer_get_length(bufferevent_get_input(c->bev)) > 0;
    if (c->set->draining || (c->peer_done && !here)) {
        close_now(c);
        return;
    }
    read_again(c);
    start_head(c);
    if (here) {
        timer_after_ms(c->timer, c->set->head_timeout_ms);
        read_head(c);
    } else {
        c->step = STEP_IDLE;
        timer_after_ms(c->timer, c->set->idle_timeout_ms);
    }
}

/* After the last reply: our side is shut, the rest of the client's is thrown away. */
static void linger(struct connection *c) {
    if (c->peer_done) {
        close_now(c);
        return;
    }
    struct ssl_st *ssl = c->set->tls ? bufferevent_openssl_get_ssl(c->bev) : NULL;
    if (ssl) {
        (void)SSL_shutdown(ssl);
        ERR_clear_error();
    }
    (void)shutdown(bufferevent_getfd(c->bev), SHUT_WR);
    c->step = STEP_LINGER;
    timer_after_ms(c->timer, LINGER_MS);
    struct evbuffer *input = bufferevent_get_input(c->bev);
    c->thrown_away = evbuffer_get_length(input);
    (void)evbuffer_drain(input, c->thrown_away);
    read_again(c);
}

static void throw_away(struct connection *c) {
    struct evbuffer *input = bufferevent_get_input(c->bev);
    size_t len = evbuffer_get_length(input);
    c->thrown_away += len;
    (void)evbuffer_drain(input, len);
    if (c->thrown_away > LINGER_MAX_BYTES) {
        close_now(c);
    }
}

static void on_read(struct bufferevent *bev, void *arg) {
    struct connection *c = arg;
    switch (c->step) {
    case STEP_IDLE:
        if (evbuffer_get_length(bufferevent_get_input(bev)) > 0) {
            c->step = STEP_HEAD;
            timer_after_ms(c->timer, c->set->head_timeout_ms);
            read_head(c);
        }
        break;
    case STEP_HEAD:
        read_head(c);
        break;
    case STEP_LINGER:
        throw_away(c);
        break;
    case STEP_BUSY:
    case STEP_WRITING:
        stop_when_full(c);
        break;
    case STEP_HANDSHAKE:
        break;
    }
}

static void on_written(struct bufferevent *bev, void *arg) {
    struct connection *c = arg;
    if (c->step != STEP_WRITING || evbuffer_get_length(bufferevent_get_output(bev)) > 0) {
        return;
    }
    exchange_written(&c->x);
    if (c->keep) {
        next_request(c);
    } else {
        linger(c);
    }
}

/* A client that takes nothing gets write_timeout; one that takes byte by byte, so many times that.
 */
#define WRITE_TIMEOUTS_MAX 8

/* Each byte that the client takes starts the write limit anew, up to the limit on the whole. */
static void on_progress(struct evbuffer *output, const struct evbuffer_cb_info *info, void *arg) {
    (void)output;
    struct connection *c = arg;
    if (c->step == STEP_WRITING && info->n_deleted > 0) {
        int64_t left_ms = (c->write_end_ns - clock_mono_ns()) / NS_PER_MS;
        int64_t limit_ms = c->set->write_timeout_ms;
        timer_after_ms(c->timer, left_ms < limit_ms ? left_ms : limit_ms);
    }
}

/* The peer sends no more: has it only shut its side, or gone? */
static bool has_gone(const struct connection *c) {
    struct pollfd p = {.fd = bufferevent_getfd(c->bev), .events = 0};
    return c->set->tls || (poll(&p, 1, 0) == 1 && (p.revents & (POLLHUP | POLLERR)));
}

static void on_end(struct connection *c) {
    c->peer_done = true;
    (void)bufferevent_disable(c->bev, EV_READ);
    switch (c->step) {
    case STEP_HEAD:
        read_head(c);
        break;
    case STEP_BUSY:
        if (has_gone(c)) {
            close_now(c);
        }
        break;
    case STEP_WRITING:
        break;
    case STEP_HANDSHAKE:
        c->set->counts.failed_handshakes++;
        close_now(c);
        break;
    case STEP_IDLE:
    case STEP_LINGER:
        close_now(c);
        break;
    }
}

static void on_event(struct bufferevent *bev, short what, void *arg) {
    (void)bev;
    struct connection *c = arg;
    ERR_clear_error();
    if (what & BEV_EVENT_CONNECTED) {
        start_head(c);
    } else if (what & BEV_EVENT_EOF) {
        on_end(c);
    } else {
        c->set->counts.failed_handshakes += c->step == STEP_HANDSHAKE;
        close_now(c);
    }
}

static void on_timeout(void *arg) {
    struct connection *c = arg;
    if (c->step == STEP_HEAD && c->x.head.len > 0) {
        refuse(c, 408, "the head of the request did not come in time");
        return;
    }
    c->set->counts.failed_handshakes += c->step == STEP_HANDSHAKE;
    close_now(c);
}

/* NULL when memory is out. A page is written in few pieces: libevent's own are of 16 kB. */
static struct bufferevent *make_bufferevent(struct connection_set *set, int fd) {
    struct event_base *base = loop_base(set->loop);
    if (!set->tls) {
        struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
        if (bev) {
            (void)bufferevent_set_max_single_write(bev, WRITE_BYTES_MAX);
        }
        return bev;
    }
    struct ssl_st *ssl = SSL_new(set->tls);
    return ssl ? bufferevent_openssl_socket_new(base, fd, ssl, BUFFEREVENT_SSL_ACCEPTING,
                                                BEV_OPT_CLOSE_ON_FREE)
               : NULL;
}

static void put_in_front(struct connection *c) {
    c->next = c->set->first;
    c->prev = &c->set->first;
    if (c->next) {
        c->next->prev = &c->next;
    }
    c->set->first = c;
}

void connection_open(struct connection_set *set, int fd, const struct sockaddr *peer) {
    struct connection *c = NULL;
    struct admission_entry *entry = set->draining ? NULL : admission_enter(&set->admission, peer);
    if (entry) {
        c = calloc(1, sizeof(*c));
    }
    if (!c) {
        set->counts.rejected_connections++;
        (void)close(fd);
        if (entry) {
            admission_leave(&set->admission, entry);
        }
        return;
    }
    c->set = set;
    c->entry = entry;
    put_in_front(c);
    exchange_start(&c->x, c);
    c->step = set->tls ? STEP_HANDSHAKE : STEP_HEAD;
    c->timer = timer_new(set->loop, on_timeout, c);
    c->bev = make_bufferevent(set, fd);
    if (!c->bev) {
        (void)close(fd);
    }
    if (!c->bev || !c->timer) {
        close_now(c);
        return;
    }
    timer_after_ms(c->timer, set->head_timeout_ms);
    bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
    (void)evbuffer_add_cb(bufferevent_get_output(c->bev), on_progress, c);
    (void)bufferevent_enable(c->bev, EV_READ | EV_WRITE);
}

void connection_set_drain(struct connection_set *set) {
    set->draining = true;
    struct connection *next = NULL;
    for (struct connection *c = set->first; c; c = next) {
        next = c->next;
        if (c->step == STEP_HANDSHAKE || c->step == STEP_HEAD || c->step == STEP_IDLE) {
            close_now(c);
        }
    }
}

void connection_set_close(struct connection_set *set) {
    while (set->first) {
        close_now(set->first);
    }
}

struct connection_set *connection_home(const struct connection *c) {
    return c->set;
}

static void free_body(const void *data, size_t len, void *owner) {
    (void)data;
    (void)len;
    free(owner);
}

void connection_reply(struct connection *c, struct str head, struct buf *body, bool keep) {
    assert(c->step == STEP_BUSY);
    struct evbuffer *output = bufferevent_get_output(c->bev);
    c->step = STEP_WRITING;
    c->keep = keep;
    timer_after_ms(c->timer, c->set->write_timeout_ms);
    c->write_end_ns = clock_mono_ns() + WRITE_TIMEOUTS_MAX * c->set->write_timeout_ms * NS_PER_MS;
    int rc = head.len ? evbuffer_add(output, head.ptr, head.len) : -1;
    if (rc == 0 && body && body->len > 0) {
        rc = evbuffer_add_reference(output, body->data, body->len, free_body, body->data);
        if (rc == 0) {
            *body = (struct buf)BUF_INIT;
        }
    }
    if (rc < 0) {
        /* Not here: the caller's caller may still be using the connection. */
        timer_after_ms(c->timer, 0);
    }
}
