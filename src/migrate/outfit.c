#include "migrate/outfit.h"

#include "base/cleanup.h"

/* Behind the last colon or slash of the name, up to the tag. */
bool outfit_is_ours(struct str image) {
    size_t from = 0;
    for (size_t i = 0; i < image.len; i++) {
        from = image.ptr[i] == '/' ? i + 1 : from;
    }
    struct str name = str_sub(image, from, image.len - from);
    return str_eq(str_sub(name, 0, str_find(name, ':', 0)), STR(OUTFIT_IMAGE));
}

void outfit_port(struct outfit *o, size_t line, struct str text) {
    struct str number = str_sub(text, 0, str_find(text, '/', 0));
    for (size_t i = 0; i < number.len; i++) {
        if (number.ptr[i] == ':') {
            number = str_sub(number, i + 1, number.len - i - 1);
            i = (size_t)-1;
        }
    }
    uint64_t port = 0;
    if (o->n_ports < OUTFIT_PORTS_MAX && str_to_u64(number, &port)) {
        o->ports[o->n_ports].spot = (struct spot){.line = line, .where = STR("ports")};
        o->ports[o->n_ports++].port = port;
    }
}

/* Whether the path is the folder or lies above it. */
static bool holds(struct str path, struct str what) {
    return str_eq(path, STR("/")) || str_eq(path, what) ||
           (str_starts(what, path) && what.len > path.len && what.ptr[path.len] == '/');
}

/* Folders below which the host's files are looked for. */
static bool is_host_root(struct str target) {
    return str_eq(target, STR("/host")) || str_eq(target, STR("/rootfs")) ||
           str_eq(target, STR("/hostfs"));
}

/* Whether the mount brings the host's `path` below one of those folders. */
static bool brings(struct str source, struct str target, struct str path) {
    size_t second = target.len > 1 ? str_find(target, '/', 1) : 0;
    struct str root = str_sub(target, 0, second);
    struct str rest = str_sub(target, second, target.len - second);
    if (!is_host_root(root) || !holds(source, path)) {
        return false;
    }
    return str_eq(source, STR("/")) ? rest.len == 0 : str_eq(rest, source);
}

void outfit_mount(struct outfit *o, size_t line, struct str source, struct str target) {
    struct spot spot = {.line = line, .where = STR("volumes")};
    bool proc = brings(source, target, STR("/proc"));
    bool cgroup = brings(source, target, STR("/sys/fs/cgroup"));
    bool socket =
        holds(target, STR("/var/run/docker.sock")) || holds(target, STR("/run/docker.sock"));
    o->proc |= proc;
    o->cgroup |= cgroup;
    o->socket |= socket;
    if (socket) {
        migration_say(o->m, REMARK_SAME, &spot, "%.*s: the Engine's socket is found there",
                      STR_ARG(target));
    } else if (proc || cgroup) {
        migration_say(o->m, REMARK_SAME, &spot, "%.*s: the kernel's files are read there",
                      STR_ARG(target));
    } else {
        migration_say(o->m, REMARK_FOREIGN, &spot, "%.*s: Dockmeter does not use it; left as it is",
                      STR_ARG(target));
    }
}

void outfit_volume(struct outfit *o, size_t line, struct str text) {
    size_t colon = str_find(text, ':', 0);
    struct str source = str_sub(text, 0, colon);
    struct str rest = colon < text.len ? str_sub(text, colon + 1, text.len - colon - 1) : source;
    outfit_mount(o, line, source, str_sub(rest, 0, str_find(rest, ':', 0)));
}

static void judge_ports(struct outfit *o, uint64_t port) {
    for (size_t i = 0; i < o->n_ports; i++) {
        const struct spot *spot = &o->ports[i].spot;
        if (o->ports[i].port == port) {
            migration_say(o->m, REMARK_SAME, spot, "Dockmeter listens on %llu",
                          (unsigned long long)port);
        } else {
            migration_say(o->m, REMARK_DIFFERS, spot,
                          "nothing listens on %llu in the container: Dockmeter listens on %llu",
                          (unsigned long long)o->ports[i].port, (unsigned long long)port);
        }
    }
}

void outfit_judge(struct outfit *o, uint64_t port) {
    struct spot spot = {.line = 0};
    if (port) {
        judge_ports(o, port);
    }
    if (!o->socket && !o->remote) {
        migration_note(o->m, &spot,
                       "mount the Engine's socket: "
                       "/var/run/docker.sock:/var/run/docker.sock:ro");
    }
    if (!o->proc || !o->cgroup) {
        migration_note(o->m, &spot,
                       "with /proc:/host/proc:ro and /sys/fs/cgroup:/host/sys/fs/cgroup:ro mounted "
                       "Dockmeter reads the kernel's files, which is faster and tells more");
    }
}
