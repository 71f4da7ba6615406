"""The released image on a real Engine: run as the README says and as the predecessors' users have it."""
import contextlib
import io
import json
import os
import re
import shlex
import tarfile
from datetime import datetime
from pathlib import Path

import pytest

from page import Page, sources
from realengine import SLEEP
from releasedimage import version
from support import ROOT, free_port, process_status, request, rss_kb, wait_for

NOBODY = 65534
GID = 47110  # of the Engine's socket in these tests: nobody's own group
CAPABILITIES = {"CapInh": 0, "CapPrm": 0, "CapEff": 0}


@pytest.fixture(scope="session", autouse=True)
def socket_group(engine):
    """The socket as an ordinary Engine has it: root's, and open to one group."""
    os.chown(engine.socket, 0, GID)
    os.chmod(engine.socket, 0o660)
    engine.run("web", Cmd=SLEEP)


class Container:
    """One Dockmeter in a container, known by its name; its port is published."""

    def __init__(self, engine, name, port):
        self.engine, self.name, self.port = engine, name, port

    def state(self):
        return self.engine.inspect(self.name)["State"]

    def status(self):
        """Its first process as the kernel has it: /proc/PID/status by key."""
        return process_status(self.state()["Pid"])

    def logs(self):
        """What it wrote, with the Engine's frames in between."""
        return self.engine.api("GET", f"/containers/{self.name}/logs?stdout=1&stderr=1").decode(errors="replace")

    def get(self, path):
        return request(self.port, path)

    def page(self):
        answer = self.get("/metrics")
        assert answer.status == 200
        return Page(answer.text)

    def wait_serving(self):
        def serving():
            assert self.state()["Running"], self.logs()
            return self.get("/health").status == 200
        wait_for(serving, what="the page")
        return self

    def wait_ready(self):
        wait_for(lambda: self.get("/ready").status == 200, what=f"the Engine to answer {self.name}")
        return self

    def exec(self, *command):
        return self.engine.docker("exec", self.name, "dockmeter", *command)


@pytest.fixture
def run(engine, image):
    """run(*docker_run_words) starts it; the words are those between `docker run -d` and the image."""
    names = []

    def start(*words, command=(), mount="/var/run/docker.sock"):
        name, port = f"meter{len(names)}", free_port()
        names.append(name)
        engine.docker("run", "-d", "--name", name, "-p", f"127.0.0.1:{port}:9200", "-v", f"{engine.socket}:{mount}:ro", *words,
                      image, *command)
        return Container(engine, name, port).wait_serving()
    yield start
    for name in names:
        with contextlib.suppress(AssertionError):
            print(f"--- {name}\n{Container(engine, name, 0).logs()[-2000:]}")
        engine.docker("rm", "-f", name)


def run_lines(path):
    """The `docker run` lines in a document that start the image itself, without a command behind it."""
    text = re.sub(r"\\\n\s*", " ", (ROOT / path).read_text())
    lines = [line.strip() for line in re.findall(r"^ *docker run .*$", text, re.M)]
    return [line.split("  #")[0] for line in lines if re.search(r" dockmeter(:[\w.-]+)?( *#.*)?$", line)]


DOCUMENTED = [(path, line) for path in ("README.md", "docs/install/docker.md") for line in run_lines(path)]
IDS = [f"{path}-{n}" for n, (path, _) in enumerate(DOCUMENTED)]


def run_documented(engine, image, line, name):
    """The line to the letter, but for the Engine's socket, the published port and the name: others may be at work here."""
    port = free_port()
    words = line.replace("-p 9200:9200", f"-p 127.0.0.1:{port}:9200").replace("/var/run/docker.sock:/", f"{engine.socket}:/")
    words = re.sub(r"--name \S+", "", words).replace("$(stat -c %g /var/run/docker.sock)", str(GID))
    assert str(port) in words and str(engine.socket) in words, line
    words = shlex.split(words)
    assert words[:2] == ["docker", "run"] and words[-1].startswith("dockmeter")
    engine.docker("run", "--name", name, *words[2:-1], image)
    return Container(engine, name, port)


@pytest.fixture(scope="module", autouse=True)
def documented(engine, image, socket_group):
    """All of them at once and from the beginning: the Engine asks for the health after 30 s only."""
    names = [f"documented{n}" for n in range(len(DOCUMENTED))]
    yield [run_documented(engine, image, line, name) for name, (_, line) in zip(names, DOCUMENTED)]
    for name in names:
        with contextlib.suppress(AssertionError):
            print(f"--- {name}\n{Container(engine, name, 0).logs()[-2000:]}")
        engine.docker("rm", "-f", name)


def assert_nobody(container, groups):
    status = container.status()
    assert status["Uid"].split() == [str(NOBODY)] * 4 and status["Gid"].split() == [str(NOBODY)] * 4
    assert status["Groups"].split() == groups
    assert {key: int(status[key], 16) for key in CAPABILITIES} == CAPABILITIES
    assert status["NoNewPrivs"] == "1"


def test_root_becomes_nobody_with_the_sockets_group(run):
    """As all predecessors' snippets start it: without user: and without a group."""
    inside = run().wait_ready()
    assert_nobody(inside, [str(GID)])
    assert inside.page().value("exporter_up") == 1


