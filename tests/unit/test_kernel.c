/* The kernel's readings of recorded host roots: as expected to the last number, and what the
   Engine's API said about the same containers just before and after. */
#include "kernel_bed.h"

#include <inttypes.h>

#include "engine/decode.h"
#include "test_data.h"

static const char *const NUMBERS[USAGE_NUMBERS] = {
    [USAGE_MEM_USAGE_BYTES] = "mem_usage",
    [USAGE_MEM_LIMIT_BYTES] = "mem_limit",
    [USAGE_MEM_CACHE_BYTES] = "mem_cache",
    [USAGE_MEM_RSS_BYTES] = "mem_rss",
    [USAGE_MEM_SWAP_BYTES] = "mem_swap",
    [USAGE_MEM_WORKING_SET_BYTES] = "mem_working_set",
    [USAGE_MEM_FAILCNT] = "mem_failcnt",
    [USAGE_MEM_PEAK_BYTES] = "mem_peak",
    [USAGE_MEM_MAPPED_FILE_BYTES] = "mem_mapped_file",
    [USAGE_MEM_KERNEL_BYTES] = "mem_kernel",
    [USAGE_MEM_MINOR_FAULTS] = "mem_minor_faults",
    [USAGE_MEM_MAJOR_FAULTS] = "mem_major_faults",
    [USAGE_CPU_NS] = "cpu_ns",
    [USAGE_CPU_SYSTEM_NS] = "cpu_system_ns",
    [USAGE_CPU_USER_NS] = "cpu_user_ns",
    [USAGE_CPU_PERIODS] = "cpu_periods",
    [USAGE_CPU_THROTTLED_PERIODS] = "cpu_throttled_periods",
    [USAGE_CPU_THROTTLED_NS] = "cpu_throttled_ns",
    [USAGE_PIDS] = "pids",
    [USAGE_PIDS_LIMIT] = "pids_limit",
    [USAGE_PRESSURE_CPU_WAITING_NS] = "pressure_cpu_waiting_ns",
    [USAGE_PRESSURE_CPU_STALLED_NS] = "pressure_cpu_stalled_ns",
    [USAGE_PRESSURE_MEM_WAITING_NS] = "pressure_mem_waiting_ns",
    [USAGE_PRESSURE_MEM_STALLED_NS] = "pressure_mem_stalled_ns",
    [USAGE_PRESSURE_IO_WAITING_NS] = "pressure_io_waiting_ns",
    [USAGE_PRESSURE_IO_STALLED_NS] = "pressure_io_stalled_ns",
    [USAGE_MEM_INACTIVE_FILE_BYTES] = "mem_inactive_file",
    [USAGE_OOM_KILLS] = "oom_kills",
    [USAGE_MEM_ACTIVE_FILE_BYTES] = "mem_active_file",
    [USAGE_MEM_DIRTY_BYTES] = "mem_dirty",
    [USAGE_MEM_WRITEBACK_BYTES] = "mem_writeback",
    [USAGE_MEM_HIGH_EVENTS] = "mem_high_events",
    [USAGE_MEM_MAX_EVENTS] = "mem_max_events",
    [USAGE_MEM_OWN_FAULTS] = "mem_own_faults",
    [USAGE_MEM_OWN_MAJOR_FAULTS] = "mem_own_major_faults",
    [USAGE_CPU_BURST_PERIODS] = "cpu_burst_periods",
    [USAGE_CPU_BURST_NS] = "cpu_burst_ns",
    [USAGE_PROCESSES] = "processes",
};

static void show_values(struct buf *out, uint32_t have, const uint64_t *number, size_t n) {
    for (size_t i = 0; i < n; i++) {
        if (have >> i & 1U) {
            buf_fmt(out, " %" PRIu64, number[i]);
        } else {
            buf_text(out, " -");
        }
    }
    buf_byte(out, '\n');
}

