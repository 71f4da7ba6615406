#include "config/load.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"

void origin_write(const struct config_origin *origin, struct buf *out) {
    static const char *const kinds[] = {
        [LAYER_DEFAULT] = "default",      [LAYER_PRESET] = "preset ",   [LAYER_FILE] = "",
        [LAYER_OLD_ENV] = "environment ", [LAYER_ENV] = "environment ", [LAYER_FLAG] = "flag ",
    };
    buf_text(out, kinds[origin->layer]);
    buf_text(out, origin->where ? origin->where : "");
    if (origin->line) {
        buf_fmt(out, ":%u", origin->line);
    }
}

int origin_wrap(const struct config_origin *origin, struct err *err) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    origin_write(origin, &text);
    return err_wrap(err, "%s", buf_cstr(&text));
}

const struct config_origin *load_origin(const struct load *load, const struct option *o) {
    return &load->config->origins[option_index(o)];
}

/* Appends what a repeated flag gives to what the flags before it gave. */
static int append(struct config *config, const struct option *o, const struct value *value,
                  struct err *err) {
    struct value all = value_load(config, o);
    int r = 0;
    for (size_t i = 0; !r && i < value->list.n; i++) {
        r = value_add_item(&all.list, value->list.items[i], &config->arena, err);
    }
    for (size_t i = 0; !r && i < value->pairs.n; i++) {
        r = value_add_pair(&all.pairs, value->pairs.items[i], &config->arena, err);
    }
    if (!r) {
        value_store(config, o, &all);
    }
    return r;
}

int load_put(struct load *load, const struct option *o, const struct value *value,
             const struct config_origin *origin, struct err *err) {
    struct config *config = load->config;
    struct config_origin *old = &config->origins[option_index(o)];
    if (origin->layer < old->layer) {
        return 0;
    }
    if (origin->layer == LAYER_FLAG && old->layer == LAYER_FLAG &&
        (o->type == OPTION_LIST || o->type == OPTION_PAIRS)) {
        return append(config, o, value, err);
    }
    value_store(config, o, value);
    *old = *origin;
    old->where = origin->where ? arena_str(&config->arena, str_of(origin->where)).ptr : NULL;
    return 0;
}

/* Whether the origin already says the option's name, as a flag of that name does. */
static bool names_option(const struct config_origin *origin, const struct option *o) {
    if (origin->layer != LAYER_FLAG) {
        return false;
    }
    return str_eq(str_of(origin->where + strspn(origin->where, "-")), str_of(o->name));
}

/* The error in full: "origin: option: what is wrong". */
static int wrong(const struct option *o, const struct config_origin *origin, struct err *err) {
    if (!names_option(origin, o)) {
        err_wrap(err, "%s", o->name);
    }
    return origin_wrap(origin, err);
}

int load_text(struct load *load, const struct option *o, struct str text,
              const struct config_origin *origin, struct err *err) {
    struct value value;
    int r = value_parse(o, text, &load->config->arena, &value, err);
    r = r ? r : load_put(load, o, &value, origin, err);
    return r ? wrong(o, origin, err) : 0;
}

void load_note(struct load *load, const char *fmt, ...) {
    char text[ERR_TEXT_MAX];
    va_list ap;
    va_start(ap, fmt);
    int len = vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (len > 0) {
        load_note_text(load, str_of(text));
    }
}

void load_note_text(struct load *load, struct str text) {
    struct config *config = load->config;
    struct str_list *notes = &config->notes;
    struct str *items = arena_array(&config->arena, notes->n + 1, sizeof(*items));
    if (!items) {
        return;
    }
    if (notes->n) {
        memcpy(items, notes->items, notes->n * sizeof(*items));
    }
    items[notes->n] = arena_str(&config->arena, text);
    *notes = (struct str_list){.items = items, .n = notes->n + 1};
}

int load_legacy(struct load *load, const struct legacy *row, const char *name,
                const struct config_origin *origin, struct err *err) {
    struct buf text CLEANUP_BUF = BUF_INIT;
    uint64_t bit = UINT64_C(1) << (row - legacies);
    origin_write(origin, &text);
    buf_fmt(&text, "%s%s %s%s%s", name ? ": " : "", name ? name : "", legacy_words(row->kind),
            row->instead ? "; " : "", row->instead ? row->instead : "");
    if (row->kind == LEGACY_REFUSED) {
        return err_set(err, -EINVAL, "%s", buf_cstr(&text));
    }
    if (!(load->noted & bit)) {
        load->noted |= bit;
        load_note(load, "%s", buf_cstr(&text));
    }
    return 0;
}
