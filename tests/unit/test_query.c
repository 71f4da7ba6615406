/* Queries from each predecessor's names to native's. */
#include <errno.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "migrate/already.h"
#include "migrate/query.h"
#include "unit.h"

static void done(struct arena *a) {
    arena_done(a);
}

#define CLEANUP_ARENA CLEANUP(done)
#define LAST                                                                                       \
    "(container_last_seen{container_name=\"w\"} and "                                              \
    "container_uptime_seconds{container_name=\"w\"})"
#define CPUS " / on (job, instance) group_left () machine_cpu_cores"

/* now NULL: it is the same; "!reason": it is lost, and stays. */
/* clang-format off */
static const struct {
    const char *from;
    const char *query;
    const char *now;
} cases[] = {
    {"cadvisor", "container_memory_rss{name=\"w\"}", "container_memory_rss_bytes{container_name=\"w\"}"},
    {"cadvisor", "container_memory_usage_bytes", NULL},
    {"cadvisor", "container_memory_usage_bytes{job=\"x\", instance=~\"$i\"}", NULL},
    {"cadvisor", "up == 0", NULL},
    {"cadvisor", "container_cpu_usage_seconds_total{cpu=\"total\"}", "container_cpu_usage_seconds_total"},
    {"cadvisor", "container_cpu_usage_seconds_total{cpu=~\"cpu.+\"}", "!there are no series for each core"},
    {"cadvisor", "sum(container_cpu_usage_seconds_total{cpu=~\"cpu.+\"})", "sum(container_cpu_usage_seconds_total)"},
    {"cadvisor", "sum by (name) (100 * rate(container_cpu_usage_seconds_total{cpu=~\"cpu.+\"}[5m]) / 2)",
                 "sum by (container_name) (100 * rate(container_cpu_usage_seconds_total[5m]) / 2)"},
    {"cadvisor", "sum without (cpu) (irate(container_cpu_usage_seconds_total{cpu=~\"cpu.+\"}[5m]))",
                 "sum without () (irate(container_cpu_usage_seconds_total[5m]))"},
    {"cadvisor", "sum without (image) (irate(container_cpu_usage_seconds_total{cpu=~\"cpu.+\"}[5m]))", "!there are no series for each core"},
    {"cadvisor", "avg by (name) (rate(container_cpu_usage_seconds_total{cpu=~\"cpu.*\"}[5m]))", "!there are no series for each core"},
    {"cadvisor", "sum(rate(container_cpu_usage_seconds_total{cpu=~\"cpu.*\"}[5m]) > 0.1)", "!there are no series for each core"},
    {"cadvisor", "count(sum by (cpu) (container_cpu_usage_seconds_total{id=\"/\"}))", "!there are no series for each core"},
    {"cadvisor", "container_cpu_usage_seconds_total / on (name, cpu) container_cpu_usage_seconds_total", "!there are no series for each core"},
    {"cadvisor", "container_cpu_usage_seconds_total{cpu=\"cpu01\"}", "!there are no series for each core"},
    {"cadvisor", "sum by (cpu, name) (rate(container_cpu_usage_seconds_total[5m]))", "!there are no series for each core"},
    {"cadvisor", "container_memory_cache{image!=\"\",name=~\"^.+$\",id!=\"/\",job=\"j\"}", "container_memory_cache_bytes{job=\"j\"}"},
    {"cadvisor", "container_memory_cache{id=~\"^/docker/.+$\"}", "container_memory_cache_bytes"},
    {"cadvisor", "container_memory_cache{id=~\"/system.slice/docker-.*\\\\.scope\"}", "container_memory_cache_bytes"},
    {"cadvisor", "container_memory_cache{id=\"/system.slice/ssh.service\"}", "!a cgroup cannot be selected on native, a container_name can"},
    {"cadvisor", "container_memory_cache{id=~\"$id\"}", "container_memory_cache_bytes{container_name=~\"$id\"}"},
    {"cadvisor", "sum(container_memory_cache{id=\"/\"})", "sum(container_memory_cache_bytes)"},
    {"cadvisor", "max(rate(container_cpu_user_seconds_total{name=\"\"}[1m]))",
                 "max(sum by (job, instance) (rate(container_cpu_user_seconds_total[1m])))"},
    {"cadvisor", "rate(container_network_receive_bytes_total{id=\"/\"}[1m])",
                 "sum by (job, instance, interface) (rate(container_network_receive_bytes_total[1m]))"},
    {"cadvisor", "sum by (env) (container_memory_rss{id=\"/\"})", "sum by (env) (container_memory_rss_bytes)"},
    {"cadvisor", "max by (env, job) (container_memory_rss{id=\"/\"})",
                 "max by (env, job) (sum by (job, instance, env) (container_memory_rss_bytes))"},
    {"cadvisor", "container_memory_rss{id=\"/\"} / on (instance) machine_memory_bytes",
                 "sum by (job, instance) (container_memory_rss_bytes) / on (instance) machine_memory_bytes"},
    {"container-metrics", "collector_up_timestamp_seconds", "max by (job, instance) (container_last_seen)"},
    {"cadvisor", "container_start_time_seconds{id=\"/\"}", "!the machine's own series; a host's exporter has it, or ?profile=cadvisor"},
    {"cadvisor", "container_last_seen{name=\"w\"}", "container_last_seen{container_name=\"w\"} and container_uptime_seconds{container_name=\"w\"}"},
    {"cadvisor", "time()-container_last_seen{name=\"w\"}", "time()-" LAST},
    {"cadvisor", "absent(container_last_seen{name=\"w\"} offset 5m)", "absent(container_uptime_seconds{container_name=\"w\"} offset 5m)"},
    {"cadvisor", "absent_over_time(container_last_seen{name=\"w\"}[5m])", "absent_over_time(container_uptime_seconds{container_name=\"w\"}[5m])"},
    {"cadvisor", "container_fs_reads_total{device=\"/dev/sdb2\"}", "container_fs_reads_total{device=\"8:18\"}"},
    {"cadvisor", "container_fs_reads_total{device!=\"/dev/loop3\"}", "container_fs_reads_total{device!=\"7:3\"}"},
    {"cadvisor", "container_fs_reads_total{device=~\"/dev/.*\"}", "container_fs_reads_total"},
    {"cadvisor", "container_fs_reads_total{device=\"/dev/vda\"}", "!native has a device's numbers, which `ls -l /dev` tells"},
    {"cadvisor", "sum(container_memory_swap{container_label_com_docker_compose_project=\"p\"}) by (container_label_com_docker_compose_service)",
                 "sum(container_memory_swap_bytes{compose_project=\"p\"}) by (compose_service)"},
    {"cadvisor", "sum by (name,id,image) (container_memory_swap)", "sum by (container_name, image) (container_memory_swap_bytes)"},
    {"cadvisor", "container_memory_swap / on(name) group_left(image) container_memory_rss",
                 "container_memory_swap_bytes / on(container_name) group_left(image) container_memory_rss_bytes"},
    {"cadvisor", "sum by (name) (up)", NULL},
    {"cadvisor", "sum by (name) (up) + sum by (name) (container_memory_rss)", "!series of others, on the other side of the operator, still have it"},
    {"cadvisor", "sum by (job) (up) + sum by (job) (container_memory_rss)", "sum by (job) (up) + sum by (job) (container_memory_rss_bytes)"},
    {"cadvisor", "sum by (name) (container_memory_rss) > scalar(limit{name=\"w\"})", "sum by (container_name) (container_memory_rss_bytes) > scalar(limit{name=\"w\"})"},
    {"cadvisor", "container_memory_rss > limit{name=\"w\"}", "!series of others, on the other side of the operator, still have it"},
    {"cadvisor", "container_memory_rss > on (name) limit", "!series of others, on the other side of the operator, still have it"},
    {"cadvisor", "container_memory_rss{name!=\"\"} * on (name) group_left (team) owners",
                 "label_replace(container_memory_rss_bytes, \"name\", \"$1\", \"container_name\", \"(.*)\") * on (name) group_left (team) owners"},
    {"cadvisor", "sum by (name, team) (owners * on (name) group_right rate(container_network_receive_errors_total[5m]))",
                 "sum by (container_name, team) (owners * on (name) group_right label_replace(rate(container_network_receive_errors_total[5m]), \"name\", \"$1\", \"container_name\", \"(.*)\"))"},
    {"cadvisor", "container_last_seen unless on (name) ignored",
                 "label_replace((container_last_seen and container_uptime_seconds), \"name\", \"$1\", \"container_name\", \"(.*)\") unless on (name) ignored"},
    {"cadvisor", "container_memory_rss * on (id) group_left owners", "!series of others, on the other side of the operator, still have it"},
    {"docker-exporter", "container_fs_reads_bytes_total * on (name) group_left owners",
                 "label_replace(sum without (device) (container_fs_reads_bytes_total), \"name\", \"$1\", \"container_name\", \"(.*)\") * on (name) group_left owners"},
    {"docker-stats", "sum without (name) (container_memory_usage_bytes)",
                     "sum without (container_name, compose_service, compose_project, image) (container_memory_usage_bytes)"},
    {"data-exporter", "sum without (container_name, container_image) (container_info)",
                     "sum without (container_name, image, compose_service, compose_project) (container_info)"},
    {"docker-stats", "container_memory_usage_bytes / ignoring (name) group_left sum without (name) (container_memory_limit_bytes)",
                     "container_memory_usage_bytes / ignoring (container_name, compose_service, compose_project, image) group_left "
                     "sum without (container_name, compose_service, compose_project, image) (container_memory_limit_bytes)"},
    {"docker-exporter", "sum without (name, id) (container_memory_usage_bytes)",
                     "sum without (container_name, compose_service, compose_project) (container_memory_usage_bytes)"},
    {"cadvisor", "sum without (id) (container_memory_rss)", "sum without () (container_memory_rss_bytes)"},
    {"data-exporter", "container_cpu_percent * on (container_name) group_left (container_image) container_info",
                     "(100 * rate(container_cpu_usage_seconds_total[2m])" CPUS ") * on (container_name) group_left (image) container_info"},
    {"data-exporter", "sum by (container_image) (container_cpu_percent * on (container_name) group_left (container_image) container_info)",
                     "sum by (image) ((100 * rate(container_cpu_usage_seconds_total[2m])" CPUS ") * on (container_name) group_left (image) container_info)"},
    {"cadvisor", "label_values({job=\"c\"}, name)", "label_values({job=\"c\"}, container_name)"},
    {"cadvisor", "count({job=\"c\"}) by (name)", "count({job=\"c\"}) by (container_name)"},
    {"cadvisor", "label_replace(container_memory_rss, \"x\", \"$1\", \"name\", \"name\")", "label_replace(container_memory_rss_bytes, \"x\", \"$1\", \"container_name\", \"name\")"},
    {"cadvisor", "label_join(container_memory_rss, \"name\", \"-\", \"image\", \"name\")", "label_join(container_memory_rss_bytes, \"container_name\", \"-\", \"image\", \"container_name\")"},
    {"cadvisor", "sum by (container) (label_replace(container_memory_rss, \"container\", \"$1\", \"name\", \"(.*)\"))",
                 "sum by (container) (label_replace(container_memory_rss_bytes, \"container\", \"$1\", \"container_name\", \"(.*)\"))"},
    {"cadvisor", "label_replace(container_memory_rss, \"short\", \"$1\", \"id\", \"/docker/(.{12}).*\")", "!its values are others on native, which the pattern does not fit"},
    {"cadvisor", "label_replace(container_memory_rss, \"which\", \"$1\", \"id\", \"(.*)\")",
                 "label_replace(container_memory_rss_bytes, \"which\", \"$1\", \"container_name\", \"(.*)\")"},
    {"cadvisor", "label_replace(container_memory_rss, \"pod\", \"$1\", \"pod_name\", \"(.*)\")", "!a label of Kubernetes' kubelet, which Dockmeter does not stand in for"},
    {"cadvisor", "label_replace(container_fs_reads_total, \"disk\", \"$1\", \"device\", \"/dev/(.*)\")", "!its values are others on native, which the pattern does not fit"},
    {"cadvisor", "sort_by_label(container_memory_rss, \"name\", \"job\")", "sort_by_label(container_memory_rss_bytes, \"container_name\", \"job\")"},
    {"cadvisor", "count_values(\"id\", container_memory_rss)", "count_values(\"id\", container_memory_rss_bytes)"},
    {"container-metrics", "max by (machine) (label_replace(container_used_memory_bytes, \"machine\", \"$1\", \"zone\", \"(.*)\"))",
                 "max by (machine) (label_replace(container_memory_usage_bytes, \"machine\", \"$1\", \"zone\", \"(.*)\"))"},
    {"data-exporter", "label_replace(container_mem_percent, \"hostname\", \"$1\", \"container_name\", \".*--(.*)\")",
                 "label_replace(100 * container_memory_usage_bytes / container_memory_limit_bytes, \"hostname\", \"$1\", \"container_name\", \".*--(.*)\")"},
    {"cadvisor", "label_values(name)", "label_values(container_name)"},
    {"cadvisor", "label_values(container_memory_rss{job=\"j\"}, name)", "label_values(container_memory_rss_bytes{job=\"j\"}, container_name)"},
    {"cadvisor", "label_values(container_memory_rss, job)", "label_values(container_memory_rss_bytes, job)"},
    {"cadvisor", "query_result(topk(3, container_memory_rss))", "query_result(topk(3, container_memory_rss_bytes))"},
    {"cadvisor", "{__name__=\"container_memory_rss\",name=\"w\"}", "container_memory_rss_bytes{container_name=\"w\"}"},
    {"cadvisor", "{__name__=~\"container_.*\"}", "!which families a pattern means cannot be told"},
    {"cadvisor", "{__name__=~\"node_.*\"}", NULL},
    {"cadvisor", "count({name=\"w\"})", "!no family is named, and each has a form of its own"},
    {"cadvisor", "container_memory_$what{name=\"w\"}", "!what the variable stands for cannot be told"},
    {"cadvisor", "rate(container_memory_failures_total{failure_type=\"pgfault\",scope=\"hierarchy\"}[5m])",
                 "sum without (type) (rate(container_memory_page_faults_total[5m]))"},
    {"cadvisor", "container_memory_failures_total{failure_type=\"pgmajfault\"} > 5", "sum without (type) (container_memory_page_faults_total{type=\"major\"}) > 5"},
    {"cadvisor", "container_memory_failures_total", "!without failure_type=\"pgfault\" or \"pgmajfault\" it counts major faults twice"},
    {"cadvisor", "container_spec_memory_limit_bytes{name=\"w\",job=\"j\"} offset 1h",
                 "container_memory_limit_bytes{container_name=\"w\", job=\"j\"} offset 1h * (container_memory_limit_bytes{container_name=\"w\", job=\"j\"} offset 1h "
                 "< bool on (job, instance) group_left () machine_memory_bytes{job=\"j\"} offset 1h)"},
    {"cadvisor", "increase(container_cpu_cfs_throttled_periods_total{name=\"w\"}[5m] offset 1m) > 1",
                 "(increase(container_cpu_throttling_periods_total{container_name=\"w\"}[5m] offset 1m) and container_cpu_limit_cores{container_name=\"w\"} offset 1m) > 1"},
    {"cadvisor", "container_memory_rss{pod=\"x\"}", "!a label of Kubernetes' kubelet, which Dockmeter does not stand in for"},
    {"cadvisor", "sum by (pod) (container_memory_rss)", "!a label of Kubernetes' kubelet, which Dockmeter does not stand in for"},
    {"cadvisor", "label_names()", NULL},
    {"native", "metrics(container_.*)", NULL},
    {"cadvisor", "metrics(container_.*)", "!which names a pattern means cannot be told"},
    {"cadvisor", "container_memory_rss{name=\"w\"}and on (job)up", "container_memory_rss_bytes{container_name=\"w\"}and on (job)up"},
    {"cadvisor", "container_memory_rss{name!=\"\"}and on (job)up", "container_memory_rss_bytes and on (job)up"},
    {"cadvisor", "-container_memory_rss # text\n + 1", "-container_memory_rss_bytes # text\n + 1"},
    {"cadvisor", "rate(container_memory_rss[[[interval]]])", "rate(container_memory_rss_bytes[[[interval]]])"},
    {"cadvisor", "container_memory_rss{$filters, name=\"w\"}", "container_memory_rss_bytes{$filters, container_name=\"w\"}"},
    {"cadvisor", "container_memory_rss[5m] @ end()", "container_memory_rss_bytes[5m] @ end()"},
    {"docker-exporter", "container_memory_usage_bytes{image=\"busybox:latest\"}", "container_memory_usage_bytes{image=~\"busybox(:latest)?\"}"},
    {"docker-exporter", "container_memory_usage_bytes{image=\"a\\nb:latest\"}", "container_memory_usage_bytes{image=~\"a\\nb(:latest)?\"}"},
    {"cadvisor", "container_memory_rss{\"a.b\"=\"c\", \"name\"=\"w\"}", "container_memory_rss_bytes{\"a.b\"=\"c\", container_name=\"w\"}"},
    {"docker-exporter", "container_memory_usage_bytes{image!=\"a.b/c:latest\"}", "container_memory_usage_bytes{image!~\"a\\\\.b/c(:latest)?\"}"},
    {"docker-exporter", "container_memory_usage_bytes{image=\"c:2\"}", NULL},
    {"docker-exporter", "rate(container_network_receive_bytes_total{name=\"w\"}[$__rate_interval])",
                        "sum without (interface) (rate(container_network_receive_bytes_total{container_name=\"w\"}[$__rate_interval]))"},
    {"docker-exporter", "sum by (name) (irate(container_network_receive_bytes_total[1m]) * 8)",
                        "sum by (container_name) (sum without (interface) (irate(container_network_receive_bytes_total[1m])) * 8)"},
    {"docker-exporter", "sum((rate(container_fs_reads_bytes_total[1m])))", NULL},
    {"docker-exporter", "sum without (name) (container_fs_reads_bytes_total)", "sum without () (sum without (device) (container_fs_reads_bytes_total))"},
    {"docker-exporter", "max_over_time(container_fs_reads_bytes_total[1h] offset 1d)", "max_over_time(sum without (device) (container_fs_reads_bytes_total)[1h:15s] offset 1d)"},
    {"docker-exporter", "max_over_time(container_fs_reads_bytes_total[1h:5m])", "max_over_time(sum without (device) (container_fs_reads_bytes_total)[1h:5m])"},
    {"docker-exporter", "docker_exporter_scrape_errors_total{error_type=\"docker_api\"}", "exporter_scrape_errors_total{collector=\"system\"}"},
    {"docker-exporter", "docker_exporter_scrape_errors_total{error_type=\"collection_loop\"}", "!collector is container or system on native"},
    {"docker-exporter", "container_state{id=~\"$id\"}",
                        "sum without (state) (container_state{state=\"running\", container_name=~\"$id\"}) or 0 * sum without (state) (container_state{container_name=~\"$id\"})"},
    {"container-metrics", "container_used_memory_bytes{machine=\"$m\",container=\"w\"}", "container_memory_usage_bytes{instance=\"$m\", container_name=\"w\"}"},
    {"container-metrics", "container_used_memory_bytes{machine!=\"a.b\"}", "container_memory_usage_bytes{instance!~\"a\\\\.b(:[0-9]+)?\"}"},
    {"container-metrics", "container_used_memory_bytes{machine=~\"a|b\"}", "container_memory_usage_bytes{instance=~\"(?:a|b)(:[0-9]+)?\"}"},
    {"container-metrics", "container_cpu_usage_percent * 100", "rate(container_cpu_usage_seconds_total[2m]) * 100"},
    {"container-metrics", "container_logs_total", "!Dockmeter counts no log lines"},
    {"docker-stats", "container_cpu_usage_percent{name=\"w\",job=\"j\"}", "100 * rate(container_cpu_usage_seconds_total{container_name=\"w\", job=\"j\"}[2m])" CPUS "{job=\"j\"}"},
    {"docker-stats", "container_cpu_usage_percent offset 5m > 1", "(100 * rate(container_cpu_usage_seconds_total[2m] offset 5m)" CPUS " offset 5m) > 1"},
    {"docker-stats", "max_over_time(container_cpu_usage_percent[1h])", "max_over_time((100 * rate(container_cpu_usage_seconds_total[2m])" CPUS ")[1h:15s])"},
    {"docker-stats", "rate(container_network_rx_bytes[1m])", "sum without (interface) (rate(container_network_receive_bytes_total[1m]))"},
    {"data-exporter", "container_state{container_state=\"running\",instance=\"db\"}", "container_state{state=\"running\", instance=~\"db(:[0-9]+)?\"}"},
    {"data-exporter", "container_state{instance=\"db:9100\"}", NULL},
    {"data-exporter", "count by (container_state) (container_state)", "count by (state) (container_state)"},
    {"data-exporter", "count by (container_user) (container_info)", "!it is the end of container_name, behind the last --"},
    {"data-exporter", "server_online == 0", "(up and on (job, instance) last_over_time(exporter_up[1d])) == 0"},
    {"native", "sum by (container_name) (rate(container_network_receive_bytes_total{image=~\".+\"}[5m]))", NULL},
    {"native", "{__name__=~\"container_.*\",container_name=\"w\"}", NULL},
    {"native", "exporter_build_info{go_version=\"1\"}", "!Dockmeter is no Go program; the label compiler names its own"},
};
/* clang-format on */

