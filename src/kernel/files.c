#include "kernel/files.h"

#include <assert.h>
#include <errno.h>

#define US_NS 1000       /* microseconds */
#define TICK_NS 10000000 /* USER_HZ is 100 on all that the Engine runs on; it takes 100 too */

static const struct parse_key CPU_STAT[] = {
    {"usage_usec", USAGE_CPU_NS, US_NS},
    {"user_usec", USAGE_CPU_USER_NS, US_NS},
    {"system_usec", USAGE_CPU_SYSTEM_NS, US_NS},
    {"nr_periods", USAGE_CPU_PERIODS, 1},
    {"nr_throttled", USAGE_CPU_THROTTLED_PERIODS, 1},
    {"throttled_usec", USAGE_CPU_THROTTLED_NS, US_NS},
    {"nr_bursts", USAGE_CPU_BURST_PERIODS, 1},
    {"burst_usec", USAGE_CPU_BURST_NS, US_NS},
};

static const struct parse_key MEMORY_STAT[] = {
    {"anon", USAGE_MEM_RSS_BYTES, 1},
    {"file", USAGE_MEM_CACHE_BYTES, 1},
    {"kernel", USAGE_MEM_KERNEL_BYTES, 1},
    {"file_mapped", USAGE_MEM_MAPPED_FILE_BYTES, 1},
    {"inactive_file", USAGE_MEM_INACTIVE_FILE_BYTES, 1},
    {"pgfault", USAGE_MEM_MINOR_FAULTS, 1},
    {"pgmajfault", USAGE_MEM_MAJOR_FAULTS, 1},
    {"active_file", USAGE_MEM_ACTIVE_FILE_BYTES, 1},
    {"file_dirty", USAGE_MEM_DIRTY_BYTES, 1},
    {"file_writeback", USAGE_MEM_WRITEBACK_BYTES, 1},
};

/* The Engine's failcnt is "oom", not "max". */
static const struct parse_key MEMORY_EVENTS[] = {
    {"oom", USAGE_MEM_FAILCNT, 1},
    {"oom_kill", USAGE_OOM_KILLS, 1},
    {"high", USAGE_MEM_HIGH_EVENTS, 1},
    {"max", USAGE_MEM_MAX_EVENTS, 1},
};

static const struct parse_key CPUACCT_STAT_1[] = {
    {"user", USAGE_CPU_USER_NS, TICK_NS},
    {"system", USAGE_CPU_SYSTEM_NS, TICK_NS},
};

static const struct parse_key CPU_STAT_1[] = {
    {"nr_periods", USAGE_CPU_PERIODS, 1},          {"nr_throttled", USAGE_CPU_THROTTLED_PERIODS, 1},
    {"throttled_time", USAGE_CPU_THROTTLED_NS, 1}, {"nr_bursts", USAGE_CPU_BURST_PERIODS, 1},
    {"burst_time", USAGE_CPU_BURST_NS, 1},
};

static const struct parse_key MEMORY_STAT_1[] = {
    {"total_rss", USAGE_MEM_RSS_BYTES, 1},
    {"total_cache", USAGE_MEM_CACHE_BYTES, 1},
    {"total_swap", USAGE_MEM_SWAP_BYTES, 1},
    {"total_mapped_file", USAGE_MEM_MAPPED_FILE_BYTES, 1},
    {"total_inactive_file", USAGE_MEM_INACTIVE_FILE_BYTES, 1},
    {"total_pgfault", USAGE_MEM_MINOR_FAULTS, 1},
    {"total_pgmajfault", USAGE_MEM_MAJOR_FAULTS, 1},
    {"total_active_file", USAGE_MEM_ACTIVE_FILE_BYTES, 1},
    {"total_dirty", USAGE_MEM_DIRTY_BYTES, 1},
    {"total_writeback", USAGE_MEM_WRITEBACK_BYTES, 1},
    {"pgfault", USAGE_MEM_OWN_FAULTS, 1},
    {"pgmajfault", USAGE_MEM_OWN_MAJOR_FAULTS, 1},
};

static const struct parse_key OOM_CONTROL_1[] = {{"oom_kill", USAGE_OOM_KILLS, 1}};

#define KEYS(table)                                                                                \
    .format = FORMAT_KEYED, .keys = (table), .n_keys = sizeof(table) / sizeof((table)[0])
