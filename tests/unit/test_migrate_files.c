/* Rule files and dashboards in their new form. */
#include "migrate_case.h"

#include <errno.h>

#include "migrate/dashboard.h"
#include "migrate/rules.h"

static void rules_keep_all_else(void **state) {
    (void)state;
    case_becomes(rules_migrate, "cadvisor",
                 "# a\ngroups: # b\r\n- name: g\n  rules:\n  - {alert: A, expr: "
                 "'container_memory_rss{name=\"x\"}', for: 5m}\n  - alert: B\n    expr: |\n"
                 "      # why\n      container_memory_rss{name=\"x\"}\n        > 1  # c\n"
                 "    annotations: {d: \"{{ $labels.name }}\\t\"}\n",
                 "# a\ngroups: # b\r\n- name: g\n  rules:\n  - {alert: A, expr: "
                 "'container_memory_rss_bytes{container_name=\"x\"}', for: 5m}\n  - alert: B\n"
                 "    expr: |\n      # why\n      "
                 "container_memory_rss_bytes{container_name=\"x\"}\n        > 1  # c\n"
                 "    annotations: {d: \"{{ $labels.container_name }}\\t\"}\n");
}

static void records_keep_their_label(void **state) {
    (void)state;
    case_becomes(rules_migrate, "docker-stats",
                 "groups: [{name: g, rules: [{record: r, expr: "
                 "'max by (name) (container_memory_usage_bytes)'}]}]\n",
                 "groups: [{name: g, rules: [{record: r, expr: 'label_replace(max by "
                 "(container_name) (container_memory_usage_bytes), \"name\", \"$1\", "
                 "\"container_name\", \"(.*)\")'}]}]\n");
    case_becomes(rules_migrate, "docker-stats",
                 "groups:\n- name: g\n  rules:\n  - record: r\n    expr: "
                 "sum(rate(container_network_rx_bytes[1m]))\n",
                 "groups:\n- name: g\n  rules:\n  - record: r\n    expr: "
                 "sum(rate(container_network_receive_bytes_total[1m]))\n");
    case_becomes(rules_migrate, "docker-stats",
                 "groups:\n- name: g\n  rules:\n  - record: r\n    expr: |\n"
                 "      container_memory_usage_bytes{name=\"a\"} # x\n",
                 "groups:\n- name: g\n  rules:\n  - record: r\n    expr: "
                 "\"label_replace(container_memory_usage_bytes{container_name=\\\"a\\\"} # x\\n, "
                 "\\\"name\\\", \\\"$1\\\", \\\"container_name\\\", \\\"(.*)\\\")\\n\"\n");
}

/* What is kept behind a block's last line is its own only with "+". */
static void rules_in_blocks(void **state) {
    (void)state;
    static const char *const heads[] = {"|", ">", "|-", "|+", ">+"};
    static const char *const ends[] = {"\n\n  # c\n", "\r\n\r\n", "\n", "\n   \n"};
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        for (size_t j = 0; j < sizeof(ends) / sizeof(ends[0]); j++) {
            struct buf old CLEANUP_BUF = BUF_INIT;
            struct buf new CLEANUP_BUF = BUF_INIT;
            buf_fmt(&old,
                    "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: %s # x\n      "
                    "container_memory_usage_bytes{name=\"a\"}%s",
                    heads[i], ends[j]);
            buf_fmt(&new,
                    "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: %s # x\n      "
                    "container_memory_usage_bytes{container_name=\"a\"}%s",
                    heads[i], ends[j]);
            case_becomes(rules_migrate, "docker-stats", buf_cstr(&old), buf_cstr(&new));
        }
    }
}

