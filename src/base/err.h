/*
 * Errors as values. What can fail returns 0 or a negative errno-style code and fills the caller's
 * `struct err` (always the last argument). Nothing here allocates, so an error can always be told.
 *
 * A message names its context outermost first: "list containers: connect: permission denied".
 * The function that detects the error calls err_set(); each caller that knows more calls
 * err_wrap(). `ret_` outputs stay untouched on failure. A message longer than the field is cut at a
 * whole UTF-8 character and ends in "...".
 */
#ifndef DOCKMETER_BASE_ERR_H
#define DOCKMETER_BASE_ERR_H

#include <stdbool.h>

#define ERR_TEXT_MAX 512

struct err {
    int code; /* 0 or a negative errno value */
    char text[ERR_TEXT_MAX];
};

#define ERR_INIT                                                                                   \
    { .code = 0, .text = "" }
#define MUST_USE __attribute__((warn_unused_result))

/* Sets code (a negative errno) and message; returns code, so that `return err_set(...)` reads well.
 */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Like err_set(), with ": " and the system's words for code behind the message. */
int err_sys(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* Puts "context: " in front of the message; returns the code that err already has. */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Copies an error by value, for instance into a record that outlives its origin. */
void err_copy(struct err *to, const struct err *from);

/* Forgets: code 0, empty text. */
void err_clear(struct err *err);

#endif
