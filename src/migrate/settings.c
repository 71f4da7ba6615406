#include "migrate/settings.h"

#include <assert.h>
#include <errno.h>

#include "base/cleanup.h"
#include "config/legacy.h"
#include "config/load.h"

#define PRESET_MAX 64

/* Names that Dockmeter reads besides those of options. */
static const char *const further_names[] = {"DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH",
                                            "DOCKMETER_CONFIG_FILE"};

/* What one look at some of the settings takes. */
struct look {
    const char *args[SETTINGS_MAX + 1];
    const char *env[SETTINGS_MAX + 2];
    size_t n_args, n_env;
    char preset[PRESET_MAX];
};

struct settings *settings_new(struct migration *m) {
    struct settings *s = calloc(1, sizeof(*s));
    if (s) {
        s->m = m;
    }
    return s;
}

void settings_free(struct settings *s) {
    if (s) {
        arena_done(&s->arena);
        free(s);
    }
}

static void add(struct settings *s, size_t line, struct str text, bool flag, bool open) {
    struct spot spot = {.line = line};
    if (s->n == SETTINGS_MAX) {
        migration_mistake(s->m, &spot, "more than %d settings", SETTINGS_MAX);
        return;
    }
    const char *copy = arena_str(&s->arena, text).ptr;
    if (copy) {
        s->items[s->n++] = (struct setting){.line = line, .text = copy, .flag = flag, .open = open};
    }
}

static bool is_open(struct str value) {
    size_t at = str_find(value, '$', 0);
    return !value.ptr || (at + 1 < value.len && value.ptr[at + 1] != '$');
}

void settings_add(struct settings *s, size_t line, struct str name, struct str value) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    buf_str(&text, name);
    buf_byte(&text, '=');
    buf_str(&text, value);
    if (name.len) {
        add(s, line, buf_view(&text), false, is_open(value));
    }
}

void settings_add_flag(struct settings *s, size_t line, struct str flag) {
    add(s, line, flag, true, is_open(flag));
}

const char *settings_preset(const struct predecessor *from) {
    return strcmp(from->name, "native") == 0 ? NULL : from->name;
}

static struct str name_of(const struct setting *item) {
    assert(item->text);
    struct str text = str_of(item->text);
    size_t end = str_find(text, '=', 0);
    return str_sub(text, 0, end);
}

/* --config.file and its like: files that are not at hand here. */
static bool names_file(const struct setting *item) {
    static const char *const flags[] = {"--config", "--config.file", "-config", "-config.file"};
    for (size_t i = 0; item->flag && i < sizeof(flags) / sizeof(flags[0]); i++) {
        if (str_eq(name_of(item), str_of(flags[i]))) {
            return true;
        }
    }
    for (size_t i = 0; !item->flag && i < sizeof(further_names) / sizeof(further_names[0]); i++) {
        if (str_eq(name_of(item), str_of(further_names[i]))) {
            return true;
        }
    }
    return false;
}

/* Whether the item is the value of such a flag before it. */
static bool is_file(const struct settings *s, size_t i) {
    return i && s->items[i].flag && s->items[i - 1].flag && names_file(&s->items[i - 1]) &&
           !strchr(s->items[i - 1].text, '=') && s->items[i].text[0] != '-';
}

static bool is_left_out(const struct settings *s, size_t i) {
    return s->items[i].open || names_file(&s->items[i]) || is_file(s, i);
}

/* The settings from..end as a command line and an environment. */
static void look_at(const struct settings *s, size_t from, size_t end, struct look *look) {
    const char *preset = settings_preset(s->m->from);
    *look = (struct look){.n_args = 0};
    if (preset) {
        (void)snprintf(look->preset, sizeof(look->preset), "DOCKMETER_PRESET=%s", preset);
        look->env[look->n_env++] = look->preset;
    }
    for (size_t i = from; i < end; i++) {
        if (is_left_out(s, i)) {
            continue;
        }
        if (s->items[i].flag) {
            look->args[look->n_args++] = s->items[i].text;
        } else {
            look->env[look->n_env++] = s->items[i].text;
        }
    }
}

static int load(const struct look *look, struct config *ret, struct err *err) {
    struct config_request request = {
        .args = look->args, .n_args = look->n_args, .environ = look->env};
    enum config_want want = CONFIG_RUN;
    return config_load(&request, ret, &want, err);
}

/* How many settings from `at` on belong together: a flag with the value behind it is two. */
static size_t group_len(const struct settings *s, size_t at) {
    const struct setting *item = &s->items[at];
    bool pair = item->flag && !strchr(item->text, '=') && at + 1 < s->n && s->items[at + 1].flag &&
                s->items[at + 1].text[0] != '-';
    return pair ? 2 : 1;
}

