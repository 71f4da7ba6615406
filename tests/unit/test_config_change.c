/* What a reload changes at once, what waits for a restart, and a file that is read again. */
#include "config_case.h"

#include <sys/stat.h>

#include "config/change.h"
#include "config/value.h"

struct pair {
    struct config running;
    struct config fresh;
    struct config_change change;
};

/* The running one is loaded by the case; then its file gets this text and is loaded again. */
static void load_pair(struct pair *p, const struct config_case *c, const char *fresh_yaml) {
    static const char *args[CASE_MAX + 2]; /* a reload reads them again */
    struct err err = ERR_INIT;
    p->running = case_good(c);
    args[0] = "--config.file";
    args[1] = "config.yaml";
    size_t n = 2;
    for (size_t i = 0; c->flags[i]; i++) {
        args[n++] = c->flags[i];
    }
    p->running.request = (struct config_request){.args = args, .n_args = n, .environ = c->env};
    case_write_file("config.yaml", fresh_yaml, strlen(fresh_yaml));
    if (config_reload(&p->running, &p->fresh, &err) != 0) {
        fail_msg("%s", err.text);
    }
    p->change = config_compare(&p->running, &p->fresh);
}

static void pair_done(struct pair *p) {
    config_done(&p->running);
    config_done(&p->fresh);
}

static void assert_names(const bool set[OPTIONS_MAX], const char *names) {
    struct buf text = BUF_INIT;
    config_write_names(set, &text);
    assert_string_equal(buf_cstr(&text), names);
    buf_done(&text);
}

static void nothing_changes_by_other_words_for_the_same(void **state) {
    (void)state;
    struct pair p;
    load_pair(&p,
              &(struct config_case){.yaml = "collection: {interval: 60}\n"
                                            "metrics: {global_labels: {a: '1', b: '2'}}\n"
                                            "server: {tls: {enabled: no}}\n"},
              "# moved\n\ncollection: {interval: 1m, timeout: 30s}\n"
              "metrics:\n  global_labels:\n    a: 1\n    b: 2\n");
    assert_names(p.change.at_once, "");
    assert_names(p.change.at_restart, "");
    assert_false(config_touches(&p.change, "metrics"));
    pair_done(&p);
}

/* One option of each type, and what stands above the file. */
static void each_type_is_compared(void **state) {
    (void)state;
    struct pair p;
    load_pair(
        &p,
        &(struct config_case){.yaml = "metrics: {global_labels: {a: x}, disable: [cpu]}\n"
                                      "server: {auth: {password: one}}\n",
                              .env = {"DOCKMETER_METRICS_NAMESPACE=env"},
                              .flags = {"--collection.timeout=5s"}},
        "metrics: {global_labels: {a: y}, disable: [cpu, disk], compat_names: no, namespace: n}\n"
        "collection: {interval: 7s, timeout: 6s}\n"
        "server: {max_requests: 3, auth: {username: u, password: two}}\nlogging: {level: warn}\n");
    assert_names(p.change.at_once,
                 "server.max_requests, server.auth.username, server.auth.password, "
                 "collection.interval, metrics.global_labels, metrics.disable, "
                 "metrics.compat_names, logging.level");
    assert_names(p.change.at_restart, "");
    assert_true(config_touches(&p.change, "metrics"));
    assert_true(config_touches(&p.change, "collection"));
    assert_false(config_touches(&p.change, "collection.filters"));
    assert_false(config_touches(&p.change, "performance"));
    pair_done(&p);
}

/* Lists of the same length, and the length alone. */
static void lists_are_compared_by_their_items(void **state) {
    (void)state;
    struct pair p;
    load_pair(&p, &(struct config_case){.yaml = "metrics: {container_labels: [a, b]}\n"},
              "metrics: {container_labels: [a, c]}\n");
    assert_names(p.change.at_once, "metrics.container_labels");
    pair_done(&p);
    load_pair(&p, &(struct config_case){.yaml = "metrics: {global_labels: {a: '1', b: '2'}}\n"},
              "metrics: {global_labels: {a: '1', c: '2'}}\n");
    assert_names(p.change.at_once, "metrics.global_labels");
    pair_done(&p);
}

