/*
 * What a service starts: its entrypoint and command together are the old program and its flags.
 * The program goes, for Dockmeter's image starts Dockmeter; its flags stay, for they are
 * Dockmeter's too. What is neither is told.
 *
 *   entrypoint: ["/usr/bin/cadvisor", "-logtostderr"]      (gone)
 *   command: -port=9090                                    command: ["-logtostderr", "-port=9090"]
 */
#ifndef DOCKMETER_MIGRATE_COMPOSE_COMMAND_H
#define DOCKMETER_MIGRATE_COMPOSE_COMMAND_H

#include "migrate/compose_service.h"

/* Changes both members and hands the flags to the settings. -EINVAL with "line: …" for a quote that
   is not closed; -E2BIG; -ENOMEM. */
MUST_USE int compose_take_command(struct compose_service *s, struct err *err);

#endif
