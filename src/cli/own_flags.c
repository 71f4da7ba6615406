#include "cli/own_flags.h"

#include <errno.h>
#include <string.h>

int own_flags_find(const struct own_flags *flags, const char *arg, const char **ret_value) {
    size_t dropped = arg[0] == '-' && arg[1] != '-' ? 1 : 0;
    for (size_t i = 0; i < flags->n; i++) {
        const char *name = flags->rows[i].name + dropped;
        size_t len = strlen(name);
        if (strncmp(arg, name, len) == 0 && (arg[len] == '\0' || arg[len] == '=')) {
            *ret_value = arg[len] ? arg + len + 1 : NULL;
            return (int)i;
        }
    }
    return -1;
}

int own_flags_take(const struct own_flags *flags, const char *const *args, size_t n, size_t *at,
                   const char **ret_value, struct err *err) {
    const char *value = NULL;
    int flag = own_flags_find(flags, args[*at], &value);
    if (flag < 0) {
        return err_set(err, -ENOEXEC, "%s, not \"%.64s\"", flags->takes, args[*at]);
    }
    if (!flags->rows[flag].arg) {
        *at += 1;
        return value ? err_set(err, -ENOEXEC, "flag %s has no value", flags->rows[flag].name)
                     : flag;
    }
    const char *next = *at + 1 < n ? args[*at + 1] : NULL;
    bool pair = !value && next && (next[0] != '-' || next[1] == '\0');
    value = pair ? next : value;
    if (!value || !*value) {
        const char *name = flags->rows[flag].name;
        return err_set(err, -ENOEXEC, "flag %s needs a value: %s=VALUE", name, name);
    }
    *at += pair ? 2 : 1;
    *ret_value = value;
    return flag;
}
