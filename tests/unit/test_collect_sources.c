/* Collections with the kernel as a source: who is asked, and when. */
#include "collect_bed.h"

static void the_kernel_is_read_after_the_inspects(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c =
        start_with((struct collect_settings){.source = COLLECT_AUTO}, &puppet_kernel);
    puppet_kernel.cpu_ns = 5;
    ask(c, 60000, &got);
    end_list(2);
    assert_int_equal(under_way(ENDPOINT_STATS), 0);
    assert_int_equal(puppet_kernel.reads, 0);
    end_inspect("c0", 0);
    end_inspect("c1", 0);
    end_inspect("stopped", 0);
    run_until(&got.times, 1);
    assert_int_equal(puppet_kernel.reads, 2);
    assert_int_equal(puppet_kernel.sweeps, 1);
    assert_int_equal(puppet.n, 0);
    assert_true(has_usage(&got, "c0"));
    assert_int_equal(usage_of(&got, "c1")->source, SOURCE_KERNEL);
    finish(c, &got, 1);
}

/* While the Engine is still asked for others; what has changed meanwhile is read again. */
static void what_is_inspected_is_read_ahead(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_with(
        (struct collect_settings){.source = COLLECT_AUTO, .follow = true}, &puppet_kernel);
    puppet_kernel.cpu_ns = 5;
    ask(c, 60000, &got);
    end_list(3);
    end_inspect("c0", 0);
    end_inspect("c1", 0);
    run_until(&puppet_kernel.reads, 2);
    puppet_kernel.cpu_ns = 6;
    const struct container_event event = {.action = EVENT_PAUSE, .id = STR("c1"), .time_ns = 2000};
    open_events(c);
    puppet_events.setup.on_event(puppet_events.setup.arg, &event);
    end_inspect("c2", 0);
    end_inspect("stopped", 0);
    run_until(&got.times, 1);
    assert_int_equal(puppet_kernel.reads, 4);
    assert_int_equal(usage_of(&got, "c0")->number[USAGE_CPU_NS], 5);
    assert_int_equal(usage_of(&got, "c1")->number[USAGE_CPU_NS], 6);
    assert_int_equal(usage_of(&got, "c2")->number[USAGE_CPU_NS], 6);
    finish(c, &got, 1);
}

/* At its deadline a scrape has them, whatever inspects are still awaited, but for what has changed;
   the rest is counted, once. */
static void what_was_read_ahead_is_there_at_a_deadline(void **state) {
    (void)state;
    struct got got[3] = {{.times = 0}};
    struct collect *c = start_with(
        (struct collect_settings){.source = COLLECT_KERNEL, .follow = true, .patience_ms = 60000},
        &puppet_kernel);
    ask(c, 60000, &got[2]);
    end_list(4);
    end_inspect("c0", 0);
    end_inspect("c1", 0);
    run_until(&puppet_kernel.reads, 2);
    puppet_kernel.but = "c3";
    end_inspect("c3", 0);
    run_until(&puppet_kernel.reads, 3);
    const struct container_event event = {.action = EVENT_PAUSE, .id = STR("c1"), .time_ns = 2000};
    open_events(c);
    puppet_events.setup.on_event(puppet_events.setup.arg, &event);
    ask(c, 1, &got[0]);
    ask(c, 2, &got[1]);
    run_until(&got[0].times, 1);
    assert_true(has_usage(&got[0], "c0"));
    assert_true(is_without_usage(&got[0], "c1") && is_without_usage(&got[0], "c2"));
    /* The inspects of c2 and the stopped one; the usages of c1, c2 and c3. */
    assert_int_equal(tally.errors[COLLECTOR_CONTAINER], 5);
    run_until(&got[1].times, 1);
    assert_true(has_usage(&got[1], "c0"));
    assert_int_equal(tally.errors[COLLECTOR_CONTAINER], 5);
    puppet_kernel.but = NULL;
    puppet_kernel.code = -EACCES;
    end_inspect("c2", 0);
    end_inspect("stopped", 0);
    run_until(&got[2].times, 1);
    assert_true(has_usage(&got[2], "c0") && is_without_usage(&got[2], "c3"));
    assert_int_equal(tally.errors[COLLECTOR_CONTAINER], 5);
    finish(c, got, 3);
}

