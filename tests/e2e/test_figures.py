"""Figures of a real Engine, compared with the cgroup files, with inspect and with `docker stats`."""
import datetime
import json
import re
import time

import pytest

from realengine import CGROUPS, LIVE
from support import wait_for

TICK_NS = 10_000_000  # cpuacct.stat counts in USER_HZ, 100 a second
needs_v1 = pytest.mark.skipif(not (CGROUPS / "memory/memory.stat").exists(),
                              reason="reads cgroup v1 files; this machine has none")


def number(path):
    return int(path.read_text())


def stat(path, key):
    return int(re.search(rf"^{key} (\d+)$", path.read_text(), re.M)[1])


class Files:
    """What the kernel says about one container now, by family name, in the page's units."""

    def __init__(self, engine, name):
        cpu, memory = engine.cgroup("cpuacct", name), engine.cgroup("memory", name)
        throttle = engine.cgroup("cpu", name) / "cpu.stat"
        limit = number(memory / "memory.limit_in_bytes")
        self.value = {
            "container_cpu_usage_seconds_total": number(cpu / "cpuacct.usage") / 1e9,
            "container_cpu_user_seconds_total": stat(cpu / "cpuacct.stat", "user") / 100,
            "container_cpu_system_seconds_total": stat(cpu / "cpuacct.stat", "system") / 100,
            "container_cpu_periods_total": stat(throttle, "nr_periods"),
            "container_cpu_throttling_periods_total": stat(throttle, "nr_throttled"),
            "container_cpu_throttled_seconds_total": stat(throttle, "throttled_time") / 1e9,
            "container_memory_usage_bytes": number(memory / "memory.usage_in_bytes"),
            "container_memory_peak_bytes": number(memory / "memory.max_usage_in_bytes"),
            "container_memory_cache_bytes": stat(memory / "memory.stat", "total_cache"),
            "container_memory_rss_bytes": stat(memory / "memory.stat", "total_rss"),
            "container_memory_mapped_file_bytes": stat(memory / "memory.stat", "total_mapped_file"),
            "container_memory_working_set_bytes": max(0, number(memory / "memory.usage_in_bytes")
                                                      - stat(memory / "memory.stat", "total_inactive_file")),
            "container_pids_current": number(engine.cgroup("pids", name) / "pids.current"),
        }
        if limit < 1 << 60:
            self.value["container_memory_limit_bytes"] = limit
        faults, major = (stat(memory / "memory.stat", k) for k in ("total_pgfault", "total_pgmajfault"))
        self.faults = {"minor": faults - major, "major": major}
        pid = engine.inspect(name)["State"]["Pid"]
        with open(f"/proc/{pid}/net/dev", encoding="utf-8") as dev:
            self.net = {line.split(":")[0].strip(): list(map(int, line.split(":")[1].split()))
                        for line in dev.readlines()[2:]}


COUNTERS = re.compile(r"_total$|peak")


@needs_v1
@pytest.mark.parametrize("name", ["burner", "writer", "web", "parent", "paused", "tty"])
def test_page_lies_between_two_readings_of_the_files(native, engine, name):
    def bracket():
        before = Files(engine, name)
        page = native.page()
        after = Files(engine, name)
        for family, low in before.value.items():
            value, high = page.value(family, container_name=name), after.value[family]
            assert min(low, high) <= value <= max(low, high), f"{family}: {low} {value} {high}"
        for kind, low in before.faults.items():
            value = page.value("container_memory_page_faults_total", container_name=name, type=kind)
            assert low <= value <= after.faults[kind], kind
        column = {"receive_bytes": 0, "receive_packets": 1, "receive_dropped": 3, "transmit_bytes": 8,
                  "transmit_packets": 9, "transmit_dropped": 11}
        for what, i in column.items():
            value = page.value(f"container_network_{what}_total", container_name=name, interface="eth0")
            assert before.net["eth0"][i] <= value <= after.net["eth0"][i], what
        return True
    wait_for(bracket, interval=0, what=f"{name}'s figures between two readings")


@needs_v1
def test_an_idle_containers_page_equals_the_files_to_the_digit(native, engine):
    """A paused one burns nothing, so all three readings are one."""
    nanoseconds = number(engine.cgroup("cpuacct", "paused") / "cpuacct.usage")
    seconds = f"{nanoseconds // 10**9}.{nanoseconds % 10**9:09d}".rstrip("0")
    assert native.page().digits("container_cpu_usage_seconds_total", "paused") == seconds.rstrip(".")


@needs_v1
def test_failcnt(native, engine):
    failures = number(engine.cgroup("memory", "writer") / "memory.failcnt")
    assert native.page().value("container_memory_failcnt", container_name="writer") == failures