/* What stands around a query changes with it alone. */
static void templates_follow_their_query(void **state) {
    (void)state;
    static const char *const stay[] = {
        "node_systemd_unit_state > 0", "container_tasks_state > 1",
        "container_tasks_state{name=\\\"a\\\"} > 0 and container_memory_rss{name!=\\\"\\\"}",
        "r:sum > 5"};
    for (size_t i = 0; i < sizeof(stay) / sizeof(stay[0]); i++) {
        struct buf rule CLEANUP_BUF = BUF_INIT;
        struct buf panel CLEANUP_BUF = BUF_INIT;
        buf_fmt(&rule,
                "groups: [{name: g, rules: [{labels: {l: \"{{ $labels.name }}\"}, alert: A, expr: "
                "\"%s\", annotations: {d: \"{{ $labels.name }}\"}}]}]\n",
                stay[i]);
        buf_fmt(&panel,
                "{\"panels\": [{\"targets\": [{\"legendFormat\": \"{{name}}\", \"expr\": "
                "\"%s\"}]}]}",
                stay[i]);
        case_becomes(rules_migrate, "cadvisor", buf_cstr(&rule), buf_cstr(&rule));
        case_becomes(dashboard_migrate, "cadvisor", buf_cstr(&panel), buf_cstr(&panel));
    }
    case_becomes(dashboard_migrate, "docker-stats",
                 "{\"panels\": [{\"targets\": [{\"legendFormat\": \"{{name}}\", \"expr\": \"up\"}, "
                 "{\"legendFormat\": \"{{name}}\", \"expr\": \"container_memory_usage_bytes\"}]}]}",
                 "{\"panels\": [{\"targets\": [{\"legendFormat\": \"{{name}}\", \"expr\": \"up\"}, "
                 "{\"legendFormat\": \"{{container_name}}\", \"expr\": "
                 "\"container_memory_usage_bytes\"}]}]}");
    case_becomes(rules_migrate, "docker-stats",
                 "groups: [{name: g, rules: [{alert: A, labels: {l: \"{{ $labels.name }}\"}, expr: "
                 "container_memory_usage_bytes > 1}]}]\n",
                 "groups: [{name: g, rules: [{alert: A, labels: {l: \"{{ $labels.container_name "
                 "}}\"}, expr: "
                 "container_memory_usage_bytes > 1}]}]\n");
    case_becomes(dashboard_migrate, "cadvisor",
                 "{\"panels\": [{\"datasource\": \"loki\", \"targets\": [{\"legendFormat\": "
                 "\"{{name}}\", \"datasource\": {\"type\": \"loki\"}, \"expr\": "
                 "\"container_memory_rss\"}]}]}",
                 "{\"panels\": [{\"datasource\": \"loki\", \"targets\": [{\"legendFormat\": "
                 "\"{{name}}\", \"datasource\": {\"type\": \"loki\"}, \"expr\": "
                 "\"container_memory_rss\"}]}]}");
}

/* A record of `old` becomes `new`. */
static void record_becomes(const char *from, const char *old, const char *new) {
    struct buf before CLEANUP_BUF = BUF_INIT;
    struct buf after CLEANUP_BUF = BUF_INIT;
    static const char head[] = "groups:\n- name: g\n  rules:\n  - record: r\n    expr: ";
    buf_fmt(&before, "%s%s\n", head, old);
    buf_fmt(&after, "%s%s\n", head, new);
    case_becomes(rules_migrate, from, buf_cstr(&before), buf_cstr(&after));
}

#define KEPT(query, old, now) "label_replace(" query ", \"" old "\", \"$1\", \"" now "\", \"(.*)\")"

