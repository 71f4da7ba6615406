#include "unit.h"

#include "model/usage.h"

static void default_interfaces(void **state) {
    (void)state;
    static const char *const defaults[] = {"lo",      "tunl0",   "sit0",     "gre0",    "gretap0",
                                           "erspan0", "ip_vti0", "ip6_vti0", "ip6tnl0", "ip6gre0"};
    static const char *const others[] = {"", "l", "lo0", "eth0", "tunl1", "sit", "Lo"};
    for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
        assert_true(usage_net_is_default(str_of(defaults[i])));
    }
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(usage_net_is_default(str_of(others[i])));
    }
}

static void interfaces_are_in_byte_order(void **state) {
    (void)state;
    struct usage_net nets[] = {
        {.interface = STR("eth1")}, {.interface = STR("eth10")}, {.interface = STR("B")},
        {.interface = STR("eth0")}, {.interface = STR("a")},
    };
    static const char *const sorted[] = {"B", "a", "eth0", "eth1", "eth10"};
    struct usage u = {.nets = nets, .n_nets = 5};
    usage_sort_nets(&u);
    for (size_t i = 0; i < u.n_nets; i++) {
        assert_str(u.nets[i].interface, sorted[i]);
    }
    struct usage none = {.have = 0};
    usage_sort_nets(&none);
    assert_int_equal(none.n_nets, 0);
}

static struct usage_disk disk(uint32_t major, uint32_t minor, enum disk_number k, uint64_t v) {
    struct usage_disk made = {.major = major, .minor = minor};
    usage_disk_add(&made, k, v);
    return made;
}

static void a_sum_beyond_64_bits_is_not_made(void **state) {
    (void)state;
    struct usage_disk d = disk(8, 0, DISK_READS, UINT64_MAX - 1);
    usage_disk_add(&d, DISK_READS, 1);
    assert_true(d.number[DISK_READS] == UINT64_MAX);
    usage_disk_add(&d, DISK_READS, 1);
    assert_true(d.number[DISK_READS] == UINT64_MAX);
    assert_int_equal(d.have, 1U << DISK_READS);
}

static void entries_of_a_device_become_one(void **state) {
    (void)state;
    struct usage_disk disks[] = {
        disk(253, 1, DISK_READS, 1),        disk(8, 16, DISK_READ_BYTES, 10),
        disk(8, 0, DISK_READS, 2),          disk(8, 16, DISK_WRITE_BYTES, 20),
        disk(8, 16, DISK_READ_BYTES, 5),    disk(UINT32_MAX, 0, DISK_READS, 3),
        disk(0, UINT32_MAX, DISK_READS, 4),
    };
    struct usage u = {.disks = disks, .n_disks = 7};
    usage_merge_disks(&u);
    assert_int_equal(u.n_disks, 5);
    assert_true(disks[0].major == 0 && disks[0].minor == UINT32_MAX);
    assert_true(disks[1].major == 8 && disks[1].minor == 0);
    assert_true(disks[2].major == 8 && disks[2].minor == 16);
    assert_true(disks[2].number[DISK_READ_BYTES] == 15);
    assert_true(disks[2].number[DISK_WRITE_BYTES] == 20);
    assert_int_equal(disks[2].have, 1U << DISK_READ_BYTES | 1U << DISK_WRITE_BYTES);
    assert_true(disks[3].major == 253 && disks[4].major == UINT32_MAX);
    struct usage none = {.have = 0};
    usage_merge_disks(&none);
    assert_int_equal(none.n_disks, 0);
}

static void minor_faults_are_all_less_the_major_ones(void **state) {
    (void)state;
    struct usage u = {.have = 0};
    usage_set(&u, USAGE_MEM_MINOR_FAULTS, 10);
    usage_set(&u, USAGE_MEM_MAJOR_FAULTS, 4);
    usage_split_faults(&u);
    assert_true(usage_has(&u, USAGE_MEM_MINOR_FAULTS));
    assert_true(u.number[USAGE_MEM_MINOR_FAULTS] == 6);
    assert_true(u.number[USAGE_MEM_MAJOR_FAULTS] == 4);
    usage_set(&u, USAGE_MEM_MAJOR_FAULTS, 7);
    usage_split_faults(&u);
    assert_false(usage_has(&u, USAGE_MEM_MINOR_FAULTS));
    assert_true(usage_has(&u, USAGE_MEM_MAJOR_FAULTS));
    struct usage alone = {.have = 0};
    usage_set(&alone, USAGE_MEM_MINOR_FAULTS, 10);
    usage_split_faults(&alone);
    assert_true(alone.have == 0);
    struct usage none = {.have = 0};
    usage_set(&none, USAGE_MEM_MAJOR_FAULTS, 0);
    usage_split_faults(&none);
    assert_false(usage_has(&none, USAGE_MEM_MINOR_FAULTS));
}

