/* Collections: single flight, deadlines, what hangs, what vanishes, what is away. */
#include "collect/fanout.h"
#include "collect_bed.h"

static void scrapes_share_one_collection(void **state) {
    (void)state;
    struct got got[3] = {{.times = 0}};
    struct collect *c = start((struct collect_settings){.cache_ttl_ms = 0});
    ask(c, 60000, &got[0]);
    ask(c, 60000, &got[1]);
    assert_int_equal(puppet.n, 1);
    end_list(2);
    ask(c, 60000, &got[2]);
    assert_int_equal(under_way(ENDPOINT_STATS), 2);
    assert_int_equal(under_way(ENDPOINT_INSPECT), 3);
    end_stats("c0", 0);
    end_stats("c1", 0);
    end_inspect("c0", 0);
    end_inspect("c1", 0);
    assert_int_equal(got[0].times, 0);
    end_inspect("stopped", 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(got[i].times, 1);
        assert_int_equal(got[i].snapshot->n, 3);
    }
    assert_true(has_usage(&got[0], "c0"));
    assert_true(is_without_usage(&got[0], "stopped"));
    assert_true(got[0].snapshot->duration_ns[COLLECTOR_CONTAINER] >= 0);
    finish(c, got, 3);
}

/* At its deadline a scrape gets what there is; the collection goes on for the others. */
static void each_scrape_has_its_own_deadline(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    struct got got[2] = {{.times = 0}};
    struct collect *c = start((struct collect_settings){.cache_ttl_ms = 0});
    ask(c, 20, &got[0]);
    ask(c, 60000, &got[1]);
    end_list(2);
    end_stats("c0", 0);
    assert_int_equal(loop_run(loop, &err), 0);
    assert_int_equal(got[0].times, 1);
    assert_true(has_usage(&got[0], "c0"));
    assert_non_null(reading_of(&got[0], "c1"));
    assert_true(is_without_usage(&got[0], "c1"));
    /* The statistics of c1 and the three inspects. */
    assert_int_equal(tally.errors[COLLECTOR_CONTAINER], 4);
    assert_int_equal(got[1].times, 0);
    end_stats("c1", 0);
    end_inspect("c0", 0);
    end_inspect("c1", 0);
    end_inspect("stopped", 0);
    assert_int_equal(got[1].times, 1);
    assert_true(has_usage(&got[1], "c1"));
    assert_true(is_without_usage(&got[0], "c1"));
    finish(c, got, 2);
}

static void vanished_containers_are_no_error(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start((struct collect_settings){.cache_ttl_ms = 0});
    ask(c, 60000, &got);
    end_list(2);
    end_stats("c0", -ENOENT);
    end_inspect("c0", -ENOENT);
    end_stats("c1", -EPROTO);
    end_inspect("c1", 0);
    end_inspect("stopped", 0);
    assert_int_equal(got.times, 1);
    assert_null(reading_of(&got, "c0"));
    assert_non_null(reading_of(&got, "c1"));
    assert_int_equal(tally.errors[COLLECTOR_CONTAINER], 1);
    assert_int_equal(troubles, 1);
    finish(c, &got, 1);
}

static void statistics_keep_to_the_limit(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start((struct collect_settings){.max_concurrent = 2});
    ask(c, 60000, &got);
    end_list(6);
    for (size_t i = 0; i < 6; i++) {
        struct call call = take(ENDPOINT_STATS, NULL);
        struct err gone = {.code = -ENOENT};
        ((engine_stats_done *)call.done)(call.arg, &gone, NULL);
    }
    assert_int_equal(puppet.most_stats, 2);
    finish(c, &got, 1);
}

/* An Engine whose one-shot waits for a tick gets all requests at once. */
static void ticking_engines_get_all_at_once(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start((struct collect_settings){.max_concurrent = 2});
    puppet.status.direct_oneshot = false;
    ask(c, 60000, &got);
    end_list(6);
    assert_int_equal(puppet.most_stats, 6);
    finish(c, &got, 1);
}

