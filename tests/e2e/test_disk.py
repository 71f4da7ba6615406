"""Disk usage: measured in the background, one request at a time, off unless it is asked for."""
import contextlib
import json
import os
import re
import subprocess
import time

import pytest

from fakeengine import Body, Hang, container_id
from podmanengine import Podman
from realengine import cannot, started
from recordproxy import RecordingProxy
from support import run, wait_for

ON = ("--collection.collectors.disk=true",)
OFTEN = (*ON, "--collection.disk_interval", "10s")
MIB = 1 << 20
DF = r"^/(v[\d.]+/)?system/df"


def measured(d, after=0.0, timeout=60):
    """A page whose measurement began after that Unix time."""
    def there():
        page = d.page()
        return (page.get("docker_disk_measured_time_seconds") or 0) > after and page
    return wait_for(there, timeout, 0.2, f"a measurement after {after}")


# What it costs the Engine.
def test_off_by_default_nothing_is_asked(fake, meter):
    engine = fake(containers=3)
    d = meter(engine.path).wait_ready()
    for _ in range(20):
        page = d.page()
    assert engine.asked()["df"] == 0
    assert not [name for name in page.names() if "disk" in name or "fs_usage" in name], page.names()
    assert not page.all("exporter_scrape_errors_total", collector="disk")


def test_scrapes_ask_nothing(fake, meter):
    engine = fake(containers=3)
    d = meter(engine.path, *ON, "--collection.disk_interval", "1h").wait_ready()
    page = measured(d)
    assert engine.asked()["df"] == 1
    for n in range(100):
        page = d.page("/metrics?profile=cadvisor" if n % 10 else "/metrics?collect[]=disk")
    page = d.page()
    assert engine.asked()["df"] == 1
    assert page.value("container_disk_rw_bytes", container_name="c0002") == 2000
    assert page.value("container_disk_rootfs_bytes", container_name="c0002") == 7000
    assert page.value("docker_disk_usage_bytes", type="containers") == 6000
    assert page.value("exporter_engine_requests_total", endpoint="df", code="200") == 1
    assert page.value("exporter_scrape_errors_total", collector="disk") == 0
    assert page.value("exporter_scrape_duration_seconds", collector="disk") > 0


def test_figures_go_with_their_container(fake, meter):
    engine = fake(containers=3)
    d = meter(engine.path, *ON, "--collection.disk_interval", "1h").wait_ready()
    measured(d)
    engine.remove(container_id(2))
    engine.add(9, "c0002")
    page = wait_for(lambda: (p := d.page()).get("container_last_seen", container_name="c0002") and
                    not p.all("container_disk_rw_bytes", container_name="c0002") and p)
    assert page.value("container_disk_rw_bytes", container_name="c0001") == 1000


# An Engine that hangs, refuses, goes away.
def test_one_that_hangs_hinders_no_scrape(fake, meter):
    engine = fake(containers=3)
    engine.spoil("df", Hang())
    d = meter(engine.path, *OFTEN).wait_ready()
    wait_for(lambda: engine.active["df"] == 1, what="a df under way")
    for _ in range(20):
        page = d.page()
        assert page.containers() == {"c0001", "c0002", "c0003"}
    assert engine.asked()["df"] == 1 and not page.all("docker_disk_usage_bytes")
    engine.spoil("ping", Hang())
    wait_for(lambda: engine.active["df"] == 0, what="the df to be given up with the Engine")
    assert d.page().value("exporter_up") == 0
    engine.heal()
    measured(d)
    assert engine.peak["df"] == 1


def test_an_engine_that_restarts_is_measured_again(fake, meter):
    engine = fake(containers=3)
    engine.spoil("df", Hang())
    d = meter(engine.path, *OFTEN).wait_ready()
    wait_for(lambda: engine.active["df"] == 1)
    engine.stop()
    wait_for(lambda: d.page().value("exporter_up") == 0)
    engine.heal()
    engine.start()
    page = measured(d)
    assert page.value("docker_disk_usage_bytes", type="images") == 5000


def test_an_answer_that_is_none_is_counted_and_tried_again(fake, meter):
    engine = fake(containers=3)
    engine.spoil("df", Body(b'{"Containers":[{]}'), times=1)
    d = meter(engine.path, *OFTEN).wait_ready()
    page = measured(d)
    assert page.value("exporter_scrape_errors_total", collector="disk") == 1
    assert page.value("exporter_engine_requests_total", endpoint="df", code="malformed") == 1
    assert any("disk usage" in line.get("reason", "") for line in d.log_lines())


def test_one_that_fails_is_tried_again_before_the_interval(fake, meter):
    """As at the start of a compose file, where the proxy answers but the Engine behind it does not yet."""
    engine = fake(containers=3)
    engine.spoil("df", Body(b"the Engine is not there yet", 503), times=1)
    d = meter(engine.path, *ON, "--collection.disk_interval", "1h").wait_ready()
    assert measured(d).value("exporter_scrape_errors_total", collector="disk") == 1
    assert engine.asked()["df"] == 2 and engine.peak["df"] == 1


