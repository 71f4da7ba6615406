/*
 * One option: a row of the table in options.c, which is the master copy of what can be configured.
 * A row says where the option's value lies in struct config, how its text is read and checked,
 * and by which names it is known:
 *
 *   YAML path         server.port                 (.name)
 *   flags             --server.port, --x          (.name, .flags without the dashes)
 *   environment       DOCKMETER_SERVER_PORT       (made from .name)
 *   predecessors'     EXPORTER_PORT               (.old_env)
 */
#ifndef DOCKMETER_CONFIG_OPTION_H
#define DOCKMETER_CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/config.h"

#define OPTION_TEXT_MAX 4096
#define OPTION_LIST_MAX 256
#define OPTION_ENV_MAX 80
#define OPTION_NAMES_MAX 4
#define OPTIONS_MAX 128

enum option_type {
    OPTION_BOOL,     /* bool */
    OPTION_UINT,     /* uint64_t */
    OPTION_DURATION, /* int64_t, nanoseconds */
    OPTION_STRING,   /* struct str */
    OPTION_SECRET,   /* struct str, never shown */
    OPTION_ENUM,     /* struct str, one of the choices */
    OPTION_LIST,     /* struct str_list */
    OPTION_PAIRS,    /* struct pair_list */
};

/* When a changed value takes effect. */
enum option_change {
    OPTION_AT_RELOAD,
    OPTION_AT_RESTART,
    OPTION_BESIDE_SWITCH, /* at a reload, unless its group's .enabled has changed, which needs a
                             restart */
};

struct option {
    const char *name; /* the YAML path */
    enum option_type type;
    enum option_change change;
    size_t at;                             /* offset in struct config */
    const char *fallback;                  /* the default as text; "" for an empty list */
    uint64_t min, max;                     /* UINT, or ns for DURATION */
    const char *unit;                      /* what a UINT counts, or NULL */
    const char *const *choices;            /* ENUM, and the items of some LISTs: NULL-terminated */
    const char *alias[2];                  /* ENUM: another word, and the choice that it means */
    const char *old_env[OPTION_NAMES_MAX]; /* predecessors' names, NULL-terminated */
    const char *flags[OPTION_NAMES_MAX];   /* besides the path, NULL-terminated */
    const char *arg;                       /* the value's word in --help; NULL: by type */
    const char *help;
};

/* A section of --help and of the documentation: the options whose path starts with `prefix`. */
struct option_group {
    const char *prefix; /* the path's first part */
    const char *title;
};

extern const struct option options[];
extern const size_t n_options;
extern const struct option_group option_groups[];
extern const size_t n_option_groups;

/* The word that stands for the value: "FILE", "NUMBER". */
const char *option_arg(const struct option *o);

/* By YAML path, or NULL. */
const struct option *option_find(struct str name);

/* By flag without its dashes, path or one of the further flags; or NULL. */
const struct option *option_find_flag(struct str flag);

/* By its own environment name, DOCKMETER_<PATH>; or NULL. */
const struct option *option_find_env(struct str name);

/* Whether some option's path starts with "path.". */
bool option_is_group(struct str path);

/* Whether the option belongs to the group. */
bool option_in_group(const struct option *o, const struct option_group *group);

static inline size_t option_index(const struct option *o) {
    return (size_t)(o - options);
}

/* "DOCKMETER_" and the name in capitals with '_' for anything that is no letter or digit. */
struct str option_env_name(const char *name, char buf[OPTION_ENV_MAX]);

/* The known name nearest to an unknown one, or NULL; the first for paths, groups among them (into
   buf), the others for flags (without dashes) and own environment names (into buf). */
const char *option_nearest_path(struct str path, char buf[OPTION_ENV_MAX]);
const char *option_nearest_flag(struct str flag);
const char *option_nearest_env(struct str name, char buf[OPTION_ENV_MAX]);

#endif
