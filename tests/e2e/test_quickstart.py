"""./quickstart as a newcomer runs it, always with a private Engine: start, again, stop, nothing left."""
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from support import ROOT, clean_env, request, wait_for

pytestmark = pytest.mark.slow  # it builds its own program, which no sanitizer looks at
CGROUPS = Path("/sys/fs/cgroup")


class Quickstart:
    """./quickstart with a state folder of its own, so that a real one beside it is not touched."""

    def __init__(self, state):
        self.state = state

    def run(self, *args, check=True, **env):
        done = subprocess.run([ROOT / "quickstart", *args], env=clean_env(QUICKSTART_STATE=self.state, **env),
                              capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def port(self):
        return int((self.state / "port").read_text())

    def pid(self, path="dockmeter.pid"):
        return int((self.state / path).read_text().split()[0])

    def page(self):
        answer = request(("127.0.0.1", self.port()), "/metrics")
        assert answer.status == 200
        return answer.body.decode()


def traces(state):
    """Whatever of this quickstart is on the machine: processes, bridge, mounts, cgroups."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes()
        except OSError:
            continue
        if f"{state}/".encode() in words and int(path.parent.name) != os.getpid():
            found.append(words.replace(b"\0", b" ").decode(errors="replace"))
    found += [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(state) in line]
    found += [str(p) for p in CGROUPS.glob("*/dockmeter-quickstart-*")] + [str(p) for p in CGROUPS.glob("dockmeter-quick*")]
    found += [p.name for p in Path("/sys/class/net").glob("dmq*")]
    return found


@pytest.fixture(scope="module")
def before():
    return set(traces(Path("/nowhere")))


@pytest.fixture(scope="module")
def started(before):
    """One started quickstart for the tests of this file."""
    if os.geteuid() != 0:
        pytest.skip("a private Engine needs root")
    folder = Path(tempfile.mkdtemp(prefix="dm-quick-"))
    quick = Quickstart(folder / "state")
    quick.first = quick.run("--private")
    yield quick
    quick.run("stop", check=False)
    shutil.rmtree(folder, ignore_errors=True)


def test_the_first_run_shows_a_real_scrape_and_the_addresses(started):
    said = started.first.stdout
    assert "exporter_up 1\n" in said
    for name in ("web", "worker", "cache"):
        assert re.search(rf'container_memory_usage_bytes{{[^}}]*container_name="{name}"', said), said
    for path in ("/", "/metrics", "/ready"):
        assert f"http://localhost:{started.port()}{path} " in said
    assert "./quickstart stop" in said


def test_the_samples_are_four_kinds_of_container(started):
    page = started.page()
    state = dict(re.findall(r'container_state{[^}]*container_name="(\w+)"[^}]*state="(\w+)"[^}]*} 1', page))
    assert state == {"web": "running", "worker": "running", "cache": "running", "job": "exited"}
    assert re.search(r'container_cpu_limit_cores{[^}]*container_name="worker"[^}]*} 0\.1\n', page)
    assert re.search(r'container_memory_limit_bytes{[^}]*container_name="cache"[^}]*} 67108864\n', page)
    assert re.search(r'container_exit_code{[^}]*container_name="job"[^}]*} 3\n', page)


def test_a_second_run_says_that_it_runs_and_changes_nothing(started):
    pids = started.pid(), started.pid("engine/pid")
    again = started.run("--private").stdout
    assert f"Already running (pid {pids[0]}" in again
    assert "exporter_up 1\n" in again
    assert f"http://localhost:{started.port()}/metrics" in again
    assert (started.pid(), started.pid("engine/pid")) == pids


def test_a_dockmeter_that_died_is_started_again(started):
    os.kill(started.pid(), signal.SIGKILL)
    old = started.pid()
    started.run("--private")
    assert started.pid() != old
    assert "exporter_up 1\n" in started.page()


def test_a_port_that_is_taken_is_left_alone(started):
    beside = Quickstart(started.state.parent / "beside")
    try:
        said = beside.run(DOCKER_HOST=f"unix://{started.state}/engine/docker.sock").stdout
        assert f"so this one listens on {beside.port()}" in said
        assert beside.port() != started.port()
        assert "This machine's Engine answers at" in said
        assert "exporter_up 1\n" in beside.page()
        assert not (beside.state / "engine").exists()
    finally:
        beside.run("stop")
    assert "exporter_up 1\n" in started.page()


def test_wrong_words_are_answered_with_the_usage(started):
    done = started.run("strat", check=False)
    assert done.returncode == 2
    assert "usage: ./quickstart" in done.stderr


def test_stop_takes_everything_down(started, before):
    said = started.run("stop").stdout
    for what in ("Dockmeter stopped", "Sample containers removed", "Private Engine stopped", "Bridge", "State folder"):
        assert what in said
    assert not started.state.exists()
    wait_for(lambda: set(traces(started.state)) <= before, what="nothing to be left")
    assert "Nothing to stop" in started.run("stop").stdout
