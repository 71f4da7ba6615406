#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "made_page.h"

static void container_labels_are_the_union(void **state) {
    (void)state;
    struct container_label one[] = {{STR("a.b"), STR("x")}, {STR("tier"), STR("t\"1")}};
    struct container_label two[] = {{STR("a-b"), STR("first")},
                                    {STR("a.b"), STR("y")},
                                    {STR("b\xC3\xBC"), STR("u")},
                                    {STR("secret"), STR("s")},
                                    {STR("zone"), STR("z")}};
    struct snapshot *s = snapshot_new(2);
    s->states_known = true;
    struct container_facts facts = web_facts(one, 2);
    add(s, &facts, NULL);
    facts = web_facts(two, 5);
    facts.name = STR("xyz");
    add(s, &facts, NULL);
    struct page_settings settings = defaults();
    const struct str allowed[] = {STR("a?b"), STR("tier"), STR("z*"), STR("b*")};
    const struct label globals[] = {{STR("site"), STR("hq")}};
    settings.container_labels = allowed;
    settings.n_container_labels = 4;
    settings.global_labels = globals;
    settings.n_global_labels = 1;
    struct made m;
    make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
    assert_true(has(&m,
                    "container_last_seen" WEB ",container_label_a_b=\"\",container_label_b_=\"\","
                    "container_label_tier=\"t\\\"1\",container_label_zone=\"\",site=\"hq\"} "));
    assert_true(has(&m, ",container_label_a_b=\"first\",container_label_b_=\"u\","
                        "container_label_tier=\"\",container_label_zone=\"z\",site=\"hq\"} "));
    assert_true(has(&m, "exporter_label_collisions{site=\"hq\"} 1\n"));
    assert_true(has(&m, "exporter_up{site=\"hq\"} 0\n"));
    assert_true(has(&m, "process_open_fds{site=\"hq\"} "));
    assert_true(has(&m, "exporter_scrape_errors_total{site=\"hq\",collector=\"system\"} 0\n"));
    assert_false(has(&m, "secret"));
    done(&m);
    snapshot_unref(s);
}

static void container_labels_have_a_limit(void **state) {
    (void)state;
    enum { KEYS = 300 };
    static char keys[KEYS][16];
    static char long_key[400];
    struct container_label labels[KEYS + 1];
    memset(long_key, 'a', sizeof(long_key));
    labels[0] = (struct container_label){.key = {long_key, sizeof(long_key)}};
    for (int i = 0; i < KEYS; i++) {
        (void)snprintf(keys[i], sizeof(keys[i]), "k%03d", i);
        labels[i + 1] = (struct container_label){.key = str_of(keys[i]), .value = STR("v")};
    }
    struct snapshot *s = snapshot_new(2);
    s->states_known = true;
    /* The second half first, so that the union grows out of order. */
    struct container_facts facts = web_facts(labels + 151, KEYS - 150);
    add(s, &facts, NULL);
    facts = web_facts(labels, 151);
    add(s, &facts, NULL);
    struct page_settings settings = defaults();
    const struct str all = STR("*");
    settings.container_labels = &all;
    settings.n_container_labels = 1;
    struct made m;
    make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
    assert_true(has(&m, "\nexporter_label_collisions 45\n"));
    assert_true(has(&m, ",container_label_k254=\"v\",container_label_k255=\"v\"} "));
    assert_true(has(&m, ",container_label_k149=\"v\",container_label_k150=\"\","));
    assert_false(has(&m, "container_label_k256"));
    assert_false(has(&m, "container_label_aaa"));
    done(&m);
    snapshot_unref(s);
}

static void namespace_stands_before_every_name(void **state) {
    (void)state;
    struct snapshot *s = full_snapshot();
    struct page_settings settings = defaults();
    settings.namespace = STR("ns");
    struct made m;
    make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_OPENMETRICS);
    struct str rest = buf_view(&m.text);
    struct str line;
    while (str_split(&rest, '\n', &line)) {
        bool ours = str_starts(line, STR("ns_")) || str_starts(line, STR("# HELP ns_")) ||
                    str_starts(line, STR("# TYPE ns_"));
        assert_true(ours || line.len == 0 || str_eq(line, STR("# EOF")));
    }
    assert_true(has(&m, "# TYPE ns_container_cpu_usage_seconds counter\n"));
    assert_true(has(&m, "\nns_container_cpu_usage_seconds_total{"));
    done(&m);
    snapshot_unref(s);
}

