"""Fixtures: the real private Engine (once for all tests), fake Engines, Dockmeters on either."""
import contextlib
import os
import shutil
import tempfile

import pytest

from certs import Certs
from fakeengine import FakeEngine, replay
from hostroot import HostRoot
from meterimage import load_meter
from page import wait_for_facts
from realengine import SLEEP, Engine, started
from reloading import Reloading
from support import Dockmeter, dockmeter, free_port, pytest_configure, wait_for  # noqa: F401


@pytest.fixture(scope="session")
def certs(tmp_path_factory):
    return Certs(tmp_path_factory.mktemp("certs"))


@pytest.fixture(scope="session")
def engine(certs):
    """The private Engine with its 22 kinds of container, on a unix socket and on TCP with TLS."""
    port = free_port()
    with started(Engine("-H", f"tcp://127.0.0.1:{port}", *certs.engine_flags())) as e:
        e.tls_port = port
        e.create_kinds()
        yield e


@pytest.fixture(scope="module")
def second_engine():
    """Another private Engine, with two containers, that tests may stop, kill and start again."""
    with started(Engine()) as e:
        for name in ("one", "two"):
            e.run(name, Cmd=["sleep", "100000"], StopSignal="SIGKILL", HostConfig={"RestartPolicy": {"Name": "always"}})
        yield e


@pytest.fixture
def extra(engine):
    """extra(name, **config) runs a container, an idle one if not told otherwise; it is removed at the end."""
    with engine.passing(Cmd=SLEEP) as run:
        yield run


@pytest.fixture(scope="session")
def meter_image(engine):
    """The program under test as an image without an entry point."""
    return load_meter(engine, entrypoint=False)


@pytest.fixture(scope="session")
def native_process(engine, tmp_path_factory):
    """The Dockmeter that `native` is."""
    with dockmeter(tmp_path_factory.mktemp("native"), engine.socket) as d:
        d.wait_ready()
        wait_for_facts(d)
        yield d


@pytest.fixture(scope="module")
def native(native_process, engine):
    """A Dockmeter on the real Engine with nothing configured, for tests that only read; it has seen that what
    other files made is gone."""
    wait_for(lambda: native_process.page().containers() == engine.names(), what="the containers that there are")
    return native_process


@pytest.fixture
def meter(tmp_path):
    """meter(host, *args, **kwargs) starts a Dockmeter; all are ended and checked at the end."""
    started_here = []

    def start(host, *args, **kwargs):
        d = Dockmeter(tmp_path, host, *args, **kwargs)
        started_here.append(d)
        return d
    yield start
    try:
        for d in started_here:
            d.stop()
    finally:
        for d in started_here:
            d.kill()
            print(f"--- log of {' '.join(d.argv[1:])}\n{d.log()[-3000:]}")


@pytest.fixture
def reloading(meter, tmp_path):
    """reloading(host, text, *args, **kwargs) starts one with a configuration file that may be changed; None: without."""
    return lambda host, text="", *args, **kwargs: Reloading(meter, tmp_path, host, text, *args, **kwargs)


@pytest.fixture
def fake(tmp_path):
    """fake(containers=…, api=…, version=…) starts a fake Engine; all are stopped at the end."""
    with contextlib.ExitStack() as stack:
        def start(**kwargs):
            path = kwargs.pop("path", tmp_path / f"engine{len(stack._exit_callbacks)}.sock")
            return stack.enter_context(FakeEngine(path, **kwargs))
        yield start


@pytest.fixture
def hostroot():
    """hostroot(mode) makes up a host root, in memory where that is possible; all are removed at the end."""
    folders = []

    def make(mode="v2"):
        folders.append(tempfile.mkdtemp(prefix="dm-host-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
        os.chmod(folders[-1], 0o755)
        return HostRoot(f"{folders[-1]}/root", mode)
    yield make
    for folder in folders:
        shutil.rmtree(folder)


@pytest.fixture
def recorded(tmp_path):
    """recorded(folder of tests/data) gives a fake Engine with a real one's recorded answers."""
    with contextlib.ExitStack() as stack:
        yield lambda folder: stack.enter_context(replay(tmp_path / "recorded.sock", folder))
