/*
 * docker-stats-exporter's YAML file, which Dockmeter reads as it is: each option with what becomes
 * of it, and the effective configuration as a new file. Keys that neither tool knows are mistakes.
 * Secrets are left out of the new file, which is refused until they are filled in.
 */
#ifndef DOCKMETER_MIGRATE_EFFECTIVE_H
#define DOCKMETER_MIGRATE_EFFECTIVE_H

#include "migrate/migration.h"
#include "migrate/yaml_text.h"

/* Pure. -EINVAL with "line: …" for what is wrong; -ENOMEM. */
MUST_USE int effective_migrate(struct migration *m, const struct yaml_text *text, struct buf *out,
                               struct err *err);

#endif
