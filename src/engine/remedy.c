#include "engine/remedy.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/str.h"

#define GROUP_LINE_MAX 4096
#define GROUP_NAME_MAX 64

/* The name of a group from /etc/group, "" when it has none there. */
static void group_name(gid_t gid, char name[GROUP_NAME_MAX]) {
    name[0] = '\0';
    FILE *in = fopen("/etc/group", "re");
    char line[GROUP_LINE_MAX];
    while (in && !name[0] && fgets(line, sizeof(line), in)) {
        struct str rest = str_of(line);
        struct str parts[3]; /* name:password:gid */
        size_t n = 0;
        while (n < 3 && str_split(&rest, ':', &parts[n])) {
            n++;
        }
        uint64_t number = 0;
        if (n == 3 && str_to_u64(parts[2], &number) && number == gid &&
            parts[0].len < GROUP_NAME_MAX) {
            (void)snprintf(name, GROUP_NAME_MAX, "%.*s", STR_ARG(parts[0]));
        }
    }
    if (in) {
        (void)fclose(in);
    }
}

/* Whether this process has the group, as its own or beside it. */
static bool has_group(gid_t gid) {
    int n = getgroups(0, NULL);
    gid_t *groups CLEANUP_FREE = n > 0 ? calloc((size_t)n, sizeof(*groups)) : NULL;
    bool found = getegid() == gid;
    n = groups ? getgroups(n, groups) : 0;
    for (int i = 0; i < n; i++) {
        found |= groups[i] == gid;
    }
    return found;
}

/* The first line of a file, "" when there is none. */
static void first_line(const char *path, char line[GROUP_NAME_MAX]) {
    FILE *in = fopen(path, "re");
    if (!in || !fgets(line, GROUP_NAME_MAX, in)) {
        line[0] = '\0';
    }
    line[strcspn(line, "\n")] = '\0';
    if (in) {
        (void)fclose(in);
    }
}

/* Whether it is what a user namespace shows instead of every group that it has no number for. */
static bool is_unmapped(gid_t gid) {
    char overflow[GROUP_NAME_MAX];
    char map[GROUP_NAME_MAX];
    uint64_t number = 0;
    first_line("/proc/sys/kernel/overflowgid", overflow);
    first_line("/proc/self/gid_map", map);
    bool all = str_ends(str_of(map), STR(" 4294967295"));
    return map[0] && !all && str_to_u64(str_of(overflow), &number) && number == gid;
}

/* Our user lacks the socket's group. */
static void group_missing(const struct stat *st, bool was_root, struct err *err) {
    char name[GROUP_NAME_MAX];
    unsigned long gid = (unsigned long)st->st_gid;
    group_name(st->st_gid, name);
    if (was_root) {
        (void)err_set(err, -EACCES,
                      "permission denied: the socket belongs to group %s%s(gid %lu), which it did "
                      "not when Dockmeter started as root: restart Dockmeter, it takes on the "
                      "group at its start",
                      name, name[0] ? " " : "", gid);
        return;
    }
    (void)err_set(err, -EACCES,
                  "permission denied: the socket belongs to group %s%s(gid %lu) and user %lu is "
                  "not in it: docker run --group-add %lu; compose group_add: [\"%lu\"]; Kubernetes "
                  "supplementalGroups: [%lu]; systemd SupplementaryGroups=%lu; or run as root",
                  name, name[0] ? " " : "", gid, (unsigned long)geteuid(), gid, gid, gid, gid);
}

/* The socket may not be opened: what helps. To connect is to write. */
static void not_permitted(const struct stat *st, bool was_root, struct err *err) {
    unsigned long owner = (unsigned long)st->st_uid;
    if (geteuid() != st->st_uid && (st->st_mode & S_IWGRP) == 0) {
        (void)err_set(
            err, -EACCES,
            "permission denied: only the socket's owner (uid %lu) may use it (mode %04o): "
            "run as that user (docker run --user %lu%s), or let its group in (chmod 660)",
            owner, (unsigned)st->st_mode & 07777U, owner,
            was_root ? "; server.user: 0 keeps root" : "");
    } else if (is_unmapped(st->st_gid)) {
        (void)err_set(err, -EACCES,
                      "permission denied: the socket belongs to a group that this user namespace "
                      "has no number for (stat -c %%G PATH tells it outside): a rootless container "
                      "keeps its user's groups with podman run --group-add keep-groups; systemd "
                      "SupplementaryGroups= takes its name");
    } else if (geteuid() != st->st_uid && !has_group(st->st_gid)) {
        group_missing(st, was_root, err);
    } else {
        (void)err_set(err, -EACCES,
                      "permission denied, though the socket's mode lets user %lu in: SELinux or "
                      "AppArmor may forbid it (docker run --security-opt label=disable)",
                      (unsigned long)geteuid());
    }
}

/* Whether a folder is as Docker makes it for a mount that is not there: empty, named as a socket.
 */