def parsed_time(text):
    stamp, fraction = re.fullmatch(r"([^.Z]+)(?:\.(\d+))?Z", text).groups()
    whole = datetime.datetime.fromisoformat(stamp).replace(tzinfo=datetime.timezone.utc).timestamp()
    return int(whole), int((fraction or "0").ljust(9, "0"))


def test_inspect_times_limits_counts(native, engine):
    page = native.page()
    for name in sorted(LIVE | {"done", "failed", "killed", "oom"}):
        facts = engine.inspect(name)
        for family, text in (("container_start_time_seconds", facts["State"]["StartedAt"]),
                             ("container_created_time_seconds", facts["Created"]),
                             ("container_finished_time_seconds", facts["State"]["FinishedAt"])):
            if family == "container_finished_time_seconds" and name in LIVE:
                assert page.get(family, container_name=name) is None
                continue
            seconds, nanoseconds = parsed_time(text)
            shown = page.digits(family, name)
            assert shown in (str(seconds), f"{seconds}.{nanoseconds:09d}".rstrip("0").rstrip(".")), f"{name} {family}"
        assert page.value("container_restart_count", container_name=name) == facts["RestartCount"]
    assert page.value("container_cpu_limit_cores", container_name="burner") == 0.25
    assert page.value("container_pids_limit", container_name="burner") == 50
    assert page.value("container_memory_limit_bytes", container_name="burner") == 64 << 20
    assert page.value("container_memory_limit_bytes", container_name="writer") == 128 << 20
    host = engine.api("GET", "/info")["MemTotal"]
    assert page.value("container_memory_limit_bytes", container_name="web") == host
    assert page.get("container_cpu_limit_cores", container_name="web") is None
    assert page.get("container_pids_limit", container_name="web") is None


def test_last_seen_and_uptime_are_now(native, engine):
    before = time.time()
    page = native.page()
    after = time.time()
    for name in ("web", "done"):
        assert before - 1 <= page.value("container_last_seen", container_name=name) <= after + 1
    started = sum(n * f for n, f in zip(parsed_time(engine.inspect("web")["State"]["StartedAt"]), (1, 1e-9)))
    assert before - started - 1 <= page.value("container_uptime_seconds", container_name="web") <= after - started + 1


UNITS = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def size(text):
    """(bytes, half of what the last printed digit stands for)."""
    digits, unit = re.fullmatch(r"([\d.]+)([a-zA-Z]+)", text).groups()
    step = 10 ** -len(digits.split(".")[1]) if "." in digits else 1
    return float(digits) * UNITS[unit], step * UNITS[unit]


def near(text, value):
    shown, step = size(text)
    return abs(shown - value) <= step or pytest.approx(shown, rel=0.02) == value


def test_docker_stats_shows_the_same(native, engine):
    def same():
        rows = {r["Name"]: r for r in map(json.loads, engine.docker(
            "stats", "--no-stream", "--format", "{{json .}}").splitlines())}
        page = native.page()
        for name in sorted(LIVE - {"burner", "healthy", "unhealthy"}):
            row = rows[name]
            used, limit = row["MemUsage"].split(" / ")
            cache = page.value("container_memory_cache_bytes", container_name=name)
            usage = page.value("container_memory_usage_bytes", container_name=name)
            working = page.value("container_memory_working_set_bytes", container_name=name)
            assert near(used, working) or near(used, usage) or near(used, usage - cache), f"{name}: {used} {working}"
            assert near(limit, page.value("container_memory_limit_bytes", container_name=name)), name
            assert int(row["PIDs"]) == page.value("container_pids_current", container_name=name)
            if name not in ("hostnet", "nonet", "sidecar"):
                received, sent = row["NetIO"].split(" / ")
                for text, way in ((received, "receive"), (sent, "transmit")):
                    total = sum(v for _, v in page.all(f"container_network_{way}_bytes_total", container_name=name))
                    assert near(text, total), f"{name} {way}: {text} {total}"
        return True
    wait_for(same, interval=0, what="docker stats to show the same")


@needs_v1
def test_cpu_share_of_burner(native, engine):
    """What two scrapes some seconds apart make of it is what the kernel counted, a quarter of a core at most."""
    def reading():
        """What the page says, and the kernel before and after."""
        path = engine.cgroup("cpuacct", "burner") / "cpuacct.usage"
        before = number(path)
        page = native.page()
        return page.value("container_cpu_usage_seconds_total", container_name="burner"), before / 1e9, number(path) / 1e9
    began = time.monotonic()
    first, low_first, high_first = reading()
    wait_for(lambda: time.monotonic() - began > 3)
    last, low_last, high_last = reading()
    assert low_last - high_first - 1e-6 <= last - first <= high_last - low_first + 1e-6
    assert 0 < (last - first) / (time.monotonic() - began) < 0.4
