#include "config_case.h"

#include "config/foreign.h"
#include "config/legacy.h"
#include "config/option.h"
#include "config/preset.h"
#include "config/value.h"

#define S INT64_C(1000000000)

static void defaults_without_anything(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){.yaml = NULL});
    assert_int_equal(c.server.port, 9200);
    assert_str(c.server.address, "0.0.0.0");
    assert_str(c.server.metrics_path, "/metrics");
    assert_str(c.docker.host, "");
    assert_true(c.docker.tls.verify);
    assert_int_equal(c.collection.interval_ns, 0);
    assert_int_equal(c.collection.timeout_ns, 30 * S);
    assert_int_equal(c.collection.resync_ns, 300 * S);
    assert_int_equal(c.collection.system_interval_ns, 60 * S);
    assert_true(c.metrics.compat_names);
    assert_int_equal(c.metrics.cache.ttl_ns, 0);
    assert_int_equal(c.performance.max_concurrent, 10);
    assert_int_equal(c.notes.n, 0);
    assert_origin(&c, "server.port", "default");
    config_done(&c);
}

/* The port that a case gives, and where it is from. */
static void port_is(const struct config_case *with, unsigned port, const char *origin) {
    struct config c = case_good(with);
    assert_int_equal(c.server.port, port);
    assert_origin(&c, "server.port", origin);
    config_done(&c);
}

#define PRESET "preset: cadvisor\n"
#define FILE_PORT "server:\n  port: 3\n"

static void each_source_wins_over_the_one_below(void **state) {
    (void)state;
    port_is(&(struct config_case){.yaml = PRESET}, 8080, "preset cadvisor");
    port_is(&(struct config_case){.yaml = PRESET FILE_PORT}, 3, "config.yaml:3");
    port_is(&(struct config_case){.yaml = FILE_PORT, .env = {"EXPORTER_PORT=4"}}, 4,
            "environment EXPORTER_PORT");
    port_is(&(struct config_case){.env = {"DOCKMETER_SERVER_PORT=5", "EXPORTER_PORT=4"}}, 5,
            "environment DOCKMETER_SERVER_PORT");
    port_is(&(struct config_case){.yaml = FILE_PORT, .env = {"DOCKMETER_SERVER_PORT=5"}}, 5,
            "environment DOCKMETER_SERVER_PORT");
    port_is(&(struct config_case){.env = {"DOCKMETER_SERVER_PORT=5"}, .flags = {"--server.port=6"}},
            6, "flag --server.port");
    port_is(&(struct config_case){.env = {"EXPORTER_PORT=4"}, .flags = {"--server.port=6"}}, 6,
            "flag --server.port");
    port_is(&(struct config_case){.yaml = PRESET FILE_PORT,
                                  .env = {"DOCKMETER_SERVER_PORT=5"},
                                  .flags = {"--server.port", "6"}},
            6, "flag --server.port");
    port_is(&(struct config_case){.yaml = FILE_PORT, .env = {"DOCKMETER_PRESET=cadvisor"}}, 3,
            "config.yaml:2");
    port_is(&(struct config_case){.flags = {"--preset", "docker-stats"}}, 8091,
            "preset docker-stats");
}

/* A right value for any option that is not its default. */
static const char *sample(const struct option *o) {
    static const struct {
        const char *name, *value;
    } special[] = {{"preset", "docker-stats"},    {"docker.api_version", "1.41"},
                   {"docker.host", "tcp://a:1"},  {"metrics.namespace", "ns"},
                   {"metrics.profile", "native"}, {"server.listen_addresses", ":1"}};
    for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
        if (strcmp(special[i].name, o->name) == 0) {
            return special[i].value;
        }
    }
    switch (o->type) {
    case OPTION_BOOL:
        return strcmp(o->fallback, "true") == 0 ? "false" : "true";
    case OPTION_UINT:
        return "77";
    case OPTION_DURATION:
        return "77s";
    case OPTION_ENUM:
        return strcmp(o->choices[0], o->fallback) == 0 ? o->choices[1] : o->choices[0];
    case OPTION_PAIRS:
        return "a=b";
    case OPTION_LIST:
        return o->choices ? o->choices[0] : "/sample";
    default:
        return "/sample";
    }
}

