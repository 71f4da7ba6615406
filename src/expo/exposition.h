/*
 * A page of metrics as data: families with their samples, in the page's order, in either format.
 * Plain data that lives in one arena: parse.h makes it, and what merges pages appends to its
 * lists. Nothing is rounded or sorted: values and timestamps are the page's own characters.
 *
 *   exposition ─► family ─► family ─► …        (lists in the page's order)
 *                   └─► sample ─► sample ─► …
 *                         └─► labels, exemplar
 *
 * exposition_write() writes what was read. The bytes are the same for a canonical page, that is one
 * as Dockmeter, prometheus_client and the Go client write it: single blanks, no comments and empty
 * lines, no `{}` without labels, no comma behind the last label, only the escapes that are needed.
 */
#ifndef DOCKMETER_EXPO_EXPOSITION_H
#define DOCKMETER_EXPO_EXPOSITION_H

#include "base/arena.h"
#include "base/buf.h"
#include "expo/text.h"
#include "expo/type.h"
#include "metrics/family.h"

struct expo_exemplar {
    const struct label *labels;
    size_t n_labels;
    struct str value;
    struct str timestamp; /* empty: none */
};

struct expo_sample {
    struct expo_sample *next;
    struct str name;            /* the family's with a suffix of its type */
    const struct label *labels; /* values without escapes */
    size_t n_labels;
    struct str value;     /* a number as it stands there */
    struct str timestamp; /* the same: milliseconds, in OpenMetrics seconds; empty: none */
    const struct expo_exemplar *exemplar; /* OpenMetrics; NULL: none */
};

/* The lines in front of a family's samples. */
enum expo_meta { EXPO_META_HELP, EXPO_META_TYPE, EXPO_META_UNIT, EXPO_METAS };

struct expo_family {
    struct expo_family *next;
    struct str name; /* in OpenMetrics a counter's is without _total */
    enum expo_type type;
    struct str help; /* without escapes */
    struct str unit;
    enum expo_meta metas[EXPO_METAS]; /* which of the lines there are, in their order */
    size_t n_metas;
    struct expo_sample *first;
    struct expo_sample *last;
    size_t n_samples;
};

struct exposition {
    enum expo_format format;
    struct expo_family *first;
    struct expo_family *last;
    size_t n_families;
    size_t n_samples;
};

/* Whether the family has that line. */
bool expo_has_meta(const struct expo_family *f, enum expo_meta meta);

/* Appends the page in its format; ask buf_failed(out). */
void exposition_write(const struct exposition *e, struct buf *out);

/* Appends `a="1",b="2"` with the escapes of the formats. */
void expo_write_labels(const struct label *labels, size_t n, struct buf *out);

#endif
