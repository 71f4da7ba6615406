#include "cli/reload.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/listen.h"
#include "cli/notify.h"

#define NS_PER_US 1000

static void change_mask(int how) {
    sigset_t hup;
    (void)sigemptyset(&hup);
    (void)sigaddset(&hup, SIGHUP);
    (void)pthread_sigmask(how, &hup, NULL);
}

void reload_hold(void) {
    change_mask(SIG_BLOCK);
}

void reload_release(void) {
    change_mask(SIG_UNBLOCK);
}

static void config_free(struct config *config) {
    if (config) {
        config_done(config);
        free(config);
    }
}

/* A configuration and all that is made of it, on the way to be adopted. */
struct draft {
    struct config *config;
    struct config_change change;
    struct tuning tuning;
    struct http_change *http;
};

static void draft_done(struct draft *draft) {
    http_change_free(draft->http);
    tuning_done(&draft->tuning);
    config_free(draft->config);
}

/* A pipe or device that stands there now must not be waited for. */
static int must_be_plain(const char *path, struct err *err) {
    struct stat st;
    bool other = path && stat(path, &st) == 0 && !S_ISREG(st.st_mode);
    return other
               ? err_set(err, -EINVAL, "%s: is not a plain file, so it cannot be read again", path)
               : 0;
}

/* Certificate and key are read again. */
static int make_http_change(const struct config *config, struct http_change **ret,
                            struct err *err) {
    const struct http_settings settings = listen_settings(config);
    int r = must_be_plain(settings.cert_file, err);
    r = r ? r : must_be_plain(settings.key_file, err);
    return r ? r : http_change_new(&settings, ret, err);
}

/* The Engine's address takes a restart, which must not be the first to find it wrong. */
static int check_address(const struct config *config, struct err *err) {
    struct engine_address address;
    int r = app_engine_address(config, &address, err);
    return r < 0 ? tuning_blame(config, "docker.host", err) : 0;
}

/* Everything that can fail. */
static int make_draft(const struct config *running, struct draft *draft, struct err *err) {
    draft->config = calloc(1, sizeof(*draft->config));
    if (!draft->config) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    int r = config_reload(running, draft->config, err);
    if (r < 0) {
        return r;
    }
    draft->change = config_compare(running, draft->config);
    r = check_address(draft->config, err);
    if (r == 0) {
        r = config_keep(&draft->change, running, draft->config, err);
    }
    if (r == 0) {
        r = tuning_init(&draft->tuning, draft->config, err);
    }
    if (r == 0) {
        r = make_http_change(draft->config, &draft->http, err);
    }
    return r;
}

/* What changed, and what would with a restart; a warning if there is something to be done. */
static void tell(const struct draft *draft) {
    struct buf at_once CLEANUP_BUF = BUF_INIT;
    struct buf at_restart CLEANUP_BUF = BUF_INIT;
    config_write_names(draft->change.at_once, &at_once);
    config_write_names(draft->change.at_restart, &at_restart);
    log_event(at_restart.len ? LOG_WARN : LOG_INFO, "the configuration was reloaded",
              LOGC("file", draft->config->file), LOGF("changed", buf_view(&at_once)),
              LOGF("needs_restart", buf_view(&at_restart)));
    for (size_t i = 0; i < draft->config->notes.n; i++) {
        log_event(LOG_WARN, "configuration", LOGF("note", draft->config->notes.items[i]));
    }
}

static void adopt_server(struct reload *reload, const struct config *config,
                         struct http_change *change) {
    const struct http_settings settings = listen_settings(config);
    http_server_adopt(reload->server, &settings, change);
}

/* Nothing of it can fail, or it is told. A log that is to be less talkative tells of that first. */
static void adopt(struct reload *reload, struct draft *draft) {
    struct err err = ERR_INIT;
    bool told = log_wants(LOG_INFO);
    if (told) {
        tell(draft);
    }
    app_adopt(reload->app, draft->config, &draft->change, &draft->tuning);
    adopt_server(reload, draft->config, take_ptr(draft->http));
    if (routes_adopt(reload->routes, reload->server, &err) < 0) {
        log_event(LOG_WARN, "pages for people are missing", LOGC("reason", err.text));
    }
    if (!told) {
        tell(draft);
    }
    config_free(reload->config);
    reload->config = take_ptr(draft->config);
}

static int reread_file(struct reload *reload, struct err *err) {
    struct draft draft CLEANUP(draft_done) = {.config = NULL};
    int r = make_draft(reload->app->config, &draft, err);
    if (r == 0) {
        adopt(reload, &draft);
    }
    return r;
}

/* Without a file only the certificate can have changed. */
static int reread_certificate(struct reload *reload, struct err *err) {
    const struct config *config = reload->app->config;
    struct http_change *change = NULL;
    int r = make_http_change(config, &change, err);
    if (r == 0) {
        adopt_server(reload, config, change);
        log_event(LOG_INFO, "there is no configuration file to reload",
                  LOGC("certificate", config->server.tls.enabled ? "reloaded" : "none"));
    }
    return r;
}

/* The time lets the manager tell this reload from the one before (sd_notify(3)). */
static void notify_reloading(void) {
    char state[64];
    (void)snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
                   clock_mono_ns() / NS_PER_US);
    notify_send(state);
}

void reload_run(struct reload *reload) {
    struct err err = ERR_INIT;
    notify_reloading();
    int r =
        reload->app->config->file ? reread_file(reload, &err) : reread_certificate(reload, &err);
    if (r < 0) {
        log_event(LOG_ERROR, "the configuration was not reloaded, nothing has changed",
                  LOGC("error", err.text));
    }
    pages_told_load(reload->app->pages, r == 0);
    notify_send("READY=1");
}

void reload_done(struct reload *reload) {
    config_free(reload->config);
}
