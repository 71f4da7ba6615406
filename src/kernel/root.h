/*
 * The host's root folder, and the only ways to open something below it. Nothing outside of it is
 * ever opened: symbolic links are followed within the root only (cgroup v1 has cpu -> cpu,cpuacct),
 * and below a directory that is already open none is followed at all.
 *
 * By openat2(); where that is refused (an old kernel, a container's seccomp filter) path by path
 * with O_NOFOLLOW, with the same result. Descriptors belong to the caller.
 */
#ifndef DOCKMETER_KERNEL_ROOT_H
#define DOCKMETER_KERNEL_ROOT_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>

#include "base/err.h"

#define ROOT_FILE (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) /* no FIFO makes us wait */
#define ROOT_DIR (O_PATH | O_DIRECTORY | O_CLOEXEC)              /* to open things below it */

struct root {
    int fd;     /* -1: not open */
    bool plain; /* there is no openat2() */
};

/* Opens the folder; 0 or a negative errno. */
MUST_USE int root_init(struct root *root, const char *path);
void root_done(struct root *root);

/* A path of the host ("sys/fs/cgroup"): a descriptor or a negative errno. */
MUST_USE int root_open(const struct root *root, const char *path, int flags);

/* A path below an open directory, without any symbolic link; ".." is refused with -EXDEV. */
MUST_USE int root_open_below(const struct root *root, int dir, const char *path, int flags);

/* The entries of a directory below an open one ("." itself), or NULL. */
DIR *root_list_below(const struct root *root, int dir, const char *path);
void root_list_done(DIR **list); /* for CLEANUP() */

#endif
