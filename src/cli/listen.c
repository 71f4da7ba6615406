#include "cli/listen.h"

#include "base/clock.h"

bool listen_address(const struct config *config, size_t i, char *buf, size_t cap) {
    const struct str_list *list = &config->server.listen_addresses;
    if (list->n) {
        if (i < list->n) {
            (void)snprintf(buf, cap, "%.*s", STR_ARG(list->items[i]));
        }
        return i < list->n;
    }
    struct str address = config->server.address;
    bool bare_ipv6 = str_find(address, ':', 0) < address.len && address.ptr[0] != '[';
    (void)snprintf(buf, cap, bare_ipv6 ? "[%.*s]:%llu" : "%.*s:%llu", STR_ARG(address),
                   (unsigned long long)config->server.port);
    return i == 0;
}

struct http_settings listen_settings(const struct config *config) {
    bool tls = config->server.tls.enabled;
    bool auth = config->server.auth.enabled;
    return (struct http_settings){
        .cert_file = tls ? config->server.tls.cert_file.ptr : NULL,
        .key_file = tls ? config->server.tls.key_file.ptr : NULL,
        .username = auth ? config->server.auth.username.ptr : NULL,
        .password = auth ? config->server.auth.password.ptr : NULL,
        .route_prefix = config->server.route_prefix.ptr ? config->server.route_prefix.ptr : "",
        .max_connections = (unsigned)config->server.max_connections,
        .max_connections_per_address = (unsigned)config->server.max_connections_per_address,
        .max_requests = (unsigned)config->server.max_requests,
        .head_timeout_ms = config->server.head_timeout_ns / NS_PER_MS,
        .idle_timeout_ms = config->server.idle_timeout_ns / NS_PER_MS,
    };
}

int listen_server(struct loop *loop, const struct config *config, struct http_server **ret,
                  struct err *err) {
    const struct http_settings settings = listen_settings(config);
    struct http_server *server = NULL;
    char address[512];
    int r = http_server_new(loop, &settings, &server, err);
    for (size_t i = 0; r == 0 && listen_address(config, i, address, sizeof(address)); i++) {
        r = http_server_listen(server, address, err);
    }
    if (r < 0) {
        http_server_free(server);
        return r;
    }
    *ret = server;
    return 0;
}
