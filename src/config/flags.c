/* The command line: --name value, --name=value, --bool, --no-bool. */
#include <errno.h>

#include "base/cleanup.h"
#include "config/load.h"

/* Where in the arguments we are. */
struct cursor {
    const char *const *args;
    size_t n;
    size_t at; /* the next one */
};

/* One flag taken apart. */
struct flag {
    const char *shown; /* as it was written, up to the '=' */
    struct str name;   /* without dashes */
    bool has_value;
    struct str value;
};

static bool is_flag(const char *arg) {
    return arg[0] == '-' && arg[1] == '-';
}

/* The flag's value: what stands behind '=', else the next argument unless that is a flag. */
static int take_value(struct cursor *c, const struct flag *flag, struct str *ret, struct err *err) {
    if (flag->has_value) {
        *ret = flag->value;
        return 0;
    }
    if (c->at == c->n || is_flag(c->args[c->at])) {
        return err_set(err, -ENOEXEC, "flag %s needs a value: %s VALUE", flag->shown, flag->shown);
    }
    *ret = str_of(c->args[c->at++]);
    return 0;
}

static bool is_bool_word(const char *arg) {
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "1", "0"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (str_eq_nocase(str_of(arg), str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

/* --x alone is true, but a word of truth behind it is its value. */
static struct str take_bool(struct cursor *c, const struct flag *flag) {
    if (flag->has_value) {
        return flag->value;
    }
    if (c->at < c->n && is_bool_word(c->args[c->at])) {
        return str_of(c->args[c->at++]);
    }
    return STR("true");
}

static int unknown(const struct flag *flag, struct err *err) {
    bool negated = str_starts(flag->name, STR("no-"));
    struct str name = negated ? str_sub(flag->name, 3, flag->name.len - 3) : flag->name;
    const char *nearest = option_nearest_flag(name);
    struct buf shown CLEANUP_BUF = BUF_INIT;
    value_quote(str_of(flag->shown), &shown);
    if (!nearest) {
        return err_set(err, -ENOEXEC, "unknown flag %s; see --help", buf_cstr(&shown));
    }
    const struct option *o = option_find_flag(str_of(nearest));
    negated = negated && o && o->type == OPTION_BOOL;
    return err_set(err, -ENOEXEC, "unknown flag %s; did you mean --%s%s?", buf_cstr(&shown),
                   negated ? "no-" : "", nearest);
}

/* An option's flag, or --no- and a bool's. */
static int option_flag(struct load *load, struct cursor *c, const struct flag *flag,
                       struct err *err) {
    struct config_origin origin = {.layer = LAYER_FLAG, .where = flag->shown};
    const struct option *o = option_find_flag(flag->name);
    struct str value = STR("false");
    if (!o && str_starts(flag->name, STR("no-"))) {
        o = option_find_flag(str_sub(flag->name, 3, flag->name.len - 3));
        if (!o || o->type != OPTION_BOOL) {
            return unknown(flag, err);
        }
        if (flag->has_value) {
            return err_set(err, -ENOEXEC, "flag %s takes no value", flag->shown);
        }
        return load_text(load, o, value, &origin, err);
    }
    if (o && o->type == OPTION_BOOL) {
        return load_text(load, o, take_bool(c, flag), &origin, err);
    }
    if (o) {
        int r = take_value(c, flag, &value, err);
        return r ? r : load_text(load, o, value, &origin, err);
    }
    return unknown(flag, err);
}

/* A flag that does nothing here, or is refused. */
static int legacy_flag(struct load *load, const struct legacy *row, struct cursor *c,
                       const struct flag *flag, struct err *err) {
    struct str value = STR("");
    int r = 0;
    if (row->boolean) {
        value = take_bool(c, flag);
    } else {
        r = take_value(c, flag, &value, err);
    }
    if (!r && !(row->kind == LEGACY_REFUSED && legacy_is_off(row, value))) {
        struct config_origin origin = {.layer = LAYER_FLAG, .where = flag->shown};
        r = load_legacy(load, row, NULL, &origin, err);
    }
    return r;
}

/* --config.file FILE; the string is one of the arguments or its end. */
static int file_flag(struct cursor *c, const struct flag *flag, struct flag_result *result,
                     struct err *err) {
    struct str value = STR("");
    int r = take_value(c, flag, &value, err);
    if (!r && value.len == 0) {
        return err_set(err, -ENOEXEC, "flag %s needs the name of a file", flag->shown);
    }
    if (!r) {
        result->file = value.ptr;
    }
    return r;
}

/* Splits "--name=value"; the parts without the '=' go to the arena. */
static struct flag split(const char *arg, struct arena *arena) {
    struct str whole = str_of(arg);
    size_t end = str_find(whole, '=', 0);
    struct flag flag = {.shown = arena_str(arena, str_sub(whole, 0, end)).ptr,
                        .name = str_sub(whole, 2, end - 2),
                        .has_value = end < whole.len};
    if (flag.has_value) {
        flag.value = str_sub(whole, end + 1, whole.len - end - 1);
    }
    return flag;
}

/* Takes the flag at the cursor, and its value. */
static int take_flag(struct load *load, struct cursor *c, struct flag_result *result,
                     struct err *err) {
    const char *arg = c->args[c->at++];
    if (str_eq(str_of(arg), STR("-h"))) {
        result->want = CONFIG_HELP;
        return 0;
    }
    if (!is_flag(arg) || arg[2] == '\0' || arg[2] == '=') {
        struct buf shown CLEANUP_BUF = BUF_INIT;
        value_quote(str_of(arg), &shown);
        return err_set(err, -ENOEXEC, "%s is no flag; flags start with --, see --help",
                       buf_cstr(&shown));
    }
    struct flag flag = split(arg, &load->config->arena);
    const struct legacy *row = legacy_find_flag(flag.name);
    if (str_eq(flag.name, STR("help")) || str_eq(flag.name, STR("version"))) {
        result->want = flag.name.ptr[0] == 'h' ? CONFIG_HELP : CONFIG_VERSION;
        return flag.has_value ? err_set(err, -ENOEXEC, "flag %s takes no value", flag.shown) : 0;
    }
    if (str_eq(flag.name, STR("config.file")) || str_eq(flag.name, STR("config"))) {
        return file_flag(c, &flag, result, err);
    }
    return row ? legacy_flag(load, row, c, &flag, err) : option_flag(load, c, &flag, err);
}

int flags_load(struct load *load, const char *const *args, size_t n, struct flag_result *ret,
               struct err *err) {
    struct cursor c = {.args = args, .n = n};
    struct flag_result result = {.want = CONFIG_RUN};
    int r = 0;
    while (!r && c.at < c.n && result.want == CONFIG_RUN) {
        r = take_flag(load, &c, &result, err);
    }
    if (!r) {
        *ret = result;
    }
    return r;
}
