/* The Docker Data Exporter: servers and their containers, percentages 0 to 100. */
#include "migrate/forms.h"

#define THE_ADDRESS "the target's address stands for the host's name"

static const struct label_rule version_labels[] = {
    {"server_docker_version", "version", LABEL_AS_IS, "the version alone, without the build"},
    {.old = NULL},
};
static const struct label_rule info_labels[] = {
    {"container_id", "container_id", LABEL_AS_IS, NULL},
    {"container_image", "image", LABEL_AS_IS, NULL},
    {"container_image_label", NULL, LABEL_LOST, "the tag is the end of image"},
    {"container_user", NULL, LABEL_LOST, "it is the end of container_name, behind the last --"},
    {"container_creation_time", NULL, LABEL_LOST,
     "container_created_time_seconds has it as a number"},
    {.old = NULL},
};
static const struct label_rule state_labels[] = {
    {"container_state", "state", LABEL_AS_IS, NULL},
    {.old = NULL},
};

/* clang-format off */
static const struct family_rule families[] = {
    {.old = "server_online",
     .form = "up{} and on (job, instance) last_over_time(exporter_up{}[1d])"},
    LOST("server_ip", "the label instance is the target's address"),
    {.old = "server_hostname", .form = THE_SERVER},
    {.old = "server_agent_running", .form = THE_SERVER},
    RENAMED("server_docker_running", "exporter_up"),
    {.old = "server_docker_version",
     .form = "max without (api_version, os, arch, kernel, cgroup_version, storage_driver) "
             "(docker_engine_info{})", .labels = version_labels},
    RENAMED("server_swarm_mode", "docker_swarm_active"),
    RENAMED("server_image_count", "docker_images"),
    {.old = "server_total_container_count", .form = "docker_containers{}",
     .sum = "without (state)"},
    {.old = "server_running_container_count", .form = "docker_containers{state=\"running\"}",
     .sum = "without (state)"},
    {.old = "container_info", .form = "container_info{}", .labels = info_labels},
    {.old = "container_state", .form = "container_state{}", .labels = state_labels},
    LOST("container_status", "its text has an age in it, so that each minute is a new series; "
                             "container_state and container_uptime_seconds say the same"),
    {.old = "container_cpu_percent", .form = CPU_OF_HOST, .differs = OVER_TWO_MINUTES},
    {.old = "container_mem_percent",
     .form = "100 * container_memory_usage_bytes{} / container_memory_limit_bytes{}"},
    {.old = "container_network_bytes_in",
     .form = "container_network_receive_bytes_total{}", ALL_INTERFACES},
    {.old = "container_network_bytes_out",
     .form = "container_network_transmit_bytes_total{}", ALL_INTERFACES},
    {.old = "container_block_bytes_in", .form = "container_fs_reads_bytes_total{}", ALL_DEVICES},
    {.old = "container_block_bytes_out", .form = "container_fs_writes_bytes_total{}", ALL_DEVICES},
};
/* clang-format on */

static const struct label_rule labels[] = {
    {"server_hostname", "instance", LABEL_HOST, THE_ADDRESS},
    {"hostname", "instance", LABEL_HOST, THE_ADDRESS},
    {"instance", "instance", LABEL_HOST, THE_ADDRESS},
    {"container_name", "container_name", LABEL_AS_IS, NULL},
    {.old = NULL},
};

const struct predecessor predecessor_data_exporter = {
    .name = "data-exporter",
    .title = "the Docker Data Exporter",
    RULES(families),
    .labels = labels,
};
