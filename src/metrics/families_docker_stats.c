/* The names of the k6 docker-stats exporter: CPU as a share of the whole host. */
#include "metrics/table.h"

#define RATE_INTERVAL_MS 5000 /* as often as it polled */

/* clang-format off */
static const struct row docker_stats_rows[] = {
    {"container_cpu_usage_percent",
     "CPU in use in percent of the whole machine: 25 is one full core of four.",
     NO_RATE, walk_cpu_percent, NANO, .group = GROUP_CPU},
    {"container_memory_usage_bytes",
     "Memory in use as Docker reports it, page cache included, in bytes.",
     NO_USAGE, USAGE(USAGE_MEM_USAGE_BYTES), .group = GROUP_MEMORY},
    {"container_memory_limit_bytes",
     "Memory limit in bytes as Docker reports it: the host's memory when there is no limit.",
     NO_USAGE, USAGE(USAGE_MEM_LIMIT_BYTES), .group = GROUP_MEMORY},
    {"container_network_rx_bytes",
     "Bytes received on all interfaces of the container, ever growing.",
     NO_NET, NET_SUM(NET_RX_BYTES), .group = GROUP_NETWORK},
    {"container_network_tx_bytes",
     "Bytes sent on all interfaces of the container, ever growing.",
     NO_NET, NET_SUM(NET_TX_BYTES), .group = GROUP_NETWORK},
};
/* clang-format on */

static const struct base_label docker_stats_base[] = {
    {"name", identity_name},
};

const struct profile profile_docker_stats = {
    .name = "docker-stats",
    .title = "the k6 docker-stats exporter's names",
    .rows = docker_stats_rows,
    .n_rows = N(docker_stats_rows),
    .base = docker_stats_base,
    .n_base = N(docker_stats_base),
    .rate_interval_ms = RATE_INTERVAL_MS,
};
