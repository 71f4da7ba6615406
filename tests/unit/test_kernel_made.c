/* Made host roots: every kind of place, and everything that can be wrong with one. */
#include "kernel_bed.h"

#define PID 4711
#define V1_FILES "docker/" BED_ID

/* A v2 container at `dir`, whose process says `cgroup`; read, and as it should be. */
static void check_v2_place(struct kernel_bed *bed, const char *dir, const char *cgroup) {
    bed_host(bed);
    bed_v2(bed, dir);
    bed_process(bed, PID, cgroup);
    bed_open(bed, 50);
    for (int round = 0; round < 2; round++) {
        bed_reads(bed, PID);
        const struct usage *u = &bed->usage;
        assert_number(u, USAGE_CPU_NS, 5000000000);
        assert_number(u, USAGE_CPU_USER_NS, 3000000000);
        assert_number(u, USAGE_MEM_USAGE_BYTES, 4096);
        assert_number(u, USAGE_MEM_LIMIT_BYTES, 1000 * 1024);
        assert_number(u, USAGE_MEM_WORKING_SET_BYTES, 3096);
        assert_number(u, USAGE_MEM_MINOR_FAULTS, 7);
        assert_number(u, USAGE_MEM_FAILCNT, 1);
        assert_number(u, USAGE_OOM_KILLS, 2);
        assert_number(u, USAGE_PIDS, 7);
        assert_false(usage_has(u, USAGE_PIDS_LIMIT));
        assert_false(usage_has(u, USAGE_MEM_PEAK_BYTES));
        assert_false(usage_has(u, USAGE_PRESSURE_CPU_WAITING_NS));
        assert_int_equal(u->n_disks, 1);
        assert_int_equal(u->n_nets, 1);
        assert_int_equal(u->nets[0].number[NET_RX_ERRORS], 1);
        assert_int_equal(u->nets[0].number[NET_TX_DROPPED], 4);
    }
}

static void v2_places_are_found(void **state) {
    static const struct {
        const char *dir;
        const char *cgroup;
    } rows[] = {
        {"docker/" BED_ID, "0::/docker/" BED_ID "\n"},
        {"docker/" BED_ID, "0::/docker/" BED_ID "/inner/deeper\n"},
        {"system.slice/docker-" BED_ID ".scope", "0::/system.slice/docker-" BED_ID ".scope\n"},
        {"user.slice/user-1000.slice/user@1000.service/user.slice/docker-" BED_ID ".scope",
         "0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" BED_ID ".scope\n"},
        {"libpod_parent/libpod-" BED_ID, "0::/libpod_parent/libpod-" BED_ID "/container\n"},
        {"machine.slice/libpod-" BED_ID ".scope",
         "0::/machine.slice/libpod-" BED_ID ".scope/container\n"},
        /* from another cgroup namespace: as it is, a usual parent, one that only a walk finds */
        {"own/" BED_ID, "0::/../../own/" BED_ID "\n"},
        {"docker/" BED_ID, "0::/../" BED_ID "/inner\n"},
        {"system.slice/docker-" BED_ID ".scope", "0::/../docker-" BED_ID ".scope\n"},
        {"a.slice/a-b.slice/" BED_ID, "0::/../" BED_ID "\n"},
    };
    struct kernel_bed *bed = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_v2_place(bed, rows[i].dir, rows[i].cgroup);
        bed_remove(bed, "sys");
        bed_remove(bed, "proc");
    }
}