/* What else must be set for an option to be right. */
static const char *const companions[] = {
    "DOCKER_HOST=tcp://b:1",
    "DOCKMETER_SERVER_AUTH_USERNAME=u",
    "DOCKMETER_SERVER_AUTH_PASSWORD=p",
    "DOCKMETER_SERVER_TLS_CERT_FILE=c",
    "DOCKMETER_SERVER_TLS_KEY_FILE=k",
};
#define N_COMPANIONS (sizeof(companions) / sizeof(companions[0]))

/* Puts the companions into the environment but those that are the option itself. */
static void add_companions(struct config_case *c, const struct option *o) {
    char own[OPTION_ENV_MAX];
    struct str name = option_env_name(o->name, own);
    size_t n = 0;
    while (c->env[n]) {
        n++;
    }
    for (size_t i = 0; i < N_COMPANIONS; i++) {
        struct str entry = str_of(companions[i]);
        bool same = str_starts(entry, name) || strcmp(o->name, "docker.host") == 0;
        if (!same) {
            c->env[n++] = companions[i];
        }
    }
}

static void value_text(const struct config *c, const struct option *o, struct buf *out) {
    struct value value = value_load(c, o);
    value_write(o, &value, false, out);
}

/* The case gives the sample to this option from this origin, and leaves all others as they are. */
static void only_this_one(struct config_case *with, const struct option *o, const char *origin) {
    struct config_case without = {.yaml = NULL};
    add_companions(with, o);
    add_companions(&without, o);
    struct config c = case_good(with);
    struct config base = case_good(&without);
    struct arena arena = ARENA_INIT;
    struct value want;
    struct err err = ERR_INIT;
    assert_int_equal(value_parse(o, str_of(sample(o)), &arena, &want, &err), 0);
    for (size_t i = 0; i < n_options; i++) {
        struct buf got = BUF_INIT;
        struct buf right = BUF_INIT;
        value_text(&c, &options[i], &got);
        if (&options[i] == o) {
            value_write(o, &want, false, &right);
        } else {
            value_text(&base, &options[i], &right);
        }
        bool by_preset = strcmp(o->name, "preset") == 0;
        if (!by_preset || &options[i] == o) {
            assert_string_equal(buf_cstr(&got), buf_cstr(&right));
        }
        buf_done(&got);
        buf_done(&right);
    }
    assert_origin(&c, o->name, origin);
    arena_done(&arena);
    config_done(&base);
    config_done(&c);
}

static void every_option_by_its_own_variable(void **state) {
    (void)state;
    for (size_t i = 0; i < n_options; i++) {
        char own[OPTION_ENV_MAX];
        char entry[200];
        char origin[120];
        option_env_name(options[i].name, own);
        (void)snprintf(entry, sizeof(entry), "%s=%s", own, sample(&options[i]));
        (void)snprintf(origin, sizeof(origin), "environment %s", own);
        only_this_one(&(struct config_case){.env = {entry}}, &options[i], origin);
    }
}

static void every_option_by_predecessors_variables(void **state) {
    (void)state;
    unsigned seen = 0;
    for (size_t i = 0; i < n_options; i++) {
        for (size_t j = 0; options[i].old_env[j]; j++) {
            const char *name = options[i].old_env[j];
            char entry[200];
            char origin[120];
            (void)snprintf(entry, sizeof(entry), "%s=%s", name, sample(&options[i]));
            (void)snprintf(origin, sizeof(origin), "environment %s", name);
            only_this_one(&(struct config_case){.env = {entry}}, &options[i], origin);
            seen++;
        }
    }
    assert_int_equal(seen, 16);
}

static void every_option_by_its_flags(void **state) {
    (void)state;
    for (size_t i = 0; i < n_options; i++) {
        for (size_t j = 0; j == 0 || options[i].flags[j - 1]; j++) {
            const char *name = j ? options[i].flags[j - 1] : options[i].name;
            char flag[120];
            char origin[140];
            char joined[300];
            (void)snprintf(flag, sizeof(flag), "--%s", name);
            (void)snprintf(origin, sizeof(origin), "flag %s", flag);
            (void)snprintf(joined, sizeof(joined), "%s=%s", flag, sample(&options[i]));
            only_this_one(&(struct config_case){.flags = {joined}}, &options[i], origin);
            only_this_one(&(struct config_case){.flags = {flag, sample(&options[i])}}, &options[i],
                          origin);
        }
    }
}

