#include "engine/decode.h"

#include <errno.h>
#include <jansson.h>

#include "base/clock.h"
#include "engine/document.h"

#define WINDOWS_CPU_UNIT_NS 100

/* One answer on its way into a usage. */
struct stats {
    const json_t *root;
    const struct decode_stats_of *of;
    bool windows;
    struct arena *arena;
    struct usage *usage;
    size_t *dropped;
};

/* A number of the JSON and where it goes. */
struct field {
    const char *key;
    enum usage_number number;
};

/* Sets the number when the key is there. */
static void take(const json_t *o, const char *key, struct usage *u, enum usage_number number) {
    uint64_t value = 0;
    if (document_u64(o, key, &value)) {
        usage_set(u, number, value);
    }
}

/* Keys of memory_stats.stats: the kernel's, which differ between cgroup v1 and v2. */
struct memory_keys {
    const char *told_by;     /* this one is there */
    struct field fields[12]; /* up to the first without a key */
};

static const struct memory_keys CGROUP1 = {
    "total_rss",
    {{"total_cache", USAGE_MEM_CACHE_BYTES},
     {"total_rss", USAGE_MEM_RSS_BYTES},
     {"total_swap", USAGE_MEM_SWAP_BYTES},
     {"total_mapped_file", USAGE_MEM_MAPPED_FILE_BYTES},
     {"total_inactive_file", USAGE_MEM_INACTIVE_FILE_BYTES},
     {"total_pgfault", USAGE_MEM_MINOR_FAULTS},
     {"total_pgmajfault", USAGE_MEM_MAJOR_FAULTS},
     {"total_active_file", USAGE_MEM_ACTIVE_FILE_BYTES},
     {"total_dirty", USAGE_MEM_DIRTY_BYTES},
     {"total_writeback", USAGE_MEM_WRITEBACK_BYTES},
     {"pgfault", USAGE_MEM_OWN_FAULTS},
     {"pgmajfault", USAGE_MEM_OWN_MAJOR_FAULTS}},
};

static const struct memory_keys CGROUP2 = {
    "anon",
    {{"file", USAGE_MEM_CACHE_BYTES},
     {"anon", USAGE_MEM_RSS_BYTES},
     {"kernel", USAGE_MEM_KERNEL_BYTES},
     {"file_mapped", USAGE_MEM_MAPPED_FILE_BYTES},
     {"inactive_file", USAGE_MEM_INACTIVE_FILE_BYTES},
     {"pgfault", USAGE_MEM_MINOR_FAULTS},
     {"pgmajfault", USAGE_MEM_MAJOR_FAULTS},
     {"active_file", USAGE_MEM_ACTIVE_FILE_BYTES},
     {"file_dirty", USAGE_MEM_DIRTY_BYTES},
     {"file_writeback", USAGE_MEM_WRITEBACK_BYTES}},
};

/* What the kernel's memory.stat says, with the figures that are computed from it. */
static void take_memory_stat(const json_t *stat, const struct memory_keys *keys, struct usage *u) {
    size_t n = sizeof(keys->fields) / sizeof(keys->fields[0]);
    for (size_t i = 0; i < n && keys->fields[i].key; i++) {
        take(stat, keys->fields[i].key, u, keys->fields[i].number);
    }
    usage_split_faults(u);
    usage_working_set(u);
}

/*
 * Memory. Without `usage` the controller is not delegated and the other figures are made-up zeros.
 * The Engine leaves failcnt out when it is 0.
 */
static void take_memory(struct stats *s) {
    const json_t *memory = json_object_get(s->root, "memory_stats");
    const json_t *stat = json_object_get(memory, "stats");
    struct usage *u = s->usage;
    if (s->windows) {
        take(memory, "privateworkingset", u, USAGE_MEM_USAGE_BYTES);
        take(memory, "privateworkingset", u, USAGE_MEM_WORKING_SET_BYTES);
        return;
    }
    take(memory, "usage", u, USAGE_MEM_USAGE_BYTES);
    if (!usage_has(u, USAGE_MEM_USAGE_BYTES)) {
        return;
    }
    take(memory, "limit", u, USAGE_MEM_LIMIT_BYTES);
    uint64_t peak = 0;
    if (document_u64(memory, "max_usage", &peak) && peak > 0) {
        usage_set(u, USAGE_MEM_PEAK_BYTES, peak);
    }
    bool v1 = json_object_get(stat, CGROUP1.told_by) != NULL;
    bool v2 = json_object_get(stat, CGROUP2.told_by) != NULL;
    if (v1 || v2) {
        take_memory_stat(stat, v1 ? &CGROUP1 : &CGROUP2, u);
    }
    take(memory, "failcnt", u, USAGE_MEM_FAILCNT);
    if ((v1 || v2) && !s->of->podman && !json_object_get(memory, "failcnt")) {
        usage_set(u, USAGE_MEM_FAILCNT, 0);
    }
}

