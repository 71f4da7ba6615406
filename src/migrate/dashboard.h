/*
 * A Grafana dashboard, of any age (rows and graph panels with targets; panels, nested ones too;
 * library panels in it; the answer of Grafana's API around it): queries, legends and the names of
 * labels where they name labels, in their new form. Everything else stays byte for byte.
 *
 *   1. every query: targets' and annotations' expr, variables' query and definition
 *   2. every legend of a query that is the predecessor's and not lost
 *   3. in panels with such a query: fields that are named after labels (dashboard_fields.h)
 *
 * Queries of another data source than Prometheus (Loki's are called expr too) are left alone.
 */
#ifndef DOCKMETER_MIGRATE_DASHBOARD_H
#define DOCKMETER_MIGRATE_DASHBOARD_H

#include "migrate/migration.h"

/* Pure. -EINVAL when it is no dashboard ("line:column: what" where it is no JSON), -EFBIG beyond a
   limit of outline.h, -ENOMEM. */
MUST_USE int dashboard_migrate(struct migration *m, struct str bytes, struct buf *out,
                               struct err *err);

#endif
