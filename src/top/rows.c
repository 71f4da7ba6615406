#include "top/rows.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"

/* A core's nanoseconds a second, in hundredths of a percent. */
#define CORE_HUNDREDTHS UINT64_C(10000)

void rows_done(struct rows *rows) {
    free(rows->row);
    *rows = (struct rows){.row = NULL};
}

static void set(struct top_row *row, enum row_number i, uint64_t v) {
    row->number[i] = v;
    row->have |= UINT32_C(1) << i;
}

/* a * b / c; beyond 64 bits the greatest number. */
static uint64_t share(uint64_t a, uint64_t b, uint64_t c) {
    unsigned __int128 v = ((unsigned __int128)a * b + c / 2) / c;
    return v > UINT64_MAX ? UINT64_MAX : (uint64_t)v;
}

static bool same_run(const struct container_facts *a, const struct container_facts *b) {
    bool has = container_has(a, CONTAINER_STARTED_NS);
    return has == container_has(b, CONTAINER_STARTED_NS) &&
           (!has || a->number[CONTAINER_STARTED_NS] == b->number[CONTAINER_STARTED_NS]);
}

/* The reading before this one, of the same run by the same source, or NULL. */
static const struct usage *usage_before(const struct snapshot *before, const struct reading *now) {
    const struct container_facts *facts = &now->container->facts;
    const struct reading *then = before ? snapshot_find(before, facts->name, facts->id) : NULL;
    const struct usage *usage = then ? (then->usage ? then->usage : then->last) : NULL;
    bool usable = usage && same_run(facts, &then->container->facts) &&
                  now->usage->source == usage->source && usage->read_unix_ns > 0 &&
                  now->usage->read_unix_ns > usage->read_unix_ns;
    return usable ? usage : NULL;
}

/* A counter's growth per second in `scale`ths; a count that fell has none. */
static void set_rate(struct top_row *row, enum row_number i, const uint64_t count[2],
                     int64_t took_ns, uint64_t scale) {
    if (count[1] >= count[0]) {
        set(row, i, share(count[1] - count[0], scale, (uint64_t)took_ns));
    }
}

/* The sum of a number over all interfaces; false when one lacks it. */
static bool net_sum(const struct usage *usage, enum net_number number, uint64_t *ret) {
    *ret = 0;
    for (size_t i = 0; i < usage->n_nets; i++) {
        if (!(usage->nets[i].have >> number & 1U)) {
            return false;
        }
        *ret += usage->nets[i].number[number];
    }
    return usage->n_nets > 0;
}

/* With an interface more or less, the sums are not of the same things. */
static bool same_nets(const struct usage *a, const struct usage *b) {
    bool same = a->n_nets == b->n_nets;
    for (size_t i = 0; same && i < a->n_nets; i++) {
        same = str_eq(a->nets[i].interface, b->nets[i].interface);
    }
    return same;
}

/* The same of devices, which come with their first byte and never go. */
static bool disk_sum(const struct usage *usage, enum disk_number number, uint64_t *ret) {
    bool some = false;
    *ret = 0;
    for (size_t i = 0; i < usage->n_disks; i++) {
        if (usage->disks[i].have >> number & 1U) {
            *ret += usage->disks[i].number[number];
            some = true;
        }
    }
    return some;
}

static void set_rates(struct top_row *row, const struct usage *before, const struct usage *now) {
    int64_t took_ns = now->read_unix_ns - before->read_unix_ns;
    uint64_t count[2];
    if (usage_has(before, USAGE_CPU_NS) && usage_has(now, USAGE_CPU_NS)) {
        count[0] = before->number[USAGE_CPU_NS];
        count[1] = now->number[USAGE_CPU_NS];
        set_rate(row, ROW_CPU, count, took_ns, CORE_HUNDREDTHS);
    }
    const enum net_number nets[] = {NET_RX_BYTES, NET_TX_BYTES};
    for (size_t i = 0; i < 2 && same_nets(before, now); i++) {
        if (net_sum(before, nets[i], &count[0]) && net_sum(now, nets[i], &count[1])) {
            set_rate(row, i ? ROW_NET_TX : ROW_NET_RX, count, took_ns, NS_PER_S);
        }
    }
    const enum disk_number disks[] = {DISK_READ_BYTES, DISK_WRITE_BYTES};
    for (size_t i = 0; i < 2; i++) {
        bool had = disk_sum(before, disks[i], &count[0]);
        if (disk_sum(now, disks[i], &count[1]) && (had || before->n_disks == 0)) {
            set_rate(row, i ? ROW_DISK_WRITE : ROW_DISK_READ, count, took_ns, NS_PER_S);
        }
    }
}

static void set_memory(struct top_row *row, const struct reading *r, uint64_t machine_mem_bytes) {
    const struct container_facts *facts = &r->container->facts;
    uint64_t limit = 0;
    if (container_has(facts, CONTAINER_MEM_LIMIT_BYTES)) {
        limit = (uint64_t)facts->number[CONTAINER_MEM_LIMIT_BYTES];
        set(row, ROW_MEM_LIMIT, limit);
    }
    if (!r->usage) {
        return;
    }
    if (usage_has(r->usage, USAGE_MEM_WORKING_SET_BYTES)) {
        set(row, ROW_MEM, r->usage->number[USAGE_MEM_WORKING_SET_BYTES]);
    } else if (usage_has(r->usage, USAGE_MEM_USAGE_BYTES)) {
        set(row, ROW_MEM, r->usage->number[USAGE_MEM_USAGE_BYTES]);
    }
    uint64_t whole =
        limit && (!machine_mem_bytes || limit < machine_mem_bytes) ? limit : machine_mem_bytes;
    if (row_has(row, ROW_MEM) && whole) {
        set(row, ROW_MEM_SHARE, share(row->number[ROW_MEM], CORE_HUNDREDTHS, whole));
    }
}

