#include "http/server.h"

#include <errno.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "base/cleanup.h"
#include "http/auth.h"
#include "http/compress.h"
#include "http/connection.h"
#include "http/exchange.h"
#include "http/listener.h"
#include "http/tls.h"

#define WRITE_TIMEOUT_MS 30000
#define ROUTES_MAX 32

struct route {
    char *path;
    http_handler *handler;
    void *arg;
    bool always; /* not counted in max_requests */
};

struct http_server {
    struct connection_set set;
    struct auth auth;
    struct listener *listeners;
    char *prefix;
    unsigned max_requests;
    struct route routes[ROUTES_MAX];
    size_t n_routes;
    struct route rest; /* of all other paths; without a handler: none */
    struct timer *drain_timer;
    void (*drained)(void *arg);
    void *drained_arg;
};

/* What is left of a path below the prefix ("/" for the prefix itself); NULL ptr when outside. */
static struct str below_prefix(const struct http_server *server, struct str path) {
    struct str prefix = str_of(server->prefix);
    struct str none = {.ptr = NULL, .len = 0};
    if (!str_starts(path, prefix)) {
        return none;
    }
    struct str rest = str_sub(path, prefix.len, path.len - prefix.len);
    if (rest.len == 0) {
        return STR("/");
    }
    return rest.ptr[0] == '/' ? rest : none;
}

static const struct route *find_route(const struct http_server *server, struct str path) {
    struct str rest = below_prefix(server, path);
    for (size_t i = 0; rest.ptr && i < server->n_routes; i++) {
        if (str_eq(rest, str_of(server->routes[i].path))) {
            return &server->routes[i];
        }
    }
    return rest.ptr && server->rest.handler ? &server->rest : NULL;
}

static void reply_not_found(const struct http_server *server, struct http_exchange *x) {
    struct buf body CLEANUP_BUF = BUF_INIT;
    buf_text(&body, "Not found. There is:");
    for (size_t i = 0; i < server->n_routes; i++) {
        buf_fmt(&body, " %s%s", server->prefix, server->routes[i].path);
    }
    buf_byte(&body, '\n');
    http_reply(x, 404, "text/plain; charset=utf-8", NULL, &body, false);
}

static void reply_with(struct http_exchange *x, int status, const char *headers, const char *text) {
    struct buf body CLEANUP_BUF = BUF_INIT;
    buf_text(&body, text);
    http_reply(x, status, "text/plain; charset=utf-8", headers, &body, false);
}

static void reply_busy(struct http_server *server, struct http_exchange *x) {
    char text[96];
    (void)snprintf(text, sizeof(text),
                   "Limit of concurrent requests reached (%u), try again later.\n",
                   server->max_requests);
    server->set.counts.rejected_busy++;
    reply_with(x, 503, "Retry-After: 1\r\n", text);
}

/* Who is asked, with which method, for what, and whether there is room for it: in this order. */
static void dispatch(void *arg, struct http_exchange *x) {
    struct http_server *server = arg;
    if (!auth_passes(&server->auth, http_header(x, "Authorization"))) {
        server->set.counts.rejected_credentials++;
        reply_with(x, 401, "WWW-Authenticate: Basic realm=\"dockmeter\"\r\n",
                   "User name and password are needed.\n");
        return;
    }
    if (x->head.method == HEAD_METHOD_OTHER) {
        reply_with(x, 405, "Allow: GET, HEAD\r\n", "Only GET and HEAD are answered here.\n");
        return;
    }
    const struct route *route = find_route(server, head_view(&x->head, x->head.path));
    if (!route) {
        reply_not_found(server, x);
        return;
    }
    if (!route->always) {
        if (server->max_requests && server->set.at_work >= server->max_requests) {
            reply_busy(server, x);
            return;
        }
        exchange_work(x);
    }
    route->handler(route->arg, x);
}

/* The last connection of a server that drains has gone: said from the loop, not from within it. */
static void on_empty(void *arg) {
    struct http_server *server = arg;
    if (server->drained) {
        timer_after_ms(server->drain_timer, 0);
    }
}

/* Nothing is left, or the time for it is over. */
static void drain_step(void *arg) {
    struct http_server *server = arg;
    if (server->set.first) {
        connection_set_close(&server->set);
        return;
    }
    void (*drained)(void *) = server->drained;
    server->drained = NULL;
    if (drained) {
        drained(server->drained_arg);
    }
}

static void on_accept(void *arg, int fd, const struct sockaddr *peer) {
    struct http_server *server = arg;
    connection_open(&server->set, fd, peer);
}

static void on_drop(void *arg) {
    struct http_server *server = arg;
    server->set.counts.rejected_connections++;
}

/* Thousands of connections at once must not meet the usual soft limit of 1024. */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

/* What of the settings is made and may fail. */
struct http_change {
    struct auth auth;
    struct ssl_ctx_st *tls; /* NULL: plain */
};

void http_change_free(struct http_change *change) {
    if (change) {
        SSL_CTX_free(change->tls);
        free(change);
    }
}

int http_change_new(const struct http_settings *settings, struct http_change **ret,
                    struct err *err) {
    struct http_change *change = calloc(1, sizeof(*change));
    if (!change) {
        return err_sys(err, -ENOMEM, "HTTP server");
    }
    int rc = auth_init(&change->auth, settings->username, settings->password, err);
    if (rc == 0 && (settings->cert_file || settings->key_file)) {
        rc = tls_context_new(settings->cert_file, settings->key_file, &change->tls, err);
    }
    if (rc < 0) {
        http_change_free(change);
        return rc;
    }
    *ret = change;
    return 0;
}

