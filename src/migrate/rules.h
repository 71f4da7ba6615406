/*
 * A Prometheus rule file (groups, or a PrometheusRule of Kubernetes): expressions and templates in
 * their new form, everything else byte for byte. Recording rules keep the names of what they
 * record, and the labels of it: where one that others may ask for got a new name, label_replace()
 * keeps the old one beside it. That is why labels and annotations of rules that ask for records
 * alone stay: they change where an expression is the predecessor's.
 */
#ifndef DOCKMETER_MIGRATE_RULES_H
#define DOCKMETER_MIGRATE_RULES_H

#include "migrate/migration.h"

/* Pure. -EINVAL when it is no rule file or has mistakes, with "line: what" where err knows a line;
   -EFBIG beyond a limit of yaml_text.h; -ENOMEM. */
MUST_USE int rules_migrate(struct migration *m, struct str bytes, struct buf *out, struct err *err);

#endif
