/*
 * A page of the Prometheus text format 0.0.4 or of OpenMetrics 1.0, read strictly into data. Pure.
 * Sources: the Prometheus documentation "Exposition formats", the OpenMetrics specification 1.0.0.
 *
 * What `promtool check metrics` and prometheus_client's OpenMetrics parser refuse is refused, and
 * what the formats' documents forbid: families in pieces, a series that stands twice, HELP and TYPE
 * behind samples, a suffix that the type does not have, histograms that do not add up, OpenMetrics
 * without its "# EOF". What the text format allows beyond that is taken: comments, empty lines,
 * runs of blanks between tokens, families without TYPE. Comments are not kept.
 *
 * The first fault ends the reading; its message begins with line and column: "12:5: …".
 */
#ifndef DOCKMETER_EXPO_PARSE_H
#define DOCKMETER_EXPO_PARSE_H

#include "base/arena.h"
#include "base/err.h"
#include "expo/exposition.h"
#include "expo/scan.h"

/* Limits, with those of scan.h: labels of a sample, bytes of names, texts and numbers. */
#define EXPO_PAGE_MAX ((size_t)64 * 1024 * 1024) /* bytes */
#define EXPO_FAMILIES_MAX 100000
#define EXPO_SAMPLES_MAX 1000000
#define EXPO_EXEMPLAR_MAX 128 /* characters of an exemplar's labels, names and values together */

/*
 * Reads the page into *ret. All of it lives in the arena, a copy of the bytes too. -EINVAL: not a
 * valid page; -EFBIG: beyond a limit, which the message names; -ENOMEM. After a failure the arena
 * holds what was read so far.
 */
MUST_USE int expo_parse(struct str page, enum expo_format format, struct arena *arena,
                        struct exposition *ret, struct err *err);

/* The format that a Content-Type announces; all but OpenMetrics is taken for text. */
enum expo_format expo_format_of(struct str content_type);

#endif
