#include "config/legacy.h"

#include "config/option.h"
#include "config/value.h"

const struct legacy legacies[] = {
    {.name = "logs", .yaml = true},
    {.name = "fleet", .yaml = true},
    {.name = "push", .yaml = true},
    {.name = "performance.workers",
     .env = "WORKERS",
     .kind = LEGACY_UNUSED,
     .yaml = true,
     .flag = true,
     .instead = "performance.max_concurrent bounds the requests at once"},
    {.name = "performance.pprof_enabled",
     .kind = LEGACY_UNUSED,
     .yaml = true,
     .flag = true,
     .boolean = true},
    {.name = "web.config.file",
     .kind = LEGACY_REFUSED,
     .yaml = true,
     .flag = true,
     .instead = "use server.tls.* and server.auth.*"},
    {.name = "web.systemd-socket",
     .kind = LEGACY_REFUSED,
     .yaml = true,
     .flag = true,
     .boolean = true,
     .instead = "it comes with a later version; use server.listen_addresses"},
    {.name = "http_auth_file",
     .kind = LEGACY_REFUSED,
     .flag = true,
     .instead = "use server.auth.username and server.auth.password"},
    {.name = "http_digest_file",
     .kind = LEGACY_REFUSED,
     .flag = true,
     .instead = "use server.auth.username and server.auth.password"},
    {.env = "LOGS_COLLECTION_INTERVAL"},
    {.env = "MAX_COLLECTOR_THREADS",
     .kind = LEGACY_UNUSED,
     .instead = "performance.max_concurrent bounds the requests at once"},
    {.env = "LAST_LOGS_COLLECTED_AT_FILE"},
    {.env = "LOGS_DIR"},
    {.env = "LOGS_CONTAINER_MAX_FILES"},
    {.env = "LOGS_CONTAINER_MAX_FILE_SIZE"},
    {.env = "LOG_LEVELS_MAPPING_PATH"},
    {.env = "DEFAULT_LOGS_SINCE_NOW"},
};
const size_t n_legacies = sizeof(legacies) / sizeof(legacies[0]);

const char *legacy_words(enum legacy_kind kind) {
    static const char *const words[] = {
        [LEGACY_LATER] = "is not yet in effect in this version",
        [LEGACY_UNUSED] = "has no effect in Dockmeter",
        [LEGACY_REFUSED] = "is not supported by this version",
    };
    return words[kind];
}

const struct legacy *legacy_find_yaml(struct str path) {
    for (size_t i = 0; i < n_legacies; i++) {
        if (legacies[i].yaml && str_eq(str_of(legacies[i].name), path)) {
            return &legacies[i];
        }
    }
    return NULL;
}

const struct legacy *legacy_find_flag(struct str flag) {
    for (size_t i = 0; i < n_legacies; i++) {
        if (legacies[i].flag && str_eq(str_of(legacies[i].name), flag)) {
            return &legacies[i];
        }
    }
    return NULL;
}

const struct legacy *legacy_find_env(struct str name) {
    for (size_t i = 0; i < n_legacies; i++) {
        const struct legacy *row = &legacies[i];
        if (row->env && str_eq(str_of(row->env), name)) {
            return row;
        }
        char buf[OPTION_ENV_MAX];
        struct str own = row->yaml ? option_env_name(row->name, buf) : STR("");
        if (own.len && str_starts(name, own) && (name.len == own.len || name.ptr[own.len] == '_')) {
            return row;
        }
    }
    return NULL;
}

bool legacy_is_off(const struct legacy *row, struct str value) {
    bool on = true;
    return value.len == 0 || (row->boolean && value_truth(value, &on) && !on);
}

bool legacy_is_group(struct str path) {
    for (size_t i = 0; i < n_legacies; i++) {
        struct str name = str_of(legacies[i].yaml ? legacies[i].name : "");
        if (name.len > path.len && name.ptr[path.len] == '.' && str_starts(name, path)) {
            return true;
        }
    }
    return false;
}
