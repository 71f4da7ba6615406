#include "kernel/cgroup.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "kernel/locate.h"

#define NAME_UNKNOWN (-1)
#define NAME_NONE (-2)
#define LOOK_AGAIN_NS (60 * NS_PER_S)

/* One reading of a container under way. */
struct visit {
    struct cgroup *cgroup;
    struct host *host;
    struct arena *arena;
    struct usage usage;
    size_t refused; /* files too, see kernel_refused() */
    bool denied;    /* some file may not be read */
    bool vanished;  /* something that was held is gone */
};

static const struct handle NO_HANDLE = {.fd = -1, .held = false};

static void handle_close(struct handle *handle, struct budget *budget) {
    if (handle->fd >= 0) {
        (void)close(handle->fd);
    }
    if (handle->held) {
        budget_give(budget);
    }
    *handle = NO_HANDLE;
}

/* At the end of its use: what is not held is closed. */
static void handle_settle(struct handle *handle, struct budget *budget) {
    if (!handle->held) {
        handle_close(handle, budget);
    }
}

/* Closes all and forgets where it was and which files are there. */
static void release(struct cgroup *cg, struct host *host) {
    cg->asked = false;
    handle_close(&cg->process, &host->budget);
    for (size_t h = 0; h < HIERARCHIES; h++) {
        handle_close(&cg->dirs[h], &host->budget);
        free(take_ptr(cg->paths[h]));
    }
    for (size_t i = 0; i < n_kernel_files; i++) {
        handle_close(&cg->files[i], &host->budget);
        cg->names[i] = NAME_UNKNOWN;
    }
}

struct cgroup *cgroup_new(struct str id) {
    struct cgroup *cg = calloc(1, sizeof(*cg) + id.len);
    if (!cg) {
        return NULL;
    }
    char *copy = (char *)(cg + 1);
    memcpy(copy, id.ptr, id.len);
    cg->id = (struct str){.ptr = copy, .len = id.len};
    cg->process = NO_HANDLE;
    for (size_t h = 0; h < HIERARCHIES; h++) {
        cg->dirs[h] = NO_HANDLE;
    }
    for (size_t i = 0; i < FILES_MAX; i++) {
        cg->files[i] = NO_HANDLE;
        cg->names[i] = NAME_UNKNOWN;
    }
    return cg;
}

void cgroup_free(struct cgroup *cg, struct host *host) {
    if (!cg) {
        return;
    }
    release(cg, host);
    free(cg);
}

/* The hierarchy's directory, opened when it is not. */
static int dir_of(struct visit *r, enum hierarchy h) {
    struct handle *dir = &r->cgroup->dirs[h];
    if (dir->fd < 0) {
        dir->fd =
            root_open_below(&r->host->root, r->host->mounts.fd[h], r->cgroup->paths[h], ROOT_DIR);
    }
    int fd = dir->fd;
    if (fd < 0) {
        *dir = NO_HANDLE;
    }
    if (fd == -ENOENT) { /* found before, now it is somewhere else or nowhere */
        free(take_ptr(r->cgroup->paths[h]));
        r->vanished = true;
    }
    return fd;
}

/* Opens the file by the name that it has here; the first that exists is remembered. */
static int open_file(struct visit *r, size_t i, int dir) {
    const struct kernel_file *file = &kernel_files[i];
    signed char *name = &r->cgroup->names[i];
    if (*name >= 0) {
        return root_open_below(&r->host->root, dir, file->names[*name], ROOT_FILE);
    }
    int rc = -ENOENT;
    for (signed char n = 0; n < FILE_NAMES_MAX && file->names[n] && rc == -ENOENT; n++) {
        rc = root_open_below(&r->host->root, dir, file->names[n], ROOT_FILE);
        *name = rc >= 0 ? n : *name;
    }
    if (rc == -ENOENT) {
        *name = NAME_NONE;
    }
    return rc;
}