/* When the Engine goes away nobody waits for it, and its late answers change nothing. */
static void nobody_waits_for_an_engine_that_is_away(void **state) {
    (void)state;
    struct got got[3] = {{.times = 0}};
    struct collect *c = start((struct collect_settings){.resync_ms = 60000});
    ask(c, 60000, &got[0]);
    end_list(1);
    puppet.status.up = false;
    collect_engine_changed(c);
    assert_int_equal(got[0].times, 1);
    assert_false(got[0].snapshot->engine_up);
    ask(c, 60000, &got[1]);
    assert_int_equal(got[1].times, 1);
    assert_int_equal(got[1].snapshot->n, 2);
    puppet.status.up = true;
    collect_engine_changed(c);
    ask(c, 60000, &got[2]);
    end_list(2);
    end_stats("c0", 0);
    end_inspect("c0", -ENOENT);
    end_inspect("stopped", 0);
    assert_int_equal(got[2].times, 0);
    while (puppet.n) {
        struct call call = take(puppet.calls[0].endpoint, NULL);
        struct err gone = {.code = -EPROTO};
        if (call.endpoint == ENDPOINT_STATS) {
            ((engine_stats_done *)call.done)(call.arg, &gone, NULL);
        } else {
            ((engine_inspect_done *)call.done)(call.arg, &gone, NULL);
        }
    }
    assert_int_equal(got[2].times, 1);
    assert_non_null(reading_of(&got[2], "c0"));
    finish(c, got, 3);
}

#define RESYNC_MS 200

static void wait_past_resync(void) {
    int64_t end = clock_mono_ns() + (RESYNC_MS + 10) * NS_PER_MS;
    while (clock_mono_ns() < end) {
        (void)usleep(1000);
    }
}

static void old_states_are_forgotten_in_the_end(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct collect *c = start((struct collect_settings){.resync_ms = RESYNC_MS});
    ask(c, 60000, &got[0]);
    end_list(0);
    end_inspect("stopped", 0);
    assert_int_equal(got[0].snapshot->n, 1);
    puppet.status.up = false;
    collect_engine_changed(c);
    wait_past_resync();
    ask(c, 60000, &got[1]);
    assert_int_equal(got[1].snapshot->n, 0);
    assert_false(got[1].snapshot->states_known);
    finish(c, got, 2);
}

/* The ping answers, the list does not: what it told long ago is not shown for ever. */
static void a_list_that_fails_is_no_list(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct err wrong = {.code = -EIO};
    struct collect *c = start((struct collect_settings){.resync_ms = RESYNC_MS});
    ask(c, 60000, &got[0]);
    end_list(0);
    end_inspect("stopped", 0);
    wait_past_resync();
    ask(c, 60000, &got[1]);
    struct call call = take(ENDPOINT_LIST, NULL);
    ((engine_list_done *)call.done)(call.arg, &wrong, NULL, 0);
    assert_int_equal(got[1].times, 1);
    assert_int_equal(got[1].snapshot->n, 0);
    assert_int_equal(got[1].snapshot->tally.errors[COLLECTOR_CONTAINER], 1);
    finish(c, got, 2);
}

/* The scrape after the one that met it neither waits for a call that hangs nor repeats it. */
static void a_call_that_hangs_holds_up_one_scrape(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    struct got got[3] = {{.times = 0}};
    struct collect *c = start((struct collect_settings){.hangs_after_ms = 1});
    ask(c, 20, &got[0]);
    end_list(2);
    end_stats("c0", 0);
    end_inspect("c0", 0);
    end_inspect("c1", 0);
    end_inspect("stopped", 0);
    assert_int_equal(loop_run(loop, &err), 0);
    assert_true(is_without_usage(&got[0], "c1"));
    ask(c, 60000, &got[1]);
    end_list(3);
    assert_int_equal(under_way(ENDPOINT_STATS), 3);
    end_stats("c0", 0);
    end_stats("c2", 0);
    end_inspect("c0", 0);
    end_inspect("c1", 0);
    end_inspect("c2", 0);
    end_inspect("stopped", 0);
    assert_int_equal(got[1].times, 1);
    assert_true(has_usage(&got[1], "c2"));
    assert_true(is_without_usage(&got[1], "c1"));
    assert_int_equal(tally.errors[COLLECTOR_CONTAINER], 2);
    end_stats("c1", 0);
    ask(c, 60000, &got[2]);
    end_list(2);
    assert_int_equal(under_way(ENDPOINT_STATS), 2);
    finish(c, got, 3);
}