/* The option's path as nested YAML: "a:\n  b: VALUE\n". */
static void yaml_for(const struct option *o, char *out, size_t cap) {
    struct buf text = BUF_INIT;
    struct str rest = str_of(o->name);
    struct str part = STR("");
    for (int depth = 0; str_split(&rest, '.', &part); depth++) {
        buf_fmt(&text, "%s%*s%.*s:", depth ? "\n" : "", depth * 2, "", STR_ARG(part));
    }
    const char *value = sample(o);
    if (o->type == OPTION_LIST) {
        buf_fmt(&text, " [\"%s\"]\n", value);
    } else if (o->type == OPTION_PAIRS) {
        buf_text(&text, " {a: b}\n");
    } else {
        buf_fmt(&text, " \"%s\"\n", value);
    }
    assert_true(text.len < cap);
    memcpy(out, buf_cstr(&text), text.len + 1);
    buf_done(&text);
}

static void every_option_by_yaml(void **state) {
    (void)state;
    for (size_t i = 0; i < n_options; i++) {
        char yaml[400];
        char origin[40];
        unsigned line = 1;
        yaml_for(&options[i], yaml, sizeof(yaml));
        for (const char *c = options[i].name; *c; c++) {
            line += *c == '.';
        }
        (void)snprintf(origin, sizeof(origin), "config.yaml:%u", line);
        only_this_one(&(struct config_case){.yaml = yaml}, &options[i], origin);
    }
}

static void names_are_unique(void **state) {
    (void)state;
    for (size_t i = 0; i < n_options; i++) {
        char own[OPTION_ENV_MAX];
        assert_ptr_equal(option_find(str_of(options[i].name)), &options[i]);
        assert_ptr_equal(option_find_env(option_env_name(options[i].name, own)), &options[i]);
        assert_null(legacy_find_yaml(str_of(options[i].name)));
        assert_null(legacy_find_flag(str_of(options[i].name)));
        assert_null(legacy_find_env(str_of(own)));
        assert_null(foreign_find(str_of(options[i].name)));
        for (size_t j = 0; options[i].flags[j]; j++) {
            assert_ptr_equal(option_find_flag(str_of(options[i].flags[j])), &options[i]);
            assert_null(foreign_find(str_of(options[i].flags[j])));
        }
    }
    for (size_t i = 0; i < n_foreigns; i++) {
        assert_ptr_equal(foreign_find(str_of(foreigns[i].flag)), &foreigns[i]);
        assert_null(legacy_find_flag(str_of(foreigns[i].flag)));
    }
    assert_true(n_legacies <= 64);
}

static void reference_file_works_unchanged(void **state) {
    (void)state;
    char path[500];
    assert_non_null(getenv("TEST_DATA"));
    (void)snprintf(path, sizeof(path), "--config=%s/config/reference.yaml", getenv("TEST_DATA"));
    struct config c = case_good(&(struct config_case){.flags = {path}});
    assert_int_equal(c.server.port, 9200);
    assert_str(c.docker.host, "unix:///var/run/docker.sock");
    assert_int_equal(c.collection.timeout_ns, 10 * S);
    assert_true(c.metrics.cache.enabled);
    assert_int_equal(c.metrics.cache.ttl_ns, 30 * S);
    assert_str(c.logging.format, "json");
    assert_str(c.logging.output, "stdout");
    assert_int_equal(c.notes.n, 3);
    assert_non_null(strstr(c.notes.items[0].ptr, "reference.yaml:57: performance.workers has no "
                                                 "effect in Dockmeter"));
    assert_non_null(strstr(c.notes.items[1].ptr, ":58: performance.pprof_enabled has no effect"));
    assert_non_null(strstr(c.notes.items[2].ptr, "metrics.cache.ttl 30s: when it is longer"));
    config_done(&c);
}

