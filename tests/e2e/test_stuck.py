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


def sights(page):
    """When each container was seen last (Unix time)."""
    return [value for _, value in page.all("container_last_seen")]


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
        start = time.time()
        page = d.page(headers=SCRAPER)
        assert time.time() - start < 10, "else it takes 30 s"
        assert page.containers() == others | {"c0003"}
        assert usages(page) == others, f"scrape {n}"
        assert len(sights(page)) == len(others) + 1 and min(sights(page)) > start, f"scrape {n}"
        assert stuck_requests(engine) == 1, f"scrape {n}"


@pytest.mark.parametrize("endpoint", ["inspect", "stats"])
def test_a_first_scrape_does_not_wait_for_a_hung_call(meter, engine, endpoint):
    """The client gives up after a minute; a scrape without a time of its own, and the call, have two."""
    engine.spoil(endpoint, Hang(), container=STUCK)
    page = meter(engine.path, "--collection.timeout", "2m").page()
    assert usages(page) - {"c0003"} == {"c0001", "c0002", "c0004", "c0005"} and "c0003" in page.containers()


def test_one_hung_call_keeps_no_interval_from_new_figures(meter, engine):
    d = meter(engine.path, "--collection.interval", "1s").wait_ready()
    wait_for(lambda: len(usages(d.page())) == 5)
    engine.spoil("stats", Hang(), container=STUCK)
    engine.forget()
    wait_for(lambda: stuck_requests(engine))
    wait_for(lambda: "c0003" not in usages(d.page()), what="the hung container's usage to go")
    hung = time.time()
    engine.add(6, "added")
    wait_for(lambda: "added" in usages(d.page()), what="the added container's usage")
    seen = set()

    def twice_new():
        page = d.page()
        assert usages(page) == {"c0001", "c0002", "c0004", "c0005", "added"}
        assert min(sights(page)) > hung
        seen.update(value for _, value in page.all("container_last_seen", container_name="c0001"))
        return len(seen) >= 3
    wait_for(twice_new, what="a second collection")
    assert stuck_requests(engine) == 1


def scrape_errors(page):
    return page.value("exporter_scrape_errors_total", collector="container")


def test_a_list_that_fails_while_the_ping_is_fine(meter, engine):
    d = meter(engine.path, "--collection.interval", "1s", "--collection.resync", "2s").wait_ready()
    page = wait_for(lambda: (p := d.page()) and len(usages(p)) == 5 and p)
    before = scrape_errors(page)
    engine.spoil("list", Body(b'{"message":"boom"}', 500))
    page = wait_for(lambda: (p := d.page()) and not usages(p) and p, what="the usages to go")
    assert page.value("exporter_up") == 1 and scrape_errors(page) > before
    seen = sights(d.page())

    def gone():
        page = d.page()
        seen.extend(sights(page))
        return not page.all("container_state")
    wait_for(gone, what="the states to go")
    assert time.time() - max(seen) > 1.9, "the states went before the resync"
    assert not d.page().all("docker_containers")
    engine.heal()
    page = wait_for(lambda: (p := d.page()) and len(usages(p)) == 5 and p)
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
    wait_for(lambda: not d.page().all("container_state"), what="the states to go")
    engine.heal()
    assert len(usages(d.page())) == 5