/* A call that is only slow is not repeated either, but the next scrape waits for it. */
static void a_slow_call_serves_the_scrapes_that_wait(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    struct got got[2] = {{.times = 0}};
    struct collect *c = start((struct collect_settings){.hangs_after_ms = 60000});
    ask(c, 20, &got[0]);
    end_list(1);
    end_inspect("stopped", 0);
    assert_int_equal(loop_run(loop, &err), 0);
    ask(c, 60000, &got[1]);
    end_list(1);
    end_inspect("stopped", 0);
    assert_int_equal(under_way(ENDPOINT_STATS), 1);
    assert_int_equal(under_way(ENDPOINT_INSPECT), 1);
    end_inspect("c0", 0);
    assert_int_equal(got[1].times, 0);
    end_stats("c0", 0);
    assert_int_equal(got[1].times, 1);
    assert_true(has_usage(&got[1], "c0"));
    assert_int_equal(puppet.n, 0);
    finish(c, got, 2);
}

/* Two wait for one collection; the deadline of the first leaves the second its own. */
static void a_late_collection_still_answers_who_waits(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    struct got got[3] = {{.times = 0}};
    struct collect *c = start((struct collect_settings){.cache_ttl_ms = 0});
    ask(c, 20, &got[0]);
    ask(c, 60000, &got[1]);
    end_list(1);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    assert_int_equal(loop_run(loop, &err), 0);
    ask(c, 60000, &got[2]);
    assert_int_equal(under_way(ENDPOINT_LIST), 1);
    end_stats("c0", 0);
    assert_int_equal(got[1].times, 1);
    assert_true(has_usage(&got[1], "c0"));
    assert_int_equal(got[2].times, 0);
    finish(c, got, 3);
}

/* In the background a collection that is late is shown as far as it came. */
static void the_background_shows_late_collections(void **state) {
    (void)state;
    struct err err = ERR_INIT;
    struct got got = {.times = 0};
    struct collect *c = start((struct collect_settings){.interval_ms = 5});
    struct timer *enough = timer_new(loop, (void (*)(void *))loop_stop, loop);
    collect_engine_changed(c);
    timer_after_ms(enough, 1);
    assert_int_equal(loop_run(loop, &err), 0);
    end_list(2);
    end_stats("c0", 0);
    while (under_way(ENDPOINT_LIST) == 0) {
        timer_after_ms(enough, 1);
        assert_int_equal(loop_run(loop, &err), 0);
    }
    ask(c, 60000, &got);
    assert_int_equal(got.times, 1);
    assert_true(has_usage(&got, "c0"));
    assert_true(is_without_usage(&got, "c1"));
    timer_free(enough);
    finish(c, &got, 1);
}

/* How often, and how many of them were whole. */
struct told {
    size_t times;
    size_t whole;
};

static void on_collected(void *arg, struct snapshot *snapshot, bool whole) {
    struct told *told = arg;
    told->times += snapshot->n > 0;
    told->whole += whole;
}

/* The next one in the background, which a change of the Engine brings at once. */
static void begin_background(struct collect *c) {
    collect_engine_changed(c);
    for (int i = 0; i < 5000 && under_way(ENDPOINT_LIST) == 0; i++) {
        run_for_ms(1);
    }
}

/* A collection in the background is told when it ends or is late; it is whole unless the Engine
   would not say what containers there are, or is away. */
