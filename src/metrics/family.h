/*
 * The seam between what is measured and how it is written. metrics/ walks a snapshot and calls a
 * sink: one family() for each family, then its samples; expo/ is a sink that writes text. Neither
 * knows the other's business: a sink knows no metric, the walk knows no format.
 *
 * Label sets are stacked: a base set, shared by all samples of one container on the page, and up
 * to a few labels of the sample's own. A sink may keep its rendering of a base set in `rendered`,
 * which the walk clears when it makes the set and never reads.
 */
#ifndef DOCKMETER_METRICS_FAMILY_H
#define DOCKMETER_METRICS_FAMILY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum family_type { FAMILY_GAUGE, FAMILY_COUNTER };

struct family {
    struct str name; /* with its namespace; a counter's ends in _total */
    struct str help; /* one line */
    enum family_type type;
};

struct label {
    struct str name;  /* [a-zA-Z_][a-zA-Z0-9_]* */
    struct str value; /* any bytes */
};

struct labelset {
    const struct label *labels;
    size_t n;
    struct str rendered; /* the sink's, see above; lives in the sink's memory */
};

/* An exact decimal: integer / 10^decimals, so that no digit is lost. */
struct value {
    uint64_t integer;
    bool negative;
    uint8_t decimals; /* 0 or 9 */
};

static inline struct value value_u64(uint64_t v) {
    return (struct value){.integer = v};
}

static inline struct value value_i64(int64_t v) {
    return (struct value){.integer = v < 0 ? -(uint64_t)v : (uint64_t)v, .negative = v < 0};
}

/* Nanoseconds as seconds, nanocores as cores. */
static inline struct value value_nano(uint64_t v) {
    return (struct value){.integer = v, .decimals = 9};
}

/* Implemented by embedding it first in a larger struct. */
struct sink {
    /* A family begins; f lives until the next call of family(). Called only when samples follow. */
    void (*family)(struct sink *sink, const struct family *f);
    /* One sample of it. base may be NULL; own has n labels, 0 is fine, and lives for this call. */
    void (*sample)(struct sink *sink, struct labelset *base, const struct label *own, size_t n,
                   struct value value);
};

#endif