static void the_working_set_is_usage_less_inactive_file(void **state) {
    (void)state;
    struct usage u = {.have = 0};
    usage_set(&u, USAGE_MEM_USAGE_BYTES, 10);
    usage_working_set(&u);
    assert_false(usage_has(&u, USAGE_MEM_WORKING_SET_BYTES));
    usage_set(&u, USAGE_MEM_INACTIVE_FILE_BYTES, 4);
    usage_working_set(&u);
    assert_true(usage_has(&u, USAGE_MEM_WORKING_SET_BYTES));
    assert_true(u.number[USAGE_MEM_WORKING_SET_BYTES] == 6);
    usage_set(&u, USAGE_MEM_INACTIVE_FILE_BYTES, 11);
    usage_working_set(&u);
    assert_true(u.number[USAGE_MEM_WORKING_SET_BYTES] == 0);
    struct usage inactive = {.have = 0};
    usage_set(&inactive, USAGE_MEM_INACTIVE_FILE_BYTES, 4);
    usage_working_set(&inactive);
    assert_false(usage_has(&inactive, USAGE_MEM_WORKING_SET_BYTES));
}

/* A reading in which every number is v. */
static struct usage reading(enum source source, uint64_t v) {
    struct usage u = {.source = source};
    for (unsigned i = 0; i < USAGE_NUMBERS; i++) {
        usage_set(&u, (enum usage_number)i, v);
    }
    return u;
}

static void counters_are_held_and_gauges_are_not(void **state) {
    (void)state;
    static const enum usage_number gauges[] = {
        USAGE_MEM_USAGE_BYTES,
        USAGE_MEM_LIMIT_BYTES,
        USAGE_MEM_CACHE_BYTES,
        USAGE_MEM_RSS_BYTES,
        USAGE_MEM_SWAP_BYTES,
        USAGE_MEM_WORKING_SET_BYTES,
        USAGE_MEM_PEAK_BYTES,
        USAGE_MEM_MAPPED_FILE_BYTES,
        USAGE_MEM_KERNEL_BYTES,
        USAGE_PIDS,
        USAGE_PIDS_LIMIT,
        USAGE_MEM_INACTIVE_FILE_BYTES,
        USAGE_MEM_ACTIVE_FILE_BYTES,
        USAGE_MEM_DIRTY_BYTES,
        USAGE_MEM_WRITEBACK_BYTES,
        USAGE_PROCESSES,
    };
    struct usage before = reading(SOURCE_KERNEL, 10);
    struct usage u = reading(SOURCE_ENGINE, 9);
    usage_hold(&u, &before);
    assert_true(u.held);
    uint64_t is_gauge = 0;
    for (size_t i = 0; i < sizeof(gauges) / sizeof(gauges[0]); i++) {
        is_gauge |= UINT64_C(1) << gauges[i];
    }
    for (unsigned i = 0; i < USAGE_NUMBERS; i++) {
        assert_true(u.number[i] == (is_gauge >> i & 1U ? 9 : 10));
    }
}

static void one_source_is_believed(void **state) {
    (void)state;
    struct usage before = reading(SOURCE_KERNEL, 10);
    struct usage u = reading(SOURCE_KERNEL, 9);
    u.held = true;
    usage_hold(&u, &before);
    assert_false(u.held);
    assert_true(u.number[USAGE_CPU_NS] == 9);
}

static void holding_lasts_until_the_source_has_caught_up(void **state) {
    (void)state;
    struct usage a = reading(SOURCE_KERNEL, 10);
    struct usage b = reading(SOURCE_ENGINE, 8);
    struct usage c = reading(SOURCE_ENGINE, 9);
    struct usage d = reading(SOURCE_ENGINE, 10);
    struct usage e = reading(SOURCE_ENGINE, 4);
    usage_hold(&b, &a);
    usage_hold(&c, &b);
    assert_true(c.held);
    assert_true(c.number[USAGE_CPU_NS] == 10);
    usage_hold(&d, &c);
    assert_false(d.held);
    usage_hold(&e, &d);
    assert_true(e.number[USAGE_CPU_NS] == 4);
}

