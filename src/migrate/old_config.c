#include "migrate/old_config.h"

#include <errno.h>

#include "base/cleanup.h"
#include "migrate/aggregator.h"
#include "migrate/compose.h"
#include "migrate/effective.h"
#include "migrate/env_file.h"
#include "migrate/mapping.h"
#include "migrate/run_line.h"
#include "migrate/yaml_text.h"

#define BYTES_MAX ((size_t)1024 * 1024)

static bool is_from(const struct migration *m, const char *name) {
    return strcmp(m->from->name, name) == 0;
}

static int unknown(struct err *err) {
    return err_set(err, -EINVAL,
                   "this is no configuration that is known: neither a compose file, NAME=value "
                   "lines, docker run … nor a file of the tool's own");
}

/* Whether it is YAML with keys; a variable's "=" may stand in none. */
static bool is_mapping(const struct yaml_text *text) {
    struct str key = yaml_value(text, yaml_key_at(text, yaml_root(text), 0));
    return key.ptr && str_find(key, '=', 0) == key.len;
}

/* YAML of whatever kind. */
static int migrate_yaml(struct migration *m, const struct yaml_text *text, const char *service,
                        struct buf *out, struct err *err) {
    int root = yaml_root(text);
    if (yaml_is(text, yaml_get(text, root, "services"), YAML_MAPPING_NODE)) {
        return compose_migrate(m, text, service, out, err);
    }
    if (yaml_get(text, root, "server-ips") && is_from(m, "data-exporter")) {
        return aggregator_migrate(m, text, out, err);
    }
    return is_from(m, "native") ? effective_migrate(m, text, out, err) : unknown(err);
}

/* What is no YAML with keys. `wrong` is what YAML's reader said of it, or nothing. */
static int migrate_lines(struct migration *m, struct str bytes, const struct err *wrong,
                         struct buf *out, struct err *err) {
    bool variables = env_file_is(bytes);
    if (run_line_is(bytes, variables)) {
        return run_line_migrate(m, bytes, out, err);
    }
    if (variables) {
        return env_file_migrate(m, bytes, out, err);
    }
    if (wrong->code) {
        err_copy(err, wrong);
        return err->code;
    }
    return unknown(err);
}

int old_config_migrate(struct migration *m, struct str bytes, const char *service, struct buf *out,
                       struct err *err) {
    struct yaml_text text CLEANUP_YAML_TEXT = YAML_TEXT_INIT;
    struct err wrong = ERR_INIT;
    struct str start = bytes;
    while (start.len && strchr(" \t\r\n", start.ptr[0]) && start.ptr[0]) {
        start = str_sub(start, 1, start.len - 1);
    }
    if (bytes.len > BYTES_MAX) {
        return err_set(err, -EFBIG, "larger than 1 MiB; this is no configuration");
    }
    if (str_starts(start, STR("{")) && is_from(m, "container-metrics")) {
        return mapping_migrate(m, bytes, out, err);
    }
    int r = yaml_text_parse(bytes, &text, &wrong);
    if (r == 0 && (is_mapping(&text) || (start.len == 0 && is_from(m, "native")))) {
        return migrate_yaml(m, &text, service, out, err);
    }
    return migrate_lines(m, bytes, &wrong, out, err);
}
