/* Old configurations: which form it is, what is said, the new form. */
#include "migrate_case.h"

#include <errno.h>

#include "migrate/old_config.h"

static const char *service;

static int read_config(struct migration *m, struct str bytes, struct buf *out, struct err *err) {
    return old_config_migrate(m, bytes, service, out, err);
}

static void becomes(const char *from, const char *text, const char *expected) {
    case_becomes(read_config, from, text, expected);
}

static void refused(const char *from, const char *text, const char *message) {
    case_refused(read_config, from, str_of(text), -EINVAL, message);
}

static void says(const char *from, const char *text, const char *line) {
    case_says(read_config, from, text, line);
}

static void compose_with_image(void **state) {
    (void)state;
    becomes(
        "cadvisor",
        "services:\n  cadvisor:\n    image: gcr.io/cadvisor/cadvisor:v1 # c\n    ports: "
        "[\"8080:8080\"]\n  x: {image: y}\n",
        "services:\n  cadvisor:\n    environment:\n      DOCKMETER_PRESET: cadvisor\n    image: "
        "dockmeter # c\n    ports: [\"8080:8080\"]\n  x: {image: y}\n");
}

static void compose_with_build(void **state) {
    (void)state;
    becomes("docker-exporter",
            "services:\n  docker_stats_exporter:\n    build:\n      context: .\n      dockerfile: "
            "D\n    environment:\n      EXPORTER_PORT: 8003   # p\n    command: python -m x\n"
            "    restart: always\n",
            "services:\n  docker_stats_exporter:\n    image: dockmeter\n    environment:\n      "
            "DOCKMETER_PRESET: docker-exporter\n      EXPORTER_PORT: 8003   # p\n"
            "    restart: always\n");
    becomes("docker-stats",
            "services:\n    stats-exporter:\n        build: .\n        image: me/x\n        "
            "environment:\n        - A=b\n        entrypoint: [\"python\"]\n",
            "services:\n    stats-exporter:\n        image: dockmeter\n        environment:\n"
            "        - DOCKMETER_PRESET=docker-stats\n        - A=b\n");
}

static void compose_in_brackets(void **state) {
    (void)state;
    becomes("docker-stats", "services: {a: {image: me/docker-stats, environment: {B: c}}}\n",
            "services: {a: {image: dockmeter, environment: {DOCKMETER_PRESET: docker-stats, B: "
            "c}}}\n");
    becomes("docker-stats", "services: {a: {image: b, environment: []}}\n",
            "services: {a: {image: dockmeter, environment: {DOCKMETER_PRESET: docker-stats}}}\n");
    becomes("docker-stats", "services:\n  a:\n    image: b\n    environment:\n    restart: no\n",
            "services:\n  a:\n    image: dockmeter\n    environment: {DOCKMETER_PRESET: "
            "docker-stats}\n    restart: no\n");
    becomes("docker-stats", "services:\r\n  a:\r\n    image: b\r\n",
            "services:\r\n  a:\r\n    environment:\r\n      DOCKMETER_PRESET: docker-stats\r\n"
            "    image: dockmeter\r\n");
}

static void native_needs_no_preset(void **state) {
    (void)state;
    becomes("docker-stats-exporter",
            "services:\n  e:\n    image: docker-stats-exporter:latest\n    environment:\n      - "
            "DOCKER_HOST=tcp://p:2375\n    command: [\"--server.port\", \"9300\"]\n",
            "services:\n  e:\n    image: dockmeter\n    environment:\n      - "
            "DOCKER_HOST=tcp://p:2375\n    command: [\"--server.port\", \"9300\"]\n");
}

static void health_check_is_dockmeters(void **state) {
    (void)state;
    becomes("native",
            "services:\n  e:\n    image: a\n    healthcheck:\n      test:\n      - CMD\n      - "
            "curl\n      interval: 5s\n",
            "services:\n  e:\n    image: dockmeter\n    healthcheck:\n      test: [\"CMD\", "
            "\"dockmeter\", \"healthcheck\"]\n      interval: 5s\n");
    becomes("native", "services:\n  e:\n    image: a\n    healthcheck: {test: [NONE]}\n",
            "services:\n  e:\n    image: dockmeter\n    healthcheck: {test: [NONE]}\n");
}

#define BLOCKS "services:\n  docker_exporter:\n    image: x/docker_exporter\n"
#define BLOCKS_NOW                                                                                 \
    "services:\n  docker_exporter:\n    environment:\n      DOCKMETER_PRESET: docker-exporter\n"   \
    "    image: dockmeter\n"