/* CPU. A running container has used some: 0 in all means that the controller is not delegated. */
static void take_cpu(struct stats *s) {
    static const struct field used[] = {
        {"total_usage", USAGE_CPU_NS},
        {"usage_in_kernelmode", USAGE_CPU_SYSTEM_NS},
        {"usage_in_usermode", USAGE_CPU_USER_NS},
    };
    const json_t *cpu = json_object_get(s->root, "cpu_stats");
    const json_t *usage = json_object_get(cpu, "cpu_usage");
    uint64_t value = 0;
    if (document_u64(cpu, "online_cpus", &value) && value <= UINT32_MAX) {
        s->usage->online_cores = (uint32_t)value;
    }
    if (!document_u64(usage, "total_usage", &value) || value == 0) {
        return;
    }
    uint64_t unit = s->windows ? WINDOWS_CPU_UNIT_NS : 1;
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
        uint64_t ns = 0;
        if (document_u64(usage, used[i].key, &value) && !__builtin_mul_overflow(value, unit, &ns)) {
            usage_set(s->usage, used[i].number, ns);
        }
    }
    if (s->windows || s->of->podman) { /* both fill throttling with zeros */
        return;
    }
    const json_t *throttling = json_object_get(cpu, "throttling_data");
    take(throttling, "periods", s->usage, USAGE_CPU_PERIODS);
    take(throttling, "throttled_periods", s->usage, USAGE_CPU_THROTTLED_PERIODS);
    take(throttling, "throttled_time", s->usage, USAGE_CPU_THROTTLED_NS);
}

/* Processes. The Engine leaves both out at 0, and its "no limit" is beyond int64, thus unknown. */
static void take_pids(struct stats *s) {
    const json_t *pids = json_object_get(s->root, "pids_stats");
    take(pids, "current", s->usage, USAGE_PIDS);
    uint64_t limit = 0;
    if (document_u64(pids, "limit", &limit) && limit > 0) {
        usage_set(s->usage, USAGE_PIDS_LIMIT, limit);
    }
}

/* One interface's counters; the Engine's errors are always 0 and so never taken. */
static void take_net(const struct stats *s, const json_t *o, struct usage_net *net) {
    static const struct {
        const char *key;
        enum net_number number;
        bool podman_zero; /* old Podman says 0 for it */
    } fields[] = {
        {"rx_bytes", NET_RX_BYTES, false},    {"rx_packets", NET_RX_PACKETS, true},
        {"rx_dropped", NET_RX_DROPPED, true}, {"tx_bytes", NET_TX_BYTES, false},
        {"tx_packets", NET_TX_PACKETS, true}, {"tx_dropped", NET_TX_DROPPED, true},
    };
    uint64_t rx = 0;
    uint64_t tx = 0;
    (void)document_u64(o, "rx_packets", &rx);
    (void)document_u64(o, "tx_packets", &tx);
    bool bytes_only = s->of->podman && rx == 0 && tx == 0;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        uint64_t value = 0;
        if (!(bytes_only && fields[i].podman_zero) && document_u64(o, fields[i].key, &value)) {
            net->number[fields[i].number] = value;
            net->have |= UINT32_C(1) << fields[i].number;
        }
    }
}

/* All interfaces, sorted. */
static int take_nets(struct stats *s) {
    json_t *networks = json_object_get(s->root, "networks");
    size_t n = json_object_size(networks);
    size_t cap = n > DECODE_INTERFACES_MAX ? DECODE_INTERFACES_MAX : n;
    if (n == 0) {
        return 0;
    }
    struct usage *u = s->usage;
    u->nets = arena_array(s->arena, cap, sizeof(*u->nets));
    if (!u->nets) {
        return -ENOMEM;
    }
    const char *key = NULL;
    size_t key_len = 0;
    json_t *value = NULL;
    json_object_keylen_foreach(networks, key, key_len, value) {
        struct str name = {key, key_len};
        if (usage_net_is_default(name)) {
            continue;
        }
        if (u->n_nets == cap || name.len > DECODE_INTERFACE_NAME_MAX || !json_is_object(value)) {
            *s->dropped += 1;
            continue;
        }
        struct usage_net *net = &u->nets[u->n_nets++];
        net->interface = arena_str(s->arena, name);
        take_net(s, value, net);
    }
    usage_sort_nets(u);
    return 0;
}

