"""Dockmeter containers: everything about containers, from the native profile.

`container_name` is on the native profile's series only, so other profiles scraped from the same Dockmeter
are not counted twice; the two families that data-exporter has too are told apart by a label of their own.
"""
from .grafana import (BAD_IF_ANY, BLUE, GREEN, GREY, NOTED_IF_ANY, ORANGE, RED, WARN_OF_LIMIT, YELLOW, Column, Query,
                      dashboard, lines, numbers, stat, steps, table, timeline, variable, words)

HOST = 'instance=~"$host"'
CHOSEN = f'{HOST}, compose_project=~"$project", container_name=~"$container"'
NAME = "{{container_name}} {{instance}}"
RATE = "[$__rate_interval]"
# A limit that is the machine's whole memory is none.
MEMORY_LIMIT = (f"(container_memory_limit_bytes{{{CHOSEN}}} "
                "< on (job, instance) group_left () machine_memory_bytes)")
RUNNING, PAUSED, RESTARTING = 'state="running"', 'state="paused"', 'state="restarting"'
STOPPED = 'state=~"created|exited|dead|removing"'
WITH_STATUS = 'status!=""'
MAJOR = 'type="major"'
HEALTH = numbers((0, "no check", GREY), (1, "starting", BLUE), (2, "healthy", GREEN), (3, "unhealthy", RED))
STATES = numbers((1, "running", GREEN), (2, "paused", BLUE), (3, "restarting", ORANGE), (4, "stopped", GREY))
STATUS = words(running=GREEN, paused=BLUE, restarting=ORANGE, created=GREY, exited=GREY, removing=GREY, dead=RED)


def of(family, *more):
    """The family's series of the chosen containers; more: further matchers."""
    return f"{family}{{{', '.join((CHOSEN, *more))}}}"


def rate(family):
    return f"rate({of(family)}{RATE})"


def total(expression):
    """Summed over what is inside of a container: its interfaces, its devices."""
    return f"sum by (instance, container_name) ({expression})"


def latest(expression):
    """A column of the table: one value for each container."""
    return f"max by (instance, container_name) ({expression})"


def each(title, description, expr, unit="short", **more):
    """A panel with one line for each container."""
    return lines(title, description, [Query(expr, NAME)], unit, **more)


def restarts(over):
    """Starts after the first one. By their times, since a counter begins anew when Dockmeter does; made anew
    under its name is not restarted."""
    started, made = (f"changes({of(f'container_{what}_time_seconds')}[{over}])" for what in ("start", "created"))
    return f"clamp_min({started} - {made}, 0)"


def oom_kills(over):
    """What the count rose by, not increase(): a count that begins anew with Dockmeter is no kill. All of it
    where the container is new to a page that was there before."""
    kills, before = of("container_oom_kills_total"), f"offset {over}"
    return (f"({kills} unless {kills} {before}) and on (instance) exporter_up{{{HOST}}} {before} == 1 "
            f"or {kills} - min_over_time({kills}[{over}])")


def memory_share():
    return f"{of('container_memory_working_set_bytes')} / {MEMORY_LIMIT}"


def variables():
    native = 'container_last_seen{container_name!=""'
    return [
        variable("host", "Host", "The Dockmeters, by the address that Prometheus scrapes.", native + "}", "instance"),
        variable("project", "Project", "Compose projects and Swarm stacks; All covers containers of none too.",
                 native + ', instance=~"$host"}', "compose_project", every=".*"),
        variable("container", "Container", "Containers by name.",
                 native + ', instance=~"$host", compose_project=~"$project"}', "container_name", every=".+"),
    ]


