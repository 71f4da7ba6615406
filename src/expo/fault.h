/*
 * What is wrong with a page, and where: a struct err whose message begins with line and column,
 * "12:5: …". The place is kept as a pointer into the page until the end, so that nobody counts
 * lines while all is well. Lines and columns begin with 1; a column is a character.
 */
#ifndef DOCKMETER_EXPO_FAULT_H
#define DOCKMETER_EXPO_FAULT_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

struct fault {
    struct str page;
    const char *at; /* of the fault: in the page or at its end */
    struct err *err;
};

/* For "%.*s" in a message: the beginning of what stands on the page. */
#define FAULT_SHOWN_MAX 64
#define FAULT_ARG(s) (int)((s).len < FAULT_SHOWN_MAX ? (s).len : FAULT_SHOWN_MAX), ((s).ptr)

/* Sets the message and -EINVAL, which it returns. */
int fault_set(struct fault *fault, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for what is beyond a limit: -EFBIG. */
int fault_limit(struct fault *fault, const char *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* -ENOMEM. */
int fault_memory(struct fault *fault);

/* The line of a place on the page. */
size_t fault_line(const struct fault *fault, const char *at);

/* Puts line and column in front of the message; returns its code. */
int fault_place(struct fault *fault);

#endif
