#include "config_case.h"

#include <sys/stat.h>

struct yaml_row {
    const char *yaml;
    const char *text;
};

static void check_rows(const struct yaml_row *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        char text[ERR_TEXT_MAX];
        (void)snprintf(text, sizeof(text), "config.yaml:%s", rows[i].text);
        case_bad(&(struct config_case){.yaml = rows[i].yaml}, -EINVAL, text);
    }
}
#define CHECK_ROWS(rows) check_rows((rows), sizeof(rows) / sizeof((rows)[0]))

static void keys(void **state) {
    (void)state;
    static const struct yaml_row rows[] = {
        {"server:\n  prot: 1\n", "2: server.prot: unknown option; did you mean server.port?"},
        {"sever: {}\n", "1: sever: unknown option; did you mean server?"},
        {"port: 1\n", "1: port: unknown option; did you mean server.port?"},
        {"zzz: 1\n", "1: zzz: unknown option"},
        {"collection:\n  filters:\n    includes:\n      names: []\n",
         "3: collection.filters.includes: unknown option; did you mean "
         "collection.filters.include?"},
        {"a\\x1b: 1\n", "1: a\\x1b: unknown option"},
        {"\"a\\x1b\": 1\n", "1: a?: unknown option"},
        {"server:\n  port: 1\n  port: 2\n", "3: server.port: given twice; first in line 2"},
        {"server:\n  port: 1\ndocker: {}\nserver:\n  port: 2\n",
         "4: server: given twice; first in line 1"},
        {"server.port: 1\n", "1: server.port: a dot in a key; write one key below the other"},
        {"? [a]\n: 1\n", "1: a list where an option's name is expected"},
        {"server: &a {tls: *a}\n", "1: server.tls.tls: unknown option; did you mean server.tls?"},
    };
    CHECK_ROWS(rows);
}

static void types(void **state) {
    (void)state;
    static const struct yaml_row rows[] = {
        {"- a\n", "1: a list where groups of options are expected"},
        {"hello\n", "1: a single value where groups of options are expected"},
        {"server: 1\n", "1: server: a single value where a group of options is expected"},
        {"server: []\n", "1: server: a list where a group of options is expected"},
        {"server:\n  port: [1]\n",
         "2: server.port: a list where a whole number from 0 to 65535 is expected"},
        {"docker:\n  host: {a: b}\n", "2: docker.host: a group where text is expected"},
        {"collection: {filters: {include: {names: web}}}\n",
         "1: collection.filters.include.names: a single value where a list of texts is expected"},
        {"collection: {filters: {include: {names: [a, [b]]}}}\n",
         "1: collection.filters.include.names: item 2 is a list, not text"},
        {"collection: {filters: {include: {names: [a, '']}}}\n",
         "1: collection.filters.include.names: item 2: an empty text; remove it or fill it in"},
        {"metrics: {global_labels: [a]}\n",
         "1: metrics.global_labels: a list where a mapping of names to texts is expected"},
        {"metrics: {global_labels: {a: [b]}}\n",
         "1: metrics.global_labels: pair 1 is not a name and a text"},
        {"metrics: {global_labels: {a: b, a: c}}\n",
         "1: metrics.global_labels: \"a\" is given twice"},
        {"docker: {host: \"a\\0b\"}\n",
         "1: docker.host: a text with a NUL in it; it must be UTF-8 text"},
    };
    CHECK_ROWS(rows);
}