/* Block scalars end before what stands behind them. */
static void compose_with_blocks(void **state) {
    (void)state;
    static const char *const same[] = {"  web: {image: nginx}\n", "    restart: always\n",
                                       "volumes: {}\n", "    # why\n    restart: always\n", ""};
    static const char *const old[] = {"    command: |\n      python exporter.py\n",
                                      "    command: >\r\n      python\r\n      exporter.py\r\n",
                                      "    command: >-\n      python exporter.py\n",
                                      "    entrypoint:\n      - sh\n      - |\n        python\n",
                                      "    entrypoint: |+\n      python\n"};
    for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
        for (size_t j = 0; j < sizeof(same) / sizeof(same[0]); j++) {
            struct buf text CLEANUP_BUF = BUF_INIT;
            struct buf expected CLEANUP_BUF = BUF_INIT;
            buf_fmt(&text, BLOCKS "%s%s", old[i], same[j]);
            buf_fmt(&expected, BLOCKS_NOW "%s", same[j]);
            becomes("docker-exporter", buf_cstr(&text), buf_cstr(&expected));
        }
    }
    becomes("native",
            "services:\n  e:\n    image: a\n    healthcheck:\n      test: >\n        curl\n"
            "      interval: 5s\n",
            "services:\n  e:\n    image: dockmeter\n    healthcheck:\n      test: [\"CMD\", "
            "\"dockmeter\", \"healthcheck\"]\n      interval: 5s\n");
    becomes("native",
            "services:\n  e:\n    build:\n      dockerfile_inline: |\n        FROM x\n"
            "    restart: always\n",
            "services:\n  e:\n    image: dockmeter\n    restart: always\n");
}

/* Where a part is shared, nothing is half done. */
static void compose_with_aliases(void **state) {
    (void)state;
    static const char leak[] =
        "services:\n  cadvisor: &c\n    image: x/cadvisor\n    environment: &e\n      A: b\n"
        "  two: {<<: *c, environment: *e}\n";
    refused("cadvisor",
            "x-e: &e {A: b}\nservices:\n  cadvisor:\n    image: x\n    environment: *e\n",
            "1 mistake to mend first; nothing was written");
    refused("cadvisor",
            "x-b: &b {environment: {A: b}, command: x, restart: no}\nservices:\n  cadvisor:\n"
            "    <<: *b\n    image: x\n",
            "2 mistakes to mend first; nothing was written");
    refused("cadvisor",
            "x-b: &b {entrypoint: x}\nservices:\n  cadvisor:\n    <<: [*b]\n    image: x\n",
            "1 mistake to mend first; nothing was written");
    service = "cadvisor";
    says("cadvisor", leak,
         "f:4: differs: environment: an alias gives DOCKMETER_PRESET: cadvisor to others too\n");
    says("cadvisor", leak, "f:2: differs: service: an alias gives its keys to others too");
    service = NULL;
    says("cadvisor", "services: {a: {extends: b, image: x}}\n",
         "f:1: note: extends: what the service has from there was not looked at\n");
}

static void the_service_is_found(void **state) {
    (void)state;
    static const char two[] = "services:\n  a: {image: x/cadvisor}\n  b: {image: y/cadvisor:1}\n";
    refused("cadvisor", two, "2: several services look like it; name one with --service: a, b");
    refused("docker-stats", two, "2: no service looks like it; name one with --service: a, b");
    service = "c";
    refused("cadvisor", two, "2: no service of that name; name one with --service: a, b");
    service = "b";
    becomes("cadvisor", two,
            "services:\n  a: {image: x/cadvisor}\n  b: {environment: {DOCKMETER_PRESET: cadvisor}, "
            "image: dockmeter}\n");
    service = NULL;
}

#define GSC "services:\n  docker_exporter:\n    image: x\n"

/* A service of cAdvisor's that starts this, and what it starts then. */
static void starts(const char *old, const char *new) {
    static const char before[] = "services:\n  c:\n    environment:\n      DOCKMETER_PRESET: "
                                 "cadvisor\n    image: dockmeter\n";
    struct buf text CLEANUP_BUF = BUF_INIT;
    struct buf expected CLEANUP_BUF = BUF_INIT;
    buf_fmt(&text, "%s%s    restart: no\n", before, old);
    buf_fmt(&expected, "%s%s    restart: no\n", before, new);
    becomes("cadvisor", buf_cstr(&text), buf_cstr(&expected));
}