def test_one_that_failed_is_tried_again_when_the_engine_is_back(fake, meter):
    engine = fake(containers=3)
    engine.spoil("df", Body(b"the Engine is not there yet", 503))
    d = meter(engine.path, *ON, "--collection.disk_interval", "1h").wait_ready()
    wait_for(lambda: d.page().get("exporter_scrape_errors_total", collector="disk"))
    engine.stop()
    wait_for(lambda: d.page().value("exporter_up") == 0)
    engine.heal()
    engine.start()
    measured(d)


def test_a_proxy_that_refuses_is_told_once_by_its_flag(fake, meter, tmp_path):
    engine = fake(containers=2)
    with RecordingProxy(tmp_path / "proxy.sock", engine.path) as proxy:
        proxy.refused = DF
        d = meter(proxy.listen, *OFTEN).wait_ready()
        page = wait_for(lambda: (p := d.page()).get("exporter_scrape_errors_total", collector="disk") == 2 and p)
        assert page.containers() == {"c0001", "c0002"} and not page.all("container_disk_rw_bytes")
        told = [line["reason"] for line in d.log_lines() if "SYSTEM=1" in line.get("reason", "")]
        assert len(told) == 1, told
        done = run("check", "--docker.host", f"unix://{proxy.listen}", *ON)
        assert re.search(r"/system/df.*SYSTEM=1", done.stdout), done.stdout


def test_one_page_has_them(fake):
    engine = fake(containers=3)
    done = run("scrape", "--docker.host", f"unix://{engine.path}", *ON)
    assert 'docker_disk_usage_bytes{type="containers"} 6000' in done.stdout, done.stderr
    engine.spoil("df", Hang())
    done = run("scrape", "--docker.host", f"unix://{engine.path}", *ON, "--collection.timeout", "1s")
    assert done.returncode == 0 and "docker_images" in done.stdout and "docker_disk" not in done.stdout


def test_a_wrong_interval_is_refused():
    done = run("config", "--collection.disk_interval", "9s")
    assert done.returncode == 1 and "collection.disk_interval" in done.stderr and "10s" in done.stderr, done.stderr


# Against real Engines.
def as_docker_says(n):
    """1982354 as docker prints it: 1.982MB."""
    units = iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while n >= 1000:
        n, unit = n / 1000, next(units)
    return f"{n:.4g}{unit}"


def docker_df(engine):
    lines = engine.docker("system", "df", "--format", "{{json .}}").splitlines()
    return {row["Type"]: row["Size"] for row in map(json.loads, lines)}


KINDS = {"Images": "images", "Containers": "containers", "Local Volumes": "volumes", "Build Cache": "build_cache"}


def assert_as_docker(page, engine):
    assert {name: as_docker_says(page.value("docker_disk_usage_bytes", type=kind)) for name, kind in KINDS.items()} == \
        docker_df(engine)


def written(engine, name):
    """Waits for a container that writes and then sleeps."""
    wait_for(lambda: engine.command(name).startswith(b"sleep"), what=f"{name} to have written")


def test_what_a_container_writes_is_measured(second_engine, meter):
    engine = second_engine
    d = meter(engine.socket, *OFTEN).wait_ready()
    before = measured(d)
    engine.run("filler", Cmd=["sh", "-c", "dd if=/dev/zero of=/f bs=1M count=10; dd if=/dev/zero of=/v/g bs=1M count=3; "
                                          "exec sleep 100000"], HostConfig={"Binds": ["filled:/v"]})
    engine.create("idle", Cmd=["true"])
    try:
        written(engine, "filler")
        page = measured(d, time.time())
        image = before.value("docker_disk_usage_bytes", type="images")
        assert page.value("container_disk_rw_bytes", container_name="filler") == 10 * MIB
        assert page.value("container_disk_rootfs_bytes", container_name="filler") == 10 * MIB + image
        assert page.value("container_disk_rw_bytes", container_name="idle") == 0, "one that never ran"
        grown = {kind: page.value("docker_disk_usage_bytes", type=kind) - before.value("docker_disk_usage_bytes", type=kind)
                 for kind in KINDS.values()}
        assert grown == {"images": 0, "containers": 10 * MIB, "volumes": 3 * MIB, "build_cache": 0}
        assert_as_docker(page, engine)
        assert page.value("exporter_scrape_errors_total", collector="disk") == 0
    finally:
        engine.remove("filler")
        engine.remove("idle")
        engine.api("DELETE", "/volumes/filled?force=1")


@pytest.fixture
def podman():
    with started(Podman()) as engine:
        yield engine


