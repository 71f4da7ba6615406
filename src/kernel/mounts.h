/*
 * Which cgroup hierarchies lie below <root>/sys/fs/cgroup. Looked up there, not in mountinfo: below
 * a mounted host root that file is the reader's own. A hierarchy is a mount of the cgroup file
 * systems, or, in a tree that was copied or made up, a folder that looks like one.
 */
#ifndef DOCKMETER_KERNEL_MOUNTS_H
#define DOCKMETER_KERNEL_MOUNTS_H

#include <stdbool.h>

#include "base/err.h"
#include "kernel/hierarchy.h"
#include "kernel/kernel.h"
#include "kernel/root.h"

#define MOUNTS_AT "sys/fs/cgroup"

struct mounts {
    enum cgroup_mode mode;
    int fd[HIERARCHIES];    /* the top directory, or -1 */
    bool real[HIERARCHIES]; /* a cgroup file system */
};

/* 0, also when there is none (CGROUP_NONE); a negative errno: the folder cannot be opened. */
MUST_USE int mounts_init(struct mounts *mounts, const struct root *root);
void mounts_done(struct mounts *mounts);

/* Whether no hierarchy has a child: a container's own cgroup, seen from inside. */
bool mounts_childless(const struct mounts *mounts, const struct root *root);

/* Whether what is seen of some hierarchy is a part of it, not all from its root. */
bool mounts_partial(const struct mounts *mounts, const struct root *root);

#endif
