/*
 * A scriptable HTTP server on the test's own loop: listens on a unix socket in a folder of its own
 * and hands each request's head to a function that says what to do. One test file includes it.
 */
#ifndef DOCKMETER_TESTS_FAKE_SERVER_H
#define DOCKMETER_TESTS_FAKE_SERVER_H

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"
#include "loop/loop.h"

struct fake_conn;

/* Answers with fake_send() and fake_close(); doing neither lets the client wait. */
typedef void fake_handler(void *arg, struct fake_conn *conn, struct str head);

struct fake_conn {
    struct fake_conn *next;
    struct fake_server *server;
    struct bufferevent *bev; /* NULL: closed */
    bool closing;
    unsigned requests;
};

struct fake_server {
    struct loop *loop;
    struct evconnlistener *listener;
    struct fake_conn *conns;
    fake_handler *handler;
    void *arg;
    unsigned n_conns;
    unsigned n_requests;
    char folder[64];
    char path[80];
};

static inline void fake_drop(struct fake_conn *conn) {
    if (conn->bev) {
        bufferevent_free(conn->bev);
        conn->bev = NULL;
    }
}

static inline void fake_send(struct fake_conn *conn, const char *text) {
    (void)bufferevent_write(conn->bev, text, strlen(text));
}

/* "HTTP/1.1 STATUS", the extra header lines (each with CRLF), and the body with its length. */
static inline void fake_reply(struct fake_conn *conn, const char *status, const char *headers,
                              struct str body) {
    struct evbuffer *out = bufferevent_get_output(conn->bev);
    (void)evbuffer_add_printf(out, "HTTP/1.1 %s\r\n%sContent-Length: %zu\r\n\r\n", status, headers,
                              body.len);
    (void)evbuffer_add(out, body.ptr, body.len);
}

/* Closes once all is sent. */
static inline void fake_close(struct fake_conn *conn) {
    conn->closing = true;
    if (evbuffer_get_length(bufferevent_get_output(conn->bev)) == 0) {
        fake_drop(conn);
    }
}

static inline void fake_on_read(struct bufferevent *bev, void *arg) {
    struct fake_conn *conn = arg;
    struct evbuffer *in = bufferevent_get_input(bev);
    while (conn->bev && !conn->closing) {
        struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
        if (end.pos < 0) {
            return;
        }
        size_t len = (size_t)end.pos + 4;
        char *head = malloc(len);
        (void)evbuffer_remove(in, head, len);
        conn->requests++;
        conn->server->n_requests++;
        conn->server->handler(conn->server->arg, conn, (struct str){head, len});
        free(head);
    }
}

static inline void fake_on_written(struct bufferevent *bev, void *arg) {
    (void)bev;
    struct fake_conn *conn = arg;
    if (conn->closing) {
        fake_drop(conn);
    }
}

static inline void fake_on_event(struct bufferevent *bev, short what, void *arg) {
    (void)bev;
    if (what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) {
        fake_drop(arg);
    }
}

static inline void fake_on_accept(struct evconnlistener *listener, evutil_socket_t fd,
                                  struct sockaddr *address, int len, void *arg) {
    (void)listener;
    (void)address;
    (void)len;
    struct fake_server *server = arg;
    struct fake_conn *conn = calloc(1, sizeof(*conn));
    conn->server = server;
    conn->bev = bufferevent_socket_new(loop_base(server->loop), fd, BEV_OPT_CLOSE_ON_FREE);
    conn->next = server->conns;
    server->conns = conn;
    server->n_conns++;
    bufferevent_setcb(conn->bev, fake_on_read, fake_on_written, fake_on_event, conn);
    (void)bufferevent_enable(conn->bev, EV_READ | EV_WRITE);
}

/* Listens (again) at server->path. */
static inline void fake_listen(struct fake_server *server, int backlog) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", server->path);
    (void)unlink(server->path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, backlog) != 0) {
        abort();
    }
    server->listener = evconnlistener_new(loop_base(server->loop), fake_on_accept, server,
                                          LEV_OPT_CLOSE_ON_FREE, 0, fd);
}

/* Closes all connections; with `deaf` the listener too. */
static inline void fake_hang_up(struct fake_server *server, bool deaf) {
    for (struct fake_conn *conn = server->conns; conn; conn = conn->next) {
        fake_drop(conn);
    }
    if (deaf && server->listener) {
        evconnlistener_free(server->listener);
        server->listener = NULL;
    }
}

static inline void fake_start(struct fake_server *server, struct loop *loop, fake_handler *handler,
                              void *arg) {
    *server = (struct fake_server){.loop = loop, .handler = handler, .arg = arg};
    (void)snprintf(server->folder, sizeof(server->folder), "/tmp/dockmeter-test-XXXXXX");
    if (!mkdtemp(server->folder)) {
        abort();
    }
    (void)snprintf(server->path, sizeof(server->path), "%s/sock", server->folder);
    fake_listen(server, 128);
}

static inline void fake_stop(struct fake_server *server) {
    fake_hang_up(server, true);
    while (server->conns) {
        struct fake_conn *next = server->conns->next;
        free(server->conns);
        server->conns = next;
    }
    (void)unlink(server->path);
    (void)rmdir(server->path);
    (void)rmdir(server->folder);
}

#endif
