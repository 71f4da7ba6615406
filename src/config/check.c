/* What one row of the table cannot say: the form of some texts, and what options need of each
 * other. */
#include <errno.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "config/load.h"

#define SHORTEST_INTERVAL_NS INT64_C(100000000)
#define LONG_TTL_NS INT64_C(10000000000) /* few scrape more often than every 10 s */

static const struct config_origin *origin_of(const struct load *load, const char *name) {
    return load_origin(load, option_find(str_of(name)));
}

/* -EINVAL with "origin: name: "value" what". */
static int wrong(const struct load *load, const char *name, struct str value, const char *what,
                 struct err *err) {
    struct buf shown CLEANUP_BUF = BUF_INIT;
    value_quote(value, &shown);
    err_set(err, -EINVAL, "%s: %s %s", name, buf_cstr(&shown), what);
    return origin_wrap(origin_of(load, name), err);
}

/* -EINVAL with "origin: name: needs other". */
static int needs(const struct load *load, const char *name, const char *other, struct err *err) {
    err_set(err, -EINVAL, "%s: needs %s", name, other);
    return origin_wrap(origin_of(load, name), err);
}

static bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* [a-zA-Z_][a-zA-Z0-9_]*, and colons where allowed. */
static bool is_name(struct str s, bool colons) {
    for (size_t i = 0; i < s.len; i++) {
        bool ok = is_alpha(s.ptr[i]) || (colons && s.ptr[i] == ':') || (i && is_digit(s.ptr[i]));
        if (!ok) {
            return false;
        }
    }
    return s.len > 0;
}

/* A path of a URL without query: printable ASCII without what ends or hides a path. */
static bool is_path(struct str s) {
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] > '~' || strchr("?#%\"<>\\", s.ptr[i])) {
            return false;
        }
    }
    return s.len > 0 && s.ptr[0] == '/';
}

/* The paths that are served: well formed and distinct. */
static int check_paths(const struct load *load, struct err *err) {
    const struct config *c = load->config;
    const char *const names[] = {"server.metrics_path", "server.health_path", "server.ready_path"};
    const struct str paths[] = {c->server.metrics_path, c->server.health_path,
                                c->server.ready_path};
    for (size_t i = 0; i < 3; i++) {
        if (!is_path(paths[i])) {
            return wrong(
                load, names[i], paths[i],
                "is not a path like /metrics: it starts with / and holds no ? # % \" < > \\ "
                "or blanks",
                err);
        }
        if (str_eq(paths[i], STR("/version"))) {
            return wrong(load, names[i], paths[i], "is taken by the version", err);
        }
        for (size_t j = 0; j < i; j++) {
            if (str_eq(paths[i], paths[j])) {
                size_t later = load_origin(load, option_find(str_of(names[i])))->layer ? i : j;
                struct buf what CLEANUP_BUF = BUF_INIT;
                buf_fmt(&what, "is the same as %s", names[later == i ? j : i]);
                return wrong(load, names[later], paths[i], buf_cstr(&what), err);
            }
        }
    }
    return 0;
}

/* A slash at its end is taken off, as Prometheus does it; "/" alone is none. */
static int check_prefix(struct load *load, struct err *err) {
    struct str *prefix = &load->config->server.route_prefix;
    if (prefix->len && !is_path(*prefix)) {
        return wrong(load, "server.route_prefix", *prefix,
                     "is not a prefix like /dockmeter: it starts with /", err);
    }
    if (str_ends(*prefix, STR("/"))) {
        *prefix = arena_str(&load->config->arena, str_sub(*prefix, 0, prefix->len - 1));
    }
    return 0;
}

/* Whether it is "unix:///path" or "host:port"; the server resolves the host. */
static bool is_listen_address(struct str s) {
    if (str_starts(s, STR("unix:"))) {
        return str_starts(s, STR("unix:///")) && s.len > 8;
    }
    size_t colon = s.len;
    while (colon && s.ptr[colon - 1] != ':') {
        colon--;
    }
    uint64_t port = 0;
    if (!colon || !str_to_u64(str_sub(s, colon, s.len - colon), &port) || port > 65535) {
        return false;
    }
    struct str host = str_sub(s, 0, colon - 1);
    bool bracketed = str_starts(host, STR("[")) && str_ends(host, STR("]"));
    return bracketed || str_find(host, ':', 0) == host.len;
}

static int check_listen(struct load *load, struct err *err) {
    const struct str_list *list = &load->config->server.listen_addresses;
    static const char *const unused[] = {"server.address", "server.port"};
    for (size_t i = 0; i < list->n; i++) {
        if (!is_listen_address(list->items[i])) {
            return wrong(load, "server.listen_addresses", list->items[i],
                         "is not host:port, :port, [IPv6]:port or unix:///path", err);
        }
    }
    for (size_t i = 0; list->n && i < 2; i++) {
        const struct config_origin *origin = origin_of(load, unused[i]);
        struct buf where CLEANUP_BUF = BUF_INIT;
        origin_write(origin, &where);
        if (origin->layer > LAYER_PRESET) {
            load_note(load, "%s: %s has no effect beside server.listen_addresses", buf_cstr(&where),
                      unused[i]);
        }
    }
    return 0;
}

