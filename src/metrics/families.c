/*
 * THE table: every family that Dockmeter writes, one row each, in the order of the page. Metric
 * names exist here only; docs/metrics.md is written from it. A field that is not set is 0: gauge,
 * no own label, no decimals.
 */
#include "metrics/row.h"
#include "metrics/walk.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define NANO .decimals = 9
#define COUNTER .type = FAMILY_COUNTER
#define COMPAT .flags = ROW_COMPAT
#define KERNEL (ROW_KERNEL_V1 | ROW_KERNEL_V2)
#define API (ROW_API_V1 | ROW_API_V2)
#define FROM(sources) .flags = (sources)
#define REMARK(text) .remark = (text)
#define USAGE(n) .walk = walk_usage, .number = (n)
#define FACT(n) .walk = walk_fact, .number = (n)
#define LIVE_FACT(n) .walk = walk_live_fact, .number = (n)
#define NET(n) .walk = walk_net, .number = (n), .labels = {"interface"}
#define DISK(n) .walk = walk_disk, .number = (n), .labels = {"device"}
#define ENGINE(n) .walk = walk_engine, .number = (n)
#define PROCESS(n) .walk = walk_process, .number = (n)

#define NOT_TOLD "there is no reading, or its source does not tell it"
#define NO_USAGE                                                                                   \
    "there is no reading (not running, or it did not arrive), or its controller is missing"
#define NO_LIMIT "there is no limit, or the container does not run"
#define NO_NET "there is no reading, or no network of its own (host, none, container:X)"
#define NO_ERRORS NO_NET ", or the source does not tell it"
#define NO_IO "there was no I/O on the device yet"
#define NO_FACT "it is not known yet"
#define NO_COUNT "the Engine was not asked yet, or a proxy refuses"
#define NO_PROC "/proc cannot be read"

#define AS_KERNEL "cgroup v1: where the kernel counts it; v2: from Linux 5.18"
#define NOT_PODMAN "not by Podman's API"
#define FEW_DEVICES "cgroup v1: recent kernels leave most devices out"
#define NS_OR_US "steps of 1 ns on cgroup v1, of 1 µs on v2"
#define TICKS_OR_US                                                                                \
    "steps of 10 ms on cgroup v1, of 1 µs on v2; Podman's API reckons one of the two from the "   \
    "total"
#define FROM_INSPECT "as configured, told by the Engine whichever the source"

