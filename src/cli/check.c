/*
 * Looks at everything that must be right and says of each whether it is, with the remedy where it
 * is not. Exit status 1 when anything failed; warnings are no failure.
 */
#include <errno.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "cli/app.h"
#include "cli/beside.h"
#include "cli/command.h"
#include "cli/compare.h"
#include "cli/health.h"
#include "cli/listen.h"
#include "cli/once.h"
#include "cli/report.h"

/* What was found, with the first trouble of each endpoint. */
struct findings {
    struct report report;
    struct err troubles[ENDPOINT_COUNT]; /* code 0: none */
    struct err fallback;                 /* why some container is left to the Engine; the same */
};

static void check_configuration(struct report *report, const struct config *config) {
    report_say(report, VERDICT_OK, "configuration", "complete and in range");
    for (size_t i = 0; i < config->notes.n; i++) {
        report_say(report, VERDICT_WARNING, "configuration", "%.*s",
                   STR_ARG(config->notes.items[i]));
    }
}

/* A server that gave up root keeps the group that the socket had at its start; this process has
   just taken on the present one. */
static void check_server(struct report *report, const struct app *app) {
    struct stat st;
    const char *path = app->address.unix_path;
    if (path[0] && stat(path, &st) == 0 && S_ISSOCK(st.st_mode) && beside_is_refused(&st)) {
        report_say(report, VERDICT_FAILURE, "engine",
                   "the server here may not use the socket, which belongs to group %lu "
                   "now: restart it; started as root it takes on the group, as another user it "
                   "needs it (docker run --group-add %lu)",
                   (unsigned long)st.st_gid, (unsigned long)st.st_gid);
    }
}

/* The Engine's own word on what is wrong has the remedy in it (see engine/remedy.h). */
static void check_engine(struct report *report, const struct app *app) {
    const struct engine_status *status = engine_status(app->engine);
    if (!status->up) {
        report_say(report, VERDICT_FAILURE, "engine", "%s: %s", app->address.shown,
                   status->err.text);
        return;
    }
    report_say(report, VERDICT_OK, "engine", "%s answers: version %.*s, API %.*s",
               app->address.shown, STR_ARG(status->version), STR_ARG(status->api_version));
    if (!status->direct_oneshot) {
        report_say(report, VERDICT_OK, "engine",
                   "answers statistics on a one-second tick: a scrape takes about 1.1 s%s",
                   app_reads_kernel(app) ? " when the kernel does not tell all" : "");
    }
    check_server(report, app);
}

/* What the page loses without an endpoint, how its troubles begin, and its flag in the best-known
   proxy. */
static const struct {
    enum endpoint endpoint;
    enum verdict verdict;
    const char *path;
    const char *told;
    const char *flag;
    const char *loss;
} needs[] = {
    {ENDPOINT_LIST, VERDICT_FAILURE, "/containers/json", "list containers: ", "CONTAINERS=1",
     "no container is seen"},
    {ENDPOINT_INSPECT, VERDICT_FAILURE, "/containers/{id}/json", "inspect ", "CONTAINERS=1",
     "limits, times and exit codes are missing"},
    {ENDPOINT_STATS, VERDICT_FAILURE, "/containers/{id}/stats", "statistics of ", "CONTAINERS=1",
     "usage is missing"},
    {ENDPOINT_EVENTS, VERDICT_WARNING, "/events", "events, ", "EVENTS=1",
     "each scrape asks for the list and all inspects"},
    {ENDPOINT_VERSION, VERDICT_WARNING, "/version", "/version: ", "VERSION=1",
     "the Engine's version is unknown"},
    {ENDPOINT_INFO, VERDICT_WARNING, "/info", "/info: ", "INFO=1",
     "the machine's figures are missing"},
    {ENDPOINT_IMAGES, VERDICT_WARNING, "/images/json", "/images/json: ", "IMAGES=1",
     "the count of images and their names are missing"},
    {ENDPOINT_VOLUMES, VERDICT_WARNING, "/volumes", "/volumes: ", "VOLUMES=1",
     "the count of volumes is missing"},
    {ENDPOINT_NETWORKS, VERDICT_WARNING, "/networks", "/networks: ", "NETWORKS=1",
     "the count of networks is missing"},
    {ENDPOINT_DF, VERDICT_WARNING, "/system/df", "disk usage", "SYSTEM=1", "disk usage is missing"},
};

#define N_NEEDS (sizeof(needs) / sizeof(needs[0]))

