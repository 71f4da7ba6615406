#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/hash.h"
#include "made_page.h"

/* Each row of the documentation below a heading is on the page; how many there are. */
static size_t documented(const struct made *m, struct str docs, const char *heading) {
    size_t begin = str_search(docs, str_of(heading));
    assert_true(begin != SIZE_MAX);
    struct str rest = str_sub(docs, begin + 3, docs.len - begin - 3);
    size_t end = str_search(rest, STR("\n## "));
    rest.len = end < rest.len ? end : rest.len;
    struct str line;
    size_t rows = 0;
    while (str_split(&rest, '\n', &line)) {
        if (str_starts(line, STR("| `"))) {
            char type[128];
            (void)snprintf(type, sizeof(type), "# TYPE %.*s ", (int)str_find(line, '`', 3) - 3,
                           line.ptr + 3);
            if (!has(m, type)) {
                fail_msg("no sample: %s", type);
            }
            rows++;
        }
    }
    return rows;
}

static void shows_each_row_of_a_full_snapshot(void **state) {
    (void)state;
    CLEANUP_BUF struct buf docs = BUF_INIT;
    page_write_docs(&docs);
    size_t rows = 0;
    const char *name = NULL;
    for (size_t i = 0; (name = page_profile(i)) != NULL; i++) {
        char heading[64];
        (void)snprintf(heading, sizeof(heading), "\n## Profile `%s` ", name);
        struct full f = full_page(name);
        bool all = strcmp(name, "cadvisor") == 0; /* it always exports labels */
        rows += all ? documented(&f.made, buf_view(&docs), "\n## In every profile") : 0;
        rows += documented(&f.made, buf_view(&docs), heading);
        full_done(&f);
    }
    assert_in_range(rows, 170, 250);
}

static void values_and_labels_are_the_contract_s(void **state) {
    (void)state;
    struct snapshot *s = full_snapshot();
    struct page_settings settings = defaults();
    struct made m;
    make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
    assert_true(has(&m, "\ncontainer_memory_usage_bytes" WEB "} 2000\n"));
    assert_true(has(&m, "\ncontainer_memory_page_faults_total" WEB ",type=\"minor\"} 2010\n"));
    assert_true(has(&m, "\ncontainer_memory_page_faults_total" WEB ",type=\"major\"} 2011\n"));
    assert_true(has(&m, "\ncontainer_cpu_usage_seconds_total" WEB "} 0.000002012\n"));
    assert_true(has(&m, "\ncontainer_network_receive_errors_total" WEB ",interface=\"eth1\"} 0\n"));
    assert_true(has(&m, "\ncontainer_fs_writes_total" WEB ",device=\"259:10\"} 0\n"));
    assert_true(has(&m, "\ncontainer_last_seen" WEB "} 1795225522.330000001\n"));
    assert_true(has(&m, "\ncontainer_uptime_seconds" WEB "} 1.5\n"));
    assert_true(has(&m, "\ncontainer_info" WEB ",container_id=\"0123456789ab\",status=\"running\","
                        "health_status=\"starting\",started_at=\"2026-11-21T01:45:20Z\"} 1\n"));
    assert_true(has(&m, "\ncontainer_state" WEB ",state=\"running\"} 1\n"));
    assert_true(has(&m, "\ncontainer_health_status" WEB "} 1\n"));
    assert_true(has(&m, "\ndocker_containers{state=\"created\"} 101\n"));
    assert_false(has(&m, "state=\"unknown\""));
    assert_true(has(&m, "\ndocker_containers_total{state=\"running\"} 102\n"));
    assert_true(has(&m, "\ndocker_containers_total{state=\"stopped\"} 623\n"));
    assert_true(has(&m, "\ncontainer_restarts_total" WEB "} 3\n"));
    assert_true(has(&m, "\ncontainer_oom_kills_total" WEB "} 2\n"));
    assert_true(has(&m, "\ncontainer_disk_rw_bytes" WEB "} 10485760\n"));
    assert_true(has(&m, "\ncontainer_disk_rootfs_bytes" WEB "} 12468114\n"));
    assert_true(has(&m, "\ndocker_disk_usage_bytes{type=\"build_cache\"} 5003\n"));
    assert_true(has(&m, "\ndocker_disk_measured_time_seconds 1795225521.330000001\n"));
    assert_true(has(&m, "\nexporter_scrape_errors_total{collector=\"disk\"} 0\n"));
    assert_true(has(&m, "\nexporter_dropped_total 7\n"));
    assert_true(has(&m, "\nexporter_up 1\n"));
    assert_true(has(&m, "\nexporter_scrape_duration_seconds{collector=\"container\"} 0.0084\n"));
    assert_false(has(&m, "exporter_scrape_duration_seconds{collector=\"system\"}"));
    assert_true(has(&m, "\nexporter_scrape_errors_total{collector=\"system\"} 0\n"));
    assert_true(has(&m, "\nexporter_containers{source=\"kernel\"} 1\n"));
    assert_true(has(&m, "\nexporter_containers{source=\"none\"} 0\n"));
    assert_true(has(&m, "\nexporter_engine_requests_total{endpoint=\"stats\",code=\"200\"} 1\n"));
    assert_true(has(&m, "{endpoint=\"stats\",code=\"timeout\"} 1\n"));
    assert_true(has(
        &m, "\nexporter_build_info{version=\"1\",commit=\"c\",build_date=\"d\",compiler=\"cc\"}"));
    done(&m);
    snapshot_unref(s);
}

