"""The table of this folder: what each family of the native profile is by the kernel's own files.

A row computes {extra labels: value} for one container from its files; a number that the files do not tell
is not in it. Pages are compared with the rows' values before and after the page was made.
"""
from dataclasses import dataclass
from typing import Callable

CGROUP_FILES = ("memory.current", "memory.max", "memory.stat", "memory.events", "memory.peak", "memory.swap.current",
                "cpu.stat", "cpu.max", "io.stat", "pids.current", "pids.max", "cpu.pressure", "memory.pressure",
                "io.pressure")
KIB = 1024
MICRO = 1_000_000
NET_COLUMNS = ("bytes", "packets", "errors", "dropped")
NO_LABELS = frozenset()


def labels(**pairs):
    return frozenset(pairs.items())


def number(text):
    """A file of one number; "max" is none."""
    return int(text) if text and text.strip() != "max" else None


def keyed(text):
    """A flat file "key value"."""
    return {key: int(value) for key, value in (line.split() for line in (text or "").splitlines())}


def one(value):
    return {} if value is None else {NO_LABELS: value}


def file(name):
    """The number in a file."""
    return lambda files: one(number(files.get(name)))


def stat(name, key, scale=None):
    """A line's number, as seconds when it is a count of microseconds."""
    def row(files):
        value = keyed(files.get(name)).get(key)
        return one(value if value is None or scale is None else value / scale)
    return row


def limit(files):
    """The machine's memory when there is no limit, as Docker has it."""
    memory = number(files["memory.max"])
    return one(memory if memory is not None else int(files["meminfo"].split()[1]) * KIB)


def working_set(files):
    return one(max(0, number(files["memory.current"]) - keyed(files["memory.stat"])["inactive_file"]))


def faults(files):
    counts = keyed(files["memory.stat"])
    return {labels(type="major"): counts["pgmajfault"], labels(type="minor"): counts["pgfault"] - counts["pgmajfault"]}


def cores(files):
    quota, period = files["cpu.max"].split()
    return one(None if quota == "max" else int(quota) / int(period))


def pressure(what, how):
    """The total of a line of a pressure file, in seconds."""
    def row(files):
        for line in files[f"{what}.pressure"].splitlines():
            if line.startswith(how):
                return one(int(line.rpartition("total=")[2]) / MICRO)
        return {}
    return row


def network(direction, what):
    """A column of net/dev; of eight for each direction the first four are bytes, packets, errs, drop."""
    column = NET_COLUMNS.index(what) + (8 if direction == "transmit" else 0)

    def row(files):
        lines = (line.partition(":") for line in files["dev"].splitlines()[2:])
        return {labels(interface=name.strip()): int(rest.split()[column]) for name, _, rest in lines
                if name.strip() != "lo"}
    return row


def disk(key):
    """A number of each device's line in io.stat; a line without numbers is no I/O."""
    def row(files):
        found = {}
        for line in files.get("io.stat", "").splitlines():
            device, *pairs = line.split()
            values = dict(pair.split("=") for pair in pairs)
            if key in values:
                found[labels(device=device)] = int(values[key])
        return found
    return row


@dataclass
class Row:
    """One family. api: the Engine's API tells it too on cgroup v2."""
    family: str
    compute: Callable
    counter: bool = True
    api: bool = True
    own_network: bool = False


def gauge(family, compute, **more):
    return Row(family, compute, counter=False, **more)


ROWS = [
    gauge("container_memory_usage_bytes", file("memory.current")),
    gauge("container_memory_limit_bytes", limit),
    gauge("container_memory_cache_bytes", stat("memory.stat", "file")),
    gauge("container_memory_rss_bytes", stat("memory.stat", "anon")),
    gauge("container_memory_swap_bytes", file("memory.swap.current"), api=False),
    gauge("container_memory_working_set_bytes", working_set),
    Row("container_memory_failcnt", stat("memory.events", "oom")),
    Row("container_memory_peak_bytes", file("memory.peak"), api=False),
    gauge("container_memory_mapped_file_bytes", stat("memory.stat", "file_mapped")),
    gauge("container_memory_kernel_bytes", stat("memory.stat", "kernel"), api=False),
    Row("container_memory_page_faults_total", faults),
    Row("container_cpu_usage_seconds_total", stat("cpu.stat", "usage_usec", MICRO)),
    Row("container_cpu_system_seconds_total", stat("cpu.stat", "system_usec", MICRO)),
    Row("container_cpu_user_seconds_total", stat("cpu.stat", "user_usec", MICRO)),
    Row("container_cpu_periods_total", stat("cpu.stat", "nr_periods")),
    Row("container_cpu_throttling_periods_total", stat("cpu.stat", "nr_throttled")),
    Row("container_cpu_throttled_seconds_total", stat("cpu.stat", "throttled_usec", MICRO)),
    gauge("container_cpu_limit_cores", cores),
    *(Row(f"container_network_{way}_{what}_total", network(way, what), api=what != "errors", own_network=True)
      for way in ("receive", "transmit") for what in NET_COLUMNS),
    Row("container_fs_reads_bytes_total", disk("rbytes")),
    Row("container_fs_writes_bytes_total", disk("wbytes")),
    Row("container_fs_reads_total", disk("rios"), api=False),
    Row("container_fs_writes_total", disk("wios"), api=False),
    gauge("container_pids_current", file("pids.current")),
    gauge("container_pids_limit", file("pids.max")),
    *(Row(f"container_pressure_{what}_{word}_seconds_total", pressure(what, how), api=False)
      for what in ("cpu", "memory", "io") for word, how in (("waiting", "some"), ("stalled", "full"))),
    Row("container_oom_kills_total", stat("memory.events", "oom_kill"), api=False),
]