static void records_keep_what_they_had(void **state) {
    (void)state;
    record_becomes("cadvisor", "max_over_time(container_memory_rss[5m])",
                   KEPT("max_over_time(container_memory_rss_bytes[5m])", "name", "container_name"));
    record_becomes("cadvisor", "topk(3, container_memory_rss{container_label_a=\"minio/.*\"})",
                   KEPT("topk(3, container_memory_rss_bytes{container_label_a=\"minio/.*\"})",
                        "name", "container_name"));
    record_becomes(
        "cadvisor", "sum by (id) (container_memory_rss)",
        KEPT("sum by (container_name) (container_memory_rss_bytes)", "id", "container_name"));
    record_becomes(
        "cadvisor",
        "sum by (container_label_com_docker_compose_service, job) (container_memory_rss)",
        KEPT("sum by (compose_service, job) (container_memory_rss_bytes)",
             "container_label_com_docker_compose_service", "compose_service"));
    record_becomes("cadvisor", "sum(container_memory_rss{name=\"a\"})",
                   "sum(container_memory_rss_bytes{container_name=\"a\"})");
    record_becomes("cadvisor", "sum without (name, id) (container_memory_rss)",
                   "sum without (container_name) (container_memory_rss_bytes)");
    record_becomes("container-metrics", "sum by (machine) (container_used_memory_bytes)",
                   "label_replace(sum by (instance) (container_memory_usage_bytes), \"machine\", "
                   "\"$1\", \"instance\", \"(.*?)(:[0-9]+)?\")");
}

static void rules_by_anchor_and_merge(void **state) {
    (void)state;
    case_becomes(
        rules_migrate, "docker-stats",
        "groups:\n- name: g\n  rules:\n  - &a\n    alert: A\n    expr: &e "
        "container_memory_usage_bytes{name=\"a\"}\n  - <<: *a\n    alert: B\n  - alert: C\n"
        "    expr: *e\n",
        "groups:\n- name: g\n  rules:\n  - &a\n    alert: A\n    expr: &e "
        "container_memory_usage_bytes{container_name=\"a\"}\n  - <<: *a\n    alert: B\n"
        "  - alert: C\n    expr: *e\n");
}

static void kubernetes_rules(void **state) {
    (void)state;
    case_becomes(rules_migrate, "docker-stats",
                 "kind: PrometheusRule\nspec:\n  groups:\n  - name: g\n    rules:\n    - alert: A\n"
                 "      expr: container_memory_usage_bytes{name=\"a\"}\n",
                 "kind: PrometheusRule\nspec:\n  groups:\n  - name: g\n    rules:\n    - alert: A\n"
                 "      expr: container_memory_usage_bytes{container_name=\"a\"}\n");
}

static void rules_refused(void **state) {
    (void)state;
    static const char two[] = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: 'sum('\n"
                              "  - alert: B\n  - x: 1\n    expr: up\n- name: h\n";
    case_refused(rules_migrate, "cadvisor", STR("a: [\n"), -EINVAL,
                 "2: not YAML: did not find expected node content while parsing a flow node");
    case_refused(rules_migrate, "cadvisor", STR("scrape_configs: []\n"), -EINVAL,
                 "1: this is no rule file: it has no list \"groups\"");
    case_refused(rules_migrate, "cadvisor", STR(""), -EINVAL,
                 "1: this is no rule file: it has no list \"groups\"");
    case_refused(rules_migrate, "cadvisor", str_of(two), -EINVAL,
                 "4 mistakes to mend first; nothing was written");
    case_says(rules_migrate, "cadvisor", two, "f:5: wrong: alert A: expr: ");
    case_says(rules_migrate, "cadvisor", two, "f:6: wrong: alert B: it has no expr\n");
    case_says(rules_migrate, "cadvisor", two,
              "f:7: wrong: this is no rule: it has neither alert nor record\n");
    case_says(rules_migrate, "cadvisor", two, "f:9: wrong: a group without a list of rules\n");
    case_says(rules_migrate, "cadvisor", "groups: []\n---\nx: y\n", "f:2: foreign: a second");
}

static void rules_with_queries_in_templates(void **state) {
    (void)state;
    static const char text[] =
        "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up == 0\n    annotations:\n      "
        "d: '{{ with query \"container_memory_rss\" }}{{ . | first | label \"name\" }}{{ end }}'\n";
    case_becomes(rules_migrate, "cadvisor", text, text);
    case_says(rules_migrate, "cadvisor", text, "f:7: lost: alert A: a query between {{ and }}");
}

