/*
 * Basic authentication (RFC 7617) with one user. Only the SHA-256 of "user:password" is kept, and
 * digests are compared in constant time, so neither length nor content of the password shows in the
 * time taken.
 */
#ifndef DOCKMETER_HTTP_AUTH_H
#define DOCKMETER_HTTP_AUTH_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"

#define AUTH_DIGEST_BYTES 32

struct auth {
    bool wanted;
    unsigned char digest[AUTH_DIGEST_BYTES];
};

/* username NULL: nobody is asked. -EINVAL when the user's name has a ':', which Basic cannot carry.
 */
MUST_USE int auth_init(struct auth *a, const char *username, const char *password, struct err *err);

/* True when the Authorization header's value (NULL ptr: absent) is good, or nobody is asked. */
bool auth_passes(const struct auth *a, struct str header);

#endif