static void what_the_kernel_does_not_tell_the_engine_does(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct collect *c =
        start_with((struct collect_settings){.source = COLLECT_AUTO}, &puppet_kernel);
    puppet_kernel.code = -EACCES;
    first_scrape(c, &got[0], 1);
    run_until(&puppet_kernel.sweeps, 1);
    end_stats("c0", 0);
    assert_int_equal(got[0].times, 1);
    assert_int_equal(usage_of(&got[0], "c0")->source, SOURCE_ENGINE);
    assert_true(troubles == 1 && last_trouble == TROUBLE_FALLBACK);
    puppet_kernel.code = 0;
    first_scrape(c, &got[1], 1);
    run_until(&got[1].times, 1);
    assert_int_equal(usage_of(&got[1], "c0")->source, SOURCE_KERNEL);
    assert_int_equal(tally.errors[COLLECTOR_CONTAINER], 0);
    finish(c, got, 2);
}

/* Told to read the kernel alone, nobody else is asked, and it is an error that is counted. */
static void kernel_alone_means_kernel_alone(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c =
        start_with((struct collect_settings){.source = COLLECT_KERNEL}, &puppet_kernel);
    puppet_kernel.code = -EACCES;
    first_scrape(c, &got, 1);
    run_until(&got.times, 1);
    assert_true(is_without_usage(&got, "c0"));
    assert_true(troubles == 1 && last_trouble == TROUBLE_KERNEL);
    assert_int_equal(tally.errors[COLLECTOR_CONTAINER], 1);
    assert_int_equal(puppet.n, 0);
    finish(c, &got, 1);
}

static void engine_alone_means_engine_alone(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c =
        start_with((struct collect_settings){.source = COLLECT_ENGINE}, &puppet_kernel);
    first_scrape(c, &got, 1);
    end_stats("c0", 0);
    assert_int_equal(got.times, 1);
    assert_int_equal(puppet_kernel.reads, 0);
    finish(c, &got, 1);
}

/* Where the kernel shows this Engine's containers, a process that is gone has ended. Where it never
   did, the Engine may be on another machine. */
static void a_container_that_ended_is_not_asked_for(void **state) {
    (void)state;
    struct got got[3] = {{.times = 0}};
    struct collect *c =
        start_with((struct collect_settings){.source = COLLECT_AUTO}, &puppet_kernel);
    puppet_kernel.code = -ENOENT;
    first_scrape(c, &got[0], 2);
    run_until(&puppet_kernel.sweeps, 1);
    assert_int_equal(under_way(ENDPOINT_STATS), 2);
    end_stats("c0", 0);
    end_stats("c1", 0);
    puppet_kernel.code = 0;
    first_scrape(c, &got[1], 2);
    run_until(&got[1].times, 1);
    puppet_kernel.but = "c1";
    first_scrape(c, &got[2], 2);
    run_until(&got[2].times, 1);
    assert_true(has_usage(&got[2], "c0"));
    assert_true(is_without_usage(&got[2], "c1"));
    assert_int_equal(tally.errors[COLLECTOR_CONTAINER], 0);
    finish(c, got, 3);
}

/* The sources' readings may differ a little: the greater one stays until it is passed. */
static void no_counter_falls_because_the_source_changed(void **state) {
    (void)state;
    struct got got[4] = {{.times = 0}};
    struct collect *c =
        start_with((struct collect_settings){.source = COLLECT_AUTO}, &puppet_kernel);
    puppet_kernel.cpu_ns = 100;
    first_scrape(c, &got[0], 1);
    run_until(&got[0].times, 1);
    puppet_kernel.code = -EACCES;
    stats_cpu_ns = 90;
    first_scrape(c, &got[1], 1);
    run_until(&puppet_kernel.sweeps, 2);
    end_stats("c0", 0);
    assert_int_equal(usage_of(&got[1], "c0")->number[USAGE_CPU_NS], 100);
    stats_cpu_ns = 95;
    first_scrape(c, &got[2], 1);
    run_until(&puppet_kernel.sweeps, 3);
    end_stats("c0", 0);
    assert_int_equal(usage_of(&got[2], "c0")->number[USAGE_CPU_NS], 100);
    stats_cpu_ns = 105;
    first_scrape(c, &got[3], 1);
    run_until(&puppet_kernel.sweeps, 4);
    end_stats("c0", 0);
    assert_int_equal(usage_of(&got[3], "c0")->number[USAGE_CPU_NS], 105);
    finish(c, got, 4);
}

