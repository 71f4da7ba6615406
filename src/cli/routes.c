#include "cli/routes.h"

#include <errno.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/units.h"
#include "cli/command.h"
#include "expo/text.h"
#include "http/accept.h"

#define NAME_MAX_LEN 64

/* The margin that a page's way back to the scraper gets: a tenth of its timeout, at least this. */
#define SCRAPE_MARGIN_MIN_MS 100
#define SCRAPE_TIMEOUT_MIN_MS 50

static const struct media_offer page_formats[] = {
    [EXPO_TEXT] = {.type = "text/plain", .params = "version=0.0.4"},
    [EXPO_OPENMETRICS] = {.type = "application/openmetrics-text", .params = "version=1.0.0"},
};

static const struct media_offer root_formats[] = {
    {.type = "application/json"},
    {.type = "text/html"},
};

/* What the start page is where the metrics are everywhere; the others before HTML. */
static const struct media_offer everywhere_formats[] = {
    {.type = "text/plain", .params = "version=0.0.4"},
    {.type = "application/openmetrics-text", .params = "version=1.0.0"},
    {.type = "text/html"},
};

/* One scrape between its request and its page. */
struct scrape {
    struct routes *routes;
    struct http_exchange *exchange;
    struct collect_wait *wait;
    struct routes_page asked;
};

void routes_write_page(struct routes *routes, const struct routes_page *asked,
                       const struct snapshot *snapshot, struct buf *out) {
    struct text_writer writer;
    arena_reset(&routes->page_arena);
    (void)buf_reserve(out, routes->page_bytes + routes->page_bytes / 16);
    text_begin(&writer, asked->format, out, &routes->page_arena);
    pages_write(&asked->choice, asked->groups, snapshot, &routes->page_arena, &writer.sink);
    text_end(&writer);
    routes->page_bytes = out->len;
}

static void scrape_free(struct scrape *s) {
    page_choice_done(&s->asked.choice);
    free(s);
}

static void on_snapshot(void *arg, struct snapshot *snapshot) {
    struct scrape *s = arg;
    struct buf page CLEANUP_BUF = BUF_INIT;
    if (snapshot) {
        routes_write_page(s->routes, &s->asked, snapshot, &page);
    }
    if (!snapshot || buf_failed(&page) || arena_failed(&s->routes->page_arena)) {
        http_reply_text(s->exchange, 503, "out of memory");
    } else {
        http_reply(s->exchange, 200, text_content_type(s->asked.format), NULL, &page, true);
    }
    scrape_free(s);
}

static void on_abandoned(void *arg) {
    struct scrape *s = arg;
    collect_cancel(s->wait);
    scrape_free(s);
}

/* The scraper's own timeout less the margin, or the longest there is. */
static int64_t scrape_timeout_ms(const struct http_exchange *x) {
    struct str header = http_header(x, "X-Prometheus-Scrape-Timeout-Seconds");
    char text[UNITS_TEXT_MAX];
    int64_t timeout_ns = 0;
    if (header.len == 0 || header.len > 20) {
        return INT64_MAX;
    }
    (void)snprintf(text, sizeof(text), "%.*ss", STR_ARG(header));
    if (!units_parse_duration(str_of(text), &timeout_ns) || timeout_ns == 0) {
        return INT64_MAX;
    }
    int64_t ms = timeout_ns / NS_PER_MS;
    int64_t margin = ms / 10 > SCRAPE_MARGIN_MIN_MS ? ms / 10 : SCRAPE_MARGIN_MIN_MS;
    return ms - margin > SCRAPE_TIMEOUT_MIN_MS ? ms - margin : SCRAPE_TIMEOUT_MIN_MS;
}

