/* The names of the Docker Data Exporter: the server and its containers, percentages 0 to 100. */
#include "metrics/table.h"

#define RATE_INTERVAL_MS 5000

/* clang-format off */
static const struct row data_exporter_rows[] = {
    {"server_online",
     "1: this server's agent answers.",
     NULL, walk_one, .group = GROUP_SYSTEM},
    {"server_hostname",
     "The server's name as a label, which all series carry; the value is always 1.",
     NULL, walk_one, .group = GROUP_SYSTEM},
    {"server_agent_running",
     "1: the agent runs.",
     NULL, walk_one, .group = GROUP_SYSTEM},
    {"server_docker_running",
     "1 when the Engine answers, else 0.",
     NULL, walk_up, .group = GROUP_SYSTEM},
    {"server_docker_version",
     "The Engine's version as a label; the value is always 1.",
     NO_COUNT, walk_docker_version, {"server_docker_version"}, .group = GROUP_SYSTEM},
    {"server_swarm_mode",
     "1 when the Engine is part of a swarm, else 0.",
     NO_COUNT, ENGINE(ENGINE_SWARM_ACTIVE), .group = GROUP_SYSTEM},
    {"server_image_count",
     "Images of the Engine.",
     NO_COUNT, ENGINE(ENGINE_IMAGES), .group = GROUP_SYSTEM},
    {"server_total_container_count",
     "Containers of the Engine, filtered ones too.",
     NO_STATES, walk_all_containers, .group = GROUP_SYSTEM},
    {"server_running_container_count",
     "Containers of the Engine that run, filtered ones too.",
     NO_STATES, walk_running_containers, .group = GROUP_SYSTEM},

    {"container_info",
     "Identity of the container as labels; the value is always 1.",
     NULL, walk_identity,
     {"container_id", "container_image", "container_image_label", "container_user",
      "container_creation_time"},
     .group = GROUP_STATE},
    {"container_state",
     "The present state of the container as a label; the value is always 1.",
     "the state is not known", walk_state, {"container_state"}, .group = GROUP_STATE},
    {"container_status",
     "The status of the container in words as a label (a new series whenever its age changes); the "
     "value is always 1.",
     "the state is not known", walk_status, {"container_status"}, .group = GROUP_STATE},
    {"container_cpu_percent",
     "CPU in use in percent of the whole machine: 25 is one full core of four.",
     NO_RATE, walk_cpu_percent, NANO, .group = GROUP_CPU},
    {"container_mem_percent",
     "Memory in use in percent of the container's limit, or of the host's memory.",
     NO_USAGE, walk_memory_percent, NANO, .group = GROUP_MEMORY},
    {"container_network_bytes_in",
     "Bytes received on all interfaces of the container, ever growing.",
     NO_NET, NET_SUM(NET_RX_BYTES), .group = GROUP_NETWORK},
    {"container_network_bytes_out",
     "Bytes sent on all interfaces of the container, ever growing.",
     NO_NET, NET_SUM(NET_TX_BYTES), .group = GROUP_NETWORK},
    {"container_block_bytes_in",
     "Bytes that the container read from all block devices, ever growing.",
     NO_IO, DISK_SUM(DISK_READ_BYTES), .group = GROUP_FS},
    {"container_block_bytes_out",
     "Bytes that the container wrote to all block devices, ever growing.",
     NO_IO, DISK_SUM(DISK_WRITE_BYTES), .group = GROUP_FS},
};
/* clang-format on */

static struct str host_of(const struct walk *w) {
    return w->in->host_name;
}

static const struct base_label data_exporter_base[] = {
    {"container_name", identity_name},
};

const struct profile profile_data_exporter = {
    .name = "data-exporter",
    .title = "the Docker Data Exporter's names",
    .rows = data_exporter_rows,
    .n_rows = N(data_exporter_rows),
    .base = data_exporter_base,
    .n_base = N(data_exporter_base),
    .page = {{"server_hostname", host_of}, {"instance", host_of}},
    .rate_interval_ms = RATE_INTERVAL_MS,
};
