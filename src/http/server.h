/*
 * The HTTP server: listeners, connections, routes. Knows no metric; handlers are callbacks. GET and
 * HEAD only. A connection's life, each step with its limit:
 *
 *   accept ─► [TLS] ─► head ────────► admitted ─► handler ─► reply ─► keep-alive or closed
 *     │ too many:        │ 400 408 414     │ 401 405 404 503
 *     │ closed           │ 431 505:        └─► reply, keep-alive
 *                        └─► reply, closed
 *
 * A handler gets an exchange; it answers at once or later (http_reply()), exactly once; when the
 * peer goes first, its abandon function is called and the exchange must not be used again. (A TCP
 * peer that has only said that it sends no more is answered: connection.h.)
 */
#ifndef DOCKMETER_HTTP_SERVER_H
#define DOCKMETER_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "loop/loop.h"

struct http_server;
struct http_exchange;

struct http_settings {
    const char *cert_file; /* NULL: no TLS */
    const char *key_file;
    const char *username; /* NULL: no authentication */
    const char *password;
    const char *route_prefix; /* "" or "/prefix" */
    unsigned max_connections; /* in all; 0: no limit */
    unsigned max_connections_per_address;
    unsigned max_requests;   /* requests from handler to written reply; more are 503; 0: no limit */
    int64_t head_timeout_ms; /* from the first byte (or accept) to the head's end */
    int64_t idle_timeout_ms; /* between requests */
    int64_t write_timeout_ms; /* a reply of which the client takes nothing; 0: 30 s */
};

/* What was turned away, monotonic. */
struct http_counts {
    uint64_t requests;
    uint64_t rejected_connections;
    uint64_t failed_handshakes; /* TLS: another protocol, no common version, gone, too slow */
    uint64_t rejected_heads;
    uint64_t rejected_busy;
    uint64_t rejected_credentials;
};

/*
 * -EINVAL names the file that is wrong (certificate and key are read and checked here). Ignores
 * SIGPIPE and raises the soft limit of descriptors to the hard one, for the process.
 */
MUST_USE int http_server_new(struct loop *loop, const struct http_settings *settings,
                             struct http_server **ret, struct err *err);
void http_server_free(struct http_server *server);

/*
 * Other settings for a server that runs, in two steps, so that they can be taken over together with
 * others or not at all: what can fail is made (certificate and key are read anew), then it holds
 * from the next connection (TLS), the next request (authentication, limits). Connections that are
 * open stay. Of the settings TLS must be on or off as it is, and the prefix is not looked at.
 */
struct http_change;
MUST_USE int http_change_new(const struct http_settings *settings, struct http_change **ret,
                             struct err *err);
void http_change_free(struct http_change *change); /* NULL is fine */
/* Takes the change over; settings are those that it was made of. */
void http_server_adopt(struct http_server *server, const struct http_settings *settings,
                       struct http_change *change);

/*
 * Adds a listener: "0.0.0.0:9200", ":9200" (all addresses, IPv6 and IPv4), "[::1]:9200",
 * "host:9200", "unix:///run/dockmeter.sock". Port 0 takes a free one. A stale unix socket is
 * replaced; it is removed at the end. Port taken: -EADDRINUSE with a text that says who holds it
 * where that can be seen, or how to see it.
 */
MUST_USE int http_server_listen(struct http_server *server, const char *address, struct err *err);

/* The bound addresses as URLs ("http://0.0.0.0:9200"), i from 0; NULL behind the last. */
const char *http_server_url(const struct http_server *server, size_t i);

typedef void http_handler(void *arg, struct http_exchange *x);

/* A route by exact path (below the prefix), path is copied; -EEXIST: there is one. */
MUST_USE int http_server_route(struct http_server *server, const char *path, http_handler *handler,
                               void *arg, struct err *err);

/* The same for what must answer however busy the server is (health): not counted in max_requests.
 */
MUST_USE int http_server_route_always(struct http_server *server, const char *path,
                                      http_handler *handler, void *arg, struct err *err);

/* Takes a route away again, if it is that handler's. */
void http_server_unroute(struct http_server *server, const char *path, http_handler *handler);

/* The handler of every path below the prefix that has no route; without one they are 404. */
void http_server_route_rest(struct http_server *server, http_handler *handler, void *arg);

const struct http_counts *http_server_counts(const struct http_server *server);

/* No new connections or requests; replies under way are finished, at most grace_ms, then done(arg).
 */
void http_server_drain(struct http_server *server, int64_t grace_ms, void (*done)(void *arg),
                       void *arg);

/* Within a handler and until the reply: */
struct str http_query(const struct http_exchange *x); /* raw, without '?' */
struct str http_header(const struct http_exchange *x,
                       const char *name); /* first of that name; NULL ptr: absent */
/*
 * The i-th value of a query parameter, percent-decoded into buf (cap bytes; longer ones are cut
 * and thus unknown to anyone): true when there is one. "collect[]" finds "collect%5B%5D" too.
 */
bool http_query_value(const struct http_exchange *x, const char *name, size_t i, char *buf,
                      size_t cap, struct str *ret);

/* Called when the peer goes before the reply. */
void http_on_abandon(struct http_exchange *x, void (*fn)(void *arg), void *arg);

/*
 * Answers. The body is taken over (the buf is left empty, its memory freed when sent). HEAD gets
 * the same head without the body. headers: "Name: value\r\n" lines, or NULL. Compresses with gzip
 * when the request accepts it, `compress` is set and it is worth it.
 */
void http_reply(struct http_exchange *x, int status, const char *content_type, const char *headers,
                struct buf *body, bool compress);

/* A plain text answer of one line (the line's end is added). */
void http_reply_text(struct http_exchange *x, int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

#endif