static void values(void **state) {
    (void)state;
    static const struct yaml_row rows[] = {
        {"server: {port: 70000}\n",
         "1: server.port: \"70000\" is out of range, not a whole number from 0 to 65535"},
        {"server: {port: 99999999999999999999}\n",
         "1: server.port: \"99999999999999999999\" is out of range, not a whole number from 0 to "
         "65535"},
        {"server: {port: -1}\n", "1: server.port: \"-1\" is not a whole number from 0 to 65535"},
        {"server: {port: \"\"}\n", "1: server.port: \"\" is not a whole number from 0 to 65535"},
        {"performance: {max_concurrent: 0}\n",
         "1: performance.max_concurrent: \"0\" is out of range, not a whole number of requests "
         "from 1 to 512"},
        {"collection: {timeout: 1ms}\n",
         "1: collection.timeout: \"1ms\" is out of range, not a duration from 100ms to 10m, like "
         "15, 500ms or 1m30s"},
        {"collection: {timeout: 15 parsecs}\n",
         "1: collection.timeout: \"15 parsecs\" is not a duration from 100ms to 10m, like 15, "
         "500ms or 1m30s"},
        {"collection: {timeout: 999999999999}\n",
         "1: collection.timeout: \"999999999999\" is out of range, not a duration from 100ms to "
         "10m, like 15, 500ms or 1m30s"},
        {"docker: {tls: {verify: maybe}}\n",
         "1: docker.tls.verify: \"maybe\" is not true or false"},
        {"logging: {level: inffo}\n",
         "1: logging.level: \"inffo\" is not one of debug, info, warn, error; did you mean info?"},
        {"logging: {level: \"\"}\n",
         "1: logging.level: \"\" is not one of debug, info, warn, error"},
        {"logging: {level: \"a\\e[31m\"}\n",
         "1: logging.level: \"a\\u001B[31m\" is not one of debug, info, warn, error"},
        {"metrics: {profile: cadvisr}\n",
         "1: metrics.profile: \"cadvisr\" is not one of native, cadvisor, docker-exporter, "
         "container-metrics, docker-stats, data-exporter; did you mean cadvisor?"},
        {"preset: cadvisr\n",
         "1: preset: \"cadvisr\" is not one of docker-exporter, container-metrics, docker-stats, "
         "data-exporter, cadvisor; did you mean cadvisor?"},
        {"server: {port: 1234567890123456789012345678901234567890123456789012345678901234567890}\n",
         "1: server.port: \"123456789012345678901234567890123456789012345678901234567890\"... is "
         "out of range, not a whole number from 0 to 65535"},
    };
    CHECK_ROWS(rows);
}

static void files_that_are_no_yaml(void **state) {
    (void)state;
    static const struct yaml_row rows[] = {
        {"server:\n\tport: 1\n", "2: a tab in the indentation; YAML wants spaces"},
        {"server:\n  port: 1\n \t address: x\n", "3: a tab in the indentation; YAML wants spaces"},
        {"server: {port: 1\n",
         "2: not YAML: did not find expected ',' or '}' while parsing a flow mapping"},
        {"a: *x\n", "1: not YAML: found undefined alias"},
        {"server:\n  port: 1\n---\ndocker: {}\n",
         "3: a second document; one file holds one configuration"},
        {"# x\na: [[[[[[[[[[[[[[[[[[[[\n", "2: nested more than 16 levels deep"},
        {"# x\nport: \x01\n", "2: control character 0x01; this is no text file"},
        {"# x\nport: \xff\n", "2: byte 0xFF is not UTF-8; this is no text file"},
        {"# x\nport: \xc2\x80\n", "2: control characters are not allowed"},
    };
    CHECK_ROWS(rows);
}

/* Loads bytes that are no C string. */
static void bad_bytes(const char *data, size_t len, const char *text) {
    struct config c;
    struct err err = ERR_INIT;
    assert_int_equal(config_parse((struct str){.ptr = data, .len = len}, "x", &c, &err), -EINVAL);
    assert_string_equal(err.text, text);
}