static bool is_made_by_docker(const char *path) {
    DIR *dir = str_ends(str_of(path), STR(".sock")) ? opendir(path) : NULL;
    bool empty = dir != NULL;
    for (struct dirent *entry; empty && (entry = readdir(dir)) != NULL;) {
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    if (dir) {
        (void)closedir(dir);
    }
    return empty;
}

/* Something else than a socket is at the path: what it is. */
static void no_socket(const struct stat *st, const char *path, struct err *err) {
    if (S_ISDIR(st->st_mode) && is_made_by_docker(path)) {
        (void)err_set(err, err->code,
                      "the path is an empty directory, not a socket: Docker makes one when a path "
                      "that is to be mounted does not exist on the host; remove it there (rmdir), "
                      "start the Engine and mount the real socket into a new container, or set "
                      "docker.host (DOCKER_HOST)");
    } else if (S_ISDIR(st->st_mode)) {
        (void)err_set(err, err->code,
                      "the path is a directory, not a socket: start the Engine there and mount the "
                      "real socket, or set docker.host (DOCKER_HOST)");
    } else {
        (void)err_set(err, err->code,
                      "the path is not a socket: set docker.host (DOCKER_HOST) to the Engine's "
                      "socket, usually /var/run/docker.sock");
    }
}

/* OpenSSL's words for what is usually wrong, and what helps. */
static void tls_refused(struct err *err) {
    static const struct {
        const char *words;
        const char *advice;
    } known[] = {
        {"certificate required", "the Engine wants a client certificate: set docker.tls.cert and "
                                 "docker.tls.key (DOCKER_CERT_PATH)"},
        {"handshake failure", "the Engine may want a client certificate: set docker.tls.cert and "
                              "docker.tls.key (DOCKER_CERT_PATH)"},
        {"alert unknown ca", "the Engine does not trust our client certificate"},
        {"alert bad certificate", "the Engine does not accept our client certificate"},
        {"unable to get local issuer", "set docker.tls.ca_cert to the authority that signed it"},
        {"self-signed", "set docker.tls.ca_cert to the authority that signed it"},
        {"wrong version number", "the peer does not speak TLS: switch docker.tls.enabled off"},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strstr(err->text, known[i].words)) {
            char why[ERR_TEXT_MAX];
            memcpy(why, err->text, sizeof(why));
            (void)err_set(err, err->code, "%s (%s)", known[i].advice, why);
            return;
        }
    }
}

/* Whether a file of docker.tls was meant that cannot be read; libcurl does not say why. */
static bool unreadable(const struct engine_tls *tls, struct err *err) {
    const struct {
        const char *option;
        const char *path;
    } files[] = {{"ca_cert", tls->ca_file}, {"cert", tls->cert_file}, {"key", tls->key_file}};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        const char *path = files[i].path;
        if (path[0] && strstr(err->text, path) && access(path, R_OK) < 0) {
            bool forbidden = errno == EACCES;
            int code = err->code;
            (void)err_sys(err, -errno, "docker.tls.%s: %s%s", files[i].option, path,
                          forbidden ? ": let this user read it, or start Dockmeter as root, which "
                                      "reads it before it becomes another user"
                                    : "");
            err->code = code;
            return true;
        }
    }
    return false;
}

/* What helps with an Engine behind TCP. */
static void remedy_tcp(const struct engine_address *address, struct err *err) {
    if (err->code == -ECONNREFUSED) {
        (void)err_set(err, err->code, "connection refused: the Engine does not listen there");
    } else if (err->code == -EKEYREJECTED && !unreadable(&address->tls, err)) {
        tls_refused(err);
    } else if (err->code == -ECONNRESET && address->tls.enabled) {
        (void)err_wrap(err, "the Engine may not accept our client certificate");
    }
}

void remedy_connect(const struct engine_address *address, bool was_root, struct err *err) {
    struct stat st;
    int code = err->code;
    if (!address->unix_path[0]) {
        remedy_tcp(address, err);
        return;
    }
    bool there = stat(address->unix_path, &st) == 0;
    if (code == -ENOENT) {
        (void)err_set(
            err, code,
            "the socket does not exist: start the Engine, mount its socket (docker run -v "
            "/var/run/docker.sock:/var/run/docker.sock:ro), or set docker.host "
            "(DOCKER_HOST)");
    } else if ((code == -EACCES || code == -ECONNREFUSED) && there && !S_ISSOCK(st.st_mode)) {
        no_socket(&st, address->unix_path, err); /* whoever may write to it */
    } else if (code == -EACCES && there) {
        not_permitted(&st, was_root, err);
    } else if (code == -EACCES) {
        (void)err_set(err, code,
                      "permission denied on the way to the socket: run as root or as a "
                      "user who may enter its folder");
    } else if (code == -ECONNREFUSED && there) {
        (void)err_set(err, code,
                      "nobody listens on the socket: start the Engine (systemctl start docker)");
    }
}

const char *remedy_proxy_flag(const char *path) {
    static const struct {
        const char *prefix;
        const char *flag;
    } flags[] = {
        {"/containers", "CONTAINERS=1"},
        {"/images", "IMAGES=1"},
        {"/volumes", "VOLUMES=1"},
        {"/networks", "NETWORKS=1"},
        {"/version", "VERSION=1"},
        {"/info", "INFO=1"},
        {"/_ping", "PING=1"},
        {"/events", "EVENTS=1"},
        {"/system", "SYSTEM=1"},
    };
    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (strncmp(path, flags[i].prefix, strlen(flags[i].prefix)) == 0) {
            return flags[i].flag;
        }
    }
    return "";
}

struct str remedy_refused_flags(const struct err *err) {
    struct str text = str_of(err->text);
    size_t at = str_search(text, STR(REMEDY_PROXY_WORDS));
    size_t from = at == SIZE_MAX ? 0 : at + strlen(REMEDY_PROXY_WORDS);
    return str_sub(text, from, text.len - from);
}
