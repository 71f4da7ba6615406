/* The k6 docker-stats exporter: CPU as a share of the whole host. */
#include "migrate/forms.h"

/* clang-format off */
static const struct family_rule families[] = {
    {.old = "container_cpu_usage_percent", .form = CPU_OF_HOST, .differs = OVER_TWO_MINUTES},
    AS_IT_IS("container_memory_usage_bytes"),
    AS_IT_IS("container_memory_limit_bytes"),
    {.old = "container_network_rx_bytes",
     .form = "container_network_receive_bytes_total{}", ALL_INTERFACES},
    {.old = "container_network_tx_bytes",
     .form = "container_network_transmit_bytes_total{}", ALL_INTERFACES},
};
/* clang-format on */

static const struct label_rule labels[] = {
    {"name", "container_name", LABEL_AS_IS, NULL},
    {.old = NULL},
};

const struct predecessor predecessor_docker_stats = {
    .name = "docker-stats",
    .title = "the k6 docker-stats exporter",
    RULES(families),
    .labels = labels,
};
