/* Container-Metrics: heartbeats, and CPU as a ratio in cores. */
#include "migrate/forms.h"

static const struct label_rule log_labels[] = {
    {"level", "level", LABEL_AS_IS, NULL},
    {.old = NULL},
};

/* clang-format off */
static const struct family_rule families[] = {
    {.old = "collector_up_timestamp_seconds",
     .form = "max by (job, instance) (container_last_seen{})"},
    {.old = "container_started_at_timestamp_seconds",
     .form = "container_start_time_seconds{}", LIVE},
    {.old = "container_up_timestamp_seconds",
     .form = "(container_last_seen{} and container_uptime_seconds{}) "
             "or container_finished_time_seconds{}"},
    RENAMED("container_used_memory_bytes", "container_memory_usage_bytes"),
    RENAMED("container_max_memory_bytes", "container_memory_limit_bytes"),
    {.old = "container_cpu_usage_percent", .form = CPU_CORES, .differs = OVER_TWO_MINUTES},
    {.old = "container_cpus_available",
     .form = "(container_cpu_limit_cores{} and container_uptime_seconds{}) "
             "or 0 * container_uptime_seconds{} "
             "+ on (job, instance) group_left () machine_cpu_cores{}"},
    {.old = "container_logs_total", .lost = NO_LOGS, .labels = log_labels},
    LOST("container_logs_created", PYTHON_CREATED),
};
/* clang-format on */

static const struct label_rule labels[] = {
    {"container", "container_name", LABEL_AS_IS, NULL},
    {"machine", "instance", LABEL_HOST, "the target's address stands for MACHINE_NAME"},
    {.old = NULL},
};

const struct predecessor predecessor_container_metrics = {
    .name = "container-metrics",
    .title = "Container-Metrics",
    RULES(families),
    .labels = labels,
};
