/*
 * Where the server listens: one address text becomes one or more listening sockets, and each is a
 * listener that hands over what it accepts. The limits on connections are the receiver's.
 *
 *   "0.0.0.0:9200"  "[::1]:9200"  "host:9200" (every address the name has; resolved at start)
 *   ":9200"         all of IPv6 and IPv4 on one socket, only IPv4 where there is no IPv6
 *   "[::]:9200"     IPv6 only, so that "0.0.0.0:9200" can be given beside it
 *   "unix:///path"  mode 0660: the owner and the group may connect
 *
 * When descriptors run out, a spare one is used to accept and close, so that the loop never spins
 * on a connection that it cannot take; without the spare the listener rests 100 ms.
 */
#ifndef DOCKMETER_HTTP_LISTENER_H
#define DOCKMETER_HTTP_LISTENER_H

#include <sys/socket.h>

#include "base/err.h"
#include "loop/loop.h"

struct listener;

struct listener_events {
    /* A new connection; fd is the receiver's. */
    void (*on_accept)(void *arg, int fd, const struct sockaddr *peer);
    /* One was dropped because descriptors ran out. */
    void (*on_drop)(void *arg);
    void *arg;
    const char *scheme; /* "http" or "https", for listener_url() */
};

/*
 * Listens on an address and puts what it made in front of *list. -EINVAL: no such address form;
 * -EADDRINUSE says who holds the port where that can be seen, or how to see it; otherwise bind's
 * own reason.
 */
MUST_USE int listener_open(struct loop *loop, const char *address,
                           const struct listener_events *events, struct listener **list,
                           struct err *err);

/* Closes the whole list; unix sockets are removed if they are still its own. */
void listener_free_all(struct listener *list);

struct listener *listener_next(const struct listener *l);

/* "http://0.0.0.0:9200", "unix:///run/dockmeter.sock". */
const char *listener_url(const struct listener *l);

#endif
