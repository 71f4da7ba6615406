"""Both sources on the real Engine: over all 22 kinds they say the same, and the kernel's is what its files say."""
import os
import re
import signal

import pytest

from page import figures, sources
from realengine import ALL_KINDS, CGROUPS, LIVE, SLEEP, STOPPED
from support import process_status, wait_for

# What only the kernel tells, on the one or the other cgroup version.
KERNEL_ONLY = re.compile(r"container_(memory_(swap|kernel|peak)_bytes|network_\w+_errors_total|fs_(reads|writes)_total"
                         r"|pressure_\w+|fs_\w+)")
CHECKED = {"healthy", "unhealthy"}  # their checks run all the time: processes come and go
GAUGES_THAT_MOVE = re.compile(r"container_(pids_current|memory_(usage|working_set|rss|cache|mapped_file|kernel)_bytes)")


@pytest.fixture(scope="module")
def meters(engine, tmp_path_factory):
    """A Dockmeter with each source on the one Engine."""
    import contextlib
    from support import dockmeter
    with contextlib.ExitStack() as stack:
        yield {source: stack.enter_context(dockmeter(tmp_path_factory.mktemp(source), engine.socket, "--collection.source",
                                                     source)).wait_ready() for source in ("kernel", "engine", "auto")}


def test_each_kind_has_its_source(meters):
    page = wait_for(lambda: (p := meters["kernel"].page()) and sources(p).get("kernel", 0) >= len(LIVE) and p)
    assert page.containers() == ALL_KINDS
    assert sum(sources(page).values()) == len(ALL_KINDS)
    assert len(STOPPED) <= sources(page)["none"] <= len(STOPPED) + 1, "looping waits or runs"
    for source, wanted in (("auto", "kernel"), ("engine", "engine")):  # the first page does not wait long for inspects
        wait_for(lambda s=source, w=wanted: set(sources(meters[s].page())) == {w, "none"}, what=f"the source {wanted}")
    for name in STOPPED:
        assert not figures(page, name), name


@pytest.mark.parametrize("name", sorted(LIVE))
def test_both_sources_say_the_same(meters, name):
    """What the Engine says before and after encloses the kernel's, and equals it where nothing moves."""
    def agree():
        low, here, high = (figures(meters[source].page(), name) for source in ("engine", "kernel", "engine"))
        assert low and here and high
        only = {key for key in low.keys() & high.keys() if key not in here}
        assert not only, f"only the Engine has {only}"
        more = {key for key in here if key not in high and key not in low and not KERNEL_ONLY.match(key[0])}
        assert not more, f"only the kernel has {more}"
        for key in low.keys() & here.keys() & high.keys():
            if name in CHECKED and GAUGES_THAT_MOVE.match(key[0]):
                continue
            assert min(low[key], high[key]) <= here[key] <= max(low[key], high[key]), f"{key}: {low[key]} {here[key]} {high[key]}"
        return True
    wait_for(agree, interval=0, what=f"both sources to say the same of {name}")


def test_networks_of_each_kind(meters):
    """Those that are not the container's own would count twice; loopback and default tunnels are left out."""
    page = meters["kernel"].page()
    interfaces = {name: {dict(labels)["interface"] for (family, labels) in figures(page, name) if "network" in family}
                  for name in LIVE}
    assert all(not interfaces[name] for name in ("hostnet", "nonet", "sidecar"))
    assert all(interfaces[name] == {"eth0"} for name in LIVE - {"hostnet", "nonet", "sidecar"}), interfaces


def v1_lines(path):
    return dict(line.split(" ") for line in path.read_text().splitlines())


@pytest.mark.skipif(not (CGROUPS / "memory/memory.stat").exists(), reason="reads cgroup v1 files; this machine has none")
@pytest.mark.parametrize("name", sorted(LIVE - CHECKED))
def test_what_only_the_kernel_tells_is_its_files(meters, engine, name):
    def files():
        memory, blkio = engine.cgroup("memory", name), engine.cgroup("blkio", name)
        pid = engine.inspect(name)["State"]["Pid"]
        values = {("container_memory_swap_bytes", ()): int(v1_lines(memory / "memory.stat")["total_swap"]),
                  ("container_memory_peak_bytes", ()): int((memory / "memory.max_usage_in_bytes").read_text())}
        if name not in ("hostnet", "nonet", "sidecar"):
            with open(f"/proc/{pid}/net/dev", encoding="ascii") as dev:
                row = next(line for line in dev if "eth0:" in line).split(":")[1].split()
            values |= {(f"container_network_{way}_{what}_total", (("interface", "eth0"),)): int(row[at + column])
                       for way, at in (("receive", 0), ("transmit", 8)) for what, column in (("errors", 2), ("dropped", 3))}
        for line in (blkio / "blkio.throttle.io_serviced_recursive").read_text().splitlines():
            device, _, rest = line.partition(" ")
            if ":" in device and rest.split()[0] in ("Read", "Write"):
                word = {"Read": "reads", "Write": "writes"}[rest.split()[0]]
                values[f"container_fs_{word}_total", (("device", device),)] = int(rest.split()[1])
        return values

    def between():
        before, here, after = files(), figures(meters["kernel"].page(), name), files()
        for key, low in before.items():
            assert min(low, after[key]) <= here[key] <= max(low, after[key]), key
        return True
    wait_for(between, interval=0, what=f"{name}'s figures between two readings")


def errors(page):
    return {labels["collector"]: value for labels, value in page.all("exporter_scrape_errors_total")}


def test_containers_that_vanish_make_no_error(meters, engine):
    """Their files go while they are read."""
    before = errors(meters["kernel"].page())
    for n in range(5):
        engine.run(f"short{n}", Cmd=["sleep", f"0.{n + 1}"], HostConfig={"AutoRemove": True})

    def gone():
        return not any(name.startswith("short") for name in meters["kernel"].page().containers())
    wait_for(gone, interval=0, what="the short ones to go")
    for n in range(5):
        engine.ids.pop(f"short{n}", None)
    assert errors(meters["kernel"].page()) == before, meters["kernel"].log()


def test_process_that_nobody_has_reaped_is_no_error(meters, engine):
    """It is gone for the v1 hierarchies and still named in the unified one; its container runs, as far as the Engine knows."""
    meter = meters["kernel"]
    engine.run("zombie", Cmd=SLEEP)
    wait_for(lambda: meter.page().get("container_pids_current", container_name="zombie"), what="its first figures")
    pid = engine.inspect("zombie")["State"]["Pid"]
    shim = int(process_status(pid)["PPid"])
    os.kill(shim, signal.SIGSTOP)
    try:
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: process_status(pid)["State"].startswith("Z"), interval=0, what="the process to end")
        before = errors(meter.page())
        assert errors(meter.page()) == before, meter.log()
        assert "zombie" in meter.page().containers()
    finally:
        os.kill(shim, signal.SIGCONT)
        engine.remove("zombie")
