"""Podman's service as the Engine: its containers by the kernel and by its API, its events, its life."""
import pytest

from conftest import started
from page import at_rest, counters, figures, sources
from podmanengine import Podman
from realengine import SLEEP
from support import wait_for

STEADY = ("--collection.system_interval", "1h", "--collection.resync", "1h")


@pytest.fixture(scope="module")
def podman():
    with started(Podman()) as engine:
        engine.run("idle", Cmd=SLEEP, Labels={"com.docker.compose.project": "shop", "com.docker.compose.service": "idle"})
        engine.run("busy", Cmd=["sh", "-c", "while :; do :; done"], HostConfig={"Memory": 64 << 20, "NanoCpus": 250_000_000,
                                                                               "PidsLimit": 50})
        engine.run("hostnet", Cmd=SLEEP, HostConfig={"NetworkMode": "host"})
        engine.run("done", Cmd=["sh", "-c", "exit 3"])
        wait_for(lambda: engine.inspect("done")["State"]["Status"] == "exited")
        yield engine


LIVE = {"idle", "busy", "hostnet"}
CPU = "container_cpu_usage_seconds_total"
# Podman subtracts them from the whole; what is counted in ticks drifts from what is measured, the more the longer it runs.
IN_TICKS = {"container_cpu_user_seconds_total", "container_cpu_system_seconds_total"}


def test_its_containers_by_the_kernel(podman, meter):
    d = meter(podman.socket, "--collection.source", "kernel").wait_ready()
    page = wait_for(lambda: (p := d.page()) and sources(p).get("kernel") == 3 and p, what="three containers by the kernel")
    assert page.containers() == LIVE | {"done"}
    assert page.value("container_pids_current", container_name="idle") == 1
    assert page.value("container_memory_limit_bytes", container_name="busy") == 64 << 20
    assert page.value("container_pids_limit", container_name="busy") == 50
    assert page.value("container_cpu_limit_cores", container_name="busy") == 0.25
    assert page.value("container_exit_code", container_name="done") == 3
    assert page.all("container_state", container_name="idle", compose_project="shop")
    assert not [key for key in figures(page, "hostnet") if "network" in key[0]]
    for name in LIVE:
        files = podman.cgroup("memory", name)
        usage = files / "memory.usage_in_bytes"
        current = usage if usage.exists() else files / "memory.current"

        def same(n=name, path=current):
            low = int(path.read_text())
            value = d.page().value("container_memory_usage_bytes", container_name=n)
            return min(low, high := int(path.read_text())) <= value <= max(low, high)
        wait_for(same, what=f"{name}'s memory as in its file")


def test_both_sources_agree(podman, meter):
    """What the Engine says before and after encloses the kernel's; a number that only one has is not compared."""
    kernel = meter(podman.socket, "--collection.source", "kernel").wait_ready()
    engine = meter(podman.socket, "--collection.source", "engine").wait_ready()

    def agree():
        before, page, after = engine.page(), kernel.page(), engine.page()
        assert sources(page).get("kernel") == 3 and sources(after).get("engine") == 3
        compared = 0
        for name in LIVE:
            low, here, high = (figures(p, name) for p in (before, page, after))
            for key in low.keys() & here.keys() & high.keys():
                compared += 1
                slack = 0.05 + 0.02 * here[key] if key[0] in IN_TICKS else 0
                assert min(low[key], high[key]) - slack <= here[key] <= max(low[key], high[key]) + slack, f"{name} {key}"
        return compared >= 9
    wait_for(agree, interval=0.2, what="both sources to agree")


def test_steady_scrapes_ask_it_nothing(podman, meter, tmp_path):
    from recordproxy import RecordingProxy
    with RecordingProxy(tmp_path / "proxy.sock", podman.socket) as proxy:
        d = meter(proxy.listen, "--collection.source", "kernel", *STEADY).wait_ready()
        wait_for(lambda: sources(d.page()).get("kernel") == 3)
        at_rest(d)
        proxy.requests.clear()
        for _ in range(20):
            d.page()
        assert [target for _, target in proxy.requests if "_ping" not in target] == []


def test_its_events(podman, meter):
    """A list would only come after an hour."""
    d = meter(podman.socket, *STEADY).wait_ready()
    wait_for(lambda: sources(d.page()).get("kernel") == 3)

    def state(name):
        return {labels["state"] for labels, _ in d.page().all("container_state", container_name=name)}
    podman.run("brief", Cmd=SLEEP, StopSignal="SIGKILL")
    wait_for(lambda: d.page().get("container_pids_current", container_name="brief") == 1, what="a new container")
    podman.api("POST", "/containers/brief/pause")
    wait_for(lambda: state("brief") == {"paused"}, what="the pause")
    podman.api("POST", "/containers/brief/unpause")
    wait_for(lambda: state("brief") == {"running"}, what="its end")
    before = d.page()
    podman.api("POST", "/containers/brief/restart?t=0")
    started_at = before.value("container_start_time_seconds", container_name="brief")
    page = wait_for(lambda: (p := d.page()) and p.get("container_pids_current", container_name="brief") and p.value(
        "container_start_time_seconds", container_name="brief") > started_at and p, what="the restart")
    assert page.value("container_restarts_total", container_name="brief") == before.value(
        "container_restarts_total", container_name="brief") + 1
    podman.api("POST", "/containers/brief/kill")
    wait_for(lambda: state("brief") == {"exited"}, what="the end")
    podman.remove("brief")
    wait_for(lambda: "brief" not in d.page().containers(), what="the removal")


def test_its_restart(podman, meter):
    """Podman has no daemon: its containers live on, and their counters with them."""
    d = meter(podman.socket).wait_ready()
    before = wait_for(lambda: (p := d.page()) and sources(p).get("kernel") == 3 and p)
    podman.stop()
    wait_for(lambda: d.page().value("exporter_up") == 0)
    assert d.page().value(CPU, container_name="busy") > before.value(CPU, container_name="busy")
    podman.start()
    wait_for(lambda: d.page().value("exporter_up") == 1)
    after = wait_for(lambda: (p := d.page()) and sources(p).get("kernel") == 3 and p)
    fallen = {key: (value, counters(after).get(key)) for key, value in counters(before).items()
              if counters(after).get(key, value) < value}
    assert not fallen
    assert after.value("container_restarts_total", container_name="idle") == 0