static void make_v1(struct kernel_bed *bed) {
    bed_host(bed);
    bed_cgroup(bed, "cpu,cpuacct/" V1_FILES, "cpuacct.usage", "123\n");
    bed_cgroup(bed, "cpu,cpuacct/" V1_FILES, "cpuacct.stat", "user 3\nsystem 4\n");
    bed_cgroup(bed, "cpu,cpuacct/" V1_FILES, "cpu.stat", "nr_periods 5\nthrottled_time 6\n");
    bed_cgroup(bed, "memory/" V1_FILES, "memory.usage_in_bytes", "4096\n");
    bed_cgroup(bed, "memory/" V1_FILES, "memory.limit_in_bytes", "9223372036854771712\n");
    bed_cgroup(bed, "memory/" V1_FILES, "memory.oom_control", "under_oom 0\noom_kill 2\n");
    bed_cgroup(bed, "blkio/" V1_FILES, "blkio.bfq.io_service_bytes_recursive",
               "8:0 Read 10\n8:0 Write 20\nTotal 30\n");
    bed_cgroup(bed, "pids/" V1_FILES, "pids.current", "7\n");
    bed_cgroup(bed, "unified/" V1_FILES, "cpu.stat", "usage_usec 999\n");
    bed_cgroup(bed, "unified/" V1_FILES, "cpu.pressure", "some total=1\nfull total=2\n");
    bed_cgroup(bed, "unified/" V1_FILES, "memory.peak", "777\n");
    bed_cgroup(bed, "unified", "cgroup.controllers", "\n");
    assert_int_equal(symlink("cpu,cpuacct", bed_path(bed, "sys/fs/cgroup/cpu")), 0);
    assert_int_equal(symlink("/sys/fs/cgroup/cpu,cpuacct", bed_path(bed, "sys/fs/cgroup/cpuacct")),
                     0);
    bed_process(bed, PID,
                "8:pids:/docker/" BED_ID "\n5:blkio:/docker/" BED_ID "\n4:memory:/docker/" BED_ID
                "\n2:cpu,cpuacct:/docker/" BED_ID "/inner\n0::/docker/" BED_ID "\n");
}

static void hybrid_takes_pressure_from_the_unified_tree_only(void **state) {
    struct kernel_bed *bed = *state;
    make_v1(bed);
    bed_open(bed, 50);
    assert_int_equal(kernel_host(bed->kernel)->mode, CGROUP_HYBRID);
    assert_str(kernel_host(bed->kernel)->controllers, "cpu io memory pids");
    for (int round = 0; round < 2; round++) {
        bed_reads(bed, PID);
        const struct usage *u = &bed->usage;
        assert_number(u, USAGE_CPU_NS, 123);
        assert_number(u, USAGE_CPU_USER_NS, 30000000);
        assert_number(u, USAGE_CPU_SYSTEM_NS, 40000000);
        assert_number(u, USAGE_CPU_PERIODS, 5);
        assert_number(u, USAGE_CPU_THROTTLED_NS, 6);
        assert_number(u, USAGE_MEM_LIMIT_BYTES, 1000 * 1024);
        assert_number(u, USAGE_OOM_KILLS, 2);
        assert_false(usage_has(u, USAGE_MEM_PEAK_BYTES));
        assert_number(u, USAGE_PRESSURE_CPU_WAITING_NS, 1000);
        assert_number(u, USAGE_PRESSURE_CPU_STALLED_NS, 2000);
        assert_int_equal(u->n_disks, 1);
        assert_int_equal(u->disks[0].number[DISK_WRITE_BYTES], 20);
    }
}

static void a_controller_that_does_not_name_the_container_tells_nothing(void **state) {
    struct kernel_bed *bed = *state;
    make_v1(bed);
    bed_process(bed, PID,
                "5:blkio:/\n4:memory:/docker/" BED_OTHER "\n2:cpu,cpuacct:/docker/" BED_ID "\n");
    bed_cgroup(bed, "memory/docker/" BED_OTHER, "memory.usage_in_bytes", "1\n");
    bed_open(bed, 50);
    bed_reads(bed, PID);
    assert_number(&bed->usage, USAGE_CPU_NS, 123);
    assert_false(usage_has(&bed->usage, USAGE_MEM_USAGE_BYTES));
    assert_false(usage_has(&bed->usage, USAGE_MEM_WORKING_SET_BYTES));
    assert_false(usage_has(&bed->usage, USAGE_PIDS));
    assert_int_equal(bed->usage.n_disks, 0);
}

