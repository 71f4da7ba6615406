/*
 * The flags of a command that reads its arguments itself: --name=VALUE or --name VALUE, or a switch
 * without a value; one dash does as well. "-" alone is a value; what begins with '-' otherwise is a
 * flag.
 */
#ifndef DOCKMETER_CLI_OWN_FLAGS_H
#define DOCKMETER_CLI_OWN_FLAGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

struct own_flag {
    const char *name;              /* "--from" */
    const char *arg;               /* the value's word in --help: FILE, DIR …; NULL: a switch */
    const char *help;              /* sentences */
    const char *(*word)(size_t i); /* the i-th of its fixed values, NULL behind the last; or NULL */
    bool repeats;
};

struct own_flags {
    const struct own_flag *rows;
    size_t n;
    const char *takes; /* "migrate takes --from and --rules": said before what it does not take */
    const char *usage; /* how they stand behind the command: "--from=NAME [--output=DIR]" */
};

/* The index of the flag that the argument is, -1 when it is none; what stands behind its '=', or
   NULL, in *ret_value. */
int own_flags_find(const struct own_flags *flags, const char *arg, const char **ret_value);

/*
 * Takes the flag at args[*at] with its value and moves *at behind both. Returns its index; -ENOEXEC
 * when it is none of the flags or has no value.
 */
MUST_USE int own_flags_take(const struct own_flags *flags, const char *const *args, size_t n,
                            size_t *at, const char **ret_value, struct err *err);

#endif