static void presets_set_what_they_promise(void **state) {
    (void)state;
    static const struct {
        const char *name;
        unsigned port;
        int64_t interval_s;
        size_t labels;
        bool everywhere;
        const char *file;
    } rows[] = {{"docker-exporter", 8003, 15, 0, false, ""},
                {"container-metrics", 10101, 20, 0, true, "/tmp/last-metrics-collected-at.txt"},
                {"docker-stats", 8091, 5, 0, true, ""},
                {"data-exporter", 5050, 0, 0, false, ""},
                {"cadvisor", 8080, 0, 1, false, ""}};
    assert_int_equal(n_presets, 5);
    for (size_t i = 0; i < n_presets; i++) {
        struct config c = case_good(&(struct config_case){.flags = {"--preset", rows[i].name}});
        assert_str(c.preset, rows[i].name);
        assert_int_equal(c.server.port, rows[i].port);
        assert_int_equal(c.collection.interval_ns, rows[i].interval_s * S);
        assert_str(c.server.metrics_path, "/metrics");
        assert_str(c.metrics.profile, rows[i].name);
        assert_int_equal(c.metrics.container_labels.n, rows[i].labels);
        assert_int_equal(c.server.metrics_everywhere, rows[i].everywhere);
        assert_str(c.collection.last_collected_file, rows[i].file);
        assert_notes(&c, (const char *const[]){NULL});
        config_done(&c);
    }
}

static void lists_and_pairs_as_text(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .env = {
            "DOCKMETER_COLLECTION_FILTERS_INCLUDE_NAMES=^a{1,3}, b\\,c ,[x,y](1,(2,3),4),d\\(,e",
            "DOCKMETER_METRICS_GLOBAL_LABELS=dc=eu,x=y=z"}});
    const struct str_list *names = &c.collection.include.names;
    assert_int_equal(names->n, 5);
    assert_str(names->items[0], "^a{1,3}");
    assert_str(names->items[1], "b,c");
    assert_str(names->items[2], "[x,y](1,(2,3),4)");
    assert_str(names->items[3], "d\\(");
    assert_str(names->items[4], "e");
    assert_int_equal(c.metrics.global_labels.n, 2);
    assert_str(c.metrics.global_labels.items[1].key, "x");
    assert_str(c.metrics.global_labels.items[1].value, "y=z");
    config_done(&c);
}

static void repeated_flags_append_and_replace_the_file(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .yaml = "server: {listen_addresses: [':1'], port: 3}\nmetrics: {global_labels: {q: r}}\n",
        .flags = {"--web.listen-address=:2", "--web.listen-address", "[::1]:3",
                  "--server.listen_addresses=unix:///run/x", "--metrics.global_labels", "a=b",
                  "--metrics.global_labels", "c=d", "--server.port", "1", "--server.port", "2"}});
    assert_int_equal(c.server.listen_addresses.n, 3);
    assert_str(c.server.listen_addresses.items[0], ":2");
    assert_str(c.server.listen_addresses.items[2], "unix:///run/x");
    assert_int_equal(c.metrics.global_labels.n, 2);
    assert_int_equal(c.server.port, 2);
    assert_notes(&c, (const char *const[]){"flag --server.port: server.port has no effect beside "
                                           "server.listen_addresses",
                                           NULL});
    config_done(&c);
}

static void switches_in_all_forms(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .yaml = "collection: {collectors: {container: no, system: Off}}\n",
        .env = {"DOCKMETER_METRICS_COMPAT_NAMES=0"},
        .flags = {"--no-docker.tls.verify", "--server.auth.enabled", "--server.auth.username=u",
                  "--server.auth.password=p", "--metrics.cache.enabled", "off"}});
    assert_false(c.collection.collectors.container);
    assert_false(c.collection.collectors.system);
    assert_false(c.metrics.compat_names);
    assert_false(c.docker.tls.verify);
    assert_true(c.server.auth.enabled);
    assert_false(c.metrics.cache.enabled);
    assert_origin(&c, "docker.tls.verify", "flag --no-docker.tls.verify");
    config_done(&c);
}

static void keys_without_value_are_absent(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .yaml = "server:\ndocker:\n  host:\n  api_version: ~\ncollection:\n  interval: null\n"
                "  filters:\n    include:\n      names:\n      #  - x\n"});
    assert_origin(&c, "docker.host", "default");
    assert_origin(&c, "collection.filters.include.names", "default");
    config_done(&c);
    static const char *const empty[] = {"", "# nothing\n", "---\n", "---\n...\n", "{}\n"};
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        port_is(&(struct config_case){.yaml = empty[i]}, 9200, "default");
    }
}

