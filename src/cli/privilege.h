/*
 * Giving up root once what needs it is done: the listeners are bound and the certificates read.
 */
#ifndef DOCKMETER_CLI_PRIVILEGE_H
#define DOCKMETER_CLI_PRIVILEGE_H

#include <stdint.h>

#include "base/err.h"
#include "engine/address.h"

/*
 * Started as root, the process becomes that user and its group of the same number, with the group
 * of the Engine's socket as the only other one, without capabilities and without a way back. To be
 * called before any other thread is started: those inherit all of it, while capset(2) and
 * no_new_privs pass by one that is there already. Not root, or uid 0: it stays as it is. -EPERM:
 * root that may not (a container without CAP_SETGID): it stays as it is too.
 */
MUST_USE int privilege_drop(uint64_t uid, const struct engine_address *address, struct err *err);

#endif