static void check(const char *from, const char *query, const char *now) {
    struct arena arena CLEANUP_ARENA = ARENA_INIT;
    struct buf out CLEANUP_BUF = BUF_INIT;
    struct err err = ERR_INIT;
    struct remarks remarks;
    remarks_init(&remarks, &arena);
    if (query_rewrite(predecessor_find(str_of(from)), str_of(query), &out, &remarks, &err)) {
        fail_msg("%s: %s", query, err.text);
    }
    bool lost = now && now[0] == '!';
    assert_int_equal(remarks_count(&remarks, REMARK_LOST), lost);
    assert_string_equal(buf_cstr(&out), lost || !now ? query : now);
    if (lost) {
        assert_int_equal(remarks.n, 1);
        assert_str(remarks.items[0].text, now + 1);
    }
}

static void test_queries(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(cases[i].from, cases[i].query, cases[i].now);
    }
}

/* What is new is native's: written once more as such it stays. */
static void test_new_ones_stay(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        bool new = cases[i].now &&cases[i].now[0] != '!';
        if (new) {
            check("native", cases[i].now, NULL);
        }
    }
}

static void test_already(void **state) {
    (void)state;
    static const struct {
        const char *from;
        const char *query;
        bool already;
    } queries[] = {
        {"cadvisor", "container_memory_rss_bytes", true},
        {"cadvisor", "container_memory_usage_bytes{container_name=\"a\"}", true},
        {"cadvisor", "container_memory_usage_bytes", false},
        {"cadvisor", "count(container_last_seen{image!=\"\", type=\"x\"})", false},
        {"cadvisor", "container_last_seen and on (job) build_info{version=\"1\"}", false},
        {"cadvisor", "container_memory_rss / on (name) container_name", false},
        {"cadvisor", "sum by (container_name) (node_memory)", false},
        {"cadvisor", "label_values(container_memory_usage_bytes, container_name)", true},
        {"cadvisor", "label_values(container_name)", true},
        {"cadvisor", "label_values(container_memory_usage_bytes, name)", false},
        {"docker-exporter", "sum without (interface) (container_network_receive_bytes_total)",
         true},
        {"docker-exporter", "container_state{state=\"running\"}", true},
        {"docker-exporter", "container_memory_usage_bytes{state=\"running\"}", false},
        {"docker-exporter", "sum by (name) (container_memory_usage_bytes{container_name=\"a\"})",
         false},
    };
    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        bool already =
            already_native(predecessor_find(str_of(queries[i].from)), str_of(queries[i].query));
        if (already != queries[i].already) {
            fail_msg("%s", queries[i].query);
        }
    }
}

