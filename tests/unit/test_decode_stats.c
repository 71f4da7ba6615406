#include "unit.h"

#include <errno.h>
#include <stdlib.h>

#include "engine/decode.h"
#include "test_data.h"

struct fixture {
    struct arena arena;
    struct buf json;
    struct err err;
    size_t dropped;
    struct decode_stats_of of;
};

static int setup(void **state) {
    *state = calloc(1, sizeof(struct fixture));
    return 0;
}

static int teardown(void **state) {
    struct fixture *f = *state;
    arena_done(&f->arena);
    buf_done(&f->json);
    free(f);
    return 0;
}

static struct usage of_json(struct fixture *f, struct str json) {
    struct usage u = {.have = 0};
    int rc = decode_stats(json, &f->of, &f->arena, &u, &f->dropped, &f->err);
    if (rc != 0) {
        print_error("%s\n", f->err.text);
    }
    assert_int_equal(rc, 0);
    return u;
}

static struct usage of_file(struct fixture *f, const char *folder, const char *file) {
    buf_done(&f->json);
    f->json = test_data(folder, file);
    return of_json(f, buf_view(&f->json));
}

static void has(const struct usage *u, enum usage_number i, uint64_t value) {
    assert_true(usage_has(u, i));
    assert_true(u->number[i] == value);
}

static void has_not(const struct usage *u, enum usage_number i) {
    assert_false(usage_has(u, i));
}

static void net_has(const struct usage_net *net, enum net_number i, uint64_t value) {
    assert_true(net->have >> i & 1U);
    assert_true(net->number[i] == value);
}

static void cgroup1_memory_and_cpu(void **state) {
    struct fixture *f = *state;
    struct usage u = of_file(f, "engine-1.41", "stats-burner.json");
    assert_int_equal(u.source, SOURCE_ENGINE);
    assert_true(u.read_unix_ns == 1795225517266809873);
    has(&u, USAGE_MEM_USAGE_BYTES, 335872);
    has(&u, USAGE_MEM_LIMIT_BYTES, 67108864);
    has(&u, USAGE_MEM_CACHE_BYTES, 0);
    has(&u, USAGE_MEM_RSS_BYTES, 61440);
    has(&u, USAGE_MEM_WORKING_SET_BYTES, 335872);
    has(&u, USAGE_MEM_PEAK_BYTES, 4087808);
    has(&u, USAGE_MEM_MAPPED_FILE_BYTES, 0);
    has(&u, USAGE_MEM_MINOR_FAULTS, 1151);
    has(&u, USAGE_MEM_MAJOR_FAULTS, 0);
    has(&u, USAGE_MEM_FAILCNT, 0);
    has_not(&u, USAGE_MEM_SWAP_BYTES);
    has_not(&u, USAGE_MEM_KERNEL_BYTES);
    has(&u, USAGE_CPU_NS, 7181043760);
    has(&u, USAGE_CPU_SYSTEM_NS, 0);
    has(&u, USAGE_CPU_USER_NS, 7170000000);
    has(&u, USAGE_CPU_PERIODS, 287);
    has(&u, USAGE_CPU_THROTTLED_PERIODS, 286);
    has(&u, USAGE_CPU_THROTTLED_NS, 21234676458);
    has(&u, USAGE_PIDS, 1);
    has(&u, USAGE_PIDS_LIMIT, 50);
    assert_int_equal(u.online_cores, 2);
    has_not(&u, USAGE_PRESSURE_CPU_WAITING_NS);
    u = of_file(f, "engine-1.41-cgroup1/api", "stats-rec-cache.json");
    has(&u, USAGE_MEM_FAILCNT, 65);
    has(&u, USAGE_MEM_CACHE_BYTES, 4194304);
    u = of_file(f, "engine-1.56", "stats-web.json");
    has(&u, USAGE_MEM_WORKING_SET_BYTES, 565248 - 4096);
    has(&u, USAGE_MEM_MINOR_FAULTS, 1305);
    has(&u, USAGE_MEM_MAJOR_FAULTS, 2);
}

