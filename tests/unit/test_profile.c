/* What profiles show of a snapshot of which all is known, and of one of which little is. */
#include "unit.h"

#include <errno.h>

#include "made_page.h"

static void expect(const struct made *m, const char *const *lines, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (!has(m, lines[i])) {
            fail_msg("not on the page: %s", lines[i]);
        }
    }
}

/* Each line must be on the profile's full page. */
#define EXPECT(profile, ...)                                                                       \
    do {                                                                                           \
        static const char *const lines_[] = {__VA_ARGS__};                                         \
        struct full full_ = full_page(profile);                                                    \
        expect(&full_.made, lines_, sizeof(lines_) / sizeof(lines_[0]));                           \
        full_done(&full_);                                                                         \
    } while (0)

#define COMPOSE                                                                                    \
    ",container_label_com_docker_compose_project=\"shop\","                                        \
    "container_label_com_docker_compose_service=\"front\""
#define NO_COMPOSE                                                                                 \
    ",container_label_com_docker_compose_project=\"\","                                            \
    "container_label_com_docker_compose_service=\"\""
#define CADVISOR "{id=\"/docker/0123\",name=\"web\",image=\"busybox\"" COMPOSE
#define ROOT "{id=\"/\",name=\"\",image=\"\"" NO_COMPOSE

static void cadvisor(void **state) {
    (void)state;
    EXPECT("cadvisor",                                                                     //
           "\ncontainer_cpu_usage_seconds_total" CADVISOR ",cpu=\"total\"} 0.000002012\n", //
           "\ncontainer_cpu_usage_seconds_total" ROOT ",cpu=\"total\"} 0.000002012\n",     //
           "\ncontainer_cpu_cfs_periods_total" CADVISOR "} 2015\n",                        //
           "\ncontainer_cpu_cfs_burst_seconds_total" CADVISOR "} 0.000002036\n",           //
           "\ncontainer_memory_failures_total" CADVISOR
           ",failure_type=\"pgfault\",scope=\"container\"} 2033\n", //
           "\ncontainer_memory_failures_total" CADVISOR
           ",failure_type=\"pgfault\",scope=\"hierarchy\"} 4021\n", //
           "\ncontainer_memory_failures_total" CADVISOR
           ",failure_type=\"pgmajfault\",scope=\"hierarchy\"} 2011\n",                //
           "\ncontainer_fs_reads_total" CADVISOR ",device=\"/dev/nvme0n1p1\"} 0\n",   //
           "\ncontainer_fs_usage_bytes" CADVISOR ",device=\"/dev/sdb1\"} 10485760\n", //
           "\ncontainer_fs_limit_bytes" CADVISOR ",device=\"/dev/sdb1\"} 2000\n",     //
           "\ncontainer_fs_usage_bytes" ROOT ",device=\"/dev/sda1\"} 400\n",          //
           "\ncontainer_fs_usage_bytes" ROOT ",device=\"/dev/sdb1\"} 500\n",          //
           "\ncontainer_fs_limit_bytes" ROOT ",device=\"/dev/sda1\"} 1000\n",         //
           "\ncontainer_network_receive_packets_dropped_total" CADVISOR
           ",interface=\"eth1\"} 0\n",                                                      //
           "\ncontainer_processes" CADVISOR "} 2037\n",                                     //
           "\ncontainer_health_state" CADVISOR "} 0\n",                                     //
           "\ncontainer_health_state" ROOT "} -1\n",                                        //
           "\ncontainer_spec_memory_limit_bytes" ROOT "} 8000\n",                           //
           "\ncontainer_spec_memory_reservation_limit_bytes" CADVISOR "} 1011\n",           //
           "\nmachine_cpu_cores{boot_id=\"b1\",machine_id=\"m1\",system_uuid=\"u1\"} 13\n", //
           "\ncontainer_scrape_error 0\n", "\nmachine_scrape_error 0\n",                    //
           "\ncadvisor_version_info{cadvisorRevision=\"c\",cadvisorVersion=\"1\",dockerVersion="
           "\"20\"");
}

#define TAGGED "{name=\"web\",image=\"busybox:latest\",id=\"0123456789ab\"}"

