#include "kernel/diagnose.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "kernel/controllers.h"

#define TROUBLES_MAX (sizeof(((struct kernel_host *)0)->trouble) / sizeof(struct err))
#define FIRST_PID_NAMESPACE 0xEFFFFFFCU /* PROC_PID_INIT_INO of the kernel */
#define MOUNT_REMEDY                                                                               \
    "start the container with -v /proc:/host/proc:ro -v /sys/fs/cgroup:/host/sys/fs/cgroup:ro"

/* The controllers that the host has, which need not reach its containers. In v2 the file at the
   tree's top says so. */
static unsigned find_controllers(struct host *host) {
    bool there[HIERARCHIES];
    for (size_t h = 0; h < HIERARCHIES; h++) {
        there[h] = host->mounts.fd[h] >= 0;
    }
    struct str v2;
    bool told = there[HIERARCHY_UNIFIED] &&
                reader_read_below(&host->reader, &host->root, host->mounts.fd[HIERARCHY_UNIFIED],
                                  CONTROLLERS_FILE, &v2) == 0;
    return controllers_v1(there) | (told ? controllers_parse(v2) : 0);
}

/* Adds a trouble; the text is one sentence. */
static void add(struct kernel_host *h, int code, const char *text) {
    if (h->n_troubles < TROUBLES_MAX) {
        (void)err_set(&h->trouble[h->n_troubles++], code, "%s", text);
    }
}

/* Whether our processes are not the host's: the first pid namespace has a fixed number. */
static bool has_own_pids(void) {
    struct stat st;
    return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino != FIRST_PID_NAMESPACE;
}

/* Whether this program runs in a container and looks at that container's own files. A machine that
   was made from an image may have .dockerenv too, but the host's processes and whole trees. */
static bool looks_at_own_container(const struct host *host, const char *root) {
    bool container = access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0;
    return container && strcmp(root, "/") == 0 &&
           (has_own_pids() || mounts_partial(&host->mounts, &host->root));
}

static void look_for_cgroups(struct host *host, const char *root, int rc, struct kernel_host *h) {
    bool inside = looks_at_own_container(host, root);
    if (rc == -EACCES || rc == -EPERM) {
        add(h, -EACCES,
            "the host's sys/fs/cgroup may not be opened: run as root, or give this user "
            "the right to read it");
    } else if (inside &&
               (host->mounts.mode == CGROUP_NONE || mounts_childless(&host->mounts, &host->root))) {
        add(h, -ENOENT, "in this container the host's files are not visible: " MOUNT_REMEDY);
    } else if (host->mounts.mode == CGROUP_NONE) {
        add(h, -ENOENT,
            "no cgroup file system is mounted on the host's sys/fs/cgroup: mount -t "
            "cgroup2 cgroup2 /sys/fs/cgroup");
    }
}

/* Process 1 is always there and belongs to root, so it shows what we may see of others. */
static void look_for_processes(struct host *host, struct kernel_host *h) {
    struct str text;
    CLEANUP_FD int init =
        host->proc < 0 ? -ENOENT : root_open_below(&host->root, host->proc, "1", ROOT_DIR);
    CLEANUP_FD int version =
        host->proc < 0 ? -ENOENT : root_open_below(&host->root, host->proc, "stat", ROOT_FILE);
    int rc = init < 0 ? init : reader_read_below(&host->reader, &host->root, init, "cgroup", &text);
    if (host->proc < 0 || (init < 0 && version < 0)) {
        add(h, -ENOENT,
            "the host's proc is not there: mount -t proc proc /proc; in a "
            "container: " MOUNT_REMEDY);
    } else if (rc < 0) {
        host->hidepid = true;
        add(h, -EACCES,
            "processes of other users are hidden (hidepid on /proc): run as root, or "
            "mount -o remount,hidepid=0 /proc, or add this user to the group of its "
            "gid= option");
    }
}

/* Whether the kernel was started without memory accounting: /proc/cgroups says so, or the boot
   line where new kernels no longer list it. */
static bool memory_is_off(struct host *host) {
    struct str text;
    enum accounting memory =
        host_text(host, "proc/cgroups", &text) ? controllers_memory(text) : ACCOUNTING_UNKNOWN;
    return memory == ACCOUNTING_OFF ||
           (memory == ACCOUNTING_UNKNOWN && host_text(host, "proc/cmdline", &text) &&
            controllers_memory_is_off(text));
}

static void look_for_controllers(struct host *host, struct kernel_host *h) {
    bool memory = host->offered >> CONTROLLER_MEMORY & 1U;
    if (!memory && memory_is_off(host)) {
        add(h, -EOPNOTSUPP,
            "memory accounting is off in this kernel: add cgroup_enable=memory "
            "cgroup_memory=1 to the line in /boot/firmware/cmdline.txt (Raspberry "
            "Pi OS) or to the kernel's boot line, and reboot");
        return;
    }
    if (host->offered != CONTROLLERS_ALL && host->mounts.mode == CGROUP_V2) {
        char text[ERR_TEXT_MAX];
        (void)snprintf(
            text, sizeof(text),
            "of the controllers cpu, io, memory and pids there are only these "
            "for containers: %.*s; for Docker inside LXC set "
            "security.nesting=true (Proxmox: features: nesting=1), on OpenRC "
            "rc_cgroup_mode=\"unified\" and rc_cgroup_controllers=\"cpu io memory pids\" "
            "in /etc/rc.conf, under a user's systemd Delegate=cpu cpuset io memory pids",
            h->controllers.len ? (int)h->controllers.len : 4,
            h->controllers.len ? h->controllers.ptr : "none");
        add(h, -EOPNOTSUPP, text);
    } else if (!memory && host->mounts.mode != CGROUP_NONE) {
        add(h, -EOPNOTSUPP,
            "the memory controller is not mounted below the host's sys/fs/cgroup: "
            "mkdir -p /sys/fs/cgroup/memory && mount -t cgroup -o memory cgroup "
            "/sys/fs/cgroup/memory");
    }
}

int diagnose(struct host *host, const char *root, struct arena *arena, struct kernel_host *ret) {
    CLEANUP_BUF struct buf controllers = BUF_INIT;
    CLEANUP_FD int top = root_open(&host->root, MOUNTS_AT, ROOT_DIR);
    ret->root = arena_str(arena, str_of(root));
    ret->mode = host->mounts.mode;
    host->offered = find_controllers(host);
    controllers_list(&controllers, host->offered, " ");
    ret->controllers = arena_str(arena, buf_view(&controllers));
    ret->mem_total = host->mem_total;
    ret->held_max = host->budget.max;
    ret->n_troubles = 0;
    look_for_cgroups(host, root, top, ret);
    bool visible = ret->n_troubles == 0;
    look_for_processes(host, ret);
    if (visible) {
        look_for_controllers(host, ret);
    }
    ret->usable = visible && (ret->n_troubles == 0 || ret->trouble[0].code == -EOPNOTSUPP);
    return arena_failed(arena) ? -ENOMEM : 0;
}
