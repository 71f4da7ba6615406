/* The GSC docker_exporter: counters summed over interfaces and devices. */
#include "migrate/forms.h"

static const struct label_rule error_labels[] = {
    {"error_type", "collector", LABEL_ERROR, NULL},
    {.old = NULL},
};

/* clang-format off */
static const struct family_rule families[] = {
    {.old = "container_last_seen", .form = "container_last_seen{}", LIVE},
    {.old = "container_state",
     .form = "sum without (state) (container_state{state=\"running\"}) "
             "or 0 * sum without (state) (container_state{})"},
    AS_IT_IS("container_cpu_usage_seconds_total"),
    AS_IT_IS("container_memory_usage_bytes"),
    {.old = "container_network_receive_bytes_total",
     .form = "container_network_receive_bytes_total{}", ALL_INTERFACES},
    {.old = "container_network_transmit_bytes_total",
     .form = "container_network_transmit_bytes_total{}", ALL_INTERFACES},
    {.old = "container_fs_reads_bytes_total",
     .form = "container_fs_reads_bytes_total{}", ALL_DEVICES},
    {.old = "container_fs_writes_bytes_total",
     .form = "container_fs_writes_bytes_total{}", ALL_DEVICES},
    {.old = "docker_exporter_scrape_duration_seconds",
     .form = "exporter_scrape_duration_seconds{collector=\"container\"}",
     .sum = "without (collector)"},
    {.old = "docker_exporter_containers_scraped",
     .form = "exporter_containers{source!=\"none\"}", .sum = "without (source)"},
    {.old = "docker_exporter_scrape_errors_total",
     .form = "exporter_scrape_errors_total{}", .labels = error_labels},
    LOST("container_cpu_usage_seconds_created", PYTHON_CREATED),
    LOST("container_network_receive_bytes_created", PYTHON_CREATED),
    LOST("container_network_transmit_bytes_created", PYTHON_CREATED),
    LOST("container_fs_reads_bytes_created", PYTHON_CREATED),
    LOST("container_fs_writes_bytes_created", PYTHON_CREATED),
    LOST("docker_exporter_scrape_errors_created", PYTHON_CREATED),
};
/* clang-format on */

static const struct label_rule labels[] = {
    {"name", "container_name", LABEL_AS_IS, NULL},
    {"image", "image", LABEL_TAGGED, NULL},
    {"id", "container_name", LABEL_ID, "the container's name stands for its id"},
    {.old = NULL},
};

const struct predecessor predecessor_docker_exporter = {
    .name = "docker-exporter",
    .title = "the GSC docker_exporter",
    RULES(families),
    .labels = labels,
};
