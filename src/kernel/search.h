/*
 * Finds a cgroup's directory in a mounted tree when its path is known only in part: seen from
 * another cgroup namespace a path is relative to a cgroup that cannot be told, and of our own in a
 * namespace only the container's id is known. Tried in this order: as it is, below the parents
 * where containers were found before, and by one bounded walk.
 *
 * A walk in vain is not made again at once: all walks together may take 1/20 of the time.
 */
#ifndef DOCKMETER_KERNEL_SEARCH_H
#define DOCKMETER_KERNEL_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/str.h"
#include "kernel/root.h"

#define SEARCH_DEPTH_MAX 8          /* of directories that are looked into */
#define SEARCH_DIRECTORIES_MAX 4096 /* looked into by one walk */
#define SEARCH_PARENTS_MAX 16       /* remembered */

struct search {
    char *parents[SEARCH_PARENTS_MAX]; /* ours, freed by search_done() */
    size_t n_parents;
    int64_t quiet_until_ns; /* monotonic: no walk before */
};

#define SEARCH_INIT                                                                                \
    { .parents = {NULL}, .n_parents = 0, .quiet_until_ns = 0 }

void search_done(struct search *search);

/* What is looked for: a path without slash in front, whether more may be in front of it, and
   whether it is an id, by which a directory is named as the engines do it. */
struct search_for {
    struct str path;
    bool relative;
    bool id;
};

/*
 * Opens the directory below `top`: *ret_path is its path from there (free it), *ret_fd a ROOT_DIR
 * of the caller's. -ENOENT: not found; -EACCES; -ENOMEM.
 */
MUST_USE int search_find(struct search *search, const struct root *root, int top,
                         struct search_for what, char **ret_path, int *ret_fd);

#endif
