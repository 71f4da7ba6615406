/* cAdvisor: the containers' series and the machine's own, which native has not. */
#include "migrate/forms.h"

#define TOGETHER(labels)                                                                           \
    .root = true, .sum = "by (job, instance" labels ")", .differs = CONTAINERS_TOGETHER
#define CONTAINERS_TOGETHER                                                                        \
    "it is the containers' sum; what else the machine does is a host exporter's business"
#define HOST_WIDE "cAdvisor's is that of the whole disk; container_fs_* count the container's own"
#define FILE_SYSTEMS "file systems are the business of a host's exporter"
#define DISK_USE                                                                                   \
    "it needs collection.collectors.disk, and is the writable layer alone, without logs"
#define NEEDS_DISK .needs = "collection.collectors.disk"
#define LOAD "the kernel keeps no load average of a cgroup; pressure (PSI) tells more"
#define RECLAIM "Dockmeter does not count reclaim; pressure (PSI) tells more"
#define TOPOLOGY "the machine's inner structure is no matter of containers"
#define NO_BURST "Dockmeter does not measure bursts under this profile"
#define LIMITED .mask = "container_cpu_limit_cores", .mask_ranges = true
#define ALWAYS_100_MS                                                                              \
    "periods are taken to be 100 ms; quota divided by period is right whatever they are"
#define MACHINE_LABEL "machine_* of native have no labels of the machine"
#define ENGINE_LABEL "Dockmeter's own version is in exporter_build_info"
#define KUBELET "a label of Kubernetes' kubelet, which Dockmeter does not stand in for"

/* Two rules: the containers' series as they are, and the machine's as their sum. */
#define WITH_ROOT(name, now) WITH_ROOT_BY(name, now, "")
/* Those that have labels of their own keep them: ", interface". */
#define WITH_ROOT_BY(name, now, labels)                                                            \
    {.old = (name), .form = now "{}"}, {                                                           \
        .old = (name), .form = now "{}", TOGETHER(labels)                                          \
    }

static const struct label_rule cpu_labels[] = {
    {"cpu", NULL, LABEL_CPU, NULL},
    {.old = NULL},
};
static const struct label_rule disk_labels[] = {
    {"device", "device", LABEL_DEVICE, "devices are numbers, major:minor, instead of names"},
    {.old = NULL},
};
static const struct label_rule layer_labels[] = {
    {"device", NULL, LABEL_DROPPED, "a container has one writable layer, whatever device it is on"},
    {.old = NULL},
};
static const struct label_rule fault_labels[] = {
    {"failure_type", "type", LABEL_AS_IS, NULL},
    {"scope", NULL, LABEL_DROPPED, "page faults of cgroups below are counted too"},
    {.old = NULL},
};
static const struct label_rule machine_labels[] = {
    {"boot_id", NULL, LABEL_LOST, MACHINE_LABEL},
    {"machine_id", NULL, LABEL_LOST, MACHINE_LABEL},
    {"system_uuid", NULL, LABEL_LOST, MACHINE_LABEL},
    {.old = NULL},
};
static const struct label_rule version_labels[] = {
    {"dockerVersion", "version", LABEL_AS_IS, NULL},
    {"kernelVersion", "kernel", LABEL_AS_IS, NULL},
    {"osVersion", NULL, LABEL_LOST, "native does not tell the distribution"},
    {"cadvisorVersion", NULL, LABEL_LOST, ENGINE_LABEL},
    {"cadvisorRevision", NULL, LABEL_LOST, ENGINE_LABEL},
    {.old = NULL},
};