static void docker_exporter(void **state) {
    (void)state;
    EXPECT("docker-exporter", "\ncontainer_state" TAGGED " 1\n",
           "\ncontainer_cpu_usage_seconds_total" TAGGED " 0.000002012\n",
           "\ncontainer_network_receive_bytes_total" TAGGED " 0\n",
           "\ndocker_exporter_scrape_duration_seconds 0.0084\n",
           "\ndocker_exporter_containers_scraped 1\n",
           "\ndocker_exporter_scrape_errors_total{error_type=\"collection_loop\"} 0\n");
}

#define LOCAL "{container=\"web\",machine=\"local-machine\"}"

static void container_metrics(void **state) {
    (void)state;
    EXPECT("container-metrics",
           "\ncollector_up_timestamp_seconds{machine=\"local-machine\"} 179522",
           "\ncontainer_up_timestamp_seconds" LOCAL " 1795225522.330000001\n",
           "\ncontainer_cpu_usage_percent" LOCAL " 0.5\n",
           "\ncontainer_cpus_available" LOCAL " 0.000001005\n",
           "\nexporter_up{machine=\"local-machine\"} 1\n");
}

static void docker_stats(void **state) {
    (void)state;
    EXPECT("docker-stats", "\ncontainer_cpu_usage_percent{name=\"web\"} 3.846153846\n",
           "\ncontainer_memory_limit_bytes{name=\"web\"} 2001\n",
           "# TYPE container_network_rx_bytes gauge\ncontainer_network_rx_bytes{name=\"web\"} 0\n");
}

#define HOST "server_hostname=\"db-host\",instance=\"db-host\""

static void data_exporter(void **state) {
    (void)state;
    EXPECT("data-exporter", "\nserver_online{" HOST "} 1\n", "\nserver_hostname{" HOST "} 1\n",
           "\nserver_docker_version{" HOST ",server_docker_version=\"20 (build abcdef0)\"} 1\n",
           "\nserver_total_container_count{" HOST "} 828\n",
           "\nserver_running_container_count{" HOST "} 102\n",
           "\ncontainer_info{container_name=\"web\"," HOST ",container_id=\"0123456789ab\","
           "container_image=\"busybox\",container_image_label=\"latest\",container_user=\"\","
           "container_creation_time=\"1970-01-01T00:00:00Z\"} 1\n",
           "\ncontainer_status{container_name=\"web\"," HOST
           ",container_status=\"Up 1 second (health: starting)\"} 1\n",
           "\ncontainer_cpu_percent{container_name=\"web\"," HOST "} 3.846153846\n",
           "\ncontainer_mem_percent{container_name=\"web\"," HOST "} 99.950024987\n",
           "\nexporter_up{" HOST "} 1\n");
}

/* A page of a profile of one container. */
static struct made page_of(const char *profile, const struct container_facts *facts,
                           const struct machine *machine) {
    struct made m;
    struct snapshot *s = snapshot_new(1);
    s->taken_unix_ns = TAKEN;
    s->states_known = true;
    add(s, facts, NULL);
    struct page_settings settings = defaults();
    settings.profile = str_of(profile);
    make_of(&m, &settings, PAGE_ALL_GROUPS,
            &(struct page_inputs){.snapshot = s, .machine = machine, .host_name = STR("db-host")},
            EXPO_TEXT);
    snapshot_unref(s);
    return m;
}

static void who_does_not_run_is_shown_where_it_belongs(void **state) {
    (void)state;
    static const struct {
        const char *profile;
        const char *there;
        const char *not_there;
    } rows[] = {
        {"cadvisor", "container_scrape_error 0", "web"},
        {"docker-exporter", "container_state" TAGGED " 0\n", "container_last_seen"},
        {"container-metrics", "container_up_timestamp_seconds" LOCAL " 0.000001002\n",
         "container_started_at"},
        {"docker-stats", "exporter_up", "web"},
        {"data-exporter", "container_state=\"exited\"", "percent"},
    };
    struct container_facts facts = full_facts();
    facts.state = STATE_EXITED;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct made m = page_of(rows[i].profile, &facts, NULL);
        expect(&m, &rows[i].there, 1);
        assert_false(has(&m, rows[i].not_there));
        done(&m);
    }
}

