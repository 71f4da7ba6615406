/* Command lines of cAdvisor and of the Docker Data Exporter. */
#include "config_case.h"

#include "config/foreign.h"
#include "config/option.h"
#include "config/value.h"

#define S INT64_C(1000000000)
#define CADVISOR .env = {"DOCKMETER_PRESET=cadvisor"}

static void no_notes(struct config *c) {
    assert_notes(c, (const char *const[]){NULL});
    config_done(c);
}

/* Items joined by commas. */
static void assert_list(const struct str_list *list, const char *want) {
    struct buf text = BUF_INIT;
    for (size_t i = 0; i < list->n; i++) {
        buf_fmt(&text, "%s%.*s", i ? "," : "", STR_ARG(list->items[i]));
    }
    assert_string_equal(buf_cstr(&text), want);
    buf_done(&text);
}

static void other_names_of_options(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        CADVISOR, .flags = {"-port=8081", "--listen_ip", "127.0.0.1", "--prometheus_endpoint=/m",
                            "-url_base_prefix", "/cadvisor/", "--docker=tcp://engine:2376",
                            "--docker-tls", "--docker-tls-ca=a", "--docker-tls-cert=b",
                            "-docker-tls-key", "c", "--housekeeping_interval=1m0s"}});
    assert_int_equal(c.server.port, 8081);
    assert_str(c.server.address, "127.0.0.1");
    assert_str(c.server.metrics_path, "/m");
    assert_str(c.server.route_prefix, "/cadvisor");
    assert_str(c.docker.host, "tcp://engine:2376");
    assert_true(c.docker.tls.enabled);
    assert_str(c.docker.tls.ca_cert, "a");
    assert_str(c.docker.tls.cert, "b");
    assert_str(c.docker.tls.key, "c");
    assert_int_equal(c.metrics.cache.ttl_ns, 60 * S);
    assert_origin(&c, "server.port", "flag -port");
    assert_int_equal(c.notes.n, 1); /* of the long time */
    config_done(&c);
}

/* Each names an option that exists and takes its words. */
static void every_other_name_is_sound(void **state) {
    (void)state;
    for (size_t i = 0; i < n_foreigns; i++) {
        const struct foreign *row = &foreigns[i];
        struct arena arena = ARENA_INIT;
        struct err err = ERR_INIT;
        struct value value;
        if (!row->option) {
            assert_true(!row->yes && !row->no);
            continue;
        }
        const struct option *o = option_find(str_of(row->option));
        assert_non_null(o);
        assert_int_equal(row->boolean, row->yes || o->type == OPTION_BOOL);
        assert_false(row->natural);
        if (row->yes) {
            assert_int_equal(value_parse(o, str_of(row->yes), &arena, &value, &err), 0);
            assert_int_equal(value_parse(o, str_of(row->no), &arena, &value, &err), 0);
        }
        arena_done(&arena);
    }
}

/* "-p N", "-port N" of the Docker Data Exporter, and other flags with one dash. */
static void one_dash_is_enough(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .env = {"DOCKMETER_PRESET=data-exporter"},
        .flags = {"-p", "5051", "-no-metrics.compat_names", "-log.level=warn",
                  "-metrics.machine_name", "-rack-7", "--docker.tls.verify", "off"}});
    assert_int_equal(c.server.port, 5051);
    assert_false(c.metrics.compat_names);
    assert_str(c.logging.level, "warn");
    assert_str(c.metrics.machine_name, "-rack-7");
    assert_false(c.docker.tls.verify);
    no_notes(&c);
}

static void what_is_asked_for(const char *flag, enum config_want want) {
    struct config c;
    struct err err;
    enum config_want got = CONFIG_RUN;
    assert_int_equal(case_load(&(struct config_case){.flags = {flag}}, &c, &got, &err), 0);
    assert_int_equal(got, want);
    config_done(&c);
}

static void help_and_version_with_one_dash(void **state) {
    (void)state;
    what_is_asked_for("-h", CONFIG_HELP);
    what_is_asked_for("-help", CONFIG_HELP);
    what_is_asked_for("-version", CONFIG_VERSION);
}

/* The labels that a command line of cAdvisor exports. */
static void labels_are(const char *const flags[3], const char *want, size_t notes) {
    struct config c =
        case_good(&(struct config_case){CADVISOR, .flags = {flags[0], flags[1], flags[2]}});
    assert_list(&c.metrics.container_labels, want);
    assert_int_equal(c.notes.n, notes);
    config_done(&c);
}

