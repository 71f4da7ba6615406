"""`dockmeter top`: the table once where there is no terminal, and live where there is one."""
import fcntl
import os
import signal
import struct
import subprocess
import termios
from types import SimpleNamespace

import pytest

from fakeengine import FakeEngine, container_id
from meterimage import load_meter
from realengine import ALL_KINDS, LIVE
from support import DIE_WITH_US, binary, clean_env, request, run, wait_for
from terminal import ENTER, LEAVE, Terminal, table

IDLE = LIVE - {"burner", "healthy", "unhealthy", "starting", "web", "paused"}


@pytest.fixture
def terminal():
    """terminal(*args, width, height) runs `dockmeter top` on a terminal; all are ended at the end."""
    started = []

    def start(host, *args, **kwargs):
        started.append(Terminal("top", "--docker.host", f"unix://{host}", "--interval=300ms", *args, **kwargs))
        return started[-1]
    yield start
    for t in started:
        t.close()


@pytest.fixture
def gate(tmp_path):
    """Lines of a shell wait with `read <$GATE` (its environment is gate.env) until gate.open()."""
    path = tmp_path / "gate"
    os.mkfifo(path)

    def let_through():
        way = wait_for(lambda: os.open(path, os.O_WRONLY | os.O_NONBLOCK), what="somebody at the gate")
        os.write(way, b"\n")
        os.close(way)
    return SimpleNamespace(env={"GATE": str(path)}, open=let_through)


def top(host, *args, **kwargs):
    return run("top", "--docker.host", f"unix://{host}", "--interval=300ms", *args, **kwargs)