/* Before the inspect and without a kernel. */
static void what_is_unknown_is_absent(void **state) {
    (void)state;
    static const char *const unknown[] = {"container_spec_", "container_health_state",
                                          "id=\"/\"",        "machine_cpu_cores",
                                          "container_cpu_",  "container_oom_"};
    struct container_facts facts = web_facts(NULL, 0);
    facts.health = HEALTH_NONE;
    struct made m = page_of("cadvisor", &facts, NULL);
    for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
        assert_false(has(&m, unknown[i]));
    }
    assert_true(has(&m, "container_last_seen{id=\"0123456789abcdef"));
    assert_true(has(&m, "\nmachine_scrape_error 1\n"));
    done(&m);
    const struct machine bare = {.cores = 3};
    m = page_of("cadvisor", &facts, &bare);
    assert_true(has(&m, "machine_cpu_cores{boot_id=\"\",machine_id=\"\",system_uuid=\"\"} 3\n"));
    assert_true(has(&m, "container_last_seen{id=\"/\",name=\"\",image=\"\"}"));
    done(&m);
}

/* Settings as written once an inspect has shown that there are none. */
static void what_is_not_set_has_its_default(void **state) {
    (void)state;
    struct container_facts facts = web_facts(NULL, 0);
    facts.inspected = true;
    container_set(&facts, CONTAINER_CPU_LIMIT_NANOCORES, 333333333);
    container_set(&facts, CONTAINER_CPU_PERIOD_US, 50000);
    struct made m = page_of("cadvisor", &facts, NULL);
    assert_true(has(&m, "container_spec_cpu_quota") && has(&m, "} 16667\n"));
    assert_true(has(&m, "container_spec_cpu_shares") && has(&m, "} 1024\n"));
    assert_true(has(&m, "container_spec_memory_limit_bytes"));
    done(&m);
}

/* Nothing is made up where the kernel is not that of the Engine's machine. */
static void another_machine_is_not_shown(void **state) {
    (void)state;
    struct snapshot *s = full_snapshot();
    struct usage *usage = usage_copy(&s->arena, s->readings[0].usage);
    usage->source = SOURCE_ENGINE;
    s->readings[0].usage = usage;
    struct machine machine = full_machine(&s->arena);
    struct page_settings settings = defaults();
    settings.profile = STR("cadvisor");
    struct made m;
    make_of(&m, &settings, PAGE_ALL_GROUPS, &(struct page_inputs){.snapshot = s}, EXPO_TEXT);
    assert_false(has(&m, "id=\"/\"") || has(&m, "b1"));
    assert_true(has(&m, "device=\"259:10\""));
    done(&m);
    settings.hide_root = true;
    s->readings[0].usage = full_usage(&s->arena);
    make_of(&m, &settings, PAGE_ALL_GROUPS,
            &(struct page_inputs){.snapshot = s, .machine = &machine}, EXPO_TEXT);
    assert_false(has(&m, "id=\"/\""));
    assert_true(has(&m, "boot_id=\"b1\""));
    done(&m);
    snapshot_unref(s);
}

static struct made cadvisor_page(const struct snapshot *s, const struct machine *machine) {
    struct page_settings settings = defaults();
    settings.profile = STR("cadvisor");
    struct made m;
    make_of(&m, &settings, PAGE_ALL_GROUPS,
            &(struct page_inputs){.snapshot = s, .machine = machine}, EXPO_TEXT);
    return m;
}

/* What the Engine knows is shown; file systems that are not its machine's, or not reached, are not.
 */