static void what_needs_a_restart_keeps_its_value_and_origin(void **state) {
    (void)state;
    struct pair p;
    struct err err = ERR_INIT;
    load_pair(
        &p,
        &(struct config_case){.yaml = "server: {port: 1, listen_addresses: ['127.0.0.1:1', ':2']}\n"
                                      "docker: {host: 'tcp://a:1'}\nmetrics: {namespace: old}\n"},
        "\nserver: {port: 2}\nmetrics: {namespace: new}\ncollection: {source: engine}\n");
    assert_names(p.change.at_once, "metrics.namespace");
    assert_names(p.change.at_restart,
                 "server.port, server.listen_addresses, docker.host, collection.source");
    assert_int_equal(config_keep(&p.change, &p.running, &p.fresh, &err), 0);
    config_done(&p.running); /* what was kept is a copy */
    assert_int_equal(p.fresh.server.port, 1);
    assert_int_equal(p.fresh.server.listen_addresses.n, 2);
    assert_str(p.fresh.server.listen_addresses.items[1], ":2");
    assert_str(p.fresh.docker.host, "tcp://a:1");
    assert_str(p.fresh.collection.source, "auto");
    assert_str(p.fresh.metrics.namespace, "new");
    assert_origin(&p.fresh, "server.port", "config.yaml:1");
    assert_origin(&p.fresh, "collection.source", "default");
    assert_origin(&p.fresh, "metrics.namespace", "config.yaml:3");
    config_done(&p.fresh);
}

/* Files of a switch that waits for a restart must not come before it; others may. */
static void files_wait_with_their_switch(void **state) {
    (void)state;
    struct pair p;
    load_pair(
        &p,
        &(struct config_case){.yaml = "server: {tls: {enabled: yes, cert_file: a, key_file: b}}\n"},
        "server: {tls: {enabled: yes, cert_file: c, key_file: d}}\n");
    assert_names(p.change.at_once, "server.tls.cert_file, server.tls.key_file");
    assert_names(p.change.at_restart, "");
    pair_done(&p);
    load_pair(
        &p,
        &(struct config_case){.yaml = "server: {tls: {enabled: yes, cert_file: a, key_file: b}}\n"},
        "");
    assert_names(p.change.at_once, "");
    assert_names(p.change.at_restart,
                 "server.tls.enabled, server.tls.cert_file, server.tls.key_file");
    pair_done(&p);
}

/* A preset is no more than what it sets. */
static void a_preset_brings_its_values(void **state) {
    (void)state;
    struct pair p;
    load_pair(&p, &(struct config_case){.yaml = "server: {port: 9200}\n"},
              "preset: cadvisor\nserver: {port: 9200}\n");
    assert_names(p.change.at_once, "preset, metrics.profile, metrics.container_labels");
    assert_names(p.change.at_restart, "");
    pair_done(&p);
    load_pair(&p, &(struct config_case){.yaml = ""}, "preset: cadvisor\n");
    assert_names(p.change.at_restart, "server.port");
    pair_done(&p);
}

static void assert_unreadable(const struct config *running, const char *text) {
    struct config fresh;
    struct err err = ERR_INIT;
    assert_int_equal(config_reload(running, &fresh, &err), -EINVAL);
    assert_string_equal(err.text, text);
}

static void only_a_plain_file_is_read_again(void **state) {
    (void)state;
    struct pair p;
    load_pair(&p, &(struct config_case){.yaml = ""}, "");
    assert_string_equal(p.running.file, "config.yaml");
    assert_int_equal(unlink("config.yaml"), 0);
    assert_unreadable(&p.running, "config.yaml: cannot be read: No such file or directory");
    assert_int_equal(mkfifo("config.yaml", 0600), 0);
    assert_unreadable(&p.running, "config.yaml: is not a plain file, so it cannot be read again");
    assert_int_equal(unlink("config.yaml"), 0);
    assert_int_equal(mkdir("config.yaml", 0700), 0);
    assert_unreadable(&p.running, "config.yaml: is a directory, not a configuration file");
    assert_int_equal(rmdir("config.yaml"), 0);
    pair_done(&p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_changes_by_other_words_for_the_same),
        cmocka_unit_test(each_type_is_compared),
        cmocka_unit_test(lists_are_compared_by_their_items),
        cmocka_unit_test(what_needs_a_restart_keeps_its_value_and_origin),
        cmocka_unit_test(files_wait_with_their_switch),
        cmocka_unit_test(a_preset_brings_its_values),
        cmocka_unit_test(only_a_plain_file_is_read_again),
    };
    return cmocka_run_group_tests(tests, case_enter, case_leave);
}
