/* The command line: --name value, --name=value, --bool, --no-bool; one dash does as well. */
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

static size_t count_dashes(const char *arg) {
    return arg[0] != '-' ? 0 : arg[1] == '-' ? 2 : 1;
}

static bool is_word_of(struct str name, const char *const *words, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (str_eq(name, str_of(words[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_help(struct str name) {
    static const char *const words[] = {"help", "h"};
    return is_word_of(name, words, 2);
}

static bool is_file(struct str name) {
    static const char *const words[] = {"config.file", "config"};
    return is_word_of(name, words, 2);
}

static bool is_known(struct str name) {
    return option_find_flag(name) || foreign_find(name) || legacy_find_flag(name) ||
           is_help(name) || is_file(name) || str_eq(name, STR("version"));
}

/* Whether an argument cannot be a value: "-x" can, unless there is a flag of that name. */
static bool is_flag(const char *arg) {
    size_t dashes = count_dashes(arg);
    struct str name = str_of(arg + dashes);
    return dashes == 2 || (dashes == 1 && is_known(str_sub(name, 0, str_find(name, '=', 0))));
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

/* --x alone is true, but a word of truth behind it is its value. */
static struct str take_bool(struct cursor *c, const struct flag *flag) {
    if (flag->has_value) {
        return flag->value;
    }
    bool on = false;
    if (c->at < c->n && value_truth(str_of(c->args[c->at]), &on)) {
        return str_of(c->args[c->at++]);
    }
    return STR("true");
}

/* A switch's value, or the one that any other flag needs. */
static int take(struct cursor *c, const struct flag *flag, bool boolean, struct str *ret,
                struct err *err) {
    if (boolean) {
        *ret = take_bool(c, flag);
        return 0;
    }
    return take_value(c, flag, ret, err);
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
    if (!o) {
        return unknown(flag, err);
    }
    int r = take(c, flag, o->type == OPTION_BOOL, &value, err);
    return r ? r : load_text(load, o, value, &origin, err);
}

/* A flag that does nothing here, or is refused. */
static int legacy_flag(struct load *load, const struct legacy *row, struct cursor *c,
                       const struct flag *flag, struct err *err) {
    struct str value = STR("");
    int r = take(c, flag, row->boolean, &value, err);
    if (!r && !(row->kind == LEGACY_REFUSED && legacy_is_off(row, value))) {
        struct config_origin origin = {.layer = LAYER_FLAG, .where = flag->shown};
        r = load_legacy(load, row, NULL, &origin, err);
    }
    return r;
}

/* Another tool's flag. */
static int foreign_flag(struct load *load, const struct foreign *row, struct cursor *c,
                        const struct flag *flag, struct err *err) {
    struct config_origin origin = {.layer = LAYER_FLAG, .where = flag->shown};
    struct str value = STR("");
    int r = take(c, flag, row->boolean, &value, err);
    return r ? r : foreign_take(load, row, value, &origin, err);
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

/* Splits "--name=value" or "-name=value"; the parts without the '=' go to the arena. */
static struct flag split(const char *arg, struct arena *arena) {
    struct str whole = str_of(arg);
    size_t end = str_find(whole, '=', 0);
    size_t dashes = count_dashes(arg);
    struct flag flag = {.shown = arena_str(arena, str_sub(whole, 0, end)).ptr,
                        .name = str_sub(whole, dashes, end - dashes),
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
    size_t dashes = count_dashes(arg);
    if (dashes == 0 || arg[dashes] == '\0' || arg[dashes] == '=') {
        struct buf shown CLEANUP_BUF = BUF_INIT;
        value_quote(str_of(arg), &shown);
        return err_set(err, -ENOEXEC, "%s is no flag; flags start with --, see --help",
                       buf_cstr(&shown));
    }
    struct flag flag = split(arg, &load->config->arena);
    const struct legacy *legacy = legacy_find_flag(flag.name);
    const struct foreign *foreign = foreign_find(flag.name);
    if (is_help(flag.name) || str_eq(flag.name, STR("version"))) {
        result->want = flag.name.ptr[0] == 'h' ? CONFIG_HELP : CONFIG_VERSION;
        return flag.has_value ? err_set(err, -ENOEXEC, "flag %s takes no value", flag.shown) : 0;
    }
    if (is_file(flag.name)) {
        return file_flag(c, &flag, result, err);
    }
    if (foreign) {
        return foreign_flag(load, foreign, c, &flag, err);
    }
    return legacy ? legacy_flag(load, legacy, c, &flag, err) : option_flag(load, c, &flag, err);
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