static void binary_and_large_files(void **state) {
    (void)state;
    bad_bytes("\x7f"
              "ELF\0\0",
              6, "x:1: control character 0x7F; this is no text file");
    bad_bytes("a: b\0", 5, "x:1: control character 0x00; this is no text file");
    bad_bytes("\xff\xfe"
              "a\0",
              4, "x:1: byte 0xFF is not UTF-8; this is no text file");
    size_t len = 1024 * 1024 + 1;
    char *large = malloc(len);
    assert_non_null(large);
    memset(large, '#', len);
    bad_bytes(large, len, "x: larger than 1 MiB; this is no configuration file");
    struct config c;
    struct err err = ERR_INIT;
    assert_int_equal(config_parse((struct str){.ptr = large, .len = len - 1}, "x", &c, &err), 0);
    config_done(&c);
    case_write_file("large.yaml", large, len);
    free(large);
    case_bad(&(struct config_case){.flags = {"--config=large.yaml"}}, -EINVAL,
             "large.yaml: larger than 1 MiB; this is no configuration file");
    assert_int_equal(unlink("large.yaml"), 0);
}

static void bombs_are_bounded(void **state) {
    (void)state;
    struct buf bomb = BUF_INIT;
    buf_text(&bomb, "fleet:\n- &a [x]\n");
    for (int i = 0; i < 65; i++) {
        buf_text(&bomb, "- *a\n");
    }
    bad_bytes(bomb.data, bomb.len, "x:67: more than 64 aliases");
    buf_reset(&bomb);
    buf_text(&bomb, "fleet:\n");
    for (int i = 0; i < 20000; i++) {
        buf_text(&bomb, "- a\n");
    }
    bad_bytes(bomb.data, bomb.len,
              "x:19997: more than 20000 entries; this is no configuration file");
    buf_reset(&bomb);
    buf_text(&bomb, "collection: {filters: {include: {names: [");
    for (int i = 0; i < 257; i++) {
        buf_text(&bomb, "a,");
    }
    buf_text(&bomb, "]}}}");
    bad_bytes(bomb.data, bomb.len,
              "x:1: collection.filters.include.names: too many items; at most 256 are allowed");
    buf_reset(&bomb);
    buf_text(&bomb, "docker:\n  host: ");
    for (int i = 0; i < 4097; i++) {
        buf_text(&bomb, "a");
    }
    bad_bytes(bomb.data, bomb.len,
              "x:2: docker.host: a text of 4097 bytes; at most 4096 are allowed");
    buf_done(&bomb);
}

static void files_that_cannot_be_read(void **state) {
    (void)state;
    case_bad(&(struct config_case){.flags = {"--config=not/there"}}, -EINVAL,
             "not/there: cannot be read: No such file or directory");
    case_bad(&(struct config_case){.flags = {"--config.file", "/"}}, -EINVAL,
             "/: is a directory, not a configuration file");
    case_bad(&(struct config_case){.env = {"DOCKMETER_CONFIG_FILE=gone.yaml"}}, -EINVAL,
             "gone.yaml: cannot be read: No such file or directory");
}

/* A server without what these ask for would be open, or elsewhere than expected. */
static void names_that_must_not_be_passed_over(void **state) {
    (void)state;
    static const char web[] = "is not supported by this version; use server.tls.* and "
                              "server.auth.*";
    static const char socket[] = "is not supported by this version; it comes with a later version; "
                                 "use server.listen_addresses";
    char text[200];
    (void)snprintf(text, sizeof(text), "flag --web.config.file %s", web);
    case_bad(&(struct config_case){.flags = {"--web.config.file", "x"}}, -EINVAL, text);
    case_bad(&(struct config_case){.flags = {"--web.config.file=x"}}, -EINVAL, text);
    (void)snprintf(text, sizeof(text), "environment DOCKMETER_WEB_CONFIG_FILE %s", web);
    case_bad(&(struct config_case){.env = {"DOCKMETER_WEB_CONFIG_FILE=x"}}, -EINVAL, text);
    (void)snprintf(text, sizeof(text), "config.yaml:2: web.config.file %s", web);
    case_bad(&(struct config_case){.yaml = "web:\n  config: {file: x}\n"}, -EINVAL, text);
    (void)snprintf(text, sizeof(text), "flag --web.systemd-socket %s", socket);
    case_bad(&(struct config_case){.flags = {"--web.systemd-socket"}}, -EINVAL, text);
    (void)snprintf(text, sizeof(text), "environment DOCKMETER_WEB_SYSTEMD_SOCKET %s", socket);
    case_bad(&(struct config_case){.env = {"DOCKMETER_WEB_SYSTEMD_SOCKET=1"}}, -EINVAL, text);
    (void)snprintf(text, sizeof(text), "config.yaml:1: web.systemd-socket %s", socket);
    case_bad(&(struct config_case){.yaml = "web: {systemd-socket: true}\n"}, -EINVAL, text);
    struct config c = case_good(&(struct config_case){
        .yaml = "web: {config: {file: ''}, systemd-socket: no}\n",
        .env = {"DOCKMETER_WEB_CONFIG_FILE=", "DOCKMETER_WEB_SYSTEMD_SOCKET=false"},
        .flags = {"--web.config.file=", "--web.systemd-socket=0"}});
    assert_int_equal(c.notes.n, 0);
    config_done(&c);
}

