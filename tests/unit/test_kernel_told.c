/* What the kernel's readings tell about what they could not read: controllers that containers lack,
   files that are there and say nothing. */
#include "kernel_bed.h"

#include "kernel/controllers.h"
#include "kernel/files.h"

#define PID 4711
#define DIR_V2 "docker/" BED_ID
#define AT_V2 "sys/fs/cgroup/" DIR_V2 "/"

static void make_v2(struct kernel_bed *bed) {
    bed_host(bed);
    bed_v2(bed, DIR_V2);
    bed_process(bed, PID, "0::/" DIR_V2 "\n");
}

static unsigned set_of(const char *text) {
    return controllers_parse(str_of(text));
}

static void controllers_are_words(void **state) {
    (void)state;
    assert_int_equal(set_of("cpuset cpu io memory hugetlb pids rdma misc\n"), CONTROLLERS_ALL);
    assert_int_equal(set_of("memory pids"), 1U << CONTROLLER_MEMORY | 1U << CONTROLLER_PIDS);
    assert_int_equal(set_of("\n  io\n\ncpu \n"), 1U << CONTROLLER_IO | 1U << CONTROLLER_CPU);
    assert_int_equal(set_of("cpuset cpuacct Memory pids.max i o\n"), 0);
    assert_int_equal(set_of("\n"), 0);
    assert_int_equal(set_of(NULL), 0);
}

