/* Collections that follow the event stream: who is asked, and when. */
#include "collect_bed.h"

/* Brings a following collect to life: the stream is open, the list and inspects are done. */
static struct collect *start_live(struct kernel *kernel, size_t n) {
    static const char *const names[] = {"c0", "c1", "c2"};
    struct collect *c = start_with((struct collect_settings){.follow = true}, kernel);
    open_events(c);
    run_until(&puppet.n, 1);
    end_list(n);
    for (size_t i = 0; i < n; i++) {
        end_inspect(names[i], 0);
    }
    end_inspect("stopped", 0);
    assert_true(collect_is_live(c));
    return c;
}

static void tell(enum event_action action, const char *id, int64_t time_ns) {
    struct container_event event = {.action = action, .id = str_of(id), .time_ns = time_ns};
    puppet_events.setup.on_event(puppet_events.setup.arg, &event);
}

static void steady_scrapes_ask_the_engine_nothing(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_live(&puppet_kernel, 2);
    for (size_t i = 1; i <= 5; i++) {
        ask(c, 60000, &got);
        run_until(&got.times, i);
        assert_int_equal(puppet.n, 0);
        assert_true(has_usage(&got, "c1"));
        assert_non_null(reading_of(&got, "stopped"));
    }
    finish(c, &got, 1);
}

static void without_the_kernel_one_call_each(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_live(NULL, 2);
    ask(c, 60000, &got);
    run_until(&puppet.n, 2);
    assert_int_equal(under_way(ENDPOINT_STATS), 2);
    end_stats("c0", 0);
    end_stats("c1", 0);
    assert_int_equal(got.times, 1);
    finish(c, &got, 1);
}

/* A burst of events about known containers is one round of inspects, of those alone. */
static void events_are_gathered(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_live(&puppet_kernel, 3);
    for (int i = 0; i < 20; i++) {
        tell(EVENT_PAUSE, "c1", 10 + i);
        tell(EVENT_UNPAUSE, "c1", 11 + i);
    }
    assert_int_equal(puppet.n, 0);
    run_until(&puppet.n, 1);
    run_for_ms(30);
    assert_int_equal(under_way(ENDPOINT_INSPECT), 1);
    assert_int_equal(puppet.n, 1);
    end_inspect("c1", 0);
    run_for_ms(30);
    assert_int_equal(puppet.n, 0);
    assert_true(collect_is_live(c));
    finish(c, &got, 1);
}

static void an_unknown_container_asks_for_the_list(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_live(&puppet_kernel, 1);
    tell(EVENT_START, "c1", 10);
    run_until(&puppet.n, 1);
    assert_int_equal(under_way(ENDPOINT_LIST), 1);
    end_list(2);
    run_until(&puppet.n, 1);
    run_for_ms(20);
    assert_int_equal(under_way(ENDPOINT_INSPECT), 1);
    end_inspect("c1", 0);
    ask(c, 60000, &got);
    run_until(&got.times, 1);
    assert_true(has_usage(&got, "c1"));
    finish(c, &got, 1);
}

/* A line of the stream was lost, and with it perhaps an event: everything is looked at again. */
static void a_lost_line_asks_for_everything(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct err lost = {.code = -EPROTO};
    struct collect *c = start_live(&puppet_kernel, 1);
    puppet_events.setup.on_lost(puppet_events.setup.arg, &lost);
    run_until(&puppet.n, 1);
    end_list(1);
    run_until(&puppet.n, 2);
    assert_int_equal(under_way(ENDPOINT_INSPECT), 2);
    /* Another one so soon does not ask for another list at once. */
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    puppet_events.setup.on_lost(puppet_events.setup.arg, &lost);
    run_for_ms(100);
    assert_int_equal(puppet.n, 0);
    finish(c, &got, 1);
}

/* What happened while an inspect was under way is inspected again. */
static void an_overtaken_inspect_is_repeated(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_live(&puppet_kernel, 1);
    tell(EVENT_PAUSE, "c0", 10);
    run_until(&puppet.n, 1);
    tell(EVENT_UNPAUSE, "c0", 11);
    end_inspect("c0", 0);
    run_until(&puppet.n, 1);
    assert_int_equal(under_way(ENDPOINT_INSPECT), 1);
    end_inspect("c0", 0);
    run_for_ms(30);
    assert_int_equal(puppet.n, 0);
    finish(c, &got, 1);
}

static void what_is_held_goes_with_its_container(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_live(&puppet_kernel, 1);
    tell(EVENT_DIE, "c0", 10);
    assert_int_equal(puppet_kernel.forgotten, 1);
    finish(c, &got, 1);
}

static void a_pid_of_somebody_else_is_inspected_again(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct collect *c = start_live(&puppet_kernel, 2);
    ask(c, 60000, &got[0]);
    run_until(&got[0].times, 1);
    puppet_kernel.not_his = "c1";
    ask(c, 60000, &got[1]);
    run_until(&puppet.n, 1);
    end_stats("c1", 0);
    run_until(&got[1].times, 1);
    assert_int_equal(usage_of(&got[1], "c1")->source, SOURCE_ENGINE);
    run_until(&puppet.n, 1);
    assert_int_equal(under_way(ENDPOINT_INSPECT), 1);
    finish(c, got, 2);
}