static void show(struct buf *out, const char *name, const struct usage *u) {
    buf_fmt(out, "%s\n", name);
    for (size_t i = 0; i < USAGE_NUMBERS; i++) {
        if (usage_has(u, (enum usage_number)i)) {
            buf_fmt(out, "  %s %" PRIu64 "\n", NUMBERS[i], u->number[i]);
        }
    }
    for (size_t i = 0; i < u->n_nets; i++) {
        buf_fmt(out, "  net %.*s", STR_ARG(u->nets[i].interface));
        show_values(out, u->nets[i].have, u->nets[i].number, NET_NUMBERS);
    }
    for (size_t i = 0; i < u->n_disks; i++) {
        buf_fmt(out, "  disk %u:%u", u->disks[i].major, u->disks[i].minor);
        show_values(out, u->disks[i].have, u->disks[i].number, DISK_NUMBERS);
    }
}

/* One recorded host root under test. */
struct recorded {
    char folder[128]; /* below the test data */
    struct kernel *kernel;
    struct arena arena;
};

static struct recorded open_recorded(const char *name, size_t held_max) {
    struct recorded r = {.arena = ARENA_INIT};
    char root[PATH_MAX];
    const char *data = getenv("TEST_DATA");
    (void)snprintf(r.folder, sizeof(r.folder), "host-roots/%s", name);
    (void)snprintf(root, sizeof(root), "%s/%s", data ? data : "tests/data", r.folder);
    const struct kernel_settings settings = {.host_root = root, .held_max = held_max};
    struct err err = ERR_INIT;
    if (kernel_new(&settings, &r.kernel, &err) != 0) {
        fail_msg("%s", err.text);
    }
    return r;
}

static void close_recorded(struct recorded *r) {
    kernel_free(r->kernel);
    arena_done(&r->arena);
}

/* A line of containers.txt: name, id, pid, network. */
static bool next_container(struct str *rest, struct str *ret_name, struct container_facts *ret) {
    struct str line;
    struct str pid;
    uint64_t number = 0;
    if (!str_split(rest, '\n', &line) || line.len == 0) {
        return false;
    }
    assert_true(str_split(&line, ' ', ret_name));
    assert_true(str_split(&line, ' ', &ret->id));
    assert_true(str_split(&line, ' ', &pid) && str_to_u64(pid, &number));
    ret->pid = (int64_t)number;
    ret->network = str_eq(line, STR("own")) ? NETWORK_OWN : NETWORK_NONE;
    return true;
}

static void read_all(struct recorded *r, struct buf *out) {
    CLEANUP_BUF struct buf list = test_data(r->folder, "containers.txt");
    struct str rest = buf_view(&list);
    struct str name;
    struct container_facts facts = {.state = STATE_RUNNING};
    while (next_container(&rest, &name, &facts)) {
        struct usage usage = {.have = 0};
        struct err err = ERR_INIT;
        if (kernel_read(r->kernel, &facts, &r->arena, &usage, &err) != 0) {
            fail_msg("%.*s: %s", STR_ARG(name), err.text);
        }
        assert_int_equal(usage.source, SOURCE_KERNEL);
        assert_true(usage.read_unix_ns > 0);
        char text[64];
        (void)snprintf(text, sizeof(text), "%.*s", STR_ARG(name));
        show(out, text, &usage);
    }
}

/* Recorded, but: podman is made of cgroup2, rootless of cgroup2-partial, cgroup1 of hybrid. */
static const char *const roots[] = {
    "cgroup2", "cgroup2-systemd", "cgroup2-partial", "cgroup2-undelegated",
    "podman",  "rootless",        "hybrid",          "cgroup1"};
#define N_ROOTS (sizeof(roots) / sizeof(roots[0]))

