/* Disk usage: one df at a time, given up with the Engine, never waited for by a scrape. */
#include "collect_bed.h"

#define INTERVAL_MS 20 /* short for a test, long beside a turn of the loop */
#define NEVER_MS 3600000

static struct collect *start_disk(int64_t interval_ms, struct kernel *kernel) {
    disks_code = 0;
    disks_data_root[0] = '\0';
    return start_with((struct collect_settings){.disk_interval_ms = interval_ms}, kernel);
}

/* A whole scrape of c0 and what is stopped. */
static void scrape(struct collect *c, struct got *got) {
    size_t before = got->times;
    ask(c, 60000, got);
    end_list(1);
    end_stats("c0", 0);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    assert_int_equal(got->times, before + 1);
}

static const uint64_t *rw_of(const struct got *got, const char *id) {
    const struct storage *storage = got->snapshot->storage;
    const struct storage_container *c = storage ? storage_find(storage, str_of(id)) : NULL;
    return c ? &c->bytes[STORAGE_RW] : NULL;
}

static void set_up(struct collect *c, bool up) {
    puppet.status.up = up;
    collect_engine_changed(c);
}

static void it_is_off_by_default(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start((struct collect_settings){.cache_ttl_ms = 0});
    set_up(c, true);
    run_for_ms(20);
    scrape(c, &got);
    assert_int_equal(puppet.dfs, 0);
    assert_null(got.snapshot->storage);
    assert_false(got.snapshot->measures_disk);
    finish(c, &got, 1);
}

static void scrapes_get_the_last_figures_and_ask_nothing(void **state) {
    (void)state;
    struct got got[3] = {{.times = 0}};
    struct collect *c = start_disk(NEVER_MS, NULL);
    set_up(c, true);
    run_until(&puppet.dfs, 1);
    scrape(c, &got[0]); /* while the df hangs */
    assert_null(got[0].snapshot->storage);
    assert_true(got[0].snapshot->measures_disk);
    end_df(77, 0);
    scrape(c, &got[1]);
    assert_int_equal(*rw_of(&got[1], "c0"), 77);
    assert_null(rw_of(&got[1], "stopped"));
    assert_true(got[1].snapshot->duration_ns[COLLECTOR_DISK] >= 0);
    scrape(c, &got[2]);
    assert_ptr_equal(got[2].snapshot->storage, got[1].snapshot->storage);
    run_for_ms(20);
    assert_int_equal(puppet.dfs, 1);
    assert_int_equal(tally.errors[COLLECTOR_DISK], 0);
    finish(c, got, 3);
}

/* The bed itself fails on a second df while one is under way. */
static void the_next_one_begins_an_interval_after_the_last(void **state) {
    (void)state;
    struct collect *c = start_disk(INTERVAL_MS, NULL);
    set_up(c, true);
    run_until(&puppet.dfs, 1);
    run_for_ms(3 * INTERVAL_MS); /* one that hangs is waited for */
    assert_int_equal(puppet.dfs, 1);
    for (size_t n = 2; n < 5; n++) {
        int64_t ended_ns = clock_mono_ns();
        end_df(n, n % 2 ? -EIO : 0);
        run_until(&puppet.dfs, n);
        assert_true(clock_mono_ns() - ended_ns >= INTERVAL_MS * NS_PER_MS / 2);
    }
    assert_int_equal(tally.errors[COLLECTOR_DISK], 1);
    assert_int_equal(troubles, 1);
    finish(c, NULL, 0);
}

/* An Engine that comes and goes is not asked more often than one that stays. */
static void it_is_given_up_with_the_engine(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_disk(NEVER_MS, NULL);
    set_up(c, true);
    run_until(&puppet.dfs, 1);
    set_up(c, false);
    assert_int_equal(puppet.dfs_cancelled, 1);
    set_up(c, false);
    set_up(c, true);
    run_for_ms(20);
    assert_int_equal(puppet.dfs, 1);
    assert_int_equal(puppet.dfs_cancelled, 1);
    scrape(c, &got);
    assert_null(got.snapshot->storage);
    finish(c, &got, 1);
}

static struct collect *start_patient(int64_t retry_ms) {
    return start_with(
        (struct collect_settings){.disk_interval_ms = NEVER_MS, .disk_retry_ms = retry_ms}, NULL);
}

/* Each wait is twice the one before; after one that succeeds it is the interval again. */
static void one_that_fails_is_tried_again_soon(void **state) {
    (void)state;
    struct collect *c = start_patient(INTERVAL_MS);
    set_up(c, true);
    run_until(&puppet.dfs, 1);
    for (size_t n = 2; n < 5; n++) {
        int64_t ended_ns = clock_mono_ns();
        end_df(0, -ECONNREFUSED);
        run_until(&puppet.dfs, n);
        assert_true(clock_mono_ns() - ended_ns >= (INTERVAL_MS * NS_PER_MS << (n - 2)) / 2);
    }
    assert_int_equal(tally.errors[COLLECTOR_DISK], 3);
    end_df(1, 0);
    run_for_ms(8 * INTERVAL_MS);
    assert_int_equal(puppet.dfs, 4);
    finish(c, NULL, 0);
}

static void one_that_fails_is_tried_again_when_the_engine_is_back(void **state) {
    (void)state;
    struct collect *c = start_patient(NEVER_MS);
    set_up(c, true);
    run_until(&puppet.dfs, 1);
    end_df(0, -EIO);
    set_up(c, true); /* it was not away */
    run_for_ms(20);
    assert_int_equal(puppet.dfs, 1);
    set_up(c, false);
    set_up(c, true);
    run_until(&puppet.dfs, 2);
    set_up(c, true);
    run_for_ms(20);
    assert_int_equal(puppet.dfs, 2);
    end_df(1, 0);
    set_up(c, false);
    set_up(c, true);
    run_for_ms(20);
    assert_int_equal(puppet.dfs, 2);
    finish(c, NULL, 0);
}

