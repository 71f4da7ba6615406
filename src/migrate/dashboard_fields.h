/*
 * Names of labels outside of queries: where panels name the columns of a table or the labels of a
 * series (overrides by name, transformations, sorting, ${__field.labels.name}), where variables cut
 * a label's value out of a series, where ad hoc filters choose one.
 */
#ifndef DOCKMETER_MIGRATE_DASHBOARD_FIELDS_H
#define DOCKMETER_MIGRATE_DASHBOARD_FIELDS_H

#include "migrate/dashboard_state.h"

/* Renames what this node, a member or item of whatever kind, says of labels; not what is below it.
 */
void dashboard_field(struct dashboard *d, const struct outline_node *node);

#endif
