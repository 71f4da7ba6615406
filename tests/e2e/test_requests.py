"""What Dockmeter asks of an Engine: only GET and HEAD, once for all scrapers, and in time."""
import re
import threading
import time

import pytest

from fakeengine import Hang
from page import Page
from realengine import ALL_KINDS
from recordproxy import RecordingProxy
from support import wait_for


@pytest.fixture
def between(engine, tmp_path):
    with RecordingProxy(tmp_path / "between.sock", engine.socket) as proxy:
        yield proxy


def test_get_and_head_only_and_nothing_heavy(meter, between):
    d = meter(between.listen, "--collection.source", "engine").wait_ready()
    for _ in range(2):
        assert d.page().containers() == ALL_KINDS
    d.get("/"), d.get("/health"), d.get("/version"), d.get(method="HEAD")
    assert {method for method, _ in between.requests} <= {"GET", "HEAD"}
    targets = [target for _, target in between.requests]
    assert not [t for t in targets if re.search(r"size=(1|true)|/system/df|/exec|/archive|/export|/logs", t)]
    stats = [t for t in targets if "/stats" in t]
    assert stats and all("stream=false" in t or "stream=0" in t for t in stats)
    assert all("one-shot" in t for t in stats)
    assert all(t.startswith("/v1.41/") for t in targets if "_ping" not in t), "the version was not negotiated"
    assert "never-on-a-page" not in d.get().text + d.log()


def test_twenty_scrapes_share_one_collection(meter, between):
    d = meter(between.listen, "--collection.source", "engine").wait_ready()
    d.page()
    wait_for(lambda: between.count(r"/networks"))

    def page_without_a_list():
        before = between.count(r"/containers/json")
        d.page()
        return between.count(r"/containers/json") == before
    wait_for(page_without_a_list, what="the list that follows the opening of the event stream")
    between.requests.clear()
    pages = []
    threads = [threading.Thread(target=lambda: pages.append(d.get())) for _ in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(pages) == 20 and all(Page(p.text).containers() == ALL_KINDS for p in pages)
    assert between.count(r"/containers/json") == 0, "events tell what a list would"
    assert 16 <= between.count(r"/stats") <= 2 * 17, "each scrape collected for itself"


def test_stats_only_of_live_containers(meter, between, engine):
    d = meter(between.listen, "--collection.source", "engine").wait_ready()
    d.page()
    asked = {re.search(r"/containers/([^/]+)/stats", t)[1] for _, t in between.requests if "/stats" in t}
    stopped = {engine.ids[name] for name in ("done", "failed", "killed", "oom", "never")}
    assert not {cid for cid in asked if any(s.startswith(cid) or cid.startswith(s) for s in stopped)}


def test_state_alone_asks_for_no_statistics(meter, between):
    d = meter(between.listen, "--collection.source", "engine").wait_ready()
    between.requests.clear()
    assert d.page("/metrics?collect[]=state").containers() == ALL_KINDS
    assert between.count("/stats") == 0


def test_scrape_timeout_is_kept(meter, engine):
    """Debian's Engine answers statistics at the next whole second only; a scraper in a hurry gets what is there.

    That it gets it in time is asked of Engines that hang (test_stuck.py)."""
    d = meter(engine.socket, "--collection.source", "engine").wait_ready()
    d.page()
    for _ in range(3):
        page = d.page(headers={"X-Prometheus-Scrape-Timeout-Seconds": "0.5"})
        assert {labels["container_name"] for labels, _ in page.all("container_state")} == ALL_KINDS
        assert page.value("exporter_up") == 1


def test_without_a_scrapers_timeout_the_configured_one_is_kept(meter, fake):
    engine = fake(containers=3)
    d = meter(engine.path, "--collection.timeout", "1s").wait_ready()
    d.page()
    engine.spoil("stats", Hang())
    start = time.monotonic()
    page = d.page()
    took = time.monotonic() - start
    assert 0.5 < took < 15, "else it takes 30 s"
    assert len(page.all("container_state")) == 3 and not page.all("container_pids_current")


@pytest.mark.parametrize("header", ["", "abc", "-1", "0", "1e9", "nan", "9" * 400])
def test_odd_scrape_timeouts(native, header):
    answer = native.get(headers={"X-Prometheus-Scrape-Timeout-Seconds": header})
    assert answer.status in (200, 400)
    if answer.status == 200:
        assert {labels["container_name"] for labels, _ in Page(answer.text).all("container_state")} == ALL_KINDS


FILTERS = [
    ("include: {names: ['^web$', '^b']}", {"web", "burner"}),
    ("exclude: {names: ['^(?!web)']}", {"web"}),
    ("include: {labels: ['com.docker.compose.project=shop']}, exclude: {names: [burn]}", {"web"}),
    ("include: {labels: [quote]}", {"renamed"}),
    ("include: {images: ['^busybox$']}, exclude: {names: ['.']}", set()),
    ("include: {images: [nothing-like-it]}", set()),
    ("include: {names: [WEB]}", set()),
]


@pytest.mark.parametrize("rules,expected", FILTERS)
def test_filters(meter, between, engine, rules, expected):
    d = meter(between.listen, config=f"collection:\n  filters: {{{rules}}}\n").wait_ready()
    page = d.page()
    assert page.containers() == expected
    inspected = {re.search(r"/containers/([^/]+)/json", t)[1] for _, t in between.requests
                 if re.search(r"/containers/[^/]+/json", t)}
    assert inspected == {engine.ids[name] for name in expected}, "a filtered container was inspected"
    assert sum(v for _, v in page.all("docker_containers")) == 22, "the counts are the Engine's"


def test_a_socket_proxy_that_refuses(meter, between):
    """What a proxy refuses is said once, by every flag's name; the rest works."""
    between.refused = r"/(images|volumes|networks|info)\b"
    d = meter(between.listen, "--collection.system_interval", "1s").wait_ready()
    page = d.page()
    assert page.containers() == ALL_KINDS and page.value("exporter_up") == 1
    assert not page.all("docker_images") and not page.all("docker_networks")
    d.page()
    wait_for(lambda: "NETWORKS=1" in d.log(), what="the flags by their names")
    asked = between.count("/networks")
    wait_for(lambda: between.count("/networks") > asked + 1, what="another round")
    assert [d.log().count(flag) for flag in ("INFO=1", "IMAGES=1", "VOLUMES=1", "NETWORKS=1")] == [1, 1, 1, 1]


def test_interval_collects_in_the_background(meter, between):
    d = meter(between.listen, "--collection.interval", "2s", "--collection.source", "engine").wait_ready()
    wait_for(lambda: d.page().get("container_pids_current", container_name="web"))
    start, asked = time.monotonic(), between.count(r"/stats")
    for _ in range(30):
        assert d.get().status == 200
    collections = (time.monotonic() - start) / 2 + 1
    assert between.count(r"/stats") - asked <= collections * 17, "each scrape collected for itself"


def test_cache_ttl(meter, between):
    d = meter(between.listen, "--metrics.cache.enabled", "true", "--metrics.cache.ttl", "30s",
              "--collection.source", "engine").wait_ready()
    d.page()
    asked = between.count(r"/stats")
    assert asked >= 16
    for _ in range(5):
        d.page()
    assert between.count(r"/stats") == asked