static void compat_names_can_go(void **state) {
    (void)state;
    struct snapshot *s = full_snapshot();
    struct page_settings settings = defaults();
    struct made m;
    make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
    const char *const names[] = {"container_restart_count", "docker_containers_total",
                                 "docker_images_total", "docker_volumes_total",
                                 "docker_networks_total"};
    for (size_t i = 0; i < 5; i++) {
        assert_true(has(&m, names[i]));
    }
    done(&m);
    settings.compat_names = false;
    make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
    for (size_t i = 0; i < 5; i++) {
        assert_false(has(&m, names[i]));
    }
    done(&m);
    snapshot_unref(s);
}

static void a_selection_shows_its_groups_and_our_own(void **state) {
    (void)state;
    struct snapshot *s = full_snapshot();
    struct page_settings settings = defaults();
    struct err err = ERR_INIT;
    page_groups groups = 0;
    assert_int_equal(page_group_add(&groups, STR("system"), &err), 0);
    assert_int_equal(page_group_add(&groups, STR("state"), &err), 0);
    assert_false(page_needs_usage(groups));
    struct made m;
    make(&m, &settings, groups, s, EXPO_TEXT);
    assert_true(has(&m, "container_info"));
    assert_true(has(&m, "docker_images"));
    assert_true(has(&m, "exporter_up"));
    assert_true(has(&m, "process_open_fds"));
    assert_false(has(&m, "container_memory_"));
    assert_false(has(&m, "exporter_containers"));
    done(&m);
    groups = 0;
    assert_int_equal(page_group_add(&groups, STR("container"), &err), 0);
    assert_true(page_needs_usage(groups));
    make(&m, &settings, groups, s, EXPO_TEXT);
    assert_true(has(&m, "container_memory_"));
    assert_true(has(&m, "container_info"));
    assert_false(has(&m, "container_disk_"));
    assert_false(has(&m, "docker_"));
    done(&m);
    groups = 0;
    assert_int_equal(page_group_add(&groups, STR("disk"), &err), 0);
    assert_false(page_needs_usage(groups));
    make(&m, &settings, groups, s, EXPO_TEXT);
    assert_true(has(&m, "\ncontainer_disk_rw_bytes" WEB "} 10485760\n"));
    assert_true(has(&m, "\ndocker_disk_usage_bytes{type=\"volumes\"} 5002\n"));
    assert_false(has(&m, "container_info"));
    assert_false(has(&m, "docker_images"));
    done(&m);
    assert_int_equal(page_group_add(&groups, STR("exporter"), &err), -EINVAL);
    assert_int_equal(page_group_add(&groups, STR("disks"), &err), -EINVAL);
    assert_non_null(strstr(err.text, "pressure"));
    snapshot_unref(s);
}

/* Which of one family of each of cAdvisor's words a page has, as their initials. */
static const struct {
    char initial;
    const char *families[2]; /* in the profile cadvisor, in native */
} kind_rows[] = {
    {'m', {"container_memory_rss{", "container_memory_rss_bytes{"}},
    {'c', {"container_cpu_user_seconds_total{", "container_cpu_user_seconds_total{"}},
    {'n', {"container_network_receive_bytes_total{", "container_network_receive_bytes_total{"}},
    {'d', {"container_fs_reads_bytes_total{", "container_fs_reads_bytes_total{"}},
    {'p', {"container_threads{", "container_pids_current{"}},
    {'P',
     {"container_pressure_cpu_waiting_seconds_total{",
      "container_pressure_cpu_waiting_seconds_total{"}},
    {'o', {"container_oom_events_total{", "container_oom_kills_total{"}},
    {'s', {"container_last_seen{", "container_last_seen{"}},
    {'S', {"machine_scrape_error ", "docker_images "}},
    {'x', {"exporter_up ", "exporter_up "}},
};

