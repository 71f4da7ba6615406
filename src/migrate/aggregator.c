#include "migrate/aggregator.h"

#include <arpa/inet.h>
#include <errno.h>

#include "base/cleanup.h"

#define DEFAULT_PORT ":80"

/* Letters, digits and what else names a host: no blanks, quotes, slashes. */
static bool is_host(struct str s) {
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  strchr(".-_:[]", c);
        if (!c || !ok) {
            return false;
        }
    }
    return s.len > 0;
}

/* Whether the address ends in ":1" to ":65535"; *ret_wrong when in another ":…". */
static bool has_port(struct str address, bool *ret_wrong) {
    size_t colon = address.len;
    while (colon && address.ptr[colon - 1] != ':' && address.ptr[colon - 1] != ']') {
        colon--;
    }
    *ret_wrong = false;
    if (!colon || address.ptr[colon - 1] == ']') {
        return false;
    }
    uint64_t port = 0;
    bool number = str_to_u64(str_sub(address, colon, address.len - colon), &port);
    *ret_wrong = !number || port == 0 || port > 65535;
    return true;
}

/* An address of version 6 as it stands in a target: between brackets. */
static struct str bracketed(struct str address, struct buf *out) {
    char text[INET6_ADDRSTRLEN];
    struct in6_addr parsed;
    if (address.len >= sizeof(text)) {
        return address;
    }
    (void)snprintf(text, sizeof(text), "%.*s", STR_ARG(address));
    if (inet_pton(AF_INET6, text, &parsed) != 1) {
        return address;
    }
    buf_fmt(out, "[%s]", text);
    return buf_view(out);
}

static void take_address(struct migration *m, const struct yaml_text *text, int item,
                         struct buf *targets) {
    struct buf own CLEANUP_BUF = BUF_INIT;
    struct str address = bracketed(str_trim(yaml_value(text, item)), &own);
    struct spot spot = {.line = yaml_line(text, item), .where = STR("server-ips")};
    bool wrong = false;
    bool port = is_host(address) && has_port(address, &wrong);
    if (!is_host(address) || wrong) {
        migration_mistake(m, &spot, "\"%.*s\" is neither IP nor IP:PORT", STR_ARG(address));
        return;
    }
    buf_fmt(targets, "          - \"%.*s%s\"\n", STR_ARG(address), port ? "" : DEFAULT_PORT);
    migration_say(m, REMARK_SAME, &spot, "%.*s%s is a target", STR_ARG(address),
                  port ? "" : DEFAULT_PORT);
}

static const char job[] = "scrape_configs:\n"
                          "  - job_name: data-exporter\n"
                          "    honor_labels: true\n"
                          "    static_configs:\n"
                          "      - targets:\n";

int aggregator_migrate(struct migration *m, const struct yaml_text *text, struct buf *out,
                       struct err *err) {
    int root = yaml_root(text);
    int list = yaml_get(text, root, "server-ips");
    struct buf targets CLEANUP_BUF = BUF_INIT;
    struct spot nowhere = {.line = 0};
    for (size_t i = 0; yaml_key_at(text, root, i); i++) {
        int key = yaml_key_at(text, root, i);
        struct spot spot = {.line = yaml_line(text, key), .where = yaml_value(text, key)};
        if (!str_eq(spot.where, STR("server-ips"))) {
            migration_mistake(m, &spot, "the aggregator ignored this key too; leave it out");
        }
    }
    for (size_t i = 0; yaml_item_at(text, list, i); i++) {
        take_address(m, text, yaml_item_at(text, list, i), &targets);
    }
    if (!targets.len && !m->mistakes) {
        return err_set(err, -EINVAL, "%zu: server-ips is no list of addresses",
                       yaml_line(text, list));
    }
    migration_note(m, &nowhere,
                   "Prometheus asks each agent itself with this job; the aggregator's page of all "
                   "servers comes with a later version of Dockmeter, and server_online with it: "
                   "until then \"up\" says which server answers");
    int r = migration_check(m, err);
    if (!r) {
        buf_text(out, job);
        buf_str(out, buf_view(&targets));
    }
    return r;
}