def memory(n):
    """A number of bytes as docker shows memory."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if n < 1024:
            break
        n /= 1024
    return f"{n:.0f}{unit}" if unit == "B" or n >= 100 else f"{n:.1f}{unit}" if n >= 10 else f"{n:.2f}{unit}"


def test_without_a_terminal_it_says_what_the_page_says(engine, native):
    def equal():
        done = top(engine.socket)
        assert done.returncode == 0 and not done.stderr, done.stderr
        lines = done.stdout.splitlines()
        page, rows = native.page(), table(lines)
        assert set(rows) == set(engine.ids) >= ALL_KINDS
        for name in IDLE:
            own = {"container_name": name}
            assert rows[name]["MEM"] == memory(page.value("container_memory_working_set_bytes", **own)), name
            assert rows[name]["PIDS"] == f"{page.value('container_pids_current', **own):.0f}"
        assert rows["burner"]["LIMIT"] == "64.0MiB" and 5 < float(rows["burner"]["CPU%"]) < 60
        assert rows["healthy"]["STATE"] == "healthy" and rows["paused"]["STATE"] == "paused"
        assert rows["done"]["STATE"] == "exited" and rows["done"]["CPU%"] == rows["done"]["MEM"] == "-"
        assert rows["nonet"]["RX/s"] == "-" and rows["web"]["RX/s"].endswith("B")
        assert int(rows["looping"]["RESTARTS"]) >= 2
        assert lines[0].startswith("Docker 20.") and f" of {len(engine.ids)} containers run" in lines[0]
        return True
    wait_for(equal, interval=0.2, what="the same figures in the table and on the page")


def test_over_the_engine_alone(engine):
    """Statistics come on a one-second tick; the table waits for them."""
    rows = table(top(engine.socket, "--collection.source=engine", "--once").stdout.splitlines())
    assert rows["burner"]["CPU%"] != "-" and rows["web"]["MEM"] != "-"


def test_a_reader_that_has_seen_enough(engine):
    with subprocess.Popen([binary(), "top", "--docker.host", f"unix://{engine.socket}", "--interval=300ms"], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=clean_env()) as p:
        p.stdout.close()
        assert p.wait(60) == 0 and p.stderr.read() == b""


@pytest.mark.parametrize("args,status,said", [
    (["--interval=often"], 2, "--interval is a duration like 2s"),
    (["--interval=1ms"], 2, "100ms or longer"),
    (["--interval"], 2, "flag --interval needs a value"),
    (["--once", "--intervall=2s"], 2, "--intervall"),
    (["-once", "-interval=fast"], 2, "--interval is a duration like 2s"),
    (["--server.port=x"], 1, "server.port"),
])
def test_wrong_arguments(args, status, said, tmp_path):
    done = run("top", "--docker.host", f"unix://{tmp_path}/none", *args)
    assert done.returncode == status and said in done.stderr and not done.stdout


def test_no_engine_is_told_with_the_remedy(tmp_path):
    done = top(tmp_path / "none.sock")
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.count("\n") == 1 and "the socket does not exist: start the Engine" in done.stderr


def test_intervals_of_the_server_do_not_count(fake):
    """What the environment of its image sets for `serve`."""
    engine = fake(containers=2)
    done = top(engine.path, "--once", env={"DOCKMETER_COLLECTION_INTERVAL": "1h", "DOCKMETER_METRICS_CACHE_TTL": "1h",
                                           "DOCKMETER_METRICS_CACHE_ENABLED": "true",
                                           "DOCKMETER_SERVER_PORT": "1", "DOCKMETER_COLLECTION_COLLECTORS_DISK": "true"})
    assert done.returncode == 0, done.stderr
    assert set(table(done.stdout.splitlines())) == {"c0001", "c0002"}
    asked = [target for _, target in engine.requests]
    assert len([target for target in asked if "/stats" in target]) == 4, "two readings of two containers"
    assert not [target for target in asked if "system/df" in target]
    assert {method for method, _ in engine.requests} <= {"GET", "HEAD"}


def test_the_screen_is_its_own_and_given_back(engine, terminal):
    t = terminal(engine.socket)
    picture = t.wait(lambda p: table(p)["burner"]["CPU%"] != "-")
    assert picture[-1].startswith("q quit") and set(table(picture)) == set(engine.ids)
    assert list(table(picture))[0] == "burner"
    t.read()
    assert t.written.startswith(ENTER) and LEAVE not in t.written
    assert not termios.tcgetattr(t.slave)[3] & (termios.ECHO | termios.ICANON)
    t.type("q")
    assert t.end() == 0


def test_keys_and_sizes(engine, terminal):
    t = terminal(engine.socket, height=60)
    t.wait(lambda p: table(p)["burner"]["CPU%"] != "-")
    t.type("\x1b[D")  # left of CPU: by name
    t.wait(lambda p: list(table(p))[:2] == ["burner", "chatty"] and list(table(p))[-1] == "oom")
    t.type("r")
    t.wait(lambda p: list(table(p))[0] == "writer")
    t.type("a")
    t.wait(lambda p: "oom" not in table(p))
    t.resize(40, 9)
    small = t.wait(lambda p: len(p) == 9 and p[-1].startswith("q quit"))
    assert max(map(len, small)) <= 40
    first = list(table(small))[0]
    t.type("\x1b[B")
    t.wait(lambda p: first not in table(p))
    t.resize(200, 60)
    t.wait(lambda p: "RESTARTS" in "".join(p) and first not in table(p))
    t.type("\x1b[H")
    t.wait(lambda p: list(table(p))[0] == first)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, "ctrl-c"])
def test_the_terminal_is_restored(terminal, fake, how):
    t = terminal(fake(containers=2).path)
    t.wait(lambda p: "c0001" in table(p))
    if how == "ctrl-c":
        t.type("\x03")
    else:
        t.process.send_signal(how)
    assert t.end() == 0


def state(pid):
    """One letter, as ps has it."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0]


def collections(engine, n):
    """Awaits so many more of a fake Engine without a kernel to read."""
    def asked():
        return len([target for _, target in engine.requests if "/stats" in target])
    enough = asked() + n * len(engine.entries)
    wait_for(lambda: asked() >= enough, what=f"{n} collections")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, "q"])
def test_ends_while_the_terminal_takes_nothing(terminal, fake, how):
    engine = fake(containers=2)
    t = terminal(engine.path, "--collection.source=engine")
    t.wait(lambda p: "c0001" in table(p))
    t.fill()
    collections(engine, 3)
    if how == "q":
        t.type("q")
    else:
        t.process.send_signal(how)
    assert t.process.wait(60) == 0
    assert t.end() == 0 and LEAVE in t.written


def test_shows_what_is_now_when_the_terminal_takes_something_again(terminal, fake):
    engine = fake(containers=1)
    t = terminal(engine.path, "--collection.source=engine")
    t.wait(lambda p: "c0001" in table(p))
    t.fill()
    collections(engine, 3)
    engine.add(9, "new")
    collections(engine, 2)
    seen = len(t.pictures())
    t.wait(lambda p: "c0001" in table(p) and "new" in table(p))
    assert not [p for p in t.pictures()[seen + 1:-1] if "new" not in table(p)], "one picture waited, and no other"
    t.type("q")
    assert t.end() == 0