/* Behind a proxy that refuses the stream, each scrape asks as before; it is said once. */
static void a_refused_stream_is_gone_without(void **state) {
    (void)state;
    struct got got[2] = {{.times = 0}};
    struct err refused = {.code = -EACCES};
    struct collect *c = start_with((struct collect_settings){.follow = true}, &puppet_kernel);
    collect_engine_changed(c);
    run_until(&times_opened, 1);
    events_are_open = false;
    puppet_events.setup.on_end(puppet_events.setup.arg, &refused);
    assert_int_equal(troubles, 1);
    for (size_t i = 0; i < 2; i++) {
        first_scrape(c, &got[i], 1);
        run_until(&got[i].times, 1);
        assert_true(has_usage(&got[i], "c0"));
    }
    run_for_ms(50);
    assert_int_equal(times_opened, 1);
    assert_int_equal(troubles, 1);
    assert_false(collect_is_starting(c));
    finish(c, got, 2);
}

/* A stream that ends is opened again from where it ended, and a list follows; until then scrapes
   list by themselves. */
static void a_cut_stream_is_opened_again(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct err cut = {.code = -EPROTO};
    struct collect *c = start_live(&puppet_kernel, 1);
    tell(EVENT_OTHER, "c0", 77);
    events_are_open = false;
    puppet_events.setup.on_end(puppet_events.setup.arg, &cut);
    assert_false(collect_is_live(c));
    ask(c, 60000, &got);
    end_list(1);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    run_until(&got.times, 1);
    run_until(&times_opened, 2);
    assert_int_equal(puppet_events.setup.since_ns, 77);
    puppet_events.setup.on_open(puppet_events.setup.arg);
    run_until(&puppet.n, 1);
    assert_int_equal(under_way(ENDPOINT_LIST), 1);
    assert_int_equal(troubles, 0);
    finish(c, &got, 1);
}

/* An inspect that failed is tried again, but not because of others' events. */
static void a_failed_inspect_is_tried_again(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_live(&puppet_kernel, 2);
    tell(EVENT_UPDATE, "c0", 10);
    run_until(&puppet.n, 1);
    end_inspect("c0", -EIO);
    assert_true(collect_is_live(c));
    tell(EVENT_UPDATE, "c1", 11);
    run_until(&puppet.n, 1);
    end_inspect("c1", 0);
    assert_int_equal(puppet.n, 0);
    run_until(&puppet.n, 1);
    end_inspect("c0", 0);
    run_for_ms(30);
    assert_int_equal(puppet.n, 0);
    finish(c, &got, 1);
}

/* Nor do the events of others wait for one that hangs. */
static void events_go_past_an_inspect_that_hangs(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_live(&puppet_kernel, 2);
    tell(EVENT_UPDATE, "c0", 10);
    run_until(&puppet.n, 1);
    tell(EVENT_UPDATE, "c1", 11);
    run_until(&puppet.n, 2);
    end_inspect("c1", 0);
    tell(EVENT_UPDATE, "c1", 12);
    run_until(&puppet.n, 2);
    assert_int_equal(under_way(ENDPOINT_INSPECT), 2);
    finish(c, &got, 1);
}

/* An inspect that was under way when the Engine went away ends when another one is: what an event
   asks for meanwhile is asked all the same. */
static void an_abandoned_inspect_spoils_no_later_one(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_live(&puppet_kernel, 1);
    tell(EVENT_UPDATE, "c0", 10);
    run_until(&puppet.n, 1);
    struct call old = take(ENDPOINT_INSPECT, "c0");
    puppet.status.up = false;
    collect_engine_changed(c);
    puppet.status.up = true;
    open_events(c);
    run_until(&puppet.n, 1);
    end_list(1);
    assert_int_equal(under_way(ENDPOINT_INSPECT), 2);
    struct err reset = {.code = -ECONNRESET};
    ((engine_inspect_done *)old.done)(old.arg, &reset, NULL);
    tell(EVENT_UPDATE, "c0", 11);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    run_until(&puppet.n, 1);
    assert_int_equal(under_way(ENDPOINT_INSPECT), 1);
    finish(c, &got, 1);
}

/* While the list fails the inventory is not right, whatever else works; events go on. */
static void a_list_that_fails_ends_the_trust(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct err wrong = {.code = -EIO};
    struct collect *c = start_live(&puppet_kernel, 1);
    tell(EVENT_START, "c7", 10);
    run_until(&puppet.n, 1);
    struct call call = take(ENDPOINT_LIST, NULL);
    ((engine_list_done *)call.done)(call.arg, &wrong, NULL, 0);
    assert_false(collect_is_live(c));
    tell(EVENT_PAUSE, "c0", 11);
    run_until(&puppet.n, 1);
    end_inspect("c0", 0);
    run_until(&puppet.n, 1);
    end_list(1);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    assert_true(collect_is_live(c));
    finish(c, &got, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steady_scrapes_ask_the_engine_nothing),
        cmocka_unit_test(without_the_kernel_one_call_each),
        cmocka_unit_test(events_are_gathered),
        cmocka_unit_test(an_unknown_container_asks_for_the_list),
        cmocka_unit_test(a_lost_line_asks_for_everything),
        cmocka_unit_test(an_overtaken_inspect_is_repeated),
        cmocka_unit_test(what_is_held_goes_with_its_container),
        cmocka_unit_test(a_pid_of_somebody_else_is_inspected_again),
        cmocka_unit_test(a_refused_stream_is_gone_without),
        cmocka_unit_test(a_cut_stream_is_opened_again),
        cmocka_unit_test(a_failed_inspect_is_tried_again),
        cmocka_unit_test(events_go_past_an_inspect_that_hangs),
        cmocka_unit_test(an_abandoned_inspect_spoils_no_later_one),
        cmocka_unit_test(a_list_that_fails_ends_the_trust),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
