/*
 * Whether a Dockmeter of this configuration answers on /health, for images without a shell: asks
 * the first listen address from inside, with TLS and authentication as configured.
 */
#include <errno.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/listen.h"
#include "loop/fetch.h"
#include "loop/loop.h"

#define TIMEOUT_MS 3000
#define BODY_MAX 4096

struct health {
    struct loop *loop;
    int status;
};

static void on_reply(void *arg, const struct fetch_reply *reply) {
    struct health *health = arg;
    loop_stop(health->loop);
    if (reply->outcome != FETCH_OK) {
        (void)fprintf(stderr, "unhealthy: %s\n", reply->err.text);
    } else if (reply->status != 200) {
        (void)fprintf(stderr, "unhealthy: answered %ld\n", reply->status);
    } else {
        (void)puts("healthy");
        health->status = 0;
    }
}

/* A listen address as one to connect to: all addresses become the loopback's. */
static void target_url(const struct config *config, const char *address, struct buf *url,
                       struct fetch_target *target) {
    static const struct {
        const char *all;
        const char *loopback;
    } loopbacks[] = {{"0.0.0.0:", "127.0.0.1:"}, {"[::]:", "[::1]:"}, {":", "127.0.0.1:"}};
    struct str place = str_of(address);
    buf_text(url, config->server.tls.enabled ? "https://" : "http://");
    if (str_starts(place, STR("unix://"))) {
        target->unix_path = address + strlen("unix://");
        buf_text(url, "localhost");
        place = STR("");
    }
    for (size_t i = 0; i < sizeof(loopbacks) / sizeof(loopbacks[0]); i++) {
        struct str all = str_of(loopbacks[i].all);
        if (str_starts(place, all)) {
            buf_text(url, loopbacks[i].loopback);
            place = str_sub(place, all.len, place.len - all.len);
            break;
        }
    }
    buf_str(url, place);
    buf_str(url, config->server.route_prefix);
    buf_str(url, config->server.health_path);
}

static int ask(struct health *health, struct fetcher *fetcher, const struct config *config,
               struct err *err) {
    char address[512] = "";
    struct buf url CLEANUP_BUF = BUF_INIT;
    struct buf login CLEANUP_BUF = BUF_INIT;
    /* The connection stays on this machine: the certificate names the outside. */
    struct fetch_target target = {.tls_verify = false};
    (void)listen_address(config, 0, address, sizeof(address));
    target_url(config, address, &url, &target);
    buf_fmt(&login, "%.*s:%.*s", STR_ARG(config->server.auth.username),
            STR_ARG(config->server.auth.password));
    struct fetch_request request = {
        .method = FETCH_GET,
        .target = &target,
        .url = buf_cstr(&url),
        .user_password = config->server.auth.enabled ? buf_cstr(&login) : NULL,
        .timeout_ms = TIMEOUT_MS,
        .max_bytes = BODY_MAX,
    };
    struct fetch *fetch = NULL;
    int r = fetch_start(fetcher, &request, on_reply, health, &fetch, err);
    return r < 0 ? r : loop_run(health->loop, err);
}

int command_healthcheck(const struct config *config) {
    struct health health = {.loop = NULL, .status = 1};
    struct fetcher *fetcher = NULL;
    struct err err = ERR_INIT;
    int r = loop_new(&health.loop, &err);
    if (r == 0) {
        r = fetcher_new(health.loop, &fetcher, &err);
    }
    if (r == 0) {
        r = ask(&health, fetcher, config, &err);
    }
    if (r < 0) {
        (void)fprintf(stderr, "unhealthy: %s\n", err.text);
    }
    fetcher_free(fetcher);
    loop_free(health.loop);
    return r < 0 ? 1 : health.status;
}