#define NUMBER(n) .format = FORMAT_NUMBER, .number = (n)
#define PRESSURE(some, full) .format = FORMAT_PRESSURE, .number = (some), .second = (full)
#define BLKIO(r, w) .format = FORMAT_BLKIO, .read = (r), .write = (w)
#define LINES(n) .format = FORMAT_LINES, .number = (n), .wanted_only = true
#define V2(without) .hierarchy = HIERARCHY_UNIFIED, .unless = (without)
#define V1(which) .hierarchy = (which), .unless = HIERARCHIES

const struct kernel_file kernel_files[] = {
    {V2(HIERARCHY_CPUACCT), .names = {"cpu.stat"}, KEYS(CPU_STAT)},
    {V2(HIERARCHY_MEMORY), .names = {"memory.current"}, NUMBER(USAGE_MEM_USAGE_BYTES)},
    {V2(HIERARCHY_MEMORY), .names = {"memory.stat"}, KEYS(MEMORY_STAT)},
    {V2(HIERARCHY_MEMORY), .names = {"memory.events"}, KEYS(MEMORY_EVENTS)},
    {V2(HIERARCHY_MEMORY), .names = {"memory.peak"}, NUMBER(USAGE_MEM_PEAK_BYTES)},
    {V2(HIERARCHY_MEMORY), .names = {"memory.swap.current"}, NUMBER(USAGE_MEM_SWAP_BYTES)},
    {V2(HIERARCHY_MEMORY), .names = {"memory.max"}, .format = FORMAT_LIMIT,
     .number = USAGE_MEM_LIMIT_BYTES},
    {V2(HIERARCHY_BLKIO), .names = {"io.stat"}, .format = FORMAT_IO_STAT},
    {V2(HIERARCHY_PIDS), .names = {"pids.current"}, NUMBER(USAGE_PIDS)},
    {V2(HIERARCHY_PIDS), .names = {"pids.max"}, NUMBER(USAGE_PIDS_LIMIT)},
    {V2(HIERARCHY_PIDS), .names = {"cgroup.procs"}, LINES(USAGE_PROCESSES)},
    {V2(HIERARCHIES), .names = {"cpu.pressure"},
     PRESSURE(USAGE_PRESSURE_CPU_WAITING_NS, USAGE_PRESSURE_CPU_STALLED_NS)},
    {V2(HIERARCHIES), .names = {"memory.pressure"},
     PRESSURE(USAGE_PRESSURE_MEM_WAITING_NS, USAGE_PRESSURE_MEM_STALLED_NS)},
    {V2(HIERARCHIES), .names = {"io.pressure"},
     PRESSURE(USAGE_PRESSURE_IO_WAITING_NS, USAGE_PRESSURE_IO_STALLED_NS)},

    {V1(HIERARCHY_CPUACCT), .names = {"cpuacct.usage"}, NUMBER(USAGE_CPU_NS)},
    {V1(HIERARCHY_CPUACCT), .names = {"cpuacct.stat"}, KEYS(CPUACCT_STAT_1)},
    {V1(HIERARCHY_CPU), .names = {"cpu.stat"}, KEYS(CPU_STAT_1)},
    {V1(HIERARCHY_MEMORY), .names = {"memory.usage_in_bytes"}, NUMBER(USAGE_MEM_USAGE_BYTES)},
    {V1(HIERARCHY_MEMORY), .names = {"memory.stat"}, KEYS(MEMORY_STAT_1)},
    {V1(HIERARCHY_MEMORY), .names = {"memory.failcnt"}, NUMBER(USAGE_MEM_FAILCNT)},
    {V1(HIERARCHY_MEMORY), .names = {"memory.max_usage_in_bytes"}, NUMBER(USAGE_MEM_PEAK_BYTES)},
    {V1(HIERARCHY_MEMORY), .names = {"memory.kmem.usage_in_bytes"}, NUMBER(USAGE_MEM_KERNEL_BYTES)},
    {V1(HIERARCHY_MEMORY), .names = {"memory.limit_in_bytes"}, .format = FORMAT_LIMIT,
     .number = USAGE_MEM_LIMIT_BYTES},
    {V1(HIERARCHY_MEMORY), .names = {"memory.oom_control"}, KEYS(OOM_CONTROL_1),
     .may_be_silent = true},
    {V1(HIERARCHY_BLKIO),
     .names = {"blkio.throttle.io_service_bytes_recursive", "blkio.throttle.io_service_bytes",
               "blkio.bfq.io_service_bytes_recursive", "blkio.io_service_bytes_recursive"},
     BLKIO(DISK_READ_BYTES, DISK_WRITE_BYTES)},
    {V1(HIERARCHY_BLKIO),
     .names = {"blkio.throttle.io_serviced_recursive", "blkio.throttle.io_serviced",
               "blkio.bfq.io_serviced_recursive", "blkio.io_serviced_recursive"},
     BLKIO(DISK_READS, DISK_WRITES)},
    {V1(HIERARCHY_PIDS), .names = {"pids.current"}, NUMBER(USAGE_PIDS)},
    {V1(HIERARCHY_PIDS), .names = {"pids.max"}, NUMBER(USAGE_PIDS_LIMIT)},
    {V1(HIERARCHY_PIDS), .names = {"cgroup.procs"}, LINES(USAGE_PROCESSES)},
};

