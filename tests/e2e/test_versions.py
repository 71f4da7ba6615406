"""Engines of all ages, Podman, and what each is asked: negotiation and the shape of statistics calls."""
import re

import pytest

from fakeengine import Delay
from support import run, wait_for

AGES = [("18.09.1", "1.39", "1.12"), ("19.03.15", "1.40", "1.12"), ("20.10.24+dfsg1", "1.41", "1.12"), ("23.0.6", "1.42", "1.12"),
        ("24.0.7", "1.43", "1.12"), ("25.0.3", "1.44", "1.24"), ("28.5.1", "1.51", "1.24"), ("29.0.0", "1.52", "1.44"),
        ("29.3.0", "1.54", "1.40"), ("30.0.0", "1.60", "1.44")]


@pytest.mark.parametrize("version,api,min_api", AGES)
def test_negotiation(meter, fake, version, api, min_api):
    engine = fake(containers=3, version=version, api=api, min_api=min_api)
    d = meter(engine.path).wait_ready()
    page = d.page()
    assert len(page.all("container_pids_current")) == 3
    (labels, _), = wait_for(lambda: d.page().all("docker_engine_info"))
    assert labels["version"] == version
    used = {re.match(r"/v([\d.]+)/", t)[1] for _, t in engine.requests if "_ping" not in t}
    assert len(used) == 1
    number = tuple(map(int, used.pop().split(".")))
    assert tuple(map(int, min_api.split("."))) <= number <= tuple(map(int, api.split(".")))
    assert all(re.match(r"/_ping", t) for _, t in engine.requests if "_ping" in t), "ping with a version"


def test_too_new_answer_names_the_bound(meter, fake):
    """The ping tells a version that calls then refuse: the refusal's own bound is used."""
    engine = fake(containers=2, api="1.41")
    engine.told_api = "1.43"
    d = meter(engine.path).wait_ready()
    assert len(d.page().all("container_pids_current")) == 2
    engine.forget()
    d.page()
    assert all(target.startswith("/v1.41/") for _, target in engine.requests if "_ping" not in target)


def test_too_old_answer_names_the_bound(meter, fake):
    engine = fake(containers=2, version="29.0.0", api="1.52", min_api="1.44")
    engine.told_api = "1.41"
    d = meter(engine.path).wait_ready()
    assert len(d.page().all("container_pids_current")) == 2


def test_fixed_version_that_is_too_old(meter, fake):
    engine = fake(containers=2, version="29.3.0", api="1.54", min_api="1.40")
    d = meter(engine.path, "--docker.api_version", "1.24")
    wait_for(lambda: d.get("/ready").status == 200 or "1.24" in d.get("/ready").text)
    page = d.page()
    assert page.containers() == {"c0001", "c0002"} or "1.40" in d.get("/ready").text + d.log()


def test_fixed_version_is_used(meter, fake):
    engine = fake(containers=2, api="1.43")
    d = meter(engine.path, env={"DOCKER_API_VERSION": "1.41"}).wait_ready()
    d.page()
    assert {re.match(r"/v([\d.]+)/", t)[1] for _, t in engine.requests if "_ping" not in t} == {"1.41"}


@pytest.mark.parametrize("version", ["x", "1", "1.41.2", "v1.41", "-1.4", "1.9999999999999"])
def test_a_version_that_is_none(version):
    done = run("config", "--docker.api_version", version)
    if done.returncode == 0:
        done = run("scrape", "--docker.api_version", version, "--docker.host", "unix:///nonexistent.sock")
    assert done.returncode == 1 and version in done.stderr + done.stdout


@pytest.mark.parametrize("version,api", [("20.10.24", "1.41"), ("23.0.7", "1.42"), ("24.0.6", "1.43")])
def test_engines_with_a_tick_are_asked_all_at_once(meter, fake, version, api):
    engine = fake(containers=60, version=version, api=api)
    d = meter(engine.path).wait_ready()
    d.page()
    engine.forget()

    def at_once():
        """Unless the tick comes while they are asked."""
        assert len(d.page().all("container_pids_current")) == 60
        return engine.peak["stats"] == 60
    wait_for(at_once, what="sixty calls at once")


@pytest.mark.parametrize("version,api", [("23.0.8", "1.42"), ("24.0.7", "1.43"), ("25.0.0", "1.44"), ("library-import", "1.56")])
def test_direct_engines_get_max_concurrent(meter, fake, version, api):
    engine = fake(containers=60, version=version, api=api)
    engine.ticks = 0
    for endpoint in ("stats", "inspect"):
        engine.spoil(endpoint, Delay(0.05))
    d = meter(engine.path, "--performance.max_concurrent", "7").wait_ready()
    assert len(d.page().all("container_pids_current")) == 60
    assert 2 <= engine.peak["stats"] <= 7
    assert 2 <= engine.peak["inspect"] <= 20, "at the start a scrape and the follower may both inspect, ten at once each"


def test_below_1_41_no_one_shot_is_asked(meter, fake):
    engine = fake(containers=5, version="19.03.15", api="1.40")
    d = meter(engine.path).wait_ready()
    wait_for(lambda: len(d.page().all("container_pids_current")) == 5 and engine.peak["stats"] == 5, what="five calls at once")
    assert all("stream=false" in t or "stream=0" in t for _, t in engine.requests if "/stats" in t)


def test_an_engine_that_is_updated_meanwhile(meter, tmp_path):
    """Away, then back as another version: negotiated again."""
    from fakeengine import FakeEngine
    with FakeEngine(tmp_path / "e.sock", containers=1, version="20.10.24", api="1.41"):
        d = meter(tmp_path / "e.sock").wait_ready()
        d.page()
    wait_for(lambda: d.page().value("exporter_up") == 0)
    with FakeEngine(tmp_path / "e.sock", containers=2, version="29.3.0", api="1.54", min_api="1.44") as engine:
        wait_for(lambda: len(d.page().all("container_pids_current")) == 2)
        assert all(t.startswith(("/v1.44/", "/v1.5", "/v1.49", "/v1.48", "/v1.47", "/v1.46", "/v1.45")) for _, t in engine.requests
                   if "_ping" not in t)


def test_windows_engine(meter, fake):
    engine = fake(containers=1)
    from fakeengine import Change, container_id
    engine.spoil("stats", Change(lambda a: {
        "read": a["read"], "id": a["id"], "name": a["name"], "num_procs": 4, "preread": a["preread"],
        "storage_stats": {"read_count_normalized": 3, "read_size_bytes": 4096, "write_count_normalized": 1, "write_size_bytes": 512},
        "cpu_stats": {"cpu_usage": {"total_usage": 50, "usage_in_kernelmode": 20, "usage_in_usermode": 30}},
        "memory_stats": {"commitbytes": 8192, "privateworkingset": 4096}}), container=container_id(1))
    d = meter(engine.path).wait_ready()
    d.page().check_form()