static void yaml_forms_that_are_fine(void **state) {
    (void)state;
    port_is(
        &(struct config_case){
            .yaml = "\xEF\xBB\xBFlogging:\r\n  level: warn\r\nserver:\r\n  port: '7'\r\n"},
        7, "config.yaml:4");
    port_is(&(struct config_case){.yaml = "server: {\n\tport: 8}\n"}, 8, "config.yaml:2");
    struct config c = case_good(&(struct config_case){
        .yaml = "collection:\n  filters:\n    include: {names: &n [a, b]}\n    exclude: {images: "
                "*n}\nmetrics: {namespace: \"\\u0061b\"}\n"});
    assert_int_equal(c.collection.exclude.images.n, 2);
    assert_str(c.collection.exclude.images.items[1], "b");
    assert_str(c.metrics.namespace, "ab");
    config_done(&c);
}

static void file_named_by_the_environment(void **state) {
    (void)state;
    case_write_file("config.yaml", FILE_PORT, strlen(FILE_PORT));
    case_write_file("other.yaml", "server: {port: 4}", 17);
    port_is(&(struct config_case){.env = {"DOCKMETER_CONFIG_FILE=config.yaml"}}, 3,
            "config.yaml:2");
    port_is(&(struct config_case){.env = {"DOCKMETER_CONFIG_FILE=config.yaml"},
                                  .flags = {"--config", "other.yaml"}},
            4, "other.yaml:1");
    port_is(&(struct config_case){.env = {"DOCKMETER_CONFIG_FILE="}}, 9200, "default");
    assert_int_equal(unlink("other.yaml"), 0);
}

static void help_and_version_end_the_command_line(void **state) {
    (void)state;
    static const struct {
        const char *flag;
        enum config_want want;
    } rows[] = {{"--help", CONFIG_HELP}, {"-h", CONFIG_HELP}, {"--version", CONFIG_VERSION}};
    for (size_t i = 0; i < 3; i++) {
        struct config c;
        enum config_want want = CONFIG_RUN;
        struct err err;
        struct config_case with = {.env = {"EXPORTER_PORT=bad"},
                                   .flags = {"--config=/not/there", rows[i].flag, "--bad"}};
        assert_int_equal(case_load(&with, &c, &want, &err), 0);
        assert_int_equal(want, rows[i].want);
        config_done(&c);
    }
}

static void route_prefix_needs_no_slash_at_its_end(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){.flags = {"--web.route-prefix=/"}});
    assert_string_equal(c.server.route_prefix.ptr, "");
    config_done(&c);
    c = case_good(&(struct config_case){.flags = {"--web.route-prefix=/meter/"}});
    assert_string_equal(c.server.route_prefix.ptr, "/meter");
    config_done(&c);
}

static void pure_parse_of_bytes(void **state) {
    (void)state;
    struct config c;
    struct err err = ERR_INIT;
    assert_int_equal(config_parse(STR(PRESET FILE_PORT), "name.yaml", &c, &err), 0);
    assert_int_equal(c.server.port, 3);
    assert_origin(&c, "server.port", "name.yaml:3");
    config_done(&c);
    assert_int_equal(config_parse(STR("a: b"), "name.yaml", &c, &err), -EINVAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_without_anything),
        cmocka_unit_test(each_source_wins_over_the_one_below),
        cmocka_unit_test(every_option_by_its_own_variable),
        cmocka_unit_test(every_option_by_predecessors_variables),
        cmocka_unit_test(every_option_by_its_flags),
        cmocka_unit_test(every_option_by_yaml),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(reference_file_works_unchanged),
        cmocka_unit_test(presets_set_what_they_promise),
        cmocka_unit_test(lists_and_pairs_as_text),
        cmocka_unit_test(repeated_flags_append_and_replace_the_file),
        cmocka_unit_test(switches_in_all_forms),
        cmocka_unit_test(keys_without_value_are_absent),
        cmocka_unit_test(yaml_forms_that_are_fine),
        cmocka_unit_test(file_named_by_the_environment),
        cmocka_unit_test(help_and_version_end_the_command_line),
        cmocka_unit_test(route_prefix_needs_no_slash_at_its_end),
        cmocka_unit_test(pure_parse_of_bytes),
    };
    return cmocka_run_group_tests(tests, case_enter, case_leave);
}
