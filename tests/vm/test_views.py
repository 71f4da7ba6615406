"""Dockmeter where it does not see the host as it is: in containers, and beside an Engine without controllers."""
import pytest

from figures import ROWS
from machine import BARE_ENGINE, GuestEngine, GuestMeter
from rounds import Round, check, from_files, from_page
from support import wait_for
from workloads import LIVE, OWN_NETWORK, SLEEP, sh

SOCKET = "/run/docker.sock:/var/run/docker.sock"
HOST = ["/proc:/host/proc:ro", "/sys/fs/cgroup:/host/sys/fs/cgroup:ro"]
BARE = "/run/bare"


@pytest.fixture
def contained(vm, container, image, workloads):
    """contained(cgroup namespace, mounts) gives a Dockmeter that is a container itself."""
    def start(namespace, mounts):
        port = vm.free_meters.pop(0)
        container(f"meter{port}", Image=image, Cmd=["/bin/dockmeter", "serve", "--server.port", str(port)],
                  HostConfig={"NetworkMode": "host", "CgroupnsMode": namespace, "Binds": [SOCKET, *mounts]})
        return GuestMeter(vm, port, f"docker logs meter{port}").wait_ready()
    return start


@pytest.mark.parametrize("namespace", ["private", "host"])
def test_in_a_container_with_the_hosts_folders(contained, workloads, vm, namespace):
    """In a cgroup namespace of its own the host's paths begin with /../ and the figures are the same."""
    meter = contained(namespace, HOST)
    assert meter.page().value("exporter_containers", source="kernel") == len(LIVE) + 1
    rounds = [Round(from_files(workloads.files()), from_page(meter.page()), from_files(workloads.files()))
              for _ in range(4)]
    for row in ROWS:
        check(row, OWN_NETWORK if row.own_network else LIVE, rounds)


def test_in_a_container_without_them(contained, workloads):
    """It must not take its own /proc for the host's: the API is asked, and the log says so."""
    meter = contained("private", [])
    rounds = [Round(from_files(workloads.files()), from_page(meter.page()), from_files(workloads.files()))
              for _ in range(2)]
    page = meter.page()
    assert page.value("exporter_containers", source="engine") == len(LIVE) + 1
    assert page.get("exporter_containers", source="kernel") in (None, 0)
    for row in ROWS:
        if row.api:
            check(row, OWN_NETWORK if row.own_network else LIVE, rounds)
    assert "/host" in meter.log(), "the log does not say what to mount"


@pytest.fixture(scope="module")
def bare(vm):
    """A second Engine, in a cgroup namespace that has no controllers: as in LXC without delegation."""
    vm.run(f"setsid /in/bare-engine {BARE} {BARE_ENGINE} >/run/log/bare-dockerd 2>&1 </dev/null &")
    engine = GuestEngine(vm.ports[BARE_ENGINE])
    wait_for(lambda: engine.api("GET", "/_ping"), 120, 0.2, "the second Engine to answer")
    engine.load_busybox()
    engine.run("bare", **sh(SLEEP))
    return engine


def test_without_controllers(vm, bare):
    """What cannot be told is absent, not zero; the CPU time is told; the log says why."""
    meter = vm.start_meter("--docker.host", f"unix://{BARE}/docker.sock")
    pid = bare.inspect("bare")["State"]["Pid"]
    path = vm.run(f"cat /proc/{pid}/cgroup").strip().partition("::")[2]
    assert path.startswith("/bare/inner/") and bare.ids["bare"] in path
    files = vm.files(f"/sys/fs/cgroup{path}/*")
    assert f"/sys/fs/cgroup{path}/memory.current" not in files and f"/sys/fs/cgroup{path}/cpu.stat" in files
    page = meter.page()
    assert page.value("container_cpu_usage_seconds_total", container_name="bare") > 0
    told = page.families_of("bare")
    assert not {family for family in told if family.startswith(("container_memory_", "container_pids_"))}
    assert "controllers" in meter.log()
