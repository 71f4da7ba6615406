/*
 * Durations and sizes as people write them. All functions are pure.
 */
#ifndef DOCKMETER_BASE_UNITS_H
#define DOCKMETER_BASE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

/*
 * "15" (seconds), "15s", "500ms", "1m30s", "1.5h", "2d", "0"; units ns us µs ms s m h d, in any
 * order, decimals allowed. False for anything else, a sign, or more than 290 years.
 */
bool units_parse_duration(struct str s, int64_t *ret_ns);

/*
 * "10485760", "10MiB", "10Mi", "10MB", "10M" (bytes; K M G T are powers of 1000, with i of 1024),
 * decimals allowed with a unit. False for anything else or beyond 64 bits.
 */
bool units_parse_size(struct str s, uint64_t *ret_bytes);

#define UNITS_TEXT_MAX 48

/* The shortest exact form: "30s", "500ms", "1m30s", "0s". */
struct str units_format_duration(int64_t ns, char buf[UNITS_TEXT_MAX]);

/* "10MiB" where it is a whole number of a binary unit, else plain bytes. */
struct str units_format_size(uint64_t bytes, char buf[UNITS_TEXT_MAX]);

#endif
