/*
 * The environment: DOCKMETER_<PATH> for every option, the predecessors' names (empty is unset
 * there), and what the docker command reads for TLS. What nobody asked for is noted, never an
 * error: Kubernetes sets NAME_PORT=tcp://… and its like for every service in the namespace.
 */
#include <errno.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/units.h"
#include "config/load.h"

#define OWN_PREFIX "DOCKMETER_"
#define CONTAINER_METRICS_INTERVAL "20" /* the default that LOGS_COLLECTION_INTERVAL is held to */

/* The value, empty or not; NULL when absent. */
static const char *get_raw(const char *const *vars, struct str name) {
    for (size_t i = 0; vars && vars[i]; i++) {
        struct str entry = str_of(vars[i]);
        if (entry.len > name.len && entry.ptr[name.len] == '=' && str_starts(entry, name)) {
            return entry.ptr + name.len + 1;
        }
    }
    return NULL;
}

const char *env_get(const char *const *vars, const char *name) {
    const char *value = get_raw(vars, str_of(name));
    return value && *value ? value : NULL;
}

/* Whether Kubernetes has made the variable for a service: X_SERVICE_HOST, X_SERVICE_PORT[_NAME],
   X_PORT=tcp://…, X_PORT_80_TCP[_…]. */
static bool is_kubernetes(struct str name, struct str value) {
    size_t at = str_search(name, STR("_PORT_"));
    bool numbered =
        at != SIZE_MAX && at + 6 < name.len && name.ptr[at + 6] >= '0' && name.ptr[at + 6] <= '9';
    bool url = str_ends(name, STR("_PORT")) &&
               (str_starts(value, STR("tcp://")) || str_starts(value, STR("udp://")) ||
                str_starts(value, STR("sctp://")));
    return numbered || url || str_ends(name, STR("_SERVICE_HOST")) ||
           str_search(name, STR("_SERVICE_PORT")) != SIZE_MAX;
}

/* The value as people would compare it: 15 and 15s, /x and unix:///x are the same. */
static int comparable(struct load *load, const struct option *o, const char *text, struct buf *out,
                      struct err *err) {
    struct value value;
    int r = value_parse(o, str_of(text), &load->config->arena, &value, err);
    if (!r && str_starts(value.text, STR("unix://"))) {
        value.text = str_sub(value.text, 7, value.text.len - 7);
    }
    if (!r) {
        value_write(o, &value, false, out);
    }
    return r;
}

/* -EINVAL when two predecessors' names of one option say different things. */
static int compare(struct load *load, const struct option *o, const char *const *vars,
                   const char *names[2], struct err *err) {
    struct buf first CLEANUP_BUF = BUF_INIT;
    struct buf second CLEANUP_BUF = BUF_INIT;
    const char *values[2] = {env_get(vars, names[0]), env_get(vars, names[1])};
    if (comparable(load, o, values[0], &first, err) != 0) {
        return 0; /* load_text() tells */
    }
    int r = comparable(load, o, values[1], &second, err);
    if (r) {
        err_wrap(err, "%s", o->name);
        return err_wrap(err, "environment %s", names[1]);
    }
    if (str_eq(buf_view(&first), buf_view(&second))) {
        return 0;
    }
    char own[OPTION_ENV_MAX];
    buf_reset(&first);
    buf_reset(&second);
    value_quote(str_of(values[0]), &first);
    value_quote(str_of(values[1]), &second);
    return err_set(err, -EINVAL,
                   "environment %s and %s: %s: %s and %s differ; keep one of them, or set %s",
                   names[0], names[1], o->name, buf_cstr(&first), buf_cstr(&second),
                   option_env_name(o->name, own).ptr);
}

