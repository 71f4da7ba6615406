/*
 * Dockmeter's own counters, monotonic for the life of the process: calls to the Engine by endpoint
 * and outcome, collections that failed, filters that were cut, what was beyond a limit. Owned by
 * main, written on the loop's thread by those who count, copied by value into each snapshot.
 */
#ifndef DOCKMETER_MODEL_TALLY_H
#define DOCKMETER_MODEL_TALLY_H

#include <stddef.h>
#include <stdint.h>

enum endpoint {
    ENDPOINT_PING,
    ENDPOINT_VERSION,
    ENDPOINT_INFO,
    ENDPOINT_LIST,
    ENDPOINT_INSPECT,
    ENDPOINT_STATS,
    ENDPOINT_EVENTS,
    ENDPOINT_IMAGES,
    ENDPOINT_VOLUMES,
    ENDPOINT_NETWORKS,
    ENDPOINT_DF,
    ENDPOINT_COUNT,
};

/* The fixed word of an endpoint: "ping", "list" … */
const char *endpoint_word(enum endpoint endpoint);

/* How a call ended when not with an HTTP status: these stand beside the status codes. */
enum call_outcome {
    CALL_REFUSED = 1, /* could not connect */
    CALL_TIMEOUT,
    CALL_CUT,       /* the answer ended early */
    CALL_TOO_LARGE, /* beyond the limit on size or depth */
    CALL_MALFORMED, /* not the JSON that was expected */
    CALL_FAILED,    /* anything else: TLS, protocol */
};

/* "refused", "timeout", …; NULL for an HTTP status. */
const char *call_outcome_word(unsigned code);

enum collector { COLLECTOR_CONTAINER, COLLECTOR_SYSTEM, COLLECTOR_DISK, COLLECTOR_COUNT };
const char *collector_word(enum collector collector);

/* Why the HTTP server turned a peer away. */
enum rejection {
    REJECTED_CONNECTION, /* too many, in all or from one address */
    REJECTED_HANDSHAKE,  /* TLS did not come about */
    REJECTED_HEAD,       /* no valid request in time */
    REJECTED_CREDENTIALS,
    REJECTED_BUSY, /* too many requests at work */
    REJECTION_COUNT,
};
const char *rejection_word(enum rejection rejection);

#define TALLY_CODES 12 /* different outcomes kept for each endpoint; more go into the last */

struct tally_code {
    unsigned code; /* an HTTP status (100 and up) or a call_outcome; 0: unused slot */
    uint64_t n;
};

struct tally {
    struct tally_code calls[ENDPOINT_COUNT][TALLY_CODES]; /* in order of first occurrence */
    uint64_t errors[COLLECTOR_COUNT];
    uint64_t filter_cut;    /* patterns that hit their match limit */
    uint64_t files_refused; /* of containers' cgroups: there, but of no use */
    uint64_t dropped;       /* interfaces, devices, labels and lines beyond their limits */
    uint64_t rejected[REJECTION_COUNT];
};

/* Counts one call. */
void tally_call(struct tally *tally, enum endpoint endpoint, unsigned code);

#endif
