"""Calls that hang or fail while the ping is fine: what is around them stays fresh, what is old goes."""
import re
import time

import pytest

from fakeengine import Body, Hang, container_id
from support import wait_for

STUCK = container_id(3)
SCRAPER = {"X-Prometheus-Scrape-Timeout-Seconds": "1"}


def stuck_requests(engine):
    with engine.lock:
        return sum(1 for _, target in engine.requests if re.search(f"/containers/{STUCK}/stats", target))


def usages(page):
    return {labels["container_name"] for labels, _ in page.all("container_pids_current")}


def ages(page):
    """How old each container's sight is, in seconds."""
    now = time.time()
    return [now - value for _, value in page.all("container_last_seen")]


@pytest.fixture
def engine(fake):
    """Without events, so that each scrape lists."""
    engine = fake(containers=5)
    engine.spoil("events", Body(b"", 403))
    return engine


def test_one_hung_call_keeps_no_scrape_from_new_figures(meter, engine):
    d = meter(engine.path).wait_ready()
    assert len(usages(d.page())) == 5
    engine.spoil("stats", Hang(), container=STUCK)
    engine.forget()
    others = {"c0001", "c0002", "c0004", "c0005"}
    for n in range(4):
        if n == 2:
            engine.add(6, "added")
            others.add("added")
        start = time.monotonic()
        page = d.page(headers=SCRAPER)
        assert time.monotonic() - start < 1.2
        assert page.containers() == others | {"c0003"}
        assert usages(page) == others, f"scrape {n}"
        assert len(ages(page)) == len(others) + 1 and max(ages(page)) < 2, f"scrape {n}: {ages(page)}"
        assert stuck_requests(engine) == 1, f"scrape {n}"


def test_one_hung_call_keeps_no_interval_from_new_figures(meter, engine):
    d = meter(engine.path, "--collection.interval", "1s").wait_ready()
    wait_for(lambda: len(usages(d.page())) == 5, 5)
    engine.spoil("stats", Hang(), container=STUCK)
    engine.forget()
    wait_for(lambda: stuck_requests(engine), 5)
    wait_for(lambda: "c0003" not in usages(d.page()), 5, what="the hung container's usage to go")
    engine.add(6, "added")
    wait_for(lambda: "added" in usages(d.page()), 5, what="the added container's usage")
    seen = set()

    def twice_new():
        page = d.page()
        assert usages(page) == {"c0001", "c0002", "c0004", "c0005", "added"}
        assert max(ages(page)) < 2, ages(page)
        seen.update(value for _, value in page.all("container_last_seen", container_name="c0001"))
        return len(seen) >= 3
    wait_for(twice_new, 8, what="a second collection")
    assert stuck_requests(engine) == 1


def scrape_errors(page):
    return page.value("exporter_scrape_errors_total", collector="container")


def test_a_list_that_fails_while_the_ping_is_fine(meter, engine):
    d = meter(engine.path, "--collection.interval", "1s", "--collection.resync", "2s").wait_ready()
    page = wait_for(lambda: (p := d.page()) and len(usages(p)) == 5 and p, 5)
    before = scrape_errors(page)
    engine.spoil("list", Body(b'{"message":"boom"}', 500))
    failed = time.monotonic()
    page = wait_for(lambda: (p := d.page()) and not usages(p) and p, 3, what="the usages to go")
    assert page.value("exporter_up") == 1 and scrape_errors(page) > before
    wait_for(lambda: not d.page().all("container_state"), 6, what="the states to go")
    assert time.monotonic() - failed > 1.5, "the states went before the resync"
    assert not d.page().all("docker_containers")
    engine.heal()
    page = wait_for(lambda: (p := d.page()) and len(usages(p)) == 5 and p, 3)
    assert len(page.all("container_state")) == 5


def test_a_list_that_fails_when_scraped(meter, engine):
    d = meter(engine.path, "--collection.resync", "2s").wait_ready()
    page = d.page()
    assert len(usages(page)) == 5
    before = scrape_errors(page)
    engine.spoil("list", Body(b'{"message":"boom"}', 500))
    page = d.page()
    assert not usages(page) and len(page.all("container_state")) == 5
    assert d.page() and scrape_errors(d.page()) > before
    wait_for(lambda: not d.page().all("container_state"), 6, what="the states to go")
    engine.heal()
    assert len(usages(d.page())) == 5