/* The option by its predecessors' names; all that are set must agree. */
static int load_old(struct load *load, const struct option *o, const char *const *vars,
                    struct err *err) {
    const char *name = NULL;
    int r = 0;
    for (size_t i = 0; !r && o->old_env[i]; i++) {
        const char *value = env_get(vars, o->old_env[i]);
        if (!value || is_kubernetes(str_of(o->old_env[i]), str_of(value))) {
            continue;
        }
        if (name) {
            r = compare(load, o, vars, (const char *[2]){name, o->old_env[i]}, err);
        } else {
            name = o->old_env[i];
        }
    }
    if (r || !name) {
        return r;
    }
    struct config_origin origin = {.layer = LAYER_OLD_ENV, .where = name};
    return load_text(load, o, str_of(env_get(vars, name)), &origin, err);
}

static int load_option(struct load *load, const struct option *o, const char *const *vars,
                       struct err *err) {
    char buf[OPTION_ENV_MAX];
    struct str name = option_env_name(o->name, buf);
    const char *value = get_raw(vars, name);
    if (!value || is_kubernetes(name, str_of(value))) {
        return load_old(load, o, vars, err);
    }
    struct config_origin origin = {.layer = LAYER_ENV, .where = name.ptr};
    return load_text(load, o, str_of(value), &origin, err);
}

/* DOCKER_TLS_VERIFY: any value at all, even 0, turns TLS and the check of the peer on. */
static int load_tls_verify(struct load *load, const char *const *vars, struct err *err) {
    static const char *const names[] = {"docker.tls.enabled", "docker.tls.verify"};
    struct config_origin origin = {.layer = LAYER_OLD_ENV, .where = "DOCKER_TLS_VERIFY"};
    int r = 0;
    for (size_t i = 0; !r && env_get(vars, origin.where) && i < 2; i++) {
        r = load_text(load, option_find(str_of(names[i])), STR("true"), &origin, err);
    }
    return r;
}

/* Notes a variable that has our prefix and means nothing. */
static void note_unknown(struct load *load, struct str name) {
    char buf[OPTION_ENV_MAX];
    const char *nearest = option_nearest_env(name, buf);
    struct buf shown CLEANUP_BUF = BUF_INIT;
    value_quote(name.len > OPTION_ENV_MAX ? str_sub(name, 0, OPTION_ENV_MAX) : name, &shown);
    load_note(load, "environment %s is unknown and ignored%s%s%s", buf_cstr(&shown),
              nearest ? "; did you mean " : "", nearest ? nearest : "", nearest ? "?" : "");
}

/* Whether a predecessor's name of an option. */
static bool is_old(struct str name) {
    for (size_t i = 0; i < n_options; i++) {
        for (size_t j = 0; options[i].old_env[j]; j++) {
            if (str_eq(str_of(options[i].old_env[j]), name)) {
                return true;
            }
        }
    }
    return false;
}

/* A name of another version or tool, if it is one: noted, or -EINVAL when it is refused. */
static int take_legacy(struct load *load, struct str name, struct str value, struct err *err) {
    const struct legacy *row = legacy_find_env(name);
    if (!row || value.len == 0 || (row->kind == LEGACY_REFUSED && legacy_is_off(row, value))) {
        return 0;
    }
    struct config_origin origin = {.layer = LAYER_OLD_ENV,
                                   .where = arena_str(&load->config->arena, name).ptr};
    return load_legacy(load, row, NULL, &origin, err);
}

/* Notes what has no effect: names of later versions, unknown ones, Kubernetes' (once). */
static int note_rest(struct load *load, const char *const *vars, struct err *err) {
    bool kubernetes_told = false;
    int r = 0;
    for (size_t i = 0; !r && vars && vars[i]; i++) {
        struct str entry = str_of(vars[i]);
        size_t end = str_find(entry, '=', 0);
        struct str name = str_sub(entry, 0, end);
        struct str value = str_sub(entry, end, entry.len - end);
        value = value.len ? str_sub(value, 1, value.len - 1) : value;
        bool own = str_starts(name, STR(OWN_PREFIX));
        if ((own || is_old(name)) && is_kubernetes(name, value)) {
            if (!kubernetes_told) {
                load_note(
                    load,
                    "environment %.*s comes from a Kubernetes service and is ignored, and its "
                    "like",
                    STR_ARG(name));
            }
            kubernetes_told = true;
            continue;
        }
        r = take_legacy(load, name, value, err);
        if (own && !option_find_env(name) && !legacy_find_env(name) &&
            !str_eq(name, STR("DOCKMETER_CONFIG_FILE"))) {
            note_unknown(load, name);
        }
    }
    return r;
}

