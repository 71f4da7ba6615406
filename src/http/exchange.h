/*
 * One request and its reply: the part of a connection that handlers see (the functions are those at
 * the end of server.h). It lies in its connection and is used again for the next request.
 */
#ifndef DOCKMETER_HTTP_EXCHANGE_H
#define DOCKMETER_HTTP_EXCHANGE_H

#include <stdbool.h>

#include "http/head.h"
#include "http/server.h"

struct connection;

struct http_exchange {
    struct connection *connection;
    struct head head;
    char *bytes;     /* the head's own copy, once it is whole */
    bool waiting;    /* a reply is owed */
    bool at_work;    /* counted in the set's at_work */
    bool must_close; /* what follows on the connection is not a request */
    void (*on_abandon)(void *arg);
    void *abandon_arg;
};

/* Ready for a new head. */
void exchange_start(struct http_exchange *x, struct connection *connection);

/* A reply is owed from here on. */
void exchange_wait(struct http_exchange *x, bool must_close);

/* A route's handler works on it: counted until the reply is written, since its body waits in memory
   as long. */
void exchange_work(struct http_exchange *x);

/* The client has the whole reply. */
void exchange_written(struct http_exchange *x);

/* The connection goes; calls the abandon function when a reply was owed. */
void exchange_abandon(struct http_exchange *x);

#endif
