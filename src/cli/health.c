#include "cli/health.h"

#include <errno.h>

#include "base/cleanup.h"
#include "cli/listen.h"

#define TIMEOUT_MS 3000
#define BODY_MAX 4096

struct health {
    struct loop *loop;
    bool ours;
    struct err err; /* code 0: it answered 200 */
};

static void on_reply(void *arg, const struct fetch_reply *reply) {
    struct health *health = arg;
    loop_stop(health->loop);
    if (reply->outcome != FETCH_OK) {
        health->err = reply->err;
    } else if (reply->status != 200) {
        (void)err_set(&health->err, -EPROTO, "answered %ld", reply->status);
    } else {
        health->ours = str_starts(reply->body, STR("{\"status\":\"healthy\",\"docker\":"));
    }
}

/* A listen address as one to connect to: all addresses become the loopback's. */
static void target_url(const struct config *config, const char *address, struct buf *url,
                       struct fetch_target *target) {
    static const struct {
        const char *all;
        const char *loopback;
    } loopbacks[] = {
        {"0.0.0.0:", "127.0.0.1:"}, {"[::]:", "[::1]:"}, {"*:", "127.0.0.1:"}, {":", "127.0.0.1:"}};
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

int health_ask(struct loop *loop, struct fetcher *fetcher, const struct config *config,
               bool *ret_ours, struct err *err) {
    struct health health = {.loop = loop, .err = ERR_INIT};
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
    int r = fetch_start(fetcher, &request, on_reply, &health, &fetch, err);
    if (r == 0) {
        r = loop_run(loop, err);
    }
    if (r == 0 && health.err.code != 0) {
        *err = health.err;
        r = err->code;
    }
    *ret_ours = health.ours;
    return r;
}
