/*
 * A page's plan for each profile, made from one set of settings. The configured profile's must be
 * possible; another that is not is refused when it is asked for. The caller owns the struct.
 */
#ifndef DOCKMETER_CLI_PLANS_H
#define DOCKMETER_CLI_PLANS_H

#include <stddef.h>

#include "base/err.h"
#include "base/str.h"
#include "metrics/page.h"

#define PLANS_MAX 16

struct plans {
    struct {
        struct page_plan *plan; /* NULL: refused */
        struct err refused;
    } of[PLANS_MAX]; /* in the order of page_profile() */
    size_t n;
    size_t configured;
};

/* settings->profile is the configured one: -EINVAL says why it is not possible (page_plan_new()).
 */
MUST_USE int plans_new(const struct page_settings *settings, struct plans **ret, struct err *err);
void plans_free(struct plans *plans); /* NULL is fine; references to plans stay good */

/* The index of that profile, or of the configured one for an empty name; -EINVAL: none has this
   name (the nearest is named), or the settings do not fit it. */
MUST_USE int plans_find(const struct plans *plans, struct str name, size_t *ret, struct err *err);

#endif
