/*
 * The list of agents that the Docker Data Exporter's aggregator asks (aggregator_config.yaml: the
 * key server-ips with entries IP or IP:PORT, 80 when absent) as a scrape job of Prometheus.
 */
#ifndef DOCKMETER_MIGRATE_AGGREGATOR_H
#define DOCKMETER_MIGRATE_AGGREGATOR_H

#include "migrate/migration.h"
#include "migrate/yaml_text.h"

/* Pure. -EINVAL with "line: …" for what is wrong; -ENOMEM. */
MUST_USE int aggregator_migrate(struct migration *m, const struct yaml_text *text, struct buf *out,
                                struct err *err);

#endif
