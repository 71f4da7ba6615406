"""Fixtures: the released image on a private Engine, what builds beside the tests; the rest are those of tests/e2e."""
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import debianbase
from certs import Certs
from realengine import Engine, started
from releasedimage import load_released
from support import ROOT, end, free_port, pytest_configure  # noqa: F401

# Its name is this file's too.
spec = importlib.util.spec_from_file_location("fixtures", ROOT / "tests/e2e/conftest.py")
fixtures = sys.modules["fixtures"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fixtures)
fake, hostroot, meter = fixtures.fake, fixtures.hostroot, fixtures.meter

SLOW_BUILDS = ("test_arm64", "test_build")


def pytest_collection_modifyitems(items):
    """What waits for a build comes last."""
    items.sort(key=lambda item: max([SLOW_BUILDS.index(name) + 1 for name in SLOW_BUILDS if name in item.nodeid], default=0))


class Build:
    """A command that works beside the tests; done() waits for its end."""

    def __init__(self, log, *command):
        self.log = Path(log)
        with open(log, "wb") as out:
            self.process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=out, stdin=subprocess.DEVNULL)

    def done(self, timeout=500):
        code = self.process.wait(timeout)
        assert code == 0, self.log.read_text(errors="replace")[-3000:]
        return self.log.read_text(errors="replace")


def clone(folder):
    """A clone of this tree's commit, with what is not committed yet laid over it."""
    subprocess.run(["git", "-c", "advice.detachedHead=false", "clone", "-q", "--no-hardlinks", ROOT, folder], check=True, timeout=60)
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"], check=True,
                           capture_output=True, timeout=60).stdout.decode().split("\0")
    there = "\0".join(name for name in names if name and (ROOT / name).exists())
    tar = subprocess.run(["tar", "-C", ROOT, "--null", "-T", "-", "-c"], input=there.encode(), capture_output=True, check=True, timeout=60)
    subprocess.run(["tar", "-C", folder, "-x"], input=tar.stdout, check=True, timeout=60)
    return Path(folder)


@pytest.fixture(scope="session", autouse=True)
def builds(tmp_path_factory, request):
    """What the last tests need, at work from the beginning: one after the other, since others work too."""
    folder = tmp_path_factory.mktemp("builds")
    wanted = {Path(item.path).stem for item in request.session.items}
    started_here = {}
    if "test_build" in wanted:
        clone(folder / "clone")
    if "test_arm64" in wanted:
        started_here["arm64"] = Build(folder / "arm64.log", "nice", ROOT / "tools/static", "--arch", "arm64")
    if "test_build" in wanted:
        started_here["base"] = Build(folder / "base.log", "nice", *debianbase.command())
    started_here["folder"] = folder
    yield started_here
    for build in started_here.values():
        if isinstance(build, Build):
            end(build.process)


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    """The server's certificate names engine.test too, whose address each test decides."""
    return Certs(tmp_path_factory.mktemp("certs"), names="DNS:localhost,DNS:engine.test,IP:127.0.0.1")


@pytest.fixture(scope="session")
def engine(certs):
    """A private Engine without containers, on a unix socket and on TCP with TLS."""
    port = free_port()
    with started(Engine("-H", f"tcp://0.0.0.0:{port}", *certs.engine_flags())) as e:
        e.tls_port = port
        yield e


@pytest.fixture(scope="session")
def image(engine, tmp_path_factory):
    """The name of the released image."""
    return load_released(engine, tmp_path_factory.mktemp("image"))