static void what_was_not_known_is_not_held(void **state) {
    (void)state;
    struct usage before = {.source = SOURCE_KERNEL};
    usage_set(&before, USAGE_OOM_KILLS, 3);
    before.number[USAGE_CPU_NS] = 10; /* without its bit */
    struct usage u = {.source = SOURCE_ENGINE};
    usage_set(&u, USAGE_CPU_NS, 5);
    usage_hold(&u, &before);
    assert_false(u.held);
    assert_true(u.number[USAGE_CPU_NS] == 5);
    assert_false(usage_has(&u, USAGE_OOM_KILLS));
    struct usage_disk then[] = {disk(8, 0, DISK_READS, 10)};
    struct usage_disk now[] = {disk(8, 0, DISK_WRITES, 1)};
    struct usage_net was[] = {{.interface = STR("a"), .have = 1U, .number = {10}}};
    struct usage_net is[] = {{.interface = STR("a"), .have = 2U, .number = {0, 1}}};
    before = (struct usage){.source = SOURCE_KERNEL, .disks = then, .n_disks = 1};
    u = (struct usage){.source = SOURCE_ENGINE, .disks = now, .n_disks = 1};
    usage_hold(&u, &before);
    assert_false(u.held);
    before = (struct usage){.source = SOURCE_KERNEL, .nets = was, .n_nets = 1};
    u = (struct usage){.source = SOURCE_ENGINE, .nets = is, .n_nets = 1};
    usage_hold(&u, &before);
    assert_false(u.held);
}

static struct usage_net net(struct str name, uint64_t rx_bytes) {
    struct usage_net made = {.interface = name, .have = 1U << NET_RX_BYTES};
    made.number[NET_RX_BYTES] = rx_bytes;
    return made;
}

static void interfaces_are_held_by_name(void **state) {
    (void)state;
    struct usage_net then[] = {net(STR("a"), 10), net(STR("c"), 10), net(STR("d"), 10)};
    struct usage_net now[] = {net(STR("b"), 1), net(STR("c"), 9), net(STR("d"), 11),
                              net(STR("e"), 1)};
    then[1].have |= 1U << NET_TX_ERRORS;
    then[1].number[NET_TX_ERRORS] = 5;
    struct usage before = {.source = SOURCE_KERNEL, .nets = then, .n_nets = 3};
    struct usage u = {.source = SOURCE_ENGINE, .nets = now, .n_nets = 4};
    usage_hold(&u, &before);
    assert_true(u.held);
    static const uint64_t expected[] = {1, 10, 11, 1};
    for (size_t i = 0; i < 4; i++) {
        assert_true(now[i].number[NET_RX_BYTES] == expected[i]);
        assert_int_equal(now[i].have, 1U << NET_RX_BYTES);
    }
}

static void devices_are_held_by_number(void **state) {
    (void)state;
    struct usage_disk then[] = {disk(7, 0, DISK_READS, 10), disk(8, 0, DISK_READS, 10)};
    struct usage_disk now[] = {disk(7, 1, DISK_READS, 1), disk(8, 0, DISK_READS, 9),
                               disk(8, 1, DISK_READS, 1)};
    struct usage before = {.source = SOURCE_ENGINE, .disks = then, .n_disks = 2};
    struct usage u = {.source = SOURCE_KERNEL, .disks = now, .n_disks = 3};
    usage_hold(&u, &before);
    assert_true(u.held);
    assert_true(now[0].number[DISK_READS] == 1);
    assert_true(now[1].number[DISK_READS] == 10);
    assert_true(now[2].number[DISK_READS] == 1);
}

static void a_copy_has_everything(void **state) {
    (void)state;
    struct arena arena = ARENA_INIT;
    struct usage_net nets[] = {net(STR("eth0"), 3)};
    struct usage_disk disks[] = {disk(8, 1, DISK_WRITES, 4)};
    struct usage u = reading(SOURCE_KERNEL, 5);
    u.held = true;
    u.read_unix_ns = 6;
    u.nets = nets;
    u.n_nets = 1;
    u.disks = disks;
    u.n_disks = 1;
    struct usage *copy = usage_copy(&arena, &u);
    assert_non_null(copy);
    assert_true(copy->held && copy->source == SOURCE_KERNEL && copy->read_unix_ns == 6);
    assert_true(copy->have == u.have);
    assert_memory_equal(copy->number, u.number, sizeof(u.number));
    assert_true(copy->nets != nets && copy->disks != disks);
    assert_str(copy->nets[0].interface, "eth0");
    assert_true(copy->nets[0].number[NET_RX_BYTES] == 3);
    assert_memory_equal(copy->disks, disks, sizeof(disks));
    arena_done(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_interfaces),
        cmocka_unit_test(interfaces_are_in_byte_order),
        cmocka_unit_test(a_sum_beyond_64_bits_is_not_made),
        cmocka_unit_test(entries_of_a_device_become_one),
        cmocka_unit_test(minor_faults_are_all_less_the_major_ones),
        cmocka_unit_test(the_working_set_is_usage_less_inactive_file),
        cmocka_unit_test(counters_are_held_and_gauges_are_not),
        cmocka_unit_test(one_source_is_believed),
        cmocka_unit_test(holding_lasts_until_the_source_has_caught_up),
        cmocka_unit_test(what_was_not_known_is_not_held),
        cmocka_unit_test(interfaces_are_held_by_name),
        cmocka_unit_test(devices_are_held_by_number),
        cmocka_unit_test(a_copy_has_everything),
    };
    return RUN(tests);
}
