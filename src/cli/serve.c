/* The default command: measures and serves until a signal ends it. */
#include <errno.h>
#include <signal.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/process.h"
#include "cli/app.h"
#include "cli/command.h"
#include "cli/listen.h"
#include "cli/notify.h"
#include "cli/privilege.h"
#include "cli/routes.h"

/* Replies under way get this long at the end. */
#define DRAIN_MS 5000

struct service {
    struct app app;
    struct routes routes;
    struct http_server *server;
    struct timer *watchdog; /* NULL: nobody watches */
    bool ending;
};

static void on_drained(void *arg) {
    struct service *service = arg;
    loop_stop(service->app.loop);
}

/* The first signal ends gracefully, a second one at once. */
static void on_signal(int signo, void *arg) {
    struct service *service = arg;
    if (service->ending) {
        loop_stop(service->app.loop);
        return;
    }
    service->ending = true;
    notify_send("STOPPING=1");
    log_event(LOG_INFO, "ending", LOGC("signal", signo == SIGINT ? "SIGINT" : "SIGTERM"));
    http_server_drain(service->server, DRAIN_MS, on_drained, service);
}

/* The loop turns, or this is not reached. */
static void on_watchdog(void *arg) {
    struct service *service = arg;
    notify_send("WATCHDOG=1");
    timer_after_ms(service->watchdog, notify_watchdog_ms());
}

static int start_watchdog(struct service *service, struct err *err) {
    if (notify_watchdog_ms() == 0) {
        return 0;
    }
    service->watchdog = timer_new(service->app.loop, on_watchdog, service);
    if (!service->watchdog) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    timer_after_ms(service->watchdog, 0);
    return 0;
}

static void log_start(const struct service *service) {
    struct buf urls CLEANUP_BUF = BUF_INIT;
    const char *url;
    for (size_t i = 0; (url = http_server_url(service->server, i)) != NULL; i++) {
        buf_fmt(&urls, "%s%s", i ? " " : "", url);
    }
    log_event(LOG_INFO, "dockmeter started", LOGF("version", build_info()->version),
              LOGC("engine", service->app.address.shown),
              LOGF("source", service->app.config->collection.source),
              LOGF("listen", buf_view(&urls)));
    app_log_host(&service->app);
    const struct str_list *notes = &service->app.config->notes;
    for (size_t i = 0; i < notes->n; i++) {
        log_event(LOG_WARN, "configuration", LOGF("note", notes->items[i]));
    }
}

/* What root needs is done: sockets are bound, certificates read. */
static int drop_privileges(struct service *service, struct err *err) {
    const struct app *app = &service->app;
    int r = privilege_drop(app->config->server.user, &app->address, err);
    if (r == -EPERM) {
        log_event(LOG_INFO, "stays root", LOGC("reason", err->text));
        return 0;
    }
    return r;
}

static int start(struct service *service, const struct config *config, struct err *err) {
    int r = app_init(&service->app, config, APP_SERVE, err);
    if (r < 0) {
        return r;
    }
    service->routes.app = &service->app;
    r = listen_server(service->app.loop, config, &service->server, err);
    if (r == 0) {
        r = routes_add(&service->routes, service->server, err);
    }
    if (r == 0) {
        r = drop_privileges(service, err);
    }
    if (r == 0) {
        r = loop_on_signal(service->app.loop, SIGTERM, on_signal, service, err);
    }
    if (r == 0) {
        r = loop_on_signal(service->app.loop, SIGINT, on_signal, service, err);
    }
    if (r == 0) {
        r = start_watchdog(service, err);
    }
    return r;
}

int command_serve(const struct config *config) {
    struct service service = {.ending = false};
    struct err err = ERR_INIT;
    (void)signal(SIGPIPE, SIG_IGN);
    int r = start(&service, config, &err);
    if (r == 0) {
        log_start(&service);
        app_start(&service.app);
        notify_send("READY=1");
        process_drop_code();
        r = loop_run(service.app.loop, &err);
    }
    if (r < 0) {
        log_event(LOG_ERROR, "dockmeter cannot go on", LOGC("error", err.text));
    } else {
        log_event(LOG_INFO, "dockmeter ended");
    }
    timer_free(service.watchdog);
    http_server_free(service.server);
    routes_done(&service.routes);
    if (service.app.loop) {
        app_done(&service.app);
    }
    return r < 0 ? 1 : 0;
}