/* The v1 hierarchies disown it; flags 4210956 say that it is exiting, 4210944 that it lives. Of
   more threads than one only the first has ended. */
#define REST "0 0 0 0 0 0 0 0 20 0 " /* as far as the number of threads */
static void a_process_that_nobody_has_reaped_is_gone(void **state) {
    static const char only_v2[] = "8:pids:/\n4:memory:/\n2:cpu,cpuacct:/\n0::/docker/" BED_ID "\n";
    static const struct {
        const char *cgroup;
        const char *stat;
        int code;
    } rows[] = {
        {only_v2, "4711 (a) b) Z 1 1 1 0 -1 4210956 " REST "1 0\n", -ENOENT},
        {only_v2, "4711 (a) b) R 1 1 1 0 -1 4210944 " REST "1 0\n", -ENODATA},
        {"4:memory:/\n0::/\n", "4711 (a) Z 1 1 1 0 -1 4210956 " REST "1 0\n", -ENOENT},
        {"4:memory:/\n0::/\n", "4711 (a) S 1 1 1 0 -1 4210944 " REST "1 0\n", -ESTALE},
        {"4:memory:/\n0::/\n", "4711 (a) Z 1 1 1 0 -1 4210956 " REST "3 0\n", -ESTALE},
    };
    struct kernel_bed *bed = *state;
    make_v1(bed);
    bed_open(bed, 50);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        bed_write(bed, "proc/4711/cgroup", rows[i].cgroup);
        bed_write(bed, "proc/4711/stat", rows[i].stat);
        assert_int_equal(bed_read(bed, PID), rows[i].code);
    }
}

static void make_v2(struct kernel_bed *bed) {
    bed_host(bed);
    bed_v2(bed, "docker/" BED_ID);
    bed_process(bed, PID, "0::/docker/" BED_ID "\n");
}

/* Reads with nothing, little and much held; each must give the same code. */
static void reads_give(struct kernel_bed *bed, int pid, int code) {
    static const size_t budgets[] = {0, 1, 2, 50};
    for (size_t i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++) {
        bed_open(bed, budgets[i]);
        assert_int_equal(bed_read(bed, pid), code);
        assert_int_equal(bed->err.code, code);
        assert_int_equal(bed_read(bed, pid), code);
    }
}

static void a_pid_of_somebody_else_is_not_read(void **state) {
    struct kernel_bed *bed = *state;
    make_v2(bed);
    bed_process(bed, 12, "0::/docker/" BED_OTHER "\n");
    reads_give(bed, 12, -ESTALE);
    reads_give(bed, 1, -ESTALE);
    reads_give(bed, 99, -ENOENT);
    reads_give(bed, 0, -ENOENT);
    reads_give(bed, -1, -ENOENT);
    reads_give(bed, PID, 0);
}

/* The process ends and its pid is given to another container while it is known. */
static void a_pid_that_is_used_again_is_not_believed(void **state) {
    static const size_t budgets[] = {0, 50};
    struct kernel_bed *bed = *state;
    for (size_t i = 0; i < 2; i++) {
        make_v2(bed);
        bed_open(bed, budgets[i]);
        bed_reads(bed, PID);
        bed_remove(bed, "proc/4711");
        assert_int_equal(bed_read(bed, PID), -ENOENT);
        bed_process(bed, PID, "0::/docker/" BED_OTHER "\n");
        assert_int_equal(bed_read(bed, PID), -ESTALE);
        bed_remove(bed, "proc/4711");
        bed_process(bed, PID, "0::/docker/" BED_ID "\n");
        bed_reads(bed, PID);
        bed_process(bed, 12, "0::/docker/" BED_ID "\n");
        bed_write(bed, "proc/12/net/dev", "\n\n  eth0: 77 10 1 2 0 0 0 0 2000 20 3 4 0 0 0 0\n");
        bed_reads(bed, 12);
        assert_int_equal(bed->usage.nets[0].number[NET_RX_BYTES], 77);
    }
}

