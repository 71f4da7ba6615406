"""Dockmeter in a container of the real Engine, with and without the host's /proc and /sys/fs/cgroup in it."""
import contextlib
import os
import re
import subprocess

import pytest

from page import figures, sources
from realengine import LIVE
from support import request, wait_for

SETTLED = LIVE - {"burner", "healthy", "unhealthy", "starting"}


@pytest.fixture
def inside(engine, meter_image):
    """inside(binds, cgroupns, *args) runs a Dockmeter in a container; gives (host, port) of its page."""
    started = []

    def start(binds, cgroupns, *args, **host):
        name = f"meter{len(started)}"
        started.append(name)
        engine.run(name, Image=meter_image, Cmd=["/dockmeter", "serve", "--docker.host", "unix:///docker.sock",
                                           "--server.address", "0.0.0.0", "--server.port", "9000", *args],
                   HostConfig=dict({"Binds": [f"{engine.socket}:/docker.sock", *binds], "CgroupnsMode": cgroupns}, **host))
        address = engine.inspect(name)["NetworkSettings"]["IPAddress"]
        try:
            wait_for(lambda: request((address, 9000), "/ready").status == 200)
        except AssertionError:
            print(logs(engine, name))
            raise
        return (address, 9000)
    yield start
    for name in started:
        with contextlib.suppress(AssertionError):
            print(logs(engine, name)[-3000:])
        engine.remove(name)


def logs(engine, name):
    """What it wrote, with the Engine's frames in between."""
    return engine.api("GET", f"/containers/{name}/logs?stdout=1&stderr=1").decode(errors="replace")


def page_of(target):
    from page import Page
    answer = request(target, "/metrics")
    assert answer.status == 200
    return Page(answer.text)


def by_source(page):
    return {source: n for source, n in sources(page).items() if source != "none"}


def families(page, name):
    return {family for family, _ in figures(page, name)}


HOSTS = [("/host", []), ("/rootfs", []), ("/elsewhere", ["--collection.host_root", "/elsewhere"])]


@pytest.mark.parametrize("cgroupns", ["private", "host"])
@pytest.mark.parametrize("root,args", HOSTS if os.environ.get("CI") == "true" else HOSTS[:1])
def test_with_the_hosts_files(engine, native, inside, root, args, cgroupns):
    """Paths begin with /../ in a cgroup namespace of its own; all the same containers are read all the same."""
    target = inside([f"/proc:{root}/proc:ro", f"/sys/fs/cgroup:{root}/sys/fs/cgroup:ro"], cgroupns, *args)

    def equal():
        here, there = native.page(), page_of(target)
        assert set(by_source(there)) == {"kernel"} and by_source(there) == by_source(here), (sources(here), sources(there))
        for name in SETTLED:
            assert figures(there, name) == figures(here, name), name
        return True
    wait_for(equal, interval=0.2, what="the same figures inside and outside")
    assert figures(page_of(target), "meter0"), "itself too"


@pytest.mark.parametrize("cgroupns", ["private", "host"])
def test_without_them_it_asks_the_engine(engine, native, inside, cgroupns):
    target = inside([], cgroupns)
    page = wait_for(lambda: (p := page_of(target)) and set(by_source(p)) == {"engine"} and p)
    here = native.page()
    for name in SETTLED:
        assert families(page, name) and families(page, name) <= families(here, name), name
    told = [line for line in logs(engine, "meter0").splitlines() if "warn" in line]
    assert any("/proc" in line and "/sys/fs/cgroup" in line for line in told), "the remedy"


def test_only_half_of_them(engine, inside):
    """The cgroups without the processes: nothing can be believed, so the Engine is asked."""
    target = inside(["/sys/fs/cgroup:/host/sys/fs/cgroup:ro"], "private")
    wait_for(lambda: set(by_source(page_of(target))) == {"engine"})


DISK = ("--collection.collectors.disk=true", "--metrics.profile", "cadvisor")


def disk_page(target):
    return wait_for(lambda: (p := page_of(target)).all("container_fs_usage_bytes", name="web") and p)


def test_the_hosts_disks_with_its_root_mounted(engine, inside):
    target = inside(["/:/rootfs:ro"], "private", *DISK)
    page = disk_page(target)
    out = subprocess.run(["df", "-B1", "--output=source,size", str(engine.folder)], capture_output=True, text=True, check=True)
    device, size = out.stdout.splitlines()[1].split()
    assert page.value("container_fs_limit_bytes", name="web", device=device) == int(size)
    assert page.value("container_fs_limit_bytes", id="/", device=device) == int(size)


def test_the_hosts_disks_without_it_are_absent(inside):
    """Of its own mounts it knows the host's devices; they are not taken for what was asked."""
    page = disk_page(inside(["/proc:/host/proc:ro", "/sys/fs/cgroup:/host/sys/fs/cgroup:ro"], "private", *DISK))
    assert page.value("container_fs_usage_bytes", name="web", device="") > 0
    assert not page.all("container_fs_limit_bytes")


def test_the_engine_alone_with_everything_mounted(inside):
    target = inside(["/proc:/host/proc:ro", "/sys/fs/cgroup:/host/sys/fs/cgroup:ro"], "private", "--collection.source", "engine")
    assert set(by_source(page_of(target))) == {"engine"}


def test_with_the_hosts_pids_and_nothing_mounted(engine, inside):
    """`pid: host` shows the processes, not their cgroups."""
    target = inside([], "private", PidMode="host")
    page = wait_for(lambda: (p := page_of(target)) and figures(p, "web") and p)
    assert page.value("container_pids_current", container_name="web") == 1


def test_commands_beside_it_mean_it(engine, inside):
    """Its flags are those of process 1, which `docker exec` and a health check do not hand over."""
    inside([], "private")

    def said(*command):
        return engine.docker("exec", "meter0", "/dockmeter", *command)
    assert said("healthcheck") == "healthy\n"
    assert "exporter_up 1\n" in said("scrape")
    assert "\nweb " in said("top", "--once")
    assert re.search(r"port: 9000 .*flag", said("config"))
    assert re.search(r"port: 9001 .*flag", said("config", "--server.port", "9001")), "its own flags go before"
    assert re.search(r"port: 9200 .*default", said("config", "--server.address", "0.0.0.0"))
