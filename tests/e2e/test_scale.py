"""Thousands of containers on a fake Engine: time, memory, connections, all of them on the page."""
import re

import pytest

from fakeengine import Delay, container_id
from support import sanitized, wait_for


@pytest.mark.slow
def test_5000_containers(meter, fake):
    engine = fake(containers=5000)
    d = meter(engine.path).wait_ready()
    page = wait_for(lambda: len((p := d.page()).all("container_pids_current")) == 5000 and p, what="figures of all")
    assert len(page.containers()) == 5000
    assert engine.peak["stats"] <= 10 and engine.peak["inspect"] <= 10
    for n in (1, 2500, 5000):
        assert page.value("container_memory_usage_bytes", container_name=f"c{n:04d}") == n * 4096
        assert page.digits("container_cpu_usage_seconds_total", f"c{n:04d}") == f"{(n * 1000 + 744) / 1e9:.9f}".rstrip("0")
    if not sanitized():
        assert d.rss_kb() < 250_000
    for n in range(1, 4991):
        engine.remove(container_id(n))
    wait_for(lambda: len(d.page().containers()) == 10)


@pytest.mark.slow
def test_memory_does_not_grow_with_scrapes(meter, fake):
    engine = fake(containers=100)
    d = meter(engine.path).wait_ready()
    for _ in range(30):
        d.get()
    before = d.rss_kb()
    for _ in range(100):
        assert d.get().status == 200
    if not sanitized():
        assert d.rss_kb() <= before + 1000
        assert d.rss_kb() < 16_000


def test_containers_that_come_and_go_all_the_time(meter, fake):
    engine = fake(containers=50)
    d = meter(engine.path).wait_ready()
    for round_ in range(20):
        for n in range(10):
            engine.remove(container_id(round_ * 10 + n + 1))
            engine.add(1000 + round_ * 10 + n, f"new{round_}-{n}")
        page = wait_for(lambda r=round_: (p := d.page()) and f"new{r}-9" in p.containers() and p)
        if round_ < 5:
            assert f"c{round_ * 10 + 1:04d}" not in page.containers()
    assert page.value("exporter_scrape_errors_total", collector="container") == 0


def test_keep_alive_towards_the_engine(meter, fake):
    """A scrape does not open a connection for each call."""
    engine = fake(containers=50)
    d = meter(engine.path).wait_ready()
    d.page()
    assert len(engine._connections) <= 45, "ten statistics, twice ten inspects at the start, and the rest one each"
    connections = set(engine._connections)
    d.page()
    assert len(connections & set(engine._connections)) >= len(connections) / 2
    wait_for(lambda: d.get("/ready").status == 200)


def test_the_first_scrape_has_the_engine_for_itself(meter, fake):
    """What follows the events lists and inspects everything once more: after the scrape, not beside it."""
    engine = fake(containers=60)
    engine.spoil("version", Delay(0.2))  # events follow it
    engine.spoil("inspect", Delay(0.1))
    d = meter(engine.path)
    assert len(d.page().containers()) == 60

    def places(pattern):
        return [i for i, (_, target) in enumerate(engine.requests) if re.search(pattern, target)]
    inspects = wait_for(lambda: len(p := places(r"containers/\w{64}/json")) >= 120 and p, what="all inspected once more")
    lists, (events,) = places("containers/json"), places("/events")
    assert len(lists) == 2 and lists[0] < inspects[0] and inspects[59] < lists[1] < inspects[60]
    assert lists[0] < events < inspects[59], "and that has begun before the scrape was answered"
