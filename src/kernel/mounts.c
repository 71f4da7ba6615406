#include "kernel/mounts.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "kernel/controllers.h"

/* Where a hierarchy of cgroup v1 is; the controllers that share one are linked or named together.
 */
static const struct {
    const char *path;
    enum hierarchy hierarchy;
} places[] = {
    {MOUNTS_AT "/cpu", HIERARCHY_CPU},
    {MOUNTS_AT "/cpu,cpuacct", HIERARCHY_CPU},
    {MOUNTS_AT "/cpuacct,cpu", HIERARCHY_CPU},
    {MOUNTS_AT "/cpuacct", HIERARCHY_CPUACCT},
    {MOUNTS_AT "/cpu,cpuacct", HIERARCHY_CPUACCT},
    {MOUNTS_AT "/cpuacct,cpu", HIERARCHY_CPUACCT},
    {MOUNTS_AT "/memory", HIERARCHY_MEMORY},
    {MOUNTS_AT "/blkio", HIERARCHY_BLKIO},
    {MOUNTS_AT "/pids", HIERARCHY_PIDS},
    {MOUNTS_AT "/unified", HIERARCHY_UNIFIED},
};

static bool has_magic(int fd, long magic) {
    struct statfs fs;
    return fstatfs(fd, &fs) == 0 && (long)fs.f_type == magic;
}

/* Whether the directory has an entry, only counting directories if that is asked. */
static bool has_entry(const struct root *root, int fd, bool directory) {
    CLEANUP(root_list_done) DIR *dir = root_list_below(root, fd, ".");
    if (!dir) {
        return false;
    }
    const struct dirent *entry = NULL;
    do {
        entry = readdir(dir);
        if (entry && entry->d_name[0] != '.' && (!directory || entry->d_type == DT_DIR)) {
            return true;
        }
    } while (entry);
    return false;
}

/* The unified tree has this file at its top, whatever it is mounted as. */
static bool is_unified(const struct root *root, int fd) {
    CLEANUP_FD int file = root_open_below(root, fd, CONTROLLERS_FILE, ROOT_FILE);
    return file >= 0;
}

static bool looks_right(const struct root *root, int fd, enum hierarchy hierarchy) {
    return hierarchy == HIERARCHY_UNIFIED ? is_unified(root, fd) : has_entry(root, fd, false);
}

static void put(struct mounts *m, enum hierarchy hierarchy, int *fd) {
    long magic = hierarchy == HIERARCHY_UNIFIED ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC;
    m->fd[hierarchy] = take_fd(fd);
    m->real[hierarchy] = has_magic(m->fd[hierarchy], magic);
}

static void find_v1(struct mounts *m, const struct root *root) {
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (m->fd[places[i].hierarchy] >= 0) {
            continue;
        }
        CLEANUP_FD int fd = root_open(root, places[i].path, ROOT_DIR);
        if (fd >= 0 && looks_right(root, fd, places[i].hierarchy)) {
            put(m, places[i].hierarchy, &fd);
        }
    }
}

static enum cgroup_mode mode_of(const struct mounts *m) {
    bool v1 = false;
    for (size_t i = HIERARCHY_UNIFIED + 1; i < HIERARCHIES; i++) {
        v1 = v1 || m->fd[i] >= 0;
    }
    bool v2 = m->fd[HIERARCHY_UNIFIED] >= 0;
    if (v1) {
        return v2 ? CGROUP_HYBRID : CGROUP_V1;
    }
    return v2 ? CGROUP_V2 : CGROUP_NONE;
}

int mounts_init(struct mounts *m, const struct root *root) {
    m->mode = CGROUP_NONE;
    for (size_t i = 0; i < HIERARCHIES; i++) {
        m->fd[i] = -1;
        m->real[i] = false;
    }
    CLEANUP_FD int top = root_open(root, MOUNTS_AT, ROOT_DIR);
    if (top < 0) {
        return top;
    }
    if (is_unified(root, top)) {
        put(m, HIERARCHY_UNIFIED, &top);
    } else {
        find_v1(m, root);
    }
    m->mode = mode_of(m);
    return 0;
}

void mounts_done(struct mounts *m) {
    for (size_t i = 0; i < HIERARCHIES; i++) {
        cleanup_fd(&m->fd[i]);
        m->fd[i] = -1;
    }
}

bool mounts_childless(const struct mounts *m, const struct root *root) {
    for (size_t i = 0; i < HIERARCHIES; i++) {
        if (m->fd[i] >= 0 && has_entry(root, m->fd[i], true)) {
            return false;
        }
    }
    return true;
}

/* The root of cgroup v1 alone has a release_agent, all but the root of v2 have cgroup.events. */
bool mounts_partial(const struct mounts *m, const struct root *root) {
    for (size_t i = 0; i < HIERARCHIES; i++) {
        bool unified = i == HIERARCHY_UNIFIED;
        const char *name = unified ? "cgroup.events" : "release_agent";
        CLEANUP_FD int fd =
            m->fd[i] < 0 ? -ENOENT : root_open_below(root, m->fd[i], name, O_PATH | O_CLOEXEC);
        if (m->fd[i] >= 0 && (fd >= 0) == unified) {
            return true;
        }
    }
    return false;
}

const char *cgroup_mode_word(enum cgroup_mode mode) {
    static const char *const words[] = {"none", "v1", "v2", "hybrid"};
    return words[mode];
}
