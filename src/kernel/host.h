/*
 * What all containers of a host share when they are read: the way to its files, its hierarchies,
 * the buffer, the budget. Owned by the kernel.
 */
#ifndef DOCKMETER_KERNEL_HOST_H
#define DOCKMETER_KERNEL_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/budget.h"
#include "kernel/controllers.h"
#include "kernel/mounts.h"
#include "kernel/reader.h"
#include "kernel/root.h"
#include "kernel/search.h"

struct host {
    struct root root;
    bool is_ours; /* it is "/" */
    int proc;     /* its proc directory, or -1 */
    struct mounts mounts;
    struct search search;
    struct reader reader;
    struct budget budget;
    uint64_t mem_total; /* 0: unknown */
    bool hidepid;       /* processes of others cannot be seen */
    bool details;       /* see kernel_want_details() */
    unsigned offered;   /* controllers that it has, a set of controllers.h */
    unsigned missing;   /* of these, what some container lacks */
    size_t dropped;     /* devices and interfaces beyond the limits of parse.h */
    size_t refused;     /* see kernel_refused() */
};

/*
 * Opens the folder and what is in it. -EINVAL: not a folder, or `whole` asks for proc and
 * sys/fs/cgroup and they are not both there.
 */
MUST_USE int host_init(struct host *host, const char *root, bool whole, struct err *err);
void host_done(struct host *host);

/* "/host", "/rootfs" or "/hostfs" when it holds a host's proc and sys/fs/cgroup, else "/". */
const char *host_root_guess(void);

/* A file of the host ("proc/meminfo"), good until the next read; false: it cannot be read. */
bool host_text(struct host *host, const char *path, struct str *ret);

#endif
