/*
 * How large the host's file systems are and how much of them is used, and on which of them the
 * containers' writable layers lie. Measured, not guessed: of each file system that is mounted below
 * the host's root, and of none besides. On the host that is all of them; in a container it is what
 * is mounted there (the host's / at /rootfs, for instance), often nothing.
 *
 * Blocks: a dead disk answers never. So it is for a thread of its own and shares nothing.
 */
#ifndef DOCKMETER_KERNEL_CAPACITY_H
#define DOCKMETER_KERNEL_CAPACITY_H

#include "base/err.h"
#include "model/filesystems.h"

#define CAPACITY_MOUNTS_MAX                                                                        \
    1000 /* on block devices and over a network; further ones are left out */
#define CAPACITY_LINE_MAX ((size_t)64 * 1024) /* of mountinfo; a longer one is left out */

struct capacity_of {
    const char *host_root; /* "/" or "/rootfs" */
    const char *data_root; /* the Engine's folder as it is on the host; "": not known */
    const char *driver;    /* its storage driver: "overlay2" */
};

/*
 * Adds to an empty struct. Only file systems on block devices are touched, and none to which the
 * way leads over a network. -ENOMEM; another negative errno: mountinfo or the root cannot be read.
 */
MUST_USE int capacity_measure(const struct capacity_of *of, struct filesystems *ret);

#endif
