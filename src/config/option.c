#include "config/option.h"

#include "config/foreign.h"
#include "config/legacy.h"

static bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

struct str option_env_name(const char *name, char buf[OPTION_ENV_MAX]) {
    static const char prefix[] = "DOCKMETER_";
    size_t len = sizeof(prefix) - 1;
    memcpy(buf, prefix, len);
    for (size_t i = 0; name[i] && len + 1 < OPTION_ENV_MAX; i++) {
        char c = is_word(name[i]) ? name[i] : '_';
        buf[len++] = (char)(c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c);
    }
    buf[len] = '\0';
    return (struct str){.ptr = buf, .len = len};
}

const char *option_arg(const struct option *o) {
    static const char *const words[] = {
        [OPTION_BOOL] = "BOOL",   [OPTION_UINT] = "NUMBER",      [OPTION_DURATION] = "DURATION",
        [OPTION_STRING] = "TEXT", [OPTION_SECRET] = "SECRET",    [OPTION_ENUM] = "WORD",
        [OPTION_LIST] = "ITEM",   [OPTION_PAIRS] = "NAME=VALUE",
    };
    return o->arg ? o->arg : words[o->type];
}

const struct option *option_find(struct str name) {
    for (size_t i = 0; i < n_options; i++) {
        if (str_eq(str_of(options[i].name), name)) {
            return &options[i];
        }
    }
    return NULL;
}

const struct option *option_find_flag(struct str flag) {
    const struct option *found = option_find(flag);
    for (size_t i = 0; !found && i < n_options; i++) {
        for (size_t j = 0; options[i].flags[j]; j++) {
            if (str_eq(str_of(options[i].flags[j]), flag)) {
                found = &options[i];
            }
        }
    }
    return found;
}

const struct option *option_find_env(struct str name) {
    char buf[OPTION_ENV_MAX];
    for (size_t i = 0; i < n_options; i++) {
        if (str_eq(option_env_name(options[i].name, buf), name)) {
            return &options[i];
        }
    }
    return NULL;
}

bool option_is_group(struct str path) {
    for (size_t i = 0; i < n_options; i++) {
        struct str name = str_of(options[i].name);
        if (name.len > path.len && name.ptr[path.len] == '.' && str_starts(name, path)) {
            return true;
        }
    }
    return false;
}

bool option_in_group(const struct option *o, const struct option_group *group) {
    struct str name = str_of(o->name);
    struct str prefix = str_of(group->prefix);
    return str_starts(name, prefix) && (name.len == prefix.len || name.ptr[prefix.len] == '.');
}

/* The last part of a path. */
static struct str leaf(struct str path) {
    struct str rest = path;
    struct str part = path;
    while (str_split(&rest, '.', &part)) {
    }
    return part;
}

/* The one option whose last part is that of an unknown path; NULL when there is none or several. */
static const char *by_leaf(struct str path) {
    const char *found = NULL;
    for (size_t i = 0; i < n_options; i++) {
        if (str_eq_nocase(leaf(str_of(options[i].name)), leaf(path))) {
            if (found) {
                return NULL;
            }
            found = options[i].name;
        }
    }
    return found;
}

const char *option_nearest_path(struct str path, char buf[OPTION_ENV_MAX]) {
    const char *best = NULL;
    unsigned best_distance = (unsigned)(path.len / 3) + 1;
    for (size_t i = 0; i < n_options; i++) {
        struct str name = str_of(options[i].name);
        for (size_t end = str_find(name, '.', 0);; end = str_find(name, '.', end + 1)) {
            unsigned distance = str_distance(path, str_sub(name, 0, end));
            if (distance < best_distance && end < OPTION_ENV_MAX) {
                best_distance = distance;
                memcpy(buf, name.ptr, end);
                buf[end] = '\0';
                best = buf;
            }
            if (end == name.len) {
                break;
            }
        }
    }
    return best ? best : by_leaf(path);
}

/* Takes `name` as the best when it is nearer than all before. */
static void nearer(struct str flag, const char *name, const char **best, unsigned *best_distance) {
    unsigned distance = name ? str_distance(flag, str_of(name)) : *best_distance;
    if (distance < *best_distance) {
        *best_distance = distance;
        *best = name;
    }
}

const char *option_nearest_flag(struct str flag) {
    static const char *const own[] = {"config.file", "config", "help", "version"};
    const char *best = NULL;
    unsigned best_distance = (unsigned)(flag.len / 3) + (flag.len < 4 ? 1 : 2);
    for (size_t i = 0; i < n_options; i++) {
        nearer(flag, options[i].name, &best, &best_distance);
        for (size_t j = 0; options[i].flags[j]; j++) {
            nearer(flag, options[i].flags[j], &best, &best_distance);
        }
    }
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        nearer(flag, own[i], &best, &best_distance);
    }
    for (size_t i = 0; i < n_legacies; i++) {
        nearer(flag, legacies[i].flag ? legacies[i].name : NULL, &best, &best_distance);
    }
    for (size_t i = 0; i < n_foreigns; i++) {
        nearer(flag, foreigns[i].flag, &best, &best_distance);
    }
    return best ? best : by_leaf(flag);
}

const char *option_nearest_env(struct str name, char buf[OPTION_ENV_MAX]) {
    const struct option *best = NULL;
    unsigned best_distance = (unsigned)((name.len - strlen("DOCKMETER_")) / 3) + 1;
    for (size_t i = 0; i < n_options; i++) {
        unsigned distance = str_distance(name, option_env_name(options[i].name, buf));
        if (distance < best_distance) {
            best_distance = distance;
            best = &options[i];
        }
    }
    return best ? option_env_name(best->name, buf).ptr : NULL;
}
