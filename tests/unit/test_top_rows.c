/* The live table's rows: what two snapshots tell, what they do not, and the order. */
#include "unit.h"

#include <errno.h>

#include "base/clock.h"
#include "top/rows.h"

#define SECOND_1 (1000 * NS_PER_S)
#define SECOND_3 (1002 * NS_PER_S)

/* One container at one time. */
struct look {
    const char *name;
    enum container_state state;
    int64_t started_s;
    enum source source;
    uint64_t cpu_ns;
    uint64_t mem_bytes;
    uint64_t rx_bytes;
    const char *interface; /* NULL: none */
    uint64_t read_bytes;   /* 0: no device yet */
};

static struct usage *make_usage(struct snapshot *s, const struct look *look, int64_t read_ns) {
    struct usage *u = arena_array(&s->arena, 1, sizeof(*u));
    u->read_unix_ns = read_ns;
    u->source = look->source;
    usage_set(u, USAGE_CPU_NS, look->cpu_ns);
    usage_set(u, USAGE_MEM_WORKING_SET_BYTES, look->mem_bytes);
    usage_set(u, USAGE_PIDS, 7);
    if (look->interface) {
        u->nets = arena_array(&s->arena, 1, sizeof(*u->nets));
        u->n_nets = 1;
        u->nets[0].interface = str_of(look->interface);
        u->nets[0].have = 1U << NET_RX_BYTES;
        u->nets[0].number[NET_RX_BYTES] = look->rx_bytes;
    }
    if (look->read_bytes) {
        u->disks = arena_array(&s->arena, 1, sizeof(*u->disks));
        u->n_disks = 1;
        u->disks[0].have = 1U << DISK_READ_BYTES;
        u->disks[0].number[DISK_READ_BYTES] = look->read_bytes;
    }
    return u;
}

static struct snapshot *snapshot_of(const struct look *looks, size_t n, int64_t read_ns) {
    struct snapshot *s = snapshot_new(n);
    for (size_t i = 0; i < n; i++) {
        struct container_facts facts = {
            .id = str_of(looks[i].name), .name = str_of(looks[i].name), .state = looks[i].state};
        container_set(&facts, CONTAINER_STARTED_NS, looks[i].started_s * NS_PER_S);
        struct container *c = container_new(&facts);
        bool has_usage = looks[i].source != SOURCE_NONE;
        snapshot_add(
            s, &(struct reading){.container = c,
                                 .usage = has_usage ? make_usage(s, &looks[i], read_ns) : NULL});
        container_unref(c);
    }
    snapshot_publish(s);
    return s;
}

#define NOT_KNOWN UINT64_MAX

static uint64_t number(const struct top_row *row, enum row_number i) {
    return row_has(row, i) ? row->number[i] : NOT_KNOWN;
}

/* The row of one container that was seen as `a` and then, two seconds later, as `b`. */
static struct top_row seen(const struct look *a, const struct look *b) {
    struct rows rows = {.row = NULL};
    struct snapshot *before = a ? snapshot_of(a, 1, SECOND_1) : NULL;
    struct snapshot *now = snapshot_of(b, 1, SECOND_3);
    const struct rows_inputs in = {.before = before, .now = now, .unix_ns = SECOND_3};
    assert_int_equal(rows_make(&rows, &in), 0);
    assert_int_equal(rows.n, 1);
    assert_int_equal(rows.known, a ? rows.row[0].have : UINT32_MAX);
    struct top_row row = rows.row[0];
    rows_done(&rows);
    snapshot_unref(before);
    snapshot_unref(now);
    return row;
}

static const struct look first = {"web",   STATE_RUNNING, 900,    SOURCE_KERNEL, 5000000000,
                                  1 << 20, 1000,          "eth0", 4096};