/* Migrated twice as one does with files: the second time nothing changes. */
static void test_twice(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct predecessor *p = predecessor_find(str_of(cases[i].from));
        struct buf out CLEANUP_BUF = BUF_INIT;
        struct err err = ERR_INIT;
        if (!cases[i].now || cases[i].now[0] == '!' || already_native(p, str_of(cases[i].now))) {
            continue;
        }
        assert_int_equal(query_rewrite(p, str_of(cases[i].now), &out, NULL, &err), 0);
        assert_string_equal(buf_cstr(&out), cases[i].now);
    }
}

static void test_remarks(void **state) {
    (void)state;
    struct arena arena CLEANUP_ARENA = ARENA_INIT;
    struct buf out CLEANUP_BUF = BUF_INIT;
    struct err err = ERR_INIT;
    struct remarks remarks;
    remarks_init(&remarks, &arena);
    const struct predecessor *p = predecessor_find(STR("cadvisor"));
    struct str query =
        STR("container_memory_rss{name=\"w\"} / on (job) up / container_cpu_user_seconds_total "
            "+ container_spec_cpu_period");
    assert_int_equal(query_rewrite(p, query, &out, &remarks, &err), 0);
    assert_int_equal(query_rewrite(p, query, &out, &remarks, &err), 0);
    static const char *const expected[] = {
        "changed name: now container_name",
        "changed container_memory_rss: now container_memory_rss_bytes",
        "foreign up: no family of the predecessor's",
        "same container_cpu_user_seconds_total: ",
        "differs container_spec_cpu_period: now 100000 + 0 * container_uptime_seconds; periods are "
        "taken "
        "to be 100 ms; quota divided by period is right whatever they are",
    };
    assert_int_equal(remarks.n, 5);
    for (size_t i = 0; i < remarks.n; i++) {
        char text[512];
        (void)snprintf(text, sizeof(text), "%s %.*s: %.*s", remark_word(remarks.items[i].kind),
                       STR_ARG(remarks.items[i].subject), STR_ARG(remarks.items[i].text));
        assert_string_equal(text, expected[i]);
    }
}

