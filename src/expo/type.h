/*
 * The types of families, as one table: a type's word in each format, and its samples by the suffix
 * that their names have behind the family's, with what holds for each. Sources: the Prometheus
 * documentation "Exposition formats"; the OpenMetrics specification 1.0.0, "Metric Types".
 */
#ifndef DOCKMETER_EXPO_TYPE_H
#define DOCKMETER_EXPO_TYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/str.h"
#include "expo/text.h"

enum expo_type {
    EXPO_UNKNOWN, /* "untyped" in the text format */
    EXPO_GAUGE,
    EXPO_COUNTER,
    EXPO_SUMMARY,
    EXPO_HISTOGRAM,
    EXPO_GAUGEHISTOGRAM, /* this one and those below in OpenMetrics only */
    EXPO_STATESET,
    EXPO_INFO,
    EXPO_TYPES,
};

/* What holds for a sample, as bits. */
enum type_rule {
    TYPE_NOT_NAN = 1U << 0,
    TYPE_NOT_NEGATIVE = 1U << 1,
    TYPE_WHOLE = 1U << 2,    /* a whole number */
    TYPE_BOOLEAN = 1U << 3,  /* 0 or 1 */
    TYPE_ONE = 1U << 4,      /* 1 */
    TYPE_EXEMPLAR = 1U << 5, /* may have an exemplar */
    TYPE_BUCKET = 1U << 6,   /* one of several, told apart by the label le */
    TYPE_QUANTILE = 1U << 7, /* by the label quantile */
    TYPE_STATE = 1U << 8,    /* by the label that has the family's name */
    TYPE_COUNT = 1U << 9,    /* equals the bucket without a bound */
    TYPE_SUM = 1U << 10,
    TYPE_LONE = 1U << 11, /* the only sample of its metric */
};

/* Those that come several times in a metric, each with a label that tells it apart. */
#define TYPE_SPLIT (TYPE_BUCKET | TYPE_QUANTILE | TYPE_STATE)

/* Those about the value alone. */
#define TYPE_VALUE (TYPE_NOT_NAN | TYPE_NOT_NEGATIVE | TYPE_WHOLE | TYPE_BOOLEAN | TYPE_ONE)

struct type_suffix {
    enum expo_type type;
    unsigned formats; /* bits 1 << enum expo_format */
    struct str text;
    unsigned rules;
};

#define TYPE_SUFFIXES_MAX 4 /* of a type in one format */

/* The type's word in a format; NULL where the format does not have the type. */
const char *type_word(enum expo_type type, enum expo_format format);

/* The type of that word; false when the format has none. */
bool type_find(struct str word, enum expo_format format, enum expo_type *ret);

/* The words of a format: "counter, gauge, …". */
void type_write_words(enum expo_format format, struct buf *out);

/* The samples of a type in a format; returns how many. */
size_t type_suffixes(enum expo_type type, enum expo_format format,
                     const struct type_suffix *ret[TYPE_SUFFIXES_MAX]);

/* Whether some type has samples with that suffix. */
bool type_is_suffix(struct str text);

#endif
