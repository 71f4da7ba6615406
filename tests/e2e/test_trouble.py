"""An Engine that hangs, goes away, comes back, or is not there at the start."""
import os
import signal

import pytest

from fakeengine import Delay
from page import Page
from support import PATIENCE, wait_for


def up(d):
    return d.page().value("exporter_up")


def trouble_lines(d):
    return [line for line in d.log_lines() if line["level"] in ("warn", "error")]


def test_started_while_the_engine_is_away(meter, tmp_path, fake):
    d = meter(tmp_path / "later.sock")
    page = d.page()
    assert page.value("exporter_up") == 0 and not page.containers()
    ready = d.get("/ready")
    assert ready.status == 503 and "later.sock" in ready.text
    assert d.get("/health").json() == {"status": "healthy", "docker": "disconnected"}
    from fakeengine import FakeEngine
    with FakeEngine(tmp_path / "later.sock", containers=3):
        wait_for(lambda: d.get("/ready").status == 200)
        page = wait_for(lambda: (p := d.page()).value("exporter_up") == 1 and p)
        assert page.containers() == {"c0001", "c0002", "c0003"}
        assert d.get("/health").json()["docker"] == "connected"


@pytest.fixture
def watched(meter, second_engine):
    return meter(second_engine.socket).wait_ready()


def test_hung_engine(watched, second_engine):
    """SIGSTOP: its sockets accept, nothing answers."""
    d = watched
    assert d.page().containers() == {"one", "two"}
    os.kill(second_engine.process.pid, signal.SIGSTOP)
    try:
        wait_for(lambda: d.get("/ready").status == 503, what="/ready to tell of the hung Engine")
        assert "no answer within 2" in d.get("/ready").text
        answer = d.get(headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"})
        page = Page(answer.text)
        assert page.value("exporter_up") == 0
        assert page.all("container_state", container_name="one"), "the last known state stays for a while"
        for _ in range(5):
            d.get(headers={"X-Prometheus-Scrape-Timeout-Seconds": "0.3"})
    finally:
        os.kill(second_engine.process.pid, signal.SIGCONT)
    wait_for(lambda: up(d) == 1, what="exporter_up after SIGCONT")
    wait_for(lambda: d.page().get("container_pids_current", container_name="one") == 1)
    assert len(trouble_lines(d)) <= 6, d.log()


def test_engine_stopped_and_started(watched, second_engine):
    d = watched
    second_engine.stop()
    wait_for(lambda: up(d) == 0)
    ready = d.get("/ready")
    assert ready.status == 503 and "docker.sock" in ready.text
    for _ in range(20):
        d.get()
    second_engine.start()
    wait_for(lambda: up(d) == 1)
    wait_for(lambda: d.page().containers() == {"one", "two"})
    wait_for(lambda: d.page().get("container_pids_current", container_name="two"))
    assert len(trouble_lines(d)) <= 6, d.log()
    errors = d.page().all("exporter_engine_requests_total", code="refused")
    assert errors


def test_engine_killed_and_started(watched, second_engine):
    d = watched
    before = {k: v for k, v in d.page().samples.items() if k[0] == "exporter_engine_requests_total"}
    second_engine.process.kill()
    second_engine.process.wait()
    wait_for(lambda: up(d) == 0)
    second_engine.start()
    wait_for(lambda: up(d) == 1)
    wait_for(lambda: d.page().containers() == {"one", "two"})
    after = d.page().samples
    assert all(after[key] >= value for key, value in before.items()), "a counter fell"
    assert len(trouble_lines(d)) <= 6, d.log()


def test_states_are_forgotten_after_resync(meter, tmp_path, fake):
    """All that the Engine alone tells; the kernel goes on telling of the machine."""
    engine = fake(containers=2)
    d = meter(engine.path, "--collection.resync", "5s", "--collection.source", "engine").wait_ready()
    facts = ("docker_images", "docker_volumes", "docker_networks", "machine_cpu_cores", "machine_memory_bytes")
    page = wait_for(lambda: (p := d.page()) and p.all("docker_networks") and p)
    assert len(page.containers()) == 2 and set(facts) <= page.names()
    engine.stop()
    wait_for(lambda: up(d) == 0)
    assert len(d.page().containers()) == 2
    assert not d.page().all("container_memory_usage_bytes")
    wait_for(lambda: not d.page().containers(), interval=0.2, what="the states to be forgotten")
    old = {name for name in d.page().names() if name.startswith(("machine_", "docker_", "container_"))}
    assert not old, "what the Engine told before it went"
    engine.start()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_graceful_end_during_a_scrape(meter, fake, how):
    """The scrape is under way when the signal comes."""
    import threading
    engine = fake(containers=3)
    d = meter(engine.path).wait_ready()
    engine.spoil("stats", Delay(1))
    answers = []
    scrape = threading.Thread(target=lambda: answers.append(d.get()))
    scrape.start()
    wait_for(lambda: engine.active["stats"], what="the scrape to be on its way")
    d.stop(how)
    scrape.join(PATIENCE)
    assert answers and answers[0].status == 200 and answers[0].text.count("\ncontainer_pids_current{") == 3
