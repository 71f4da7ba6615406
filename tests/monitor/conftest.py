"""Fixtures: a private Engine with containers to which something happens all the time, a Dockmeter, a Prometheus.

The Engine, its 22 kinds of container and the Dockmeter are those of tests/e2e.
"""
import contextlib

import pytest

from happenings import busy_disk, start_happenings
from machine import Machine, MachineUnavailable
from prometheus import Prometheus, jobs_for
from realengine import Engine, cannot, started
from support import dockmeter, pytest_configure, wait_for  # noqa: F401

MEASURE_DISKS = ("--collection.collectors.disk", "--collection.disk_interval", "10s")


@pytest.fixture(scope="session")
def engine():
    """The private Engine with the 22 kinds of container and those of happenings.py."""
    with started(Engine()) as e:
        e.create_kinds()
        start_happenings(e)
        yield e


@pytest.fixture(scope="session")
def native(engine, tmp_path_factory):
    """A Dockmeter on the Engine that measures disk usage too: all profiles by their parameter."""
    with dockmeter(tmp_path_factory.mktemp("dockmeter"), engine.socket, *MEASURE_DISKS) as d:
        yield d.wait_ready()


@pytest.fixture(scope="session")
def start_prometheus(tmp_path_factory):
    """start_prometheus(jobs, rules=paths, **config) gives a Prometheus; all are ended with the tests."""
    with contextlib.ExitStack() as stack:
        def start(jobs, **more):
            server = Prometheus(tmp_path_factory.mktemp("prometheus"), jobs, **more)
            stack.callback(server.close)
            return server
        yield start


@pytest.fixture(scope="session")
def prometheus(native, start_prometheus):
    """A Prometheus without rules that has scraped every profile for a while, percentages too."""
    server = start_prometheus(jobs_for(native.port)).wait_scraped()
    wait_for(lambda: server.query("container_cpu_usage_percent") and server.query("container_cpu_percent"), 120, 0.5,
             "the percentages of each profile")
    return server


@pytest.fixture(scope="session")
def prometheus_for_cadvisor(engine, start_prometheus, tmp_path_factory):
    """A Prometheus with the job that people have for cAdvisor, on a Dockmeter that stands in for it."""
    with dockmeter(tmp_path_factory.mktemp("cadvisor"), engine.socket, "--preset", "cadvisor",
                   *MEASURE_DISKS) as d:
        target = {"job_name": "cadvisor", "static_configs": [{"targets": [f"127.0.0.1:{d.port}"]}]}
        yield start_prometheus([target]).wait_scraped(5)


@pytest.fixture(scope="session")
def prometheus_cgroup2(start_prometheus, tmp_path_factory):
    """A Prometheus that scrapes a Dockmeter in the virtual machine, where a container keeps its disk busy."""
    try:
        machine = Machine(tmp_path_factory.mktemp("machine"))
    except MachineUnavailable as e:
        cannot(e)
    try:
        machine.engine.load_busybox()
        machine.engine.run("disk", **busy_disk())
        meter = machine.start_meter("--docker.host", "unix:///run/docker.sock")
        slowly = {"scrape_interval": "5s", "scrape_timeout": "5s"}
        yield start_prometheus([{**job, **slowly} for job in jobs_for(meter.port)]).wait_scraped(2, 300)
    finally:
        machine.close()


@pytest.fixture
def container(engine):
    """container(name, **config) starts one; all are removed at the end."""
    names = []

    def start(name, **config):
        names.append(name)
        return engine.run(name, **config)
    yield start
    for name in names:
        if name in engine.ids:
            engine.remove(name)