static void rules_say_where(void **state) {
    (void)state;
    static const char text[] = "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: "
                               "container_tasks_state > 1\n  - alert: B\n    expr: up == 0\n";
    case_says(rules_migrate, "cadvisor", text, "f:5: lost: alert A: container_tasks_state: ");
    case_says(rules_migrate, "cadvisor", text, "f:7: foreign: alert B: up: ");
}

static void dashboard_keeps_all_else(void **state) {
    (void)state;
    case_becomes(
        dashboard_migrate, "cadvisor",
        "{\"rows\":[ {\"panels\" : [{\"title\":\"P\",\"step\":1e3,\"x\":1.0,\"big\":"
        "12345678901234567890,\"u\":\"\\u003c\\/\",\n\"targets\":[{\"expr\":\"sum(container_memory_"
        "rss{name=\\\"$c\\\"}) by (name)\",\"legendFormat\":\"{{name}}\",\"refId\":\"A\"}]}]}]}",
        "{\"rows\":[ {\"panels\" : [{\"title\":\"P\",\"step\":1e3,\"x\":1.0,\"big\":"
        "12345678901234567890,\"u\":\"\\u003c\\/\",\n\"targets\":[{\"expr\":\"sum(container_memory_"
        "rss_bytes{container_name=\\\"$c\\\"}) by (container_name)\",\"legendFormat\":"
        "\"{{container_name}}\",\"refId\":\"A\"}]}]}]}");
}

#define ASKS "\"targets\": [{\"expr\": \"container_memory_usage_bytes{name=\\\"a\\\"}\"}]"
#define ASKED                                                                                      \
    "\"targets\": [{\"expr\": \"container_memory_usage_bytes{container_name=\\\"a\\\"}\"}]"

/* A panel of docker-stats' with more in it. */
static void panel(const char *more, const char *expected) {
    struct buf old CLEANUP_BUF = BUF_INIT;
    struct buf new CLEANUP_BUF = BUF_INIT;
    buf_fmt(&old, "{\"panels\": [{%s, " ASKS "}]}", more);
    buf_fmt(&new, "{\"panels\": [{%s, " ASKED "}]}", expected);
    case_becomes(dashboard_migrate, "docker-stats", buf_cstr(&old), buf_cstr(&new));
}

static void fields_named_after_labels(void **state) {
    (void)state;
    panel("\"m\": {\"id\": \"byName\", \"options\": \"name\"}",
          "\"m\": {\"id\": \"byName\", \"options\": \"container_name\"}");
    panel("\"transformations\": [{\"id\": \"organize\", \"options\": {\"renameByName\": {\"name\": "
          "\"C\", \"Value\": \"V\"}, \"excludeByName\": {\"name\": true}}}]",
          "\"transformations\": [{\"id\": \"organize\", \"options\": {\"renameByName\": "
          "{\"container_name\": \"C\", \"Value\": \"V\"}, \"excludeByName\": {\"container_name\": "
          "true}}}]");
    panel("\"transformations\": [{\"options\": {\"byField\": \"name\", \"include\": {\"names\": "
          "[\"name\", \"Time\"]}}}]",
          "\"transformations\": [{\"options\": {\"byField\": \"container_name\", \"include\": "
          "{\"names\": [\"container_name\", \"Time\"]}}}]");
    panel(
        "\"d\": \"${__field.labels.name} of ${__data.fields[\\\"name\\\"]}\"",
        "\"d\": \"${__field.labels.container_name} of ${__data.fields[\\\"container_name\\\"]}\"");
    panel(
        "\"options\": {\"sortBy\": [{\"displayName\": \"name\"}], \"reduceOptions\": {\"fields\": "
        "\"/^name$/\"}}",
        "\"options\": {\"sortBy\": [{\"displayName\": \"container_name\"}], \"reduceOptions\": "
        "{\"fields\": \"/^container_name$/\"}}");
}

