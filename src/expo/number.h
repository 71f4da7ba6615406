/*
 * A number as the formats write it, kept as its digits, so that comparing two rounds nothing.
 * Pure. It points into the text it was read from, which must outlive it.
 *
 *      "-00120.50e3"      digits = "120.5" (the point may lie between), exponent = 5
 *           |===|         of 10, for the first digit: 1.205 * 10^5
 *
 * Both formats have the same grammar (Go's ParseFloat without hexadecimal and underscores, the
 * OpenMetrics specification's ABNF): sign, digits with a point, e and exponent; inf and infinity
 * with a sign, nan without; letters in either case.
 */
#ifndef DOCKMETER_EXPO_NUMBER_H
#define DOCKMETER_EXPO_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

enum number_kind { NUMBER_FINITE, NUMBER_INFINITE, NUMBER_NAN };

struct number {
    enum number_kind kind;
    bool negative;
    struct str digits; /* from the first to the last that is not 0; empty for 0 */
    int64_t exponent;  /* beyond 10^9 either way it stands for all beyond */
};

/* False: no number. */
bool number_parse(struct str text, struct number *ret);

/* Whether it is below 2^1024, so that it does not become infinite as a 64-bit float. */
bool number_fits(const struct number *n);

/* Whether it is an integer: neither a fraction, nor infinite, nor NaN. */
bool number_is_whole(const struct number *n);

/* Whether it is less than 0; -0 is not. */
bool number_is_negative(const struct number *n);

/* Exactly: <0, 0, >0. Neither may be NaN. */
int number_cmp(const struct number *a, const struct number *b);

/* A whole number of 64 bits with sign, as the text format's timestamps are. */
bool number_is_i64(struct str text);

#endif