/* An open connection holds its own reference to the TLS context that it began with. */
void http_server_adopt(struct http_server *server, const struct http_settings *settings,
                       struct http_change *change) {
    struct connection_set *set = &server->set;
    set->admission.max = settings->max_connections;
    set->admission.max_per_address = settings->max_connections_per_address;
    set->head_timeout_ms = settings->head_timeout_ms;
    set->idle_timeout_ms = settings->idle_timeout_ms;
    set->write_timeout_ms =
        settings->write_timeout_ms ? settings->write_timeout_ms : WRITE_TIMEOUT_MS;
    server->max_requests = settings->max_requests;
    server->auth = change->auth;
    SSL_CTX_free(set->tls);
    set->tls = change->tls;
    change->tls = NULL;
    http_change_free(change);
}

static int set_up(struct http_server *server, struct loop *loop,
                  const struct http_settings *settings, struct err *err) {
    struct connection_set *set = &server->set;
    struct http_change *change = NULL;
    set->loop = loop;
    set->on_request = dispatch;
    set->on_empty = on_empty;
    set->arg = server;
    server->prefix = strdup(settings->route_prefix ? settings->route_prefix : "");
    server->drain_timer = timer_new(loop, drain_step, server);
    if (!server->prefix || !server->drain_timer) {
        return err_sys(err, -ENOMEM, "HTTP server");
    }
    int rc = compressor_new(&set->compressor, err);
    if (rc == 0) {
        rc = http_change_new(settings, &change, err);
    }
    if (change) {
        http_server_adopt(server, settings, change);
    }
    return rc;
}

int http_server_new(struct loop *loop, const struct http_settings *settings,
                    struct http_server **ret, struct err *err) {
    struct http_server *server = calloc(1, sizeof(*server));
    if (!server) {
        return err_sys(err, -ENOMEM, "HTTP server");
    }
    int rc = set_up(server, loop, settings, err);
    if (rc < 0) {
        http_server_free(server);
        return rc;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
    *ret = server;
    return 0;
}

void http_server_free(struct http_server *server) {
    if (!server) {
        return;
    }
    server->drained = NULL;
    listener_free_all(server->listeners);
    connection_set_close(&server->set);
    admission_done(&server->set.admission);
    timer_free(server->drain_timer);
    compressor_free(server->set.compressor);
    SSL_CTX_free(server->set.tls);
    for (size_t i = 0; i < server->n_routes; i++) {
        free(server->routes[i].path);
    }
    free(server->prefix);
    free(server);
}

int http_server_listen(struct http_server *server, const char *address, struct err *err) {
    const struct listener_events events = {
        .on_accept = on_accept,
        .on_drop = on_drop,
        .arg = server,
        .scheme = server->set.tls ? "https" : "http",
    };
    int rc = listener_open(server->set.loop, address, &events, &server->listeners, err);
    return rc < 0 ? err_wrap(err, "listen") : 0;
}

const char *http_server_url(const struct http_server *server, size_t i) {
    size_t n = 0;
    for (const struct listener *l = server->listeners; l; l = listener_next(l)) {
        n++;
    }
    /* The newest is in front. */
    const struct listener *l = i < n ? server->listeners : NULL;
    for (size_t behind = n; l && behind > i + 1; behind--) {
        l = listener_next(l);
    }
    return l ? listener_url(l) : NULL;
}

static int add_route(struct http_server *server, struct route route, const char *path,
                     struct err *err) {
    if (server->n_routes == ROUTES_MAX) {
        return err_set(err, -ENOSPC, "route %s: there are %d already", path, ROUTES_MAX);
    }
    for (size_t i = 0; i < server->n_routes; i++) {
        if (strcmp(server->routes[i].path, path) == 0) {
            return err_set(err, -EEXIST, "the path %s is asked for twice", path);
        }
    }
    route.path = strdup(path);
    if (!route.path) {
        return err_sys(err, -ENOMEM, "route %s", path);
    }
    server->routes[server->n_routes] = route;
    server->n_routes++;
    return 0;
}

int http_server_route(struct http_server *server, const char *path, http_handler *handler,
                      void *arg, struct err *err) {
    return add_route(server, (struct route){.handler = handler, .arg = arg}, path, err);
}

int http_server_route_always(struct http_server *server, const char *path, http_handler *handler,
                             void *arg, struct err *err) {
    struct route route = {.handler = handler, .arg = arg, .always = true};
    return add_route(server, route, path, err);
}

void http_server_unroute(struct http_server *server, const char *path, http_handler *handler) {
    for (size_t i = 0; i < server->n_routes; i++) {
        struct route *route = &server->routes[i];
        if (route->handler == handler && strcmp(route->path, path) == 0) {
            free(route->path);
            server->n_routes--;
            memmove(route, route + 1, (server->n_routes - i) * sizeof(*route));
            return;
        }
    }
}

void http_server_route_rest(struct http_server *server, http_handler *handler, void *arg) {
    server->rest = (struct route){.handler = handler, .arg = arg};
}

const struct http_counts *http_server_counts(const struct http_server *server) {
    return &server->set.counts;
}

void http_server_drain(struct http_server *server, int64_t grace_ms, void (*done)(void *arg),
                       void *arg) {
    server->drained = done;
    server->drained_arg = arg;
    listener_free_all(server->listeners);
    server->listeners = NULL;
    timer_after_ms(server->drain_timer, grace_ms);
    connection_set_drain(&server->set);
    if (!server->set.first) {
        timer_after_ms(server->drain_timer, 0);
    }
}