/* It may have made the Engine too slow to answer, so it waits on when that is back. */
static void one_that_was_given_up_is_tried_again_soon(void **state) {
    (void)state;
    struct collect *c = start_patient(INTERVAL_MS);
    set_up(c, true);
    run_until(&puppet.dfs, 1);
    set_up(c, false);
    int64_t ended_ns = clock_mono_ns();
    set_up(c, true);
    run_until(&puppet.dfs, 2);
    assert_true(clock_mono_ns() - ended_ns >= INTERVAL_MS * NS_PER_MS / 2);
    finish(c, NULL, 0);
}

static void an_engine_back_after_an_interval_is_asked_at_once(void **state) {
    (void)state;
    struct collect *c = start_disk(INTERVAL_MS, NULL);
    set_up(c, true);
    run_until(&puppet.dfs, 1);
    end_df(1, 0);
    set_up(c, false);
    run_for_ms(5 * INTERVAL_MS); /* nobody is asked meanwhile */
    assert_int_equal(puppet.dfs, 1);
    set_up(c, true);
    run_until(&puppet.dfs, 2);
    finish(c, NULL, 0);
}

/* Three rounds without a good answer: the figures go. */
static void figures_grow_old(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_disk(INTERVAL_MS, NULL);
    set_up(c, true);
    run_until(&puppet.dfs, 1);
    end_df(5, 0);
    scrape(c, &got);
    set_up(c, false);
    int64_t end_ns = clock_mono_ns() + 5 * NS_PER_S;
    while (rw_of(&got, "c0") && clock_mono_ns() < end_ns) {
        run_for_ms(INTERVAL_MS);
        ask(c, 60000, &got);
    }
    assert_null(got.snapshot->storage);
    finish(c, &got, 1);
}

/* Where the Engine's data are is in its facts, so they come first; without them it goes on. */
static void it_waits_for_the_facts(void **state) {
    (void)state;
    struct collect *c = start_with((struct collect_settings){.disk_interval_ms = NEVER_MS,
                                                             .system = true,
                                                             .system_interval_ms = NEVER_MS},
                                   &puppet_kernel);
    set_up(c, true);
    while (under_way(ENDPOINT_INFO) == 0) {
        run_for_ms(1);
    }
    run_for_ms(20);
    assert_int_equal(puppet.dfs, 0);
    end_facts();
    run_until(&puppet.dfs, 1);
    assert_true(collect_is_starting(c));
    end_df(1, 0);
    while (collect_is_starting(c)) {
        run_for_ms(1);
    }
    (void)pthread_mutex_lock(&disks_lock);
    assert_string_equal(disks_data_root, "/var/lib/docker");
    (void)pthread_mutex_unlock(&disks_lock);
    finish(c, NULL, 0);
}

static void file_systems_are_measured_beside_it(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_disk(NEVER_MS, &puppet_kernel);
    set_up(c, true);
    run_until(&puppet.dfs, 1);
    end_df(1, 0);
    while (collect_is_starting(c)) {
        run_for_ms(1);
    }
    ask(c, 60000, &got);
    end_list(1);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    run_until(&got.times, 1);
    assert_int_equal(got.snapshot->filesystems->n, 1);
    assert_str(got.snapshot->filesystems->list[0].device, "/dev/made");
    finish(c, &got, 1);
}

/* A disk that answers never costs its own figures and nothing else: no thread besides, no scrape.
 */
static void a_disk_that_hangs_hinders_nothing(void **state) {
    (void)state;
    struct got got = {.times = 0};
    struct collect *c = start_disk(INTERVAL_MS, &puppet_kernel);
    (void)pthread_mutex_lock(&disks_lock);
    set_up(c, true);
    for (size_t n = 1; n < 6; n++) {
        run_until(&puppet.dfs, n);
        end_df(n, 0);
    }
    ask(c, 60000, &got);
    end_list(1);
    end_inspect("c0", 0);
    end_inspect("stopped", 0);
    run_until(&got.times, 1);
    assert_null(got.snapshot->filesystems);
    assert_int_equal(tally.errors[COLLECTOR_DISK], 0);
    (void)pthread_mutex_unlock(&disks_lock);
    finish(c, &got, 1);
}

static void what_cannot_be_measured_is_counted(void **state) {
    (void)state;
    struct collect *c = start_disk(NEVER_MS, &puppet_kernel);
    disks_code = -EACCES;
    set_up(c, true);
    run_until(&troubles, 1);
    assert_int_equal(tally.errors[COLLECTOR_DISK], 1);
    finish(c, NULL, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_off_by_default),
        cmocka_unit_test(scrapes_get_the_last_figures_and_ask_nothing),
        cmocka_unit_test(the_next_one_begins_an_interval_after_the_last),
        cmocka_unit_test(it_is_given_up_with_the_engine),
        cmocka_unit_test(one_that_fails_is_tried_again_soon),
        cmocka_unit_test(one_that_fails_is_tried_again_when_the_engine_is_back),
        cmocka_unit_test(one_that_was_given_up_is_tried_again_soon),
        cmocka_unit_test(an_engine_back_after_an_interval_is_asked_at_once),
        cmocka_unit_test(figures_grow_old),
        cmocka_unit_test(it_waits_for_the_facts),
        cmocka_unit_test(file_systems_are_measured_beside_it),
        cmocka_unit_test(a_disk_that_hangs_hinders_nothing),
        cmocka_unit_test(what_cannot_be_measured_is_counted),
    };
    return RUN(tests);
}
