"""Infrastructure Overview: the dashboard of GSC docker_exporter, on the profile docker-exporter.

Its families have the names of cAdvisor's, with the same labels; the job tells whose they are.
"""
from .grafana import GREEN, GREY, Column, Query, dashboard, lines, numbers, stat, steps, table, variable

JOB = 'job=~"$job", instance=~"$host"'
CHOSEN = JOB + ', name=~"$container"'
RUNS = numbers((0, "stopped", GREY), (1, "running", GREEN))


def of(family):
    return f"{family}{{{CHOSEN}}}"


def rate(family, over="[$__rate_interval]"):
    return f"rate({of(family)}{over})"


def latest(expression):
    return f"max by (instance, name) ({expression})"


def each(title, description, expr, unit):
    return lines(title, description, [Query(expr, "{{name}} {{instance}}")], unit, width=12)


def overview():
    return [
        stat("Active containers", "Containers that run now.", f"count({of('container_last_seen')}) or vector(0)",
             thresholds=steps(), width=4),
        stat("Memory", "Memory in use by the chosen containers together, page cache included.",
             f"sum({of('container_memory_usage_bytes')})", "bytes", width=4),
        stat("CPU", "CPU in use by the chosen containers together over five minutes, in percent of one core.",
             f"sum({rate('container_cpu_usage_seconds_total', '[5m]')}) * 100", "percent", width=4, decimals=1),
        stat("Received", "Bytes a second that the chosen containers receive together.",
             f"sum({rate('container_network_receive_bytes_total')})", "Bps", width=4),
        stat("Sent", "Bytes a second that the chosen containers send together.",
             f"sum({rate('container_network_transmit_bytes_total')})", "Bps", width=4),
        stat("Uptime", "Time since Dockmeter was started.", f"max(time() - process_start_time_seconds{{{JOB}}})", "s",
             past=False, width=4),
    ]


def resources():
    return [
        each("CPU", "CPU in use over five minutes, in percent of one core.",
             rate("container_cpu_usage_seconds_total", "[5m]") + " * 100", "percent"),
        each("Memory", "Memory in use as Docker reports it, page cache included.", of("container_memory_usage_bytes"), "bytes"),
        each("Received", "Bytes a second over all interfaces of the container.",
             rate("container_network_receive_bytes_total"), "Bps"),
        each("Sent", "Bytes a second over all interfaces of the container.",
             rate("container_network_transmit_bytes_total"), "Bps"),
        each("Read", "Bytes a second that the container read from block devices.", rate("container_fs_reads_bytes_total"), "Bps"),
        each("Written", "Bytes a second that the container wrote to block devices.", rate("container_fs_writes_bytes_total"),
             "Bps"),
    ]


def status():
    queries = [Query(f"max by (instance, name, image, id) ({of('container_state')})"),
               Query(latest("time() - " + of("container_last_seen"))),
               Query(latest(rate("container_cpu_usage_seconds_total", "[5m]")) + " * 100"),
               Query(latest(of("container_memory_usage_bytes")))]
    columns = [Column("name", "Container"), Column("A", "State", mappings=(RUNS,), cell="color-text"),
               Column("C", "CPU", "percent", decimals=1), Column("D", "Memory", "bytes"), Column("B", "Last seen before", "s"),
               Column("image", "Image"), Column("id", "Id"), Column("instance", "Host")]
    return table("Container status", "Every chosen container as it is now; what does not run has a state only.", queries,
                 columns, sort="CPU")


def exporter():
    return [
        lines("Duration of a collection", "How long the last one took.",
              [Query(f"docker_exporter_scrape_duration_seconds{{{JOB}}}", "{{instance}}")], "s", height=6),
        lines("Containers read", "Containers whose figures are on the page.",
              [Query(f"docker_exporter_containers_scraped{{{JOB}}}", "{{instance}}")], "none", height=6),
        lines("Errors", "What failed, by kind. Should be 0.",
              [Query(f"increase(docker_exporter_scrape_errors_total{{{JOB}}}[$__rate_interval])", "{{instance}} {{error_type}}")],
              "short", height=6, bars=True),
    ]


def build():
    family = "docker_exporter_containers_scraped"
    return dashboard(
        "dockmeter-infrastructure", "Infrastructure Overview",
        "All containers at a glance, as GSC docker_exporter's dashboard has them. Profile docker-exporter.",
        ["docker-exporter"],
        [variable("job", "Job", "The scrape jobs of the profile docker-exporter.", family, "job"),
         variable("host", "Host", "The Dockmeters, by the address that Prometheus scrapes.", family + '{job=~"$job"}', "instance"),
         variable("container", "Container", "Containers by name.", f"container_state{{{JOB}}}", "name", every=".+")],
        [("Overview", overview()), ("Containers", resources()), ("Status", [status()]), ("Collection", exporter())])
