#include "kernel/capacity.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/statvfs.h>

#include "base/cleanup.h"
#include "kernel/flat.h"
#include "kernel/parse.h"
#include "kernel/root.h"

#define FDINFO_MAX 512

/* A mount that is on a block device, or leads away from this machine. */
struct mounted {
    uint64_t id;
    struct str point;
    struct str source;
    bool remote;
};

/* One measurement's work. */
struct measuring {
    struct root root;
    struct str root_path;
    struct arena arena;
    struct mounted *mounts;
    size_t n;
    struct filesystems *ret;
};

static void done(struct measuring *m) {
    arena_done(&m->arena);
    root_done(&m->root);
}

static void close_file(FILE **file) {
    if (*file) {
        (void)fclose(*file);
    }
}

static bool is_of(struct str type, const char *const *types, bool by_prefix) {
    for (size_t i = 0; types[i]; i++) {
        struct str known = str_of(types[i]);
        if (by_prefix ? str_starts(type, known) : str_eq(type, known)) {
            return true;
        }
    }
    return false;
}

/* What is made to be written to; read-only images are always full. */
static bool is_storage(const struct mount_line *line) {
    static const char *const types[] = {"ext2",  "ext3", "ext4",     "xfs",
                                        "btrfs", "f2fs", "bcachefs", NULL};
    return is_of(line->type, types, false) && str_starts(line->source, STR("/dev/"));
}

/* What may wait for a server, or for a program. */
static bool is_remote(const struct mount_line *line) {
    static const char *const types[] = {"nfs", "cifs",   "smb",    "fuse",     "9p", "ceph",
                                        "afs", "autofs", "lustre", "virtiofs", NULL};
    return is_of(line->type, types, true);
}

static void keep(struct measuring *m, struct str text) {
    struct mount_line line;
    if (!parse_mount_line(text, &line) || m->n == CAPACITY_MOUNTS_MAX) {
        return;
    }
    bool remote = is_remote(&line);
    if (remote || is_storage(&line)) {
        m->mounts[m->n++] = (struct mounted){.id = line.id,
                                             .point = parse_mount_text(line.point, &m->arena),
                                             .source = parse_mount_text(line.source, &m->arena),
                                             .remote = remote};
    }
}

/* Line by line: with thousands of containers the file has megabytes. */
static int read_mounts(struct measuring *m) {
    CLEANUP(close_file) FILE *in = fopen("/proc/self/mountinfo", "re");
    CLEANUP_FREE char *line = NULL;
    size_t cap = 0;
    if (!in) {
        return -errno;
    }
    m->mounts = arena_array(&m->arena, CAPACITY_MOUNTS_MAX, sizeof(*m->mounts));
    ssize_t len = m->mounts ? getline(&line, &cap, in) : -1;
    while (len > 0) {
        bool whole = line[len - 1] == '\n' && (size_t)len <= CAPACITY_LINE_MAX;
        if (whole) {
            keep(m, (struct str){.ptr = line, .len = (size_t)len - 1});
        }
        len = getline(&line, &cap, in);
    }
    return arena_failed(&m->arena) ? -ENOMEM : 0;
}

/* Whether path is the folder itself or lies below it. */
static bool is_below(struct str path, struct str folder) {
    bool whole = folder.len == 1; /* "/" */
    return str_starts(path, folder) &&
           (whole || path.len == folder.len || path.ptr[folder.len] == '/');
}

static bool is_behind_network(const struct measuring *m, const struct mounted *mount) {
    for (size_t i = 0; i < m->n; i++) {
        if (m->mounts[i].remote && is_below(mount->point, m->mounts[i].point)) {
            return true;
        }
    }
    return false;
}

static struct filesystem *find(const struct filesystems *f, struct str device) {
    for (size_t i = 0; i < f->n; i++) {
        if (str_eq(f->list[i].device, device)) {
            return &f->list[i];
        }
    }
    return NULL;
}

