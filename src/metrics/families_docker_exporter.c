/* The names of the GSC docker_exporter: counters summed over interfaces and devices. */
#include "metrics/table.h"

/* clang-format off */
static const struct row docker_exporter_rows[] = {
    {"container_last_seen",
     "Unix time at which the container was last seen running, in seconds.",
     "it does not run", walk_live_last_seen, NANO, .group = GROUP_STATE},
    {"container_state",
     "1 when the container runs, else 0.",
     "the state is not known", walk_running, .group = GROUP_STATE},
    {"container_cpu_usage_seconds_total",
     "CPU time used by the container on all cores, in seconds.",
     NO_USAGE, USAGE(USAGE_CPU_NS), COUNTER, NANO, .group = GROUP_CPU},
    {"container_memory_usage_bytes",
     "Memory in use as Docker reports it, page cache included, in bytes.",
     NO_USAGE, USAGE(USAGE_MEM_USAGE_BYTES), .group = GROUP_MEMORY},
    {"container_network_receive_bytes_total",
     "Bytes received on all interfaces of the container.",
     NO_NET, NET_SUM(NET_RX_BYTES), COUNTER, .group = GROUP_NETWORK},
    {"container_network_transmit_bytes_total",
     "Bytes sent on all interfaces of the container.",
     NO_NET, NET_SUM(NET_TX_BYTES), COUNTER, .group = GROUP_NETWORK},
    {"container_fs_reads_bytes_total",
     "Bytes that the container read from all block devices.",
     NO_IO, DISK_SUM(DISK_READ_BYTES), COUNTER, .group = GROUP_FS},
    {"container_fs_writes_bytes_total",
     "Bytes that the container wrote to all block devices.",
     NO_IO, DISK_SUM(DISK_WRITE_BYTES), COUNTER, .group = GROUP_FS},

    {"docker_exporter_scrape_duration_seconds",
     "How long the last collection took, in seconds.",
     "nothing was collected yet", walk_duration, NANO, .group = GROUP_SELF},
    {"docker_exporter_containers_scraped",
     "Containers whose figures are on this page.",
     "the selection needs no reading", walk_read_containers, .group = GROUP_SELF},
    {"docker_exporter_scrape_errors_total",
     "What failed: readings of containers (container_stats), the Engine's facts (docker_api).",
     NULL, walk_error_types, {"error_type"}, COUNTER, .group = GROUP_SELF},
};
/* clang-format on */

static const struct base_label docker_exporter_base[] = {
    {"name", identity_name},
    {"image", identity_tagged_image},
    {"id", identity_short_id},
};

const struct profile profile_docker_exporter = {
    .name = "docker-exporter",
    .title = "GSC docker_exporter's names",
    .rows = docker_exporter_rows,
    .n_rows = N(docker_exporter_rows),
    .base = docker_exporter_base,
    .n_base = N(docker_exporter_base),
};
