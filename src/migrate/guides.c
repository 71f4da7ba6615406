/* What the pages of docs/migrate say besides the tables of names. */
#include "migrate/guide.h"

#define COMPOSE(service, preset)                                                                   \
    "Put Dockmeter's image in place of the old one and add one line; mounts and ports stay.\n\n"   \
    "```yaml\nservices:\n  " service ":\n    image: dockmeter\n    environment:\n"                 \
    "      DOCKMETER_PRESET: " preset "\n```\n\n"                                                  \
    "Names, port and paths are then the old ones; dashboards and alerts go on. The names of "      \
    "`native`, which tell more, are on the same port under `/metrics?profile=native`; a second "   \
    "scrape job brings both while dashboards are moved (see [profiles.md](../profiles.md)).\n"
#define SEE_PROFILES "- All differences with their reasons: [profiles.md](../profiles.md).\n"
#define NO_EFFECT_THREADS "accepted, has no effect: one process, no threads to count"
#define LOGS "accepted, has no effect yet"

/* clang-format off */
static const struct guide_setting native_settings[] = {
    {"all keys of its YAML file", "the same", "the file is read as it is"},
    {"EXPORTER_PORT, EXPORTER_ADDRESS, EXPORTER_METRICS_PATH", "the same", ""},
    {"DOCKER_HOST, DOCKER_API_VERSION", "the same", ""},
    {"COLLECTION_INTERVAL, COLLECTION_TIMEOUT", "the same", ""},
    {"LOG_LEVEL, LOG_FORMAT", "the same", ""},
    {"MAX_CONCURRENT", "the same", "binds Engines that answer at once; others get all requests together"},
    {"metrics.cache", "the same", "off by default: a page from a cache repeats counters"},
    {"WORKERS, performance.workers", NULL, NO_EFFECT_THREADS},
    {"performance.pprof_enabled", NULL, "accepted, has no effect"},
    {NULL, NULL, NULL},
};
static const char *const native_queries[] = {
    "rate(container_cpu_usage_seconds_total{container_name=~\".+\"}[5m]) * 100",
    "sum by (compose_project) (container_memory_working_set_bytes)",
    "container_memory_usage_bytes / container_memory_limit_bytes * 100 > 90",
    "sum by (container_name) (rate(container_network_receive_bytes_total[5m]))",
    "container_health_status == 3",
    "docker_containers_total{state=\"running\"}",
    "count by (go_version) (exporter_build_info)",
    NULL,
};

static const struct guide_setting docker_exporter_settings[] = {
    {"EXPORTER_PORT", "the same", "8003 by the preset"},
    {"POLL_INTERVAL", "the same", "seconds; 15 by the preset"},
    {"DOCKER_SOCKET_PATH", "the same", "a URL or a plain path"},
    {NULL, NULL, NULL},
};
static const char *const docker_exporter_queries[] = {
    "count(container_last_seen{name!=\"\"})",
    "container_state == 0",
    "sum(container_memory_usage_bytes)",
    "container_memory_usage_bytes{name=~\"web|burner\", image=\"busybox:latest\"}",
    "sum(rate(container_cpu_usage_seconds_total[5m])) * 100",
    "topk(3, sum by (name, id) (rate(container_cpu_usage_seconds_total[5m])))",
    "sum by (name) (container_network_receive_bytes_total)",
    "container_network_transmit_bytes_total{name=\"web\"}",
    "sum(rate(container_network_receive_bytes_total[5m])) by (name)",
    "max(rate(container_fs_writes_bytes_total[5m]))",
    "time() - container_last_seen < 3600",
    "docker_exporter_containers_scraped",
    "docker_exporter_scrape_errors_total{error_type=\"container_stats\"}",
    "container_memory_usage_bytes{id=\"0123456789ab\"}",
    NULL,
};

