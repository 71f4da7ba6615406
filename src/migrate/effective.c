#include "migrate/effective.h"

#include <errno.h>

#include "base/cleanup.h"
#include "config/config.h"
#include "config/legacy.h"
#include "config/load.h"
#include "migrate/yaml_same.h"

#define PATH_MAX_LEN 200
#define DEPTH_MAX 8

struct walk {
    struct migration *m;
    const struct yaml_text *text;
    const struct config *config; /* NULL while looking for mistakes */
};

/* One key of the file: a mistake where nobody knows it, else what becomes of it. */
static bool take_key(const struct walk *w, struct str path, int key) {
    char near[OPTION_ENV_MAX];
    struct spot spot = {.line = yaml_line(w->text, key), .where = path};
    const struct option *o = option_find(path);
    const struct legacy *row = legacy_find_yaml(path);
    if (!o && !row) {
        bool group = option_is_group(path) || legacy_is_group(path);
        const char *nearest = group ? NULL : option_nearest_path(path, near);
        if (!group && !w->config) {
            migration_mistake(w->m, &spot, "docker-stats-exporter ignored this key too; %s%s%s",
                              nearest ? "did you mean " : "leave it out", nearest ? nearest : "",
                              nearest ? "?" : "");
        }
        return group;
    }
    struct buf value CLEANUP_BUF = BUF_INIT;
    if (w->config && o) {
        struct value now = value_load(w->config, o);
        value_write(o, &now, true, &value);
        migration_say(w->m, REMARK_SAME, &spot, "works as it is: %s", buf_cstr(&value));
    } else if (w->config) {
        migration_say(w->m, REMARK_LOST, &spot, "%s%s%s", legacy_words(row->kind),
                      row->instead ? "; " : "", row->instead ? row->instead : "");
    }
    return false;
}

/* The keys of a group, and of those below it. */
static void take_group(const struct walk *w, struct str group, int node, int depth) {
    for (size_t i = 0; yaml_key_at(w->text, node, i) && depth < DEPTH_MAX; i++) {
        int key = yaml_key_at(w->text, node, i);
        struct buf path CLEANUP_BUF = BUF_INIT;
        buf_str(&path, group);
        buf_text(&path, group.len ? "." : "");
        buf_str(&path, yaml_value(w->text, key));
        if (path.len < PATH_MAX_LEN && take_key(w, buf_view(&path), key)) {
            take_group(w, buf_view(&path), yaml_value_at(w->text, node, i), depth + 1);
        }
    }
}

/* The loaded configuration as a file, without its secrets. */
static void write_file(struct migration *m, struct config *config, struct buf *out) {
    for (size_t i = 0; i < n_options; i++) {
        const struct option *o = &options[i];
        struct value value = value_load(config, o);
        struct spot spot = {.line = 0, .where = str_of(o->name)};
        if (o->type == OPTION_SECRET && value.text.len) {
            migration_note(m, &spot, "is not printed; fill it in before the new file is used");
            value.text = STR("");
            value_store(config, o, &value);
        }
    }
    config_write(config, out);
}

/* "FILE:12: …" of the configuration's reader without the file. */
static int without_file(const struct migration *m, struct err *err) {
    struct str text = str_of(err->text);
    struct str file = str_of(m->file);
    if (str_starts(text, file) && text.len > file.len && text.ptr[file.len] == ':') {
        char rest[ERR_TEXT_MAX];
        (void)snprintf(rest, sizeof(rest), "%s", err->text + file.len + 1);
        return err_set(err, err->code, "%s", rest);
    }
    return err->code;
}

/* Whether both files say the same, so that only comments differ. */
static bool says_the_same(const struct yaml_text *text, struct str written) {
    static const struct yaml_may_differ nothing = {.group = 0};
    struct yaml_text now CLEANUP_YAML_TEXT = YAML_TEXT_INIT;
    struct err ignored = ERR_INIT;
    return yaml_text_parse(written, &now, &ignored) == 0 && !text->more &&
           yaml_same(text, &now, &nothing);
}

int effective_migrate(struct migration *m, const struct yaml_text *text, struct buf *out,
                      struct err *err) {
    struct walk w = {.m = m, .text = text};
    take_group(&w, STR(""), yaml_root(text), 0);
    int r = migration_check(m, err);
    if (r) {
        return r;
    }
    struct config config CLEANUP(config_done) = {.origins = NULL};
    r = config_parse(text->source, m->file, &config, err);
    if (r) {
        return without_file(m, err);
    }
    w.config = &config;
    take_group(&w, STR(""), yaml_root(text), 0);
    struct buf written CLEANUP_BUF = BUF_INIT;
    write_file(m, &config, &written);
    buf_str(out, says_the_same(text, buf_view(&written)) ? text->source : buf_view(&written));
    return buf_failed(&written) || buf_failed(out) ? err_set(err, -ENOMEM, "out of memory") : 0;
}
