/* What a predecessor's matchers on labels become on native. */
#ifndef DOCKMETER_MIGRATE_MATCHER_H
#define DOCKMETER_MIGRATE_MATCHER_H

#include "base/buf.h"
#include "migrate/selector.h"

enum matcher_fate {
    MATCHER_KEPT,    /* under the rule's label, with the same value */
    MATCHER_CHANGED, /* with the operator and the value that were given */
    MATCHER_DROPPED, /* it selects all there is */
    MATCHER_LOST,
};

/* Whether the matcher asks for series of the machine itself. */
bool matcher_is_root(const struct label_rule *rule, const struct matcher *m);

/* Whether the matcher asks for a series of each core. */
bool matcher_is_of_cores(const struct label_rule *rule, const struct matcher *m);

/*
 * Reads a matcher by a label's rule. MATCHER_CHANGED sets *ret_op and appends the new value to
 * `value` (empty at first), MATCHER_LOST sets *ret_why. A matcher that asks for the machine itself
 * is dropped: its family has another rule then.
 */
enum matcher_fate matcher_translate(const struct label_rule *rule, const struct matcher *m,
                                    const char **ret_op, struct buf *value, const char **ret_why);

#endif