static const struct guide_setting container_metrics_settings[] = {
    {"MACHINE_NAME", "the same", "the label machine; native has the target's address instead"},
    {"METRICS_EXPORTER_PORT", "the same", "10101 by the preset"},
    {"METRICS_COLLECTION_INTERVAL", "the same", "seconds; 20 by the preset"},
    {"LOGS_COLLECTION_INTERVAL", NULL, LOGS},
    {"LAST_METRICS_COLLECTED_AT_FILE", "the same", ""},
    {"LAST_LOGS_COLLECTED_AT_FILE", NULL, LOGS},
    {"LOGS_DIR, LOGS_CONTAINER_MAX_FILES, LOGS_CONTAINER_MAX_FILE_SIZE", NULL, LOGS},
    {"LOG_LEVELS_MAPPING_PATH, DEFAULT_LOGS_SINCE_NOW", NULL, LOGS},
    {"MAX_COLLECTOR_THREADS", NULL, NO_EFFECT_THREADS},
    {NULL, NULL, NULL},
};
static const char *const container_metrics_queries[] = {
    "time() - collector_up_timestamp_seconds < 3600",
    "time() - container_up_timestamp_seconds > 60",
    "time() - container_started_at_timestamp_seconds > 0",
    "container_used_memory_bytes{container=\"web\"}",
    "container_used_memory_bytes / container_max_memory_bytes > 0.8",
    "container_cpu_usage_percent{container=\"burner\"}",
    "container_cpus_available",
    "container_cpu_usage_percent / container_cpus_available > 0.1",
    "count by (machine) (container_used_memory_bytes)",
    "label_values(container_up_timestamp_seconds{machine=\"$machine\"}, container)",
    "increase(container_logs_total{level=\"error\"}[5m]) > 0",
    NULL,
};

static const struct guide_setting docker_stats_settings[] = {
    {"DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH", "the same", ""},
    {"MONITORED_CONTAINERS in exporter.py", "collection.filters.include.names",
     "patterns, unanchored: ^k6-browser$"},
    {NULL, NULL, NULL},
};
static const char *const docker_stats_queries[] = {
    "container_cpu_usage_percent{name=\"burner\"}",
    "sum(container_cpu_usage_percent) > 5",
    "avg_over_time(container_cpu_usage_percent{name=\"burner\"}[20s])",
    "container_memory_usage_bytes{name=\"web\"} / 1024 / 1024",
    "container_memory_usage_bytes / container_memory_limit_bytes * 100",
    "container_network_rx_bytes{name=~\"web|burner\"}",
    "sum by (name) (rate(container_network_tx_bytes[1m]))",
    "max_over_time(container_network_rx_bytes[20s])",
    NULL,
};

static const struct guide_setting data_exporter_settings[] = {
    {"-p, -port", "--server.port", "of the agent; 5050 by the preset"},
    {"aggregator_config.yaml, /add-agent", NULL,
     "no aggregator: let Prometheus scrape each server, with honor_labels: true under this profile"},
    {NULL, NULL, NULL},
};
static const char *const data_exporter_queries[] = {
    "server_online",
    "server_docker_running",
    "server_image_count",
    "server_swarm_mode",
    "server_total_container_count",
    "sum(server_running_container_count)",
    "count by (server_hostname) (container_state{container_state=\"running\"})",
    "container_state{container_name=\"web\"}",
    "count(container_info{container_image=~\"busybox.*\"})",
    "container_cpu_percent{container_name=\"burner\"}",
    "container_mem_percent > 0",
    "rate(container_network_bytes_in{container_name=\"web\"}[1m])",
    "container_network_bytes_out",
    "sum by (container_name) (container_block_bytes_out)",
    "label_values(server_hostname, server_hostname)",
    "container_status{container_name=\"web\"}",
    "server_ip",
    NULL,
};