static void patterns_over_fields(void **state) {
    (void)state;
    static const char lost[] =
        "{\"panels\": [{\"m\": {\"id\": \"byRegexp\", \"options\": \"/^name .*/\"}, " ASKS "}]}";
    static const char renames[] =
        "{\"panels\": [{\"transformations\": [{\"options\": {\"regex\": \"name\"}}], " ASKS "}]}";
    panel("\"m\": {\"id\": \"byRegexp\", \"options\": \"/^(name|Value)$/\"}",
          "\"m\": {\"id\": \"byRegexp\", \"options\": \"/^(container_name|Value)$/\"}");
    panel("\"transformations\": [{\"options\": {\"include\": {\"pattern\": \"^name$\"}}}, "
          "{\"options\": {\"regex\": \"^name$\", \"renamePattern\": \"name\"}}]",
          "\"transformations\": [{\"options\": {\"include\": {\"pattern\": "
          "\"^container_name$\"}}}, {\"options\": {\"regex\": \"^container_name$\", "
          "\"renamePattern\": \"name\"}}]");
    panel("\"tableColumn\": \"name\", \"styles\": [{\"pattern\": \"name\"}, {\"pattern\": "
          "\"/^name$/\"}]",
          "\"tableColumn\": \"container_name\", \"styles\": [{\"pattern\": \"container_name\"}, "
          "{\"pattern\": \"/^container_name$/\"}]");
    case_says(dashboard_migrate, "docker-stats", lost,
              "f:1: lost: panel \"\": the pattern /^name .*/: seems to mean a label");
    case_says(dashboard_migrate, "docker-stats", renames,
              "f:1: lost: panel \"\": the pattern name: seems to mean a label");
}

static void what_names_no_label_stays(void **state) {
    (void)state;
    static const char *const same[] = {
        "\"name\": \"name\", \"title\": \"name\", \"repeat\": \"name\"",
        "\"m\": {\"id\": \"byRegexp\", \"options\": \"name\"}",
        "\"fieldConfig\": {\"defaults\": {\"displayName\": \"name\"}}",
        "\"transformations\": [{\"options\": {\"renameByName\": {\"Value\": \"name\"}}}], "
        "\"m\": {\"id\": \"byName\", \"options\": \"name\"}",
        "\"transformations\": [{\"options\": {\"indexByName\": {\"name\": 1, \"container_name\": "
        "2}}}]",
    };
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        panel(same[i], same[i]);
    }
    static const char foreign[] =
        "{\"panels\": [{\"m\": {\"id\": \"byName\", \"options\": \"name\"}, \"targets\": "
        "[{\"expr\": \"node_filesystem_free{name=\\\"x\\\"}\"}]}]}";
    case_becomes(dashboard_migrate, "docker-stats", foreign, foreign);
}

static void an_ids_column_is_no_names(void **state) {
    (void)state;
    static const char text[] =
        "{\"panels\": [{\"transformations\": [{\"options\": {\"excludeByName\": {\"id\": true, "
        "\"name\": false}}}], \"targets\": [{\"expr\": "
        "\"container_last_seen{name=\\\"a\\\"}\"}]}]}";
    struct migrate_case c;
    case_run(&c, dashboard_migrate, "docker-exporter", str_of(text));
    assert_int_not_equal(
        str_search(buf_view(&c.out), STR("{\"id\": true, \"container_name\": false}")), SIZE_MAX);
    case_done(&c);
}

static void variables(void **state) {
    (void)state;
    case_becomes(
        dashboard_migrate, "docker-stats",
        "{\"templating\": {\"list\": [{\"type\": \"query\", \"name\": \"name\", \"definition\": "
        "\"label_values(container_memory_usage_bytes, name)\", \"query\": {\"query\": "
        "\"label_values(container_memory_usage_bytes, name)\", \"label\": \"name\", \"metric\": "
        "\"container_memory_usage_bytes\"}, \"regex\": \"/name=\\\"(.*)\\\"/\"}, {\"type\": "
        "\"custom\", \"query\": \"name,container\"}, {\"type\": \"adhoc\", \"filters\": [{\"key\": "
        "\"name\", \"value\": \"name\"}]}]}}",
        "{\"templating\": {\"list\": [{\"type\": \"query\", \"name\": \"name\", \"definition\": "
        "\"label_values(container_memory_usage_bytes, container_name)\", \"query\": {\"query\": "
        "\"label_values(container_memory_usage_bytes, container_name)\", \"label\": "
        "\"container_name\", \"metric\": \"container_memory_usage_bytes\"}, \"regex\": "
        "\"/container_name=\\\"(.*)\\\"/\"}, {\"type\": \"custom\", \"query\": "
        "\"name,container\"}, {\"type\": \"adhoc\", \"filters\": [{\"key\": \"container_name\", "
        "\"value\": \"name\"}]}]}}");
}

