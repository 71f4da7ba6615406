/*
 * The program's parts, made from a configuration and joined: one loop, one Engine, its filter and
 * collections, the pages. Used by every command that measures. The caller owns the struct;
 * the configuration is borrowed, and by the app alone: its parts hold copies, so that another one
 * can take its place (app_adopt()).
 */
#ifndef DOCKMETER_CLI_APP_H
#define DOCKMETER_CLI_APP_H

#include "base/log.h"
#include "cli/pages.h"
#include "cli/stamp.h"
#include "cli/tuning.h"
#include "collect/collect.h"
#include "config/change.h"
#include "config/config.h"
#include "engine/engine.h"
#include "kernel/kernel.h"
#include "loop/fetch.h"
#include "loop/loop.h"
#include "model/tally.h"
#include "work/work.h"

#define APP_REFUSALS_MAX 16

enum app_use {
    APP_SERVE, /* follows the Engine's events */
    APP_ONCE,  /* one collection */
    APP_WATCH, /* follows them and collects when asked only, whatever the intervals are */
    APP_CHECK, /* as to serve, but calls that hang are given up early, so that they can be told */
};

struct app {
    const struct config *config;
    enum app_use use;
    struct loop *loop;
    struct fetcher *fetcher;
    struct tally tally;
    struct engine_address address;
    struct engine *engine;
    struct kernel *kernel; /* NULL: collection.source is engine */
    struct filter *filter;
    struct work *work;   /* blocking jobs, beside the loop */
    struct stamp *stamp; /* of the last collection; NULL: it is not told */
    struct collect *collect;
    struct pages *pages;
    page_groups groups; /* what the configured collectors show */
    struct log_limit trouble[TROUBLE_MISSING + 1];
    char refused[APP_REFUSALS_MAX][24]; /* the proxy's flags of refusals that were logged */
    /* Called after the Engine's status changed and the parts know of it; may be NULL. */
    void (*engine_changed)(void *arg);
    void *engine_changed_arg;
};

/* Sets the log up as configured and makes all parts; on failure nothing is left to free. */
MUST_USE int app_init(struct app *app, const struct config *config, enum app_use use,
                      struct err *err);
void app_done(struct app *app);

/* Goes on with another configuration, whose values that need a restart are the old ones', and what
   was made of it; cannot fail. What was known and counted stays. The old one is not used any more.
 */
void app_adopt(struct app *app, const struct config *config, const struct config_change *change,
               struct tuning *tuning);

/* Becomes server.user when it was root (privilege.h): everything that needs root is done by now. */
MUST_USE int app_drop_privileges(struct app *app, struct err *err);

/* Starts the ping and the background collection. */
void app_start(struct app *app);

/* Whether the kernel is a source. */
bool app_reads_kernel(const struct app *app);

/* Logs what keeps figures away on this host, once, with the remedies. */
void app_log_host(const struct app *app);

/* The Engine's address as configured or found. */
MUST_USE int app_engine_address(const struct config *config, struct engine_address *ret,
                                struct err *err);

#endif
