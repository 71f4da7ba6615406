/*
 * The HTTP server as configured: made and bound. Used by serve, and by check to see whether it
 * could be.
 */
#ifndef DOCKMETER_CLI_LISTEN_H
#define DOCKMETER_CLI_LISTEN_H

#include "config/config.h"
#include "http/server.h"

/* The i-th address to listen on, as server.h has them, in buf; false behind the last. */
bool listen_address(const struct config *config, size_t i, char *buf, size_t cap);

/* The server's settings; strings are the configuration's. */
struct http_settings listen_settings(const struct config *config);

MUST_USE int listen_server(struct loop *loop, const struct config *config, struct http_server **ret,
                           struct err *err);

#endif
