/*
 * Container-Metrics' mapping of log levels (log_levels_mapping.json): read strictly and given out
 * as it is. Dockmeter takes the same file once it counts log lines.
 */
#ifndef DOCKMETER_MIGRATE_MAPPING_H
#define DOCKMETER_MIGRATE_MAPPING_H

#include "migrate/migration.h"

/* Pure. -EINVAL with "line:column: …" where it is no JSON; mistakes are told; -ENOMEM. */
MUST_USE int mapping_migrate(struct migration *m, struct str bytes, struct buf *out,
                             struct err *err);

#endif