static void a_restarted_container_has_a_new_cgroup(void **state) {
    static const size_t budgets[] = {0, 1, 2, 50};
    struct kernel_bed *bed = *state;
    for (size_t i = 0; i < 4; i++) {
        make_v2(bed);
        bed_open(bed, budgets[i]);
        bed_reads(bed, PID);
        bed_remove(bed, "sys/fs/cgroup/docker");
        int gone = bed_read(bed, PID);
        assert_true(gone == -ENOENT || gone == -EOPNOTSUPP);
        kernel_forget(bed->kernel, STR(BED_ID));
        make_v2(bed);
        bed_reads(bed, PID);
        /* it ends and starts between two readings, at the same place with the same pid */
        bed_remove(bed, "sys/fs/cgroup/docker");
        bed_v2(bed, "docker/" BED_ID);
        bed_cgroup(bed, "docker/" BED_ID, "memory.current", "8192\n");
        bed_reads(bed, PID);
        assert_number(&bed->usage, USAGE_MEM_USAGE_BYTES, 8192);
        /* and somewhere else */
        bed_remove(bed, "sys/fs/cgroup/docker");
        bed_remove(bed, "proc/4711");
        bed_v2(bed, "own/" BED_ID);
        bed_process(bed, PID, "0::/own/" BED_ID "\n");
        bed_reads(bed, PID);
        assert_number(&bed->usage, USAGE_MEM_USAGE_BYTES, 4096);
        bed_remove(bed, "sys/fs/cgroup/own");
    }
}

/* A process that is not held is asked each time where it belongs. */
static void a_moved_container_is_read_where_it_is(void **state) {
    struct kernel_bed *bed = *state;
    make_v2(bed);
    bed_open(bed, 0);
    bed_reads(bed, PID);
    bed_v2(bed, "own/" BED_ID);
    bed_cgroup(bed, "own/" BED_ID, "memory.current", "12288\n");
    bed_process(bed, PID, "0::/own/" BED_ID "\n");
    bed_reads(bed, PID);
    assert_number(&bed->usage, USAGE_MEM_USAGE_BYTES, 12288);
}

static void a_file_that_is_not_there_leaves_its_numbers_out(void **state) {
    struct kernel_bed *bed = *state;
    make_v2(bed);
    bed_open(bed, 50);
    bed_reads(bed, PID);
    bed_remove(bed, "sys/fs/cgroup/docker/" BED_ID "/memory.current");
    bed_remove(bed, "sys/fs/cgroup/docker/" BED_ID "/io.stat");
    bed_remove(bed, "proc/4711/net/dev");
    bed_reads(bed, PID);
    assert_number(&bed->usage, USAGE_CPU_NS, 5000000000);
    assert_false(usage_has(&bed->usage, USAGE_MEM_USAGE_BYTES));
    assert_false(usage_has(&bed->usage, USAGE_MEM_WORKING_SET_BYTES));
    assert_number(&bed->usage, USAGE_MEM_CACHE_BYTES, 2048);
    assert_int_equal(bed->usage.n_disks, 0);
    assert_int_equal(bed->usage.n_nets, 0);
    bed_cgroup(bed, "docker/" BED_ID, "memory.current", "8192\n");
    bed_reads(bed, PID);
    assert_number(&bed->usage, USAGE_MEM_USAGE_BYTES, 8192);
}

static void neither_cpu_nor_memory_is_no_reading(void **state) {
    struct kernel_bed *bed = *state;
    make_v2(bed);
    bed_remove(bed, "sys/fs/cgroup/docker/" BED_ID "/cpu.stat");
    bed_remove(bed, "sys/fs/cgroup/docker/" BED_ID "/memory.current");
    reads_give(bed, PID, -ENODATA);
    bed_cgroup(bed, "docker/" BED_ID, "cpu.stat", "");
    bed_cgroup(bed, "docker/" BED_ID, "memory.current", "-1\n");
    reads_give(bed, PID, -ENODATA);
    bed_cgroup(bed, "docker/" BED_ID, "memory.current", "4096\n");
    reads_give(bed, PID, 0);
    bed_remove(bed, "sys/fs/cgroup/docker/" BED_ID);
    (void)mkdir(bed_path(bed, "sys/fs/cgroup/docker/" BED_ID), 0755);
    reads_give(bed, PID, -ENODATA);
}

