/*
 * Whether a query is in its new form already, so that migrating a file again changes nothing: many
 * families have the same name in both forms, and only the names around them tell.
 */
#ifndef DOCKMETER_MIGRATE_ALREADY_H
#define DOCKMETER_MIGRATE_ALREADY_H

#include <stdbool.h>

#include "migrate/predecessor.h"

/*
 * True when the query has a name of native's that the predecessor never had, and none that only the
 * predecessor had: families where a selector names one, labels where they are of such a family, in
 * matchers, lists and label_values(). Words of others' series say nothing. Pure.
 */
bool already_native(const struct predecessor *from, struct str query);

#endif