static void the_programs_flags_stay(void **state) {
    (void)state;
    starts("    entrypoint: [\"/usr/bin/cadvisor\", \"-logtostderr\", \"-port=9090\"]\n",
           "    command: [\"-logtostderr\", \"-port=9090\"]\n");
    starts("    entrypoint: [/usr/bin/cadvisor]\n    command: -port=9090 # c\n",
           "    command: -port=9090 # c\n");
    starts("    entrypoint:\n    - /usr/bin/cadvisor\n    - -logtostderr\n    command: -port "
           "9090 # c\n",
           "    command: [\"-logtostderr\", \"-port\", \"9090\"] # c\n");
    starts("    command: |\n      tini -g -- /cadvisor -port=9090\n      -docker_only\n",
           "    command: [\"-port=9090\", \"-docker_only\"]\n");
    starts("    command: python3 -u -m x --port 9090\n", "    command: [\"--port\", \"9090\"]\n");
    starts("    entrypoint: [python]\n    command: exporter.py\n", "");
    starts("    entrypoint: []\n    command: -docker_only\n", "    command: -docker_only\n");
    starts("    command: sh -c 'cadvisor -port=9090'\n", "");
    starts("    command:\n", "    command:\n");
    says("cadvisor", "services: {c: {image: x, entrypoint: [cadvisor], command: [-port=99999]}}\n",
         "f:1: wrong: flag -port: server.port: \"99999\"");
    says("data-exporter", "services:\n  a:\n    image: x\n    command: /app/agent -p 6060\n",
         "f:4: same: -p: works as it is: server.port is 6060\n");
    says("cadvisor", "services:\n  c:\n    image: x\n    command: sh -c 'cadvisor -port=9'\n",
         "f:4: lost: command: sh -c cadvisor -port=9: was not looked at; write flags");
    says("cadvisor", "services:\n  c:\n    image: x\n    entrypoint: uvicorn a:b --port 1\n",
         "f:4: lost: entrypoint: a:b --port 1: was not looked at; write flags");
    says("cadvisor",
         "services:\n  c:\n    image: x\n    command: |\n      -docker_only\n"
         "      -nonsense\n",
         "f:4: wrong: unknown flag \"-nonsense\"");
}

static void what_is_said_of_a_service(void **state) {
    (void)state;
    static const char text[] =
        GSC "    environment: {EXPORTER_PORT: 8004, POLL_INTERVAL: '${P}', TZ: UTC, X: null}\n"
            "    ports: [\"127.0.0.1:80:8003/tcp\", {target: 8004}]\n"
            "    volumes: [\"/var/run/docker.sock:/var/run/docker.sock:ro\", "
            "\"/proc:/host/proc:ro\", \"./logs:/logs\"]\n    privileged: true\n";
    static const char *const lines[] = {
        "f:4: same: EXPORTER_PORT: works as it is: server.port is 8004\n",
        "f:4: same: POLL_INTERVAL: its value comes from elsewhere and was not looked at\n",
        "f:4: foreign: TZ: is no setting of the GSC docker_exporter; left as it is\n",
        ("f:5: differs: ports: nothing listens on 8003 in the container: Dockmeter listens on "
         "8004\n"),
        "f:5: same: ports: Dockmeter listens on 8004\n",
        "f:6: same: volumes: /var/run/docker.sock: the Engine's socket is found there\n",
        "f:6: same: volumes: /host/proc: the kernel's files are read there\n",
        "f:6: foreign: volumes: /logs: Dockmeter does not use it; left as it is\n",
        "f: note: with /proc:/host/proc:ro and /sys/fs/cgroup",
        "f:7: note: privileged: Dockmeter does not need it\n",
    };
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        says("docker-exporter", text, lines[i]);
    }
}

/* A word about a value that was taken is no loss. */
static void a_note_is_no_loss(void **state) {
    (void)state;
    static const char text[] = "services:\n  c:\n    image: x\n    command: "
                               "[--housekeeping_interval=10s, --global_housekeeping_interval=1m]\n";
    says("cadvisor", text,
         "f:4: same: --housekeeping_interval: works as it is: metrics.cache.ttl is 10s; flag ");
    says("cadvisor", text, "f:4: lost: --global_housekeeping_interval: cAdvisor's flag ");
}

static void mistakes_of_a_service(void **state) {
    (void)state;
    static const char text[] = GSC "    environment: {EXPORTER_PORT: 80000, POLL_INTERVAL: x}\n";
    refused("docker-exporter", text, "2 mistakes to mend first; nothing was written");
    says("docker-exporter", text,
         "f:4: wrong: environment EXPORTER_PORT: server.port: \"80000\" is");
    says("docker-exporter", text,
         "f:4: wrong: environment POLL_INTERVAL: collection.interval: \"x\"");
    says("docker-exporter", GSC "    environment: {DOCKMETER_PRESET: cadvisor}\n",
         "f:4: wrong: environment: DOCKMETER_PRESET is cadvisor, not docker-exporter\n");
    says("docker-exporter", GSC "    command: [\"--nonsense\"]\n", "f:4: wrong: unknown flag");
    refused("docker-exporter", "services:\n  docker_exporter: {ports: []}\n",
            "1 mistake to mend first; nothing was written");
    refused("docker-exporter", "services:\n  docker_exporter:\n", "2: the service has no keys");
}

