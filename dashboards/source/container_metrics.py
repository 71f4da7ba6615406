"""Container: the dashboard of Container-Metrics, on the profile container-metrics; a machine, a container.

Its panel of log lines by level is not here: it comes with container_logs_total.
"""
from .grafana import ORANGE, RED, WARN_OF_LIMIT, Query, dashboard, lines, stat, steps, variable

CHOSEN = 'machine="$machine", container="$container"'
STALE = steps((60, ORANGE), (180, RED))


def of(family):
    return f"{family}{{{CHOSEN}}}"


def overview():
    return [
        stat("Last heartbeat", "Time since the container was last known to run; grows while it does not.",
             f"time() - {of('container_up_timestamp_seconds')}", "s", STALE, width=4, decimals=0),
        stat("Collector's heartbeat", "Time since the containers of the machine were last known to be so.",
             'time() - collector_up_timestamp_seconds{machine="$machine"}', "s", STALE, width=4, decimals=0),
        stat("Uptime", "How long the container has been running, or did run the last time.",
             f"{of('container_up_timestamp_seconds')} - {of('container_started_at_timestamp_seconds')}", "s", past=False, width=4),
        stat("CPU", "Cores in use as a share of what the container may use.",
             f"{of('container_cpu_usage_percent')} / {of('container_cpus_available')}", "percentunit", WARN_OF_LIMIT, width=4),
        stat("Memory", "Memory in use as a share of its limit, or of the machine's memory.",
             f"{of('container_used_memory_bytes')} / {of('container_max_memory_bytes')}", "percentunit", WARN_OF_LIMIT, width=4),
        stat("Cores available", "The container's CPU limit, else all cores of the machine.", of("container_cpus_available"),
             "suffix: cores", past=False, width=4),
    ]


def over_time(what, used, available, unit):
    """The share that is in use, and use and limit side by side."""
    return [
        lines(f"{what} used of what is available", f"{what} in use as a share of the container's limit, else of the machine's.",
              [Query(f"{of(used)} / {of(available)}", "{{container}}")], "percentunit", thresholds=WARN_OF_LIMIT, width=12),
        lines(f"{what} used and available", f"{what} in use, and what the container may use (dashed).",
              [Query(of(used), "used"), Query(of(available), "available")], unit, width=12, dashed=["available"]),
    ]


def build():
    return dashboard(
        "dockmeter-container", "Container",
        "One container, as Container-Metrics' dashboard has it, without its log lines. Profile container-metrics.",
        ["container-metrics"],
        [variable("machine", "Machine", "MACHINE_NAME of the Dockmeters.", "collector_up_timestamp_seconds", "machine", multi=False),
         variable("container", "Container", "Containers by name.", 'container_up_timestamp_seconds{machine="$machine"}',
                  "container", multi=False)],
        [("Overview", overview()),
         ("CPU", over_time("CPU", "container_cpu_usage_percent", "container_cpus_available", "suffix: cores")),
         ("Memory", over_time("Memory", "container_used_memory_bytes", "container_max_memory_bytes", "bytes"))])