/* Keeps the first error of each endpoint. */
static void on_trouble(void *arg, enum collect_trouble what, const struct err *err) {
    struct findings *findings = arg;
    if (what == TROUBLE_FALLBACK) {
        err_copy(&findings->fallback, err);
    }
    if (what != TROUBLE_ENGINE) {
        return;
    }
    for (size_t i = 0; i < N_NEEDS; i++) {
        struct err *first = &findings->troubles[needs[i].endpoint];
        if (str_starts(str_of(err->text), str_of(needs[i].told)) && first->code == 0) {
            err_copy(first, err);
        }
    }
}

static bool is_refusal(unsigned code) {
    return code == 401 || code == 403;
}

/* Containers go while they are looked at (404, Podman's 409); after a refused API version (400)
   another was spoken, unless the call failed in the end. */
static bool is_bad(enum endpoint endpoint, unsigned code, bool troubled) {
    bool of_container = endpoint == ENDPOINT_INSPECT || endpoint == ENDPOINT_STATS;
    return code != 200 && !is_refusal(code) && !(of_container && (code == 404 || code == 409)) &&
           !(code == 400 && !troubled);
}

/* How the endpoint's calls ended: a line for a proxy's refusal, and one for all else that is bad.
   True when there was none. */
static bool check_endpoint(struct findings *findings, const struct tally_code *codes, size_t need) {
    enum endpoint endpoint = needs[need].endpoint;
    struct report *report = &findings->report;
    const struct err *trouble = &findings->troubles[endpoint];
    const char *path = needs[need].path;
    struct buf kinds CLEANUP_BUF = BUF_INIT;
    bool refused = false;
    for (size_t i = 0; i < TALLY_CODES && codes[i].code; i++) {
        refused |= is_refusal(codes[i].code);
        if (is_bad(endpoint, codes[i].code, trouble->code != 0)) {
            const char *outcome = call_outcome_word(codes[i].code);
            buf_text(&kinds, kinds.len ? ", " : "");
            outcome ? buf_text(&kinds, outcome) : buf_fmt(&kinds, "status %u", codes[i].code);
        }
    }
    if (refused) {
        report_say(report, needs[need].verdict, "proxy", "refuses %s: %s; set %s on the proxy",
                   path, needs[need].loss, needs[need].flag);
    }
    if (kinds.len) {
        report_say(report, needs[need].verdict, "access", "%s ends with %s: %s%s%s%s", path,
                   buf_cstr(&kinds), needs[need].loss, trouble->code ? " (" : "", trouble->text,
                   trouble->code ? ")" : "");
    }
    return !refused && kinds.len == 0;
}

static void check_access(struct findings *findings, const struct app *app) {
    bool good = true;
    for (size_t i = 0; i < N_NEEDS; i++) {
        good &= check_endpoint(findings, app->tally.calls[needs[i].endpoint], i);
    }
    if (good) {
        report_say(&findings->report, VERDICT_OK, "access",
                   "the Engine lets Dockmeter read all that it needs");
    }
}

/* One running container as proof that figures arrive, and how many gave none. */
static void check_figures(struct report *report, const struct app *app,
                          const struct snapshot *snapshot) {
    const struct reading *proof = NULL;
    size_t live = 0;
    size_t missing = 0;
    for (size_t i = 0; i < snapshot->n; i++) {
        const struct reading *reading = &snapshot->readings[i];
        bool is_live = container_is_live(&reading->container->facts);
        live += is_live;
        missing += is_live && !reading->usage;
        if (!proof && reading->usage && usage_has(reading->usage, USAGE_CPU_NS)) {
            proof = reading;
        }
    }
    if (!snapshot->states_known) {
        report_say(report, VERDICT_FAILURE, "figures", "the list of containers did not arrive");
    } else if (proof) {
        compare_sources(report, app, proof);
    } else if (live == 0) {
        report_say(report, VERDICT_OK, "figures", "no container runs that is to be measured");
    }
    if (missing) {
        report_say(report, VERDICT_WARNING, "figures",
                   "no usage arrived of %zu of %zu running containers", missing, live);
    }
}

/* The port is taken by the Dockmeter that runs with this configuration, as in its container. */
static bool serves_already(const struct app *app, const struct err *why) {
    struct err err = ERR_INIT;
    bool ours = false;
    return why->code == -EADDRINUSE &&
           health_ask(app->loop, app->fetcher, app->config, &ours, &err) == 0 && ours;
}