static void env_files(void **state) {
    (void)state;
    static const char text[] = "# c\nMACHINE_NAME=a b\nLOGS_DIR=/x\nMAX_COLLECTOR_THREADS=5\nTZ\n"
                               "METRICS_COLLECTION_INTERVAL=60\nLOGS_COLLECTION_INTERVAL=30";
    becomes("container-metrics", text,
            "# c\nMACHINE_NAME=a b\nLOGS_DIR=/x\nMAX_COLLECTOR_THREADS=5\nTZ\n"
            "METRICS_COLLECTION_INTERVAL=60\nLOGS_COLLECTION_INTERVAL=30\n"
            "DOCKMETER_PRESET=container-metrics\n");
    says("container-metrics", text,
         "f:2: same: MACHINE_NAME: works as it is: metrics.machine_name");
    says("container-metrics", text, "f:4: lost: MAX_COLLECTOR_THREADS: environment");
    says("container-metrics", "METRICS_COLLECTION_INTERVAL=3\nLOGS_COLLECTION_INTERVAL=5\n",
         "f: wrong: environment LOGS_COLLECTION_INTERVAL: 5s is longer than");
    refused("container-metrics", "A=1\nb c\n", "2: neither NAME=value nor a comment");
}

static void run_lines(void **state) {
    (void)state;
    becomes("native",
            "V=1\nsudo docker run -d \\\n  -p 9200:9200 --name=x \\\n  me/exporter:$V "
            "--server.port=9200 # c\n",
            "V=1\nsudo docker run -d \\\n  -p 9200:9200 --name=x \\\n  dockmeter "
            "--server.port=9200 # c\n");
    becomes("docker-stats", "docker container run --rm -p8091:8091 x\n",
            "docker container run --rm -p8091:8091 -e DOCKMETER_PRESET=docker-stats dockmeter\n");
    becomes("native", "/usr/bin/docker-stats-exporter --server.port 9300\n",
            "dockmeter --server.port 9300\n");
    becomes("docker-stats", "--server.port=9300\n", "--preset=docker-stats --server.port=9300\n");
    says("native", "--server.port 9300\n",
         "f:1: same: --server.port: works as it is: server.port is 9300\n");
    refused("native", "docker run -d\n", "1: no image behind docker's options");
    refused("native", "docker run -d 'x\n", "1: a quote is not closed");
    refused("cadvisor", "[Service]\nExecStart=/usr/bin/cadvisor -port=9000\n",
            "1 mistake to mend first; nothing was written");
    becomes("cadvisor", "ExecStart=/usr/bin/docker run -p 80:8080 x\n",
            "ExecStart=/usr/bin/docker run -p 80:8080 -e DOCKMETER_PRESET=cadvisor dockmeter\n");
    says("native", "docker run --entrypoint=sh x\n", "f:1: wrong: --entrypoint: starts sh");
    says("native", "docker run -e EXPORTER_PORT=x y\n", "f:1: wrong: environment EXPORTER_PORT");
}

static void effective(void **state) {
    (void)state;
    static const char text[] = "server:\n  port: \"9100\"\n  auth: {enabled: true, username: a, "
                               "password: hunter2}\nperformance:\n  workers: 4\n";
    struct migrate_case c;
    case_run(&c, read_config, "docker-stats-exporter", str_of(text));
    assert_int_equal(c.r, 0);
    assert_int_not_equal(str_search(buf_view(&c.out), STR("  port: 9100  # from f:2\n")), SIZE_MAX);
    assert_int_not_equal(str_search(buf_view(&c.out), STR("    password: \"\"  # from")), SIZE_MAX);
    assert_int_equal(str_search(buf_view(&c.m.lines), STR("hunter2")), SIZE_MAX);
    case_done(&c);
    says("native", text, "f:2: same: server.port: works as it is: 9100\n");
    says("native", text, "f:5: lost: performance.workers: has no effect in Dockmeter");
    says("native", text, "f: note: server.auth.password: is not printed; fill it in");
    refused("native", "server:\n  prt: 1\n  tls: {enbled: no}\nx: 1\n",
            "3 mistakes to mend first; nothing was written");
    says("native", "server:\n  prt: 1\n",
         "f:2: wrong: server.prt: docker-stats-exporter ignored "
         "this key too; did you mean server.port?\n");
    refused("native", "server:\n  port: x\n",
            "2: server.port: \"x\" is not a whole number from 0 to 65535");
    refused("native", "server: {port: 1\n",
            "2: not YAML: did not find expected ',' or '}' while parsing a flow mapping");
}

