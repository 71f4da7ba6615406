/*
 * Finds a container's process and its cgroups on the host: /proc/<pid> by its pid, the cgroups by
 * what that process's /proc/<pid>/cgroup says, believed only when it names the container, or when
 * the process is in our own cgroup and that is found to be the container's (see self.h).
 */
#ifndef DOCKMETER_KERNEL_LOCATE_H
#define DOCKMETER_KERNEL_LOCATE_H

#include <stdint.h>

#include "base/err.h"
#include "kernel/cgroup.h"

/* Opens the process and fills the paths, with errors as kernel_read() has them. */
MUST_USE int locate(struct cgroup *cgroup, struct host *host, int64_t pid, struct err *err);

/* Whether the process that was opened is still there, and not only because nobody reaped it. */
bool locate_alive(const struct cgroup *cgroup, struct host *host);

#endif