@pytest.mark.parametrize("how", ["typed", "by a program"])
def test_ends_on_a_terminal_that_was_stopped(terminal, fake, how):
    """Its keys are not ours, so that Ctrl-S stops it."""
    engine = fake(containers=2)
    t = terminal(engine.path, "--collection.source=engine", shell='exec "$@" </dev/null')
    t.wait(lambda p: "c0001" in table(p))
    if how == "typed":
        t.type("\x13")
    else:
        termios.tcflow(t.slave, termios.TCOOFF)
    collections(engine, 3)
    t.process.terminate()
    assert t.process.wait(60) == 0
    assert t.end() == 0 and LEAVE in t.written


def test_a_job_of_the_shell(terminal, fake):
    """Ctrl-Z and `fg`: each time the screen is entered once."""
    t = terminal(fake(containers=2).path, shell='set -m; "$@"; echo in between; fg')
    t.wait(lambda p: "c0001" in table(p))
    t.type("\x1a")
    wait_for(lambda: t.read() or t.written.count(ENTER) == 2)
    t.wait(lambda p: "c0001" in table(p))
    assert b"in between" in t.written.split(LEAVE)[1].split(ENTER)[0]
    t.type("q")
    assert t.end() == 0
    assert t.written.count(ENTER) == 2


def job_of(t):
    """The process id of the one job that the terminal's shell has."""
    with open(f"/proc/{t.process.pid}/task/{t.process.pid}/children", encoding="ascii") as children:
        job, = map(int, children.read().split())
    return job


@pytest.mark.parametrize("typed", ["\n", ""])
@pytest.mark.parametrize("how", ["&", "ctrl-z", signal.SIGSTOP])
def test_a_job_in_the_background(terminal, fake, gate, how, typed):
    """It measures on while others are typed to, and has its keys one by one when it is in front."""
    engine = fake(containers=2)
    job = '"$@" &' if how == "&" else '"$@"; bg;'
    other = "read line;" if typed else ""
    t = terminal(engine.path, "--collection.source=engine", env=gate.env,
                 shell=f"modes=$(stty -g); set -m; {job} stty $modes; echo behind; read <$GATE; {other} fg")
    if how != "&":
        t.wait(lambda p: "c0001" in table(p))
        t.type("\x1a") if how == "ctrl-z" else os.kill(job_of(t), how)
    wait_for(lambda: t.read() or b"behind" in t.written)
    t.type(typed)
    collections(engine, 3)
    gate.open()
    t.wait(lambda p: "c0001" in table(p))
    t.type("q")
    wait_for(lambda: t.read() or t.process.poll() is not None)
    assert t.process.returncode == 0 and t.written.endswith(LEAVE) and termios.tcgetattr(t.slave) == t.before


def test_a_job_in_front_does_not_wait_for_its_next_picture(terminal, fake, gate):
    """Of a job that runs already no signal tells that it is in front."""
    engine = fake(containers=2)
    t = terminal(engine.path, "--collection.source=engine", "--interval=1h", env=gate.env,
                 shell='modes=$(stty -g); set -m; "$@" & stty $modes; read <$GATE; fg')
    collections(engine, 1)
    gate.open()
    wait_for(lambda: t.read() or b"q quit" in t.written, what="the one picture")
    t.type("q")
    assert t.end() == 0


def test_gives_back_the_modes_that_it_found(terminal, fake, gate):
    """Not those that the shell had for itself when it began the job."""
    engine = fake(containers=2)
    t = terminal(engine.path, "--collection.source=engine", env=gate.env,
                 shell="""exec dash -mc 'stty -echo -icanon; "$@" & read line <$GATE; stty echo icanon; fg' dash "$@" """)
    collections(engine, 2)
    gate.open()
    t.wait(lambda p: "c0001" in table(p))
    t.type("q")
    assert t.end() == 0


def test_a_stopped_job_is_ended(terminal, fake):
    """In the background, where it neither takes the terminal from the shell nor is stopped for trying."""
    t = terminal(fake(containers=2).path, shell="""exec dash -mc '"$@"; echo shell; read line' dash "$@" """)
    t.wait(lambda p: "c0001" in table(p))
    job = job_of(t)
    t.type("\x1a")
    wait_for(lambda: t.read() or b"shell" in t.written)
    os.kill(job, signal.SIGTERM)
    os.kill(job, signal.SIGCONT)
    wait_for(lambda: state(job) == "Z", what="its end")
    t.type("\n")
    t.process.wait(60)
    t.read()
    assert t.written.count(ENTER) == t.written.count(LEAVE) == 1