static void other_sources_are_left_alone(void **state) {
    (void)state;
    static const char loki[] =
        "{\"__inputs\": [{\"name\": \"DS_L\", \"pluginId\": \"loki\"}], \"panels\": "
        "[{\"datasource\": "
        "\"${DS_L}\", " ASKS "}, {\"datasource\": {\"type\": \"influxdb\"}, \"panels\": [{" ASKS
        "}]}]}";
    case_becomes(dashboard_migrate, "docker-stats", loki, loki);
    case_becomes(dashboard_migrate, "docker-stats",
                 "{\"panels\": [{\"datasource\": {\"type\": \"datasource\"}, " ASKS "}]}",
                 "{\"panels\": [{\"datasource\": {\"type\": \"datasource\"}, " ASKED "}]}");
    case_says(dashboard_migrate, "docker-stats", loki, "f:1: foreign: panel \"\": a query of loki");
}

static void dashboards_refused(void **state) {
    (void)state;
    case_refused(dashboard_migrate, "cadvisor", STR("[]"), -EINVAL,
                 "a JSON list is no dashboard; give one dashboard a file");
    case_refused(dashboard_migrate, "cadvisor", STR("{\"a\": 1}"), -EINVAL,
                 "this is no dashboard: it has neither panels nor rows");
    case_refused(dashboard_migrate, "cadvisor", STR("3"), -EINVAL,
                 "this is no dashboard: it has neither panels nor rows");
    case_refused(dashboard_migrate, "cadvisor", STR("groups:\n"), -EINVAL,
                 "1:6: invalid token near 'groups'");
    case_says(dashboard_migrate, "cadvisor", "{\"dashboard\": {\"panels\": []}, \"meta\": {}}",
              "f:1: note: Grafana's API");
}

static void a_query_that_is_none_stays(void **state) {
    (void)state;
    static const char text[] = "{\"panels\": [{\"id\": 4, \"targets\": [{\"refId\": \"B\", "
                               "\"expr\": \"sum(\"}]}]}";
    case_becomes(dashboard_migrate, "cadvisor", text, text);
    case_says(dashboard_migrate, "cadvisor", text, "f:1: lost: panel 4, query B: left as it is: ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_keep_all_else),
        cmocka_unit_test(records_keep_their_label),
        cmocka_unit_test(rules_in_blocks),
        cmocka_unit_test(templates_follow_their_query),
        cmocka_unit_test(records_keep_what_they_had),
        cmocka_unit_test(rules_by_anchor_and_merge),
        cmocka_unit_test(kubernetes_rules),
        cmocka_unit_test(rules_refused),
        cmocka_unit_test(rules_with_queries_in_templates),
        cmocka_unit_test(rules_say_where),
        cmocka_unit_test(dashboard_keeps_all_else),
        cmocka_unit_test(fields_named_after_labels),
        cmocka_unit_test(patterns_over_fields),
        cmocka_unit_test(what_names_no_label_stays),
        cmocka_unit_test(an_ids_column_is_no_names),
        cmocka_unit_test(variables),
        cmocka_unit_test(other_sources_are_left_alone),
        cmocka_unit_test(dashboards_refused),
        cmocka_unit_test(a_query_that_is_none_stays),
    };
    return RUN(tests);
}