/* clang-format off */
static const struct family_rule families[] = {
    {.old = "container_last_seen", .form = "container_last_seen{}", LIVE},
    {.old = "container_start_time_seconds", .form = "container_start_time_seconds{}", LIVE},
    {.old = "container_creation_time_seconds", .form = "container_created_time_seconds{}", LIVE},
    {.old = "container_health_state",
     .form = "((container_health_status{} == bool 2) - (container_health_status{} == bool 0)) "
             "and container_uptime_seconds{}"},
    {.old = "container_oom_events_total", .form = "container_oom_kills_total{}", LIVE},

    {.old = "container_cpu_usage_seconds_total", .form = "container_cpu_usage_seconds_total{}",
     .labels = cpu_labels},
    {.old = "container_cpu_usage_seconds_total", .form = "container_cpu_usage_seconds_total{}",
     .labels = cpu_labels, TOGETHER("")},
    WITH_ROOT("container_cpu_user_seconds_total", "container_cpu_user_seconds_total"),
    WITH_ROOT("container_cpu_system_seconds_total", "container_cpu_system_seconds_total"),
    {.old = "container_cpu_cfs_periods_total", .form = "container_cpu_periods_total{}", LIMITED},
    {.old = "container_cpu_cfs_throttled_periods_total",
     .form = "container_cpu_throttling_periods_total{}", LIMITED},
    {.old = "container_cpu_cfs_throttled_seconds_total",
     .form = "container_cpu_throttled_seconds_total{}", LIMITED},
    LOST("container_cpu_cfs_burst_periods_total", NO_BURST),
    LOST("container_cpu_cfs_burst_seconds_total", NO_BURST),
    LOST("container_cpu_load_average_10s", LOAD),
    LOST("container_cpu_load_d_average_10s", LOAD),
    LOST("container_cpu_schedstat_run_seconds_total", LOAD),
    LOST("container_cpu_schedstat_run_periods_total", LOAD),
    LOST("container_cpu_schedstat_runqueue_seconds_total", LOAD),

    WITH_ROOT("container_memory_usage_bytes", "container_memory_usage_bytes"),
    WITH_ROOT("container_memory_working_set_bytes", "container_memory_working_set_bytes"),
    WITH_ROOT("container_memory_rss", "container_memory_rss_bytes"),
    WITH_ROOT("container_memory_cache", "container_memory_cache_bytes"),
    WITH_ROOT("container_memory_swap", "container_memory_swap_bytes"),
    WITH_ROOT("container_memory_mapped_file", "container_memory_mapped_file_bytes"),
    WITH_ROOT("container_memory_kernel_usage", "container_memory_kernel_bytes"),
    RENAMED("container_memory_max_usage_bytes", "container_memory_peak_bytes"),
    AS_IT_IS("container_memory_failcnt"),
    {.old = "container_memory_failures_total", .form = "container_memory_page_faults_total{}",
     .when = {"failure_type", "pgfault"}, .sum = "without (type)", .labels = fault_labels},
    {.old = "container_memory_failures_total",
     .form = "container_memory_page_faults_total{type=\"major\"}",
     .when = {"failure_type", "pgmajfault"}, .sum = "without (type)", .labels = fault_labels},
    {.old = "container_memory_failures_total", .labels = fault_labels,
     .lost = "without failure_type=\"pgfault\" or \"pgmajfault\" it counts major faults twice"},
    {.old = "container_memory_total_inactive_file_bytes",
     .form = "container_memory_usage_bytes{} - container_memory_working_set_bytes{}"},
    LOST("container_memory_total_active_file_bytes", "container_memory_cache_bytes has it among all"),
    LOST("container_memory_file_dirty_bytes", "only the profile cadvisor has it"),
    LOST("container_memory_file_writeback_bytes", "only the profile cadvisor has it"),
    LOST("container_memory_events_high_total", "only the profile cadvisor has it"),
    LOST("container_memory_events_max_total", "container_memory_failcnt counts nearly the same"),
    LOST("container_memory_migrate", "Dockmeter does not tell memory nodes"),
    LOST("container_memory_numa_pages", "Dockmeter does not tell memory nodes"),
    LOST("container_memory_pgscan_total", RECLAIM),
    LOST("container_memory_pgsteal_total", RECLAIM),
    LOST("container_memory_workingset_refault_anon_total", RECLAIM),
    LOST("container_memory_workingset_refault_file_total", RECLAIM),

    WITH_ROOT_BY("container_network_receive_bytes_total", "container_network_receive_bytes_total", ", interface"),
    WITH_ROOT_BY("container_network_receive_packets_total", "container_network_receive_packets_total", ", interface"),
    WITH_ROOT_BY("container_network_receive_packets_dropped_total",
              "container_network_receive_dropped_total", ", interface"),
    WITH_ROOT_BY("container_network_receive_errors_total", "container_network_receive_errors_total", ", interface"),
    WITH_ROOT_BY("container_network_transmit_bytes_total", "container_network_transmit_bytes_total", ", interface"),
    WITH_ROOT_BY("container_network_transmit_packets_total",
              "container_network_transmit_packets_total", ", interface"),
    WITH_ROOT_BY("container_network_transmit_packets_dropped_total",
              "container_network_transmit_dropped_total", ", interface"),
    WITH_ROOT_BY("container_network_transmit_errors_total", "container_network_transmit_errors_total", ", interface"),
    LOST("container_network_tcp_usage_total", "Dockmeter does not count connections"),
    LOST("container_network_tcp6_usage_total", "Dockmeter does not count connections"),
    LOST("container_network_udp_usage_total", "Dockmeter does not count connections"),
    LOST("container_network_udp6_usage_total", "Dockmeter does not count connections"),

    {.old = "container_fs_reads_bytes_total", .form = "container_fs_reads_bytes_total{}",
     .labels = disk_labels},
    {.old = "container_fs_reads_bytes_total", .form = "container_fs_reads_bytes_total{}",
     .labels = disk_labels, TOGETHER(", device")},
    {.old = "container_fs_writes_bytes_total", .form = "container_fs_writes_bytes_total{}",
     .labels = disk_labels},
    {.old = "container_fs_writes_bytes_total", .form = "container_fs_writes_bytes_total{}",
     .labels = disk_labels, TOGETHER(", device")},
    {.old = "container_fs_reads_total", .form = "container_fs_reads_total{}",
     .labels = disk_labels},
    {.old = "container_fs_reads_total", .form = "container_fs_reads_total{}",
     .labels = disk_labels, TOGETHER(", device")},
    {.old = "container_fs_writes_total", .form = "container_fs_writes_total{}",
     .labels = disk_labels},
    {.old = "container_fs_writes_total", .form = "container_fs_writes_total{}",
     .labels = disk_labels, TOGETHER(", device")},
    {.old = "container_fs_usage_bytes", .form = "container_disk_rw_bytes{}", LIVE, NEEDS_DISK,
     .differs = DISK_USE, .labels = layer_labels},
    {.old = "container_fs_limit_bytes", .lost = FILE_SYSTEMS, NEEDS_DISK},
    LOST("container_fs_inodes_free", FILE_SYSTEMS),
    LOST("container_fs_inodes_total", FILE_SYSTEMS),
    LOST("container_fs_io_current", HOST_WIDE),
    LOST("container_fs_io_time_seconds_total", HOST_WIDE),
    LOST("container_fs_io_time_weighted_seconds_total", HOST_WIDE),
    LOST("container_fs_read_seconds_total", HOST_WIDE),
    LOST("container_fs_write_seconds_total", HOST_WIDE),
    LOST("container_fs_reads_merged_total", HOST_WIDE),
    LOST("container_fs_writes_merged_total", HOST_WIDE),
    LOST("container_fs_sector_reads_total", HOST_WIDE),
    LOST("container_fs_sector_writes_total", HOST_WIDE),
    LOST("container_blkio_device_usage_total", "container_fs_*_bytes_total count it by direction"),

    LOST("container_processes", "native counts processes and threads, container_pids_current"),
    RENAMED("container_threads", "container_pids_current"),
    RENAMED("container_threads_max", "container_pids_limit"),
    LOST("container_tasks_state", "the state of every thread is too dear to read"),
    LOST("container_file_descriptors", "they are too dear to count"),
    LOST("container_sockets", "they are too dear to count"),
    LOST("container_ulimits_soft", "native does not tell it"),

    AS_IT_IS("container_pressure_cpu_waiting_seconds_total"),
    AS_IT_IS("container_pressure_cpu_stalled_seconds_total"),
    AS_IT_IS("container_pressure_memory_waiting_seconds_total"),
    AS_IT_IS("container_pressure_memory_stalled_seconds_total"),
    AS_IT_IS("container_pressure_io_waiting_seconds_total"),
    AS_IT_IS("container_pressure_io_stalled_seconds_total"),

    {.old = "container_spec_cpu_period",
     .form = "100000 + 0 * container_uptime_seconds{}", .differs = ALWAYS_100_MS},
    {.old = "container_spec_cpu_quota",
     .form = "100000 * container_cpu_limit_cores{} and container_uptime_seconds{}",
     .differs = ALWAYS_100_MS},
    {.old = "container_spec_cpu_shares",
     .form = "(container_cpu_shares{} and container_uptime_seconds{}) "
             "or 1024 + 0 * container_uptime_seconds{}"},
    {.old = "container_spec_memory_limit_bytes",
     .form = "container_memory_limit_bytes{} * (container_memory_limit_bytes{} "
             "< bool on (job, instance) group_left () machine_memory_bytes{})"},
    {.old = "container_spec_memory_limit_bytes", .form = "machine_memory_bytes{}", .root = true},
    LOST("container_spec_memory_swap_limit_bytes", "native does not tell it"),
    LOST("container_spec_memory_reservation_limit_bytes", "native does not tell it"),

    {.old = "container_scrape_error", .form = "1 - exporter_up{}"},
    {.old = "machine_cpu_cores", .form = "machine_cpu_cores{}", .labels = machine_labels},
    {.old = "machine_memory_bytes", .form = "machine_memory_bytes{}", .labels = machine_labels},
    LOST("machine_scrape_error", "exporter_up tells whether the Engine answers"),
    LOST("machine_cpu_books", TOPOLOGY),
    LOST("machine_cpu_drawers", TOPOLOGY),
    LOST("machine_cpu_physical_cores", TOPOLOGY),
    LOST("machine_cpu_sockets", TOPOLOGY),
    LOST("machine_nvm_avg_power_budget_watts", TOPOLOGY),
    LOST("machine_nvm_capacity", TOPOLOGY),
    LOST("machine_swap_bytes", "a host's exporter has it"),
    {.old = "cadvisor_version_info", .form = "docker_engine_info{}", .labels = version_labels},
};

static const struct label_rule labels[] = {
    {"name", "container_name", LABEL_CONTAINER, NULL},
    {"image", "image", LABEL_CONTAINER, NULL},
    {"id", "container_name", LABEL_CGROUP, "the container's name stands for its cgroup"},
    {"container_label_com_docker_compose_service", "compose_service", LABEL_AS_IS, NULL},
    {"container_label_com_docker_compose_project", "compose_project", LABEL_AS_IS, NULL},
    {"container_label_com_docker_swarm_service_name", "compose_service", LABEL_AS_IS, NULL},
    {"container_label_com_docker_stack_namespace", "compose_project", LABEL_AS_IS, NULL},
    {"container", NULL, LABEL_LOST, KUBELET},
    {"pod", NULL, LABEL_LOST, KUBELET},
    {"pod_name", NULL, LABEL_LOST, KUBELET},
    {"namespace", NULL, LABEL_LOST, KUBELET},
    {.old = NULL},
};
/* clang-format on */

const struct predecessor predecessor_cadvisor = {
    .name = "cadvisor",
    .title = "cAdvisor",
    RULES(families),
    .labels = labels,
    .root_lost = "the machine's own series; a host's exporter has it, or ?profile=cadvisor",
};
