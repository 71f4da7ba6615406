/*
 * The container that this program runs in, when it has a cgroup namespace of its own: there our
 * /proc/<pid>/cgroup is "0::/", which names no id. Two facts, both of which only the kernel can
 * state, prove that a process is in the container of an id all the same:
 *
 *      1. it is in the very cgroup that we are in: its lines are those of /proc/self/cgroup
 *      2. we are in the cgroup that the id names: its cgroup.procs, in the host's tree, has our pid
 *
 * The kernel writes cgroup.procs in the numbers of the reader's pid namespace, where ours is nobody
 * else's. The second fact needs no view of our own cgroup: what is mounted on /sys/fs/cgroup here
 * may be the namespace's root, a part of the host's tree, all of it, or nothing.
 */
#ifndef DOCKMETER_KERNEL_SELF_H
#define DOCKMETER_KERNEL_SELF_H

#include <stdbool.h>

#include "base/err.h"
#include "base/str.h"
#include "kernel/host.h"
#include "kernel/place.h"

/* The first fact, from a process's /proc/<pid>/cgroup, see place_own(). -ESTALE: it is elsewhere,
   or we are in no namespace of our own; -ENOMEM. */
MUST_USE int self_place(struct str text, struct str id, struct place *ret);

/* The second, for a cgroup's directory below the host's root. Uses the host's reader. */
bool self_is_in(struct host *host, int dir);

#endif
