#include "engine/address.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/un.h>

#define PATH_LIMIT (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

/* The schemes that name a host, with the port that stands for an absent one (0: the URL's own). */
struct scheme {
    const char *prefix;
    const char *url; /* NULL: http:// or https:// as TLS says */
    uint16_t port;
    uint16_t tls_port;
    bool implies_tls;
};

static const struct scheme SCHEMES[] = {
    {"tcp://", NULL, 2375, 2376, false},
    {"http://", "http://", 0, 0, false},
    {"https://", "https://", 0, 0, true},
};

/* The parts of "host:port/prefix". */
struct authority {
    struct str host; /* with its brackets when IPv6 */
    struct str port; /* empty when absent */
    struct str path; /* from its slash, without one at the end */
};

/* Copies into a field of an address; false when it does not fit. */
static bool put(char *to, size_t cap, const char *a, struct str b) {
    int n = snprintf(to, cap, "%s%.*s", a, STR_ARG(b));
    return n >= 0 && (size_t)n < cap;
}

/* A socket's path. */
static int parse_unix(struct str path, const struct engine_tls *tls, struct engine_address *a,
                      struct err *err) {
    if (path.len == 0 || path.ptr[0] != '/') {
        return err_set(err, -EINVAL,
                       "'%.*s' is not an absolute path; write unix:///var/run/docker.sock",
                       STR_ARG(path));
    }
    if (path.len > PATH_LIMIT) {
        return err_set(err, -EINVAL, "a socket's path has at most %zu bytes, this one %zu",
                       PATH_LIMIT, path.len);
    }
    if (str_find(path, '\0', 0) != path.len) {
        return err_set(err, -EINVAL, "the socket's path holds a NUL byte");
    }
    if (tls->enabled) {
        return err_set(err, -EINVAL,
                       "TLS is on, but a unix socket has none: "
                       "switch TLS (DOCKER_TLS_VERIFY) off or give a tcp:// address");
    }
    (void)put(a->unix_path, sizeof(a->unix_path), "", path);
    (void)put(a->shown, sizeof(a->shown), "unix://", path);
    (void)put(a->base_url, sizeof(a->base_url), "http://localhost", STR(""));
    return 0;
}

/* Whether all bytes of s are letters, digits or in `more`. */
static bool only(struct str s, const char *more) {
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!alnum && (c == '\0' || !strchr(more, c))) {
            return false;
        }
    }
    return true;
}

/* "[::1]:2375/x" or "host:2375/x" into its parts. */
static int split_authority(struct str rest, struct authority *ret, struct err *err) {
    size_t slash = str_find(rest, '/', 0);
    struct str host = str_sub(rest, 0, slash);
    struct str path = str_sub(rest, slash, rest.len - slash);
    while (str_ends(path, STR("/"))) {
        path.len--;
    }
    bool v6 = str_starts(host, STR("["));
    size_t close = v6 ? str_find(host, ']', 0) : 0;
    if (v6 && (close == host.len || close < 3 || !only(str_sub(host, 1, close - 1), ":.%"))) {
        return err_set(err, -EINVAL, "an IPv6 address is written [::1]:2375");
    }
    size_t colon = str_find(host, ':', close);
    struct str port =
        colon < host.len ? str_sub(host, colon + 1, host.len - colon - 1) : (struct str){NULL, 0};
    if (!v6 && str_find(port, ':', 0) < port.len) {
        return err_set(err, -EINVAL, "an IPv6 address needs brackets: [::1]:2375");
    }
    host.len = colon;
    if (host.len == 0 || (v6 && close + 1 != host.len) || (!v6 && !only(host, ".-_"))) {
        return err_set(err, -EINVAL, "'%.*s' is not a host name or address", STR_ARG(host));
    }
    uint64_t number = 0;
    if (port.ptr && (!str_to_u64(port, &number) || number < 1 || number > UINT16_MAX)) {
        return err_set(err, -EINVAL, "the port '%.*s' is not a number from 1 to 65535",
                       STR_ARG(port));
    }
    if (!only(path, "/._-~%:@!$&'()*+,;=")) {
        return err_set(err, -EINVAL, "the path behind the host may not hold '?', '#' or spaces");
    }
    *ret = (struct authority){.host = host, .port = port, .path = path};
    return 0;
}