static void test_refused(void **state) {
    (void)state;
    struct buf out CLEANUP_BUF = BUF_INIT;
    struct buf long_query CLEANUP_BUF = BUF_INIT;
    struct err err = ERR_INIT;
    const struct predecessor *p = predecessor_find(STR("cadvisor"));
    buf_text(&out, "before");
    assert_int_equal(query_rewrite(p, STR("sum(up"), &out, NULL, &err), -EINVAL);
    assert_string_equal(err.text,
                        "column 7: the query ends where a comma or a closing bracket should stand");
    for (size_t i = 0; i <= QUERY_MAX; i++) {
        buf_byte(&long_query, '1');
    }
    assert_int_equal(query_rewrite(p, buf_view(&long_query), &out, NULL, &err), -E2BIG);
    assert_string_equal(buf_cstr(&out), "before");
}

static void test_templates(void **state) {
    (void)state;
    static const char *const texts[][3] = {
        {"cadvisor", "{{name}}", "{{container_name}}"},
        {"cadvisor", "{{ name }} of {{job}}", "{{ container_name }} of {{job}}"},
        {"cadvisor", "CPU name", "CPU name"},
        {"cadvisor", "{{ $labels.name }} on {{ $labels.instance }}: {{ $value | humanize }}",
         "{{ $labels.container_name }} on {{ $labels.instance }}: {{ $value | humanize }}"},
        {"cadvisor", "{{ if eq $labels.name \"$labels.name\" }}x{{ end }}",
         "{{ if eq $labels.container_name \"$labels.name\" }}x{{ end }}"},
        {"cadvisor", "{{ range .Alerts }}{{ .Labels.name }}{{ end }}",
         "{{ range .Alerts }}{{ .Labels.container_name }}{{ end }}"},
        {"cadvisor", "{{ .name }} {{ .names }}", "{{ .container_name }} {{ .names }}"},
        {"cadvisor", "{{name", "{{name"},
        {"cadvisor", "{{ $labels.pod }}", "{{ $labels.pod }}"},
        {"container-metrics", "{{ $labels.container }}@{{ $labels.machine }}",
         "{{ $labels.container_name }}@{{ $labels.instance }}"},
        {"native", "{{container_name}}", "{{container_name}}"},
        {"cadvisor", "{{ index $labels \"name\" }} {{ index .Labels `name` }} {{ \"name\" }}",
         "{{ index $labels \"container_name\" }} {{ index .Labels `container_name` }} {{ \"name\" "
         "}}"},
        {"cadvisor", "{{ $l := $labels -}} {{ $l.name }} {{ index $l \"name\" }} {{ $m.name }}",
         "{{ $l := $labels -}} {{ $l.container_name }} {{ index $l \"container_name\" }} {{ "
         "$m.name }}"},
        {"cadvisor",
         "{{ with query \"container_memory_rss{name='x'}\" }}{{ . | first | label \"name\" }}",
         "{{ with query \"container_memory_rss_bytes{container_name='x'}\" }}{{ . | first | label "
         "\"container_name\" }}"},
        {"cadvisor", "{{ (printf `container_memory_rss{name=\"%s\"}` $labels.name) | query }}",
         "{{ (printf `container_memory_rss_bytes{container_name=\"%s\"}` "
         "$labels.container_name) | query }}"},
        {"cadvisor", "{{ query \"container_memory_rss{name=\\\"x\\\"}\" }}",
         "{{ query \"container_memory_rss_bytes{container_name=\\\"x\\\"}\" }}"},
        {"cadvisor", "{{ printf \"container_memory_rss{name=%q}\" $labels.x | query }}",
         "{{ printf \"container_memory_rss{name=%q}\" $labels.x | query }}"},
        {"cadvisor", "{{ query \"up{name='x'}\" }} {{ \"a\\\"$labels.name\" }}",
         "{{ query \"up{name='x'}\" }} {{ \"a\\\"$labels.name\" }}"},
        {"cadvisor", "{{ query \"", "{{ query \""},
        {"cadvisor", "{{ query \" }}", "{{ query \" }}"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct buf out CLEANUP_BUF = BUF_INIT;
        template_rewrite(predecessor_find(str_of(texts[i][0])), str_of(texts[i][1]), &out, NULL);
        assert_string_equal(buf_cstr(&out), texts[i][2]);
    }
}

static void test_templates_that_are_lost(void **state) {
    (void)state;
    struct arena arena CLEANUP(arena_done) = ARENA_INIT;
    struct buf out CLEANUP_BUF = BUF_INIT;
    struct remarks remarks;
    remarks_init(&remarks, &arena);
    template_rewrite(predecessor_find(STR("cadvisor")),
                     STR("{{ printf \"container_memory_rss{name=%q}\" $labels.x | query }}"), &out,
                     &remarks);
    assert_int_equal(remarks_count(&remarks, REMARK_LOST), 1);
}

static void test_predecessors(void **state) {
    (void)state;
    assert_ptr_equal(predecessor_find(STR("docker-stats-exporter")),
                     predecessor_find(STR("native")));
    assert_null(predecessor_find(STR("cadviser")));
    assert_string_equal(predecessor_nearest(STR("cadviser")), "cadvisor");
    assert_str(predecessor_label(predecessor_find(STR("cadvisor")), STR("name")), "container_name");
    assert_str(predecessor_label(predecessor_find(STR("cadvisor")), STR("job")), "job");
    assert_str(predecessor_label(predecessor_find(STR("cadvisor")), STR("pod")), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries),      cmocka_unit_test(test_new_ones_stay),
        cmocka_unit_test(test_already),      cmocka_unit_test(test_twice),
        cmocka_unit_test(test_remarks),      cmocka_unit_test(test_refused),
        cmocka_unit_test(test_templates),    cmocka_unit_test(test_templates_that_are_lost),
        cmocka_unit_test(test_predecessors),
    };
    return RUN(tests);
}
