/*
 * What a configuration that was loaded anew changes of the running one: each option whose value
 * differs takes effect at once or needs a restart (option.h). Plain data, by the options' indexes;
 * only names are told, never values.
 */
#ifndef DOCKMETER_CONFIG_CHANGE_H
#define DOCKMETER_CONFIG_CHANGE_H

#include "config/config.h"
#include "config/option.h"

struct config_change {
    bool at_once[OPTIONS_MAX];
    bool at_restart[OPTIONS_MAX];
};

/* Compares the effective values. */
struct config_change config_compare(const struct config *running, const struct config *fresh);

/* Puts the running values of what needs a restart into fresh, with their origins, so that fresh is
   what runs once the rest is taken over. -ENOMEM leaves fresh unfit for use. */
MUST_USE int config_keep(const struct config_change *change, const struct config *running,
                         struct config *fresh, struct err *err);

/* Whether anything changes at once that has this path or lies below it. */
bool config_touches(const struct config_change *change, const char *path);

/* The names that are set in at_once or at_restart, separated by ", ". */
void config_write_names(const bool set[OPTIONS_MAX], struct buf *out);

#endif