static void container_labels_as_in_cadvisor(void **state) {
    (void)state;
#define LABELS(want, notes, ...) labels_are((const char *const[3]){__VA_ARGS__}, want, notes)
    LABELS("*", 0, NULL);
    LABELS("", 0, "--store_container_labels=false");
    LABELS("", 0, "--store_container_labels=false", "--whitelisted_container_labels=");
    LABELS("*", 0, "-store_container_labels");
    LABELS("a,b", 0, "--store_container_labels=false", "--whitelisted_container_labels=a,b");
    LABELS("a,b", 0, "--whitelisted_container_labels", "a,b", "--store_container_labels=FALSE");
    LABELS("a,*", 1, "--whitelisted_container_labels=a");
    LABELS("a,*", 0, "--whitelisted_container_labels=a", "--store_container_labels=true");
    struct config c =
        case_good(&(struct config_case){.flags = {"--whitelisted_container_labels=a"}});
    assert_list(&c.metrics.container_labels, "a");
    no_notes(&c);
    c = case_good(&(struct config_case){.yaml = "metrics: {container_labels: [x]}\n", CADVISOR});
    assert_list(&c.metrics.container_labels, "x");
    no_notes(&c);
    c = case_good(&(struct config_case){CADVISOR, .flags = {"--whitelisted_container_labels=a"}});
    assert_notes(&c,
                 (const char *const[]){"flag --whitelisted_container_labels has no effect without "
                                       "--store_container_labels=false: all labels are exported",
                                       NULL});
    config_done(&c);
}

static void optional_families(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        CADVISOR, .flags = {"--disable_metrics=percpu,diskIO", "-disable_metrics", "CPULOAD",
                            "--enable_metrics=", "--disable_root_cgroup_stats"}});
    assert_list(&c.metrics.disable, "percpu,diskIO,cpuLoad");
    assert_int_equal(c.metrics.enable.n, 0);
    assert_false(c.metrics.root_cgroup);
    no_notes(&c);
    c = case_good(&(struct config_case){
        .yaml = "metrics: {enable: [cpu, diskio], root_cgroup: false}\n",
        .flags = {"--disable_root_cgroup_stats=false", "--disable_metrics="}});
    assert_list(&c.metrics.enable, "cpu,diskIO");
    assert_true(c.metrics.root_cgroup);
    no_notes(&c);
}

static void what_means_nothing_is_named_once(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        CADVISOR,
        .flags = {"-logtostderr", "--docker_only=true", "-v=2", "--storage_duration", "1m0s",
                  "--event_storage_age_limit=default=0", "--allow_dynamic_housekeeping=false",
                  "--event_storage_age_limit=default=1", "-http_auth_realm", "here",
                  "--http_auth_file=", "--storage_driver_password=geheim"}});
    assert_notes(&c, (const char *const[]){
                         "cAdvisor's flags --allow_dynamic_housekeeping, --storage_duration, "
                         "--event_storage_age_limit, --http_auth_realm, --storage_driver_password, "
                         "-v have no effect in Dockmeter",
                         NULL});
    config_done(&c);
    c = case_good(&(struct config_case){CADVISOR, .flags = {"--docker_only=false"}});
    assert_notes(&c, (const char *const[]){"cAdvisor's flag --docker_only has no effect in "
                                           "Dockmeter",
                                           NULL});
    config_done(&c);
    c = case_good(
        &(struct config_case){.env = {"DOCKMETER_PRESET=cadvisor",
                                      "CADVISOR_HEALTHCHECK_URL=http://localhost:8080/healthz"}});
    no_notes(&c);
}

/* All at once: no note is cut. */
static void all_flags_of_cadvisor(void **state) {
    (void)state;
    static char storage[FOREIGN_MAX][80];
    const char *args[FOREIGN_MAX];
    size_t n = 0;
    for (size_t i = 0; i < n_foreigns; i++) {
        if (!foreigns[i].option) {
            (void)snprintf(storage[n], sizeof(storage[n]), "-%s=%s", foreigns[i].flag,
                           foreigns[i].boolean ? "false" : "x");
            args[n] = storage[n];
            n++;
        }
    }
    struct config c;
    enum config_want want;
    struct err err = ERR_INIT;
    struct config_request request = {.args = args, .n_args = n};
    assert_int_equal(config_load(&request, &c, &want, &err), 0);
    assert_int_equal(c.notes.n, 1);
    for (size_t i = 0; i < n_foreigns; i++) {
        if (!foreigns[i].option) {
            assert_non_null(strstr(c.notes.items[0].ptr, foreigns[i].flag));
        }
    }
    assert_non_null(strstr(c.notes.items[0].ptr, " have no effect in Dockmeter"));
    config_done(&c);
}

