"""Fixtures: the virtual machine (once for all tests), its containers, Dockmeters in it.

Without the machine the tests are skipped with the reason, but never in CI.
"""
import os

import pytest

from machine import Machine, MachineUnavailable
from support import pytest_configure, wait_for  # noqa: F401
from workloads import Workloads

LOCAL = ("--docker.host", "unix:///run/docker.sock")


@pytest.fixture(scope="session")
def vm(tmp_path_factory, request):
    machine = None
    try:
        machine = request.config.machine = Machine(tmp_path_factory.mktemp("vm"))
        machine.engine.load_busybox()
        yield machine
    except MachineUnavailable as e:
        if os.environ.get("CI") == "true":
            pytest.fail(f"no virtual machine can be started here: {e}", pytrace=False)
        pytest.skip(f"no virtual machine can be started here: {e}")
    finally:
        if machine is not None:
            machine.close()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    """The first failure's report ends with what the machine said."""
    outcome = yield
    report = outcome.get_result()
    machine = getattr(item.config, "machine", None)
    if report.failed and machine is not None and machine.alive():
        item.config.machine = None
        report.sections.append(("the machine's console", machine.console()))
        report.sections.append(("logs in the machine", machine.logs()))


@pytest.fixture(scope="session")
def engine(vm):
    return vm.engine


@pytest.fixture(scope="session")
def workloads(vm):
    return Workloads(vm)


@pytest.fixture(scope="session")
def by_kernel(vm):
    """A Dockmeter beside the Engine that reads the kernel's files only."""
    return vm.start_meter(*LOCAL, "--collection.source", "kernel", "--collection.resync", "1h")


@pytest.fixture(scope="session")
def by_engine(vm):
    """A Dockmeter beside the Engine that uses its API only."""
    return vm.start_meter(*LOCAL, "--collection.source", "engine")


@pytest.fixture(scope="session")
def image(vm):
    """The program as a container's image: the folder that came with the machine."""
    vm.run("tar -C /in/dockmeter -c . | docker import - dockmeter")
    return "dockmeter"


@pytest.fixture
def container(engine):
    """container(name, **config) starts one; all are removed at the end."""
    with engine.passing() as run:
        yield run


@pytest.fixture(scope="session")
def soon():
    """soon(condition, what): awaits what events bring about; without them it would take an hour."""
    return lambda condition, what: wait_for(condition, interval=0.05, what=what)
