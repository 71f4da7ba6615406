/*
 * A predecessor's configuration, in whatever form its users keep it: what in it works as it is,
 * what has no effect, what comes later; and the same in its new form. The form is told from the
 * bytes:
 *
 *   YAML with "services"        compose.h      the predecessor's service with Dockmeter's image
 *   YAML with "server-ips"      aggregator.h   a Prometheus scrape job
 *   other YAML of native's      effective.h    the effective configuration
 *   a JSON object               mapping.h      Container-Metrics' mapping of log levels, as it is
 *   "docker run …", flags       run_line.h     the same line with Dockmeter's image
 *   NAME=value lines            env_file.h     the same lines
 */
#ifndef DOCKMETER_MIGRATE_OLD_CONFIG_H
#define DOCKMETER_MIGRATE_OLD_CONFIG_H

#include "migrate/migration.h"

/* Pure. `service` is the compose service to migrate, NULL: the one that is the predecessor's.
   -EINVAL when the file is wrong ("line: what" where err knows one), -EFBIG, -ENOMEM. */
MUST_USE int old_config_migrate(struct migration *m, struct str bytes, const char *service,
                                struct buf *out, struct err *err);

#endif