/* What was migrated stays as it is, with whatever comments. */
static void effective_again(void **state) {
    (void)state;
    struct migrate_case c;
    struct buf again CLEANUP_BUF = BUF_INIT;
    case_run(&c, read_config, "native", STR("server: {port: \"9300\"}\n"));
    assert_int_equal(c.r, 0);
    buf_text(&again, "# mine\n");
    buf_str(&again, buf_view(&c.out));
    becomes("native", buf_cstr(&again), buf_cstr(&again));
    case_done(&c);
}

static void aggregator(void **state) {
    (void)state;
    struct migrate_case c;
    case_run(&c, read_config, "data-exporter",
             STR("---\nserver-ips:\n  - 10.0.0.1\n  - host-2:5050\n  - \"[::1]:9\"\n  - fe80::1\n  "
                 "- \"[fe80::2]\"\n...\n"));
    assert_str(buf_view(&c.out),
               "scrape_configs:\n  - job_name: data-exporter\n    honor_labels: "
               "true\n    static_configs:\n      - targets:\n          - "
               "\"10.0.0.1:80\"\n          - \"host-2:5050\"\n          - "
               "\"[::1]:9\"\n          - \"[fe80::1]:80\"\n          - \"[fe80::2]:80\"\n");
    case_done(&c);
    static const char bad[] = "server-ips: [\"a b\", \"c:99999\", \"d:x\"]\nother: 1\n";
    refused("data-exporter", bad, "4 mistakes to mend first; nothing was written");
    says("data-exporter", bad, "f:1: wrong: server-ips: \"c:99999\" is neither IP nor IP:PORT\n");
    says("data-exporter", bad, "f:2: wrong: other: the aggregator ignored this key too");
    refused("data-exporter", "server-ips: {}\n", "1: server-ips is no list of addresses");
}

static void mapping(void **state) {
    (void)state;
    static const char good[] =
        "{\"default_mapping\": {\"warning_keywords\": [\"W\"], "
        "\"error_keywords\": [\"E\"]}, \"mappings\": [{\"container_keywords\""
        ": [\"db\"], \"messages_to_ignore_errors\": []}]}\n";
    static const char bad[] = "{\"mappings\": [{\"error_keywords\": \"E\", \"errors\": []}, 1],\n"
                              "\"default_mapping\": {\"container_keywords\": [\"\"]}, \"x\": 1}";
    becomes("container-metrics", good, good);
    says("container-metrics", good, "f: same: the mapping of log levels is right");
    refused("container-metrics", bad, "6 mistakes to mend first; nothing was written");
    says("container-metrics", bad, "f:1: wrong: error_keywords: is no list of texts\n");
    says("container-metrics", bad, "f:2: wrong: container_keywords: is no key of a mapping");
    refused("container-metrics", "{\"a\" 1}", "1:6: ':' expected near '1'");
}

static void what_is_none(void **state) {
    (void)state;
    static const char words[] = "this is no configuration that is known: neither a compose file, "
                                "NAME=value lines, docker run … nor a file of the tool's own";
    refused("cadvisor", "", words);
    refused("cadvisor", "hello\n", words);
    refused("cadvisor", "server: {port: 1}\n", words);
    refused("cadvisor", "[1, 2]\n", words);
    refused("cadvisor", "a: [\n",
            "2: not YAML: did not find expected node content while parsing a flow node");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compose_with_image),
        cmocka_unit_test(compose_with_build),
        cmocka_unit_test(compose_in_brackets),
        cmocka_unit_test(native_needs_no_preset),
        cmocka_unit_test(health_check_is_dockmeters),
        cmocka_unit_test(compose_with_blocks),
        cmocka_unit_test(compose_with_aliases),
        cmocka_unit_test(the_service_is_found),
        cmocka_unit_test(the_programs_flags_stay),
        cmocka_unit_test(what_is_said_of_a_service),
        cmocka_unit_test(a_note_is_no_loss),
        cmocka_unit_test(mistakes_of_a_service),
        cmocka_unit_test(env_files),
        cmocka_unit_test(run_lines),
        cmocka_unit_test(effective),
        cmocka_unit_test(effective_again),
        cmocka_unit_test(aggregator),
        cmocka_unit_test(mapping),
        cmocka_unit_test(what_is_none),
    };
    return RUN(tests);
}
