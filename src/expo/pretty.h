/*
 * A page for people: each family with its type and help, below it the samples, their values in one
 * column and behind each what tells it from the others; then a line that adds up. What a page's
 * author chose is shown on one line each, control characters as \u001b and the like.
 *
 *   http_requests_total  counter
 *     Requests answered.
 *     1027  {code="200",method="get"}  @ 1395066363000
 *        3  {code="404",method="get"}
 *
 *   2 samples in 1 family
 */
#ifndef DOCKMETER_EXPO_PRETTY_H
#define DOCKMETER_EXPO_PRETTY_H

#include "expo/exposition.h"

/* Appends it; ask buf_failed(out). */
void pretty_write(const struct exposition *e, struct buf *out);

#endif
