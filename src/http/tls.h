/*
 * The server's side of TLS: certificate and key read and checked whole, TLS 1.2 and later.
 */
#ifndef DOCKMETER_HTTP_TLS_H
#define DOCKMETER_HTTP_TLS_H

#include "base/err.h"

struct ssl_ctx_st;

/* -EINVAL with the name of the file that is wrong and why; the caller frees with SSL_CTX_free(). */
MUST_USE int tls_context_new(const char *cert_file, const char *key_file, struct ssl_ctx_st **ret,
                             struct err *err);

#endif
