/* The names of Container-Metrics: heartbeats, and CPU as a ratio in cores. */
#include "metrics/table.h"

#define RATE_INTERVAL_MS 20000 /* its own METRICS_COLLECTION_INTERVAL */

/* clang-format off */
static const struct row container_metrics_rows[] = {
    {"collector_up_timestamp_seconds",
     "Unix time at which the containers were last known to be so, in seconds.",
     "they never were", walk_taken, NANO, .group = GROUP_SELF},
    {"container_started_at_timestamp_seconds",
     "Unix time at which the present run began, in seconds.",
     "it does not run", LIVE_FACT(CONTAINER_STARTED_NS), NANO, .group = GROUP_STATE},
    {"container_up_timestamp_seconds",
     "Unix time at which the container was last known to run, in seconds: now, or when it ended.",
     "it never ran", walk_last_up, NANO, .group = GROUP_STATE},
    {"container_used_memory_bytes",
     "Memory in use as Docker reports it, page cache included, in bytes.",
     NO_USAGE, USAGE(USAGE_MEM_USAGE_BYTES), .group = GROUP_MEMORY},
    {"container_max_memory_bytes",
     "Memory limit in bytes as Docker reports it: the host's memory when there is no limit.",
     NO_USAGE, USAGE(USAGE_MEM_LIMIT_BYTES), .group = GROUP_MEMORY},
    {"container_cpu_usage_percent",
     "CPU in use as a ratio: 1 is one core.",
     NO_RATE, walk_cpu_ratio, NANO, .group = GROUP_CPU},
    {"container_cpus_available",
     "Cores that the container may use: its limit, else those of the machine.",
     "it does not run, or is not known yet", walk_cpus_available, NANO, .group = GROUP_CPU},
};
/* clang-format on */

static struct str machine_of(const struct walk *w) {
    return w->machine_name;
}

static const struct base_label container_metrics_base[] = {
    {"container", identity_name},
};

const struct profile profile_container_metrics = {
    .name = "container-metrics",
    .title = "Container-Metrics' names",
    .rows = container_metrics_rows,
    .n_rows = N(container_metrics_rows),
    .base = container_metrics_base,
    .n_base = N(container_metrics_base),
    .page = {{"machine", machine_of}},
    .rate_interval_ms = RATE_INTERVAL_MS,
};