/* What ?collect[]= asks for, within what is configured; all of it when it does not ask. */
static int asked_groups(const struct app *app, const struct http_exchange *x, page_groups *ret,
                        struct err *err) {
    char name[NAME_MAX_LEN];
    struct str value;
    page_groups asked = 0;
    for (size_t i = 0; http_query_value(x, "collect[]", i, name, sizeof(name), &value); i++) {
        int r = page_group_add(&asked, value, err);
        if (r < 0) {
            return r;
        }
    }
    *ret = asked ? asked & app->groups : app->groups;
    return 0;
}

/* A profile may be named for one page; else it is the configured one. */
static int asked_profile(const struct app *app, const struct http_exchange *x,
                         struct page_choice *ret, struct err *err) {
    char name[NAME_MAX_LEN];
    struct str value = STR("");
    (void)http_query_value(x, "profile", 0, name, sizeof(name), &value);
    return pages_choose(app->pages, value, ret, err);
}

/* What the server turned away so far, for the page. */
static void take_rejections(const struct routes *routes) {
    const struct http_counts *counts = http_server_counts(routes->server);
    uint64_t *rejected = routes->app->tally.rejected;
    rejected[REJECTED_CONNECTION] = counts->rejected_connections;
    rejected[REJECTED_HANDSHAKE] = counts->failed_handshakes;
    rejected[REJECTED_HEAD] = counts->rejected_heads;
    rejected[REJECTED_CREDENTIALS] = counts->rejected_credentials;
    rejected[REJECTED_BUSY] = counts->rejected_busy;
}

/* Asks for the snapshot; the scrape goes with its answer. */
static void start_scrape(struct scrape *s, struct http_exchange *x) {
    struct collect_wait *wait = NULL;
    http_on_abandon(x, on_abandoned, s);
    take_rejections(s->routes);
    if (collect_ask(s->routes->app->collect, scrape_timeout_ms(x),
                    page_needs_usage(s->asked.groups), on_snapshot, s, &wait) < 0) {
        http_reply_text(x, 503, "out of memory");
        scrape_free(s);
    } else if (wait) {
        s->wait = wait;
    }
}

static void serve_metrics(void *arg, struct http_exchange *x) {
    struct routes *routes = arg;
    struct err err = ERR_INIT;
    struct scrape *s = calloc(1, sizeof(*s));
    if (!s) {
        http_reply_text(x, 503, "out of memory");
        return;
    }
    size_t format = accept_choose(http_header(x, "Accept"), page_formats, 2);
    *s = (struct scrape){.routes = routes, .exchange = x};
    s->asked.format = (enum expo_format)format;
    if (asked_profile(routes->app, x, &s->asked.choice, &err) < 0 ||
        asked_groups(routes->app, x, &s->asked.groups, &err) < 0) {
        http_reply_text(x, err.code == -ENOMEM ? 503 : 400, "%s", err.text);
        scrape_free(s);
        return;
    }
    start_scrape(s, x);
}

static void reply_json(struct http_exchange *x, int status, struct buf *body) {
    buf_byte(body, '\n');
    http_reply(x, status, "application/json", NULL, body, false);
}

static const char *docker_word(const struct app *app) {
    return engine_status(app->engine)->up ? "connected" : "disconnected";
}

static void serve_health(void *arg, struct http_exchange *x) {
    const struct routes *routes = arg;
    struct buf body CLEANUP_BUF = BUF_INIT;
    buf_fmt(&body, "{\"status\":\"healthy\",\"docker\":\"%s\"}", docker_word(routes->app));
    reply_json(x, 200, &body);
}

static void serve_ready(void *arg, struct http_exchange *x) {
    const struct routes *routes = arg;
    const struct engine_status *status = engine_status(routes->app->engine);
    struct buf body CLEANUP_BUF = BUF_INIT;
    buf_fmt(&body, "{\"status\":\"%s\",\"docker\":\"%s\"", status->up ? "ready" : "not ready",
            docker_word(routes->app));
    if (!status->up) {
        buf_text(&body, ",\"engine\":");
        buf_json(&body, str_of(routes->app->address.shown));
        buf_text(&body, ",\"reason\":");
        buf_json(&body, str_of(status->err.code ? status->err.text : "not asked yet"));
    }
    buf_byte(&body, '}');
    reply_json(x, status->up ? 200 : 503, &body);
}

