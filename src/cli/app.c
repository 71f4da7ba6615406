#include "cli/app.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/command.h"
#include "cli/privilege.h"
#include "cli/tuning.h"
#include "engine/remedy.h"

/* Further lines about failed calls are held back for this long. */
#define TROUBLE_INTERVAL_NS (60 * NS_PER_S)
/* So long check waits for each call; the usual timeout would leave it without an answer to tell. */
#define CHECK_TIMEOUT_MS 5000
/* Blocking jobs, and how long they may go on at the end. */
#define WORK_THREADS 2
#define WORK_QUEUED_MAX 64
#define WORK_GRACE_MS 2000
/* The kernel's files, 512 requests and as many connections have room in it. */
#define DESCRIPTORS_WANTED 16384

/* An engine_tls path; the configuration has checked nothing about its length. */
static int copy_path(char to[ENGINE_PATH_MAX], struct str from, const char *option,
                     struct err *err) {
    if (from.len >= ENGINE_PATH_MAX) {
        return err_set(err, -EINVAL, "%s: longer than %d bytes", option, ENGINE_PATH_MAX - 1);
    }
    if (from.len) {
        memcpy(to, from.ptr, from.len);
    }
    to[from.len] = '\0';
    return 0;
}

int app_engine_address(const struct config *config, struct engine_address *ret, struct err *err) {
    if (config->docker.host.len == 0) {
        engine_address_find(str_of(getenv("XDG_RUNTIME_DIR")), ret);
        return 0;
    }
    struct engine_tls tls = {.enabled = config->docker.tls.enabled,
                             .verify = config->docker.tls.verify};
    int r = copy_path(tls.ca_file, config->docker.tls.ca_cert, "docker.tls.ca_cert", err);
    if (r == 0) {
        r = copy_path(tls.cert_file, config->docker.tls.cert, "docker.tls.cert", err);
    }
    if (r == 0) {
        r = copy_path(tls.key_file, config->docker.tls.key, "docker.tls.key", err);
    }
    if (r == 0) {
        r = engine_address_parse(config->docker.host, &tls, ret, err);
    }
    return r;
}

/* Says which words of metrics.enable bring nothing. */
static void tell_empty_kinds(const struct str_list *enable) {
    struct buf words CLEANUP_BUF = BUF_INIT;
    for (size_t i = 0; i < enable->n; i++) {
        if (!page_has_kind(enable->items[i])) {
            buf_fmt(&words, "%s%.*s", words.len ? ", " : "", STR_ARG(enable->items[i]));
        }
    }
    if (words.len) {
        log_event(LOG_WARN, "there are no families for words of metrics.enable",
                  LOGF("words", buf_view(&words)));
    }
}

/* The filter and the pages. */
static int make_tuned(struct app *app, struct err *err) {
    struct tuning tuning;
    int r = tuning_init(&tuning, app->config, err);
    if (r < 0) {
        return r;
    }
    app->filter = tuning.filter;
    app->groups = tuning.groups;
    tell_empty_kinds(&app->config->metrics.enable);
    return pages_new(tuning.plans, &app->pages, err);
}

/* How long a call to the Engine may take. */
static int64_t call_timeout_ms(const struct app *app) {
    int64_t timeout_ms = app->config->collection.timeout_ns / NS_PER_MS;
    bool shorter = app->use == APP_CHECK && timeout_ms > CHECK_TIMEOUT_MS;
    return shorter ? CHECK_TIMEOUT_MS : timeout_ms;
}

static int make_engine(struct app *app, struct err *err) {
    struct engine_settings settings = {
        .api_version = app->config->docker.api_version,
        .timeout_ms = call_timeout_ms(app),
    };
    int r = app_engine_address(app->config, &app->address, err);
    if (r < 0) {
        return tuning_blame(app->config, "docker.host", err);
    }
    settings.address = app->address;
    return engine_new(app->loop, app->fetcher, &app->tally, &settings, &app->engine, err);
}

/* The kernel as a source; to be asked for it alone where it tells nothing is an error. */
static int make_kernel(struct app *app, struct err *err) {
    const struct config *c = app->config;
    if (tuning_source(c) == COLLECT_ENGINE) {
        return 0;
    }
    const struct kernel_settings settings = {
        .host_root = c->collection.host_root.len ? c->collection.host_root.ptr : NULL,
        .held_max = SIZE_MAX,
    };
    int r = kernel_new(&settings, &app->kernel, err);
    if (r < 0) {
        return r == -EINVAL ? tuning_blame(c, "collection.host_root", err) : r;
    }
    const struct kernel_host *host = kernel_host(app->kernel);
    if (!host->usable && tuning_source(c) == COLLECT_KERNEL) {
        (void)err_set(err, -EINVAL, "kernel: %s",
                      host->n_troubles ? host->trouble[0].text : "no cgroup can be read here");
        return tuning_blame(c, "collection.source", err);
    }
    return 0;
}