/* One entry {major, minor, op, value}; operations count by their whole name, in any case. */
static bool take_blkio(const json_t *entry, enum disk_number read, enum disk_number write,
                       struct usage_disk *ret) {
    struct str op = document_str(entry, "op");
    bool is_read = str_eq_nocase(op, STR("read"));
    uint64_t major = 0;
    uint64_t minor = 0;
    uint64_t value = 0;
    if ((!is_read && !str_eq_nocase(op, STR("write"))) || !document_u64(entry, "major", &major) ||
        !document_u64(entry, "minor", &minor) || !document_u64(entry, "value", &value) ||
        major > UINT32_MAX || minor > UINT32_MAX) {
        return false;
    }
    *ret = (struct usage_disk){.major = (uint32_t)major, .minor = (uint32_t)minor};
    usage_disk_add(ret, is_read ? read : write, value);
    return true;
}

/* Block I/O of cgroups, by device. */
static int take_disks(struct stats *s) {
    static const struct {
        const char *key;
        enum disk_number read;
        enum disk_number write;
    } arrays[] = {
        {"io_service_bytes_recursive", DISK_READ_BYTES, DISK_WRITE_BYTES},
        {"io_serviced_recursive", DISK_READS, DISK_WRITES},
    };
    const json_t *blkio = json_object_get(s->root, "blkio_stats");
    struct usage *u = s->usage;
    size_t n = json_array_size(json_object_get(blkio, arrays[0].key)) +
               json_array_size(json_object_get(blkio, arrays[1].key));
    if (n == 0) {
        return 0;
    }
    size_t cap = n > DECODE_DEVICES_MAX ? DECODE_DEVICES_MAX : n;
    *s->dropped += n - cap;
    u->disks = arena_array(s->arena, cap, sizeof(*u->disks));
    if (!u->disks) {
        return -ENOMEM;
    }
    size_t seen = 0;
    for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
        const json_t *array = json_object_get(blkio, arrays[i].key);
        for (size_t k = 0; k < json_array_size(array) && seen < cap; k++, seen++) {
            u->n_disks += take_blkio(json_array_get(array, k), arrays[i].read, arrays[i].write,
                                     &u->disks[u->n_disks]);
        }
    }
    usage_merge_disks(u);
    return 0;
}

/* Storage of Windows, which knows no devices. */
static int take_storage(struct stats *s) {
    static const struct {
        const char *key;
        enum disk_number number;
    } fields[] = {
        {"read_size_bytes", DISK_READ_BYTES},
        {"write_size_bytes", DISK_WRITE_BYTES},
        {"read_count_normalized", DISK_READS},
        {"write_count_normalized", DISK_WRITES},
    };
    const json_t *storage = json_object_get(s->root, "storage_stats");
    struct usage_disk disk = {.have = 0};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        uint64_t value = 0;
        if (document_u64(storage, fields[i].key, &value)) {
            usage_disk_add(&disk, fields[i].number, value);
        }
    }
    if (!disk.have) {
        return 0;
    }
    s->usage->disks = arena_array(s->arena, 1, sizeof(disk));
    if (!s->usage->disks) {
        return -ENOMEM;
    }
    s->usage->disks[0] = disk;
    s->usage->n_disks = 1;
    return 0;
}

/* Whether the container runs: one that does not has a reading of the year 1, or Podman's nothing.
 */
static bool is_running(const json_t *root, int64_t *ret_read_ns) {
    struct str read = document_str(root, "read");
    *ret_read_ns = 0;
    (void)clock_parse_rfc3339(read, ret_read_ns);
    return !str_starts(read, STR("0001-"));
}

int decode_stats(struct str json, const struct decode_stats_of *of, struct arena *arena,
                 struct usage *ret, size_t *dropped, struct err *err) {
    struct usage usage = {.source = SOURCE_NONE};
    if (of->podman && str_trim(json).len == 0) {
        *ret = usage;
        return 0;
    }
    CLEANUP_JSON json_t *root = NULL;
    if (document_parse(json, &root, err) != 0) {
        return err->code;
    }
    if (!json_is_object(root)) {
        return err_set(err, -EPROTO, "statistics that are no object");
    }
    if (!is_running(root, &usage.read_unix_ns)) {
        *ret = usage;
        return 0;
    }
    usage.source = SOURCE_ENGINE;
    struct stats s = {.root = root, .of = of, .arena = arena, .usage = &usage, .dropped = dropped};
    s.windows = of->windows || str_eq(document_str(root, "os_type"), STR("windows"));
    take_memory(&s);
    take_cpu(&s);
    take_pids(&s);
    int rc = take_nets(&s);
    if (rc == 0) {
        rc = s.windows ? take_storage(&s) : take_disks(&s);
    }
    if (rc != 0 || arena_failed(arena)) {
        return err_set(err, -ENOMEM, "out of memory");
    }
    *ret = usage;
    return 0;
}