/* The text of a file that is not open yet. */
static int text_opened(struct visit *r, size_t i, struct str *ret) {
    enum hierarchy h = kernel_files[i].hierarchy;
    struct handle *file = &r->cgroup->files[i];
    if (r->cgroup->names[i] == NAME_NONE) {
        return -ENOENT;
    }
    int dir = dir_of(r, h);
    int fd = dir < 0 ? dir : open_file(r, i, dir);
    if (fd < 0) {
        return fd;
    }
    file->fd = fd;
    int rc = reader_read(&r->host->reader, fd, ret);
    file->held = rc == 0 && r->host->mounts.real[h] && budget_take_file(&r->host->budget);
    handle_settle(file, &r->host->budget);
    r->cgroup->unheld[h] = r->cgroup->unheld[h] || !file->held;
    return rc;
}

static int text_of(struct visit *r, size_t i, struct str *ret) {
    struct handle *file = &r->cgroup->files[i];
    if (file->fd < 0) {
        return text_opened(r, i, ret);
    }
    int rc = reader_read(&r->host->reader, file->fd, ret);
    r->vanished = r->vanished || rc == -ENODEV;
    return rc;
}

/* Whether a failure says that we are out of something, not that the file is. */
static bool is_ours(int rc) {
    return rc == -ENOMEM || rc == -EMFILE || rc == -ENFILE;
}

/* Whether something is there that should tell us numbers and does not; a kernel without pressure
   figures has their files too, and says that it does not support them. */
static bool is_refused(int rc) {
    bool absent = rc == -ENOENT || rc == -ENODEV || rc == -ESRCH || rc == -EOPNOTSUPP;
    return rc != 0 && !absent && !is_ours(rc);
}

static bool is_wanted(const struct visit *r, const struct kernel_file *file) {
    bool told_elsewhere = file->unless < HIERARCHIES && r->host->mounts.fd[file->unless] >= 0;
    bool asked = !file->wanted_only || r->host->details;
    return r->cgroup->paths[file->hierarchy] && asked && !told_elsewhere;
}

static int read_files(struct visit *r) {
    for (size_t i = 0; i < n_kernel_files && !r->vanished; i++) {
        struct str text;
        if (!is_wanted(r, &kernel_files[i])) {
            continue;
        }
        int rc = text_of(r, i, &text);
        if (rc == 0) {
            rc = kernel_file_take(&kernel_files[i], text, r->host->mem_total, r->arena, &r->usage,
                                  &r->host->dropped);
        }
        r->denied = r->denied || rc == -EACCES || rc == -EPERM;
        r->refused += is_refused(rc);
        if (is_ours(rc)) {
            return rc;
        }
    }
    return 0;
}

/* The interfaces, through the directory that is bound to the process: never held themselves. */
static int read_nets(struct visit *r) {
    struct str text;
    int rc = reader_read_below(&r->host->reader, &r->host->root, r->cgroup->process.fd, "net/dev",
                               &text);
    if (rc == 0) {
        r->refused += str_find(text, ':', 0) == text.len; /* names no interface, not even lo */
        return parse_net_dev(text, r->arena, &r->usage, &r->host->dropped);
    }
    r->refused += is_refused(rc);
    r->vanished = !locate_alive(r->cgroup, r->host);
    return is_ours(rc) ? rc : 0;
}

/* Without one of these there is no reading. */
static bool tells_anything(const struct usage *u) {
    return usage_has(u, USAGE_CPU_NS) || usage_has(u, USAGE_MEM_USAGE_BYTES);
}

/* Closes what is not held; directories are held for the files that are not. */
static void settle(struct visit *r) {
    struct cgroup *cg = r->cgroup;
    struct budget *budget = &r->host->budget;
    handle_settle(&cg->process, budget);
    for (size_t h = 0; h < HIERARCHIES; h++) {
        struct handle *dir = &cg->dirs[h];
        if (dir->fd >= 0 && !dir->held && cg->unheld[h]) {
            dir->held = budget_take(budget);
        }
        handle_settle(dir, budget);
        cg->unheld[h] = false;
    }
}

/* Files that were not there may have come: a controller can be enabled later, or taken away. */
static void look_again(struct cgroup *cg, int64_t now) {
    if (now < cg->look_again_ns) {
        return;
    }
    cg->look_again_ns = now + LOOK_AGAIN_NS;
    cg->asked = false;
    for (size_t i = 0; i < n_kernel_files; i++) {
        cg->names[i] = cg->names[i] == NAME_NONE ? NAME_UNKNOWN : cg->names[i];
    }
}