static void memory_accounting_may_be_off(void **state) {
    (void)state;
    static const struct {
        const char *cgroups;
        enum accounting memory;
    } rows[] = {
        {"#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t5\t0\n", ACCOUNTING_OFF},
        {"cpu\t0\t5\t0\nmemory\t9\t5\t1\npids\t0\t1\t0\n", ACCOUNTING_ON},
        {"memory\t9\t5\t10", ACCOUNTING_ON},
        {"cpu\t0\t5\t0\nmemory_x\t9\t5\t0\n", ACCOUNTING_UNKNOWN},
        {"", ACCOUNTING_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        assert_int_equal(controllers_memory(str_of(rows[i].cgroups)), rows[i].memory);
    }
    assert_true(controllers_memory_is_off(STR("quiet cgroup_disable=memory\n")));
    assert_false(controllers_memory_is_off(STR("quiet cgroup_disable=memory2 x\n")));
    assert_false(controllers_memory_is_off(STR("")));
}

/* What the sentence says names the controllers, in words that are the same each time. */
static void missing_is(struct kernel_bed *bed, const char *names, const char *remedy) {
    struct err err = ERR_INIT;
    struct err again = ERR_INIT;
    assert_true(kernel_missing(bed->kernel, &err));
    assert_int_equal(err.code, -EOPNOTSUPP);
    if (!strstr(err.text, names) || !strstr(err.text, remedy)) {
        fail_msg("%s", err.text);
    }
    assert_true(strlen(err.text) < ERR_TEXT_MAX - 1);
    assert_string_not_equal(err.text + strlen(err.text) - 3, "...");
    bed_reads(bed, PID);
    assert_true(kernel_missing(bed->kernel, &again));
    assert_string_equal(again.text, err.text);
}

/* The host has all, the container's own cgroup not; its files are as few as that. */
static void what_is_not_delegated_is_missing(void **state) {
    struct kernel_bed *bed = *state;
    struct err err = ERR_INIT;
    static const size_t budgets[] = {0, 50};
    for (size_t i = 0; i < 2; i++) {
        make_v2(bed);
        bed_cgroup(bed, DIR_V2, "cgroup.controllers", "cpuset cpu io memory pids\n");
        bed_open(bed, budgets[i]);
        assert_false(kernel_missing(bed->kernel, &err));
        bed_reads(bed, PID);
        assert_false(kernel_missing(bed->kernel, &err));

        bed_cgroup(bed, DIR_V2, "cgroup.controllers", "memory pids\n");
        bed_remove(bed, AT_V2 "io.stat");
        bed_open(bed, budgets[i]);
        assert_str(kernel_host(bed->kernel)->controllers, "cpu io memory pids");
        assert_int_equal(kernel_host(bed->kernel)->n_troubles, 0);
        assert_false(kernel_missing(bed->kernel, &err));
        bed_reads(bed, PID);
        missing_is(bed, "(cpu, io)", "Delegate=cpu cpuset io memory pids");
        missing_is(bed, "(cpu, io)", "user@.service.d/delegate.conf");
        missing_is(bed, "(cpu, io)", "security.nesting=true");
        missing_is(bed, "(cpu, io)", "cgroup.subtree_control");

        bed_cgroup(bed, DIR_V2, "cgroup.controllers", "");
        kernel_forget(bed->kernel, STR(BED_ID));
        bed_reads(bed, PID);
        missing_is(bed, "(cpu, io, memory, pids)", "nesting=1");
    }
}

/* It starts again, now below another parent. */
static void a_restarted_container_is_asked_again(void **state) {
    struct kernel_bed *bed = *state;
    struct err err = ERR_INIT;
    make_v2(bed);
    bed_cgroup(bed, DIR_V2, "cgroup.controllers", "cpuset cpu io memory pids\n");
    bed_open(bed, 50);
    bed_reads(bed, PID);
    assert_false(kernel_missing(bed->kernel, &err));
    bed_v2(bed, "own/" BED_ID);
    bed_cgroup(bed, "own/" BED_ID, "cgroup.controllers", "cpu memory pids\n");
    bed_process(bed, 12, "0::/own/" BED_ID "\n");
    bed_reads(bed, 12);
    assert_true(kernel_missing(bed->kernel, &err));
    assert_non_null(strstr(err.text, "(io)"));
}

/* What the host itself lacks is told once, by its trouble. */
static void what_the_host_lacks_is_not_missing_again(void **state) {
    struct kernel_bed *bed = *state;
    struct err err = ERR_INIT;
    make_v2(bed);
    bed_cgroup(bed, "", "cgroup.controllers", "memory pids\n");
    bed_cgroup(bed, DIR_V2, "cgroup.controllers", "memory pids\n");
    bed_open(bed, 50);
    assert_int_equal(kernel_host(bed->kernel)->n_troubles, 1);
    bed_reads(bed, PID);
    assert_false(kernel_missing(bed->kernel, &err));
    bed_cgroup(bed, DIR_V2, "cgroup.controllers", "memory\n");
    kernel_forget(bed->kernel, STR(BED_ID));
    bed_reads(bed, PID);
    missing_is(bed, "(pids)", "Delegate=");
}

/* Nothing is learnt from a container that could not be read, or whose file is not there. */
static void only_what_is_known_is_missing(void **state) {
    struct kernel_bed *bed = *state;
    struct err err = ERR_INIT;
    make_v2(bed);
    bed_open(bed, 50);
    bed_reads(bed, PID);
    assert_false(kernel_missing(bed->kernel, &err));
    bed_cgroup(bed, DIR_V2, "cgroup.controllers", "\n");
    bed_process(bed, 12, "0::/docker/" BED_OTHER "\n");
    bed_open(bed, 50);
    assert_int_equal(bed_read(bed, 12), -ESTALE);
    assert_false(kernel_missing(bed->kernel, &err));
}

static void v1_hierarchies_that_do_not_name_it_are_missing(void **state) {
    struct kernel_bed *bed = *state;
    struct err err = ERR_INIT;
    bed_host(bed);
    bed_cgroup(bed, "cpuacct/docker/" BED_ID, "cpuacct.usage", "123\n");
    bed_cgroup(bed, "memory/docker/" BED_ID, "memory.usage_in_bytes", "4096\n");
    bed_cgroup(bed, "pids/docker/" BED_ID, "pids.current", "1\n");
    bed_process(bed, PID,
                "3:pids:/docker/" BED_ID "\n2:memory:/docker/" BED_ID "\n1:cpuacct:/docker/" BED_ID
                "\n");
    bed_open(bed, 50);
    assert_int_equal(kernel_host(bed->kernel)->mode, CGROUP_V1);
    bed_reads(bed, PID);
    assert_false(kernel_missing(bed->kernel, &err));
    bed_remove(bed, "sys/fs/cgroup/pids/docker/" BED_ID); /* named, but not to be found */
    bed_open(bed, 50);
    bed_reads(bed, PID);
    assert_false(kernel_missing(bed->kernel, &err));
    bed_process(bed, PID,
                "3:pids:/user.slice\n2:memory:/user.slice\n1:cpuacct:/docker/" BED_ID "\n");
    bed_open(bed, 50);
    bed_reads(bed, PID);
    missing_is(bed, "(memory, pids)", "systemd.unified_cgroup_hierarchy=1");
}

/* One file that is there and tells nothing, which is counted at each reading. */
static void refused_is(struct kernel_bed *bed, size_t each) {
    static const size_t budgets[] = {0, 50};
    for (size_t i = 0; i < 2; i++) {
        bed_open(bed, budgets[i]);
        for (size_t round = 1; round <= 3; round++) {
            bed_reads(bed, PID);
            assert_int_equal(kernel_refused(bed->kernel), each * round);
            assert_int_equal(kernel_dropped(bed->kernel), 0);
        }
    }
}

static void what_is_no_file_is_refused(void **state) {
    struct kernel_bed *bed = *state;
    make_v2(bed);
    refused_is(bed, 0);
    bed_remove(bed, AT_V2 "memory.events");
    refused_is(bed, 0);
    assert_int_equal(mkfifo(bed_path(bed, AT_V2 "memory.events"), 0644), 0);
    refused_is(bed, 1);
    bed_remove(bed, AT_V2 "memory.stat");
    assert_int_equal(mkdir(bed_path(bed, AT_V2 "memory.stat"), 0755), 0);
    refused_is(bed, 2);
    bed_remove(bed, AT_V2 "pids.current");
    assert_int_equal(symlink("/etc/hostname", bed_path(bed, AT_V2 "pids.current")), 0);
    refused_is(bed, 3);
    bed_remove(bed, AT_V2 "io.stat");
    assert_int_equal(symlink("io.stat", bed_path(bed, AT_V2 "io.stat")), 0);
    refused_is(bed, 4);
    bed_remove(bed, "proc/4711/net/dev");
    refused_is(bed, 4);
    assert_int_equal(mkdir(bed_path(bed, "proc/4711/net/dev"), 0755), 0);
    refused_is(bed, 5);
}

static void a_file_that_is_too_long_is_refused(void **state) {
    struct kernel_bed *bed = *state;
    make_v2(bed);
    char *text = malloc(KERNEL_FILE_MAX + 2);
    assert_non_null(text);
    memset(text, '\n', KERNEL_FILE_MAX + 1);
    text[KERNEL_FILE_MAX + 1] = '\0';
    memcpy(text, "oom 1\n", 6);
    bed_cgroup(bed, DIR_V2, "memory.events", text);
    refused_is(bed, 1);
    assert_false(usage_has(&bed->usage, USAGE_MEM_FAILCNT));
    text[KERNEL_FILE_MAX] = '\0';
    bed_cgroup(bed, DIR_V2, "memory.events", text);
    refused_is(bed, 0);
    assert_number(&bed->usage, USAGE_MEM_FAILCNT, 1);
    free(text);
}

/* Only root could read it all the same. */
static void a_file_that_may_not_be_read_is_refused(void **state) {
    struct kernel_bed *bed = *state;
    make_v2(bed);
    assert_int_equal(chmod(bed_path(bed, AT_V2 "memory.current"), 0), 0);
    assert_int_equal(chmod(bed_path(bed, AT_V2 "memory.stat"), 0), 0);
    bool root = geteuid() == 0;
    assert_int_equal(chmod(bed->root, 0755), 0);
    if (root && seteuid(65534) != 0) {
        skip();
    }
    refused_is(bed, 2);
    assert_number(&bed->usage, USAGE_CPU_NS, 5000000000);
    assert_false(usage_has(&bed->usage, USAGE_MEM_USAGE_BYTES));
    assert_int_equal(root ? seteuid(0) : 0, 0);
}

static void a_text_without_its_numbers_is_refused(void **state) {
    static const struct {
        const char *file;
        const char *text;
        bool refused;
    } rows[] = {
        {"memory.current", "max\n", false},
        {"memory.current", "-1\n", true},
        {"memory.current", "", true},
        {"memory.max", "max\n", false},
        {"memory.max", "maximum\n", true},
        {"pids.max", "max", true},
        {"pids.max", "max\n", false},
        {"memory.stat", "", true},
        {"memory.stat", "other 1\n", true},
        {"memory.stat", "other 1\nanon max\nfile 3\n", false},
        {"io.stat", "", false},
        {"io.stat", "8:0 \n", false},
        {"io.stat", "garbage\n", true},
        {"cpu.pressure", "some total=1\n", false},
        {"cpu.pressure", "some\n", true},
    };
    struct kernel_bed *bed = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        make_v2(bed);
        bed_cgroup(bed, DIR_V2, rows[i].file, rows[i].text);
        refused_is(bed, rows[i].refused);
        bed_remove(bed, "sys");
    }
    make_v2(bed);
    bed_write(bed, "proc/4711/net/dev", "nothing\n");
    refused_is(bed, 1);
}