static void two_readings_make_figures_per_second(void **state) {
    (void)state;
    struct look then = first;
    then.cpu_ns += 250000000;
    then.rx_bytes += 3000;
    then.read_bytes += 8192;
    struct top_row row = seen(&first, &then);
    assert_true(number(&row, ROW_CPU) == 1250); /* 12.5 % of a core */
    assert_true(number(&row, ROW_NET_RX) == 1500);
    assert_true(number(&row, ROW_NET_TX) == NOT_KNOWN);
    assert_true(number(&row, ROW_DISK_READ) == 4096);
    assert_true(number(&row, ROW_DISK_WRITE) == NOT_KNOWN);
    assert_true(number(&row, ROW_MEM) == 1 << 20);
    assert_true(number(&row, ROW_PIDS) == 7);
    assert_true(number(&row, ROW_UPTIME) == 102);
    assert_true(number(&row, ROW_RESTARTS) == NOT_KNOWN);
    assert_true(number(&row, ROW_MEM_SHARE) == NOT_KNOWN);
}

static void one_reading_tells_no_rate(void **state) {
    (void)state;
    struct top_row row = seen(NULL, &first);
    assert_true(number(&row, ROW_CPU) == NOT_KNOWN);
    assert_true(number(&row, ROW_NET_RX) == NOT_KNOWN);
    assert_true(number(&row, ROW_DISK_READ) == NOT_KNOWN);
    assert_true(number(&row, ROW_MEM) == 1 << 20);
}

static void what_does_not_follow_the_first_has_no_rate(void **state) {
    (void)state;
    struct look then = first;
    then.started_s = 1001;
    struct top_row row = seen(&first, &then);
    assert_true(number(&row, ROW_CPU) == NOT_KNOWN);
    assert_true(number(&row, ROW_UPTIME) == 1);

    then = first;
    then.source = SOURCE_ENGINE;
    row = seen(&first, &then);
    assert_true(number(&row, ROW_CPU) == NOT_KNOWN);

    then = first;
    then.cpu_ns -= 1;
    then.interface = "eth1";
    then.rx_bytes += 5000;
    row = seen(&first, &then);
    assert_true(number(&row, ROW_CPU) == NOT_KNOWN);
    assert_true(number(&row, ROW_NET_RX) == NOT_KNOWN);
    assert_true(number(&row, ROW_DISK_READ) == 0);
}

static void a_devices_first_bytes_count(void **state) {
    (void)state;
    struct look before = first;
    before.read_bytes = 0;
    struct top_row row = seen(&before, &first);
    assert_true(number(&row, ROW_DISK_READ) == 2048);
}

static void what_does_not_run_has_no_figures(void **state) {
    (void)state;
    const struct look ended = {"web", STATE_EXITED, 900, SOURCE_NONE, 0, 0, 0, NULL, 0};
    struct top_row row = seen(&first, &ended);
    assert_int_equal(row.have, 0);
}

/* A container with a memory limit, on a machine of 4 MiB. */
static uint64_t share_with_limit(int64_t limit) {
    struct rows rows = {.row = NULL};
    struct snapshot *s = snapshot_new(1);
    struct container_facts facts = {.id = STR("a"), .name = STR("a"), .state = STATE_RUNNING};
    if (limit) {
        container_set(&facts, CONTAINER_MEM_LIMIT_BYTES, limit);
    }
    struct container *c = container_new(&facts);
    snapshot_add(s, &(struct reading){.container = c, .usage = make_usage(s, &first, SECOND_1)});
    container_unref(c);
    snapshot_publish(s);
    const struct rows_inputs in = {.now = s, .machine_mem_bytes = 4 << 20, .unix_ns = SECOND_1};
    assert_int_equal(rows_make(&rows, &in), 0);
    assert_true(number(&rows.row[0], ROW_MEM_LIMIT) == (limit ? (uint64_t)limit : NOT_KNOWN));
    uint64_t share = number(&rows.row[0], ROW_MEM_SHARE);
    rows_done(&rows);
    snapshot_unref(s);
    return share;
}

static void memory_is_told_of_the_limit_else_of_the_machine(void **state) {
    (void)state;
    assert_true(share_with_limit(0) == 2500);
    assert_true(share_with_limit(2 << 20) == 5000);
    assert_true(share_with_limit(64 << 20) == 2500);
}