static void what_is_unknown_is_absent(void **state) {
    (void)state;
    struct snapshot *s = snapshot_new(2);
    s->taken_unix_ns = TAKEN;
    s->states_known = true;
    struct container_facts facts = {.name = STR("gone"), .state = STATE_UNKNOWN};
    add(s, &facts, NULL);
    struct usage *bare = arena_array(&s->arena, 1, sizeof(*bare));
    facts = (struct container_facts){.name = STR("bare"), .state = STATE_RUNNING};
    container_set(&facts, CONTAINER_STARTED_NS, TAKEN + 1);
    add(s, &facts, bare);
    struct page_settings settings = defaults();
    struct made m;
    make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
    const char *const absent[] = {"container_memory_", "container_cpu_",    "container_network_",
                                  "container_fs_",     "container_pids_",   "container_pressure_",
                                  "container_exit_",   "docker_images",     "machine_",
                                  "container_uptime_", "container_health_", "requests_total",
                                  "container_restart", "container_oom_",    "_disk_",
                                  "collector=\"disk\""};
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        if (has(&m, absent[i])) {
            fail_msg("%s in %s", absent[i], buf_cstr(&m.text));
        }
    }
    assert_true(has(&m, "container_state{container_name=\"bare\""));
    assert_false(has(&m, "container_state{container_name=\"gone\""));
    assert_true(has(&m, "status=\"running\",health_status=\"\""));
    assert_true(has(&m, "started_at=\"\""));
    assert_true(has(&m, "\nexporter_up 0\n"));
    done(&m);
    snapshot_unref(s);
}

static void network_counts_for_its_owner_only(void **state) {
    (void)state;
    const enum container_network others[] = {NETWORK_HOST, NETWORK_NONE, NETWORK_SHARED};
    for (size_t i = 0; i < 3; i++) {
        struct snapshot *s = snapshot_new(1);
        struct container_facts facts = web_facts(NULL, 0);
        facts.network = others[i];
        add(s, &facts, full_usage(&s->arena));
        struct page_settings settings = defaults();
        struct made m;
        make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
        assert_false(has(&m, "container_network_"));
        assert_true(has(&m, "container_fs_reads_total"));
        done(&m);
        snapshot_unref(s);
    }
}

static void limits_are_those_of_live_containers(void **state) {
    (void)state;
    struct snapshot *s = snapshot_new(1);
    s->taken_unix_ns = TAKEN;
    s->states_known = true;
    struct container_facts facts = full_facts();
    facts.state = STATE_EXITED;
    add(s, &facts, NULL);
    struct page_settings settings = defaults();
    struct made m;
    make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
    assert_false(has(&m, "container_cpu_limit_cores"));
    assert_false(has(&m, "container_uptime_seconds"));
    assert_true(has(&m, "container_exit_code" WEB "} 1003\n"));
    assert_true(has(&m, "container_start_time_seconds" WEB "}"));
    assert_true(has(&m, "\ncontainer_oom_kills_total" WEB "} 2\n"));
    done(&m);
    snapshot_unref(s);
}

/* The Engine is away for long: the kernel is still read, what the Engine once said is not shown. */
static void old_states_go_and_readings_stay(void **state) {
    (void)state;
    struct snapshot *s = full_snapshot();
    s->states_known = false;
    struct page_settings settings = defaults();
    struct made m;
    make(&m, &settings, PAGE_ALL_GROUPS, s, EXPO_TEXT);
    const char *const absent[] = {"container_last_seen", "container_info", "container_state",
                                  "container_restart",   "container_oom",  "container_exit_code",
                                  "\ndocker_containers{"};
    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        if (has(&m, absent[i])) {
            fail_msg("%s in %s", absent[i], buf_cstr(&m.text));
        }
    }
    assert_true(has(&m, "\ncontainer_memory_usage_bytes" WEB "} 2000\n"));
    assert_true(has(&m, "\ncontainer_pressure_io_stalled_seconds_total" WEB "}"));
    assert_true(has(&m, "\nexporter_containers{source=\"kernel\"} 1\n"));
    done(&m);
    snapshot_unref(s);
}

