/* The machine itself: its identity, its memory and cores, the root cgroup, devices by name. */
#include "kernel_bed.h"

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "kernel/parse.h"

#define PID 4711

static const char STAT[] = "cpu  18074 0 11969 5802 177 0 226 0 0 0\n"
                           "cpu0 9000 0 6000 2900 80 0 110 0 0 0\n"
                           "cpu1 9074 0 5969 2902 97 0 116 0 0 0\n"
                           "intr 1 2 3\nctxt 5\nbtime 1795224091\nprocesses 99\n";

static const char PARTITIONS[] = "major minor  #blocks  name\n\n"
                                 " 259        0  125034840 nvme0n1\n"
                                 " 254       16     524288 vdb\n"
                                 " x        16     524288 bad\n"
                                 " 7 0\n";

static void make_machine(struct kernel_bed *bed) {
    bed_host(bed);
    bed_write(bed, "proc/stat", STAT);
    bed_write(bed, "proc/partitions", PARTITIONS);
    bed_write(bed, "proc/meminfo",
              "MemTotal:        1000 kB\nMemFree:          400 kB\n"
              "SwapTotal:        50 kB\nSwapFree:         20 kB\n");
    bed_write(bed, "proc/sys/kernel/random/boot_id", "5ca1ab1e\n");
    bed_write(bed, "etc/machine-id", "0123456789abcdef\n");
    bed_write(bed, "etc/hostname", " box \n");
    bed_write(bed, "sys/class/dmi/id/product_uuid", "UUID-1\n");
    bed_process(bed, 1, "0::/init.scope\n");
    bed_v2(bed, "docker/" BED_ID);
}

static struct machine read_machine(struct kernel_bed *bed) {
    struct machine m;
    bed_open(bed, 64);
    assert_int_equal(kernel_machine(bed->kernel, &bed->arena, &m), 0);
    return m;
}

static void who_it_is_and_what_it_has(void **state) {
    struct kernel_bed *bed = *state;
    make_machine(bed);
    struct machine m = read_machine(bed);
    assert_str(m.machine_id, "0123456789abcdef");
    assert_str(m.host_name, "box");
    assert_str(m.boot_id, "5ca1ab1e");
    assert_str(m.system_uuid, "UUID-1");
    assert_true(m.booted_unix_ns == 1795224091 * NS_PER_S);
    assert_int_equal(m.cores, 2);
    assert_int_equal(m.mem_bytes, 1000 * 1024);
    assert_int_equal(m.n_devices, 2);
    assert_str(machine_device(&m, 259, 0), "nvme0n1");
    assert_str(machine_device(&m, 254, 16), "vdb");
    assert_int_equal(machine_device(&m, 254, 0).len, 0);
}

/* A machine of many containers has as many interfaces. */
static void its_identity_alone_costs_no_reading(void **state) {
    struct kernel_bed *bed = *state;
    make_machine(bed);
    bed_cgroup(bed, "", "cpu.stat", "usage_usec 7000000\nuser_usec 4\nsystem_usec 3\n");
    bed_write(bed, "proc/1/net/dev", "eth0: 3 4\n");
    struct machine m;
    bed_open(bed, 64);
    assert_int_equal(kernel_identity(bed->kernel, &bed->arena, &m), 0);
    assert_str(m.host_name, "box");
    assert_int_equal(m.cores, 2);
    assert_int_equal(m.mem_bytes, 1000 * 1024);
    assert_int_equal(m.usage.source, SOURCE_NONE);
    assert_true(m.usage.n_nets == 0 && m.n_devices == 0);
}

