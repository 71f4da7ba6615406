"""A socket that is not there, not permitted or a folder: one line with the remedy, and it comes by itself."""
import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from fakeengine import FakeEngine
from page import Page
from realengine import DOCKER
from support import clean_env, process_status, request, run, wait_for

NOBODY = 65534
GROUP = 54321
ALLOWED = ("--inh-caps", "+sys_admin", "--ambient-caps", "+sys_admin")  # where user namespaces are for the privileged only
NO_GROUP = ("/usr/bin/setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")


@pytest.fixture
def folder():
    """A folder that everybody may enter, also in a container."""
    path = Path(tempfile.mkdtemp(prefix="dm-socket-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def let_in(engine, gid, mode=0o660):
    os.chown(engine.path, 0, gid)
    os.chmod(engine.path, mode)


@contextlib.contextmanager
def comes_back(path, gid, mode=0o660):
    """An Engine whose socket is there at once as it will be: one reason of a kind is told, not the next."""
    with FakeEngine(path.with_name("next.sock"), containers=2) as engine:
        let_in(engine, gid, mode)
        os.link(engine.path, path)
        yield


def told(lines):
    return [line for line in lines if line["level"] in ("warn", "error") and "engine" in line["msg"]]


class Inside:
    """`dockmeter serve` in a container of the real Engine, looked at as one outside."""

    def __init__(self, engine, name):
        self.engine, self.name = engine, name
        self.address = engine.inspect(name)["NetworkSettings"]["IPAddress"]
        wait_for(lambda: self.get("/health").status == 200)

    def get(self, path="/metrics"):
        return request((self.address, 9200), path)

    def page(self):
        answer = self.get()
        assert answer.status == 200
        return Page(answer.text)

    def log_lines(self):
        out = self.engine.docker("logs", self.name).splitlines()
        return [json.loads(line) for line in out]


@pytest.fixture
def inside(engine, meter_image):
    with engine.passing(Image=meter_image, Cmd=["/dockmeter", "serve", "--log.format=json", "--logging.output=stdout",
                                          "--collection.source=engine"]) as run:
        def start(*binds, env=(), **config):
            host = config.pop("HostConfig", {})
            run("lonely", Env=list(env), HostConfig=dict({"Binds": list(binds)}, **host), **config)
            return Inside(engine, "lonely")
        yield start


def beside(d, *command):
    """`docker exec`, which is root whatever the server has become."""
    done = subprocess.run([DOCKER, "-H", f"unix://{d.engine.socket}", "exec", d.name, "/dockmeter", *command], env=clean_env(),
                          capture_output=True, text=True, timeout=60, check=False)
    print(done.stdout + done.stderr)
    return done


def pings(d):
    return sum(value for _, value in d.page().all("exporter_engine_requests_total", endpoint="ping"))


def away(d, *words):
    """The page is up and says that the Engine is not; one line of the log says why, however often it is tried."""
    wait_for(lambda: d.page().value("exporter_up") == 0 and told(d.log_lines()) and
             words[0] in told(d.log_lines())[-1]["reason"], what=words[0])
    before, first = told(d.log_lines()), pings(d)
    wait_for(lambda: pings(d) >= first + 1, what="one more ping")
    assert told(d.log_lines()) == before
    ready = d.get("/ready")
    assert ready.status == 503
    for word in words:
        assert word in before[-1]["reason"] and word in ready.text.replace('\\"', '"'), (word, before[-1])
    return len(before)


def comes(d):
    wait_for(lambda: d.page().value("exporter_up") == 1 and len(d.page().containers()) == 2)


def test_outside_no_socket(meter, folder):
    d = meter(folder / "engine.sock")
    assert 1 == away(d, "the socket does not exist", "docker run -v /var/run/docker.sock:/var/run/docker.sock:ro")
    with FakeEngine(folder / "engine.sock", containers=2):
        comes(d)


@pytest.mark.parametrize("as_nobody", [(), ("--server.user", NOBODY)])
def test_outside_a_folder(meter, folder, as_nobody):
    """Nobody may not write to it either, but that is not what is wrong."""
    path = folder / "engine.sock"
    path.mkdir()
    d = meter(path, *as_nobody)
    assert 1 == away(d, "the path is an empty directory", "remove it there (rmdir)", "mount the real socket")
    path.rmdir()
    with FakeEngine(path, containers=2) as engine:
        let_in(engine, NOBODY)
        comes(d)


def test_outside_not_permitted(meter, folder):
    with FakeEngine(folder / "engine.sock", containers=2) as engine:
        let_in(engine, GROUP)
        d = meter(engine.path, through=NO_GROUP)
        assert 1 == away(d, f"group (gid {GROUP})", f"user {NOBODY}", f"--group-add {GROUP}", f'group_add: ["{GROUP}"]',
                         f"supplementalGroups: [{GROUP}]", f"SupplementaryGroups={GROUP}")
        let_in(engine, NOBODY)
        comes(d)


def test_outside_a_group_of_another_user_namespace(meter, folder):
    """There it looks like nobody's, and so does every group that we have."""
    with FakeEngine(folder / "engine.sock", containers=2) as engine:
        let_in(engine, GROUP)
        d = meter(engine.path, through=(*NO_GROUP[:-1], "--groups", str(GROUP + 1), *ALLOWED, "/usr/bin/unshare", "--user", "--map-current-user"))
        assert 1 == away(d, "a group that this user namespace has no number for", "--group-add keep-groups")
        let_in(engine, GROUP + 1)
        comes(d)


def test_root_that_became_nobody_takes_on_the_groups_of_its_start_only(meter, folder):
    path = folder / "engine.sock"
    with FakeEngine(path, containers=2) as engine:
        let_in(engine, GROUP)
        first = meter(path, "--server.user", NOBODY)
        comes(first)
    with comes_back(path, GROUP + 1):
        away(first, f"group (gid {GROUP + 1})", "restart Dockmeter")
        comes(meter(path, "--server.user", NOBODY))


def test_roots_own_group_is_taken_on_too(meter, folder):
    """As on Docker Desktop."""
    path = folder / "engine.sock"
    with FakeEngine(path, containers=2) as engine:
        let_in(engine, 0)
        d = meter(path, "--server.user", NOBODY)
        comes(d)
        status = process_status(d.process.pid)
        assert {*status["Uid"].split(), *status["Gid"].split()} == {str(NOBODY)}
    with comes_back(path, 0, 0o600):
        away(d, "only the socket's owner (uid 0) may use it (mode 0600)", "server.user: 0 keeps root")


def threads(pid):
    return [process_status(f"{pid}/task/{thread}") for thread in os.listdir(f"/proc/{pid}/task")]


def test_securebits_leave_no_capabilities(meter, folder):
    """Nor do the threads that measure file systems, which are started later, have any."""
    with FakeEngine(folder / "engine.sock", containers=2) as engine:
        let_in(engine, GROUP)
        d = meter(engine.path, "--server.user", NOBODY, "--collection.collectors.disk", through=("/usr/bin/setpriv", "--securebits", "+no_setuid_fixup"))
        comes(d)
        wait_for(lambda: len(threads(d.process.pid)) > 1, what="threads")
        for left in threads(d.process.pid):
            assert {int(left[key], 16) for key in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {0} and left["NoNewPrivs"] == "1", left


def test_root_that_cannot_become_another_user_says_what_helps(meter, folder):
    d = meter(folder / "engine.sock", "--server.user", NOBODY, wait=False,
              through=("/usr/bin/setpriv", "--bounding-set", "-setuid", "--inh-caps", "-setuid"))
    d.expected_exit = 1
    assert d.process.wait(60) == 1
    assert f"becoming user {NOBODY}: Operation not permitted; server.user: 0 (DOCKMETER_SERVER_USER) keeps root" in d.log()


def test_check_takes_the_port_before_it_gives_up_root(folder):
    """As the server does: a port below 1024 is root's, the socket the group's."""
    with FakeEngine(folder / "engine.sock") as engine, contextlib.closing(socket.socket()) as low:
        for port in range(1023, 900, -1):
            with contextlib.suppress(OSError):
                low.bind(("127.0.0.1", port))
                break
        port = low.getsockname()[1]
        low.close()
        let_in(engine, GROUP)
        args = ("check", "--docker.host", f"unix://{engine.path}", "--web.listen-address", f"127.0.0.1:{port}", "--server.user", NOBODY)
        done = run(*args)
        assert done.returncode == 0 and re.search(rf"^ok +listen +.*127.0.0.1:{port}\b.* is free", done.stdout, re.M), done.stdout
        let_in(engine, GROUP, 0o600)
        done = run(*args)
        assert done.returncode == 1 and "only the socket's owner (uid 0)" in done.stdout, done.stdout


def test_inside_without_a_mount(inside):
    assert 1 == away(inside(env=[f"DOCKMETER_SERVER_USER={NOBODY}"]), "the socket does not exist", "docker run -v")


def test_inside_with_a_folder_that_the_engine_made(inside, folder):
    d = inside(f"{folder}/absent.sock:/var/run/docker.sock")
    assert (folder / "absent.sock").is_dir()
    assert 1 == away(d, "the path is an empty directory", "Docker makes one when a path that is to be mounted does not exist")


@pytest.mark.parametrize("groups", [[], [str(GROUP)]])
def test_inside_with_a_user(inside, folder, groups):
    with FakeEngine(folder / "engine.sock", containers=2) as engine:
        let_in(engine, GROUP)
        d = inside(f"{folder}:/s", env=["DOCKER_HOST=unix:///s/engine.sock", f"DOCKMETER_SERVER_USER={NOBODY}"],
                   User=str(NOBODY), HostConfig={"GroupAdd": groups})
        if groups:
            comes(d)
        else:
            assert 1 == away(d, f"(gid {GROUP})", f"--group-add {GROUP}")
            let_in(engine, 0, 0o666)
            comes(d)


def test_inside_as_root_when_the_socket_comes_later(inside, folder):
    d = inside(f"{folder}:/s", env=["DOCKER_HOST=unix:///s/engine.sock", f"DOCKMETER_SERVER_USER={NOBODY}"])
    wait_for(lambda: d.page().value("exporter_up") == 0)
    with FakeEngine(folder / "engine.sock", containers=2) as engine:
        let_in(engine, GROUP)
        wait_for(lambda: "restart Dockmeter" in told(d.log_lines())[-1]["reason"])
        d.engine.api("POST", f"/containers/{d.name}/restart?t=5")
        comes(Inside(d.engine, d.name))


@pytest.mark.parametrize("init", [False, True])
def test_commands_beside_a_server_that_is_refused_say_so(inside, folder, init):
    """They are root as `docker exec` starts them; the server has only the group that the socket had at its start."""
    path = folder / "engine.sock"
    with FakeEngine(path, containers=2) as engine:
        let_in(engine, GROUP)
        d = inside(f"{folder}:/s", env=["DOCKER_HOST=unix:///s/engine.sock", f"DOCKMETER_SERVER_USER={NOBODY}"],
                   HostConfig={"Init": init})
        comes(d)
        assert beside(d, "check").returncode == 0 and "exporter_up 1\n" in beside(d, "scrape").stdout
        let_in(engine, GROUP + 1)
        done = beside(d, "check")
        assert done.returncode == 1
        told, = re.findall("^failure .*", done.stdout, re.M)
        assert f"group {GROUP + 1} now: restart it" in told, told
        let_in(engine, GROUP + 1, 0o600)
        done = beside(d, "check")
        assert done.returncode == 1 and "only the socket's owner (uid 0) may use it (mode 0600)" in done.stdout
        done = beside(d, "scrape")
        assert done.returncode == 1 and "exporter_up 0\n" in done.stdout
