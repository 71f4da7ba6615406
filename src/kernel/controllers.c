#include "kernel/controllers.h"

#include <errno.h>

#include "base/cleanup.h"

/* By their names in cgroup v2, and where cgroup v1 has them. */
static const struct {
    struct str name;
    enum hierarchy v1[2];
} controllers[CONTROLLERS] = {
    [CONTROLLER_CPU] = {{"cpu", 3}, {HIERARCHY_CPU, HIERARCHY_CPUACCT}},
    [CONTROLLER_IO] = {{"io", 2}, {HIERARCHY_BLKIO, HIERARCHY_BLKIO}},
    [CONTROLLER_MEMORY] = {{"memory", 6}, {HIERARCHY_MEMORY, HIERARCHY_MEMORY}},
    [CONTROLLER_PIDS] = {{"pids", 4}, {HIERARCHY_PIDS, HIERARCHY_PIDS}},
};

/* The next word between blanks and newlines. */
static bool next_word(struct str *text, struct str *ret) {
    while (text->len > 0 && (text->ptr[0] == ' ' || text->ptr[0] == '\n')) {
        *text = str_sub(*text, 1, text->len - 1);
    }
    if (text->len == 0) {
        return false;
    }
    size_t len = str_find(*text, ' ', 0);
    size_t line = str_find(*text, '\n', 0);
    len = line < len ? line : len;
    *ret = str_sub(*text, 0, len);
    *text = str_sub(*text, len, text->len - len);
    return true;
}

unsigned controllers_parse(struct str text) {
    unsigned set = 0;
    struct str word;
    while (next_word(&text, &word)) {
        for (unsigned i = 0; i < CONTROLLERS; i++) {
            set |= str_eq(word, controllers[i].name) ? 1U << i : 0;
        }
    }
    return set;
}

unsigned controllers_v1(const bool there[HIERARCHIES]) {
    unsigned set = 0;
    for (unsigned i = 0; i < CONTROLLERS; i++) {
        set |= there[controllers[i].v1[0]] || there[controllers[i].v1[1]] ? 1U << i : 0;
    }
    return set;
}

void controllers_list(struct buf *out, unsigned set, const char *between) {
    bool first = true;
    for (unsigned i = 0; i < CONTROLLERS; i++) {
        if (set >> i & 1U) {
            buf_fmt(out, "%s%.*s", first ? "" : between, STR_ARG(controllers[i].name));
            first = false;
        }
    }
}

enum accounting controllers_memory(struct str cgroups) {
    struct str line;
    while (str_split(&cgroups, '\n', &line)) {
        if (str_starts(line, STR("memory\t"))) {
            return str_ends(line, STR("\t0")) ? ACCOUNTING_OFF : ACCOUNTING_ON;
        }
    }
    return ACCOUNTING_UNKNOWN;
}

bool controllers_memory_is_off(struct str cmdline) {
    struct str word;
    while (next_word(&cmdline, &word)) {
        if (str_eq(word, STR("cgroup_disable=memory"))) {
            return true;
        }
    }
    return false;
}

/* One remedy for each way to come to this, since a cgroup does not tell which one it was. */
void controllers_say_missing(unsigned missing, bool v2, struct err *ret) {
    static const char *const remedies[] = {
        "on cgroup v1 a rootless Engine cannot give them any: boot with "
        "systemd.unified_cgroup_hierarchy=1 for cgroup v2, or run the Engine as root",
        "for a rootless Engine write [Service] and Delegate=cpu cpuset io memory pids into "
        "/etc/systemd/system/user@.service.d/delegate.conf, run systemctl daemon-reload and log "
        "in again; in LXC set security.nesting=true (Proxmox: features: nesting=1); for a cgroup "
        "parent of your own write +cpu +io +memory +pids into its cgroup.subtree_control and "
        "that of each cgroup above",
    };
    CLEANUP_BUF struct buf names = BUF_INIT;
    controllers_list(&names, missing, ", ");
    (void)err_set(ret, -EOPNOTSUPP, "containers lack controllers that the host has (%.*s): %s",
                  STR_ARG(buf_view(&names)), remedies[v2]);
}
