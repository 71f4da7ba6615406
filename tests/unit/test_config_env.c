#include "config_case.h"

#include <sys/stat.h>
#include <unistd.h>

static void no_notes(struct config *c) {
    assert_notes(c, (const char *const[]){NULL});
    config_done(c);
}

static void empty_is_unset_for_predecessors(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .env = {"EXPORTER_PORT=", "LOG_LEVEL=", "DOCKER_HOST=", "DOCKER_TLS_VERIFY=", "WORKERS="}});
    assert_int_equal(c.server.port, 9200);
    assert_false(c.docker.tls.enabled);
    no_notes(&c);
}

static void own_empty_is_an_empty_value(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .yaml = "collection: {filters: {include: {names: [a]}}}\ndocker: {host: /x}\n",
        .env = {"DOCKMETER_COLLECTION_FILTERS_INCLUDE_NAMES=", "DOCKMETER_DOCKER_HOST="}});
    assert_int_equal(c.collection.include.names.n, 0);
    assert_str(c.docker.host, "");
    no_notes(&c);
    case_bad(&(struct config_case){.env = {"DOCKMETER_SERVER_PORT="}}, -EINVAL,
             "environment DOCKMETER_SERVER_PORT: server.port: \"\" is not a whole number from 0 to "
             "65535");
}

static void words_in_any_case(void **state) {
    (void)state;
    struct config c =
        case_good(&(struct config_case){.env = {"LOG_LEVEL=WARNING", "LOG_FORMAT=JSON"}});
    assert_str(c.logging.level, "warn");
    assert_str(c.logging.format, "json");
    no_notes(&c);
}

static void predecessors_must_agree(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .env = {"POLL_INTERVAL=15", "COLLECTION_INTERVAL=15s", "DOCKER_HOST=/run/d.sock",
                "DOCKER_SOCKET_PATH=unix:///run/d.sock"}});
    assert_int_equal(c.collection.interval_ns, 15 * INT64_C(1000000000));
    no_notes(&c);
    case_bad(&(struct config_case){.env = {"POLL_INTERVAL=15", "METRICS_COLLECTION_INTERVAL=20"}},
             -EINVAL,
             "environment POLL_INTERVAL and METRICS_COLLECTION_INTERVAL: collection.interval: "
             "\"15\" and \"20\" differ; keep one of them, or set DOCKMETER_COLLECTION_INTERVAL");
    case_bad(&(struct config_case){.env = {"DOCKER_HOST=tcp://a:1", "DOCKER_SOCKET_PATH=/x"}},
             -EINVAL,
             "environment DOCKER_HOST and DOCKER_SOCKET_PATH: docker.host: \"tcp://a:1\" and "
             "\"/x\" differ; keep one of them, or set DOCKMETER_DOCKER_HOST");
    case_bad(
        &(struct config_case){.env = {"POLL_INTERVAL=15", "METRICS_COLLECTION_INTERVAL=x"}},
        -EINVAL,
        "environment METRICS_COLLECTION_INTERVAL: collection.interval: \"x\" is not a duration "
        "from 0s to 1d, like 15, 500ms or 1m30s");
    c = case_good(&(struct config_case){
        .env = {"POLL_INTERVAL=15", "COLLECTION_INTERVAL=20", "DOCKMETER_COLLECTION_INTERVAL=25"}});
    assert_int_equal(c.collection.interval_ns, 25 * INT64_C(1000000000));
    no_notes(&c);
}

static void names_without_effect_are_noted_once(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .yaml = "performance: {workers: 4}\ncollection: {source: kernel, host_root: /host}\nfleet: "
                "{a: [{b: c}]}\n",
        .env = {"WORKERS=4", "MAX_COLLECTOR_THREADS=5", "LOGS_DIR=/x", "DOCKMETER_LOGS_DIR=/y",
                "DOCKMETER_LOGS_X=1"},
        .flags = {"--performance.pprof_enabled", "-performance.pprof_enabled=true"}});
    static const char *const notes[] = {
        "flag --performance.pprof_enabled has no effect in Dockmeter",
        "environment WORKERS has no effect in Dockmeter; performance.max_concurrent bounds the "
        "requests at once",
        "environment MAX_COLLECTOR_THREADS has no effect in Dockmeter; performance.max_concurrent "
        "bounds the requests at once",
        "environment LOGS_DIR is not yet in effect in this version",
        "environment DOCKMETER_LOGS_DIR is not yet in effect in this version",
        "config.yaml:3: fleet is not yet in effect in this version",
        NULL};
    assert_notes(&c, notes);
    config_done(&c);
}

