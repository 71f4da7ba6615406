/*
 * Content negotiation by the Accept and Accept-Encoding headers (RFC 9110, 12.5). Pure. Elements
 * that make no sense are left out; nothing a client writes here is an error.
 */
#ifndef DOCKMETER_HTTP_ACCEPT_H
#define DOCKMETER_HTTP_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* What the server has to offer. */
struct media_offer {
    const char *type;   /* "text/plain" */
    const char *params; /* "version=0.0.4", several with ';' between, or NULL */
};

/*
 * Index of the offer (n, at least 1, the server's favourite first) that the client wants most. A
 * range fits when its type does and each of its parameters that the offer has is equal; parameters
 * unknown to the offer ("escaping") do not count. For each offer the most specific range decides.
 * Without a header, and when nothing fits, it is the first: metrics are never refused for their
 * format.
 */
size_t accept_choose(struct str header, const struct media_offer *offers, size_t n);

/* True when Accept-Encoding takes gzip: named or by "*", and not with q=0. */
bool accept_gzip(struct str header);

#endif