/* A line of a megabyte in memory.stat, and a memory.events beyond the limit. */
static void long_files_do_no_harm(void **state) {
    struct kernel_bed *bed = *state;
    make_v2(bed);
    char *text = malloc(KERNEL_FILE_MAX + 2);
    assert_non_null(text);
    memset(text, 'x', KERNEL_FILE_MAX + 1);
    text[KERNEL_FILE_MAX + 1] = '\0';
    memcpy(text, "oom 1\n", 6);
    bed_cgroup(bed, "docker/" BED_ID, "memory.events", text);
    memset(text, 'x', 6);
    memcpy(text + KERNEL_FILE_MAX - 20, "\nanon 77\n", 10);
    bed_cgroup(bed, "docker/" BED_ID, "memory.stat", text);
    free(text);
    bed_open(bed, 50);
    bed_reads(bed, PID);
    assert_number(&bed->usage, USAGE_CPU_NS, 5000000000);
    assert_number(&bed->usage, USAGE_MEM_RSS_BYTES, 77);
    assert_false(usage_has(&bed->usage, USAGE_MEM_FAILCNT));
}

static void what_is_no_file_is_passed_over(void **state) {
    struct kernel_bed *bed = *state;
    make_v2(bed);
    static const char *const names[] = {"memory.current", "memory.stat", "io.stat"};
    for (size_t i = 0; i < 3; i++) {
        char path[PATH_MAX];
        (void)snprintf(path, sizeof(path), "sys/fs/cgroup/docker/" BED_ID "/%s", names[i]);
        bed_remove(bed, path);
        const char *full = bed_path(bed, path);
        assert_int_equal(i ? mkdir(full, 0755) : mkfifo(full, 0644), 0);
    }
    bed_open(bed, 50);
    for (int round = 0; round < 2; round++) {
        bed_reads(bed, PID);
        assert_number(&bed->usage, USAGE_CPU_NS, 5000000000);
        assert_false(usage_has(&bed->usage, USAGE_MEM_USAGE_BYTES));
        assert_false(usage_has(&bed->usage, USAGE_MEM_CACHE_BYTES));
    }
    bed_remove(bed, "proc/4711/cgroup");
    assert_int_equal(mkfifo(bed_path(bed, "proc/4711/cgroup"), 0644), 0);
    bed_open(bed, 50);
    assert_true(bed_read(bed, PID) < 0);
}

/* Links that lead out of the root, at each place where something is opened. */
static void links_out_of_the_root_are_not_followed(void **state) {
    struct kernel_bed *bed = *state;
    char outside[PATH_MAX];
    make_v2(bed);
    (void)snprintf(outside, sizeof(outside), "%s/outside", bed->root);
    bed_write(bed, "outside/memory.current", "666\n");
    bed_remove(bed, "sys/fs/cgroup/docker/" BED_ID "/memory.current");
    assert_int_equal(symlink("../../../../../outside/memory.current",
                             bed_path(bed, "sys/fs/cgroup/docker/" BED_ID "/memory.current")),
                     0);
    bed_open(bed, 50);
    bed_reads(bed, PID);
    assert_false(usage_has(&bed->usage, USAGE_MEM_USAGE_BYTES));
    bed_remove(bed, "sys/fs/cgroup/docker");
    (void)rename(bed_path(bed, "outside"), bed_path(bed, "elsewhere/" BED_ID));
    (void)snprintf(outside, sizeof(outside), "%s/elsewhere", bed->root);
    assert_int_equal(symlink(outside, bed_path(bed, "sys/fs/cgroup/docker")), 0);
    bed_open(bed, 50);
    assert_int_equal(bed_read(bed, PID), -EOPNOTSUPP);
    bed_remove(bed, "sys/fs/cgroup");
    assert_int_equal(symlink("/sys/fs/cgroup", bed_path(bed, "sys/fs/cgroup")), 0);
    const struct kernel_settings settings = {.host_root = bed->root};
    kernel_free(bed->kernel);
    bed->kernel = NULL;
    assert_int_equal(kernel_new(&settings, &bed->kernel, &bed->err), -EINVAL);
}