static void cgroup2_has_other_keys(void **state) {
    struct fixture *f = *state;
    struct usage u = of_file(f, "engine-1.41-cgroup2/api", "stats-writer.json");
    has(&u, USAGE_MEM_USAGE_BYTES, 26230784);
    has(&u, USAGE_MEM_CACHE_BYTES, 25169920);
    has(&u, USAGE_MEM_RSS_BYTES, 57344);
    has(&u, USAGE_MEM_WORKING_SET_BYTES, 26230784 - 25165824);
    has(&u, USAGE_MEM_MINOR_FAULTS, 1163);
    has_not(&u, USAGE_MEM_PEAK_BYTES);
    has_not(&u, USAGE_MEM_SWAP_BYTES);
    has_not(&u, USAGE_PIDS_LIMIT); /* the Engine's "max" is 2^64 - 1 */
    has(&u, USAGE_PIDS, 1);
    has(&u, USAGE_CPU_NS, 335727000);
    u = of_file(f, "engine-1.41-cgroup2/api", "stats-oomchild.json");
    has(&u, USAGE_MEM_FAILCNT, 3);
    u = of_json(f,
                STR("{\"read\":\"2026-11-21T01:45:17Z\",\"memory_stats\":{\"usage\":10,\"stats\":"
                    "{\"anon\":1,\"kernel\":5,\"inactive_file\":11,\"pgfault\":1,"
                    "\"pgmajfault\":2}}}"));
    has(&u, USAGE_MEM_KERNEL_BYTES, 5);
    has(&u, USAGE_MEM_WORKING_SET_BYTES, 0);
    has_not(&u, USAGE_MEM_MINOR_FAULTS);
}

static void what_is_not_delegated_is_unknown(void **state) {
    struct fixture *f = *state;
    struct usage u = of_file(f, "engine-1.41-cgroup2-undelegated/api", "stats-burner.json");
    assert_int_equal(u.source, SOURCE_ENGINE);
    assert_true(u.have == 0);
    assert_int_equal(u.n_nets, 1);
    u = of_file(f, "engine-1.41-cgroup2-partial/api", "stats-burner.json");
    has(&u, USAGE_MEM_USAGE_BYTES, 315392);
    has(&u, USAGE_PIDS_LIMIT, 50);
    has_not(&u, USAGE_CPU_NS);
    has_not(&u, USAGE_CPU_USER_NS);
    has_not(&u, USAGE_CPU_PERIODS);
}

static void a_stopped_container_has_no_usage(void **state) {
    struct fixture *f = *state;
    assert_int_equal(of_file(f, "engine-1.41", "stats-done.json").source, SOURCE_NONE);
    assert_int_equal(of_file(f, "engine-1.56", "stats-done.json").source, SOURCE_NONE);
    struct usage u;
    assert_int_equal(decode_stats(STR(""), &f->of, &f->arena, &u, &f->dropped, &f->err), -EPROTO);
    f->of.podman = true;
    assert_int_equal(of_file(f, "podman-4.3", "stats-done.json").source, SOURCE_NONE);
}

static void podman_tells_less(void **state) {
    struct fixture *f = *state;
    f->of.podman = true;
    struct usage u = of_file(f, "podman-4.3", "stats-burner.json");
    has(&u, USAGE_MEM_USAGE_BYTES, 262144);
    has(&u, USAGE_MEM_LIMIT_BYTES, 67108864);
    has_not(&u, USAGE_MEM_WORKING_SET_BYTES);
    has_not(&u, USAGE_MEM_RSS_BYTES);
    has_not(&u, USAGE_MEM_FAILCNT);
    has(&u, USAGE_CPU_NS, 3505196766);
    has(&u, USAGE_CPU_SYSTEM_NS, 16000000);
    has_not(&u, USAGE_CPU_PERIODS);
    assert_int_equal(u.n_nets, 1);
    net_has(&u.nets[0], NET_RX_BYTES, 656);
    assert_int_equal(u.nets[0].have, 1U << NET_RX_BYTES | 1U << NET_TX_BYTES);
    u = of_json(f, STR("{\"memory_stats\":{\"usage\":1,\"stats\":{\"anon\":1}}}"));
    has(&u, USAGE_MEM_RSS_BYTES, 1);
    has_not(&u, USAGE_MEM_FAILCNT);
}

