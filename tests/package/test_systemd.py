"""The Debian package in the virtual machine: systemd is the first process there and starts Docker's own service.

One story, from the installation to the purge, and then the archive's program by the lines of its page.
"""
import re

import pytest

from debs import NEXT, deb, next_version, tarball
from machine import SERVICE, GuestMeter, Machine, MachineUnavailable
from support import ROOT, wait_for
from workloads import SLEEP, sh

DPKG = "/usr/bin/dpkg"  # the file service's shell has one of its own
CONFIG = "/etc/dockmeter/dockmeter.yaml"
DROP_IN = "/run/systemd/system/dockmeter.service.d"
MAX_EXPOSURE = 2.0
NOT_OURS = r"/(var/lib/(dpkg|docker|containerd)/|var/log/|var/cache/|tmp/|root/|etc/(\.pwd\.lock|(passwd|group|shadow|gshadow)-?$))"
# Of the reading process itself, and of how long it has been running.
OWN = re.compile(r"exporter_|process_|cadvisor_version_info")


class Service:
    """dockmeter.service in the machine."""

    def __init__(self, machine):
        self.machine = machine
        self.meter = GuestMeter(machine, SERVICE, "journalctl --no-pager -u dockmeter")

    def run(self, command, check=True):
        return self.machine.run(command, check)

    def show(self, name):
        return self.run(f"systemctl show --property={name} --value dockmeter").strip()

    def await_active(self):
        """Running, ready, and its Engine answers."""
        wait_for(lambda: self.show("ActiveState") == "active", interval=0.5, what="the unit to be active")
        self.meter.wait_ready()


def by_the_kernel(service):
    """The page, once it has both containers' figures from the kernel: the first one does not wait long for inspects."""
    return wait_for(lambda: (p := service.meter.page()).value("exporter_containers", source="kernel") == 2 and p, interval=0.2,
                    what="both containers by the kernel")


def series(page):
    """Every series of containers and the machine, without values."""
    return {key for key in page.samples if not OWN.match(key[0])}


@pytest.fixture(scope="module")
def vm(tmp_path_factory, dist):
    folder = tmp_path_factory.mktemp("systemd")
    machine = None
    try:
        machine = Machine(folder, "--systemd", "--take", deb(dist), "--take", next_version(deb(dist), folder), "--take",
                          tarball(dist), "--take", "/usr/bin/install")
        machine.engine.load_busybox()
        machine.engine.run("networked", **sh(SLEEP, "default"))
        machine.engine.run("alone", **{**sh(SLEEP), "User": "1000"})
        yield machine
    except MachineUnavailable as e:
        pytest.fail(f"no virtual machine can be started here: {e}", pytrace=False)
    finally:
        if machine is not None:
            machine.close()


def root_disk(vm):
    """Every file on the root disk that the package could have left."""
    return {line for line in vm.run("find / -xdev").splitlines() if not re.match(NOT_OURS, line)}


@pytest.fixture(scope="module")
def before(vm):
    vm.run("ln -s /in/install /usr/bin/install")  # busybox has none
    return root_disk(vm)


@pytest.fixture(scope="module")
def service(vm, before, dist):
    vm.run(f"{DPKG} --install /in/{deb(dist).name}")
    return Service(vm)


def test_it_runs_once_it_is_installed(service):
    service.await_active()
    assert service.run("systemctl is-enabled dockmeter").strip() == "enabled"
    page = by_the_kernel(service)
    assert page.value("exporter_up") == 1
    log = service.meter.log()
    assert "dockmeter started" in log and "the kernel is read" in log


def test_it_has_no_rights_but_the_sockets_group(service):
    status = service.run(f"cat /proc/{service.show('MainPID')}/status")
    docker = service.run("sed -n 's/^docker:x:\\([0-9]*\\):.*/\\1/p' /etc/group").strip()
    uid = service.run("id -u dockmeter").strip()
    assert re.search(rf"^Uid:\t{uid}\t{uid}\t", status, re.M) and uid != "0"
    assert set(re.search(r"^Groups:\t(.*)$", status, re.M)[1].split()) == {docker, service.run("id -g dockmeter").strip()}
    assert re.search(r"^CapEff:\t0+$", status, re.M) and re.search(r"^CapBnd:\t0+$", status, re.M)


def test_the_sandbox(service):
    said = service.run("systemd-analyze --no-pager security dockmeter").strip().splitlines()[-1]
    print(said)
    assert float(re.search(r"level for dockmeter.service: ([0-9.]+)", said)[1]) <= MAX_EXPOSURE


