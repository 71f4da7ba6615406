/*
 * Whether two YAML texts say the same: to look over a text after it was changed by place.
 */
#ifndef DOCKMETER_MIGRATE_YAML_SAME_H
#define DOCKMETER_MIGRATE_YAML_SAME_H

#include "migrate/yaml_text.h"

/* What may differ in one group. */
struct yaml_may_differ {
    int group;               /* in the old text; 0 ends a list of these */
    const char *const *keys; /* of a mapping, up to a NULL: such members may come, go and change */
};                           /* a list may have one item more in front */

/*
 * Whether the new text has every value of the old one where that had it, aliases included, but for
 * what may differ. Out of memory it is not.
 */
bool yaml_same(const struct yaml_text *was, const struct yaml_text *now,
               const struct yaml_may_differ *but);

/* Whether the node is there more than once, by an alias. */
bool yaml_is_shared(const struct yaml_text *text, int node);

#endif
