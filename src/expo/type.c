#include "expo/type.h"

#define TEXT (1U << EXPO_TEXT)
#define OPENMETRICS (1U << EXPO_OPENMETRICS)
#define BOTH (TEXT | OPENMETRICS)

/* A value that only grows from 0; a number of events. */
#define TOTAL (TYPE_NOT_NAN | TYPE_NOT_NEGATIVE)
#define EVENTS (TOTAL | TYPE_WHOLE)

static const char *const words[EXPO_TYPES][2] = {
    [EXPO_UNKNOWN] = {"untyped", "unknown"},       [EXPO_GAUGE] = {"gauge", "gauge"},
    [EXPO_COUNTER] = {"counter", "counter"},       [EXPO_SUMMARY] = {"summary", "summary"},
    [EXPO_HISTOGRAM] = {"histogram", "histogram"}, [EXPO_GAUGEHISTOGRAM] = {NULL, "gaugehistogram"},
    [EXPO_STATESET] = {NULL, "stateset"},          [EXPO_INFO] = {NULL, "info"},
};

static const struct type_suffix suffixes[] = {
    {EXPO_UNKNOWN, BOTH, STR(""), TYPE_LONE},
    {EXPO_GAUGE, BOTH, STR(""), TYPE_LONE},
    {EXPO_COUNTER, TEXT, STR(""), TYPE_LONE},
    {EXPO_COUNTER, OPENMETRICS, STR("_total"), TOTAL | TYPE_EXEMPLAR},
    {EXPO_COUNTER, OPENMETRICS, STR("_created"), 0},
    {EXPO_SUMMARY, TEXT, STR(""), TYPE_QUANTILE},
    {EXPO_SUMMARY, TEXT, STR("_sum"), 0},
    {EXPO_SUMMARY, TEXT, STR("_count"), TYPE_NOT_NAN},
    {EXPO_SUMMARY, OPENMETRICS, STR(""), TYPE_QUANTILE | TYPE_NOT_NEGATIVE},
    {EXPO_SUMMARY, OPENMETRICS, STR("_sum"), TOTAL},
    {EXPO_SUMMARY, OPENMETRICS, STR("_count"), EVENTS},
    {EXPO_SUMMARY, OPENMETRICS, STR("_created"), 0},
    {EXPO_HISTOGRAM, TEXT, STR("_bucket"), TYPE_BUCKET | TYPE_NOT_NAN},
    {EXPO_HISTOGRAM, TEXT, STR("_sum"), TYPE_SUM},
    {EXPO_HISTOGRAM, TEXT, STR("_count"), TYPE_COUNT | TYPE_NOT_NAN},
    {EXPO_HISTOGRAM, OPENMETRICS, STR("_bucket"), TYPE_BUCKET | EVENTS | TYPE_EXEMPLAR},
    {EXPO_HISTOGRAM, OPENMETRICS, STR("_sum"), TYPE_SUM | TOTAL},
    {EXPO_HISTOGRAM, OPENMETRICS, STR("_count"), TYPE_COUNT | EVENTS},
    {EXPO_HISTOGRAM, OPENMETRICS, STR("_created"), 0},
    {EXPO_GAUGEHISTOGRAM, OPENMETRICS, STR("_bucket"), TYPE_BUCKET | EVENTS | TYPE_EXEMPLAR},
    {EXPO_GAUGEHISTOGRAM, OPENMETRICS, STR("_gsum"), TYPE_SUM | TYPE_NOT_NAN},
    {EXPO_GAUGEHISTOGRAM, OPENMETRICS, STR("_gcount"), TYPE_COUNT | EVENTS},
    {EXPO_STATESET, OPENMETRICS, STR(""), TYPE_STATE | TYPE_BOOLEAN},
    {EXPO_INFO, OPENMETRICS, STR("_info"), TYPE_LONE | TYPE_ONE},
};

#define N_SUFFIXES (sizeof(suffixes) / sizeof(suffixes[0]))

const char *type_word(enum expo_type type, enum expo_format format) {
    return words[type][format];
}

bool type_find(struct str word, enum expo_format format, enum expo_type *ret) {
    for (int type = 0; type < EXPO_TYPES; type++) {
        if (words[type][format] && str_eq(word, str_of(words[type][format]))) {
            *ret = (enum expo_type)type;
            return true;
        }
    }
    return false;
}

void type_write_words(enum expo_format format, struct buf *out) {
    const char *between = "";
    for (int type = 0; type < EXPO_TYPES; type++) {
        if (words[type][format]) {
            buf_fmt(out, "%s%s", between, words[type][format]);
            between = ", ";
        }
    }
}

size_t type_suffixes(enum expo_type type, enum expo_format format,
                     const struct type_suffix *ret[TYPE_SUFFIXES_MAX]) {
    size_t n = 0;
    for (size_t i = 0; i < N_SUFFIXES; i++) {
        if (suffixes[i].type == type && suffixes[i].formats & 1U << format) {
            ret[n++] = &suffixes[i];
        }
    }
    return n;
}

bool type_is_suffix(struct str text) {
    for (size_t i = 0; i < N_SUFFIXES; i++) {
        if (str_eq(text, suffixes[i].text)) {
            return true;
        }
    }
    return false;
}