static const struct {
    const char *flags[3];
    int code;
    const char *text;
} command_rows[] = {
    {{"--server.prot", "1"},
     -ENOEXEC,
     "unknown flag \"--server.prot\"; did you mean --server.port?"},
    {{"--confg.file=x"}, -ENOEXEC, "unknown flag \"--confg.file\"; did you mean --config.file?"},
    {{"--web.systemd-sockt"},
     -ENOEXEC,
     "unknown flag \"--web.systemd-sockt\"; did you mean --web.systemd-socket?"},
    {{"--no-docker.tls.verfy"},
     -ENOEXEC,
     "unknown flag \"--no-docker.tls.verfy\"; did you mean --no-docker.tls.verify?"},
    {{"--no-server.port"},
     -ENOEXEC,
     "unknown flag \"--no-server.port\"; did you mean --server.port?"},
    {{"--max_requests=1"},
     -ENOEXEC,
     "unknown flag \"--max_requests\"; did you mean --web.max-requests?"},
    {{"--\x1b[1m"}, -ENOEXEC, "unknown flag \"--\\u001B[1m\"; see --help"},
    {{"--server.port"}, -ENOEXEC, "flag --server.port needs a value: --server.port VALUE"},
    {{"--server.port", "--help"},
     -ENOEXEC,
     "flag --server.port needs a value: --server.port VALUE"},
    {{"--config"}, -ENOEXEC, "flag --config needs a value: --config VALUE"},
    {{"--config="}, -ENOEXEC, "flag --config needs the name of a file"},
    {{"--web.config.file"},
     -ENOEXEC,
     "flag --web.config.file needs a value: --web.config.file VALUE"},
    {{"--no-docker.tls.verify=1"}, -ENOEXEC, "flag --no-docker.tls.verify takes no value"},
    {{"--version=1"}, -ENOEXEC, "flag --version takes no value"},
    {{"here"}, -ENOEXEC, "\"here\" is no flag; flags start with --, see --help"},
    {{"-x"}, -ENOEXEC, "unknown flag \"-x\"; see --help"},
    {{"-"}, -ENOEXEC, "\"-\" is no flag; flags start with --, see --help"},
    {{"-=1"}, -ENOEXEC, "\"-=1\" is no flag; flags start with --, see --help"},
    {{"-server.port", "-p"}, -ENOEXEC, "flag -server.port needs a value: -server.port VALUE"},
    {{"-server.port=x"}, -EINVAL, "flag -server.port: \"x\" is not a whole number from 0 to 65535"},
    {{"--"}, -ENOEXEC, "\"--\" is no flag; flags start with --, see --help"},
    {{""}, -ENOEXEC, "\"\" is no flag; flags start with --, see --help"},
    {{"--server.port=x"},
     -EINVAL,
     "flag --server.port: \"x\" is not a whole number from 0 to 65535"},
    {{"--web.max-requests", "x"},
     -EINVAL,
     "flag --web.max-requests: server.max_requests: \"x\" is not a whole number of requests "
     "from 0 to 10000"},
    {{"--docker.tls.verify=maybe"},
     -EINVAL,
     "flag --docker.tls.verify: \"maybe\" is not true or false"},
    {{"--metrics.global_labels=a"},
     -EINVAL,
     "flag --metrics.global_labels: \"a\" is not name=value"},
    {{"--metrics.global_labels=a=b", "--metrics.global_labels=a=c"},
     -EINVAL,
     "flag --metrics.global_labels: \"a\" is given twice"},
    {{"--web.listen-address=:1,,:2"},
     -EINVAL,
     "flag --web.listen-address: server.listen_addresses: an empty text; remove it or fill it "
     "in"},
    {{"--docker.host=\xff"},
     -EINVAL,
     "flag --docker.host: a text with bytes that are not UTF-8 in it; it must be UTF-8 text"},
};

