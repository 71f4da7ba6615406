/*
 * Clocks and times. Unix times are nanoseconds since 1970 in UTC (int64_t, good until 2262);
 * intervals are taken on the monotonic clock.
 */
#ifndef DOCKMETER_BASE_CLOCK_H
#define DOCKMETER_BASE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

int64_t clock_unix_ns(void);
int64_t clock_mono_ns(void);

/*
 * An RFC 3339 time with up to nine decimals and Z or an offset ("2026-11-21T01:45:22.3Z") as a Unix
 * time. False for anything else and for years outside 1970 to 2261: the Engine writes year 1 for
 * "never", which is thus unknown.
 */
bool clock_parse_rfc3339(struct str s, int64_t *ret_unix_ns);

#define CLOCK_TEXT_MAX 32

/* "2026-11-21T01:45:22Z", or with milliseconds "…22.330Z"; returns the view of buf. */
struct str clock_format(int64_t unix_ns, bool with_ms, char buf[CLOCK_TEXT_MAX]);

#endif