/* UPDATE_GOLDEN=1 rewrites what is expected. */
static void readings_are_as_expected(void **state) {
    (void)state;
    for (size_t i = 0; i < N_ROOTS; i++) {
        struct recorded r = open_recorded(roots[i], 100);
        CLEANUP_BUF struct buf out = BUF_INIT;
        read_all(&r, &out);
        if (getenv("UPDATE_GOLDEN")) {
            char path[PATH_MAX];
            (void)snprintf(path, sizeof(path), "%s/%s/expected.txt", getenv("TEST_DATA"), r.folder);
            FILE *file = fopen(path, "wb");
            assert_int_equal(fwrite(out.data, 1, out.len, file), out.len);
            assert_int_equal(fclose(file), 0);
        }
        CLEANUP_BUF struct buf expected = test_data(r.folder, "expected.txt");
        assert_string_equal(buf_cstr(&out), buf_cstr(&expected));
        assert_int_equal(kernel_refused(r.kernel), 0);
        assert_int_equal(kernel_dropped(r.kernel), 0);
        close_recorded(&r);
    }
}

static void the_budget_changes_no_reading(void **state) {
    (void)state;
    static const size_t budgets[] = {0, 1, 3, 7, 100, 4096};
    for (size_t i = 0; i < N_ROOTS; i++) {
        for (size_t b = 0; b < sizeof(budgets) / sizeof(budgets[0]); b++) {
            size_t before = open_descriptors();
            struct recorded r = open_recorded(roots[i], budgets[b]);
            CLEANUP_BUF struct buf expected = test_data(r.folder, "expected.txt");
            for (int round = 0; round < 3; round++) {
                CLEANUP_BUF struct buf out = BUF_INIT;
                read_all(&r, &out);
                assert_string_equal(buf_cstr(&out), buf_cstr(&expected));
                assert_true(kernel_held(r.kernel) <= budgets[b]);
                kernel_sweep(r.kernel);
            }
            kernel_sweep(r.kernel);
            assert_int_equal(kernel_held(r.kernel), 0);
            close_recorded(&r);
            assert_int_equal(open_descriptors(), before);
        }
    }
}

/* What the API said, from a file that may not be there. */
static bool api_says(const struct recorded *r, const char *folder, struct str name,
                     struct arena *arena, struct usage *ret) {
    char path[PATH_MAX];
    char file[128];
    const char *data = getenv("TEST_DATA");
    (void)snprintf(file, sizeof(file), "%s/stats-%.*s.json", folder, STR_ARG(name));
    (void)snprintf(path, sizeof(path), "%s/%s/%s", data ? data : "tests/data", r->folder, file);
    if (access(path, R_OK) != 0) {
        return false;
    }
    CLEANUP_BUF struct buf json = test_data(r->folder, file);
    const struct decode_stats_of of = {.podman = false};
    struct err err = ERR_INIT;
    size_t dropped = 0;
    assert_int_equal(decode_stats(buf_view(&json), &of, arena, ret, &dropped, &err), 0);
    return true;
}

static void check_between(struct str name, const char *what, uint64_t a, uint64_t v, uint64_t b) {
    if (v < (a < b ? a : b) || v > (a < b ? b : a)) {
        fail_msg("%.*s: %s: %" PRIu64 " is not between the API's %" PRIu64 " and %" PRIu64,
                 STR_ARG(name), what, v, a, b);
    }
}

/*
 * The kernel has all that the API has, with values between its two answers. Mapped files are left
 * out: the kernel gathers them from its processors now and then, so that they change by themselves.
 */
static void check_against(struct str name, const struct usage *a, const struct usage *u,
                          const struct usage *b) {
    for (size_t i = 0; i < USAGE_NUMBERS; i++) {
        if (i != USAGE_MEM_MAPPED_FILE_BYTES && usage_has(a, (enum usage_number)i)) {
            assert_true(usage_has(u, (enum usage_number)i));
            check_between(name, NUMBERS[i], a->number[i], u->number[i], b->number[i]);
        }
    }
    assert_true(u->n_nets == a->n_nets || u->n_nets == 0);
    for (size_t i = 0; i < u->n_nets; i++) {
        check_between(name, "rx", a->nets[i].number[NET_RX_BYTES], u->nets[i].number[NET_RX_BYTES],
                      b->nets[i].number[NET_RX_BYTES]);
    }
    for (size_t i = 0; i < a->n_disks && u->n_disks; i++) {
        assert_int_equal(a->disks[i].major, u->disks[i].major);
        assert_int_equal(a->disks[i].minor, u->disks[i].minor);
        check_between(name, "read", a->disks[i].number[DISK_READ_BYTES],
                      u->disks[i].number[DISK_READ_BYTES], b->disks[i].number[DISK_READ_BYTES]);
    }
    assert_true(a->n_disks <= u->n_disks);
}