def overview():
    return [
        stat("Running", "Containers that run now.",
             f"count({of('container_state', RUNNING)}) or vector(0)", thresholds=steps()),
        stat("Stopped", "Containers that do not run: ended, or created and never started.",
             f"count({of('container_state', STOPPED)}) or vector(0)"),
        stat("Unhealthy", "Containers whose health check fails now.",
             f"count({of('container_health_status')} == 3) or vector(0)", thresholds=BAD_IF_ANY),
        stat("Restarts", "Starts after a container's first one within the time shown, by its policy or by hand.",
             f"sum({restarts('$__range')})", thresholds=NOTED_IF_ANY, past=False, decimals=0),
        stat("OOM kills", "Processes that the kernel killed for want of memory within the time shown.",
             f"sum({oom_kills('$__range')})", thresholds=BAD_IF_ANY, past=False, decimals=0),
        stat("CPU", "Cores in use by the chosen containers together.",
             f"sum({rate('container_cpu_usage_seconds_total')})", "suffix: cores", decimals=2),
        stat("Memory", "Working sets of the chosen containers together: memory in use without page cache that can be dropped.",
             f"sum({of('container_memory_working_set_bytes')})", "bytes"),
        stat("Nearest to its limit", "The greatest share of its memory limit that a container uses, of those that have one.",
             f"max({memory_share()})", "percentunit", WARN_OF_LIMIT),
    ]


def containers_table():
    queries = [
        Query("max by (instance, container_name, compose_project, image, status) "
              f"({of('container_info', WITH_STATUS)})"),
        Query(latest(of("container_health_status"))),
        Query(total(rate("container_cpu_usage_seconds_total"))),
        Query(latest(of("container_memory_working_set_bytes"))),
        Query(latest(memory_share())),
        Query(total(rate("container_network_receive_bytes_total"))),
        Query(total(rate("container_network_transmit_bytes_total"))),
        Query(latest(of("container_pids_current"))),
        Query(latest(of("container_restarts_total"))),
        Query(latest(of("container_uptime_seconds"))),
    ]
    columns = [
        Column("container_name", "Container", width=170), Column("compose_project", "Project", width=110),
        Column("status", "State", mappings=(STATUS,), cell="color-text", width=90),
        Column("B", "Health", mappings=(HEALTH,), cell="color-text", width=95),
        Column("C", "CPU (cores)", "none", decimals=3, width=105), Column("D", "Memory", "bytes", width=105),
        Column("E", "Of its limit", "percentunit", steps=WARN_OF_LIMIT, cell="gauge", width=150, decimals=0),
        Column("F", "Received", "Bps", width=105), Column("G", "Sent", "Bps", width=105),
        Column("H", "Processes", "none", width=95), Column("I", "Restarts", "none", width=90),
        Column("J", "Uptime", "s", width=100), Column("image", "Image"), Column("instance", "Host"),
    ]
    return table("All containers", "Every chosen container, stopped ones too, as it is now. Empty: not known, or it does "
                 "not run; no share where there is no limit.", queries, columns, sort="Memory")


def memory():
    return [
        each("Working set", "Memory in use less inactive page cache: what cannot be reclaimed easily.",
             of("container_memory_working_set_bytes"), "bytes"),
        each("Memory in use", "As Docker reports it, page cache included.", of("container_memory_usage_bytes"), "bytes"),
        each("Share of limit", "Working set as a share of the container's memory limit. Containers without a limit of their "
             "own are not here.", memory_share(), "percentunit", thresholds=WARN_OF_LIMIT, top=1),
        each("Anonymous memory (rss)", "Memory of the processes that no file stands behind.",
             of("container_memory_rss_bytes"), "bytes"),
        each("Page cache", "Cached files that are charged to the container; the kernel drops them when memory is short.",
             of("container_memory_cache_bytes"), "bytes"),
        each("Swap", "Memory of the container that is swapped out.", of("container_memory_swap_bytes"), "bytes"),
    ]


def cpu():
    throttled = f"{rate('container_cpu_throttling_periods_total')} / ({rate('container_cpu_periods_total')} > 0)"
    return [
        each("CPU in use", "Cores in use: 1 is one core for the whole time.", rate("container_cpu_usage_seconds_total"),
             "suffix: cores"),
        each("Share of limit", "CPU in use as a share of the container's CPU limit. Containers without a limit are not here.",
             f"{rate('container_cpu_usage_seconds_total')} / {of('container_cpu_limit_cores')}", "percentunit",
             thresholds=WARN_OF_LIMIT),
        each("Throttled", "Share of the enforcement periods in which the CPU limit held the container back.", throttled,
             "percentunit", thresholds=steps((0.25, YELLOW)), top=1),
    ]