static void kinds_are(const struct page_settings *settings, const char *want) {
    struct snapshot *s = full_snapshot();
    static const char *const names[] = {"cadvisor", "native"};
    for (size_t profile = 0; profile < 2; profile++) {
        struct page_settings own = *settings;
        struct made m;
        char got[sizeof(kind_rows) / sizeof(kind_rows[0]) + 1] = "";
        size_t n = 0;
        own.profile = str_of(names[profile]);
        make(&m, &own, PAGE_ALL_GROUPS, s, EXPO_TEXT);
        for (size_t i = 0; i < sizeof(kind_rows) / sizeof(kind_rows[0]); i++) {
            if (has(&m, kind_rows[i].families[profile])) {
                got[n++] = kind_rows[i].initial;
            }
        }
        assert_string_equal(got, want);
        done(&m);
    }
    snapshot_unref(s);
}

static void families_go_by_cadvisors_words(void **state) {
    (void)state;
    const struct str none[] = {STR("tcp"), STR("percpu"), STR("cpu_topology")};
    const struct str three[] = {STR("network"), STR("diskIO"), STR("oom_event")};
    const struct str rest[] = {STR("memory"), STR("cpu"), STR("process"), STR("pressure")};
    struct page_settings settings = defaults();
    kinds_are(&settings, "mcndpPosSx");
    settings.disabled = none;
    settings.n_disabled = 3;
    kinds_are(&settings, "mcndpPosSx");
    settings.disabled = three;
    kinds_are(&settings, "mcpPsSx");
    settings.disabled = rest;
    settings.n_disabled = 4;
    kinds_are(&settings, "ndosSx");
    settings.enabled = rest; /* the disabled ones no longer count */
    settings.n_enabled = 2;
    kinds_are(&settings, "mcsSx");
    settings.enabled = none;
    kinds_are(&settings, "sSx");
    assert_true(page_has_kind(STR("diskIO")) && page_has_kind(STR("oom_event")));
    assert_false(page_has_kind(STR("percpu")) || page_has_kind(STR("")));
}

static void expect_refused(struct page_settings settings, const char *why) {
    struct page_plan *plan = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(page_plan_new(&settings, &build, &plan, &err), -EINVAL);
    assert_null(plan);
    if (!strstr(err.text, why)) {
        fail_msg("%s is not in: %s", why, err.text);
    }
}

static void wrong_settings_are_refused(void **state) {
    (void)state;
    struct page_settings settings = defaults();
    settings.profile = STR("natve");
    expect_refused(settings, "did you mean \"native\"");
    settings = defaults();
    settings.namespace = STR("1x");
    expect_refused(settings, "namespace \"1x\"");
    const struct {
        struct label labels[2];
        size_t n;
        const char *why;
    } cases[] = {
        {{{STR("a b"), STR("1")}}, 1, "is no label name"},
        {{{STR(""), STR("1")}}, 1, "is no label name"},
        {{{STR("__name__"), STR("1")}}, 1, "is no label name"},
        {{{STR("image"), STR("1")}}, 1, "is used by the profile"},
        {{{STR("interface"), STR("1")}}, 1, "is used by the profile"},
        {{{STR("storage_driver"), STR("1")}}, 1, "is used by the profile"},
        {{{STR("collector"), STR("1")}}, 1, "is used by the profile"},
        {{{STR("container_label_x"), STR("1")}}, 1, "is used by the profile"},
        {{{STR("x"), STR("1")}, {STR("x"), STR("2")}}, 2, "twice"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        settings = defaults();
        settings.global_labels = cases[i].labels;
        settings.n_global_labels = cases[i].n;
        expect_refused(settings, cases[i].why);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(container_labels_are_the_union),
        cmocka_unit_test(container_labels_have_a_limit),
        cmocka_unit_test(namespace_stands_before_every_name),
        cmocka_unit_test(compat_names_can_go),
        cmocka_unit_test(a_selection_shows_its_groups_and_our_own),
        cmocka_unit_test(families_go_by_cadvisors_words),
        cmocka_unit_test(wrong_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