/* The id of the mount that an open directory lies on; 0: not known. */
static uint64_t mount_of(int fd) {
    char path[64];
    char text[FDINFO_MAX];
    uint64_t id = 0;
    (void)snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
    CLEANUP_FD int info = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = info < 0 ? -1 : read(info, text, sizeof(text));
    struct flat file = {.rest = {.ptr = text, .len = n < 0 ? 0 : (size_t)n}};
    struct str line;
    while (flat_line(&file, &line)) {
        struct str key;
        if (str_split(&line, '\t', &key) && str_eq(key, STR("mnt_id:")) && str_to_u64(line, &id)) {
            return id;
        }
    }
    return 0;
}

/* The first mount of each device that is what one meets at its place. */
static void measure(struct measuring *m, const struct mounted *mount) {
    if (mount->remote || !is_below(mount->point, m->root_path) || find(m->ret, mount->source) ||
        is_behind_network(m, mount)) {
        return;
    }
    const char *path = mount->point.ptr + (m->root_path.len == 1 ? 0 : m->root_path.len);
    CLEANUP_FD int fd = root_open(&m->root, path[0] && path[1] ? path : ".", ROOT_DIR);
    struct statvfs fs;
    if (fd < 0 || mount_of(fd) != mount->id || fstatvfs(fd, &fs) != 0 || fs.f_blocks == 0 ||
        fs.f_bfree > fs.f_blocks) {
        return;
    }
    m->ret->list[m->ret->n++] =
        (struct filesystem){.device = arena_str(&m->ret->arena, mount->source),
                            .size_bytes = (uint64_t)fs.f_blocks * fs.f_frsize,
                            .used_bytes = (uint64_t)(fs.f_blocks - fs.f_bfree) * fs.f_frsize};
}

/* A folder of the host, opened; below its root. */
static int open_folder(const struct measuring *m, const char *before, const char *between,
                       const char *driver) {
    char path[PATH_MAX];
    int len = snprintf(path, sizeof(path), "%s%s%s", before, between, driver);
    return len < 0 || (size_t)len >= sizeof(path) ? -ENAMETOOLONG
                                                  : root_open(&m->root, path, ROOT_DIR);
}

/*
 * Where the writable layers are: by the Engine's own driver below its data; else in a containerd of
 * its own, or in the machine's. Without the right to look there, a driver that is the Engine's own
 * is known to be below the data.
 */
static int open_layers(const struct measuring *m, const struct capacity_of *of) {
#define SNAPSHOTTER "/io.containerd.snapshotter.v1."
    int fd = open_folder(m, of->data_root, "/", of->driver);
    if (fd == -EACCES && !str_eq(str_of(of->driver), STR("overlayfs"))) {
        fd = open_folder(m, of->data_root, "", "");
    }
    if (fd < 0) {
        fd = open_folder(m, of->data_root, "/containerd/daemon" SNAPSHOTTER, of->driver);
    }
    return fd < 0 ? open_folder(m, "/var/lib/containerd", SNAPSHOTTER, of->driver) : fd;
}

static void find_layers(struct measuring *m, const struct capacity_of *of) {
    if (!of->data_root[0] || !of->driver[0]) {
        return;
    }
    CLEANUP_FD int fd = open_layers(m, of);
    uint64_t id = fd < 0 ? 0 : mount_of(fd);
    for (size_t i = 0; id && i < m->n; i++) {
        if (m->mounts[i].id == id) {
            m->ret->layers = find(m->ret, m->mounts[i].source);
        }
    }
}

int capacity_measure(const struct capacity_of *of, struct filesystems *ret) {
    CLEANUP(done)
    struct measuring m = {.root = {.fd = -1}, .root_path = str_of(of->host_root), .ret = ret};
    while (m.root_path.len > 1 && str_ends(m.root_path, STR("/"))) {
        m.root_path.len--;
    }
    int rc = root_init(&m.root, of->host_root);
    rc = rc ? rc : read_mounts(&m);
    if (rc != 0) {
        return rc;
    }
    ret->list = arena_array(&ret->arena, m.n, sizeof(*ret->list));
    for (size_t i = 0; ret->list && i < m.n; i++) {
        measure(&m, &m.mounts[i]);
    }
    find_layers(&m, of);
    return arena_failed(&ret->arena) ? -ENOMEM : 0;
}