/* What kubelets and cAdvisor's own image ask: two letters, not even a line's end. */
static void serve_healthz(void *arg, struct http_exchange *x) {
    (void)arg;
    struct buf body CLEANUP_BUF = BUF_INIT;
    buf_text(&body, "ok");
    http_reply(x, 200, "text/plain; charset=utf-8", NULL, &body, false);
}

static void put_version(struct buf *b) {
    const struct build_info *info = build_info();
    buf_text(b, "\"version\":");
    buf_json(b, info->version);
    buf_text(b, ",\"commit\":");
    buf_json(b, info->commit);
    buf_text(b, ",\"build_date\":");
    buf_json(b, info->build_date);
    buf_text(b, ",\"compiler\":");
    buf_json(b, info->compiler);
}

static void serve_version(void *arg, struct http_exchange *x) {
    (void)arg;
    struct buf body CLEANUP_BUF = BUF_INIT;
    buf_byte(&body, '{');
    put_version(&body);
    buf_byte(&body, '}');
    reply_json(x, 200, &body);
}

/* The endpoints as people reach them: with the prefix of a reverse proxy. */
struct endpoint_link {
    const char *name;
    const char *what;
    struct str path;
};

static size_t endpoint_links(const struct config *c, struct endpoint_link ret[4]) {
    ret[0] =
        (struct endpoint_link){"metrics", "the figures, for Prometheus", c->server.metrics_path};
    ret[1] = (struct endpoint_link){"health", "whether the process lives", c->server.health_path};
    ret[2] = (struct endpoint_link){"ready", "whether the Engine answers", c->server.ready_path};
    ret[3] = (struct endpoint_link){"version", "what this build is", STR("/version")};
    return 4;
}

static void root_json(const struct app *app, struct buf *b) {
    struct endpoint_link links[4];
    size_t n = endpoint_links(app->config, links);
    buf_text(b, "{\"name\":\"dockmeter\",");
    put_version(b);
    buf_text(b, ",\"endpoints\":{");
    for (size_t i = 0; i < n; i++) {
        buf_fmt(b, "%s\"%s\":\"%.*s%.*s\"", i ? "," : "", links[i].name,
                STR_ARG(app->config->server.route_prefix), STR_ARG(links[i].path));
    }
    buf_text(b, "}}");
}

static void root_html(const struct app *app, struct buf *b) {
    struct endpoint_link links[4];
    size_t n = endpoint_links(app->config, links);
    const struct engine_status *status = engine_status(app->engine);
    buf_fmt(b,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
            "<meta name=\"viewport\" content=\"width=device-width\"><title>Dockmeter</title>"
            "<style>body{font:16px/1.5 system-ui,sans-serif;margin:3em auto;max-width:36em;"
            "padding:0 1em;color:#222}td{padding:0 1.5em 0 0}</style></head>\n"
            "<body><h1>Dockmeter</h1>\n<p>Measures Docker containers for Prometheus. Version %.*s. "
            "The Engine %s.</p>\n<table>\n",
            STR_ARG(build_info()->version), status->up ? "answers" : "does not answer");
    for (size_t i = 0; i < n; i++) {
        buf_fmt(b, "<tr><td><a href=\"%.*s%.*s\">%.*s</a></td><td>%s</td></tr>\n",
                STR_ARG(app->config->server.route_prefix), STR_ARG(links[i].path),
                STR_ARG(links[i].path), links[i].what);
    }
    buf_text(b, "</table></body></html>\n");
}

static void reply_root_html(const struct routes *routes, struct http_exchange *x) {
    struct buf body CLEANUP_BUF = BUF_INIT;
    root_html(routes->app, &body);
    http_reply(x, 200, "text/html; charset=utf-8", "Vary: Accept\r\n", &body, true);
}