static void disks_that_are_not_known_are_not_made_up(void **state) {
    (void)state;
    struct snapshot *s = full_snapshot();
    struct machine machine = full_machine(&s->arena);
    struct made m = cadvisor_page(s, NULL);
    assert_true(has(&m, "\ncontainer_fs_usage_bytes" CADVISOR ",device=\"\"} 10485760\n"));
    assert_false(has(&m, "container_fs_limit_bytes"));
    assert_false(has(&m, "/dev/sd"));
    done(&m);
    s->filesystems->layers = NULL;
    m = cadvisor_page(s, &machine);
    assert_true(has(&m, "\ncontainer_fs_usage_bytes" CADVISOR ",device=\"\"} 10485760\n"));
    assert_true(has(&m, "\ncontainer_fs_limit_bytes" ROOT ",device=\"/dev/sdb1\"} 2000\n"));
    assert_false(has(&m, "\ncontainer_fs_limit_bytes" CADVISOR));
    done(&m);
    s->filesystems->layers = &s->filesystems->list[0];
    s->storage->n_containers = 0;
    m = cadvisor_page(s, &machine);
    assert_false(has(&m, "\ncontainer_fs_usage_bytes" CADVISOR));
    assert_true(has(&m, "\ncontainer_fs_limit_bytes" CADVISOR ",device=\"/dev/sda1\"} 1000\n"));
    done(&m);
    snapshot_unref(s);
}

