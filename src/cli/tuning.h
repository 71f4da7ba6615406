/*
 * What the parts of a program take from its configuration, and may take from another one while it
 * runs: made whole from one, or not at all. The caller owns the struct and hands its members over
 * to who uses them.
 */
#ifndef DOCKMETER_CLI_TUNING_H
#define DOCKMETER_CLI_TUNING_H

#include "cli/plans.h"
#include "collect/collect.h"
#include "config/config.h"
#include "model/filter.h"

struct tuning {
    struct filter *filter;
    struct plans *plans;
    page_groups groups; /* what the configured collectors show */
};

/* -EINVAL says where in the configuration what is wrong stands; nothing is left to free then. */
MUST_USE int tuning_init(struct tuning *tuning, const struct config *config, struct err *err);
void tuning_done(struct tuning *tuning); /* frees what was not handed over */

/* Puts in front of err where the option's wrong value came from. */
int tuning_blame(const struct config *config, const char *option, struct err *err);

/* Sets the log up. */
void tuning_set_log(const struct config *config);

/* The words of collection.source. */
enum collect_source tuning_source(const struct config *config);

/* What collections take from it; the rest is as the program uses them. */
struct collect_settings tuning_collect(const struct config *config);

#endif
