/* What the kernel's readings stand on: the host's root, the search in a tree, the budget, and what
   is said about a host where something is missing. */
#include "kernel_bed.h"

#include "kernel/budget.h"
#include "kernel/mounts.h"
#include "kernel/root.h"
#include "kernel/search.h"

#define PID 4711

static void make_v2(struct kernel_bed *bed) {
    bed_host(bed);
    bed_v2(bed, "docker/" BED_ID);
    bed_process(bed, PID, "0::/docker/" BED_ID "\n");
}

/* Both ways to open: with openat2() and without. */
static void both_ways_to_open_agree(void **state) {
    struct kernel_bed *bed = *state;
    static const struct {
        const char *path;
        bool opens;
    } rows[] = {
        {"a/b/file", true},      {"link/file", true},     {"absolute/file", true},
        {"a/filelink", true},    {"out", false},          {"loop", false},
        {"a/../a/b/file", true}, {"missing/file", false}, {"a/b/file/x", false},
    };
    bed_write(bed, "a/b/file", "x");
    assert_int_equal(symlink("a/b", bed_path(bed, "link")), 0);
    assert_int_equal(symlink("/a/b", bed_path(bed, "absolute")), 0);
    assert_int_equal(symlink("b/file", bed_path(bed, "a/filelink")), 0);
    assert_int_equal(symlink("/etc/passwd", bed_path(bed, "out")), 0);
    assert_int_equal(symlink("loop", bed_path(bed, "loop")), 0);
    struct root root;
    assert_int_equal(root_init(&root, bed->root), 0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int plain = 0; plain < 2; plain++) {
            root.plain = plain;
            bool dots = strstr(rows[i].path, "..") != NULL;
            int fd = root_open(&root, rows[i].path, ROOT_FILE);
            assert_int_equal(fd >= 0, rows[i].opens && !(plain && dots));
            if (fd >= 0) {
                (void)close(fd);
            }
            fd = root_open_below(&root, root.fd, rows[i].path, ROOT_FILE);
            assert_int_equal(fd >= 0, i == 0 || (dots && !plain));
            if (fd >= 0) {
                (void)close(fd);
            }
        }
    }
    root_done(&root);
}

static void a_search_in_vain_is_not_repeated_at_once(void **state) {
    struct kernel_bed *bed = *state;
    struct search search = SEARCH_INIT;
    struct root root;
    char *path = NULL;
    int fd = -1;
    bed_write(bed, "x/y/z/file", "");
    assert_int_equal(root_init(&root, bed->root), 0);
    const struct search_for what = {.path = STR("there"), .relative = true};
    assert_int_equal(search_find(&search, &root, root.fd, what, &path, &fd), -ENOENT);
    assert_true(search.quiet_until_ns > 0);
    search.quiet_until_ns = INT64_MAX;
    bed_write(bed, "x/y/z/there/file", "");
    assert_int_equal(search_find(&search, &root, root.fd, what, &path, &fd), -ENOENT);
    search.quiet_until_ns = 0;
    assert_int_equal(search_find(&search, &root, root.fd, what, &path, &fd), 0);
    assert_string_equal(path, "x/y/z/there");
    (void)close(fd);
    free(path);
    /* the parent is known now: no walk is needed */
    search.quiet_until_ns = INT64_MAX;
    bed_write(bed, "x/y/z/other/file", "");
    const struct search_for other = {.path = STR("other"), .relative = true};
    assert_int_equal(search_find(&search, &root, root.fd, other, &path, &fd), 0);
    assert_string_equal(path, "x/y/z/other");
    (void)close(fd);
    free(path);
    search_done(&search);
    root_done(&root);
}

/* By the names that the engines make of an id, in known parents and by a walk. */
static void a_directory_is_found_by_its_id(void **state) {
    static const char *const rows[] = {
        "docker/" BED_ID,
        "system.slice/docker-" BED_ID ".scope",
        "machine.slice/libpod-" BED_ID ".scope",
        "a.slice/a-b.slice/libpod-" BED_ID,
        "docker-" BED_ID ".scope",
    };
    struct kernel_bed *bed = *state;
    const struct search_for what = {.path = STR(BED_ID), .relative = true, .id = true};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct search search = SEARCH_INIT;
        struct root root;
        char *path = NULL;
        int fd = -1;
        char file[PATH_MAX];
        (void)snprintf(file, sizeof(file), "%s/file", rows[i]);
        bed_write(bed, file, "");
        bed_write(bed, "docker/libpod-conmon-" BED_ID ".scope/file", "");
        bed_write(bed, "docker/" BED_OTHER "/" BED_ID "/file", "");
        assert_int_equal(root_init(&root, bed->root), 0);
        assert_int_equal(search_find(&search, &root, root.fd, what, &path, &fd), 0);
        assert_string_equal(path, rows[i]);
        (void)close(fd);
        free(path);
        bed_remove(bed, rows[i]);
        search.quiet_until_ns = 0;
        assert_int_equal(search_find(&search, &root, root.fd, what, &path, &fd), -ENOENT);
        search_done(&search);
        root_done(&root);
    }
}