static void names_are_taken_apart(void **state) {
    (void)state;
    static const struct {
        const char *name;
        const char *image;
        const char *user;
        const char *tag;
        const char *shown;
    } rows[] = {
        {"web", "r:5/a:1", "", "1", "r:5/a:1"},
        {"web--anna", "a", "anna", "latest", "a:latest"},
        {"a--b--", "a@sha256:9", "", "", "fedcba987654"},
        {"--x", "sha256:fedcba9876543210", "x", "", "fedcba987654"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct container_facts facts = full_facts();
        char want[160];
        facts.name = str_of(rows[i].name);
        facts.image = str_of(rows[i].image);
        facts.image_id = STR("sha256:fedcba9876543210");
        struct made m = page_of("data-exporter", &facts, NULL);
        (void)snprintf(want, sizeof(want), "container_image_label=\"%s\",container_user=\"%s\"",
                       rows[i].tag, rows[i].user);
        assert_true(has(&m, want));
        done(&m);
        m = page_of("docker-exporter", &facts, NULL);
        (void)snprintf(want, sizeof(want), ",image=\"%s\",", rows[i].shown);
        assert_true(has(&m, want));
        done(&m);
    }
}

/* An image that lost its tag to another one has its digits, whatever it was started as. */
static void images_have_their_first_tag(void **state) {
    (void)state;
    static const struct {
        const char *image;
        const char *tag; /* NULL: the Engine does not list the image */
        const char *shown;
    } rows[] = {
        {"a@sha256:9", "r:5/a:1", "r:5/a:1"},
        {"sha256:fedcba9876543210", "b:2", "b:2"},
        {"a:1", "b:2", "b:2"},
        {"a:1", "", "fedcba987654"},
        {"a:1", NULL, "a:1"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct image_name list[] = {{STR("sha256:0123456789abcdef"), STR("other:1")},
                                    {STR("sha256:fedcba9876543210"), str_of(rows[i].tag)}};
        struct snapshot *s = full_snapshot();
        struct made m;
        char want[160];
        s->engine.images = image_names_new();
        assert_non_null(s->engine.images);
        s->engine.images->list = list;
        s->engine.images->n = rows[i].tag ? 2 : 1;
        s->readings[0].container->facts.image = str_of(rows[i].image);
        s->readings[0].container->facts.image_id = STR("sha256:fedcba9876543210");
        snapshot_publish(s);
        struct page_settings settings = defaults();
        settings.profile = STR("docker-exporter");
        make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
        (void)snprintf(want, sizeof(want), "container_state{name=\"web\",image=\"%s\",",
                       rows[i].shown);
        expect(&m, (const char *const[]){want}, 1);
        done(&m);
        snapshot_unref(s);
    }
}

static void a_busy_machine_has_no_more_than_all(void **state) {
    (void)state;
    struct full f = full_page("docker-stats");
    struct snapshot *s = full_snapshot();
    struct usage *usage = usage_copy(&s->arena, s->readings[0].usage);
    usage->read_unix_ns += 1;
    usage->number[USAGE_CPU_NS] += 1000;
    s->readings[0].usage = usage;
    assert_int_equal(rates_take(f.rates, s), 0);
    struct page_settings settings = defaults();
    settings.profile = STR("docker-stats");
    struct made m;
    make_of(&m, &settings, PAGE_ALL_GROUPS, &(struct page_inputs){.snapshot = s, .rates = f.rates},
            EXPO_TEXT);
    assert_true(has(&m, "\ncontainer_cpu_usage_percent{name=\"web\"} 100\n"));
    done(&m);
    snapshot_unref(s);
    full_done(&f);
}

/* Its series would be mistaken for another's. */
static void without_the_host_s_name_data_exporter_has_none(void **state) {
    (void)state;
    struct snapshot *s = full_snapshot();
    const struct label global[] = {{STR("site"), STR("x")}};
    struct page_settings settings = defaults();
    settings.profile = STR("data-exporter");
    settings.global_labels = global;
    settings.n_global_labels = 1;
    struct made m;
    make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
    assert_true(has(&m, "\nexporter_up{site=\"x\"} 1\n"));
    assert_false(has(&m, "server_") || has(&m, "container_name") || has(&m, "instance"));
    done(&m);
    snapshot_unref(s);
}

/* The Engine's word, else the kernel's, else that of the statistics. */
static void the_machine_s_size_has_three_sources(void **state) {
    (void)state;
    struct snapshot *s = full_snapshot();
    struct usage *usage = usage_copy(&s->arena, s->readings[0].usage);
    usage->online_cores = 7;
    s->readings[0].usage = usage;
    s->engine.have = 0;
    struct machine machine = full_machine(&s->arena);
    const struct {
        const struct machine *machine;
        const char *cores;
        bool memory;
    } rows[] = {{&machine, "\nmachine_cpu_cores 4\n", true},
                {NULL, "\nmachine_cpu_cores 7\n", false}};
    struct page_settings settings = defaults();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct made m;
        make_of(&m, &settings, PAGE_ALL_GROUPS,
                &(struct page_inputs){.snapshot = s, .machine = rows[i].machine}, EXPO_TEXT);
        assert_true(has(&m, rows[i].cores));
        assert_int_equal(has(&m, "\nmachine_memory_bytes 8000\n"), rows[i].memory);
        assert_int_equal(has(&m, "\nmachine_memory_bytes "), rows[i].memory);
        done(&m);
    }
    snapshot_unref(s);
}

static void settings_of_profiles(void **state) {
    (void)state;
    struct snapshot *s = full_snapshot();
    struct page_settings settings = defaults();
    settings.profile = STR("container-metrics");
    settings.machine_name = STR("rack-7");
    struct made m;
    make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
    assert_true(has(&m, "{container=\"web\",machine=\"rack-7\"}"));
    assert_int_equal(page_rate_interval_ms(m.plan), 20000);
    assert_false(page_needs_machine(m.plan));
    done(&m);
    const struct label taken[] = {{STR("machine"), STR("x")}};
    settings.global_labels = taken;
    settings.n_global_labels = 1;
    struct page_plan *plan = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(page_plan_new(&settings, &build, &plan, &err), -EINVAL);
    assert_non_null(strstr(err.text, "is used by the profile container-metrics itself"));
    snapshot_unref(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cadvisor),
        cmocka_unit_test(docker_exporter),
        cmocka_unit_test(container_metrics),
        cmocka_unit_test(docker_stats),
        cmocka_unit_test(data_exporter),
        cmocka_unit_test(who_does_not_run_is_shown_where_it_belongs),
        cmocka_unit_test(what_is_unknown_is_absent),
        cmocka_unit_test(what_is_not_set_has_its_default),
        cmocka_unit_test(another_machine_is_not_shown),
        cmocka_unit_test(disks_that_are_not_known_are_not_made_up),
        cmocka_unit_test(names_are_taken_apart),
        cmocka_unit_test(images_have_their_first_tag),
        cmocka_unit_test(a_busy_machine_has_no_more_than_all),
        cmocka_unit_test(without_the_host_s_name_data_exporter_has_none),
        cmocka_unit_test(the_machine_s_size_has_three_sources),
        cmocka_unit_test(settings_of_profiles),
    };
    return RUN(tests);
}