/* The table's rows of cgroup v1. */
static void old_kernels_may_say_less(void **state) {
    (void)state;
    static const struct {
        const char *file;
        const char *text;
        int rc;
    } rows[] = {
        {"memory.oom_control", "oom_kill_disable 0\nunder_oom 0\n", 0},
        {"cpuacct.stat", "idle 1\n", -EBADMSG},
        {"blkio.throttle.io_serviced_recursive", "Total 0\n", 0},
        {"blkio.throttle.io_serviced_recursive", "8:0 Discard 0\nTotal 0\n", 0},
        {"blkio.throttle.io_serviced_recursive", "no\n", -EBADMSG},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t at = 0;
        while (strcmp(kernel_files[at].names[0], rows[i].file) != 0) {
            at++;
            assert_true(at < n_kernel_files);
        }
        struct arena arena = ARENA_INIT;
        struct usage usage = {.have = 0};
        size_t dropped = 0;
        assert_int_equal(
            kernel_file_take(&kernel_files[at], str_of(rows[i].text), 0, &arena, &usage, &dropped),
            rows[i].rc);
        arena_done(&arena);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bed_setup, bed_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controllers_are_words),
        cmocka_unit_test(memory_accounting_may_be_off),
        TEST(what_is_not_delegated_is_missing),
        TEST(a_restarted_container_is_asked_again),
        TEST(what_the_host_lacks_is_not_missing_again),
        TEST(only_what_is_known_is_missing),
        TEST(v1_hierarchies_that_do_not_name_it_are_missing),
        TEST(what_is_no_file_is_refused),
        TEST(a_file_that_is_too_long_is_refused),
        TEST(a_file_that_may_not_be_read_is_refused),
        TEST(a_text_without_its_numbers_is_refused),
        cmocka_unit_test(old_kernels_may_say_less),
    };
    return RUN(tests);
}
