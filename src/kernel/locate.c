#include "kernel/locate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "kernel/parse.h"
#include "kernel/self.h"

#define LOST_FOR_NS (60 * NS_PER_S)

/* The codes by which the kernel says that a process is no more. */
static bool is_gone(int rc) {
    return rc == -ENOENT || rc == -ESRCH || rc == -ENODEV;
}

static int told(int rc, int64_t pid, const struct host *host, struct err *err) {
    if (rc == -EACCES || rc == -EPERM || (rc == -ENOENT && host->hidepid)) {
        return err_set(err, -EACCES, "process %" PRId64 " may not be looked at", pid);
    }
    if (is_gone(rc)) {
        return err_set(err, -ENOENT, "process %" PRId64 " is gone", pid);
    }
    (void)err_sys(err, rc, "process %" PRId64, pid);
    err->code = rc == -ENOMEM ? rc : -EOPNOTSUPP;
    return err->code;
}

/* From the moment that a process ends it belongs nowhere in the v1 hierarchies; it is still there
   until it is reaped. */
static bool is_exiting(struct host *host, int process) {
    struct str text;
    return reader_read_below(&host->reader, &host->root, process, "stat", &text) == 0 &&
           parse_exiting(text);
}

static int not_its_own(int64_t pid, struct err *err) {
    return err_set(err, -ESTALE, "process %" PRId64 " is not the container's", pid);
}

/* Opens /proc/<pid> and reads from it where it belongs; the place refers to the reader's buffer. */
static int find_process(struct cgroup *cg, struct host *host, int64_t pid, struct place *ret,
                        struct err *err) {
    char name[24];
    struct str text;
    (void)snprintf(name, sizeof(name), "%" PRId64, pid);
    CLEANUP_FD int fd =
        pid > 0 ? root_open_below(&host->root, host->proc, name, ROOT_DIR) : -ENOENT;
    int rc = fd < 0 ? fd : reader_read_below(&host->reader, &host->root, fd, "cgroup", &text);
    if (rc < 0) {
        return told(rc, pid, host, err);
    }
    rc = place_parse(text, cg->id, ret);
    if (rc == -ESTALE) {
        rc = self_place(text, cg->id, ret);
    }
    if (rc == -ESTALE) {
        return is_exiting(host, fd) ? told(-ESRCH, pid, host, err) : not_its_own(pid, err);
    }
    if (rc != 0) {
        return told(rc, pid, host, err);
    }
    cg->process.fd = take_fd(&fd);
    cg->pid = pid;
    return 0;
}

/* Whether what was found before is still what is looked for. */
static bool is_same(const char *found, struct str path) {
    struct str before = str_of(found);
    if (!found || path.len == 0 || !str_ends(before, path)) {
        return false;
    }
    return before.len == path.len || before.ptr[before.len - path.len - 1] == '/';
}

/* One hierarchy's path; not finding it is no error here. -ENODEV: it was another one before, of
   which something may be held. */
static int find_path(struct cgroup *cg, struct host *host, enum hierarchy h,
                     const struct place *place) {
    struct search_for what = {
        .path = place->path[h], .relative = place->relative[h], .id = place->own};
    bool proven = place->own && cg->paths[h]; /* it held us, and we stay where we are */
    if (proven || is_same(cg->paths[h], what.path)) {
        return 0;
    }
    if (cg->paths[h]) {
        return -ENODEV;
    }
    if (host->mounts.fd[h] < 0 || what.path.len == 0) {
        return 0;
    }
    int rc = search_find(&host->search, &host->root, host->mounts.fd[h], what, &cg->paths[h],
                         &cg->dirs[h].fd);
    if (rc == 0 && place->own && !self_is_in(host, cg->dirs[h].fd)) {
        cleanup_fd(&cg->dirs[h].fd);
        cg->dirs[h].fd = -1;
        free(take_ptr(cg->paths[h]));
    }
    return rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE || rc == -EACCES ? rc : 0;
}

bool locate_alive(const struct cgroup *cg, struct host *host) {
    struct str text;
    int fd = cg->process.fd;
    return reader_read_below(&host->reader, &host->root, fd, "cgroup", &text) == 0 &&
           !is_exiting(host, fd);
}

static int not_below(struct err *err) {
    return err_set(err, -EOPNOTSUPP,
                   "its cgroup is not below the host's " MOUNTS_AT " as it is seen from here");
}

/* Nothing was found: because it ended meanwhile, or because it cannot be seen from here. */
static int lost(struct cgroup *cg, struct host *host, int64_t now, struct err *err) {
    if (!locate_alive(cg, host)) {
        return err_set(err, -ENOENT, "the container ended");
    }
    cg->lost_until_ns = now + LOST_FOR_NS;
    return not_below(err);
}

int locate(struct cgroup *cg, struct host *host, int64_t pid, struct err *err) {
    int64_t now = clock_mono_ns();
    if (now < cg->lost_until_ns && pid == cg->pid) {
        return not_below(err);
    }
    struct place place = {.relative = {false}};
    int rc = find_process(cg, host, pid, &place, err);
    bool any = false;
    for (size_t h = 0; rc == 0 && h < HIERARCHIES; h++) {
        cg->named[h] = place.path[h].len > 0;
        rc = find_path(cg, host, (enum hierarchy)h, &place);
        if (rc != 0) {
            (void)err_sys(err, rc, "its cgroup");
            err->code = rc == -EMFILE || rc == -ENFILE ? -EOPNOTSUPP : rc;
            return err->code;
        }
        any = any || cg->paths[h];
    }
    if (rc == 0 && !any) {
        return place.own ? not_its_own(pid, err) : lost(cg, host, now, err);
    }
    return rc;
}
