/*
 * Looks at everything that must be right and says of each whether it is, with the remedy where it
 * is not. Exit status 1 when anything failed; warnings are no failure.
 */
#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "cli/app.h"
#include "cli/command.h"
#include "cli/listen.h"
#include "cli/once.h"

enum verdict { VERDICT_OK, VERDICT_WARNING, VERDICT_FAILURE };

struct report {
    bool failed;
};

static void say(struct report *report, enum verdict verdict, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

static void say(struct report *report, enum verdict verdict, const char *what, const char *fmt,
                ...) {
    static const char *const words[] = {"ok", "warning", "failure"};
    report->failed |= verdict == VERDICT_FAILURE;
    (void)printf("%-8s %-13s ", words[verdict], what);
    va_list ap;
    va_start(ap, fmt);
    (void)vprintf(fmt, ap);
    va_end(ap);
    (void)putchar('\n');
}

static void check_configuration(struct report *report, const struct config *config) {
    say(report, VERDICT_OK, "configuration", "complete and in range");
    for (size_t i = 0; i < config->notes.n; i++) {
        say(report, VERDICT_WARNING, "configuration", "%.*s", STR_ARG(config->notes.items[i]));
    }
}

/* The Engine's own word on what is wrong has the remedy in it (see engine/trouble.h). */
static void check_engine(struct report *report, const struct app *app) {
    const struct engine_status *status = engine_status(app->engine);
    if (!status->up) {
        say(report, VERDICT_FAILURE, "engine", "%s: %s", app->address.shown, status->err.text);
        return;
    }
    say(report, VERDICT_OK, "engine", "%s answers: version %.*s, API %.*s", app->address.shown,
        STR_ARG(status->version), STR_ARG(status->api_version));
    if (!status->direct_oneshot) {
        say(report, VERDICT_OK, "engine",
            "answers statistics on a one-second tick: a scrape takes about 1.1 s");
    }
}

/* What the page loses when a proxy refuses an endpoint, and its flag in the best-known proxy. */
static const struct {
    enum endpoint endpoint;
    enum verdict verdict;
    const char *flag;
    const char *loss;
} refusals[] = {
    {ENDPOINT_LIST, VERDICT_FAILURE, "CONTAINERS=1", "no container is seen"},
    {ENDPOINT_INSPECT, VERDICT_FAILURE, "CONTAINERS=1", "limits, times and exit codes are missing"},
    {ENDPOINT_STATS, VERDICT_FAILURE, "CONTAINERS=1", "usage is missing"},
    {ENDPOINT_VERSION, VERDICT_WARNING, "VERSION=1", "the Engine's version is unknown"},
    {ENDPOINT_INFO, VERDICT_WARNING, "INFO=1", "the machine's figures are missing"},
    {ENDPOINT_IMAGES, VERDICT_WARNING, "IMAGES=1", "the count of images is missing"},
    {ENDPOINT_VOLUMES, VERDICT_WARNING, "VOLUMES=1", "the count of volumes is missing"},
    {ENDPOINT_NETWORKS, VERDICT_WARNING, "NETWORKS=1", "the count of networks is missing"},
};

static bool was_refused(const struct tally *tally, enum endpoint endpoint) {
    for (size_t i = 0; i < TALLY_CODES; i++) {
        unsigned code = tally->calls[endpoint][i].code;
        if (code == 401 || code == 403) {
            return true;
        }
    }
    return false;
}

static void check_refusals(struct report *report, const struct app *app) {
    bool any = false;
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        if (was_refused(&app->tally, refusals[i].endpoint)) {
            any = true;
            say(report, refusals[i].verdict, "proxy", "refuses /%s: %s; set %s on the proxy",
                endpoint_word(refusals[i].endpoint), refusals[i].loss, refusals[i].flag);
        }
    }
    if (!any) {
        say(report, VERDICT_OK, "access", "the Engine lets Dockmeter read all that it needs");
    }
}

/* One running container as proof that figures arrive. */
static void check_figures(struct report *report, const struct snapshot *snapshot) {
    for (size_t i = 0; i < snapshot->n; i++) {
        const struct usage *usage = snapshot->readings[i].usage;
        const struct container_facts *facts = &snapshot->readings[i].container->facts;
        if (!usage || !usage_has(usage, USAGE_CPU_NS)) {
            continue;
        }
        double cpu_s = (double)usage->number[USAGE_CPU_NS] / 1e9;
        if (usage_has(usage, USAGE_MEM_USAGE_BYTES)) {
            say(report, VERDICT_OK, "figures", "%.*s: CPU %.3f s, memory %.1f MiB",
                STR_ARG(facts->name), cpu_s,
                (double)usage->number[USAGE_MEM_USAGE_BYTES] / (1 << 20));
        } else {
            say(report, VERDICT_WARNING, "figures",
                "%.*s: CPU %.3f s, memory unknown: the kernel accounts none for containers",
                STR_ARG(facts->name), cpu_s);
        }
        return;
    }
    if (snapshot->by_state[STATE_RUNNING]) {
        say(report, VERDICT_WARNING, "figures", "containers run, but no usage arrived");
    } else {
        say(report, VERDICT_OK, "figures", "no container runs");
    }
}

static void check_port(struct report *report, struct app *app) {
    struct http_server *server = NULL;
    struct err err = ERR_INIT;
    if (listen_server(app->loop, app->config, &server, &err) < 0) {
        say(report, VERDICT_FAILURE, "listen", "%s", err.text);
        return;
    }
    const char *url;
    for (size_t i = 0; (url = http_server_url(server, i)) != NULL; i++) {
        say(report, VERDICT_OK, "listen", "%s is free", url);
    }
    http_server_free(server);
}

static void check_all(struct report *report, struct app *app) {
    struct snapshot *snapshot = NULL;
    struct err err = ERR_INIT;
    check_configuration(report, app->config);
    if (once_snapshot(app, &snapshot, &err) < 0) {
        say(report, VERDICT_FAILURE, "engine", "%s", err.text);
    } else {
        check_engine(report, app);
        if (snapshot->engine_up) {
            check_refusals(report, app);
            check_figures(report, snapshot);
        }
        snapshot_unref(snapshot);
    }
    check_port(report, app);
}

int command_check(const struct config *config) {
    struct report report = {.failed = false};
    struct app app;
    struct err err = ERR_INIT;
    if (app_init(&app, config, &err) < 0) {
        say(&report, VERDICT_FAILURE, "configuration", "%s", err.text);
        return 1;
    }
    /* This command's lines are the log. */
    log_setup(LOG_ERROR, LOG_TEXT, STDERR_FILENO);
    check_all(&report, &app);
    app_done(&app);
    return report.failed ? 1 : 0;
}