/* clang-format off */
static const struct row native_rows[] = {
    {"container_memory_usage_bytes",
     "Memory in use as Docker reports it, page cache included, in bytes.",
     NO_USAGE, USAGE(USAGE_MEM_USAGE_BYTES), .group = GROUP_MEMORY, FROM(KERNEL | API)},
    {"container_memory_limit_bytes",
     "Memory limit in bytes as Docker reports it: the host's memory when there is no limit.",
     NO_USAGE, USAGE(USAGE_MEM_LIMIT_BYTES), .group = GROUP_MEMORY, FROM(KERNEL | API)},
    {"container_memory_cache_bytes",
     "Page cache charged to the container, in bytes.",
     NOT_TOLD, USAGE(USAGE_MEM_CACHE_BYTES), .group = GROUP_MEMORY, FROM(KERNEL | API)},
    {"container_memory_rss_bytes",
     "Anonymous memory of the container's processes, in bytes.",
     NOT_TOLD, USAGE(USAGE_MEM_RSS_BYTES), .group = GROUP_MEMORY, FROM(KERNEL | API)},
    {"container_memory_swap_bytes",
     "Memory of the container that is swapped out, in bytes.",
     NOT_TOLD, USAGE(USAGE_MEM_SWAP_BYTES), .group = GROUP_MEMORY, FROM(KERNEL | ROW_API_V1)},
    {"container_memory_working_set_bytes",
     "Memory in use less inactive page cache, in bytes: what cannot be reclaimed easily.",
     NOT_TOLD, USAGE(USAGE_MEM_WORKING_SET_BYTES), .group = GROUP_MEMORY, FROM(KERNEL | API)},
    {"container_memory_failcnt",
     "Times that the container hit its memory limit.",
     NOT_TOLD, USAGE(USAGE_MEM_FAILCNT), .group = GROUP_MEMORY, FROM(KERNEL | API),
     REMARK(NOT_PODMAN)},
    {"container_memory_peak_bytes",
     "Greatest memory use since the container started, in bytes.",
     NOT_TOLD, USAGE(USAGE_MEM_PEAK_BYTES), .group = GROUP_MEMORY, FROM(KERNEL | ROW_API_V1),
     REMARK("cgroup v2: from Linux 5.19")},
    {"container_memory_mapped_file_bytes",
     "Page cache that is mapped into processes, in bytes.",
     NOT_TOLD, USAGE(USAGE_MEM_MAPPED_FILE_BYTES), .group = GROUP_MEMORY, FROM(KERNEL | API)},
    {"container_memory_kernel_bytes",
     "Kernel memory charged to the container, in bytes.",
     NOT_TOLD, USAGE(USAGE_MEM_KERNEL_BYTES), .group = GROUP_MEMORY,
     FROM(KERNEL), REMARK(AS_KERNEL)},
    {"container_memory_page_faults_total",
     "Page faults: a major one had to read from a device, a minor one had not.",
     NOT_TOLD, walk_page_faults, {"type"}, COUNTER, .group = GROUP_MEMORY, FROM(KERNEL | API)},

    {"container_cpu_usage_seconds_total",
     "CPU time used by the container on all cores, in seconds.",
     NO_USAGE, USAGE(USAGE_CPU_NS), COUNTER, NANO, .group = GROUP_CPU,
     FROM(KERNEL | API | ROW_RESOLUTION), REMARK(NS_OR_US)},
    {"container_cpu_system_seconds_total",
     "CPU time used in the kernel, in seconds.",
     NO_USAGE, USAGE(USAGE_CPU_SYSTEM_NS), COUNTER, NANO, .group = GROUP_CPU,
     FROM(KERNEL | API | ROW_RESOLUTION), REMARK(TICKS_OR_US)},
    {"container_cpu_user_seconds_total",
     "CPU time used in user mode, in seconds.",
     NO_USAGE, USAGE(USAGE_CPU_USER_NS), COUNTER, NANO, .group = GROUP_CPU,
     FROM(KERNEL | API | ROW_RESOLUTION), REMARK(TICKS_OR_US)},
    {"container_cpu_periods_total",
     "Enforcement periods of the CPU limit that have elapsed.",
     NO_USAGE, USAGE(USAGE_CPU_PERIODS), COUNTER, .group = GROUP_CPU, FROM(KERNEL | API),
     REMARK(NOT_PODMAN)},
    {"container_cpu_throttling_periods_total",
     "Enforcement periods in which the container was held back by its CPU limit.",
     NO_USAGE, USAGE(USAGE_CPU_THROTTLED_PERIODS), COUNTER, .group = GROUP_CPU, FROM(KERNEL | API),
     REMARK(NOT_PODMAN)},
    {"container_cpu_throttled_seconds_total",
     "Time for which the container was held back by its CPU limit, in seconds.",
     NO_USAGE, USAGE(USAGE_CPU_THROTTLED_NS), COUNTER, NANO, .group = GROUP_CPU,
     FROM(KERNEL | API | ROW_RESOLUTION), REMARK(NS_OR_US ", " NOT_PODMAN)},
    {"container_cpu_limit_cores",
     "CPU limit as configured, in cores.",
     NO_LIMIT, LIVE_FACT(CONTAINER_CPU_LIMIT_NANOCORES), NANO, .group = GROUP_CPU,
     FROM(KERNEL | API), REMARK(FROM_INSPECT)},
    {"container_cpu_shares",
     "Relative CPU weight as configured, in the shares of docker run.",
     "it is not set, or the container does not run", LIVE_FACT(CONTAINER_CPU_SHARES),
     .group = GROUP_CPU, FROM(KERNEL | API), REMARK(FROM_INSPECT)},

    {"container_network_receive_bytes_total",
     "Bytes received on an interface of the container.",
     NO_NET, NET(NET_RX_BYTES), COUNTER, .group = GROUP_NETWORK, FROM(KERNEL | API)},
    {"container_network_receive_packets_total",
     "Packets received on an interface of the container.",
     NO_NET, NET(NET_RX_PACKETS), COUNTER, .group = GROUP_NETWORK, FROM(KERNEL | API)},
    {"container_network_receive_errors_total",
     "Errors while receiving on an interface of the container.",
     NO_ERRORS, NET(NET_RX_ERRORS), COUNTER, .group = GROUP_NETWORK, FROM(KERNEL)},
    {"container_network_receive_dropped_total",
     "Received packets that an interface of the container dropped.",
     NO_NET, NET(NET_RX_DROPPED), COUNTER, .group = GROUP_NETWORK, FROM(KERNEL | API)},
    {"container_network_transmit_bytes_total",
     "Bytes sent on an interface of the container.",
     NO_NET, NET(NET_TX_BYTES), COUNTER, .group = GROUP_NETWORK, FROM(KERNEL | API)},
    {"container_network_transmit_packets_total",
     "Packets sent on an interface of the container.",
     NO_NET, NET(NET_TX_PACKETS), COUNTER, .group = GROUP_NETWORK, FROM(KERNEL | API)},
    {"container_network_transmit_errors_total",
     "Errors while sending on an interface of the container.",
     NO_ERRORS, NET(NET_TX_ERRORS), COUNTER, .group = GROUP_NETWORK, FROM(KERNEL)},
    {"container_network_transmit_dropped_total",
     "Packets to be sent that an interface of the container dropped.",
     NO_NET, NET(NET_TX_DROPPED), COUNTER, .group = GROUP_NETWORK, FROM(KERNEL | API)},

    {"container_fs_reads_bytes_total",
     "Bytes that the container read from a block device.",
     NO_IO, DISK(DISK_READ_BYTES), COUNTER, .group = GROUP_FS, FROM(KERNEL | API),
     REMARK(FEW_DEVICES)},
    {"container_fs_writes_bytes_total",
     "Bytes that the container wrote to a block device.",
     NO_IO, DISK(DISK_WRITE_BYTES), COUNTER, .group = GROUP_FS, FROM(KERNEL | API),
     REMARK(FEW_DEVICES)},
    {"container_fs_reads_total",
     "Read operations of the container on a block device.",
     NOT_TOLD, DISK(DISK_READS), COUNTER, .group = GROUP_FS, FROM(KERNEL | ROW_API_V1),
     REMARK(FEW_DEVICES)},
    {"container_fs_writes_total",
     "Write operations of the container on a block device.",
     NOT_TOLD, DISK(DISK_WRITES), COUNTER, .group = GROUP_FS, FROM(KERNEL | ROW_API_V1),
     REMARK(FEW_DEVICES)},

    {"container_pids_current",
     "Processes and threads in the container.",
     NO_USAGE, USAGE(USAGE_PIDS), .group = GROUP_PIDS, FROM(KERNEL | API)},
    {"container_pids_limit",
     "Greatest number of processes and threads that the container may have.",
     NO_LIMIT, USAGE(USAGE_PIDS_LIMIT), .group = GROUP_PIDS, FROM(KERNEL | API)},

    {"container_pressure_cpu_waiting_seconds_total",
     "Time for which some task of the container waited for a CPU, in seconds.",
     NOT_TOLD, USAGE(USAGE_PRESSURE_CPU_WAITING_NS), COUNTER, NANO, .group = GROUP_PRESSURE,
     FROM(ROW_KERNEL_V2)},
    {"container_pressure_cpu_stalled_seconds_total",
     "Time for which all tasks of the container waited for a CPU, in seconds.",
     NOT_TOLD, USAGE(USAGE_PRESSURE_CPU_STALLED_NS), COUNTER, NANO, .group = GROUP_PRESSURE,
     FROM(ROW_KERNEL_V2)},
    {"container_pressure_memory_waiting_seconds_total",
     "Time for which some task of the container waited for memory, in seconds.",
     NOT_TOLD, USAGE(USAGE_PRESSURE_MEM_WAITING_NS), COUNTER, NANO, .group = GROUP_PRESSURE,
     FROM(ROW_KERNEL_V2)},
    {"container_pressure_memory_stalled_seconds_total",
     "Time for which all tasks of the container waited for memory, in seconds.",
     NOT_TOLD, USAGE(USAGE_PRESSURE_MEM_STALLED_NS), COUNTER, NANO, .group = GROUP_PRESSURE,
     FROM(ROW_KERNEL_V2)},
    {"container_pressure_io_waiting_seconds_total",
     "Time for which some task of the container waited for I/O, in seconds.",
     NOT_TOLD, USAGE(USAGE_PRESSURE_IO_WAITING_NS), COUNTER, NANO, .group = GROUP_PRESSURE,
     FROM(ROW_KERNEL_V2)},
    {"container_pressure_io_stalled_seconds_total",
     "Time for which all tasks of the container waited for I/O, in seconds.",
     NOT_TOLD, USAGE(USAGE_PRESSURE_IO_STALLED_NS), COUNTER, NANO, .group = GROUP_PRESSURE,
     FROM(ROW_KERNEL_V2)},

    {"container_last_seen",
     "Unix time at which the container was last known to be so, in seconds.",
     NULL, walk_last_seen, NANO, .group = GROUP_STATE},
    {"container_start_time_seconds",
     "Unix time at which the present or last run began, in seconds.",
     "it never started", FACT(CONTAINER_STARTED_NS), NANO, .group = GROUP_STATE},
    {"container_created_time_seconds",
     "Unix time at which the container was created, in seconds.",
     NO_FACT, FACT(CONTAINER_CREATED_NS), NANO, .group = GROUP_STATE},
    {"container_finished_time_seconds",
     "Unix time at which the last run ended, in seconds.",
     "it runs, or never ran", FACT(CONTAINER_FINISHED_NS), NANO, .group = GROUP_STATE},
    {"container_uptime_seconds",
     "Time since the present run began, in seconds.",
     "it is neither running nor paused", walk_uptime, NANO, .group = GROUP_STATE},
    {"container_info",
     "Identity and state of the container as labels; the value is always 1.",
     NULL, walk_info, {"container_id", "status", "health_status", "started_at"},
     .group = GROUP_STATE},
    {"container_state",
     "The present state of the container as a label; the value is always 1.",
     "the state is not known", walk_state, {"state"}, .group = GROUP_STATE},
    {"container_health_status",
     "Health check: 0 none, 1 starting, 2 healthy, 3 unhealthy.",
     NO_FACT, walk_health, .group = GROUP_STATE},
    {"container_restart_count",
     "Restarts by the restart policy as the Engine counts them; a start by hand resets it.",
     NO_FACT, FACT(CONTAINER_RESTART_COUNT), .group = GROUP_STATE, COMPAT},
    {"container_restarts_total",
     "Starts of the container after its first one, over Engine restarts and recreations too.",
     NO_FACT, walk_restarts, COUNTER, .group = GROUP_STATE},
    {"container_exit_code",
     "Exit status of the last run; while it runs, the last one that was seen.",
     "no exit was seen yet", FACT(CONTAINER_EXIT_CODE), .group = GROUP_STATE},
    {"container_oom_kills_total",
     "Processes of the container that the kernel killed for want of memory, in all its runs.",
     NO_FACT, walk_oom_kills, COUNTER, .group = GROUP_STATE, FROM(KERNEL | API),
     REMARK("without the kernel from the Engine's events and flag, which may miss the kill of a child")},

    {"docker_containers",
     "Containers of the Engine by state, filtered ones too.",
     "the Engine was never reached, or is away for long", walk_containers_by_state, {"state"},
     .group = GROUP_SYSTEM},
    {"docker_images",
     "Images of the Engine.",
     NO_COUNT, ENGINE(ENGINE_IMAGES), .group = GROUP_SYSTEM},
    {"docker_volumes",
     "Volumes of the Engine.",
     NO_COUNT, ENGINE(ENGINE_VOLUMES), .group = GROUP_SYSTEM},
    {"docker_networks",
     "Networks of the Engine.",
     NO_COUNT, ENGINE(ENGINE_NETWORKS), .group = GROUP_SYSTEM},
    {"docker_containers_total",
     "Containers of the Engine that run, are paused, or neither (stopped); see docker_containers.",
     "the Engine was never reached, or is away for long", walk_containers_by_three, {"state"},
     .group = GROUP_SYSTEM, COMPAT},
    {"docker_images_total",
     "Images of the Engine; see docker_images.",
     NO_COUNT, ENGINE(ENGINE_IMAGES), .group = GROUP_SYSTEM, COMPAT},
    {"docker_volumes_total",
     "Volumes of the Engine; see docker_volumes.",
     NO_COUNT, ENGINE(ENGINE_VOLUMES), .group = GROUP_SYSTEM, COMPAT},
    {"docker_networks_total",
     "Networks of the Engine; see docker_networks.",
     NO_COUNT, ENGINE(ENGINE_NETWORKS), .group = GROUP_SYSTEM, COMPAT},
    {"docker_engine_info",
     "What the Engine says about itself and its machine as labels; the value is always 1.",
     NO_COUNT, walk_engine_info,
     {"version", "api_version", "os", "arch", "kernel", "cgroup_version", "storage_driver"},
     .group = GROUP_SYSTEM},
    {"docker_swarm_active",
     "1 when the Engine is part of a swarm, else 0.",
     NO_COUNT, ENGINE(ENGINE_SWARM_ACTIVE), .group = GROUP_SYSTEM},
    {"machine_cpu_cores",
     "CPU cores of the Engine's machine.",
     NO_COUNT, ENGINE(ENGINE_CPU_CORES), .group = GROUP_SYSTEM},
    {"machine_memory_bytes",
     "Memory of the Engine's machine, in bytes.",
     NO_COUNT, ENGINE(ENGINE_MEMORY_BYTES), .group = GROUP_SYSTEM},
};

