"""Dockmeter host and engine: the Engines, their machines, and Dockmeter itself; profile native.

exporter_* and process_* are on the page of every profile with the same values, hence `max by`. A host is
a Dockmeter's address, so other programs' process_* stay out.
"""
from .grafana import (GREEN, RED, WARN_OF_LIMIT, Column, Query, dashboard, lines, numbers,
                      stat, steps, table, variable)

CHOSEN = 'instance=~"$host"'
HOST = "{{instance}}"
RUNNING = 'state="running"'
RATE = "[$__rate_interval]"
UP = numbers((0, "down", RED), (1, "up", GREEN))
ENGINE_LABELS = "version, api_version, os, arch, kernel, cgroup_version, storage_driver"


def of(family, *more):
    return f"{family}{{{', '.join((CHOSEN, *more))}}}"


def own(expression, by=""):
    """One of Dockmeter's own figures, once for each Dockmeter (and label)."""
    return f"max by (instance{by}) ({expression})"


def own_rate(family, by=""):
    return own(f"rate({of(family)}{RATE})", by)


def containers(family):
    """A figure of the native profile's containers; other profiles have no container_name."""
    return of(family, 'container_name!=""')


def summed(family):
    """A rate over all containers of each host."""
    return f"sum by (instance) (rate({containers(family)}{RATE}))"


def used_cores():
    return summed("container_cpu_usage_seconds_total")


def used_memory():
    return f"sum by (instance) ({containers('container_memory_working_set_bytes')})"


def machine(family):
    return f"max by (instance) ({of(family)})"


def overview():
    return [
        stat("Engine", "Whether the Docker Engine answers; the worst of the chosen hosts.",
             f"min({of('exporter_up')})", "none", steps((1, GREEN), base=RED), mappings=[UP]),
        stat("Running", "Containers that run now, those that filters leave out too.",
             f"sum({of('docker_containers', RUNNING)})", thresholds=steps()),
        stat("Containers", "All containers, stopped ones too.", f"sum({of('docker_containers')})"),
        stat("Images", "Images of the Engines.", f"sum({of('docker_images')})"),
        stat("Volumes", "Volumes of the Engines.", f"sum({of('docker_volumes')})"),
        stat("Networks", "Networks of the Engines.", f"sum({of('docker_networks')})"),
        stat("Cores in use", "Share of the machines' cores that containers use.",
             f"sum({used_cores()}) / sum({machine('machine_cpu_cores')})", "percentunit", WARN_OF_LIMIT),
        stat("Memory in use", "Share of the machines' memory that containers' working sets take.",
             f"sum({used_memory()}) / sum({machine('machine_memory_bytes')})", "percentunit", WARN_OF_LIMIT),
    ]


def engines():
    queries = [Query(f"max by (instance, {ENGINE_LABELS}) ({of('docker_engine_info')})"),
               Query(own(of("exporter_up"))),
               Query(machine("machine_cpu_cores")),
               Query(machine("machine_memory_bytes")),
               Query(own("time() - " + of("process_start_time_seconds")))]
    columns = [Column("instance", "Host"), Column("B", "Engine", mappings=(UP,), cell="color-text"),
               Column("version", "Version"), Column("api_version", "API"), Column("C", "Cores", "none"),
               Column("D", "Memory", "bytes"), Column("os", "System"), Column("arch", "Architecture"),
               Column("kernel", "Kernel"), Column("cgroup_version", "cgroup"), Column("storage_driver", "Storage driver"),
               Column("E", "Dockmeter up for", "s")]
    return table("Engines", "What each Engine says about itself and its machine.", queries, columns, height=6)


def machines():
    return [
        lines("CPU", "Cores that the containers of a host use together, and how many there are (dashed).",
              [Query(used_cores(), f"{HOST} containers"), Query(machine("machine_cpu_cores"), f"{HOST} cores")],
              "suffix: cores", width=12, dashed=["cores"]),
        lines("Memory", "Working sets of the containers of a host together, and the machine's memory (dashed).",
              [Query(used_memory(), f"{HOST} containers"), Query(machine("machine_memory_bytes"), f"{HOST} memory")],
              "bytes", width=12, dashed=["memory"]),
        lines("Network", "Bytes a second over all containers' interfaces.",
              [Query(summed("container_network_receive_bytes_total"), f"{HOST} received"),
               Query(summed("container_network_transmit_bytes_total"), f"{HOST} sent")], "Bps"),
        lines("Disk", "Bytes a second that containers read from and wrote to block devices.",
              [Query(summed("container_fs_reads_bytes_total"), f"{HOST} read"),
               Query(summed("container_fs_writes_bytes_total"), f"{HOST} written")], "Bps"),
        lines("Containers by state", "All containers of the Engines.",
              [Query(f"sum by (state) ({of('docker_containers')})", "{{state}}")], "none", stacked=True),
    ]