const size_t n_kernel_files = sizeof(kernel_files) / sizeof(kernel_files[0]);
static_assert(sizeof(kernel_files) / sizeof(kernel_files[0]) <= FILES_MAX, "FILES_MAX");

/* "max" is all there is of something, which is no number. */
static bool is_max(struct str text) {
    return str_eq(text, STR("max\n"));
}

/* As the Engine shows it: what no container can reach is the host's memory. */
static void take_limit(const struct kernel_file *file, struct str text, uint64_t mem_total,
                       struct usage *usage) {
    uint64_t limit = 0;
    bool all = is_max(text);
    if (!all && !parse_number(text, &limit)) {
        return;
    }
    if (mem_total && (all || limit > mem_total)) {
        usage_set(usage, file->number, mem_total);
    } else if (!all) {
        usage_set(usage, file->number, limit);
    }
}

static void take_number(const struct kernel_file *file, struct str text, struct usage *usage) {
    uint64_t value = 0;
    if (parse_number(text, &value)) {
        usage_set(usage, file->number, value);
    }
}

/* A file of one line for each thing that counts; cut in a line, it does not tell how many. */
static void take_lines(const struct kernel_file *file, struct str text, struct usage *usage) {
    uint64_t n = 0;
    if (text.len && !str_ends(text, STR("\n"))) {
        return;
    }
    for (size_t at = str_find(text, '\n', 0); at < text.len; at = str_find(text, '\n', at + 1)) {
        n++;
    }
    usage_set(usage, file->number, n);
}

static int take(const struct kernel_file *file, struct str text, uint64_t mem_total,
                struct arena *arena, struct usage *usage, size_t *dropped) {
    switch (file->format) {
    case FORMAT_NUMBER:
        take_number(file, text, usage);
        return 0;
    case FORMAT_LIMIT:
        take_limit(file, text, mem_total, usage);
        return 0;
    case FORMAT_LINES:
        take_lines(file, text, usage);
        return 0;
    case FORMAT_KEYED:
        parse_keyed(text, file->keys, file->n_keys, usage);
        return 0;
    case FORMAT_PRESSURE:
        parse_pressure(text, file->number, file->second, usage);
        return 0;
    case FORMAT_IO_STAT:
        return parse_io_stat(text, arena, usage, dropped);
    case FORMAT_BLKIO:
        return parse_blkio(text, file->read, file->write, arena, usage, dropped);
    default:
        return 0;
    }
}

/* Whether a text that gave no number is in order all the same. A list of devices may be empty, or
   have devices without figures and "Total 0" only. */
static bool may_say_nothing(const struct kernel_file *file, struct str text) {
    switch (file->format) {
    case FORMAT_NUMBER:
    case FORMAT_LIMIT:
        return is_max(text);
    case FORMAT_IO_STAT:
    case FORMAT_BLKIO:
        return text.len == 0 || (text.ptr[0] >= '0' && text.ptr[0] <= '9') ||
               str_starts(text, STR("Total "));
    default:
        return file->may_be_silent;
    }
}

int kernel_file_take(const struct kernel_file *file, struct str text, uint64_t mem_total,
                     struct arena *arena, struct usage *usage, size_t *dropped) {
    uint64_t have = usage->have;
    size_t n_disks = usage->n_disks;
    int rc = take(file, text, mem_total, arena, usage, dropped);
    bool told = usage->have != have || usage->n_disks != n_disks;
    return rc == 0 && !told && !may_say_nothing(file, text) ? -EBADMSG : rc;
}