bool app_reads_kernel(const struct app *app) {
    return app->kernel && kernel_host(app->kernel)->usable;
}

static int make_work(struct app *app, struct err *err) {
    return work_new(app->loop, WORK_THREADS, WORK_QUEUED_MAX, &app->work, err);
}

/* Whether scrapes get what was collected in the background. */
static bool is_background(const struct app *app) {
    return app->use == APP_SERVE && app->config->collection.interval_ns > 0;
}

/* Where the time of the last collection is told; without collections in the background it is not.
 */
static int make_stamp(struct app *app, struct err *err) {
    const struct config *c = app->config;
    bool wanted = is_background(app) && c->collection.last_collected_file.len > 0;
    return wanted ? stamp_new(app->work, c->collection.last_collected_file.ptr, &app->stamp, err)
                  : 0;
}

static void on_collected(void *arg, struct snapshot *snapshot, bool whole) {
    struct app *app = arg;
    pages_collected(app->pages, snapshot);
    if (app->stamp && whole) {
        stamp_set(app->stamp, snapshot->taken_unix_ns / NS_PER_S);
    }
}

/* Whoever watches asks for each reading, of containers alone. */
static void watch_only(struct collect_settings *settings) {
    settings->interval_ms = 0;
    settings->disk_interval_ms = 0;
    settings->cache_ttl_ms = 0;
    settings->containers = true;
    settings->system = true;
}

static struct collect_settings collect_settings_of(struct app *app) {
    struct collect_settings settings = tuning_collect(app->config);
    settings.collected = is_background(app) ? on_collected : NULL;
    settings.collected_arg = app;
    settings.follow = app->use != APP_ONCE;
    if (app->use == APP_WATCH) {
        watch_only(&settings);
    }
    return settings;
}

static int make_collect(struct app *app, struct err *err) {
    const struct collect_parts parts = {
        .loop = app->loop,
        .engine = app->engine,
        .kernel = app_reads_kernel(app) ? app->kernel : NULL,
        .filter = app->filter,
        .tally = &app->tally,
        .work = app->work,
    };
    const struct collect_settings settings = collect_settings_of(app);
    return collect_new(&parts, &settings, &app->collect, err);
}

/* One collection has no second reading, so nothing is sampled then. */
static int start_pages(struct app *app, struct err *err) {
    const struct pages_parts parts = {
        .loop = app->use == APP_SERVE ? app->loop : NULL,
        .collect = app->collect,
        .kernel = app_reads_kernel(app) ? app->kernel : NULL,
        .background = is_background(app),
        .local = app->address.unix_path[0] != '\0',
    };
    return pages_start(app->pages, &parts, err);
}

/* What a proxy refuses stays refused: said once for each flag, counted always. */
static bool refused_as_before(struct app *app, const struct err *err) {
    if (err->code != -EACCES) {
        return false;
    }
    struct str flag = remedy_refused_flags(err);
    for (size_t i = 0; i < APP_REFUSALS_MAX; i++) {
        char *told = app->refused[i];
        if (told[0] == '\0') {
            (void)snprintf(told, sizeof(app->refused[i]), "%.*s", STR_ARG(flag));
            return false;
        }
        if (strncmp(told, flag.ptr, sizeof(app->refused[i]) - 1) == 0) {
            return true;
        }
    }
    return false;
}

static void on_trouble(void *arg, enum collect_trouble what, const struct err *err) {
    static const struct {
        enum log_level level;
        const char *message;
    } rows[] = {
        [TROUBLE_ENGINE] = {LOG_WARN, "a call to the engine failed"},
        [TROUBLE_KERNEL] = {LOG_WARN, "a container cannot be read from the kernel"},
        [TROUBLE_FALLBACK] = {LOG_INFO, "the engine is asked for what the kernel does not tell"},
        [TROUBLE_MISSING] = {LOG_WARN, "less can be measured"},
    };
    struct app *app = arg;
    uint64_t held = 0;
    if (what == TROUBLE_ENGINE && refused_as_before(app, err)) {
        return;
    }
    if (log_limit_pass(&app->trouble[what], TROUBLE_INTERVAL_NS, &held)) {
        char count[24];
        (void)snprintf(count, sizeof(count), "%llu", (unsigned long long)held);
        log_event(rows[what].level, rows[what].message, LOGC("reason", err->text),
                  LOGC("held_back", count));
    }
}

static int make_loop(struct app *app, struct err *err) {
    int r = loop_new(&app->loop, err);
    return r < 0 ? r : fetcher_new(app->loop, &app->fetcher, err);
}

