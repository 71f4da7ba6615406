/*
 * The metrics of one family, that is, its samples by their labels: the buckets, the sum and the
 * count of one histogram are one metric. Checks what holds between samples: no series stands twice,
 * bounds ascend, buckets add up and end in one without a bound, and in OpenMetrics a metric's
 * samples stand together with timestamps that never go back.
 *
 *   metrics_begin ─► metrics_add … ─► metrics_end          once for each family
 *
 * The text format lets the metrics of a family stand in any order, as its parsers do; its samples
 * are one point each. In OpenMetrics each new timestamp of a metric begins a new point.
 */
#ifndef DOCKMETER_EXPO_METRIC_H
#define DOCKMETER_EXPO_METRIC_H

#include "expo/exposition.h"
#include "expo/fault.h"
#include "expo/number.h"
#include "expo/series.h"

struct metric;

struct metrics {
    enum expo_format format;
    const struct expo_family *family;
    struct series_set set;   /* the metrics */
    struct series_set parts; /* quantiles and states */
    struct arena arena;      /* of the metrics that have several samples */
    struct metric *first;
    struct metric *last;
    const struct type_suffix *suffixes[TYPE_SUFFIXES_MAX]; /* of the family's type */
    size_t n_suffixes;
};

void metrics_init(struct metrics *m, enum expo_format format);
void metrics_done(struct metrics *m);

/* The family's samples come; its type is known. They must outlive metrics_end(). */
void metrics_begin(struct metrics *m, const struct expo_family *family);

/* One sample, not yet in the family's list, with its value and which of m->suffixes it has: what
   holds for it alone, then with the others. */
MUST_USE int metrics_add(struct metrics *m, const struct expo_sample *sample,
                         const struct number *value, size_t suffix, struct fault *fault);

/* All have come. */
MUST_USE int metrics_end(struct metrics *m, struct fault *fault);

#endif