@pytest.mark.parametrize("mount", ["/docker.sock", "/tmp/docker.sock"])
def test_a_socket_mounted_elsewhere(run, mount):
    inside = run("-e", f"DOCKER_HOST=unix://{mount}", mount=mount).wait_ready()
    assert_nobody(inside, [str(GID)])


def test_a_user_without_the_group_is_told_which(run):
    inside = run("--user", "65534:65534")
    wait_for(lambda: str(GID) in inside.logs(), what="the group's number in the log")
    line = next(line for line in inside.logs().splitlines() if str(GID) in line)
    assert "group" in line, line
    assert inside.page().value("exporter_up") == 0 and inside.get("/ready").status == 503
    assert inside.status()["Uid"].split() == [str(NOBODY)] * 4


def test_a_user_with_the_group(run):
    inside = run("--user", "65534:65534", "--group-add", str(GID)).wait_ready()
    assert sorted(inside.status()["Groups"].split()) == sorted([str(GID), str(NOBODY)]) or str(GID) in inside.status()["Groups"].split()
    assert inside.page().value("exporter_up") == 1


def test_read_only_and_with_the_two_capabilities_that_it_needs(run):
    inside = run("--read-only", "--security-opt", "no-new-privileges", "--cap-drop", "ALL", "--cap-add", "SETUID", "--cap-add",
                 "SETGID").wait_ready()
    assert_nobody(inside, [str(GID)])
    written = inside.engine.docker("diff", inside.name).splitlines()
    assert not [line for line in written if not line.startswith("A /var")], "the socket's place, and nothing else"


def test_without_capabilities_it_stays_root_and_says_so(run):
    inside = run("--cap-drop", "ALL").wait_ready()
    assert "stays root" in inside.logs()
    assert inside.status()["Uid"].split() == ["0"] * 4
    assert inside.page().value("exporter_up") == 1


def test_the_commands_inside(run):
    inside = run("-v", "/proc:/host/proc:ro", "-v", "/sys/fs/cgroup:/host/sys/fs/cgroup:ro").wait_ready()
    assert "exporter_up 1\n" in inside.exec("scrape")
    assert version() in inside.exec("version")
    assert inside.exec("healthcheck") is not None
    assert "docker.sock" in inside.exec("check")
    assert re.search(r"user: 65534 .*environment", inside.exec("config"))


def test_a_preset_that_writes_a_file(run, engine):
    inside = run("-e", "DOCKMETER_PRESET=container-metrics", "-e", "DOCKMETER_SERVER_PORT=9200", "-e",
                 "DOCKMETER_COLLECTION_INTERVAL=1s").wait_ready()
    wait_for(lambda: "/tmp/last-metrics-collected-at.txt" in engine.docker("diff", inside.name), what="the file of the last collection")


def test_tls_by_name_inside(engine, run, certs):
    gateway = engine.subnet.split("/")[0]
    for path in (certs.folder, certs.client_key):
        os.chmod(path, 0o755)  # nobody reads them
    inside = run("-v", f"{certs.folder}:/certs:ro", "-e", f"DOCKER_HOST=tcp://engine.test:{engine.tls_port}", "-e",
                 "DOCKER_TLS_VERIFY=1", "-e", "DOCKER_CERT_PATH=/certs", "--add-host", f"engine.test:{gateway}").wait_ready()
    assert inside.page().value("exporter_up") == 1


def test_nothing_else_is_in_it(engine, image):
    files = {name for name in image_files(engine, image) if not name.startswith("usr/share/doc/dockmeter/licences/")}
    assert files == {"usr/bin/dockmeter", "etc/ssl/certs/ca-certificates.crt", "usr/share/doc/dockmeter/versions"}


def image_files(engine, image):
    """The files of the image itself, without what a container adds."""
    archive = tarfile.open(fileobj=io.BytesIO(engine.api("GET", f"/images/{image}:latest/get")))
    names = set()
    for layer in json.load(archive.extractfile("manifest.json"))[0]["Layers"]:
        with tarfile.open(fileobj=archive.extractfile(layer)) as tar:
            names |= {member.name for member in tar if member.isfile()}
    return names


def started_at(state, key):
    return datetime.fromisoformat(state[key][:26].rstrip("Z") + "+00:00")


@pytest.mark.parametrize("n", range(len(DOCUMENTED)), ids=IDS)
def test_as_documented(engine, documented, n):
    inside, line = documented[n].wait_serving().wait_ready(), DOCUMENTED[n][1]
    assert inside.page().value("exporter_up") == 1 and "web" in inside.page().containers()
    if "/host/proc" in line:
        wait_for(lambda: sources(inside.page()).get("kernel"), what="the kernel to be read")
        print(f"RSS {rss_kb(inside.state()['Pid'])} kB")
    wait_for(lambda: inside.state()["Health"]["Status"] == "healthy", 90, 0.2, "healthy")
    before = datetime.now().timestamp()
    engine.docker("stop", inside.name)
    state = inside.state()
    took = started_at(state, "FinishedAt").timestamp() - before
    print(f"stopped in {took:.3f} s")
    assert state["ExitCode"] == 0, "137 is a kill after 10 s"
    assert took < 1