@pytest.mark.parametrize("profile", ["native", "cadvisor"])
def test_the_page_is_the_one_that_root_gets(service, vm, profile):
    """The sandbox keeps no figure away."""
    root = vm.start_meter("--docker.host", "unix:///run/docker.sock")
    ours = f"/metrics?profile={profile}"
    names = {"native": "container_name", "cadvisor": "name"}[profile]
    assert service.meter.page(ours).value("container_memory_usage_bytes", **{names: "alone"}) > 0
    wait_for(lambda: root.page().value("docker_images") == 1 and root.page().value("exporter_containers", source="kernel") == 2,
             interval=0.2, what="all that root's Dockmeter asks for")
    assert series(service.meter.page(ours)) == series(root.page(ours))


def configure(service, text):
    service.run(f"printf '%s\\n' '{text}' >{CONFIG}")


def test_filters_work_without_writable_code(service):
    """A PCRE2 that makes machine code may not do so there."""
    configure(service, 'collection: {filters: {include: {names: ["^net(work|x)ed$"]}}}')
    service.run("systemctl restart dockmeter")
    service.await_active()
    assert {labels["container_name"] for labels, _ in service.meter.page().all("container_memory_usage_bytes")} == {"networked"}


def test_a_reload_reads_the_file_again(service):
    pid = service.show("MainPID")
    configure(service, 'collection: {filters: {include: {names: ["^alone$"]}}}')
    service.run("systemctl reload dockmeter")
    service.await_active()
    wait_for(lambda: service.meter.page().containers() == {"alone"}, interval=0.2, what="the other container's figures")
    assert service.show("MainPID") == pid and service.show("NRestarts") == "0"


def test_systemd_restarts_it_when_it_hangs(service):
    """Stopped, it tells the watchdog nothing."""
    service.run(f"mkdir -p {DROP_IN} && printf '[Service]\\nWatchdogSec=6\\n' >{DROP_IN}/test.conf && "
                "systemctl daemon-reload && systemctl restart dockmeter")
    service.await_active()
    pid = service.show("MainPID")
    service.run(f"rm -r {DROP_IN} && kill -STOP {pid}")
    wait_for(lambda: service.show("MainPID") not in (pid, "0"), interval=0.5, what="another process")
    service.await_active()
    assert "Watchdog timeout" in service.meter.log()


def test_an_upgrade_keeps_what_the_user_wrote(service):
    configure(service, "server: {metrics_path: /figures}")
    pid = service.show("MainPID")
    service.run(f"{DPKG} --force-confdef --force-confold --install /in/dockmeter_{NEXT}-1_amd64.deb")
    service.await_active()
    assert service.show("MainPID") != pid
    assert service.meter.get("/figures").status == 200, "the file that was kept is not read"
    assert "Of the next version" in service.run("cat /etc/default/dockmeter"), "a file that nobody changed stayed as it was"
    assert "Of the next version" in service.run(f"cat {CONFIG}.dpkg-dist")


def test_it_goes_without_a_rest(service, vm, before):
    service.run(f"{DPKG} --remove dockmeter")
    assert "metrics_path" in service.run(f"cat {CONFIG}"), "a removal is not to take the configuration"
    assert service.run("systemctl is-active dockmeter", check=False).strip() == "inactive"
    vm.run("setsid /usr/bin/setpriv --reuid dockmeter --regid dockmeter --clear-groups sleep 1000 >/dev/null 2>&1 </dev/null & echo $! >/run/holder")
    assert "currently used by process" in service.run(f"{DPKG} --purge dockmeter 2>&1"), "a user in use stays, and the package goes"
    vm.run("kill $(cat /run/holder); while [ -e /proc/$(cat /run/holder)/stat ]; do sleep 0.1; done; userdel dockmeter; groupdel dockmeter", check=False)
    assert root_disk(vm) - before == set()
    assert "dockmeter" not in vm.run("cat /etc/passwd /etc/group /etc/shadow", check=False)
    assert "docker:" in vm.run("cat /etc/group")
    assert vm.run("systemctl --no-pager --no-legend --all list-units 'dockmeter*'").strip() == ""
    assert "Package: dockmeter" not in vm.run("cat /var/lib/dpkg/status")


def lines_of_page(which):
    """The commands of a block of docs/install/binary.md, by what its first line begins with."""
    blocks = re.findall(r"^```\n(.*?)^```$", (ROOT / "docs/install/binary.md").read_text(), re.M | re.S)
    return next(block for block in blocks if block.startswith(which))


def test_the_archive_by_the_lines_of_its_page(vm, before, dist):
    name = tarball(dist).name
    top = name.removesuffix(".tar.gz")
    vm.run(f"tar -C /run -xzf /in/{name} && cd /run/{top} && set -e; {lines_of_page('install -m 755 dockmeter ')}")
    service = Service(vm)
    service.await_active()
    by_the_kernel(service)
    vm.run(f"set -e; {lines_of_page('systemctl disable')}")
    vm.run(f"cd /run/{top} && set -e; {lines_of_page('install -D')}{lines_of_page('cd /usr/local/share')}")
    assert {path for path in root_disk(vm) - before if "dockmeter" in path} == set()