const struct row self_rows[] = {
    {"exporter_build_info",
     "Version and build of Dockmeter as labels; the value is always 1.",
     NULL, walk_build_info, {"version", "commit", "build_date", "compiler"}, .group = GROUP_SELF},
    {"exporter_up",
     "1 when the Engine answers, else 0.",
     NULL, walk_up, .group = GROUP_SELF},
    {"exporter_scrape_duration_seconds",
     "How long the last collection took, in seconds.",
     "nothing was collected yet", walk_durations, {"collector"}, NANO, .group = GROUP_SELF},
    {"exporter_scrape_errors_total",
     "Calls to the Engine that failed or did not end in time, and containers that could not be read "
     "from the kernel, by what they were for.",
     NULL, walk_errors, {"collector"}, COUNTER, .group = GROUP_SELF},
    {"exporter_containers",
     "Containers on this page by the source of their reading; none: without one, stopped ones "
     "among them.",
     "the selection needs no reading", walk_sources, {"source"}, .group = GROUP_SELF},
    {"exporter_engine_requests_total",
     "Requests to the Engine by endpoint and HTTP status, or the word for how they failed.",
     "there was no request yet", walk_requests, {"endpoint", "code"}, COUNTER, .group = GROUP_SELF},
    {"exporter_filter_cut_total",
     "Filter patterns that were cut off at their match limit.",
     NULL, walk_filter_cut, COUNTER, .group = GROUP_SELF},
    {"exporter_kernel_files_refused_total",
     "Files of containers' cgroups that were there but of no use: too long, no files, not "
     "permitted, or not understood.",
     NULL, walk_files_refused, COUNTER, .group = GROUP_SELF},
    {"exporter_dropped_total",
     "Interfaces, devices, labels and lines that were left out because they were beyond a limit.",
     NULL, walk_dropped, COUNTER, .group = GROUP_SELF},
    {"exporter_http_rejected_total",
     "Peers that the HTTP server turned away: connections beyond a limit, failed TLS handshakes, "
     "malformed or late requests, wrong credentials, requests beyond a limit.",
     NULL, walk_rejected, {"reason"}, COUNTER, .group = GROUP_SELF},
    {"exporter_label_collisions",
     "Container label keys that this page leaves out: their name is taken, they are too long or "
     "too many.",
     "no container labels are exported", walk_label_collisions, .group = GROUP_SELF},
    {"process_cpu_seconds_total",
     "CPU time used by Dockmeter itself, in seconds.",
     NO_PROC, PROCESS(PROCESS_CPU_NS), COUNTER, NANO, .group = GROUP_SELF},
    {"process_resident_memory_bytes",
     "Resident memory of Dockmeter itself, in bytes.",
     NO_PROC, PROCESS(PROCESS_RESIDENT_BYTES), .group = GROUP_SELF},
    {"process_virtual_memory_bytes",
     "Virtual memory of Dockmeter itself, in bytes.",
     NO_PROC, PROCESS(PROCESS_VIRTUAL_BYTES), .group = GROUP_SELF},
    {"process_open_fds",
     "Open file descriptors of Dockmeter itself.",
     NO_PROC, PROCESS(PROCESS_OPEN_FDS), .group = GROUP_SELF},
    {"process_max_fds",
     "Greatest number of file descriptors that Dockmeter may have open.",
     "there is no limit", PROCESS(PROCESS_MAX_FDS), .group = GROUP_SELF},
    {"process_start_time_seconds",
     "Unix time at which Dockmeter was started, in seconds.",
     NO_PROC, PROCESS(PROCESS_START_UNIX_NS), NANO, .group = GROUP_SELF},
};
/* clang-format on */
const size_t n_self_rows = N(self_rows);

static struct str name_of(const struct container_facts *facts) {
    return facts->name;
}

static struct str service_of(const struct container_facts *facts) {
    return facts->service;
}

static struct str project_of(const struct container_facts *facts) {
    return facts->project;
}

static struct str image_of(const struct container_facts *facts) {
    return facts->image;
}

static const struct base_label native_base[] = {
    {"container_name", name_of},
    {"compose_service", service_of},
    {"compose_project", project_of},
    {"image", image_of},
};

const struct profile profiles[] = {
    {"native", "the default", native_rows, N(native_rows), native_base, N(native_base)},
};
const size_t n_profiles = N(profiles);

const char *group_word(enum group group) {
    static const char *const words[GROUP_COUNT] = {
        "memory", "cpu", "network", "fs", "pids", "pressure", "state", "system", "exporter",
    };
    return words[group];
}