def test_ends_while_nobody_reads_the_table(fake):
    engine = fake(containers=200)
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    with subprocess.Popen([*DIE_WITH_US, binary(), "top", "--docker.host", f"unix://{engine.path}", "--interval=300ms"], stdout=writer,
                          env=clean_env()) as p:
        wait_for(lambda: struct.unpack("i", fcntl.ioctl(reader, termios.FIONREAD, b"\0" * 4))[0] == 4096, 30, what="a full pipe")
        p.terminate()
        assert p.wait(60) == -signal.SIGTERM
    os.close(reader)
    os.close(writer)


def test_stopped_and_continued(terminal, fake):
    t = terminal(fake(containers=2).path)
    t.wait(lambda p: "c0001" in table(p))
    t.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: state(t.process.pid) == "T")
    termios.tcsetattr(t.slave, termios.TCSANOW, t.before)  # as a shell does
    t.process.send_signal(signal.SIGCONT)
    t.wait(lambda p: "c0001" in table(p))
    assert t.written.count(ENTER) == 2 and LEAVE not in t.written
    assert not termios.tcgetattr(t.slave)[3] & termios.ECHO
    t.process.send_signal(signal.SIGTSTP)  # nobody could continue it here: it leaves, and comes back
    wait_for(lambda: t.read() or LEAVE in t.written)
    t.wait(lambda p: "c0001" in table(p))
    t.type("q")
    t.process.wait(60)
    assert termios.tcgetattr(t.slave) == t.before


def test_an_engine_that_goes_and_comes(terminal, tmp_path):
    path = tmp_path / "engine.sock"
    t = terminal(path, "--collection.source=engine")
    t.wait(lambda p: "the socket does not exist: start the Engine" in " ".join(p))
    with FakeEngine(path, containers=3) as engine:
        t.wait(lambda p: len(table(p)) == 3 and "does not exist" not in " ".join(p))
        engine.add(9, "new")
        t.wait(lambda p: "new" in table(p))
        engine.remove(container_id(1))
        t.wait(lambda p: "c0001" not in table(p))
    t.wait(lambda p: str(path) in " ".join(p))
    t.type("q")
    assert t.end() == 0
    assert b"warn" not in t.written, "no line of the log across the picture"


def test_a_name_cannot_write_on_the_terminal(terminal, fake):
    engine = fake(containers=0)
    engine.add(1, "evil\x1b]0;gotcha\x07\x1b[2J\u202e\u6f22")
    t = terminal(engine.path)
    t.wait(lambda p: any(line.startswith("evil?]0;gotcha??[2J??") for line in p))
    t.type("q")
    assert t.end() == 0
    assert b"gotcha\x07" not in t.written and "\u6f22".encode() not in t.written


def test_a_terminal_that_cannot_be_drawn_on(engine, terminal):
    t = terminal(engine.socket, term="dumb")
    assert t.end() == 0
    assert b"\x1b" not in t.written and b"burner" in t.written


def test_a_thousand_containers(terminal, fake, hostroot):
    """From the kernel's files, as on a large machine: each interval has its picture."""
    host = hostroot()
    engine = fake(containers=1000, host=host)
    t = terminal(engine.path, "--collection.host_root", host.folder, width=120, height=50)
    t.wait(lambda p: "1000 of 1000 containers run" in p[0] and len(table(p)) == 47 and table(p)["c0001"]["MEM"] != "-")
    t.type("q")
    assert t.end() == 0


def image_of(engine):
    return load_meter(engine, entrypoint=False)


@pytest.mark.parametrize("user,groups", [("", []), ("65534", ["own"])])
def test_inside_the_image(engine, user, groups):
    """`docker exec`: the server has the port and its configuration in the environment."""
    gid = str(os.stat(engine.socket).st_gid)
    with engine.passing(Image=image_of(engine), Cmd=["/dockmeter", "serve"], User=user,
                        Env=["DOCKER_HOST=unix:///docker.sock", "DOCKMETER_SERVER_USER=65534", "DOCKMETER_COLLECTION_INTERVAL=1h"],
                        HostConfig={"Binds": [f"{engine.socket}:/docker.sock"], "GroupAdd": [gid] if groups else []}) as start:
        start("topped")
        address = engine.inspect("topped")["NetworkSettings"]["IPAddress"]
        wait_for(lambda: request((address, 9200), "/ready").status == 200)
        rows = table(engine.docker("exec", "topped", "/dockmeter", "top").splitlines())
        assert rows["topped"]["STATE"] == "running" and rows["burner"]["CPU%"] != "-"
        assert request((address, 9200), "/ready").status == 200
