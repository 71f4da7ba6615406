/*
 * Where a profile's page differs from the page of the tool that it stands in for, by families,
 * types and names of labels, and why. docs/profiles.md is written from this table; a test compares
 * it with recorded pages, so that it neither lacks a difference nor has one that is none. Private
 * to metrics/ and its test.
 */
#ifndef DOCKMETER_METRICS_DIFFERENCES_H
#define DOCKMETER_METRICS_DIFFERENCES_H

#include <stddef.h>

enum difference_kind {
    DIFFERENCE_MISSING, /* the tool has the family, the profile has not */
    DIFFERENCE_ADDED,   /* the profile has it, the tool's recorded page has not */
    DIFFERENCE_TYPE,
    DIFFERENCE_LABELS,
    DIFFERENCE_KINDS,
};

struct difference {
    const char *profile;
    enum difference_kind kind;
    const char *family;
    const char *reason;
};

extern const struct difference differences[];
extern const size_t n_differences;

#endif
