/*
 * The machine itself, below the host's root: its identity, its memory and cores, and a reading of
 * the root cgroup by the same table of files as a container's. Nothing is held open. Private to
 * src/kernel; see kernel_machine().
 */
#ifndef DOCKMETER_KERNEL_MACHINE_H
#define DOCKMETER_KERNEL_MACHINE_H

#include "base/arena.h"
#include "base/err.h"
#include "kernel/host.h"
#include "model/machine.h"

/* What cannot be read is not known; -ENOMEM. */
MUST_USE int machine_read(struct host *host, struct arena *arena, struct machine *ret);

/* Its identity, memory and cores alone: a machine of many containers has as many interfaces, and
   the kernel counts each one over all cores. */
MUST_USE int machine_identity(struct host *host, struct arena *arena, struct machine *ret);

#endif
