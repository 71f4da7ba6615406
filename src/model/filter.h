/*
 * Which containers are measured: include any, exclude wins. Patterns for names and images are
 * PCRE2 regular expressions, unanchored, on the name without its slash and on the list's image
 * string; labels are "key" or "key=value", exact. No include rule at all includes everything.
 * A pattern that runs into its match limit does not match and is counted.
 */
#ifndef DOCKMETER_MODEL_FILTER_H
#define DOCKMETER_MODEL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "model/container.h"

struct filter;

enum filter_subject { FILTER_NAME, FILTER_IMAGE, FILTER_LABEL, FILTER_SUBJECTS };

/* An empty filter (keeps everything), or NULL when memory is out. */
struct filter *filter_new(void);
void filter_free(struct filter *f);

/* Adds one rule. -EINVAL with the pattern, the position and the reason when it does not compile. */
MUST_USE int filter_add(struct filter *f, bool exclude, enum filter_subject subject,
                        struct str pattern, struct err *err);

/* Whether a container is kept; needs name, image and labels only. *cut grows by the patterns that
 * hit the limit. */
bool filter_keeps(struct filter *f, const struct container_facts *facts, uint64_t *cut);

#endif
