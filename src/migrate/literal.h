/* PromQL's literals: numbers, durations, quoted strings. All functions are pure. */
#ifndef DOCKMETER_MIGRATE_LITERAL_H
#define DOCKMETER_MIGRATE_LITERAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* 1, 1_000, 1.5, .5, 1., 1e-3, 0x1f. */
bool literal_is_number(struct str s);

/* Begins with 0x. */
bool literal_is_hex(struct str s);

/* 1h30m: whole numbers with y w d h m s ms, each at most once and in this order. */
bool literal_is_duration(struct str s);

/* Bytes of the quoted string at the start of s, quotes included; 0 with *ret_wrong when it is none.
 */
size_t literal_string(struct str s, const char **ret_wrong);

/* What is between the quotes without its escapes; `to` has room for inner.len bytes. Returns how
   many it wrote. */
size_t literal_unescape(struct str inner, char *to);

#endif