/* The start page of those who have metrics everywhere: for browsers only. */
static void serve_root_or_metrics(void *arg, struct http_exchange *x) {
    if (accept_choose(http_header(x, "Accept"), everywhere_formats, 3) == 2) {
        reply_root_html(arg, x);
        return;
    }
    serve_metrics(arg, x);
}

static void serve_root(void *arg, struct http_exchange *x) {
    const struct routes *routes = arg;
    struct buf body CLEANUP_BUF = BUF_INIT;
    if (accept_choose(http_header(x, "Accept"), root_formats, 2) == 1) {
        reply_root_html(routes, x);
        return;
    }
    root_json(routes->app, &body);
    buf_byte(&body, '\n');
    http_reply(x, 200, "application/json", "Vary: Accept\r\n", &body, false);
}

/* cAdvisor's pages for people are bookmarked; they lead to the start page. */
static void serve_cadvisor_page(void *arg, struct http_exchange *x) {
    const struct routes *routes = arg;
    struct buf headers CLEANUP_BUF = BUF_INIT;
    struct buf body CLEANUP_BUF = BUF_INIT;
    buf_fmt(&headers, "Location: %.*s/\r\n", STR_ARG(routes->app->config->server.route_prefix));
    http_reply(x, 307, "text/plain; charset=utf-8", buf_cstr(&headers), &body, false);
}

struct path {
    const char *path;
    http_handler *handler;
    bool always; /* answered however busy the server is */
};

static int add_path(struct routes *routes, struct http_server *server, const struct path *p,
                    struct err *err) {
    return p->always ? http_server_route_always(server, p->path, p->handler, routes, err)
                     : http_server_route(server, p->path, p->handler, routes, err);
}

/* Those that a configured path may be too, which then wins. */
static int add_fixed(struct routes *routes, struct http_server *server, const struct path *taken,
                     size_t n_taken, struct err *err) {
    const struct config *c = routes->app->config;
    bool everywhere = c->server.metrics_everywhere;
    const struct path table[] = {
        {"/", everywhere ? serve_root_or_metrics : serve_root, false},
        {"/healthz", serve_healthz, true},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        bool wanted = true;
        for (size_t j = 0; j < n_taken; j++) {
            wanted &= strcmp(table[i].path, taken[j].path) != 0;
        }
        int r = wanted ? add_path(routes, server, &table[i], err) : 0;
        if (r < 0) {
            return r;
        }
    }
    return 0;
}

int routes_add(struct routes *routes, struct http_server *server, struct err *err) {
    const struct config *c = routes->app->config;
    const struct path table[] = {
        {c->server.metrics_path.ptr, serve_metrics, false},
        {c->server.health_path.ptr, serve_health, true},
        {c->server.ready_path.ptr, serve_ready, true},
        {"/version", serve_version, false},
    };
    size_t n = sizeof(table) / sizeof(table[0]);
    routes->server = server;
    for (size_t i = 0; i < n; i++) {
        int r = add_path(routes, server, &table[i], err);
        if (r < 0) {
            return r;
        }
    }
    if (c->server.metrics_everywhere) {
        http_server_route_rest(server, serve_metrics, routes);
    }
    int r = add_fixed(routes, server, table, n, err);
    return r < 0 ? r : routes_adopt(routes, server, err);
}

int routes_adopt(struct routes *routes, struct http_server *server, struct err *err) {
    static const char *const paths[] = {"/containers/", "/docker/"};
    const struct config *c = routes->app->config;
    int r = 0;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        http_server_unroute(server, paths[i], serve_cadvisor_page);
        if (str_eq(c->metrics.profile, STR("cadvisor"))) {
            r = http_server_route(server, paths[i], serve_cadvisor_page, routes, err);
        }
        if (r < 0 && r != -EEXIST) {
            return r;
        }
    }
    return 0;
}

void routes_done(struct routes *routes) {
    arena_done(&routes->page_arena);
}
