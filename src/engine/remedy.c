#include "engine/remedy.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

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

/* The socket may not be opened: whose group helps. */
static void not_permitted(const struct stat *st, struct err *err) {
    char name[GROUP_NAME_MAX];
    group_name(st->st_gid, name);
    (void)err_set(err, -EACCES,
                  "permission denied: the socket belongs to group %s%s(gid %lu); add the user to "
                  "that group (in a container: --group-add %lu) or run as root",
                  name, name[0] ? " " : "", (unsigned long)st->st_gid, (unsigned long)st->st_gid);
}

/* Something at the path does not answer: what it is. */
static void no_socket(const struct stat *st, struct err *err) {
    if (S_ISDIR(st->st_mode)) {
        (void)err_set(
            err, err->code,
            "the path is a directory, not a socket; a container runtime makes one when the "
            "socket does not exist on the host: start the Engine there and mount the real "
            "socket, or set docker.host (DOCKER_HOST)");
    } else if (!S_ISSOCK(st->st_mode)) {
        (void)err_set(err, err->code,
                      "the path is not a socket: set docker.host (DOCKER_HOST) to the Engine's "
                      "socket, usually /var/run/docker.sock");
    } else {
        (void)err_set(err, err->code,
                      "nobody listens on the socket: start the Engine (systemctl start docker)");
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
        {"Permission denied",
         "this user cannot read a file of docker.tls: let it, or stay root with "
         "server.user: 0 (DOCKMETER_SERVER_USER)"},
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

/* What helps with an Engine behind TCP. */
static void remedy_tcp(const struct engine_address *address, struct err *err) {
    if (err->code == -ECONNREFUSED) {
        (void)err_set(err, err->code, "connection refused: the Engine does not listen there");
    } else if (err->code == -EKEYREJECTED) {
        tls_refused(err);
    } else if (err->code == -ECONNRESET && address->tls.enabled) {
        (void)err_wrap(err, "the Engine may not accept our client certificate");
    }
}

void remedy_connect(const struct engine_address *address, struct err *err) {
    struct stat st;
    int code = err->code;
    if (!address->unix_path[0]) {
        remedy_tcp(address, err);
        return;
    }
    bool there = stat(address->unix_path, &st) == 0;
    if (code == -ENOENT) {
        (void)err_set(err, code,
                      "the socket does not exist: start the Engine, mount its socket, or set "
                      "docker.host (DOCKER_HOST)");
    } else if (code == -EACCES && there) {
        not_permitted(&st, err);
    } else if (code == -EACCES) {
        (void)err_set(err, code,
                      "permission denied on the way to the socket: run as root or as a "
                      "user who may enter its folder");
    } else if (code == -ECONNREFUSED && there) {
        no_socket(&st, err);
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