static const struct guide_setting cadvisor_settings[] = {
    {"--port, --listen_ip", "the same", "8080 by the preset"},
    {"--prometheus_endpoint, --url_base_prefix", "the same", ""},
    {"--docker", "the same", ""},
    {"--housekeeping_interval", "metrics.cache.ttl",
     "the flag works too: so long a page may be answered again; nothing is measured between scrapes"},
    {"--store_container_labels, --whitelisted_container_labels", "metrics.container_labels",
     "the flags work too"},
    {"--disable_metrics, --enable_metrics", "the same", ""},
    {"--docker_only", "the same", "always so"},
    {"--disable_root_cgroup_stats", "the same", ""},
    {"all other flags", NULL, "accepted and named once"},
    {"its many mounts", "/var/run/docker.sock",
     "and the host's /proc and /sys/fs/cgroup, read-only, to read the kernel instead of the Engine"},
    {NULL, NULL, NULL},
};
static const char *const cadvisor_queries[] = {
    "sum(rate(container_cpu_usage_seconds_total{name=~\".+\"}[1m])) by (name) * 100",
    "sum(rate(container_cpu_usage_seconds_total{image!=\"\", cpu=\"total\"}[1m])) / sum(machine_cpu_cores)",
    "container_memory_usage_bytes{name=\"web\"}",
    "sum(container_memory_rss{name!=\"\"}) by (name)",
    "container_memory_working_set_bytes{id=~\"/docker/.*\"} > 0",
    "container_memory_usage_bytes{name!=\"\"} / (container_spec_memory_limit_bytes{name!=\"\"} != 0) * 100",
    "count(container_last_seen{image!=\"\"})",
    "count(container_last_seen{container_label_com_docker_compose_project=\"shop\"})",
    "time() - container_start_time_seconds{name!=\"\"} > 0",
    "changes(container_start_time_seconds{name=\"web\"}[15m])",
    "absent(container_memory_usage_bytes{name=\"nobody\"})",
    "sum(rate(container_network_receive_bytes_total{name=~\".+\"}[1m])) by (name)",
    "container_network_transmit_packets_dropped_total{name=\"web\"}",
    "max by (name) (container_fs_writes_bytes_total{name!=\"\"})",
    "container_spec_cpu_quota{name!=\"\"} / container_spec_cpu_period{name!=\"\"}",
    "container_spec_cpu_shares{name!=\"\"}",
    "rate(container_cpu_cfs_throttled_periods_total{name!=\"\"}[1m]) / rate(container_cpu_cfs_periods_total{name!=\"\"}[1m])",
    "container_health_state{name!=\"\"}",
    "sum without (scope) (container_memory_failures_total{failure_type=\"pgfault\", scope=\"hierarchy\", name!=\"\"})",
    "container_memory_total_inactive_file_bytes{name!=\"\"}",
    "container_threads{name!=\"\"}",
    "container_oom_events_total{name=\"burner\"}",
    "machine_memory_bytes",
    "container_spec_memory_limit_bytes{id=\"/\"}",
    "label_values(container_last_seen{name!=\"\"}, name)",
    "rate(container_cpu_usage_seconds_total{id=\"/\"}[1m])",
    "container_last_seen{id=\"/\"}",
    "container_fs_inodes_free{id=\"/\"}",
    "container_memory_usage_bytes{namespace=\"default\"}",
    NULL,
};

const struct guide guides[] = {
    {"native",
     "Put Dockmeter's image in place of the old one. Nothing else changes: names, port, paths, "
     "variables and the YAML file are the same, and no preset is needed.\n\n"
     "```yaml\nservices:\n  docker-stats-exporter:\n    image: dockmeter\n```\n",
     "- `container_exit_code` is absent until an exit was seen, `container_cpu_limit_cores` and the "
     "like where there is no limit: what is not known is no 0.\n"
     "- Scrapes are answered from what was just measured, not from a cache of 30 s.\n" SEE_PROFILES,
     native_settings, native_queries},
    {"docker-exporter",
     COMPOSE("docker_stats_exporter", "docker-exporter")
     "\nIts compose file builds the image and checks it with curl: `build:` and `healthcheck:` go, "
     "Dockmeter's image has its own check.\n",
     "- `container_state` covers containers that do not run too, with 0.\n"
     "- On `native`, network and disk counters are one series for each interface and device, states "
     "one series for each container and state.\n"
     "- On `native`, `image` is as the container was started with, so the tag may be missing.\n"
     SEE_PROFILES,
     docker_exporter_settings, docker_exporter_queries},
    {"container-metrics", COMPOSE("metrics-and-logs-collector", "container-metrics"),
     "- `container_cpu_usage_percent` is a ratio as ever; on `native` Prometheus takes it from a "
     "counter, as the mean of the last 2 minutes.\n"
     "- On `native` the target's address (`instance`) tells machines apart.\n"
     "- A container that was removed is gone from the next page, so no alert on it fires for ever.\n"
     SEE_PROFILES,
     container_metrics_settings, container_metrics_queries},
    {"docker-stats", COMPOSE("stats-exporter", "docker-stats"),
     "- The percentage is of the whole machine as ever; on `native` Prometheus takes it from a "
     "counter and the number of cores.\n"
     "- All containers are measured unless the include filter names some.\n" SEE_PROFILES,
     docker_stats_settings, docker_stats_queries},
    {"data-exporter", COMPOSE("agent", "data-exporter"),
     "- Percentages are 0 to 100 with their decimals; the predecessor wrote them 100 times too "
     "large.\n"
     "- On `native` the target's address (`instance`) tells servers apart, and `honor_labels` is not "
     "needed.\n" SEE_PROFILES,
     data_exporter_settings, data_exporter_queries},
    {"cadvisor", COMPOSE("cadvisor", "cadvisor"),
     "- Samples carry no timestamps, so removed containers are gone at once.\n"
     "- `native` has containers only: nothing of the machine itself (`id=\"/\"`) or of other cgroups. "
     "A host's exporter has those.\n"
     "- On `native` stopped containers have their state series too.\n" SEE_PROFILES,
     cadvisor_settings, cadvisor_queries},
};
/* clang-format on */
const size_t n_guides = sizeof(guides) / sizeof(guides[0]);