/* The root cgroup of v2 has no memory.current: what is in use is told by meminfo. */
static void the_root_cgroup_is_read(void **state) {
    struct kernel_bed *bed = *state;
    make_machine(bed);
    bed_cgroup(bed, "", "cpu.stat", "usage_usec 7000000\nuser_usec 4\nsystem_usec 3\n");
    bed_cgroup(bed, "", "memory.stat", "anon 1024\nfile 2048\ninactive_file 4096\n");
    bed_cgroup(bed, "", "io.stat", "259:0 rbytes=1 wbytes=2 rios=3 wios=4\n");
    bed_write(bed, "proc/1/net/dev", "docker0: 1 2\neth0: 3 4\nlo: 5 6\nveth1a2b3c: 7 8\n");
    struct machine m = read_machine(bed);
    assert_int_equal(m.usage.source, SOURCE_KERNEL);
    assert_str(m.usage.cgroup, "/");
    assert_number(&m.usage, USAGE_CPU_NS, 7000000000);
    assert_number(&m.usage, USAGE_MEM_USAGE_BYTES, 600 * 1024);
    assert_number(&m.usage, USAGE_MEM_WORKING_SET_BYTES, 600 * 1024 - 4096);
    assert_number(&m.usage, USAGE_MEM_SWAP_BYTES, 30 * 1024);
    assert_number(&m.usage, USAGE_MEM_LIMIT_BYTES, 1000 * 1024);
    assert_int_equal(m.usage.n_disks, 1);
    assert_int_equal(m.usage.n_nets, 1);
    assert_str(m.usage.nets[0].interface, "eth0");
    assert_false(usage_has(&m.usage, USAGE_PIDS));
}

static void a_file_without_sense_hides_no_other(void **state) {
    struct kernel_bed *bed = *state;
    make_machine(bed);
    bed_cgroup(bed, "", "cpu.stat", "nonsense\n");
    bed_cgroup(bed, "", "memory.stat", "anon 1024\n");
    struct machine m = read_machine(bed);
    assert_false(usage_has(&m.usage, USAGE_CPU_NS));
    assert_number(&m.usage, USAGE_MEM_RSS_BYTES, 1024);
    assert_int_equal(m.cores, 2);
    assert_int_equal(kernel_refused(bed->kernel), 0);
}

static void what_cannot_be_read_is_unknown(void **state) {
    struct kernel_bed *bed = *state;
    make_machine(bed);
    const char *const gone[] = {"proc/stat",  "proc/partitions", "etc/machine-id", "sys/class",
                                "proc/1/net", "proc/sys",        "etc/hostname"};
    for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++) {
        bed_remove(bed, gone[i]);
    }
    bed_write(bed, "proc/meminfo", "MemFree: 3 kB\n");
    struct machine m = read_machine(bed);
    assert_int_equal(m.host_name.len + m.machine_id.len + m.boot_id.len + m.system_uuid.len, 0);
    assert_true(m.booted_unix_ns == 0 && m.cores == 0 && m.mem_bytes == 0);
    assert_int_equal(m.n_devices, 0);
    assert_int_equal(m.usage.source, SOURCE_NONE);
    assert_int_equal(m.usage.n_nets, 0);
}

static void details_are_read_when_wanted(void **state) {
    struct kernel_bed *bed = *state;
    make_machine(bed);
    bed_process(bed, PID, "0::/docker/" BED_ID "\n");
    bed_cgroup(bed, "docker/" BED_ID, "cgroup.procs", "4711\n4712\n4713\n");
    bed_open(bed, 64);
    bed_reads(bed, PID);
    assert_false(usage_has(&bed->usage, USAGE_PROCESSES));
    assert_str(bed->usage.cgroup, "/docker/" BED_ID);
    kernel_want_details(bed->kernel);
    bed_reads(bed, PID);
    assert_number(&bed->usage, USAGE_PROCESSES, 3);
}

/* The last line was cut: how many there are is not known. */
static void a_list_that_was_cut_is_not_counted(void **state) {
    struct kernel_bed *bed = *state;
    make_machine(bed);
    bed_process(bed, PID, "0::/docker/" BED_ID "\n");
    bed_cgroup(bed, "docker/" BED_ID, "cgroup.procs", "4711\n4712\n47");
    bed_open(bed, 64);
    kernel_want_details(bed->kernel);
    bed_reads(bed, PID);
    assert_false(usage_has(&bed->usage, USAGE_PROCESSES));
    assert_int_equal(kernel_refused(bed->kernel), 1);
    bed_cgroup(bed, "docker/" BED_ID, "cgroup.procs", "");
    bed_reads(bed, PID);
    assert_number(&bed->usage, USAGE_PROCESSES, 0);
    assert_int_equal(kernel_refused(bed->kernel), 1);
}

