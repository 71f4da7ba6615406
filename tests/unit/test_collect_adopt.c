/* Collections whose settings and filter change while they go on. */
#include "collect_bed.h"

static struct filter *without(const char *name) {
    struct err err = ERR_INIT;
    struct filter *f = filter_new();
    assert_non_null(f);
    assert_int_equal(filter_add(f, true, FILTER_NAME, str_of(name), &err), 0);
    return f;
}

static struct collect_settings settings(void) {
    return (struct collect_settings){
        .timeout_ms = 60000, .resync_ms = 60000, .max_concurrent = 10, .containers = true};
}

/* A scrape after the change joins no collection from before it, and gets no snapshot of then. */
static void a_filter_holds_for_the_next_scrape(void **state) {
    (void)state;
    struct collect_settings s = settings();
    struct got got[3] = {{.times = 0}};
    struct collect *c = start(s);
    struct filter *f = without("c1");
    ask(c, 60000, &got[0]);
    end_list(2);
    collect_refilter(c, f);
    ask(c, 60000, &got[1]);
    assert_int_equal(under_way(ENDPOINT_LIST), 1);
    end_list(2);
    end_inspect("c0", 0);
    end_inspect("c1", 0);
    end_inspect("stopped", 0);
    while (under_way(ENDPOINT_STATS)) {
        end_stats(NULL, 0);
    }
    run_until(&got[1].times, 1);
    assert_non_null(reading_of(&got[1], "c0"));
    assert_null(reading_of(&got[1], "c1"));
    assert_null(reading_of(&got[0], "c1"));
    collect_refilter(c, NULL);
    filter_free(f);
    ask(c, 60000, &got[2]);
    end_list(2);
    end_inspect("c0", 0);
    end_inspect("c1", 0);
    end_inspect("stopped", 0);
    while (under_way(ENDPOINT_STATS)) {
        end_stats(NULL, 0);
    }
    assert_true(has_usage(&got[2], "c1"));
    finish(c, got, 3);
}

/* Scrapes collect; then the background does, at once; then scrapes again. */
static void the_background_is_switched(void **state) {
    (void)state;
    struct collect_settings s = settings();
    struct got got[3] = {{.times = 0}};
    struct collect *c = start(s);
    collect_engine_changed(c);
    first_scrape(c, &got[0], 0);
    assert_int_equal(got[0].times, 1);
    s.interval_ms = 3600000;
    collect_adopt(c, &s);
    run_until(&puppet.n, 1);
    assert_int_equal(under_way(ENDPOINT_LIST), 1);
    ask(c, 60000, &got[1]);
    assert_int_equal(under_way(ENDPOINT_LIST), 1);
    assert_int_equal(got[1].times, 0);
    end_list(0);
    end_inspect("stopped", 0);
    assert_int_equal(got[1].times, 1);
    ask(c, 60000, &got[1]);
    assert_int_equal(got[1].times, 2);
    s.interval_ms = 0;
    collect_adopt(c, &s);
    run_for_ms(20);
    assert_int_equal(puppet.n, 0);
    ask(c, 60000, &got[2]);
    assert_int_equal(under_way(ENDPOINT_LIST), 1);
    assert_int_equal(got[2].times, 0);
    finish(c, got, 3);
}

static void a_cached_snapshot_goes_with_its_settings(void **state) {
    (void)state;
    struct collect_settings s = settings();
    struct got got = {.times = 0};
    s.cache_ttl_ms = 60000;
    struct collect *c = start(s);
    first_scrape(c, &got, 0);
    ask(c, 60000, &got);
    assert_int_equal(got.times, 2);
    collect_adopt(c, &s);
    ask(c, 60000, &got);
    assert_int_equal(got.times, 2);
    finish(c, &got, 1);
}

/* Neither the kept snapshot nor the collection under way is for the next scrape. */
static void what_was_collected_is_forgotten(void **state) {
    (void)state;
    struct collect_settings s = settings();
    struct got got[3] = {{.times = 0}};
    s.cache_ttl_ms = 60000;
    struct collect *c = start(s);
    first_scrape(c, &got[0], 0);
    collect_forget(c);
    ask(c, 60000, &got[1]);
    assert_int_equal(got[1].times, 0);
    end_list(0);
    collect_forget(c);
    ask(c, 60000, &got[2]);
    assert_int_equal(under_way(ENDPOINT_LIST), 1);
    end_inspect("stopped", 0);
    assert_int_equal(got[1].times, 1);
    assert_int_equal(got[2].times, 0);
    end_list(0);
    end_inspect("stopped", 0);
    assert_int_equal(got[2].times, 1);
    finish(c, got, 3);
}