def network():
    def both(kind):
        received, sent = (total(rate(f"container_network_{way}_{kind}_total")) for way in ("receive", "transmit"))
        return Query(f"{received} + {sent}", f"{NAME} {kind}")
    return [
        each("Received", "Bytes a second over all interfaces. Containers in the host's or another container's network "
             "are not here.", total(rate("container_network_receive_bytes_total")), "Bps"),
        each("Sent", "Bytes a second over all interfaces. Containers in the host's or another container's network "
             "are not here.", total(rate("container_network_transmit_bytes_total")), "Bps"),
        lines("Dropped packets and errors", "Packets a second that an interface dropped or that failed, both ways. Should be 0; "
              "errors only where Dockmeter reads the kernel's files.", [both("dropped"), both("errors")], "pps"),
    ]


def disk():
    panels = [("Read", "Bytes a second read from block devices.", "reads_bytes", "Bps"),
              ("Written", "Bytes a second written to block devices, when they are written back.", "writes_bytes", "Bps"),
              ("Read operations", "Read operations a second on block devices.", "reads", "iops"),
              ("Write operations", "Write operations a second on block devices.", "writes", "iops")]
    return [each(title, description, total(rate(f"container_fs_{family}_total")), unit, width=6)
            for title, description, family, unit in panels]


def pressure():
    def panel(resource, title, waited_for):
        return lines(f"{title} pressure", f"Share of the time in which some task (waiting) or all of them (stalled) waited "
                     f"for {waited_for}. Needs cgroup v2 or a hybrid host.",
                     [Query(rate(f"container_pressure_{resource}_{kind}_seconds_total"), f"{NAME} {kind}")
                      for kind in ("waiting", "stalled")], "percentunit")
    return [panel("cpu", "CPU", "a CPU"), panel("memory", "Memory", "memory"), panel("io", "I/O", "a device")]


def processes():
    return [
        each("Processes and threads", "How many there are in the container.", of("container_pids_current"), "none"),
        each("Share of limit", "Processes and threads as a share of the container's limit. Containers without one are not "
             "here.", f"{of('container_pids_current')} / {of('container_pids_limit')}", "percentunit",
             thresholds=WARN_OF_LIMIT, top=1),
        each("Major page faults", "Faults a second that had to read from a device: many are a sign of too little memory.",
             f"rate({of('container_memory_page_faults_total', MAJOR)}{RATE})", "ops"),
    ]


def state():
    states = " or ".join([of("container_state", RUNNING), of("container_state", PAUSED) + " * 2",
                          of("container_state", RESTARTING) + " * 3", of("container_state", STOPPED) + " * 4"])
    failed = latest(of("container_exit_code") + " != 0")
    ended = latest("time() - " + of("container_finished_time_seconds"))
    return [
        timeline("State", "What each container was doing.", Query(latest(states), NAME), STATES),
        timeline("Health", "Health checks of the containers that have one.",
                 Query(latest(of("container_health_status") + " > 0"), NAME), HEALTH),
        each("Restarts", "Starts after a container's first one, by its policy or by hand.",
             restarts("$__rate_interval"), "short", bars=True),
        each("OOM kills", "Processes that the kernel killed for want of memory.",
             oom_kills("$__rate_interval"), "short", bars=True),
        table("Last exits with a failure", "Containers whose last run ended with another status than 0. 137 is SIGKILL, 143 "
              "SIGTERM.", [Query(failed), Query(f"{ended} and on (instance, container_name) {failed}")],
              [Column("container_name", "Container"), Column("A", "Exit status", "none", steps=BAD_IF_ANY, cell="color-text"),
               Column("B", "Ended before", "s"), Column("instance", "Host")], width=8, height=8),
    ]


def disk_usage():
    return [each("Writable layers", "What each container has written to its own layer, stopped ones too, volumes aside. Empty "
                 "unless collection.collectors.disk is on.", of("container_disk_rw_bytes"), "bytes", width=24)]


def build():
    return dashboard(
        "dockmeter-containers", "Dockmeter containers",
        "Containers of one or more Docker hosts: state, memory, CPU, network, disk, pressure. Profile native.", ["docker"],
        variables(),
        [("Overview", overview()), ("Containers", [containers_table()]), ("Memory", memory()), ("CPU", cpu()),
         ("Network", network()), ("Disk", disk()), ("Pressure", pressure()), ("Processes", processes()),
         ("State", state())],
        folded=[("Disk usage (collection.collectors.disk)", disk_usage())])