static void check_port(struct report *report, struct app *app) {
    struct http_server *server = NULL;
    struct err err = ERR_INIT;
    if (listen_server(app->loop, app->config, &server, &err) < 0) {
        if (serves_already(app, &err)) {
            report_say(report, VERDICT_OK, "listen", "Dockmeter is serving already");
            return;
        }
        struct str text = str_of(err.text);
        size_t from = str_starts(text, STR("listen: ")) ? strlen("listen: ") : 0;
        report_say(report, VERDICT_FAILURE, "listen", "%s%s", err.text + from,
                   err.code == -EADDRINUSE
                       ? "; stop it, or choose another with server.port or server.listen_addresses"
                       : "");
        return;
    }
    const char *url;
    for (size_t i = 0; (url = http_server_url(server, i)) != NULL; i++) {
        report_say(report, VERDICT_OK, "listen", "%s is free", url);
    }
    http_server_free(server);
}

/* What the kernel did not tell of containers that it could have told of. */
static void check_kernel_figures(struct findings *findings, const struct app *app,
                                 const struct snapshot *snapshot) {
    struct err missing = ERR_INIT;
    size_t by_engine = 0;
    for (size_t i = 0; i < snapshot->n; i++) {
        const struct usage *usage = snapshot->readings[i].usage;
        by_engine += usage && usage->source == SOURCE_ENGINE;
    }
    if (kernel_missing(app->kernel, &missing)) {
        report_say(&findings->report, VERDICT_WARNING, "kernel", "%s", missing.text);
    }
    if (by_engine) {
        report_say(&findings->report, VERDICT_WARNING, "kernel",
                   "%zu of %zu containers are left to the engine: %s", by_engine, snapshot->n,
                   findings->fallback.text);
    }
}

/* What of the host can be read without the Engine. */
static void check_host(struct report *report, const struct app *app) {
    const struct kernel_host *host = app->kernel ? kernel_host(app->kernel) : NULL;
    if (!host) {
        report_say(report, VERDICT_OK, "kernel", "not read: collection.source is engine");
        return;
    }
    if (host->mode != CGROUP_NONE) {
        report_say(report, host->usable ? VERDICT_OK : VERDICT_WARNING, "kernel",
                   "cgroup %s below %.*s, controllers of the host: %.*s; at most %zu files stay "
                   "open",
                   cgroup_mode_word(host->mode), STR_ARG(host->root),
                   STR_ARG(host->controllers.len ? host->controllers : STR("none")),
                   host->held_max);
    }
    for (size_t i = 0; i < host->n_troubles; i++) {
        report_say(report, VERDICT_WARNING, "kernel", "%s", host->trouble[i].text);
    }
}

/* The port is root's to take; all else is looked at as the user that the server becomes. */
static void check_all(struct findings *findings, struct app *app) {
    struct report *report = &findings->report;
    struct snapshot *snapshot = NULL;
    struct err err = ERR_INIT;
    check_configuration(report, app->config);
    check_port(report, app);
    if (app_drop_privileges(app, &err) < 0) {
        report_say(report, VERDICT_FAILURE, "user", "%s", err.text);
        return;
    }
    check_host(report, app);
    if (once_snapshot(app, &snapshot, &err) < 0) {
        report_say(report, VERDICT_FAILURE, "engine", "%s", err.text);
    } else {
        check_engine(report, app);
        if (snapshot->engine_up) {
            check_access(findings, app);
            check_figures(report, app, snapshot);
            if (app_reads_kernel(app)) {
                check_kernel_figures(findings, app, snapshot);
            }
        }
        snapshot_unref(snapshot);
    }
}

int check_wrong(const struct err *err) {
    struct report report = {.failed = false};
    report_say(&report, VERDICT_FAILURE, "configuration", "%s", err->text);
    return 1;
}

int command_check(const struct config *config) {
    struct findings findings = {.report = {.failed = false}};
    struct app app;
    struct err err = ERR_INIT;
    if (app_init(&app, config, APP_CHECK, &err) < 0) {
        return check_wrong(&err);
    }
    collect_on_trouble(app.collect, on_trouble, &findings);
    /* This command's lines are the log. */
    log_setup(LOG_ERROR, LOG_TEXT, STDERR_FILENO);
    check_all(&findings, &app);
    app_done(&app);
    /* What could not be told was not checked. */
    struct buf nothing = BUF_INIT;
    return print_buf(&nothing) != 0 || findings.report.failed ? 1 : 0;
}
