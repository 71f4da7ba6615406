/* One page to standard output, without a server. */
#include <signal.h>

#include "base/cleanup.h"
#include "cli/app.h"
#include "cli/command.h"
#include "cli/once.h"
#include "cli/routes.h"
#include "expo/text.h"

/* Prints the page; 1 when the Engine did not answer or list its containers: the log has the reason.
 */
static int print_page(struct app *app) {
    struct routes routes = {.app = app};
    struct snapshot *snapshot = NULL;
    struct buf page CLEANUP_BUF = BUF_INIT;
    struct err err = ERR_INIT;
    if (once_snapshot(app, &snapshot, &err) < 0) {
        (void)fprintf(stderr, "dockmeter: %s\n", err.text);
        return 1;
    }
    struct routes_page asked = {.format = EXPO_TEXT, .groups = app->groups};
    int status = 1;
    if (pages_choose(app->pages, STR(""), &asked.choice, &err) == 0) {
        routes_write_page(&routes, &asked, snapshot, &page);
        status = print_buf(&page);
    }
    if (!snapshot->engine_up || !snapshot->states_known) {
        status = 1;
    }
    page_choice_done(&asked.choice);
    snapshot_unref(snapshot);
    routes_done(&routes);
    return status;
}

int command_scrape(const struct config *config) {
    struct app app;
    struct err err = ERR_INIT;
    if (app_init(&app, config, APP_ONCE, &err) < 0) {
        (void)fprintf(stderr, "dockmeter: %s\n", err.text);
        return 1;
    }
    log_setup(LOG_WARN, LOG_TEXT, STDERR_FILENO);
    print_notes(config);
    int status = 1;
    if (app_drop_privileges(&app, &err) < 0) { /* it sees what the server sees */
        (void)fprintf(stderr, "dockmeter: %s\n", err.text);
    } else {
        status = print_page(&app);
    }
    app_done(&app);
    return status;
}
