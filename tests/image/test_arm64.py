"""The program for arm64, emulated, on the real Engine: it serves the page that the one for this machine serves."""
import subprocess
from pathlib import Path

import pytest

from elf import assert_of_no_build, assert_read_only, assert_sizes_add_up, assert_static_pie, assert_watched, readelf
from page import figures, sources
from realengine import SLEEP
from releasedimage import version, write_archive
from support import DIE_WITH_US, ROOT, clean_env, dockmeter, end, free_port, request, run, wait_for

EMULATOR = "/usr/bin/qemu-aarch64-static"
MAX_BYTES = 6_500_000


@pytest.fixture(scope="module")
def program(builds):
    print(builds["arm64"].done())
    return ROOT / "build/static-arm64/dockmeter"


@pytest.fixture
def emulated(program, engine, tmp_path):
    """Its page's port."""
    port = free_port()
    with open(tmp_path / "log", "wb") as log:
        process = subprocess.Popen([*DIE_WITH_US, EMULATOR, program, "--server.port", str(port), "--server.address", "127.0.0.1",
                                    "--docker.host", f"unix://{engine.socket}"], stdout=log, stderr=log, env=clean_env())
    try:
        wait_for(lambda: request(port, "/ready").status == 200, what="the Engine to be reached")
        yield port
    finally:
        end(process)
    assert process.returncode == 0, (tmp_path / "log").read_text()


def page_of(port):
    from page import Page
    answer = request(port, "/metrics")
    assert answer.status == 200
    return Page(answer.text)


def test_it_is_small_and_for_arm64(program):
    assert program.stat().st_size <= MAX_BYTES
    assert "AArch64" in readelf(program, "-h")
    assert_sizes_add_up(program.parent)


def test_it_is_as_hard_as_the_one_of_this_machine(program):
    """Another linker has made it, for kernels whose pages are up to 64 kB."""
    assert_static_pie(program)
    assert_read_only(program, 1 << 16)
    assert_watched(program.parent / "meson/dockmeter", "aarch64-linux-gnu")
    assert_of_no_build(program)


def test_it_is_the_same_version(program):
    there = subprocess.run([EMULATOR, program, "version"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert there.split()[:2] == run("version").stdout.split()[:2]


def test_the_page_is_the_one_of_this_machine(emulated, engine, tmp_path):
    with engine.passing(Cmd=SLEEP) as start, dockmeter(tmp_path, engine.socket) as native:
        start("measured", HostConfig={"Memory": 64 << 20})
        native.wait_ready()

        def same():
            there, here = page_of(emulated), native.page()
            assert there.value("exporter_up") == 1 and sources(there) == sources(here)
            assert there.names() == here.names() and there.types == here.types
            assert figures(there, "measured") == figures(here, "measured")
            return True
        wait_for(same, interval=0.2, what="the same page on both")
        assert sources(native.page()).get("kernel")


def test_its_image_says_so(program, engine, image, tmp_path):
    archive = write_archive(tmp_path / "arm64.tar", "--arch", "arm64", "--version", "arm64", static=Path(program).parent)
    engine.docker("load", "-q", "-i", archive)
    engine.docker("tag", f"dockmeter:{version()}", image)  # the latest was the archive's for a moment
    assert engine.docker("image", "inspect", "-f", "{{.Os}}/{{.Architecture}}", "dockmeter:arm64").strip() == "linux/arm64"
