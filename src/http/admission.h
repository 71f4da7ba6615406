/*
 * How many connections there are, in all and from each address. An address is an IPv4 address
 * (mapped ones too), an IPv6 /64 (one customer has a whole one), or "this machine" for all unix
 * sockets. Plain counting; the caller accepts and closes.
 */
#ifndef DOCKMETER_HTTP_ADMISSION_H
#define DOCKMETER_HTTP_ADMISSION_H

#include <sys/socket.h>

#include "base/hash.h"

struct admission_entry;

struct admission {
    unsigned max;             /* 0: no limit */
    unsigned max_per_address; /* 0: no limit */
    unsigned n;
    struct hash entries;
};

/* All connections must have left. */
void admission_done(struct admission *a);

/* Lets a connection in: its entry, to be given to admission_leave() once; NULL when it is one too
 * many. */
struct admission_entry *admission_enter(struct admission *a, const struct sockaddr *peer);
void admission_leave(struct admission *a, struct admission_entry *entry);

#endif