/* What a container sees of itself is no whole tree, by the files that only roots have or lack. */
static void a_part_of_a_tree_is_known(void **state) {
    struct kernel_bed *bed = *state;
    static const struct {
        const char *file;
        bool partial;
    } rows[] = {
        {"cgroup.controllers", false},
        {"cgroup.events", true},
        {NULL, false},
        {"memory/release_agent", false},
        {"unified/cgroup.controllers", false},
        {"cpu,cpuacct/tasks", true},
        {"cpu,cpuacct/release_agent", false},
        {"unified/cgroup.events", true},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (!rows[i].file) {
            bed_remove(bed, "sys");
            continue;
        }
        struct root root;
        struct mounts mounts;
        bed_cgroup(bed, "", rows[i].file, "");
        assert_int_equal(root_init(&root, bed->root), 0);
        assert_int_equal(mounts_init(&mounts, &root), 0);
        assert_int_equal(mounts_partial(&mounts, &root), rows[i].partial);
        mounts_done(&mounts);
        root_done(&root);
    }
}

/* Makes the kernel and expects one trouble that has these words. */
static void trouble_is(struct kernel_bed *bed, int code, const char *words, bool usable) {
    bed_open(bed, 0);
    const struct kernel_host *host = kernel_host(bed->kernel);
    assert_int_equal(host->n_troubles, 1);
    assert_int_equal(host->trouble[0].code, code);
    if (!strstr(host->trouble[0].text, words)) {
        fail_msg("%s", host->trouble[0].text);
    }
    assert_int_equal(host->usable, usable);
}

static void troubles_name_their_remedy(void **state) {
    struct kernel_bed *bed = *state;
    make_v2(bed);
    bed_open(bed, 0);
    assert_int_equal(kernel_host(bed->kernel)->n_troubles, 0);
    assert_true(kernel_host(bed->kernel)->usable);
    bed_cgroup(bed, "", "cgroup.controllers", "cpuset cpu io pids\n");
    trouble_is(bed, -EOPNOTSUPP, "nesting=1", true);
    trouble_is(bed, -EOPNOTSUPP, "rc_cgroup_controllers", true);
    bed_write(bed, "proc/cgroups",
              "#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t5\t0\n");
    trouble_is(bed, -EOPNOTSUPP, "cgroup_enable=memory cgroup_memory=1", true);
    bed_remove(bed, "proc/cgroups");
    bed_write(bed, "proc/cmdline", "root=/dev/x cgroup_disable=memory quiet\n");
    trouble_is(bed, -EOPNOTSUPP, "/boot/firmware/cmdline.txt", true);
    bed_v2(bed, "docker/" BED_ID);
    bed_remove(bed, "proc/1");
    trouble_is(bed, -EACCES, "hidepid=0", false);
    assert_int_equal(bed_read(bed, 99), -EACCES);
    bed_host(bed);
    bed_remove(bed, "sys/fs/cgroup");
    (void)mkdir(bed_path(bed, "sys/fs/cgroup"), 0755);
    trouble_is(bed, -ENOENT, "mount -t cgroup2", false);
    assert_int_equal(bed_read(bed, PID), -EOPNOTSUPP);
}

static void a_root_must_be_a_hosts(void **state) {
    struct kernel_bed *bed = *state;
    struct kernel_settings settings = {.host_root = "/nowhere/at/all"};
    assert_int_equal(kernel_new(&settings, &bed->kernel, &bed->err), -EINVAL);
    assert_non_null(strstr(bed->err.text, "/nowhere/at/all"));
    settings.host_root = bed->root;
    assert_int_equal(kernel_new(&settings, &bed->kernel, &bed->err), -EINVAL);
    bed_host(bed);
    assert_int_equal(kernel_new(&settings, &bed->kernel, &bed->err), -EINVAL);
    assert_non_null(strstr(bed->err.text, "sys/fs/cgroup"));
    assert_null(bed->kernel);
    settings.host_root = NULL;
    assert_int_equal(kernel_new(&settings, &bed->kernel, &bed->err), 0);
}

static void the_budget_follows_memory_and_descriptors(void **state) {
    (void)state;
    assert_int_equal(budget_for(UINT64_MAX, 1000000), KERNEL_HELD_MAX);
    assert_int_equal(budget_for(UINT64_MAX, 1024), 512);
    assert_int_equal(budget_for(16 * 1024 * 1024, 1000000),
                     16 * 1024 * 1024 / 4 / KERNEL_HELD_FILE_BYTES);
    assert_int_equal(budget_for(0, 1000000), 0);
    assert_true(budget_own() <= KERNEL_HELD_MAX);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bed_setup, bed_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(both_ways_to_open_agree),
        TEST(a_search_in_vain_is_not_repeated_at_once),
        TEST(a_directory_is_found_by_its_id),
        TEST(a_part_of_a_tree_is_known),
        TEST(troubles_name_their_remedy),
        TEST(a_root_must_be_a_hosts),
        TEST(the_budget_follows_memory_and_descriptors),
    };
    return RUN(tests);
}