def test_podman_tells_what_it_knows(podman, meter):
    podman.run("filler", Cmd=["sh", "-c", "dd if=/dev/zero of=/f bs=1M count=10; exec sleep 100000"])
    written(podman, "filler")
    page = measured(meter(podman.socket, *ON).wait_ready())
    rw = page.value("container_disk_rw_bytes", container_name="filler")
    assert 10 * MIB <= rw < 11 * MIB  # it counts links and folders too
    assert not page.all("docker_disk_usage_bytes", type="images"), "which it does not tell"
    assert page.value("docker_disk_usage_bytes", type="containers") >= rw


# The host's file systems.
@pytest.fixture
def loop_disk(tmp_path):
    """A file system of its own, small and quiet: (device, folder)."""
    image, folder = tmp_path / "disk.img", tmp_path / "disk"
    folder.mkdir()
    with open(image, "wb") as f:
        f.truncate(32 * MIB)
    for command in (["mkfs.ext4", "-q", image], ["mount", "-o", "loop", image, folder]):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False,
                              env=dict(os.environ, PATH="/usr/sbin:/sbin:" + os.environ["PATH"]))
        if done.returncode != 0:
            cannot(done.stderr, "no loop device can be mounted here")
    source = subprocess.run(["findmnt", "-no", "SOURCE", str(folder)], capture_output=True, text=True, check=True).stdout
    yield source.strip(), folder
    subprocess.run(["umount", str(folder)], check=True)


def df(folder):
    """(size, used) as df has it."""
    out = subprocess.run(["df", "-B1", "--output=size,used", str(folder)], capture_output=True, text=True, check=True).stdout
    return tuple(map(int, out.splitlines()[1].split()))


def test_file_systems_of_the_host(second_engine, meter, loop_disk):
    """cAdvisor's families, of the machine and of containers, as df has them."""
    device, folder = loop_disk
    d = meter(second_engine.socket, *OFTEN, "--metrics.profile", "cadvisor").wait_ready()

    def there():
        page = d.page()
        return page.get("container_fs_limit_bytes", id="/", device=device) and page
    page = wait_for(there)
    if "one" not in {labels["name"] for labels, _ in page.all("container_fs_usage_bytes")}:
        page = wait_for(lambda: (p := d.page()).all("container_fs_usage_bytes", name="one") and p)
    size, used = df(folder)
    assert page.value("container_fs_limit_bytes", id="/", device=device) == size
    assert page.value("container_fs_usage_bytes", id="/", device=device) == used
    (folder / "f").write_bytes(os.urandom(5 * MIB))
    os.sync()
    size, used = df(folder)
    wait_for(lambda: d.page().get("container_fs_usage_bytes", id="/", device=device) == used, interval=0.5, what="the new file")
    # Where the Engine's data are.
    source = subprocess.run(["df", "--output=source", str(second_engine.folder)], capture_output=True, text=True,
                            check=True).stdout.split()[-1]
    size, _ = df(second_engine.folder)
    assert page.value("container_fs_limit_bytes", id="/", device=source) == size
    assert page.value("container_fs_limit_bytes", name="one", device=source) == size
    assert page.value("container_fs_usage_bytes", name="one", device=source) == 0
    assert all(labels["device"].startswith("/dev/") for labels, _ in page.all("container_fs_limit_bytes"))


def test_without_the_kernel_the_device_is_not_made_up(second_engine, meter):
    d = meter(second_engine.socket, *ON, "--collection.source", "engine", "--metrics.profile", "cadvisor").wait_ready()
    page = wait_for(lambda: (p := d.page()).all("container_fs_usage_bytes", name="one") and p)
    assert page.value("container_fs_usage_bytes", name="one", device="") == 0
    assert not page.all("container_fs_limit_bytes") and not page.all("container_fs_usage_bytes", id="/")


def test_the_build_cache_counts(second_engine, meter, tmp_path):
    engine = second_engine
    (tmp_path / "Dockerfile").write_text("FROM busybox\nRUN dd if=/dev/zero of=/made bs=1M count=2\nCOPY Dockerfile /\n")
    done = subprocess.run(["/usr/bin/docker", "-H", f"unix://{engine.socket}", "build", "-q", "--network", "host", str(tmp_path)],
                          capture_output=True, text=True, check=False, timeout=120,
                          env={"PATH": os.environ["PATH"], "DOCKER_BUILDKIT": "1", "HOME": str(tmp_path)})
    if done.returncode != 0:
        cannot(done.stderr[-300:], "this Engine does not build here")
    image = done.stdout.strip()
    try:
        d = meter(engine.socket, *ON).wait_ready()
        page = measured(d)
        assert_as_docker(page, engine)
        engine.docker("rmi", image)
        d = meter(engine.socket, *ON).wait_ready()
        page = measured(d)
        assert page.value("docker_disk_usage_bytes", type="build_cache") >= 2 * MIB, "no longer shared with an image"
        assert_as_docker(page, engine)
    finally:
        with contextlib.suppress(AssertionError):
            engine.docker("builder", "prune", "-af")