/* Whether the container is where it was believed to be; one that was just found is, if it lives. */
static bool has_ended(const struct visit *r, bool fresh) {
    bool silent = !tells_anything(&r->usage) && !r->denied;
    return r->vanished || (silent && !(fresh && locate_alive(r->cgroup, r->host)));
}

/* One try; -ENODEV: what was held is gone, look where the container is now. */
static int read_once(struct visit *r, const struct container_facts *facts, struct err *err) {
    struct cgroup *cg = r->cgroup;
    bool fresh = cg->process.fd < 0;
    if (fresh) {
        int rc = locate(cg, r->host, facts->pid, err);
        if (rc != 0) {
            return rc;
        }
        cg->process.held = budget_take(&r->host->budget);
    }
    int rc = read_files(r);
    if (rc == 0 && facts->network == NETWORK_OWN && !r->vanished) {
        rc = read_nets(r);
    }
    if (rc != 0) {
        (void)err_sys(err, rc, "its files");
        err->code = rc == -ENOMEM ? rc : -EOPNOTSUPP;
        return err->code;
    }
    if (has_ended(r, fresh)) {
        return err_set(err, -ENODEV, "the container ended");
    }
    return 0;
}

/* Where the container is in the first hierarchy that has it; empty: it just ended in all. */
static struct str path_of(const struct visit *r) {
    size_t h = 0;
    while (h < HIERARCHIES && !r->cgroup->paths[h]) {
        h++;
    }
    struct str path = str_of(h < HIERARCHIES ? r->cgroup->paths[h] : "");
    char *text = path.len ? arena_alloc(r->arena, path.len + 1) : NULL;
    if (!text) {
        return STR("");
    }
    text[0] = '/';
    memcpy(text + 1, path.ptr, path.len);
    return (struct str){.ptr = text, .len = path.len + 1};
}

/* Which controllers the container has in its own cgroup: in v2 its file says so, in v1 it has those
   whose hierarchies name it. Asked when it was found, and now and then since that may change. */
static void learn_controllers(struct visit *r) {
    struct cgroup *cg = r->cgroup;
    struct str v2 = {.len = 0};
    int rc = 0;
    if (cg->paths[HIERARCHY_UNIFIED]) {
        int dir = dir_of(r, HIERARCHY_UNIFIED);
        rc = dir < 0
                 ? dir
                 : reader_read_below(&r->host->reader, &r->host->root, dir, CONTROLLERS_FILE, &v2);
    }
    if (rc == 0) {
        unsigned has = controllers_v1(cg->named) | controllers_parse(v2);
        r->host->missing |= r->host->offered & ~has;
    }
    cg->asked = !is_ours(rc);
}

/* What follows from what was read; an error when that is too little. */
static int finish(struct visit *r, struct err *err) {
    struct usage *u = &r->usage;
    usage_split_faults(u);
    usage_working_set(u);
    if (!tells_anything(u)) {
        return r->denied ? err_set(err, -EACCES, "its cgroup's files may not be read")
                         : err_set(err, -ENODATA, "its cgroup tells neither CPU nor memory");
    }
    u->source = SOURCE_KERNEL;
    u->read_unix_ns = clock_unix_ns();
    u->cgroup = path_of(r);
    return 0;
}

int cgroup_read(struct cgroup *cg, struct host *host, const struct container_facts *facts,
                struct arena *arena, struct usage *ret, struct err *err) {
    look_again(cg, clock_mono_ns());
    if (cg->pid != facts->pid) {
        release(cg, host);
    }
    struct visit r = {.cgroup = cg, .host = host, .arena = arena};
    int rc = read_once(&r, facts, err);
    if (rc == -ENODEV) {
        release(cg, host);
        r = (struct visit){.cgroup = cg, .host = host, .arena = arena};
        rc = read_once(&r, facts, err);
    }
    if (rc != 0) {
        release(cg, host);
        err->code = rc == -ENODEV ? -ENOENT : rc;
        return err->code;
    }
    if (!cg->asked) {
        learn_controllers(&r);
    }
    settle(&r);
    host->refused += r.refused;
    rc = finish(&r, err);
    if (rc == 0) {
        *ret = r.usage;
    }
    return rc;
}