def stock():
    return [lines(what.capitalize(), f"{what.capitalize()} of each Engine; ever more of them are a sign that nobody prunes.",
                  [Query(machine(f"docker_{what}"), HOST)], "none", height=6) for what in ("images", "volumes", "networks")]


def disk_usage():
    return [lines("Disk usage by type", "What images (layers that several share once), writable layers, local volumes and the build "
                  "cache take up, as docker system df has it. Empty unless collection.collectors.disk is on.",
                  [Query(own(of("docker_disk_usage_bytes"), ", type"), f"{HOST} {{{{type}}}}")], "bytes", width=24, stacked=True)]


def collection():
    rejected = f"increase({of('exporter_http_rejected_total')}{RATE})"
    return [
        lines("Duration of a collection", "How long the last one took, by what it was about. Should stay far below the scrape's "
              "timeout.", [Query(own(of("exporter_scrape_duration_seconds"), ", collector"), f"{HOST} {{{{collector}}}}")], "s"),
        lines("Where readings come from", "Containers by the source of their figures: the kernel's files, the Engine's API, or "
              "none (stopped ones among them).",
              [Query(own(of("exporter_containers"), ", source"), f"{HOST} {{{{source}}}}")], "none"),
        lines("Errors", "Failed or late calls to the Engine and containers that could not be read, by what they were for. "
              "Should be 0.", [Query(own(f"increase({of('exporter_scrape_errors_total')}{RATE})", ", collector"),
                                     f"{HOST} {{{{collector}}}}")], "short", bars=True),
        lines("Requests to the Engine", "Requests a second by endpoint and HTTP status, or the word for how they failed.",
              [Query(f"sum by (endpoint, code) ({own_rate('exporter_engine_requests_total', ', endpoint, code')})",
                     "{{endpoint}} {{code}}")], "reqps", width=12),
        lines("Left out or turned away", "What Dockmeter did not do as asked: filters cut off, kernel files of no use, items "
              "beyond a limit, peers turned away. Should be 0.",
              [Query(own(f"increase({of('exporter_filter_cut_total')}{RATE})"), f"{HOST} filters cut"),
               Query(own(f"increase({of('exporter_kernel_files_refused_total')}{RATE})"), f"{HOST} kernel files"),
               Query(own(f"increase({of('exporter_dropped_total')}{RATE})"), f"{HOST} beyond a limit"),
               Query(f"sum by (instance) ({own(rejected, ', reason')})",
                     f"{HOST} peers")], "short", width=12, bars=True),
    ]


def dockmeter():
    return [
        lines("CPU of Dockmeter", "Cores that Dockmeter itself uses.", [Query(own_rate("process_cpu_seconds_total"), HOST)],
              "suffix: cores"),
        lines("Memory of Dockmeter", "Resident memory of Dockmeter itself.",
              [Query(own(of("process_resident_memory_bytes")), HOST)], "bytes"),
        lines("File descriptors", "Open file descriptors as a share of what Dockmeter may open.",
              [Query(f"{own(of('process_open_fds'))} / {own(of('process_max_fds'))}", HOST)], "percentunit",
              thresholds=WARN_OF_LIMIT, top=1),
    ]


def build():
    return dashboard(
        "dockmeter-host", "Dockmeter host and engine",
        "Docker Engines, their machines, and Dockmeter itself. Profile native.", ["docker"],
        [variable("host", "Host", "The Dockmeters, by the address that Prometheus scrapes.", "docker_engine_info", "instance")],
        [("Overview", overview()), ("Engines", [engines()]), ("Machines", machines()), ("Images, volumes, networks", stock()),
         ("Collection", collection()), ("Dockmeter itself", dockmeter())],
        folded=[("Disk usage (collection.collectors.disk)", disk_usage())])
