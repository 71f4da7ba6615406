#include "kernel/host.h"

#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/vfs.h>

#include "base/cleanup.h"
#include "kernel/parse.h"

static bool is_proc(int fd) {
    struct statfs fs;
    return fd >= 0 && fstatfs(fd, &fs) == 0 && (long)fs.f_type == PROC_SUPER_MAGIC;
}

const char *host_root_guess(void) {
    static const char *const roots[] = {"/host", "/rootfs", "/hostfs"};
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        CLEANUP(root_done) struct root root;
        if (root_init(&root, roots[i]) != 0) {
            continue;
        }
        CLEANUP_FD int proc = root_open(&root, "proc", ROOT_DIR);
        CLEANUP_FD int cgroup = root_open(&root, MOUNTS_AT, ROOT_DIR);
        if (is_proc(proc) && cgroup >= 0) {
            return roots[i];
        }
    }
    return "/";
}

bool host_text(struct host *host, const char *path, struct str *ret) {
    CLEANUP_FD int fd = root_open(&host->root, path, ROOT_FILE);
    return fd >= 0 && reader_read(&host->reader, fd, ret) == 0;
}

int host_init(struct host *host, const char *root, bool whole, struct err *err) {
    int rc = root_init(&host->root, root);
    if (rc != 0) {
        (void)err_sys(err, rc, "the host's root %s", root);
        err->code = -EINVAL;
        return err->code;
    }
    host->is_ours = str_eq(str_of(root), STR("/"));
    host->proc = root_open(&host->root, "proc", ROOT_DIR);
    rc = mounts_init(&host->mounts, &host->root);
    if (whole && (host->proc < 0 || (rc < 0 && rc != -EACCES))) {
        return err_set(err, -EINVAL,
                       "the host's root %s has no %s in it: give the folder where the "
                       "host's /proc and /sys/fs/cgroup are mounted",
                       root, host->proc < 0 ? "proc" : MOUNTS_AT);
    }
    struct str text;
    if (!host_text(host, "proc/meminfo", &text) || !parse_mem_total(text, &host->mem_total)) {
        host->mem_total = 0;
    }
    return 0;
}

void host_done(struct host *host) {
    search_done(&host->search);
    mounts_done(&host->mounts);
    cleanup_fd(&host->proc);
    root_done(&host->root);
    reader_done(&host->reader);
}