static struct top_row make_row(const struct reading *r, const struct rows_inputs *in) {
    const struct container_facts *facts = &r->container->facts;
    struct top_row row = {.name = facts->name, .state = facts->state, .health = facts->health};
    set_memory(&row, r, in->machine_mem_bytes);
    if (r->counted) {
        set(&row, ROW_RESTARTS, r->counts.restarts);
    }
    if (container_is_live(facts) && container_has(facts, CONTAINER_STARTED_NS)) {
        int64_t age_ns = in->unix_ns - facts->number[CONTAINER_STARTED_NS];
        set(&row, ROW_UPTIME, age_ns > 0 ? (uint64_t)(age_ns / NS_PER_S) : 0);
    }
    if (!r->usage) {
        return row;
    }
    if (usage_has(r->usage, USAGE_PIDS)) {
        set(&row, ROW_PIDS, r->usage->number[USAGE_PIDS]);
    }
    const struct usage *before = usage_before(in->before, r);
    if (before) {
        set_rates(&row, before, r->usage);
    }
    return row;
}

int rows_make(struct rows *rows, const struct rows_inputs *in) {
    rows->n = 0; /* their names are those of a snapshot that may be gone */
    if (in->now->n > rows->cap) {
        struct top_row *more = reallocarray(rows->row, in->now->n, sizeof(*more));
        if (!more) {
            return -ENOMEM;
        }
        rows->row = more;
        rows->cap = in->now->n;
    }
    rows->known = in->before ? 0 : UINT32_MAX;
    for (size_t i = 0; i < in->now->n; i++) {
        const struct reading *r = &in->now->readings[i];
        if (!in->live_only || container_is_live(&r->container->facts)) {
            rows->row[rows->n] = make_row(r, in);
            rows->known |= rows->row[rows->n++].have;
        }
    }
    return 0;
}

/* The one or two numbers that a column group is sorted by. */
static const struct {
    enum row_number number[2];
} sorted_by[SORTS] = {
    [SORT_CPU] = {{ROW_CPU, ROW_CPU}},
    [SORT_MEM] = {{ROW_MEM, ROW_MEM}},
    [SORT_NET] = {{ROW_NET_RX, ROW_NET_TX}},
    [SORT_DISK] = {{ROW_DISK_READ, ROW_DISK_WRITE}},
    [SORT_PIDS] = {{ROW_PIDS, ROW_PIDS}},
    [SORT_UPTIME] = {{ROW_UPTIME, ROW_UPTIME}},
    [SORT_RESTARTS] = {{ROW_RESTARTS, ROW_RESTARTS}},
};

/* What a row is sorted by: 0 when it is not known, else one more than the sum of its numbers. */
static uint64_t weight(const struct top_row *row, enum row_sort sort) {
    const enum row_number *number = sorted_by[sort].number;
    uint64_t sum = 0;
    bool known = false;
    for (size_t i = 0; i < 2 && (i == 0 || number[1] != number[0]); i++) {
        uint64_t v = row_has(row, number[i]) ? row->number[number[i]] : 0;
        known |= row_has(row, number[i]);
        sum = v < UINT64_MAX - 1 - sum ? sum + v : UINT64_MAX - 1;
    }
    return known ? sum + 1 : 0;
}

static bool is_live(const struct top_row *row) {
    return row->state == STATE_RUNNING || row->state == STATE_PAUSED;
}

struct order {
    enum row_sort sort;
    bool reversed;
};

static int compare(const void *pa, const void *pb, void *arg) {
    const struct top_row *a = pa;
    const struct top_row *b = pb;
    const struct order *order = arg;
    if (is_live(a) != is_live(b)) {
        return is_live(a) ? -1 : 1;
    }
    int by_name = str_cmp(a->name, b->name);
    if (order->sort == SORT_NAME) {
        return order->reversed ? -by_name : by_name;
    }
    uint64_t wa = weight(a, order->sort);
    uint64_t wb = weight(b, order->sort);
    if (wa == wb) {
        return by_name;
    }
    if (wa == 0 || wb == 0) {
        return wa ? -1 : 1;
    }
    return (wa > wb) != order->reversed ? -1 : 1;
}

void rows_sort(struct rows *rows, enum row_sort sort, bool reversed) {
    struct order order = {.sort = sort, .reversed = reversed};
    if (rows->n > 1) {
        qsort_r(rows->row, rows->n, sizeof(*rows->row), compare, &order);
    }
}

bool rows_sum(const struct rows *rows, enum row_number number, uint64_t *ret) {
    bool some = false;
    uint64_t sum = 0;
    for (size_t i = 0; i < rows->n; i++) {
        if (row_has(&rows->row[i], number)) {
            sum += rows->row[i].number[number];
            some = true;
        }
    }
    if (some) {
        *ret = sum;
    }
    return some;
}
