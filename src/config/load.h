/*
 * One load under way: the configuration being filled, and what the sources (YAML, environment,
 * flags, preset, checks) share. Each value comes with its origin; a value replaces only values of
 * lower or equal layers, so the sources may be read in any order. The strings of origins are
 * borrowed until the load ends and copied into the configuration's arena where kept.
 */
#ifndef DOCKMETER_CONFIG_LOAD_H
#define DOCKMETER_CONFIG_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"
#include "config/foreign.h"
#include "config/legacy.h"
#include "config/option.h"
#include "config/value.h"

/* From the weakest. */
enum config_layer {
    LAYER_DEFAULT,
    LAYER_PRESET,
    LAYER_FILE,
    LAYER_OLD_ENV, /* a predecessor's environment name */
    LAYER_ENV,
    LAYER_FLAG,
};

struct config_origin {
    enum config_layer layer;
    const char *where; /* file, variable, flag with its dashes, preset */
    unsigned line;     /* in a file, from 1 */
};

struct load {
    struct config *config;
    bool again;                      /* the file was read before: it must be a plain one */
    uint64_t noted;                  /* bits: the legacy rows that have their note */
    bool foreign_given[FOREIGN_MAX]; /* the rows of foreigns that were met and are not natural */
};

/* "config.yaml:12", "environment X", "flag --x", "preset x", "default". */
void origin_write(const struct config_origin *origin, struct buf *out);

/* Puts the origin in front of the message of err. */
int origin_wrap(const struct config_origin *origin, struct err *err);

/* Stores a value unless a higher layer has set the option; repeated flags append to lists. */
MUST_USE int load_put(struct load *load, const struct option *o, const struct value *value,
                      const struct config_origin *origin, struct err *err);

/* Reads the text and stores it; the error has origin and option in front. */
MUST_USE int load_text(struct load *load, const struct option *o, struct str text,
                       const struct config_origin *origin, struct err *err);

/* Where the option's value comes from. */
const struct config_origin *load_origin(const struct load *load, const struct option *o);

/* Adds a sentence to the notes: of any length, or printf-like and cut at ERR_TEXT_MAX. */
void load_note_text(struct load *load, struct str text);
void load_note(struct load *load, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Notes, once for each row, that a name was met that does nothing in this version; -EINVAL when the
   name is refused. */
MUST_USE int load_legacy(struct load *load, const struct legacy *row, const char *name,
                         const struct config_origin *origin, struct err *err);

/* The sources. -EINVAL or -ENOMEM; flags also -ENOEXEC. */
struct flag_result {
    enum config_want want;
    const char *file; /* the configuration file, or NULL */
};
MUST_USE int flags_load(struct load *load, const char *const *args, size_t n,
                        struct flag_result *ret, struct err *err);
MUST_USE int env_load(struct load *load, const char *const *vars, struct err *err);
/* What needs the other sources read first: the files of DOCKER_CERT_PATH once docker.tls.enabled is
   known (looks which exist), and that LOGS_COLLECTION_INTERVAL is not too long. */
MUST_USE int env_settle(struct load *load, const char *const *vars, struct err *err);
/* The value of a variable, or NULL when it is absent or empty. */
const char *env_get(const char *const *vars, const char *name);
MUST_USE int yaml_load(struct load *load, struct str bytes, const char *name, struct err *err);
MUST_USE int yaml_load_file(struct load *load, const char *path, struct err *err);
MUST_USE int preset_load(struct load *load, struct err *err);
/* What concerns several options, or an option's form. */
MUST_USE int check_load(struct load *load, struct err *err);

#endif
