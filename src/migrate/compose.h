/*
 * A compose file: the predecessor's service with Dockmeter's image, its preset in the environment
 * and Dockmeter's health check; all other services, comments and layout stay byte for byte. What
 * starts the old program (build, entrypoint, a command that is no flags) goes.
 */
#ifndef DOCKMETER_MIGRATE_COMPOSE_H
#define DOCKMETER_MIGRATE_COMPOSE_H

#include "migrate/migration.h"
#include "migrate/yaml_text.h"

/* Pure. `service` names the service, NULL: the only one that looks like the predecessor's. -EINVAL
   with "line: …" for what is wrong; -ENOMEM. */
MUST_USE int compose_migrate(struct migration *m, const struct yaml_text *text, const char *service,
                             struct buf *out, struct err *err);

#endif