static void a_copy_has_the_cgroup(void **state) {
    (void)state;
    struct arena arena = ARENA_INIT;
    char path[] = "/docker/a";
    const struct usage usage = {.cgroup = {path, 9}};
    struct usage *copy = usage_copy(&arena, &usage);
    path[1] = 'X';
    assert_str(copy->cgroup, "/docker/a");
    arena_done(&arena);
}

static void lines_of_proc_are_parsed(void **state) {
    struct kernel_bed *bed = *state;
    int64_t booted = 7;
    uint64_t cores = 7;
    parse_stat(STR("cpu 1\nbtime x\nbtime\n\n cpux 1\nbtime 99999999999999999\n"), &booted, &cores);
    assert_true(booted == 7 && cores == 7);
    uint64_t bytes = 7;
    assert_false(parse_meminfo(STR("A: 1 kB\n"), STR("B:"), &bytes));
    assert_false(parse_meminfo(STR("A: 1 MB\n"), STR("A:"), &bytes));
    assert_false(parse_meminfo(STR("A: 18446744073709551615 kB\n"), STR("A:"), &bytes));
    assert_int_equal(bytes, 7);
    assert_true(parse_meminfo(STR("A: 1 kB\nB: 2 kB\n"), STR("B:"), &bytes));
    assert_int_equal(bytes, 2048);
    static const char *const living[] = {"1 (a) Z 1 2 3 4 5 12 0 0 0 0 0 0 0 0 20 0 3 0\n",
                                         "",
                                         "4",
                                         "1 (a) R 1 2 3 4 5\n",
                                         "1 (a) R 1 2 3 4 5 x 0 0 0 0 0 0 0 0 20 0 1 0\n",
                                         "1 (a) R 1 2 3 4 5 8 0 0 0 0 0 0 0 0 20 0 1 0\n",
                                         "1 R 1 2 3 4 5 4 0 0 0 0 0 0 0 0 20 0 1 0\n"};
    for (size_t i = 0; i < sizeof(living) / sizeof(living[0]); i++) {
        assert_false(parse_exiting(str_of(living[i])));
    }
    assert_true(parse_exiting(STR("1 (a (b) c) R 1 2 3 4 5 12 0 0 0 0 0 0 0 0 20 0 1 0\n")));
    struct machine_device *devices = NULL;
    size_t n = 7;
    size_t dropped = 0;
    assert_int_equal(parse_partitions(STR(""), &bed->arena, &devices, &n, &dropped), 0);
    assert_int_equal(n, 0);
    assert_int_equal(parse_partitions(STR("1 2 3 a\n4294967296 0 0 b\n1 2 3"), &bed->arena,
                                      &devices, &n, &dropped),
                     0);
    assert_int_equal(n, 1);
    assert_str(devices[0].name, "a");
}

static void devices_have_a_limit(void **state) {
    struct kernel_bed *bed = *state;
    CLEANUP_BUF struct buf text = BUF_INIT;
    for (unsigned i = 0; i < PARSE_DEVICES_MAX + 3; i++) {
        buf_fmt(&text, "1 %u 0 d%u\n", i, i);
    }
    struct machine_device *devices = NULL;
    size_t n = 0;
    size_t dropped = 0;
    assert_int_equal(parse_partitions(buf_view(&text), &bed->arena, &devices, &n, &dropped), 0);
    assert_int_equal(n, PARSE_DEVICES_MAX);
    assert_int_equal(dropped, 3);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, bed_setup, bed_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(who_it_is_and_what_it_has),
        TEST(its_identity_alone_costs_no_reading),
        TEST(the_root_cgroup_is_read),
        TEST(what_cannot_be_read_is_unknown),
        TEST(details_are_read_when_wanted),
        TEST(a_file_without_sense_hides_no_other),
        TEST(a_list_that_was_cut_is_not_counted),
        TEST(a_copy_has_the_cgroup),
        TEST(lines_of_proc_are_parsed),
        TEST(devices_have_a_limit),
    };
    return RUN(tests);
}