static void command_lines(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(command_rows) / sizeof(command_rows[0]); i++) {
        struct config_case c = {.flags = {command_rows[i].flags[0], command_rows[i].flags[1]}};
        case_bad(&c, command_rows[i].code, command_rows[i].text);
    }
}

static void options_that_need_each_other(void **state) {
    (void)state;
    static const struct yaml_row rows[] = {
        {"server: {tls: {enabled: true}}", "1: server.tls.enabled: needs server.tls.cert_file"},
        {"server: {tls: {enabled: true, cert_file: c}}",
         "1: server.tls.enabled: needs server.tls.key_file"},
        {"server: {auth: {enabled: true}}", "1: server.auth.enabled: needs server.auth.username"},
        {"server: {auth: {enabled: true, username: u}}",
         "1: server.auth.enabled: needs server.auth.password"},
        {"server: {auth: {enabled: true, username: 'u:v', password: p}}",
         "1: server.auth.username: \"u:v\" has a colon, which basic authentication cannot carry"},
        {"docker: {host: 'tcp://a', tls: {enabled: true, cert: c}}",
         "1: docker.tls.cert: needs docker.tls.key"},
        {"docker: {host: 'tcp://a', tls: {enabled: true, key: c}}",
         "1: docker.tls.key: needs docker.tls.cert"},
        {"docker:\n  host: /x\n  tls:\n    enabled: true\n",
         "4: docker.tls.enabled: docker.host \"/x\" is a unix socket, which has no TLS; turn it "
         "off "
         "or use tcp://host:2376"},
    };
    CHECK_ROWS(rows);
}

#define NO_PATH                                                                                    \
    "is not a path like /metrics: it starts with / and holds no ? # % \" < > \\ or blanks"
#define NO_LISTEN "is not host:port, :port, [IPv6]:port or unix:///path"
#define NO_LABEL                                                                                   \
    "is not a label name; it takes letters, digits and _, no digit first and no __ in front"
#define NO_NAMESPACE "cannot start a metric name; it takes letters, digits, _ and :, no digit first"
#define NO_PREFIX "is not a prefix like /dockmeter: it starts with /"