static void interfaces_are_sorted_without_the_kernels_own(void **state) {
    struct fixture *f = *state;
    struct usage u = of_json(
        f, STR("{\"read\":\"2026-11-21T01:45:17Z\",\"networks\":{\"eth1\":{\"rx_bytes\":1},"
               "\"lo\":{\"rx_bytes\":9},\"tunl0\":{},\"sit0\":{},\"gre0\":{},\"gretap0\":{},"
               "\"erspan0\":{},\"ip_vti0\":{},\"ip6_vti0\":{},\"ip6tnl0\":{},\"ip6gre0\":{},"
               "\"eth0\":{\"rx_bytes\":7,\"rx_packets\":0,\"rx_errors\":0,\"rx_dropped\":3,"
               "\"tx_bytes\":-1,\"tx_packets\":\"4\",\"tx_dropped\":null},\"bad\":5}}"));
    assert_int_equal(u.n_nets, 2);
    assert_str(u.nets[0].interface, "eth0");
    assert_str(u.nets[1].interface, "eth1");
    net_has(&u.nets[0], NET_RX_BYTES, 7);
    net_has(&u.nets[0], NET_RX_PACKETS, 0);
    net_has(&u.nets[0], NET_RX_DROPPED, 3);
    assert_int_equal(u.nets[0].have,
                     1U << NET_RX_BYTES | 1U << NET_RX_PACKETS | 1U << NET_RX_DROPPED);
    assert_int_equal(f->dropped, 1);
    assert_int_equal(of_file(f, "engine-1.41", "stats-web.json").n_nets, 1);
}

static void devices_are_joined(void **state) {
    struct fixture *f = *state;
    struct usage u = of_file(f, "engine-1.41-cgroup1/api", "stats-rec-direct.json");
    assert_int_equal(u.n_disks, 1);
    assert_int_equal(u.disks[0].major, 7);
    assert_int_equal(u.disks[0].minor, 0);
    assert_int_equal(u.disks[0].have, 15);
    assert_true(u.disks[0].number[DISK_READ_BYTES] == 8393728);
    assert_true(u.disks[0].number[DISK_WRITE_BYTES] == 8388608);
    assert_true(u.disks[0].number[DISK_READS] == 133);
    assert_true(u.disks[0].number[DISK_WRITES] == 128);
    u = of_file(f, "engine-1.41-cgroup2/api", "stats-writer.json");
    assert_int_equal(u.n_disks, 1);
    assert_int_equal(u.disks[0].have, 1U << DISK_READ_BYTES | 1U << DISK_WRITE_BYTES);
    assert_true(u.disks[0].number[DISK_WRITE_BYTES] == 25165824);
}

static void only_whole_operations_count(void **state) {
    struct fixture *f = *state;
    struct usage u = of_json(
        f,
        STR("{\"read\":\"2026-11-21T01:45:17Z\",\"blkio_stats\":{\"io_service_bytes_recursive\":["
            "{\"major\":8,\"minor\":16,\"op\":\"READ\",\"value\":5},"
            "{\"major\":8,\"minor\":0,\"op\":\"read\",\"value\":1},"
            "{\"major\":8,\"minor\":0,\"op\":\"rios\",\"value\":100},"
            "{\"major\":8,\"minor\":0,\"op\":\"dbytes\",\"value\":100},"
            "{\"major\":8,\"minor\":0,\"op\":\"wios\",\"value\":100},"
            "{\"major\":8,\"minor\":0,\"op\":\"Total\",\"value\":100},"
            "{\"major\":8,\"minor\":0,\"op\":\"read\",\"value\":2},"
            "{\"major\":4294967296,\"minor\":0,\"op\":\"read\",\"value\":2},"
            "{\"major\":9,\"minor\":0,\"op\":\"Total\",\"value\":100},7,null],"
            "\"io_serviced_recursive\":\"x\"}}"));
    assert_int_equal(u.n_disks, 2);
    assert_int_equal(u.disks[0].minor, 0);
    assert_true(u.disks[0].number[DISK_READ_BYTES] == 3);
    assert_int_equal(u.disks[0].have, 1U << DISK_READ_BYTES);
    assert_int_equal(u.disks[1].minor, 16);
}

