#include "migrate/env_file.h"

#include <errno.h>

#include "base/cleanup.h"
#include "migrate/settings.h"

/* The name in front of a line's '=', empty when there is none that could be one. */
static struct str name_of(struct str line) {
    struct str name = str_sub(line, 0, str_find(line, '=', 0));
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
                  (i && ((c >= '0' && c <= '9') || c == '.'));
        if (!ok) {
            return STR("");
        }
    }
    return name;
}

/* The next line without blanks in front and its end; false at the text's end. */
static bool next_line(struct str *rest, struct str *ret) {
    if (!str_split(rest, '\n', ret)) {
        return false;
    }
    while (ret->len && (ret->ptr[0] == ' ' || ret->ptr[0] == '\t')) {
        *ret = str_sub(*ret, 1, ret->len - 1);
    }
    ret->len -= ret->len && ret->ptr[ret->len - 1] == '\r';
    return true;
}

static bool is_comment(struct str line) {
    return line.len == 0 || line.ptr[0] == '#';
}

bool env_file_is(struct str bytes) {
    struct str line = STR("");
    while (next_line(&bytes, &line)) {
        if (!is_comment(line)) {
            return name_of(line).len && str_find(line, '=', 0) < line.len;
        }
    }
    return false;
}

static int read_lines(struct settings *settings, struct str bytes, bool *ret_has_preset,
                      struct err *err) {
    struct str line = STR("");
    for (size_t number = 1; next_line(&bytes, &line); number++) {
        struct str name = name_of(line);
        if (is_comment(line)) {
            continue;
        }
        if (!name.len) {
            return err_set(err, -EINVAL, "%zu: neither NAME=value nor a comment", number);
        }
        bool has_value = name.len < line.len;
        struct str value = {.ptr = NULL};
        if (has_value) {
            value = str_sub(line, name.len + 1, line.len - name.len - 1);
        }
        *ret_has_preset |= str_eq(name, STR("DOCKMETER_PRESET"));
        settings_add(settings, number, name, value);
    }
    return 0;
}

static int migrate(struct settings *settings, struct str bytes, struct buf *out, struct err *err) {
    struct migration *m = settings->m;
    const char *preset = settings_preset(m->from);
    bool has_preset = false;
    uint64_t port = 0;
    int r = read_lines(settings, bytes, &has_preset, err);
    r = r ? r : settings_judge(settings, &port, err);
    r = r ? r : migration_check(m, err);
    if (r) {
        return r;
    }
    buf_str(out, bytes);
    if (preset && !has_preset) {
        struct spot spot = {.line = 0};
        buf_text(out, bytes.len && !str_ends(bytes, STR("\n")) ? "\n" : "");
        buf_fmt(out, "DOCKMETER_PRESET=%s\n", preset);
        migration_say(m, REMARK_CHANGED, &spot, "added DOCKMETER_PRESET=%s", preset);
    }
    return 0;
}

int env_file_migrate(struct migration *m, struct str bytes, struct buf *out, struct err *err) {
    struct settings *settings = settings_new(m);
    int r = settings ? migrate(settings, bytes, out, err) : err_set(err, -ENOMEM, "out of memory");
    settings_free(settings);
    return r;
}