static void forms_of_texts(void **state) {
    (void)state;
    static const struct yaml_row rows[] = {
        {"server: {metrics_path: metrics}", "1: server.metrics_path: \"metrics\" " NO_PATH},
        {"server: {metrics_path: ''}", "1: server.metrics_path: \"\" " NO_PATH},
        {"server: {health_path: '/a b'}", "1: server.health_path: \"/a b\" " NO_PATH},
        {"server: {ready_path: '/a?b'}", "1: server.ready_path: \"/a?b\" " NO_PATH},
        {"server: {ready_path: /version}",
         "1: server.ready_path: \"/version\" is taken by the version"},
        {"server: {health_path: /metrics}",
         "1: server.health_path: \"/metrics\" is the same as server.metrics_path"},
        {"server: {metrics_path: /ready}",
         "1: server.metrics_path: \"/ready\" is the same as server.ready_path"},
        {"server: {route_prefix: x}", "1: server.route_prefix: \"x\" " NO_PREFIX},
        {"server: {route_prefix: '/x y'}", "1: server.route_prefix: \"/x y\" " NO_PREFIX},
        {"server: {listen_addresses: [':x']}", "1: server.listen_addresses: \":x\" " NO_LISTEN},
        {"server: {listen_addresses: ['a']}", "1: server.listen_addresses: \"a\" " NO_LISTEN},
        {"server: {listen_addresses: [':70000']}",
         "1: server.listen_addresses: \":70000\" " NO_LISTEN},
        {"server: {listen_addresses: ['::1:80']}",
         "1: server.listen_addresses: \"::1:80\" " NO_LISTEN},
        {"server: {listen_addresses: ['unix:/x']}",
         "1: server.listen_addresses: \"unix:/x\" " NO_LISTEN},
        {"server: {listen_addresses: ['unix:x']}",
         "1: server.listen_addresses: \"unix:x\" " NO_LISTEN},
        {"docker: {api_version: v1}", "1: docker.api_version: \"v1\" is not a version like 1.41"},
        {"collection: {interval: 99ms}",
         "1: collection.interval: \"99ms\" is too short; it is 0 or at least 100ms"},
        {"metrics: {namespace: 1a}", "1: metrics.namespace: \"1a\" " NO_NAMESPACE},
        {"metrics: {namespace: a-b}", "1: metrics.namespace: \"a-b\" " NO_NAMESPACE},
        {"metrics: {global_labels: {__a: b}}", "1: metrics.global_labels: \"__a\" " NO_LABEL},
        {"metrics: {global_labels: {a-b: b}}", "1: metrics.global_labels: \"a-b\" " NO_LABEL},
        {"metrics: {global_labels: {a:b: c}}", "1: metrics.global_labels: \"a:b\" " NO_LABEL},
    };
    CHECK_ROWS(rows);
}

static void secrets_are_not_told(void **state) {
    (void)state;
    char entry[5000] = "DOCKMETER_SERVER_AUTH_PASSWORD=";
    memset(entry + strlen(entry), 'x', 4200);
    case_bad(&(struct config_case){.env = {entry}}, -EINVAL,
             "environment DOCKMETER_SERVER_AUTH_PASSWORD: server.auth.password: a text of 4200 "
             "bytes; at most 4096 are allowed");
    case_bad(&(struct config_case){.flags = {"--server.auth.pasword=hunter2"}}, -ENOEXEC,
             "unknown flag \"--server.auth.pasword\"; did you mean --server.auth.password?");
}

static void outputs_stay_untouched_on_failure(void **state) {
    (void)state;
    struct config c;
    memset(&c, 0x5A, sizeof(c));
    struct config before;
    memcpy(&before, &c, sizeof(c));
    enum config_want want = CONFIG_VERSION;
    struct err err;
    struct config_case with = {.flags = {"--bad"}};
    assert_int_equal(case_load(&with, &c, &want, &err), -ENOEXEC);
    assert_memory_equal(&before, &c, sizeof(c));
    assert_int_equal(want, CONFIG_VERSION);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys),
        cmocka_unit_test(types),
        cmocka_unit_test(values),
        cmocka_unit_test(files_that_are_no_yaml),
        cmocka_unit_test(binary_and_large_files),
        cmocka_unit_test(bombs_are_bounded),
        cmocka_unit_test(files_that_cannot_be_read),
        cmocka_unit_test(names_that_must_not_be_passed_over),
        cmocka_unit_test(command_lines),
        cmocka_unit_test(options_that_need_each_other),
        cmocka_unit_test(forms_of_texts),
        cmocka_unit_test(secrets_are_not_told),
        cmocka_unit_test(outputs_stay_untouched_on_failure),
    };
    return cmocka_run_group_tests(tests, case_enter, case_leave);
}
