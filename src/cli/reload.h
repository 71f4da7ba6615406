/*
 * Rereading the configuration while the program serves, on the signal HUP: a whole new one is
 * loaded and all that is made of it, then everybody goes on with it at once; or an error is logged
 * and nothing has changed.
 *
 *   HUP ─► load ─► compare ─► keep what needs a restart ─► filter, plans, TLS ─► adopt
 *            └─────────────────── an error ──────────────────┴─► the running one stays
 *
 * Who owns what: the configuration of the start is main's; the one that runs since is the reload's,
 * borrowed by the app alone, and freed by the next one. The caller owns the struct.
 */
#ifndef DOCKMETER_CLI_RELOAD_H
#define DOCKMETER_CLI_RELOAD_H

#include "cli/app.h"
#include "cli/routes.h"
#include "http/server.h"

struct reload {
    struct app *app; /* all three borrowed */
    struct routes *routes;
    struct http_server *server;
    struct config *config; /* the running one, or NULL: main's */
};

/* The signal waits from here on, so that it ends no program that is just starting. */
void reload_hold(void);
/* The loop takes it: what came meanwhile is delivered. */
void reload_release(void);

/* Rereads and tells the log, the pages and the service manager of it. */
void reload_run(struct reload *reload);

/* After the app's end. */
void reload_done(struct reload *reload);

#endif
