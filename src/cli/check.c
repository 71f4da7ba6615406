/*
 * Looks at everything that must be right and says of each whether it is, with the remedy where it
 * is not. Exit status 1 when anything failed; warnings are no failure.
 */
#include <errno.h>
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
    struct err troubles[ENDPOINT_COUNT]; /* the first of each; code 0: none */
};

static void say(struct report *report, enum verdict verdict, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* One line, whatever names and answers hold that stand in it. */
static void say(struct report *report, enum verdict verdict, const char *what, const char *fmt,
                ...) {
    static const char *const words[] = {"ok", "warning", "failure"};
    struct buf line CLEANUP_BUF = BUF_INIT;
    char text[2 * ERR_TEXT_MAX];
    report->failed |= verdict == VERDICT_FAILURE;
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    buf_plain(&line, str_of(text));
    (void)printf("%-8s %-13s %s\n", words[verdict], what, buf_cstr(&line));
}

static void check_configuration(struct report *report, const struct config *config) {
    say(report, VERDICT_OK, "configuration", "complete and in range");
    for (size_t i = 0; i < config->notes.n; i++) {
        say(report, VERDICT_WARNING, "configuration", "%.*s", STR_ARG(config->notes.items[i]));
    }
}

/* The Engine's own word on what is wrong has the remedy in it (see engine/remedy.h). */
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
    {ENDPOINT_LIST, VERDICT_FAILURE, "/containers/json", "list ", "CONTAINERS=1",
     "no container is seen"},
    {ENDPOINT_INSPECT, VERDICT_FAILURE, "/containers/{id}/json", "inspect ", "CONTAINERS=1",
     "limits, times and exit codes are missing"},
    {ENDPOINT_STATS, VERDICT_FAILURE, "/containers/{id}/stats", "statistics ", "CONTAINERS=1",
     "usage is missing"},
    {ENDPOINT_VERSION, VERDICT_WARNING, "/version", "/version", "VERSION=1",
     "the Engine's version is unknown"},
    {ENDPOINT_INFO, VERDICT_WARNING, "/info", "/info", "INFO=1",
     "the machine's figures are missing"},
    {ENDPOINT_IMAGES, VERDICT_WARNING, "/images/json", "/images", "IMAGES=1",
     "the count of images is missing"},
    {ENDPOINT_VOLUMES, VERDICT_WARNING, "/volumes", "/volumes", "VOLUMES=1",
     "the count of volumes is missing"},
    {ENDPOINT_NETWORKS, VERDICT_WARNING, "/networks", "/networks", "NETWORKS=1",
     "the count of networks is missing"},
};

#define N_NEEDS (sizeof(needs) / sizeof(needs[0]))

/* Keeps the first error of each endpoint. */
static void on_trouble(void *arg, const struct err *err) {
    struct report *report = arg;
    for (size_t i = 0; i < N_NEEDS; i++) {
        struct err *first = &report->troubles[needs[i].endpoint];
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
static bool check_endpoint(struct report *report, const struct tally_code *codes, size_t need) {
    enum endpoint endpoint = needs[need].endpoint;
    const struct err *trouble = &report->troubles[endpoint];
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
        say(report, needs[need].verdict, "proxy", "refuses %s: %s; set %s on the proxy", path,
            needs[need].loss, needs[need].flag);
    }
    if (kinds.len) {
        say(report, needs[need].verdict, "access", "%s ends with %s: %s%s%s%s", path,
            buf_cstr(&kinds), needs[need].loss, trouble->code ? " (" : "", trouble->text,
            trouble->code ? ")" : "");
    }
    return !refused && kinds.len == 0;
}

static void check_access(struct report *report, const struct app *app) {
    bool good = true;
    for (size_t i = 0; i < N_NEEDS; i++) {
        good &= check_endpoint(report, app->tally.calls[needs[i].endpoint], i);
    }
    if (good) {
        say(report, VERDICT_OK, "access", "the Engine lets Dockmeter read all that it needs");
    }
}

/* One container's figures. */
static void show_figures(struct report *report, const struct reading *reading) {
    const struct usage *usage = reading->usage;
    struct str name = reading->container->facts.name;
    double cpu_s = (double)usage->number[USAGE_CPU_NS] / 1e9;
    if (usage_has(usage, USAGE_MEM_USAGE_BYTES)) {
        say(report, VERDICT_OK, "figures", "%.*s: CPU %.3f s, memory %.1f MiB", STR_ARG(name),
            cpu_s, (double)usage->number[USAGE_MEM_USAGE_BYTES] / (1 << 20));
    } else {
        say(report, VERDICT_WARNING, "figures",
            "%.*s: CPU %.3f s, memory unknown: the kernel accounts none for containers",
            STR_ARG(name), cpu_s);
    }
}

/* One running container as proof that figures arrive, and how many gave none. */
static void check_figures(struct report *report, const struct snapshot *snapshot) {
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
        say(report, VERDICT_FAILURE, "figures", "the list of containers did not arrive");
    } else if (proof) {
        show_figures(report, proof);
    } else if (live == 0) {
        say(report, VERDICT_OK, "figures", "no container runs that is to be measured");
    }
    if (missing) {
        say(report, VERDICT_WARNING, "figures", "no usage arrived of %zu of %zu running containers",
            missing, live);
    }
}

static void check_port(struct report *report, struct app *app) {
    struct http_server *server = NULL;
    struct err err = ERR_INIT;
    if (listen_server(app->loop, app->config, &server, &err) < 0) {
        struct str text = str_of(err.text);
        size_t from = str_starts(text, STR("listen: ")) ? strlen("listen: ") : 0;
        say(report, VERDICT_FAILURE, "listen", "%s%s", err.text + from,
            err.code == -EADDRINUSE
                ? "; stop it, or choose another with server.port or server.listen_addresses"
                : "");
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
            check_access(report, app);
            check_figures(report, snapshot);
        }
        snapshot_unref(snapshot);
    }
    check_port(report, app);
}

int check_wrong(const struct err *err) {
    struct report report = {.failed = false};
    say(&report, VERDICT_FAILURE, "configuration", "%s", err->text);
    return 1;
}

int command_check(const struct config *config) {
    struct report report = {.failed = false};
    struct app app;
    struct err err = ERR_INIT;
    if (app_init(&app, config, &err) < 0) {
        return check_wrong(&err);
    }
    collect_on_trouble(app.collect, on_trouble, &report);
    /* This command's lines are the log. */
    log_setup(LOG_ERROR, LOG_TEXT, STDERR_FILENO);
    check_all(&report, &app);
    app_done(&app);
    /* What could not be told was not checked. */
    struct buf nothing = BUF_INIT;
    return print_buf(&nothing) != 0 || report.failed ? 1 : 0;
}