static int check_server_security(const struct load *load, struct err *err) {
    const struct config *c = load->config;
    if (c->server.tls.enabled && !c->server.tls.cert_file.len) {
        return needs(load, "server.tls.enabled", "server.tls.cert_file", err);
    }
    if (c->server.tls.enabled && !c->server.tls.key_file.len) {
        return needs(load, "server.tls.enabled", "server.tls.key_file", err);
    }
    if (c->server.auth.enabled && !c->server.auth.username.len) {
        return needs(load, "server.auth.enabled", "server.auth.username", err);
    }
    if (c->server.auth.enabled && !c->server.auth.password.len) {
        return needs(load, "server.auth.enabled", "server.auth.password", err);
    }
    if (c->server.auth.enabled &&
        str_find(c->server.auth.username, ':', 0) < c->server.auth.username.len) {
        return wrong(load, "server.auth.username", c->server.auth.username,
                     "has a colon, which basic authentication cannot carry", err);
    }
    return 0;
}

/* "1.41": two whole numbers. */
static bool is_api_version(struct str s) {
    size_t dot = str_find(s, '.', 0);
    uint64_t number = 0;
    return dot < s.len && str_to_u64(str_sub(s, 0, dot), &number) && number < 1000 &&
           str_to_u64(str_sub(s, dot + 1, s.len - dot - 1), &number) && number < 1000;
}

/* The Engine's TLS; without a host it means the docker command's default for TLS. */
static int check_docker(struct load *load, struct err *err) {
    struct config *c = load->config;
    if (c->docker.api_version.len && !is_api_version(c->docker.api_version)) {
        return wrong(load, "docker.api_version", c->docker.api_version,
                     "is not a version like 1.41", err);
    }
    if (!c->docker.tls.enabled) {
        return 0;
    }
    if (!c->docker.host.len) {
        const struct option *host = option_find(STR("docker.host"));
        c->docker.host = STR("tcp://localhost:2376");
        c->origins[option_index(host)] = *origin_of(load, "docker.tls.enabled");
    }
    if (str_starts(c->docker.host, STR("/")) || str_starts(c->docker.host, STR("unix:"))) {
        err_set(err, -EINVAL,
                "docker.tls.enabled: docker.host \"%.*s\" is a unix socket, which has "
                "no TLS; turn it off or use tcp://host:2376",
                STR_ARG(c->docker.host));
        return origin_wrap(origin_of(load, "docker.tls.enabled"), err);
    }
    if (c->docker.tls.cert.len && !c->docker.tls.key.len) {
        return needs(load, "docker.tls.cert", "docker.tls.key", err);
    }
    if (c->docker.tls.key.len && !c->docker.tls.cert.len) {
        return needs(load, "docker.tls.key", "docker.tls.cert", err);
    }
    return 0;
}

static int check_metrics(struct load *load, struct err *err) {
    const struct config *c = load->config;
    const struct pair_list *labels = &c->metrics.global_labels;
    if (c->metrics.namespace.len && !is_name(c->metrics.namespace, true)) {
        return wrong(
            load, "metrics.namespace", c->metrics.namespace,
            "cannot start a metric name; it takes letters, digits, _ and :, no digit first", err);
    }
    for (size_t i = 0; i < labels->n; i++) {
        struct str name = labels->items[i].key;
        if (!is_name(name, false) || str_starts(name, STR("__"))) {
            return wrong(load, "metrics.global_labels", name,
                         "is not a label name; it takes letters, digits and _, no digit first and "
                         "no __ in front",
                         err);
        }
    }
    if (c->metrics.cache.enabled && c->metrics.cache.ttl_ns >= LONG_TTL_NS) {
        struct buf where CLEANUP_BUF = BUF_INIT;
        origin_write(origin_of(load, "metrics.cache.ttl"), &where);
        struct buf ttl CLEANUP_BUF = BUF_INIT;
        struct value value = {.ns = c->metrics.cache.ttl_ns};
        value_write(option_find(STR("metrics.cache.ttl")), &value, false, &ttl);
        load_note(load,
                  "%s: metrics.cache.ttl %s: when it is longer than the scrape interval, counters "
                  "repeat; keep it shorter",
                  buf_cstr(&where), buf_cstr(&ttl));
    }
    return 0;
}

/* In the background not more often than anyone could want. */
static int check_interval(const struct load *load, struct err *err) {
    int64_t ns = load->config->collection.interval_ns;
    if (ns == 0 || ns >= SHORTEST_INTERVAL_NS) {
        return 0;
    }
    char text[UNITS_TEXT_MAX];
    return wrong(load, "collection.interval", units_format_duration(ns, text),
                 "is too short; it is 0 or at least 100ms", err);
}

/* Only a collection in the background is told. */
static void check_last_collected_file(struct load *load) {
    static const char name[] = "collection.last_collected_file";
    const struct config_origin *origin = origin_of(load, name);
    bool set = load->config->collection.last_collected_file.len && origin->layer > LAYER_PRESET;
    if (set && load->config->collection.interval_ns == 0) {
        struct buf where CLEANUP_BUF = BUF_INIT;
        origin_write(origin, &where);
        load_note(load, "%s: %s has no effect without collection.interval", buf_cstr(&where), name);
    }
}

int check_load(struct load *load, struct err *err) {
    int r = check_paths(load, err);
    r = r ? r : check_interval(load, err);
    check_last_collected_file(load);
    r = r ? r : check_prefix(load, err);
    r = r ? r : check_listen(load, err);
    r = r ? r : check_server_security(load, err);
    r = r ? r : check_docker(load, err);
    return r ? r : check_metrics(load, err);
}
