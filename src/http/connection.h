/*
 * One client's connection, from accept to close. It is this program's own, on libevent's
 * bufferevents: evhttp would parse the head a second time behind whatever checks it, takes bare LF,
 * folded lines and two Content-Lengths, answers 400 where 431 is right, and hides the states that
 * the limits below hang on.
 *
 *   HANDSHAKE ─► HEAD ─► BUSY ─► WRITING ─┬─► IDLE ─► HEAD …                 (keep-alive)
 *   (TLS)         │       handler         └─► LINGER ─► closed               (the last reply)
 *                 └─► 400 408 431 … ─► WRITING ─► LINGER
 *
 *   state               ends after                    then
 *   HANDSHAKE, HEAD     head_timeout, both together   408 when some of a head has come; closed
 *   BUSY                never: the handler's matter
 *   WRITING             write_timeout without a byte,
 *                       8 times that in all           closed
 *   IDLE                idle_timeout                  closed
 *   LINGER              1 s or 256 kB                 closed
 *
 * Requests are answered one after another. While one is worked on, at most two reads of further
 * input are taken (32 kB) and the rest stays in the kernel, so a connection's memory is bounded.
 * LINGER: our side is shut, what still comes is thrown away, so that the client reads the answer
 * and no reset.
 *
 * A peer that shuts its side down after a request still gets its answer. Over TCP that cannot be
 * told from one that has closed; a reset, a closed unix socket and the end of a TLS session are its
 * going.
 *
 * A connection frees itself. It belongs to a set, which its server owns and which outlives it.
 */
#ifndef DOCKMETER_HTTP_CONNECTION_H
#define DOCKMETER_HTTP_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/buf.h"
#include "http/admission.h"
#include "http/server.h"
#include "loop/loop.h"

struct compressor;
struct connection;
struct ssl_ctx_st;

/* What the connections of one server share. */
struct connection_set {
    struct loop *loop;
    struct ssl_ctx_st *tls; /* NULL: plain */
    struct compressor *compressor;
    struct admission admission;
    struct http_counts counts;
    int64_t head_timeout_ms;
    int64_t idle_timeout_ms;
    int64_t write_timeout_ms;
    unsigned at_work; /* exchanges from their handler's start until the reply is written */
    bool draining;    /* no further request */
    struct connection *first;

    void (*on_request)(void *arg, struct http_exchange *x); /* a whole, good head has come */
    void (*on_empty)(void *arg);                            /* the last connection has gone */
    void *arg;
};

/* Takes an accepted descriptor; closes it at once (counted) when it is one too many. */
void connection_open(struct connection_set *set, int fd, const struct sockaddr *peer);

/* Closes those that wait for a request; the others end after their reply. */
void connection_set_drain(struct connection_set *set);

/* Closes all; exchanges under way are abandoned. */
void connection_set_close(struct connection_set *set);

struct connection_set *connection_home(const struct connection *c);

/*
 * Sends the reply to the present request. The body (NULL: none) is taken over without a copy. With
 * keep the next request may come, else the connection ends.
 */
void connection_reply(struct connection *c, struct str head, struct buf *body, bool keep);

#endif
