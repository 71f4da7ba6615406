#include "kernel/budget.h"

#include <limits.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "kernel/kernel.h"
#include "kernel/parse.h"
#include "kernel/place.h"
#include "kernel/reader.h"
#include "kernel/root.h"

size_t budget_for(uint64_t mem_limit, uint64_t descriptors) {
    uint64_t max = KERNEL_HELD_MAX;
    uint64_t of_memory = mem_limit / 4 / KERNEL_HELD_FILE_BYTES;
    max = of_memory < max ? of_memory : max;
    return (size_t)(descriptors / 2 < max ? descriptors / 2 : max);
}

/* Where a memory limit stands, by the line of /proc/self/cgroup that names the place. */
static const struct {
    const char *controllers;
    const char *mounts[2];
    const char *file;
} limits[] = {
    {"", {"sys/fs/cgroup", "sys/fs/cgroup/unified"}, "memory.max"},
    {"memory", {"sys/fs/cgroup/memory", NULL}, "memory.limit_in_bytes"},
};

static uint64_t limit_at(const struct root *root, struct reader *reader, const char *path) {
    uint64_t limit = UINT64_MAX;
    struct str text;
    CLEANUP_FD int fd = root_open(root, path, ROOT_FILE);
    if (fd < 0 || reader_read(reader, fd, &text) != 0 || !parse_number(text, &limit)) {
        return UINT64_MAX;
    }
    return limit;
}

/* "/a/b" -> "/a" -> "". */
static struct str parent_of(struct str path) {
    const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;
    return str_sub(path, 0, slash ? (size_t)(slash - path.ptr) : 0);
}

/* The lowest limit of the cgroup and those above it; in a container its path may be the host's, and
   then only the top is there, which is its own. */
static uint64_t lowest(const struct root *root, struct reader *reader, size_t row,
                       struct str path) {
    uint64_t least = UINT64_MAX;
    for (size_t m = 0; m < 2 && limits[row].mounts[m]; m++) {
        struct str at = path;
        bool top = false;
        for (; !top; at = parent_of(at)) {
            char file[PATH_MAX];
            (void)snprintf(file, sizeof(file), "%s%.*s/%s", limits[row].mounts[m], STR_ARG(at),
                           limits[row].file);
            uint64_t limit = limit_at(root, reader, file);
            least = limit < least ? limit : least;
            top = at.len == 0;
        }
    }
    return least;
}

/* The lowest of all lines of /proc/self/cgroup, which lie in another buffer than the reader's. */
static uint64_t lowest_of_lines(const struct root *root, struct reader *reader, struct str text) {
    uint64_t least = UINT64_MAX;
    struct str controllers;
    struct str path;
    while (place_line(&text, &controllers, &path)) {
        for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
            if (str_eq(controllers, str_of(limits[i].controllers))) {
                uint64_t limit = lowest(root, reader, i, path);
                least = limit < least ? limit : least;
            }
        }
    }
    return least;
}

static uint64_t own_mem_limit(void) {
    CLEANUP(root_done) struct root root;
    CLEANUP(reader_done) struct reader reader = READER_INIT;
    CLEANUP(reader_done) struct reader lines = READER_INIT;
    struct str text;
    if (root_init(&root, "/") != 0) {
        return UINT64_MAX;
    }
    CLEANUP_FD int fd = root_open(&root, "proc/self/cgroup", ROOT_FILE);
    if (fd < 0 || reader_read(&lines, fd, &text) != 0) {
        return UINT64_MAX;
    }
    return lowest_of_lines(&root, &reader, text);
}

size_t budget_own(void) {
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0) {
        return 0;
    }
    return budget_for(own_mem_limit(), files.rlim_cur);
}