static void all_of_container_metrics(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .env = {"MACHINE_NAME=m", "METRICS_COLLECTION_INTERVAL=20", "LOGS_COLLECTION_INTERVAL=5",
                "MAX_COLLECTOR_THREADS=5", "METRICS_EXPORTER_PORT=10101",
                "LAST_METRICS_COLLECTED_AT_FILE=/a", "LAST_LOGS_COLLECTED_AT_FILE=/b",
                "LOGS_DIR=/tmp/logs", "LOGS_CONTAINER_MAX_FILES=10",
                "LOGS_CONTAINER_MAX_FILE_SIZE=10485760", "LOG_LEVELS_MAPPING_PATH=x.json",
                "DEFAULT_LOGS_SINCE_NOW=60"}});
    assert_int_equal(c.server.port, 10101);
    assert_int_equal(c.collection.interval_ns, 20 * INT64_C(1000000000));
    assert_str(c.metrics.machine_name, "m");
    assert_str(c.collection.last_collected_file, "/a");
    assert_int_equal(c.notes.n, 8);
    config_done(&c);
}

static void logs_interval_is_bounded(void **state) {
    (void)state;
    static const char over[] =
        "environment LOGS_COLLECTION_INTERVAL: 30s is longer than METRICS_COLLECTION_INTERVAL, "
        "20s; it must not exceed that";
    case_bad(&(struct config_case){.env = {"LOGS_COLLECTION_INTERVAL=30"}}, -EINVAL, over);
    case_bad(&(struct config_case){.env = {"LOGS_COLLECTION_INTERVAL=30",
                                           "METRICS_COLLECTION_INTERVAL=20s"},
                                   .flags = {"--collection.interval=1m"}},
             -EINVAL, over);
    case_bad(&(struct config_case){.env = {"LOGS_COLLECTION_INTERVAL=soon"}}, -EINVAL,
             "environment LOGS_COLLECTION_INTERVAL: \"soon\" is not a duration, like 5, 500ms or "
             "1m30s");
    struct config c = case_good(&(struct config_case){
        .env = {"LOGS_COLLECTION_INTERVAL=30", "DOCKMETER_COLLECTION_INTERVAL=30"}});
    config_done(&c);
}

/* The names of two tools, whatever the preset says of the option. */
static void presets_do_not_settle_a_quarrel(void **state) {
    (void)state;
    static const char both[] = "environment EXPORTER_PORT and METRICS_EXPORTER_PORT: server.port: "
                               "\"8003\" and \"10101\" differ; keep one of them, or set "
                               "DOCKMETER_SERVER_PORT";
    static const char *const names[] = {"docker-exporter", "container-metrics"};
    for (size_t i = 0; i < 2; i++) {
        case_bad(&(struct config_case){.env = {"EXPORTER_PORT=8003", "METRICS_EXPORTER_PORT=10101"},
                                       .flags = {"--preset", names[i]}},
                 -EINVAL, both);
        struct config c = case_good(&(struct config_case){
            .env = {"EXPORTER_PORT=8003", "METRICS_EXPORTER_PORT=10101", "DOCKMETER_SERVER_PORT=7"},
            .flags = {"--preset", names[i]}});
        assert_int_equal(c.server.port, 7);
        config_done(&c);
    }
    struct config c = case_good(&(struct config_case){
        .env = {"DOCKMETER_PRESET=container-metrics", "METRICS_COLLECTION_INTERVAL=30",
                "LOGS_COLLECTION_INTERVAL=30", "LAST_METRICS_COLLECTED_AT_FILE=/x"}});
    assert_int_equal(c.collection.interval_ns, 30 * INT64_C(1000000000));
    assert_str(c.collection.last_collected_file, "/x");
    assert_int_equal(c.notes.n, 1);
    config_done(&c);
}

