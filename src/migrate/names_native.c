/* docker-stats-exporter: its names are the profile native's. */
#include "migrate/forms.h"

static const struct label_rule build_labels[] = {
    {"go_version", NULL, LABEL_LOST,
     "Dockmeter is no Go program; the label compiler names its own"},
    {.old = NULL},
};

/* clang-format off */
static const struct family_rule families[] = {
    AS_IT_IS("container_memory_usage_bytes"),
    AS_IT_IS("container_memory_limit_bytes"),
    AS_IT_IS("container_memory_cache_bytes"),
    AS_IT_IS("container_memory_rss_bytes"),
    AS_IT_IS("container_memory_swap_bytes"),
    AS_IT_IS("container_memory_working_set_bytes"),
    AS_IT_IS("container_memory_failcnt"),
    AS_IT_IS("container_cpu_usage_seconds_total"),
    AS_IT_IS("container_cpu_system_seconds_total"),
    AS_IT_IS("container_cpu_user_seconds_total"),
    AS_IT_IS("container_cpu_throttling_periods_total"),
    AS_IT_IS("container_cpu_throttled_seconds_total"),
    AS_IT_IS("container_network_receive_bytes_total"),
    AS_IT_IS("container_network_transmit_bytes_total"),
    AS_IT_IS("container_network_receive_packets_total"),
    AS_IT_IS("container_network_transmit_packets_total"),
    AS_IT_IS("container_network_receive_errors_total"),
    AS_IT_IS("container_network_transmit_errors_total"),
    AS_IT_IS("container_network_receive_dropped_total"),
    AS_IT_IS("container_network_transmit_dropped_total"),
    AS_IT_IS("container_fs_reads_bytes_total"),
    AS_IT_IS("container_fs_writes_bytes_total"),
    AS_IT_IS("container_fs_reads_total"),
    AS_IT_IS("container_fs_writes_total"),
    AS_IT_IS("container_pids_current"),
    AS_IT_IS("container_last_seen"),
    AS_IT_IS("container_start_time_seconds"),
    AS_IT_IS("container_uptime_seconds"),
    AS_IT_IS("container_info"),
    AS_IT_IS("container_health_status"),
    AS_IT_IS("container_restart_count"),
    AS_IT_IS("container_exit_code"),
    AS_IT_IS("docker_containers_total"),
    AS_IT_IS("docker_images_total"),
    AS_IT_IS("docker_volumes_total"),
    AS_IT_IS("docker_networks_total"),
    {.old = "exporter_build_info", .form = "exporter_build_info{}", .labels = build_labels},
    AS_IT_IS("exporter_up"),
    AS_IT_IS("exporter_scrape_duration_seconds"),
    AS_IT_IS("exporter_scrape_errors_total"),
};
/* clang-format on */

static const struct label_rule labels[] = {
    {"container_name", "container_name", LABEL_AS_IS, NULL},
    {"compose_service", "compose_service", LABEL_AS_IS, NULL},
    {"compose_project", "compose_project", LABEL_AS_IS, NULL},
    {"image", "image", LABEL_AS_IS, NULL},
    {.old = NULL},
};

const struct predecessor predecessor_native = {
    .name = "native",
    .title = "docker-stats-exporter",
    RULES(families),
    .labels = labels,
    .same_names = true,
};