/* The same when a scrape in between got no reading at all. */
static void a_missed_reading_lets_no_counter_fall(void **state) {
    (void)state;
    struct got got[3] = {{.times = 0}};
    struct collect *c =
        start_with((struct collect_settings){.source = COLLECT_AUTO}, &puppet_kernel);
    puppet_kernel.cpu_ns = 100;
    first_scrape(c, &got[0], 1);
    run_until(&got[0].times, 1);
    puppet_kernel.but = "c0";
    first_scrape(c, &got[1], 1);
    run_until(&got[1].times, 1);
    assert_true(is_without_usage(&got[1], "c0"));
    puppet_kernel.but = NULL;
    puppet_kernel.code = -EACCES;
    stats_cpu_ns = 90;
    first_scrape(c, &got[2], 1);
    run_until(&puppet_kernel.sweeps, 3);
    end_stats("c0", 0);
    assert_int_equal(usage_of(&got[2], "c0")->number[USAGE_CPU_NS], 100);
    finish(c, got, 3);
}

/* Without events an inspect that hangs costs nobody the kernel's figures. */
static void the_kernel_does_not_wait_for_an_inspect_that_hangs(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct collect *c =
        start_with((struct collect_settings){.source = COLLECT_AUTO}, &puppet_kernel);
    first_scrape(c, &got[0], 2);
    run_until(&got[0].times, 1);
    ask(c, 900, &got[1]);
    end_list(2);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    run_until(&got[1].times, 1);
    assert_true(has_usage(&got[1], "c0") && has_usage(&got[1], "c1"));
    finish(c, got, 2);
}

/* The kernel is read on while the Engine is away, also when its states have become too old. */
static void the_kernel_is_read_while_the_engine_is_away(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct collect *c = start_with(
        (struct collect_settings){.source = COLLECT_AUTO, .resync_ms = 100}, &puppet_kernel);
    first_scrape(c, &got[0], 1);
    run_until(&got[0].times, 1);
    puppet.status.up = false;
    collect_engine_changed(c);
    run_for_ms(120);
    ask(c, 60000, &got[1]);
    run_until(&got[1].times, 1);
    assert_int_equal(got[1].snapshot->n, 1);
    assert_true(has_usage(&got[1], "c0"));
    assert_false(got[1].snapshot->states_known);
    assert_int_equal(puppet.n, 0);
    finish(c, got, 2);
}

static const struct collect_settings asking = {
    .source = COLLECT_AUTO, .system = true, .system_interval_ms = 3600000};

/* The Engine does not answer for a container that is being started, for as long as that takes. */
static void a_scrape_does_not_wait_for_calls_that_hang(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct collect *c = start_with(
        (struct collect_settings){.source = COLLECT_AUTO, .hangs_after_ms = 700}, &puppet_kernel);
    ask(c, 60000, &got[0]);
    end_list(2);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    run_until(&got[0].times, 1);
    assert_true(has_usage(&got[0], "c0") && reading_of(&got[0], "c1"));
    assert_int_equal(tally.errors[COLLECTOR_CONTAINER], 1);
    ask(c, 60000, &got[1]);
    end_list(2);
    assert_int_equal(under_way(ENDPOINT_INSPECT), 3); /* what hangs is not asked for again */
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    run_until(&got[1].times, 1);
    end_inspect("c1", 0);
    assert_int_equal(puppet.n, 0);
    finish(c, got, 2);
}

/* The first list and inspects are the follower's; who joins them later waits no longer. */
static void who_joins_calls_that_hang_does_not_wait_either(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_with(
        (struct collect_settings){.source = COLLECT_AUTO, .follow = true, .hangs_after_ms = 1},
        &puppet_kernel);
    open_events(c);
    run_until(&puppet.n, 1);
    end_list(2);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    run_for_ms(700);
    ask(c, 60000, &got);
    run_until(&got.times, 1);
    assert_true(has_usage(&got, "c0") && reading_of(&got, "c1"));
    finish(c, &got, 1);
}

static void a_scrape_waits_for_calls_that_are_slow(void **state) {
    (void)state;
    static const struct {
        struct collect_settings settings;
        size_t answers;
    } rows[] = {
        {{.hangs_after_ms = 60000}, 1},                  /* young */
        {{.hangs_after_ms = 1}, 0},                      /* nobody answered */
        {{.hangs_after_ms = 1, .max_concurrent = 1}, 1}, /* not all were asked */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct got got = {.times = 0};
        struct collect *c = start_with(rows[i].settings, NULL);
        first_scrape(c, &got, 3);
        for (size_t n = 0; n < rows[i].answers; n++) {
            end_stats(NULL, 0);
        }
        run_for_ms(1200);
        assert_int_equal(got.times, 0);
        while (under_way(ENDPOINT_STATS)) {
            end_stats(NULL, 0);
        }
        run_until(&got.times, 1);
        assert_true(has_usage(&got, "c0") && has_usage(&got, "c1") && has_usage(&got, "c2"));
        assert_int_equal(tally.errors[COLLECTOR_CONTAINER], 0);
        finish(c, &got, 1);
    }
}