static void a_file_for_no_collection_is_noted(void **state) {
    (void)state;
    struct config c =
        case_good(&(struct config_case){.env = {"LAST_METRICS_COLLECTED_AT_FILE=/x"}});
    assert_notes(&c, (const char *const[]){
                         "environment LAST_METRICS_COLLECTED_AT_FILE: "
                         "collection.last_collected_file has no effect without collection.interval",
                         NULL});
    config_done(&c);
}

static void unknown_own_names_are_noted(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .env = {"DOCKMETER_SERVER_PROT=1", "DOCKMETER_LOGSZZZ=1", "DOCKMETER_\x1b=1", "OTHER=x"}});
    static const char *const notes[] = {
        "environment \"DOCKMETER_SERVER_PROT\" is unknown and ignored; did you mean "
        "DOCKMETER_SERVER_PORT?",
        "environment \"DOCKMETER_LOGSZZZ\" is unknown and ignored",
        "environment \"DOCKMETER_\\u001B\" is unknown and ignored", NULL};
    assert_notes(&c, notes);
    config_done(&c);
}

static void kubernetes_breaks_nothing(void **state) {
    (void)state;
    struct config c = case_good(&(struct config_case){
        .yaml = "server: {port: 7}\n",
        .env = {"DOCKMETER_PORT=tcp://10.0.0.1:9200", "DOCKMETER_PORT_9200_TCP=tcp://10.0.0.1:9200",
                "DOCKMETER_PORT_9200_TCP_ADDR=10.0.0.1", "DOCKMETER_SERVICE_HOST=10.0.0.1",
                "DOCKMETER_SERVICE_PORT=9200", "DOCKMETER_SERVICE_PORT_HTTP=9200",
                "DOCKMETER_SERVER_PORT=tcp://10.0.0.2:1", "EXPORTER_PORT=tcp://10.0.0.3:1",
                "METRICS_EXPORTER_PORT=udp://10.0.0.4:1"}});
    assert_int_equal(c.server.port, 7);
    assert_notes(&c, (const char *const[]){
                         "environment DOCKMETER_PORT comes from a Kubernetes service and is "
                         "ignored, and its like",
                         NULL});
    config_done(&c);
    c = case_good(&(struct config_case){
        .env = {"DOCKMETER_SERVER_PORT=tcp://10.0.0.2:1", "EXPORTER_PORT=8"}});
    assert_int_equal(c.server.port, 8);
    config_done(&c);
}

/* A folder with these files of a docker certificate folder. */
static void make_certificates(const char *folder, const char *const *files) {
    assert_int_equal(mkdir(folder, 0700), 0);
    for (; *files; files++) {
        char path[200];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, *files);
        case_write_file(path, "x", 1);
    }
}