static void the_background_tells_of_its_collections(void **state) {
    (void)state;
    struct told told = {.times = 0};
    struct err refused = {.code = -EACCES};
    struct collect *c = start_with((struct collect_settings){.interval_ms = 60000,
                                                             .collected = on_collected,
                                                             .collected_arg = &told},
                                   &puppet_kernel);
    begin_background(c);
    assert_int_equal(told.times, 0);
    end_list(1);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    run_until(&told.whole, 1);
    begin_background(c);
    struct call list = take(ENDPOINT_LIST, NULL);
    ((engine_list_done *)list.done)(list.arg, &refused, NULL, 0);
    run_until(&told.times, 2);
    assert_int_equal(told.whole, 1);
    begin_background(c);
    end_list(1);
    collect_engine_changed(c);
    run_until(&told.whole, 2);
    puppet.status.up = false;
    size_t reads = puppet_kernel.reads;
    collect_engine_changed(c);
    struct got got = {.times = 0};
    ask(c, 60000, &got);
    run_until(&got.times, 1);
    assert_true(puppet_kernel.reads > reads);
    assert_int_equal(told.times, 4);
    assert_int_equal(told.whole, 2);
    finish(c, &got, 1);
}

static void a_cached_snapshot_needs_no_engine(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct collect *c = start((struct collect_settings){.cache_ttl_ms = 60000});
    ask(c, 60000, &got[0]);
    end_list(0);
    end_inspect("stopped", 0);
    ask(c, 60000, &got[1]);
    assert_int_equal(puppet.n, 0);
    assert_ptr_equal(got[1].snapshot, got[0].snapshot);
    finish(c, got, 2);
}

static void a_page_without_containers_needs_the_list_only(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct collect_wait *wait = NULL;
    struct collect *c = start((struct collect_settings){.cache_ttl_ms = 60000});
    assert_int_equal(collect_ask(c, 60000, false, on_snapshot, &got[0], &wait), 0);
    end_list(2);
    assert_int_equal(got[0].times, 1);
    assert_int_equal(got[0].snapshot->by_state[STATE_RUNNING], 2);
    assert_int_equal(puppet.n, 0);
    ask(c, 60000, &got[1]);
    assert_int_equal(got[1].times, 0);
    finish(c, got, 2);
}

static void a_cancelled_scrape_is_not_called(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect_wait *wait = NULL;
    struct collect *c = start((struct collect_settings){.cache_ttl_ms = 0});
    assert_int_equal(collect_ask(c, 60000, true, on_snapshot, &got, &wait), 0);
    collect_cancel(wait);
    end_list(0);
    end_inspect("stopped", 0);
    assert_int_equal(got.times, 0);
    finish(c, &got, 1);
}

static int refuse_odd(void *arg, size_t i) {
    size_t *started = arg;
    if (i % 2) {
        return -ENOMEM;
    }
    (*started)++;
    return 0;
}

static void fanout_goes_on_past_what_cannot_start(void **state) {
    (void)state;
    size_t started = 0;
    struct fanout f = {.start = refuse_odd, .arg = &started, .n = 10, .limit = 2};
    fanout_pump(&f);
    assert_int_equal(started, 2);
    while (!fanout_finished(&f)) {
        fanout_ended(&f);
    }
    assert_int_equal(started, 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scrapes_share_one_collection),
        cmocka_unit_test(each_scrape_has_its_own_deadline),
        cmocka_unit_test(vanished_containers_are_no_error),
        cmocka_unit_test(statistics_keep_to_the_limit),
        cmocka_unit_test(ticking_engines_get_all_at_once),
        cmocka_unit_test(nobody_waits_for_an_engine_that_is_away),
        cmocka_unit_test(old_states_are_forgotten_in_the_end),
        cmocka_unit_test(a_list_that_fails_is_no_list),
        cmocka_unit_test(a_call_that_hangs_holds_up_one_scrape),
        cmocka_unit_test(a_slow_call_serves_the_scrapes_that_wait),
        cmocka_unit_test(a_late_collection_still_answers_who_waits),
        cmocka_unit_test(the_background_shows_late_collections),
        cmocka_unit_test(the_background_tells_of_its_collections),
        cmocka_unit_test(a_cached_snapshot_needs_no_engine),
        cmocka_unit_test(a_page_without_containers_needs_the_list_only),
        cmocka_unit_test(a_cancelled_scrape_is_not_called),
        cmocka_unit_test(fanout_goes_on_past_what_cannot_start),
    };
    return RUN(tests);
}