int env_load(struct load *load, const char *const *vars, struct err *err) {
    int r = load_tls_verify(load, vars, err);
    for (size_t i = 0; !r && i < n_options; i++) {
        r = load_option(load, &options[i], vars, err);
    }
    return r ? r : note_rest(load, vars, err);
}

/* Not where it may be there and only cannot be seen, as after root was given up. */
static bool is_missing(const char *file) {
    return access(file, F_OK) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

/* One file of the certificates' folder, if it is there or must be. */
static int load_certificate(struct load *load, const char *name, const char *file, bool must,
                            const struct config_origin *origin, struct err *err) {
    if (!must && is_missing(file)) {
        return 0;
    }
    return load_text(load, option_find(str_of(name)), str_of(file), origin, err);
}

/* The folder of DOCKER_CERT_PATH, or with DOCKER_TLS_VERIFY alone ~/.docker; as the docker command,
   a client certificate that is not there is not used. */
static int load_certificates(struct load *load, const char *const *vars, struct err *err) {
    static const char *const names[] = {"docker.tls.ca_cert", "docker.tls.cert", "docker.tls.key"};
    static const char *const files[] = {"ca.pem", "cert.pem", "key.pem"};
    struct config_origin origin = {.layer = LAYER_OLD_ENV, .where = "DOCKER_CERT_PATH"};
    const char *folder = env_get(vars, origin.where);
    const char *below = "";
    if (!folder && env_get(vars, "DOCKER_TLS_VERIFY")) {
        origin.where = "DOCKER_TLS_VERIFY";
        folder = env_get(vars, "HOME");
        below = "/.docker";
    }
    int r = 0;
    for (size_t i = 0; !r && folder && i < 3; i++) {
        struct buf file CLEANUP_BUF = BUF_INIT;
        buf_fmt(&file, "%s%s/%s", folder, below, files[i]);
        bool must = i == 0 && load->config->docker.tls.verify;
        r = load_certificate(load, names[i], buf_cstr(&file), must, &origin, err);
    }
    return r;
}

/* The logs' interval must not exceed the metrics' one, as its tool has it. */
static int check_logs_interval(struct load *load, const char *const *vars, struct err *err) {
    static const char name[] = "LOGS_COLLECTION_INTERVAL";
    const char *text = env_get(vars, name);
    const char *other = env_get(vars, "METRICS_COLLECTION_INTERVAL");
    int64_t logs_ns = 0;
    int64_t metrics_ns = load->config->collection.interval_ns;
    if (!text) {
        return 0;
    }
    if (!units_parse_duration(str_of(text), &logs_ns)) {
        struct buf shown CLEANUP_BUF = BUF_INIT;
        value_quote(str_of(text), &shown);
        return err_set(err, -EINVAL, "environment %s: %s is not a duration, like 5, 500ms or 1m30s",
                       name, buf_cstr(&shown));
    }
    if (other || metrics_ns == 0) {
        (void)units_parse_duration(str_of(other ? other : CONTAINER_METRICS_INTERVAL), &metrics_ns);
    }
    if (logs_ns <= metrics_ns) {
        return 0;
    }
    char logs[UNITS_TEXT_MAX];
    char metrics[UNITS_TEXT_MAX];
    return err_set(err, -EINVAL,
                   "environment %s: %.*s is longer than METRICS_COLLECTION_INTERVAL, %.*s; it must "
                   "not exceed that",
                   name, STR_ARG(units_format_duration(logs_ns, logs)),
                   STR_ARG(units_format_duration(metrics_ns, metrics)));
}

int env_settle(struct load *load, const char *const *vars, struct err *err) {
    int r = check_logs_interval(load, vars, err);
    if (!r && load->config->docker.tls.enabled) {
        r = load_certificates(load, vars, err);
    }
    return r;
}