static void in_order(struct rows *rows, enum row_sort sort, bool reversed, const char *want) {
    char names[64] = "";
    rows_sort(rows, sort, reversed);
    for (size_t i = 0; i < rows->n; i++) {
        names[i] = rows->row[i].name.ptr[0];
    }
    assert_string_equal(names, want);
}

static void rows_stand_in_order(void **state) {
    (void)state;
    const struct look before[] = {
        {"a", STATE_RUNNING, 900, SOURCE_KERNEL, 0, 10, 500, "eth0", 0},
        {"b", STATE_RUNNING, 800, SOURCE_KERNEL, 0, 30, 500, "eth0", 0},
        {"c", STATE_PAUSED, 700, SOURCE_KERNEL, 0, 20, 500, NULL, 0},
        {"d", STATE_EXITED, 600, SOURCE_NONE, 0, 0, 0, NULL, 0},
    };
    struct look after[] = {before[0],
                           before[1],
                           before[2],
                           before[3],
                           {"e", STATE_RUNNING, 900, SOURCE_KERNEL, 9, 5, 0, NULL, 0}};
    after[0].cpu_ns = 50;
    after[2].cpu_ns = 50000000;
    after[1].rx_bytes = 9000;
    struct snapshot *old = snapshot_of(before, 4, SECOND_1);
    struct snapshot *new = snapshot_of(after, 5, SECOND_3);
    struct rows rows = {.row = NULL};
    struct rows_inputs in = {.before = old, .now = new, .unix_ns = SECOND_3};
    assert_int_equal(rows_make(&rows, &in), 0);
    in_order(&rows, SORT_CPU, false, "cabed");
    in_order(&rows, SORT_CPU, true, "abced");
    in_order(&rows, SORT_MEM, false, "bcaed");
    in_order(&rows, SORT_NET, false, "baced");
    in_order(&rows, SORT_UPTIME, false, "cbaed");
    in_order(&rows, SORT_NAME, false, "abced");
    in_order(&rows, SORT_NAME, true, "ecbad");
    in.live_only = true;
    assert_int_equal(rows_make(&rows, &in), 0);
    in_order(&rows, SORT_NAME, false, "abce");
    uint64_t sum = 0;
    assert_true(rows_sum(&rows, ROW_MEM, &sum) && sum == 65);
    assert_false(rows_sum(&rows, ROW_RESTARTS, &sum));
    assert_true(number(&rows.row[3], ROW_CPU) == NOT_KNOWN);
    rows_done(&rows);
    snapshot_unref(old);
    snapshot_unref(new);
}

/* Here with AddressSanitizer, which ends a program that asks for too much. */
extern void __asan_init(void) __attribute__((weak));

static void without_memory_there_are_no_rows(void **state) {
    (void)state;
    if (__asan_init) {
        skip();
    }
    struct snapshot *now = snapshot_of(&first, 1, SECOND_1);
    const struct snapshot more = {.n = SIZE_MAX};
    struct rows rows = {.row = NULL};
    struct rows_inputs in = {.now = now, .unix_ns = SECOND_1};
    assert_int_equal(rows_make(&rows, &in), 0);
    snapshot_unref(now);
    in.now = &more;
    assert_int_equal(rows_make(&rows, &in), -ENOMEM);
    assert_int_equal(rows.n, 0);
    rows_done(&rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_readings_make_figures_per_second),
        cmocka_unit_test(one_reading_tells_no_rate),
        cmocka_unit_test(what_does_not_follow_the_first_has_no_rate),
        cmocka_unit_test(a_devices_first_bytes_count),
        cmocka_unit_test(what_does_not_run_has_no_figures),
        cmocka_unit_test(memory_is_told_of_the_limit_else_of_the_machine),
        cmocka_unit_test(rows_stand_in_order),
        cmocka_unit_test(without_memory_there_are_no_rows),
    };
    return RUN(tests);
}
