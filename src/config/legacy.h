/*
 * Names that are known and do nothing in this version: those of predecessors' settings that mean
 * nothing here, and those whose options come with a later version. Each that is met gives one note.
 * Those that would leave the server open, or elsewhere than expected, are refused instead.
 */
#ifndef DOCKMETER_CONFIG_LEGACY_H
#define DOCKMETER_CONFIG_LEGACY_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

enum legacy_kind { LEGACY_LATER, LEGACY_UNUSED, LEGACY_REFUSED };

struct legacy {
    const char *name; /* YAML path, or flag; NULL: known by its environment name only */
    const char *env;  /* environment name besides DOCKMETER_<PATH>, or NULL */
    enum legacy_kind kind;
    bool yaml;           /* a YAML key; whatever is below it is accepted too */
    bool flag;           /* a flag */
    bool boolean;        /* the flag needs no value */
    const char *instead; /* what to use, or NULL */
};

/* What to say of a name of that kind: "is not yet in effect in this version" … */
const char *legacy_words(enum legacy_kind kind);

extern const struct legacy legacies[];
extern const size_t n_legacies;

/* By YAML path, by flag without its dashes, or by environment name (a predecessor's;
   DOCKMETER_<PATH> and whatever lies below it); NULL when it is none. */
const struct legacy *legacy_find_yaml(struct str path);
const struct legacy *legacy_find_flag(struct str flag);
const struct legacy *legacy_find_env(struct str name);

/* Whether the value asks for nothing: empty, or false of a switch. Such a use of a refused name is
   harmless. */
bool legacy_is_off(const struct legacy *row, struct str value);

/* Whether rows of the table lie below this YAML path. */
bool legacy_is_group(struct str path);

#endif