static void windows_has_its_own_units(void **state) {
    struct fixture *f = *state;
    struct usage u = of_json(
        f, STR("{\"read\":\"2026-11-21T01:45:17Z\",\"os_type\":\"windows\",\"cpu_stats\":{\"cpu_"
               "usage\":"
               "{\"total_usage\":15,\"usage_in_kernelmode\":10,\"usage_in_usermode\":5},"
               "\"throttling_data\":{\"periods\":0}},\"memory_stats\":{\"commitbytes\":9,"
               "\"privateworkingset\":77},\"storage_stats\":{\"read_count_normalized\":1,"
               "\"read_size_bytes\":2,\"write_count_normalized\":3,\"write_size_bytes\":4}}"));
    has(&u, USAGE_CPU_NS, 1500);
    has(&u, USAGE_CPU_SYSTEM_NS, 1000);
    has_not(&u, USAGE_CPU_PERIODS);
    has(&u, USAGE_MEM_USAGE_BYTES, 77);
    has(&u, USAGE_MEM_WORKING_SET_BYTES, 77);
    has_not(&u, USAGE_MEM_FAILCNT);
    assert_int_equal(u.n_disks, 1);
    assert_true(u.disks[0].number[DISK_WRITES] == 3);
}

static void wrong_types_are_unknown(void **state) {
    struct fixture *f = *state;
    struct usage u = of_json(
        f, STR("{\"read\":5,\"cpu_stats\":[],\"memory_stats\":{\"usage\":\"1\",\"limit\":true,"
               "\"stats\":null},\"pids_stats\":{\"current\":-1,\"limit\":0},\"networks\":[],"
               "\"blkio_stats\":null}"));
    assert_int_equal(u.source, SOURCE_ENGINE);
    assert_true(u.have == 0);
    assert_true(u.read_unix_ns == 0);
    u = of_json(f, STR("{\"cpu_stats\":{\"online_cpus\":4294967297,\"cpu_usage\":{\"total_usage\":"
                       "99999999999999999999,"
                       "\"usage_in_usermode\":1}},\"memory_stats\":{\"usage\":1,\"limit\":-1}}"));
    has_not(&u, USAGE_CPU_NS);
    assert_int_equal(u.online_cores, 0);
    has(&u, USAGE_MEM_USAGE_BYTES, 1);
    has_not(&u, USAGE_MEM_LIMIT_BYTES);
    has_not(&u, USAGE_MEM_FAILCNT);
    assert_int_equal(decode_stats(STR("[]"), &f->of, &f->arena, &u, &f->dropped, &f->err), -EPROTO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(cgroup1_memory_and_cpu, setup, teardown),
        cmocka_unit_test_setup_teardown(cgroup2_has_other_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_delegated_is_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(a_stopped_container_has_no_usage, setup, teardown),
        cmocka_unit_test_setup_teardown(podman_tells_less, setup, teardown),
        cmocka_unit_test_setup_teardown(interfaces_are_sorted_without_the_kernels_own, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(devices_are_joined, setup, teardown),
        cmocka_unit_test_setup_teardown(only_whole_operations_count, setup, teardown),
        cmocka_unit_test_setup_teardown(windows_has_its_own_units, setup, teardown),
        cmocka_unit_test_setup_teardown(wrong_types_are_unknown, setup, teardown),
    };
    return RUN(tests);
}