/* The row of a family in the table of sources. */
static void assert_source(const struct buf *docs, const char *row) {
    if (str_search(buf_view(docs), str_of(row)) == SIZE_MAX) {
        fail_msg("missing: %s", row);
    }
}

static void docs_tell_where_numbers_come_from(void **state) {
    (void)state;
    struct buf docs = BUF_INIT;
    page_write_docs(&docs);
    assert_source(&docs, "| `container_memory_rss_bytes` | yes | yes | yes | yes |  |\n");
    assert_source(&docs, "| `container_memory_swap_bytes` | yes | yes | yes | – |  |\n");
    assert_source(&docs, "| `container_network_transmit_errors_total` | yes | yes | – | – |  |\n");
    assert_source(&docs,
                  "| `container_pressure_io_stalled_seconds_total` | – | yes | – | – |  |\n");
    assert_source(&docs, "| `container_cpu_user_seconds_total` | yes | yes | yes | yes | "
                         "resolution: steps of 10 ms on cgroup v1, of 1 µs on v2; ");
    buf_done(&docs);
}

/* A sink that dies when a series or a family comes twice. */
struct once {
    struct sink sink;
    struct hash seen;
    struct arena arena;
    struct str family;
};

static void see(struct once *o, const struct buf *key) {
    struct str copy = arena_str(&o->arena, buf_view(key));
    if (hash_get(&o->seen, copy)) {
        fail_msg("twice: %s", copy.ptr);
    }
    assert_int_equal(hash_set(&o->seen, copy, o), 0);
}

static void once_family(struct sink *sink, const struct family *f) {
    struct once *o = (struct once *)sink;
    o->family = f->name;
    struct buf key = BUF_INIT;
    buf_fmt(&key, "# %.*s", STR_ARG(f->name));
    see(o, &key);
    buf_done(&key);
}

static void once_sample(struct sink *sink, struct labelset *base, const struct label *own, size_t n,
                        struct value value) {
    (void)value;
    struct once *o = (struct once *)sink;
    struct buf key = BUF_INIT;
    buf_str(&key, o->family);
    for (size_t i = 0; i < (base ? base->n : 0) + n; i++) {
        const struct label *l =
            base && i < base->n ? &base->labels[i] : &own[i - (base ? base->n : 0)];
        buf_fmt(&key, "|%.*s=%.*s", STR_ARG(l->name), STR_ARG(l->value));
    }
    see(o, &key);
    buf_done(&key);
}

static void no_series_comes_twice(void **state) {
    (void)state;
    struct snapshot *s = full_snapshot();
    struct usage *twice = full_usage(&s->arena);
    twice->nets[1].interface = STR("eth0");
    twice->disks[1].minor = 0;
    struct container_facts facts = full_facts();
    facts.name = STR("twin");
    add(s, &facts, twice);
    add(s, &facts, twice);
    snapshot_publish(s);
    struct page_settings settings = defaults();
    struct page_plan *plan = NULL;
    struct err err = ERR_INIT;
    assert_int_equal(page_plan_new(&settings, &build, &plan, &err), 0);
    struct once o = {.sink = {.family = once_family, .sample = once_sample}};
    struct arena arena = ARENA_INIT;
    page_walk(plan, PAGE_ALL_GROUPS, &(struct page_inputs){.snapshot = s}, &arena, &o.sink);
    assert_true(o.seen.n > 150);
    hash_done(&o.seen);
    arena_done(&o.arena);
    arena_done(&arena);
    page_plan_unref(plan);
    snapshot_unref(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_each_row_of_a_full_snapshot),
        cmocka_unit_test(values_and_labels_are_the_contract_s),
        cmocka_unit_test(what_is_unknown_is_absent),
        cmocka_unit_test(network_counts_for_its_owner_only),
        cmocka_unit_test(limits_are_those_of_live_containers),
        cmocka_unit_test(old_states_go_and_readings_stay),
        cmocka_unit_test(docs_tell_where_numbers_come_from),
        cmocka_unit_test(no_series_comes_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