static struct spot spot_of(const struct settings *s, size_t at) {
    return (struct spot){.line = s->items[at].line, .where = name_of(&s->items[at])};
}

/* All settings together are wrong: says of each one what is wrong with it alone; where nothing is,
   what is wrong with all. */
static void find_mistakes(struct settings *s, struct look *look, const struct err *whole) {
    size_t before = s->m->mistakes;
    for (size_t at = 0, n = 0; at < s->n; at += n) {
        struct config config CLEANUP(config_done) = {.origins = NULL};
        struct err err = ERR_INIT;
        struct spot spot = {.line = s->items[at].line};
        n = group_len(s, at);
        look_at(s, at, at + n, look);
        /* Held to another setting's value, which is not here. */
        if (!str_eq(name_of(&s->items[at]), STR("LOGS_COLLECTION_INTERVAL")) &&
            load(look, &config, &err) < 0) {
            migration_mistake(s->m, &spot, "%s", err.text);
        }
    }
    if (s->m->mistakes == before) {
        struct spot spot = {.line = 0};
        migration_mistake(s->m, &spot, "%s", whole->text);
    }
}

/* The note of the configuration that is about the setting, or NULL. */
static const char *note_on(const struct config *config, struct str name) {
    for (size_t i = 0; i < config->notes.n; i++) {
        struct str note = config->notes.items[i];
        size_t at = str_search(note, name);
        bool whole =
            at != SIZE_MAX && (at + name.len == note.len || strchr(" :=", note.ptr[at + name.len]));
        if (whole && at && note.ptr[at - 1] == ' ') {
            return note.ptr;
        }
    }
    return NULL;
}

/* The option that has its value from the setting, or NULL. */
static const struct option *option_from(const struct config *config, struct str name) {
    for (size_t i = 0; i < n_options; i++) {
        const char *where = config->origins[i].where;
        if (config->origins[i].layer >= LAYER_OLD_ENV && where && str_eq(str_of(where), name)) {
            return &options[i];
        }
    }
    return NULL;
}

/* Whether Dockmeter knows the variable at all. */
static bool is_known(struct str name) {
    if (str_starts(name, STR("DOCKMETER_")) || legacy_find_env(name)) {
        return true;
    }
    for (size_t i = 0; i < n_options; i++) {
        for (size_t j = 0; options[i].old_env[j]; j++) {
            if (str_eq(str_of(options[i].old_env[j]), name)) {
                return true;
            }
        }
    }
    return false;
}

/* A setting that the configuration has taken. */
static void say_taken(struct settings *s, size_t at, const struct config *config) {
    struct spot spot = spot_of(s, at);
    const struct option *o = option_from(config, spot.where);
    const char *note = note_on(config, spot.where);
    struct buf value CLEANUP_BUF = BUF_INIT;
    if (o) {
        struct value now = value_load(config, o);
        value_write(o, &now, true, &value);
        migration_say(s->m, REMARK_SAME, &spot, "works as it is: %s is %s%s%s", o->name,
                      buf_cstr(&value), note ? "; " : "", note ? note : "");
    } else if (note) {
        migration_say(s->m, REMARK_LOST, &spot, "%s", note);
    } else if (s->items[at].flag || is_known(spot.where)) {
        migration_say(s->m, REMARK_SAME, &spot, "works as it is");
    } else {
        migration_say(s->m, REMARK_FOREIGN, &spot, "is no setting of %s; left as it is",
                      s->m->from->title);
    }
}

static void say_all(struct settings *s, const struct config *config) {
    for (size_t at = 0, n = 0; at < s->n; at += n) {
        struct spot spot = spot_of(s, at);
        n = group_len(s, at);
        if (names_file(&s->items[at])) {
            migration_say(s->m, REMARK_SAME, &spot,
                          "works as it is; the file is read when Dockmeter starts");
        } else if (s->items[at].open || (n == 2 && s->items[at + 1].open)) {
            migration_say(s->m, REMARK_SAME, &spot,
                          "its value comes from elsewhere and was not looked at");
        } else {
            say_taken(s, at, config);
        }
    }
}

int settings_judge(struct settings *s, uint64_t *ret_port, struct err *err) {
    struct look *look CLEANUP_FREE = calloc(1, sizeof(*look));
    struct config config CLEANUP(config_done) = {.origins = NULL};
    struct err why = ERR_INIT;
    if (!look || arena_failed(&s->arena)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    look_at(s, 0, s->n, look);
    *ret_port = 0;
    if (load(look, &config, &why) < 0) {
        find_mistakes(s, look, &why);
        return 0;
    }
    say_all(s, &config);
    *ret_port = config.server.port;
    return 0;
}
