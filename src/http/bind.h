/*
 * A listening socket from the text of an address; the forms and errors are those of listener.h.
 */
#ifndef DOCKMETER_HTTP_BIND_H
#define DOCKMETER_HTTP_BIND_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

#define BIND_MAX_SOCKETS 8

/* "unix:///path" (then the path is returned) or NULL. */
const char *bind_unix_path(const char *address);

/* A listening unix socket, mode 0660. A stale one is replaced; -EADDRINUSE when somebody answers
 * there. */
MUST_USE int bind_unix(const char *path, int *ret_fd, struct err *err);

/* The listening TCP sockets of "host:port" (at most BIND_MAX_SOCKETS). On failure none is left. */
MUST_USE int bind_tcp(const char *address, int fds[BIND_MAX_SOCKETS], size_t *ret_n,
                      struct err *err);

#endif
