"""The files with one service: each on the kind of Engine that it is for, reached by the port that it publishes."""
import os
import subprocess

import pytest

from page import Page, sources
from podmanengine import Podman
from realengine import SLEEP, started
from releasedimage import load_released
from rootless import SUBUIDS, USER, Rootless
from stack import Stack, running
from support import free_port, process_status, request, wait_for

PATIENCE = 90  # a busy machine's Podman is slow
# Firewall, bridges and notes of Podman's network stay in namespaces of its own.
OWN_NETWORK = ["unshare", "--net", "--mount", "sh", "-c",
               'mount -t tmpfs none /var/lib/cni && ip link set lo up && exec "$0" "$@"']


class OwnNetwork(Podman):
    around = OWN_NETWORK


def page_of(get):
    """The page once the Engine answers."""
    return wait_for(lambda: (p := Page(get())).value("exporter_up") == 1 and p, PATIENCE)


def by_the_kernel(get):
    """The page once nothing is asked of the Engine: the first one does not wait long for inspects."""
    return wait_for(lambda: (p := page_of(get)) and sources(p).get("kernel", 0) >= 2 and not sources(p).get("engine") and p, PATIENCE)


def published(port):
    return lambda: request(port, "/metrics").text


def rights(container):
    """user, groups, capabilities of the process."""
    found = process_status(container["State"]["Pid"])
    assert found["NoNewPrivs"] == "1" and container["HostConfig"]["ReadonlyRootfs"]
    return int(found["Uid"].split()[0]), [int(gid) for gid in found["Groups"].split()], int(found["CapEff"], 16)


@pytest.fixture(scope="module")
def docker(engine):
    engine.run("idle", Cmd=SLEEP)
    return engine


@pytest.fixture(scope="module")
def podman(image_folder):
    made = not os.path.exists("/var/lib/cni")
    os.makedirs("/var/lib/cni", exist_ok=True)
    with started(OwnNetwork()) as e:
        load_released(e, image_folder)
        e.run("idle", Cmd=SLEEP)
        yield e
    if made:
        os.rmdir("/var/lib/cni")


@pytest.fixture(scope="module")
def rootless(image_folder):
    with started(Rootless()) as e:
        load_released(e, image_folder)
        e.run("idle", Cmd=SLEEP)
        yield e


@pytest.mark.parametrize("file, user", [("single.yaml", 65534), ("docker-desktop.yaml", 0)])
def test_on_docker(docker, file, user):
    port = free_port()
    stack = Stack(docker, file, DOCKER_SOCKET=docker.socket, DOCKMETER_PORT=port)
    with running(stack):
        page = by_the_kernel(published(port))
        assert sources(page)["kernel"] >= 2 and "idle" in page.containers()
        group = docker.socket.stat().st_gid
        assert rights(stack.container("dockmeter")) == (user, [group] if user else [0], 0)
        assert "server.user" not in stack.log("dockmeter")
        assert docker.docker("exec", f"{stack.project}_dockmeter_1", "dockmeter", "healthcheck").strip() == "healthy"
    assert stack.rest() == []


def test_on_podman(podman):
    port = free_port()
    stack = Stack(podman, "podman.yaml", DOCKER_SOCKET=podman.socket, DOCKMETER_PORT=port)

    def inside():
        line = ["nsenter", "--net", "-t", str(podman.process.pid), "curl", "-sS", "--max-time", "60",
                f"http://127.0.0.1:{port}/metrics"]
        done = subprocess.run(line, capture_output=True, text=True, timeout=90, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout
    with running(stack):
        page = by_the_kernel(inside)
        assert sources(page)["kernel"] == 2 and {"idle", "podman_dockmeter_1"} <= page.containers()
        user, _, capabilities = rights(stack.container("dockmeter"))
        assert (user, capabilities) == (0, 0) and "server.user" not in stack.log("dockmeter")


def test_on_rootless_docker(rootless):
    """Nobody in there is one of the user's sub-uids, which owns nothing, and has the socket's group."""
    port = free_port()
    stack = Stack(rootless, "rootless.yaml", XDG_RUNTIME_DIR=rootless.folder, DOCKMETER_PORT=port)
    with running(stack):
        assert "idle" in page_of(published(port)).containers()
        socket = rootless.socket.stat()
        assert socket.st_uid == USER and socket.st_mode & 0o777 == 0o660
        assert rights(stack.container("dockmeter")) == (SUBUIDS + 65534 - 1, [socket.st_gid], 0)
    assert stack.rest() == []


def test_as_root_on_rootless_docker(rootless):
    """Where there are too few sub-uids: root in there is the user."""
    rootless.run("meter", Image="dockmeter", Env=["DOCKMETER_SERVER_USER=0"], HostConfig={
        "Binds": [f"{rootless.socket}:/var/run/docker.sock:ro"], "CapDrop": ["ALL"], "ReadonlyRootfs": True,
        "SecurityOpt": ["no-new-privileges:true"]})
    wait_for(lambda: rootless.docker("exec", "meter", "dockmeter", "healthcheck"))
    assert rights(rootless.inspect("meter"))[::2] == (USER, 0) and b"server.user" not in rootless.api(
        "GET", "/containers/meter/logs?stdout=1&stderr=1")
    page = Page(rootless.docker("exec", "meter", "dockmeter", "scrape"))
    assert page.value("exporter_up") == 1 and "idle" in page.containers()
