/*
 * The controllers that tell something about a container: which of them a cgroup has, and what is
 * said when containers lack some that the host has. Pure.
 */
#ifndef DOCKMETER_KERNEL_CONTROLLERS_H
#define DOCKMETER_KERNEL_CONTROLLERS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"
#include "kernel/hierarchy.h"

enum controller {
    CONTROLLER_CPU,
    CONTROLLER_IO,
    CONTROLLER_MEMORY,
    CONTROLLER_PIDS,
    CONTROLLERS,
};

#define CONTROLLERS_FILE "cgroup.controllers" /* of each cgroup of v2 */
#define CONTROLLERS_ALL ((1U << CONTROLLERS) - 1)

/* Those that a CONTROLLERS_FILE names ("cpuset cpu io memory pids"), as bits 1 << controller. */
unsigned controllers_parse(struct str text);

/* Those of cgroup v1 for which there is a hierarchy, of a host or of a container. */
unsigned controllers_v1(const bool there[HIERARCHIES]);

/* "cpu io memory pids", as far as they are in the set, with this between two. */
void controllers_list(struct buf *out, unsigned set, const char *between);

enum accounting { ACCOUNTING_UNKNOWN, ACCOUNTING_ON, ACCOUNTING_OFF };

/* Whether the kernel accounts memory, by /proc/cgroups; new kernels do not list it there. */
enum accounting controllers_memory(struct str cgroups);

/* Whether the boot line /proc/cmdline turns it off. */
bool controllers_memory_is_off(struct str cmdline);

/* The sentence for containers that lack some, with the remedy; v2: in the unified tree. */
void controllers_say_missing(unsigned missing, bool v2, struct err *ret);

#endif