static void its_own_files_for_docker_tls(void **state) {
    (void)state;
    case_write_file("ca.pem", "", 0);
    case_write_file("cert.pem", "", 0);
    case_write_file("key.pem", "", 0);
    struct config c =
        case_good(&(struct config_case){.env = {"DOCKMETER_DOCKER_TLS_CERT=x.pem"},
                                        .flags = {"--docker=tcp://e:1", "--docker-tls=true"}});
    assert_str(c.docker.tls.ca_cert, "ca.pem");
    assert_str(c.docker.tls.cert, "x.pem");
    assert_str(c.docker.tls.key, "key.pem");
    assert_origin(&c, "docker.tls.key", "flag --docker-tls");
    no_notes(&c);
    c = case_good(&(struct config_case){.flags = {"--docker=tcp://e:1", "--docker.tls.enabled"}});
    assert_str(c.docker.tls.ca_cert, "");
    no_notes(&c);
    c = case_good(&(struct config_case){.flags = {"--docker-tls=false"}});
    assert_str(c.docker.tls.key, "");
    no_notes(&c);
    assert_int_equal(unlink("ca.pem"), 0);
    assert_int_equal(unlink("cert.pem"), 0);
    assert_int_equal(unlink("key.pem"), 0);
}

#define KINDS                                                                                      \
    "accelerator, advtcp, app, cpu, cpuLoad, cpu_topology, cpuset, disk, diskIO, hugetlb, "        \
    "memory, "                                                                                     \
    "memory_numa, network, oom_event, percpu, perf_event, pressure, process, referenced_memory, "  \
    "resctrl, sched, tcp, udp"
#define OPEN "is not supported by this version; use server.auth.username and server.auth.password"

static void wrong_ones(void **state) {
    (void)state;
    static const struct {
        const char *flags[2];
        int code;
        const char *text;
    } rows[] = {
        {{"--disable_metrics=tcp,netwok"},
         -EINVAL,
         "flag --disable_metrics: metrics.disable: \"netwok\" is not one of " KINDS
         "; did you mean network?"},
        {{"-enable_metrics=all"},
         -EINVAL,
         "flag -enable_metrics: metrics.enable: \"all\" is not one of " KINDS},
        {{"--port=http"},
         -EINVAL,
         "flag --port: server.port: \"http\" is not a whole number from 0 to 65535"},
        {{"--docker_only=maybe"}, -EINVAL, "flag --docker_only: \"maybe\" is not true or false"},
        {{"--store_container_labels="},
         -EINVAL,
         "flag --store_container_labels: \"\" is not true or false"},
        {{"--docker-tls=2"}, -EINVAL, "flag --docker-tls: \"2\" is not true or false"},
        {{"-http_auth_file", "/etc/htpasswd"}, -EINVAL, "flag -http_auth_file " OPEN},
        {{"--http_digest_file=/x"}, -EINVAL, "flag --http_digest_file " OPEN},
        {{"-port", "-docker_only"}, -ENOEXEC, "flag -port needs a value: -port VALUE"},
        {{"--storage_duration"},
         -ENOEXEC,
         "flag --storage_duration needs a value: --storage_duration VALUE"},
        {{"-prot=1"}, -ENOEXEC, "unknown flag \"-prot\"; did you mean --port?"},
        {{"--housekeeping_intervall=1s"},
         -ENOEXEC,
         "unknown flag \"--housekeeping_intervall\"; did you mean --housekeeping_interval?"},
        {{"--disable_metric=tcp"},
         -ENOEXEC,
         "unknown flag \"--disable_metric\"; did you mean --disable_metrics?"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        case_bad(&(struct config_case){.flags = {rows[i].flags[0], rows[i].flags[1]}}, rows[i].code,
                 rows[i].text);
    }
    case_bad(&(struct config_case){.yaml = "metrics:\n  disable: [cpu, disc]\n"}, -EINVAL,
             "config.yaml:2: metrics.disable: \"disc\" is not one of " KINDS
             "; did you mean disk?");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_names_of_options),
        cmocka_unit_test(every_other_name_is_sound),
        cmocka_unit_test(one_dash_is_enough),
        cmocka_unit_test(help_and_version_with_one_dash),
        cmocka_unit_test(container_labels_as_in_cadvisor),
        cmocka_unit_test(optional_families),
        cmocka_unit_test(what_means_nothing_is_named_once),
        cmocka_unit_test(all_flags_of_cadvisor),
        cmocka_unit_test(its_own_files_for_docker_tls),
        cmocka_unit_test(wrong_ones),
    };
    return cmocka_run_group_tests(tests, case_enter, case_leave);
}