static void readings_agree_with_the_api(void **state) {
    (void)state;
    for (size_t i = 0; i < N_ROOTS; i++) {
        struct recorded r = open_recorded(roots[i], 100);
        CLEANUP_BUF struct buf list = test_data(r.folder, "containers.txt");
        struct str rest = buf_view(&list);
        struct str name;
        struct container_facts facts = {.state = STATE_RUNNING};
        while (next_container(&rest, &name, &facts)) {
            struct usage before = {.have = 0};
            struct usage after = {.have = 0};
            struct usage usage = {.have = 0};
            struct err err = ERR_INIT;
            assert_true(api_says(&r, "api", name, &r.arena, &before));
            if (!api_says(&r, "api/after", name, &r.arena, &after)) {
                after = before;
            }
            assert_int_equal(kernel_read(r.kernel, &facts, &r.arena, &usage, &err), 0);
            check_against(name, &before, &usage, &after);
            assert_true(facts.network != NETWORK_OWN || usage.n_nets == before.n_nets);
        }
        close_recorded(&r);
    }
}

static void hosts_are_told_apart(void **state) {
    (void)state;
    static const struct {
        const char *root;
        const char *mode;
        const char *controllers;
        uint64_t mem_kb;
        size_t troubles;
    } rows[] = {
        {"cgroup2", "v2", "cpu io memory pids", 2026992, 0},
        {"cgroup2-systemd", "v2", "cpu io memory pids", 2026992, 0},
        {"cgroup2-partial", "v2", "memory pids", 2026992, 1},
        {"cgroup2-undelegated", "v2", "", 2026992, 1},
        {"podman", "v2", "cpu io memory pids", 2026992, 0},
        {"rootless", "v2", "cpu io memory pids", 2026992, 0},
        {"hybrid", "hybrid", "cpu io memory pids", 24684096, 0},
        {"cgroup1", "v1", "cpu io memory pids", 24684096, 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct recorded r = open_recorded(rows[i].root, 0);
        const struct kernel_host *host = kernel_host(r.kernel);
        assert_string_equal(cgroup_mode_word(host->mode), rows[i].mode);
        assert_str(host->controllers, rows[i].controllers);
        assert_int_equal(host->mem_total, rows[i].mem_kb * 1024);
        assert_int_equal(host->n_troubles, rows[i].troubles);
        assert_true(host->usable);
        if (host->n_troubles) {
            assert_non_null(strstr(host->trouble[0].text, "Delegate=cpu cpuset io memory pids"));
        }
        close_recorded(&r);
    }
}

/* Only the rootless containers lack something that their host has. */
static void rootless_containers_lack_controllers(void **state) {
    (void)state;
    for (size_t i = 0; i < N_ROOTS; i++) {
        struct recorded r = open_recorded(roots[i], 100);
        CLEANUP_BUF struct buf out = BUF_INIT;
        struct err err = ERR_INIT;
        assert_false(kernel_missing(r.kernel, &err));
        read_all(&r, &out);
        bool rootless = strcmp(roots[i], "rootless") == 0;
        assert_int_equal(kernel_missing(r.kernel, &err), rootless);
        assert_int_equal(err.code, rootless ? -EOPNOTSUPP : 0);
        assert_true(!rootless || strstr(err.text, "(cpu, io)"));
        close_recorded(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readings_are_as_expected),
        cmocka_unit_test(the_budget_changes_no_reading),
        cmocka_unit_test(readings_agree_with_the_api),
        cmocka_unit_test(hosts_are_told_apart),
        cmocka_unit_test(rootless_containers_lack_controllers),
    };
    return RUN(tests);
}