static void what_is_held_is_let_go(void **state) {
    struct kernel_bed *bed = *state;
    size_t before = open_descriptors();
    make_v2(bed);
    bed_open(bed, 50);
    size_t opened = open_descriptors();
    bed_reads(bed, PID);
    assert_int_equal(kernel_held(bed->kernel), 2);
    assert_int_equal(open_descriptors(), opened + 2);
    kernel_forget(bed->kernel, STR(BED_ID));
    kernel_forget(bed->kernel, STR("unknown"));
    assert_int_equal(kernel_held(bed->kernel), 0);
    bed_reads(bed, PID);
    kernel_sweep(bed->kernel);
    assert_int_equal(kernel_held(bed->kernel), 2);
    kernel_sweep(bed->kernel);
    assert_int_equal(kernel_held(bed->kernel), 0);
    assert_int_equal(open_descriptors(), opened);
    bed_reads(bed, PID);
    bed_remove(bed, "proc/4711");
    assert_int_equal(bed_read(bed, PID), -ENOENT);
    assert_int_equal(kernel_held(bed->kernel), 0);
    kernel_free(bed->kernel);
    bed->kernel = NULL;
    assert_int_equal(open_descriptors(), before);
}

static void what_is_not_in_the_tree_cannot_be_read(void **state) {
    struct kernel_bed *bed = *state;
    make_v2(bed);
    bed_process(bed, PID, "0::/../" BED_ID "\n");
    bed_remove(bed, "sys/fs/cgroup/docker/" BED_ID);
    reads_give(bed, PID, -EOPNOTSUPP);
    bed_process(bed, PID, "0::/elsewhere/" BED_ID "\n");
    reads_give(bed, PID, -EOPNOTSUPP);
}

static void v1_without_memory_says_so(void **state) {
    struct kernel_bed *bed = *state;
    make_v1(bed);
    bed_remove(bed, "sys/fs/cgroup/memory");
    bed_open(bed, 0);
    assert_int_equal(kernel_host(bed->kernel)->n_troubles, 1);
    assert_non_null(strstr(kernel_host(bed->kernel)->trouble[0].text, "-t cgroup -o memory"));
    assert_true(kernel_host(bed->kernel)->usable);
    assert_str(kernel_host(bed->kernel)->controllers, "cpu io pids");
    bed_reads(bed, PID);
    assert_number(&bed->usage, USAGE_CPU_NS, 123);
    assert_false(usage_has(&bed->usage, USAGE_MEM_USAGE_BYTES));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bed_setup, bed_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(v2_places_are_found),
        TEST(hybrid_takes_pressure_from_the_unified_tree_only),
        TEST(a_controller_that_does_not_name_the_container_tells_nothing),
        TEST(a_process_that_nobody_has_reaped_is_gone),
        TEST(a_pid_of_somebody_else_is_not_read),
        TEST(a_pid_that_is_used_again_is_not_believed),
        TEST(a_restarted_container_has_a_new_cgroup),
        TEST(a_moved_container_is_read_where_it_is),
        TEST(a_file_that_is_not_there_leaves_its_numbers_out),
        TEST(neither_cpu_nor_memory_is_no_reading),
        TEST(long_files_do_no_harm),
        TEST(what_is_no_file_is_passed_over),
        TEST(links_out_of_the_root_are_not_followed),
        TEST(what_is_held_is_let_go),
        TEST(what_is_not_in_the_tree_cannot_be_read),
        TEST(v1_without_memory_says_so),
    };
    return RUN(tests);
}
