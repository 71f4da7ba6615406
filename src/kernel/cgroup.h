/*
 * One container's cgroups: where they are, what of them is held open, and a reading.
 *
 *      located ──► process (/proc/<pid>) and the directory of each hierarchy are known
 *         ▲               │ read: each file of the table once
 *         └── released ◄──┘ the process is another one, or something held is gone
 *
 * Files of a real cgroup file system are held while the budget lasts, then directories, then
 * nothing: a process that is not held is verified at each reading. Elsewhere (a tree that was
 * copied) a file that is held need not be the one that has its name, so only directories are.
 */
#ifndef DOCKMETER_KERNEL_CGROUP_H
#define DOCKMETER_KERNEL_CGROUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"
#include "kernel/files.h"
#include "kernel/hierarchy.h"
#include "kernel/host.h"
#include "kernel/place.h"
#include "model/container.h"
#include "model/usage.h"

/* A descriptor, and whether the budget knows of it; one that it does not know of is closed at the
   end of the reading. */
struct handle {
    int fd; /* -1: none */
    bool held;
};

struct cgroup {
    struct str id;
    uint64_t round; /* of readings, in which it was last read */
    int64_t pid;
    struct handle process;
    struct handle dirs[HIERARCHIES];
    char *paths[HIERARCHIES]; /* from the hierarchy's top; NULL: not there */
    bool unheld[HIERARCHIES]; /* has files that are not held, so the directory should be */
    bool named[HIERARCHIES];  /* the container has a cgroup of its own in it, found or not */
    bool asked;               /* for its controllers */
    struct handle files[FILES_MAX];
    signed char names[FILES_MAX]; /* which of a file's names is there */
    int64_t look_again_ns;        /* monotonic: for files that were not there */
    int64_t lost_until_ns;        /* monotonic: its place could not be found, no try before */
};

/* NULL: memory is out. The id is copied. */
struct cgroup *cgroup_new(struct str id);

/* Closes what is held; NULL is fine. */
void cgroup_free(struct cgroup *cgroup, struct host *host);

/* See kernel_read(). */
MUST_USE int cgroup_read(struct cgroup *cgroup, struct host *host,
                         const struct container_facts *facts, struct arena *arena,
                         struct usage *ret, struct err *err);

#endif