/* What was collected before the filter changed is not kept for those that come after. */
static void what_hangs_is_not_kept_when_it_is_outdated(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct collect *c = start_with((struct collect_settings){.source = COLLECT_AUTO,
                                                             .hangs_after_ms = 1,
                                                             .cache_ttl_ms = 60000},
                                   &puppet_kernel);
    ask(c, 60000, &got[0]);
    end_list(2);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    collect_refilter(c, NULL);
    run_until(&got[0].times, 1);
    ask(c, 60000, &got[1]);
    assert_int_equal(under_way(ENDPOINT_LIST), 1);
    assert_int_equal(got[1].times, 0);
    finish(c, got, 2);
}

/* An Engine that is inspecting for a scrape is asked nothing about itself. */
static void what_the_engine_is_waits_for_the_scrape(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_with(asking, &puppet_kernel);
    ask(c, 60000, &got);
    collect_engine_changed(c);
    end_list(1);
    end_inspect("c0", 0);
    run_for_ms(20);
    assert_int_equal(under_way(ENDPOINT_INFO), 0);
    end_inspect("stopped", 0);
    assert_int_equal(got.times, 0);
    run_until(&got.times, 1);
    run_until(&puppet.n, 1);
    assert_int_equal(under_way(ENDPOINT_INFO), 1);
    finish(c, &got, 1);
}

/* Statistics take a second and more: it is asked beside them. */
static void it_does_not_wait_for_statistics(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_with(asking, NULL);
    ask(c, 60000, &got);
    collect_engine_changed(c);
    run_for_ms(20);
    assert_int_equal(under_way(ENDPOINT_INFO), 0);
    end_list(1);
    run_for_ms(20);
    assert_int_equal(under_way(ENDPOINT_STATS), 1);
    assert_int_equal(under_way(ENDPOINT_INFO), 1);
    finish(c, &got, 1);
}

/* Neither for a list that hangs, when the scrape is answered without it, nor when none comes. */
static void it_does_not_wait_for_ever(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct collect *c = start_with(asking, &puppet_kernel);
    ask(c, 20, &got[0]);
    collect_engine_changed(c);
    run_until(&got[0].times, 1);
    run_until(&puppet.n, 2);
    assert_int_equal(under_way(ENDPOINT_INFO), 1);
    finish(c, got, 1);
    c = start_with(asking, &puppet_kernel);
    ask(c, 60000, &got[1]);
    collect_engine_changed(c);
    struct err wrong = {.code = -EIO};
    struct call call = take(ENDPOINT_LIST, NULL);
    ((engine_list_done *)call.done)(call.arg, &wrong, NULL, 0);
    run_until(&puppet.n, 1);
    assert_int_equal(under_way(ENDPOINT_INFO), 1);
    finish(c, &got[1], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kernel_is_read_after_the_inspects),
        cmocka_unit_test(what_is_inspected_is_read_ahead),
        cmocka_unit_test(what_was_read_ahead_is_there_at_a_deadline),
        cmocka_unit_test(what_the_kernel_does_not_tell_the_engine_does),
        cmocka_unit_test(kernel_alone_means_kernel_alone),
        cmocka_unit_test(engine_alone_means_engine_alone),
        cmocka_unit_test(a_container_that_ended_is_not_asked_for),
        cmocka_unit_test(no_counter_falls_because_the_source_changed),
        cmocka_unit_test(a_missed_reading_lets_no_counter_fall),
        cmocka_unit_test(the_kernel_does_not_wait_for_an_inspect_that_hangs),
        cmocka_unit_test(a_scrape_does_not_wait_for_calls_that_hang),
        cmocka_unit_test(who_joins_calls_that_hang_does_not_wait_either),
        cmocka_unit_test(what_hangs_is_not_kept_when_it_is_outdated),
        cmocka_unit_test(a_scrape_waits_for_calls_that_are_slow),
        cmocka_unit_test(what_the_engine_is_waits_for_the_scrape),
        cmocka_unit_test(it_does_not_wait_for_statistics),
        cmocka_unit_test(it_does_not_wait_for_ever),
        cmocka_unit_test(the_kernel_is_read_while_the_engine_is_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