static void remove_certificates(const char *folder) {
    static const char *const files[] = {"ca.pem", "cert.pem", "key.pem"};
    for (size_t i = 0; i < 3; i++) {
        char path[200];
        (void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    assert_int_equal(rmdir(folder), 0);
}

static void docker_tls_as_the_docker_command_reads_it(void **state) {
    (void)state;
    make_certificates("certs", (const char *const[]){"ca.pem", "cert.pem", "key.pem", NULL});
    struct config c = case_good(&(struct config_case){
        .yaml = "docker: {tls: {verify: false, ca_cert: /file}}\n",
        .env = {"DOCKER_HOST=tcp://a:1", "DOCKER_TLS_VERIFY=0", "DOCKER_CERT_PATH=certs"},
        .flags = {"--docker.tls.key=mine"}});
    assert_true(c.docker.tls.enabled);
    assert_true(c.docker.tls.verify);
    assert_str(c.docker.tls.ca_cert, "certs/ca.pem");
    assert_str(c.docker.tls.cert, "certs/cert.pem");
    assert_str(c.docker.tls.key, "mine");
    assert_origin(&c, "docker.tls.enabled", "environment DOCKER_TLS_VERIFY");
    assert_origin(&c, "docker.tls.cert", "environment DOCKER_CERT_PATH");
    no_notes(&c);
    c = case_good(&(struct config_case){.env = {"DOCKER_HOST=tcp://a:1", "DOCKER_CERT_PATH=certs"},
                                        .flags = {"--docker.tls.enabled"}});
    assert_str(c.docker.tls.cert, "certs/cert.pem");
    no_notes(&c);
    c = case_good(&(struct config_case){.env = {"DOCKER_CERT_PATH=certs"}});
    assert_false(c.docker.tls.enabled);
    assert_str(c.docker.tls.cert, "");
    no_notes(&c);
    c = case_good(&(struct config_case){
        .env = {"DOCKMETER_DOCKER_TLS_ENABLED=false", "DOCKER_TLS_VERIFY=1"}});
    assert_false(c.docker.tls.enabled);
    no_notes(&c);
    remove_certificates("certs");
}

static void docker_tls_without_a_folder_or_a_host(void **state) {
    (void)state;
    make_certificates(".docker", (const char *const[]){"ca.pem", NULL});
    struct config c = case_good(&(struct config_case){.env = {"DOCKER_TLS_VERIFY=1", "HOME=."}});
    assert_str(c.docker.host, "tcp://localhost:2376");
    assert_str(c.docker.tls.ca_cert, "./.docker/ca.pem");
    assert_str(c.docker.tls.cert, "");
    assert_origin(&c, "docker.host", "environment DOCKER_TLS_VERIFY");
    assert_origin(&c, "docker.tls.ca_cert", "environment DOCKER_TLS_VERIFY");
    no_notes(&c);
    remove_certificates(".docker");
    c = case_good(&(struct config_case){
        .env = {"HOME=."}, .flags = {"--docker.tls.enabled", "--docker.host=tcp://a:1"}});
    assert_str(c.docker.tls.ca_cert, "");
    no_notes(&c);
}

/* Only what is known not to be there is left out; for the rest it is told why it cannot be read. */
static void docker_tls_with_a_folder_that_cannot_be_searched(void **state) {
    (void)state;
    assert_int_equal(symlink("loop", "loop"), 0);
    struct config c = case_good(&(struct config_case){
        .env = {"DOCKER_HOST=tcp://a:1", "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=loop"}});
    assert_str(c.docker.tls.cert, "loop/cert.pem");
    assert_str(c.docker.tls.key, "loop/key.pem");
    no_notes(&c);
    assert_int_equal(unlink("loop"), 0);
    case_write_file("file", "x", 1);
    c = case_good(&(struct config_case){
        .env = {"DOCKER_HOST=tcp://a:1", "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=file"}});
    assert_str(c.docker.tls.cert, "");
    assert_str(c.docker.tls.key, "");
    no_notes(&c);
    assert_int_equal(unlink("file"), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(empty_is_unset_for_predecessors),
        cmocka_unit_test(own_empty_is_an_empty_value),
        cmocka_unit_test(words_in_any_case),
        cmocka_unit_test(predecessors_must_agree),
        cmocka_unit_test(names_without_effect_are_noted_once),
        cmocka_unit_test(all_of_container_metrics),
        cmocka_unit_test(logs_interval_is_bounded),
        cmocka_unit_test(presets_do_not_settle_a_quarrel),
        cmocka_unit_test(a_file_for_no_collection_is_noted),
        cmocka_unit_test(unknown_own_names_are_noted),
        cmocka_unit_test(kubernetes_breaks_nothing),
        cmocka_unit_test(docker_tls_as_the_docker_command_reads_it),
        cmocka_unit_test(docker_tls_without_a_folder_or_a_host),
        cmocka_unit_test(docker_tls_with_a_folder_that_cannot_be_searched),
    };
    return cmocka_run_group_tests(tests, case_enter, case_leave);
}
