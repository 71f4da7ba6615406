/*
 * What a libcurl result means to those who asked: an outcome, an errno and a sentence. Pure.
 */
#ifndef DOCKMETER_LOOP_FETCH_ERROR_H
#define DOCKMETER_LOOP_FETCH_ERROR_H

#include <stdbool.h>
#include <stdint.h>

#include "loop/fetch.h"

/* What is known about a fetch that ended, besides libcurl's result. */
struct fetch_end {
    int result;         /* a CURLcode */
    int connect_errno;  /* of the last connect that failed, 0 when unknown */
    bool connected;     /* a connection was there */
    bool head_complete; /* the empty line behind the headers was seen */
    bool head_too_large;
    bool body_too_large;
    bool no_memory;
    int64_t timeout_ms;
    size_t max_bytes;
    const char *detail; /* libcurl's own words, may be empty */
};

/* Decides the outcome and, unless it is FETCH_OK, fills err. */
enum fetch_outcome fetch_error_judge(const struct fetch_end *end, struct err *err);

#endif