/* Turned on it is measured at once; turned off the call is given up and nothing is shown. */
static void disks_are_switched(void **state) {
    (void)state;
    struct collect_settings s = settings();
    struct got got = {.times = 0};
    s.disk_interval_ms = 3600000;
    struct collect *c = start(s);
    collect_engine_changed(c);
    run_until(&puppet.dfs, 1);
    s.disk_interval_ms = 0;
    collect_adopt(c, &s);
    assert_int_equal(puppet.dfs_cancelled, 1);
    first_scrape(c, &got, 0);
    assert_false(got.snapshot->measures_disk);
    s.disk_interval_ms = 3600000;
    collect_adopt(c, &s);
    run_until(&puppet.dfs, 2);
    end_df(1, 0);
    first_scrape(c, &got, 0);
    assert_non_null(got.snapshot->storage);
    s.disk_interval_ms = 20;
    collect_adopt(c, &s);
    run_until(&puppet.dfs, 3);
    finish(c, &got, 1);
}

static void the_wait_after_a_failure_stays(void **state) {
    (void)state;
    struct collect_settings s = settings();
    s.disk_retry_ms = 20;
    struct collect *c = start(s);
    collect_engine_changed(c);
    s.disk_interval_ms = 3600000;
    s.disk_retry_ms = 3600000;
    collect_adopt(c, &s);
    run_until(&puppet.dfs, 1);
    end_df(0, -EIO);
    run_until(&puppet.dfs, 2);
    finish(c, NULL, 0);
}

/* The Engine's facts: asked for once they are wanted, forgotten when they are not. */
static void facts_are_switched(void **state) {
    (void)state;
    struct collect_settings s = settings();
    struct got got = {.times = 0};
    s.system_interval_ms = 3600000;
    struct collect *c = start(s);
    collect_engine_changed(c);
    run_for_ms(20);
    assert_int_equal(under_way(ENDPOINT_INFO), 0);
    s.system = true;
    collect_adopt(c, &s);
    run_until(&puppet.n, 1);
    end_facts();
    first_scrape(c, &got, 0);
    assert_str(got.snapshot->engine.storage_driver, "overlay2");
    s.system_interval_ms = 20;
    collect_adopt(c, &s);
    run_until(&puppet.n, 1);
    s.system = false;
    collect_adopt(c, &s);
    end_facts(); /* too late */
    first_scrape(c, &got, 0);
    assert_int_equal(got.snapshot->engine.storage_driver.len, 0);
    assert_true(got.snapshot->duration_ns[COLLECTOR_SYSTEM] < 0);
    run_for_ms(50);
    assert_int_equal(under_way(ENDPOINT_INFO), 0);
    finish(c, &got, 1);
}

/* With events followed, what a filter newly shows is inspected without a list; and a shorter resync
   comes sooner. */
static void beside_events_a_filter_asks_for_inspects(void **state) {
    (void)state;
    struct collect_settings s = settings();
    struct got got = {.times = 0};
    struct filter *f = without("c0");
    s.follow = true;
    struct collect *c = start(s);
    collect_refilter(c, f);
    open_events(c);
    run_until(&puppet.n, 1);
    end_list(1);
    end_inspect("stopped", 0);
    assert_true(collect_is_live(c));
    run_for_ms(100); /* what the list asked for is over */
    assert_int_equal(puppet.n, 0);
    collect_refilter(c, NULL);
    filter_free(f);
    run_until(&puppet.n, 1);
    assert_int_equal(under_way(ENDPOINT_LIST), 0);
    end_inspect("c0", 0);
    s.resync_ms = 30;
    collect_adopt(c, &s);
    run_until(&puppet.n, 1);
    assert_int_equal(under_way(ENDPOINT_LIST), 1);
    finish(c, &got, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_holds_for_the_next_scrape),
        cmocka_unit_test(the_background_is_switched),
        cmocka_unit_test(a_cached_snapshot_goes_with_its_settings),
        cmocka_unit_test(what_was_collected_is_forgotten),
        cmocka_unit_test(disks_are_switched),
        cmocka_unit_test(the_wait_after_a_failure_stays),
        cmocka_unit_test(facts_are_switched),
        cmocka_unit_test(beside_events_a_filter_asks_for_inspects),
    };
    return RUN(tests);
}