/* Files of containers, requests and connections want more descriptors than the usual soft limit. */
static void raise_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_WANTED) {
        limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED ? limit.rlim_max : DESCRIPTORS_WANTED;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int app_init(struct app *app, const struct config *config, enum app_use use, struct err *err) {
    static int (*const steps[])(struct app *, struct err *) = {
        make_loop,   make_work,   make_stamp,   make_tuned,
        make_engine, make_kernel, make_collect, start_pages,
    };
    *app = (struct app){.config = config, .use = use};
    tuning_set_log(config);
    raise_descriptors();
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int r = steps[i](app, err);
        if (r < 0) {
            app_done(app);
            return r;
        }
    }
    collect_on_trouble(app->collect, on_trouble, app);
    return 0;
}

static void adopt_log(struct app *app, struct tuning *tuning) {
    (void)tuning;
    tuning_set_log(app->config);
}

static void adopt_filter(struct app *app, struct tuning *tuning) {
    collect_refilter(app->collect, tuning->filter);
    filter_free(app->filter);
    app->filter = take_ptr(tuning->filter);
}

static void adopt_pages(struct app *app, struct tuning *tuning) {
    pages_adopt(app->pages, take_ptr(tuning->plans));
    tell_empty_kinds(&app->config->metrics.enable);
}

static void adopt_collect(struct app *app, struct tuning *tuning) {
    const struct collect_settings settings = collect_settings_of(app);
    struct err err = ERR_INIT;
    app->groups = tuning->groups;
    engine_set_timeout(app->engine, call_timeout_ms(app));
    pages_set_background(app->pages, is_background(app));
    if (!app->stamp && make_stamp(app, &err) < 0) {
        log_event(LOG_WARN, "the time of the last collection cannot be told",
                  LOGC("reason", err.text));
    }
    collect_adopt(app->collect, &settings);
}

void app_adopt(struct app *app, const struct config *config, const struct config_change *change,
               struct tuning *tuning) {
    static const struct {
        const char *path;
        void (*adopt)(struct app *app, struct tuning *tuning);
    } rows[] = {
        {"logging", adopt_log},        {"collection.filters", adopt_filter},
        {"metrics", adopt_pages},      {"metrics.cache", adopt_collect},
        {"collection", adopt_collect}, {"performance", adopt_collect},
    };
    app->config = config;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (config_touches(change, rows[i].path)) {
            rows[i].adopt(app, tuning);
        }
    }
}

void app_done(struct app *app) {
    /* The engine before the collections: after it no callback reaches them. */
    pages_stop(app->pages);
    collect_stop(app->collect);
    engine_free(app->engine);
    collect_free(app->collect);
    work_end(app->work, WORK_GRACE_MS);
    stamp_free(app->stamp);
    kernel_free(app->kernel);
    pages_free(app->pages);
    filter_free(app->filter);
    fetcher_free(app->fetcher);
    loop_free(app->loop);
    *app = (struct app){.config = NULL};
}

/* One line for each change; what repeats in between is the ping's business. */
static void log_status(const struct app *app, const struct engine_status *status) {
    struct str shown = str_of(app->address.shown);
    if (!status->up) {
        log_event(LOG_WARN, "the engine does not answer", LOGF("engine", shown),
                  LOGC("reason", status->err.text));
        return;
    }
    log_event(LOG_INFO, "the engine answers", LOGF("engine", shown),
              LOGF("version", status->version), LOGF("api", status->api_version));
    if (!status->direct_oneshot && !app_reads_kernel(app)) {
        log_event(LOG_INFO, "this engine answers statistics on a one-second tick; up to 512 "
                            "requests wait for it at once, max_concurrent does not apply");
    }
}

static void on_engine_status(void *arg, const struct engine_status *status) {
    struct app *app = arg;
    log_status(app, status);
    collect_engine_changed(app->collect);
    if (app->engine_changed) {
        app->engine_changed(app->engine_changed_arg);
    }
}

void app_log_host(const struct app *app) {
    const struct kernel_host *host = app->kernel ? kernel_host(app->kernel) : NULL;
    if (!host) {
        return;
    }
    log_event(LOG_INFO, host->usable ? "the kernel is read" : "the kernel cannot be read",
              LOGF("host_root", host->root), LOGC("cgroup", cgroup_mode_word(host->mode)),
              LOGF("controllers", host->controllers));
    for (size_t i = 0; i < host->n_troubles; i++) {
        log_event(LOG_WARN, "less can be measured", LOGC("reason", host->trouble[i].text));
    }
}

int app_drop_privileges(struct app *app, struct err *err) {
    bool was_root = geteuid() == 0;
    if (was_root && app->config->server.user != 0) {
        engine_hold_files(app->engine);
    }
    int r = privilege_drop(app->config->server.user, &app->address, err);
    if (r == -EPERM) {
        log_event(LOG_INFO, "stays root", LOGC("reason", err->text));
        return 0;
    }
    if (was_root && geteuid() != 0) {
        engine_gave_up_root(app->engine);
    }
    return r;
}

void app_start(struct app *app) {
    collect_start(app->collect);
    engine_start(app->engine, on_engine_status, app);
}