/* A host to connect to. */
static int parse_host(const struct scheme *scheme, struct str rest, struct engine_address *a,
                      struct err *err) {
    struct authority at = {.port = {NULL, 0}};
    if (str_find(rest, '@', 0) < str_find(rest, '/', 0)) {
        return err_set(err, -EINVAL, "an address with user and password is not supported");
    }
    if (split_authority(rest, &at, err) != 0) {
        return err->code;
    }
    bool tls = a->tls.enabled || scheme->implies_tls;
    if (tls && scheme->url && !scheme->implies_tls) {
        return err_set(err, -EINVAL, "TLS is on, but http:// has none: write https:// or tcp://");
    }
    a->tls.enabled = tls;
    char port[8] = "";
    uint16_t usual = tls ? scheme->tls_port : scheme->port;
    if (at.port.len || usual) {
        (void)snprintf(port, sizeof(port), ":%.*s", STR_ARG(at.port));
    }
    if (!at.port.len && usual) {
        (void)snprintf(port, sizeof(port), ":%u", (unsigned)usual);
    }
    const char *url = tls ? "https://" : "http://";
    int n = snprintf(a->base_url, sizeof(a->base_url), "%s%.*s%s%.*s", url, STR_ARG(at.host), port,
                     STR_ARG(at.path));
    (void)snprintf(a->shown, sizeof(a->shown), "%s%.*s%s%.*s", scheme->prefix, STR_ARG(at.host),
                   port, STR_ARG(at.path));
    return n >= 0 && (size_t)n < sizeof(a->base_url)
               ? 0
               : err_set(err, -EINVAL, "longer than %d bytes", ENGINE_PATH_MAX - 1);
}

/* What cannot be spoken, and the way out. */
static int parse_other(struct str host, struct err *err) {
    if (str_starts(host, STR("ssh://"))) {
        return err_set(err, -EINVAL,
                       "ssh:// is not supported; forward the socket with: ssh -N -L "
                       "/tmp/docker.sock:/var/run/docker.sock USER@HOST and give "
                       "unix:///tmp/docker.sock");
    }
    if (str_starts(host, STR("npipe://"))) {
        return err_set(err, -EINVAL,
                       "npipe:// exists only on Windows; on Docker Desktop run this as a container "
                       "with /var/run/docker.sock mounted, or expose the Engine on tcp://");
    }
    if (str_starts(host, STR("fd://"))) {
        return err_set(err, -EINVAL, "fd:// is for the daemon itself; give the socket's path");
    }
    if (str_search(host, STR("://")) == SIZE_MAX && str_find(host, ':', 0) < host.len &&
        str_find(host, '@', 0) == host.len) {
        return err_set(err, -EINVAL, "'%.*s' has no scheme; write tcp://%.*s", STR_ARG(host),
                       STR_ARG(host));
    }
    bool secret = str_find(host, '@', 0) < host.len;
    return err_set(err, -EINVAL,
                   "'%.*s' is not an Engine's address; write "
                   "unix:///var/run/docker.sock, tcp://HOST:2375, http://… or "
                   "https://…",
                   STR_ARG(secret ? STR("…") : host));
}

/* A client certificate is of use only with its key, and the other way round. */
static int check_tls(const struct engine_tls *tls, struct err *err) {
    if (tls->enabled && (tls->cert_file[0] == '\0') != (tls->key_file[0] == '\0')) {
        return err_set(err, -EINVAL,
                       "TLS: a client certificate and its key go together, but only "
                       "the %s is given",
                       tls->cert_file[0] ? "certificate" : "key");
    }
    return 0;
}

int engine_address_parse(struct str host, const struct engine_tls *tls, struct engine_address *ret,
                         struct err *err) {
    struct engine_address a = {.tls = *tls};
    host = str_trim(host);
    int rc = -ENOENT;
    if (str_starts(host, STR("/"))) {
        rc = parse_unix(host, tls, &a, err);
    } else if (str_starts(host, STR("unix://"))) {
        rc = parse_unix(str_sub(host, 7, host.len - 7), tls, &a, err);
    }
    for (size_t i = 0; rc == -ENOENT && i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++) {
        struct str prefix = str_of(SCHEMES[i].prefix);
        if (str_starts(host, prefix)) {
            rc = parse_host(&SCHEMES[i], str_sub(host, prefix.len, host.len - prefix.len), &a, err);
        }
    }
    if (rc == -ENOENT) {
        rc = parse_other(host, err);
    }
    if (rc == 0) {
        rc = check_tls(&a.tls, err);
    }
    if (rc != 0) {
        return err_wrap(err, "the Engine's address");
    }
    *ret = a;
    return 0;
}

/* Puts dir + name into a unix address; false when there is no dir or it does not fit. */
static bool usual_socket(struct str dir, const char *name, struct engine_address *ret) {
    char path[ENGINE_PATH_MAX];
    int n = snprintf(path, sizeof(path), "%.*s%s", STR_ARG(dir), name);
    struct err err = ERR_INIT;
    const struct engine_tls off = {.enabled = false};
    return dir.len && n > 0 && (size_t)n < sizeof(path) &&
           engine_address_parse(str_of(path), &off, ret, &err) == 0;
}

void engine_address_find(struct str runtime_dir, struct engine_address *ret) {
    const struct {
        struct str dir;
        const char *name;
    } usual[] = {
        {STR("/var/run"), "/docker.sock"},
        {runtime_dir, "/docker.sock"},
        {STR("/run"), "/podman/podman.sock"},
        {runtime_dir, "/podman/podman.sock"},
    };
    for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
        struct stat st;
        struct engine_address a;
        if (usual_socket(usual[i].dir, usual[i].name, &a) && stat(a.unix_path, &st) == 0 &&
            S_ISSOCK(st.st_mode)) {
            *ret = a;
            return;
        }
    }
    (void)usual_socket(usual[0].dir, usual[0].name, ret);
}
