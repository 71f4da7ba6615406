"""What the Engine's events change on the page, and how soon; against the real Engine and a fake one."""
import re
import time

import pytest

from fakeengine import Body, container_id
from page import lasting, sources
from realengine import SLEEP, Engine
from support import dockmeter, sanitized, wait_for

SOON = 30  # seconds; what a slow machine may take, the rest is told but decides nothing
LATENCIES = []


@pytest.fixture(scope="module", autouse=True)
def told_latencies(request):
    """Prints how long each kind of change took to be seen."""
    yield
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print("\nfrom the change to the page: " + ", ".join(f"{what} {ms:.0f} ms" for what, ms in LATENCIES))


def seen(d, what, condition, since=None):
    """Waits for a page that shows it; how long it took is told at the end."""
    since = since or time.monotonic()
    page = wait_for(lambda: (p := d.page()) and condition(p) and p, SOON, 0.003, what)
    LATENCIES.append((what, (time.monotonic() - since) * 1000))
    return page


def in_state(page, name, state):
    return page.get("container_state", container_name=name, state=state) == 1


class Fake:
    """The changes on a fake Engine."""

    word = "fake"

    def __init__(self, engine, d):
        self.engine, self.d = engine, d
        self.cid = container_id(2)
        self.name = "c0002"

    def do(self, action, *args, **kwargs):
        getattr(self.engine, action)(self.cid, *args, **kwargs)

    def health(self, status):
        self.do("health", status)

    def update(self):
        self.do("update", NanoCpus=500_000_000, CpuShares=512)


class Real:
    """The same on the real one, through its API."""

    word = "real"

    def __init__(self, engine, d):
        self.engine, self.d, self.name = engine, d, "eventful"
        test = {"Test": ["CMD-SHELL", "! test -e /sick"], "Interval": 10**9, "Retries": 1}
        self.cid = engine.run(self.name, Cmd=SLEEP, Healthcheck=test, HostConfig={"Memory": 16 << 20, "MemorySwap": 16 << 20})

    def do(self, action, *args, **_):
        call = {"launch": "start", "die": "kill", "restart": "restart?t=0",
                "rename": f"rename?name={args[0] if args else ''}"}.get(action, action)
        if action == "remove":
            self.engine.remove(self.cid)
        else:
            self.engine.api("POST", f"/containers/{self.cid}/{call}")

    def health(self, status):
        """Returns when the Engine has noticed."""
        if status == "unhealthy":
            self.engine.docker("exec", self.cid, "sh", "-c", ": >/sick")
        wait_for(lambda: self.engine.inspect(self.cid)["State"]["Health"]["Status"] == status, interval=0.01)

    def update(self):
        self.engine.api("POST", f"/containers/{self.cid}/update", {"NanoCpus": 500_000_000, "CpuShares": 512})


@pytest.fixture(params=["fake", "real"])
def world(request, meter, fake, hostroot):
    if request.param == "fake":
        host = hostroot("v2")
        engine = fake(containers=4, host=host)
        return Fake(engine, meter(engine.path, "--collection.host_root", host.folder, "--collection.resync", "1h").wait_ready())
    engine = request.getfixturevalue("engine")
    d = meter(engine.socket, "--collection.resync", "1h").wait_ready()
    world = Real(engine, d)
    request.addfinalizer(lambda: engine.ids.pop("eventful", None) and engine.docker("rm", "-f", world.cid))
    return world


def test_each_kind_of_change(world):
    """One life with everything in it; a list would only come after an hour."""
    d, word = world.d, world.word
    wait_for(lambda: in_state(d.page(), world.name, "running"), SOON)
    for status, value in (("healthy", 2), ("unhealthy", 3)):
        world.health(status)
        seen(d, f"{word} {status}", lambda p, v=value: p.value("container_health_status", container_name=world.name) == v)
    world.do("pause")
    seen(d, f"{word} pause", lambda p: in_state(p, world.name, "paused"))
    world.do("unpause")
    seen(d, f"{word} unpause", lambda p: in_state(p, world.name, "running"))
    world.update()
    page = seen(d, f"{word} update", lambda p: p.get("container_cpu_limit_cores", container_name=world.name) == 0.5)
    assert page.value("container_cpu_shares", container_name=world.name) == 512
    old, world.name = world.name, "other"
    world.do("rename", "other")
    page = seen(d, f"{word} rename", lambda p: "other" in p.containers())
    assert old not in page.containers()
    started = page.value("container_start_time_seconds", container_name="other")
    world.do("restart")
    page = seen(d, f"{word} restart", lambda p: p.value("container_start_time_seconds", container_name="other") > started)
    assert page.value("container_restarts_total", container_name="other") == 1
    world.do("die", *([4] if word == "fake" else []))
    page = seen(d, f"{word} die", lambda p: in_state(p, "other", "exited"))
    assert page.value("container_exit_code", container_name="other") == (4 if word == "fake" else 137)
    assert page.get("container_pids_current", container_name="other") is None
    world.do("launch")
    seen(d, f"{word} start", lambda p: p.get("container_pids_current", container_name="other"))
    world.do("remove")
    seen(d, f"{word} destroy", lambda p: "other" not in p.containers())


def test_create_and_oom_on_the_fake(fake, hostroot, meter):
    host = hostroot("v2")
    engine = fake(containers=1, host=host)
    d = meter(engine.path, "--collection.host_root", host.folder).wait_ready()
    assert d.page().value("container_oom_kills_total", container_name="c0001") == 0
    cid = engine.create(9, "made")
    seen(d, "fake create", lambda p: in_state(p, "made", "created"))
    engine.launch(cid)
    seen(d, "fake start", lambda p: in_state(p, "made", "running"))
    engine.oom(cid, fatal=False)
    seen(d, "fake oom of a child", lambda p: p.value("container_oom_kills_total", container_name="made") == 1)
    engine.oom(cid)
    page = seen(d, "fake oom", lambda p: in_state(p, "made", "exited"))
    assert page.value("container_oom_kills_total", container_name="made") == 2


def test_oom_on_the_real_one(engine, meter):
    """This Engine loses the event of a quick end now and then, and its flag with it: one of three must be seen."""
    d = meter(engine.socket, "--collection.resync", "1h").wait_ready()
    greedy = 'sleep 0.3; x=$(yes 0123456789 | dd bs=1M count=64 2>/dev/null); echo $x'
    names = [f"greedy{n}" for n in range(3)]
    try:
        for name in names:
            engine.run(name, Cmd=["sh", "-c", greedy], HostConfig={"Memory": 16 << 20, "MemorySwap": 16 << 20})
        wait_for(lambda: all(engine.inspect(n)["State"]["Status"] == "exited" for n in names), interval=0.01)
        seen(d, "real oom", lambda p: all(in_state(p, name, "exited") for name in names)
             and max(p.value("container_oom_kills_total", container_name=name) for name in names) >= 1)
    finally:
        for name in names:
            engine.remove(name)


@pytest.fixture
def pair(fake, hostroot, meter):
    """pair(containers, *args) gives a fake Engine on a made-up host and a Dockmeter on both."""
    def start(containers=20, *args):
        host = hostroot("v2")
        engine = fake(containers=containers, host=host)
        d = meter(engine.path, "--collection.host_root", host.folder, *args).wait_ready()
        d.page()
        wait_for(lambda: engine.events.streams, what="the event stream")
        return engine, d
    return start


def assert_as_fresh(engine, d, tmp_path, timeout=SOON):
    """The page is in the end what a Dockmeter that starts now shows."""
    with dockmeter(tmp_path, engine.path, "--collection.host_root", engine.host.folder) as fresh:
        fresh.wait_ready()

        def complete():
            text = fresh.get().text
            live = len(re.findall(r'\ncontainer_state\{[^\n]*state="(?:running|paused)"', text))
            return ("\ndocker_networks " in text and text.count("\ncontainer_created_time_seconds{") == len(engine.entries)
                    and text.count("\ncontainer_pids_current{") == live
                    and 'status="running",health_status="",started_at=""' not in text and lasting(text))
        wanted = wait_for(complete)

        def same():
            now = lasting(d.get().text)
            assert now == wanted, f"too much: {sorted(now - wanted)[:20]}, too little: {sorted(wanted - now)[:20]}"
            return True
        wait_for(same, timeout, 0.05, "the page to be a fresh one's")


def upheaval(engine):
    """Something of everything, with several events for one container."""
    for n in range(1, 21):
        cid = container_id(n)
        if n % 5 == 0:
            engine.remove(cid)
        elif n % 5 == 1:
            engine.restart(cid, policy=True, code=1)
            engine.rename(cid, f"renamed{n}")
        elif n % 5 == 2:
            engine.pause(cid)
            engine.unpause(cid)
            engine.update(cid, NanoCpus=n * 10**8)
        elif n % 5 == 3:
            engine.die(cid, n)
            engine.launch(cid)
            engine.health(cid, "unhealthy")
        else:
            engine.die(cid, n)
        engine.add(100 + n, f"new{n}")
    for n in range(1, 11):
        engine.remove(container_id(100 + n))
    engine.add(201, "c0005")


@pytest.mark.parametrize("order", ["reversed", "sorted by action", "halves swapped"])
def test_events_in_another_order(pair, tmp_path, order):
    engine, d = pair()
    engine.events.hold()
    upheaval(engine)
    engine.events.release({"reversed": lambda e: list(reversed(e)), "sorted by action": lambda e: sorted(
        e, key=lambda x: x["Action"]), "halves swapped": lambda e: e[len(e) // 2:] + e[:len(e) // 2]}[order])
    assert_as_fresh(engine, d, tmp_path)


def test_events_that_come_several_times(pair, tmp_path):
    engine, d = pair()
    engine.events.copies = 3
    upheaval(engine)
    assert_as_fresh(engine, d, tmp_path)
    page = d.page()
    assert page.value("container_restarts_total", container_name="renamed1") == 1
    assert page.value("container_restarts_total", container_name="c0003") == 1


def test_events_that_come_late(pair, tmp_path):
    engine, d = pair()
    engine.events.delay = 0.5
    upheaval(engine)
    assert_as_fresh(engine, d, tmp_path)


@pytest.mark.parametrize("lost", ["die", "start", "destroy", "all"])
def test_events_that_are_lost(pair, tmp_path, lost):
    """The list of the resync finds what nobody told."""
    engine, d = pair(20, "--collection.resync", "1s")
    engine.events.lose = lambda event: lost in ("all", event["Action"])
    upheaval(engine)
    assert_as_fresh(engine, d, tmp_path)


def test_a_stream_that_is_silent(pair, tmp_path):
    engine, d = pair(20, "--collection.resync", "1s")
    engine.events.stalled = True
    upheaval(engine)
    assert_as_fresh(engine, d, tmp_path)
    assert d.page().value("exporter_up") == 1


CUTS = {"between lines": dict(), "orderly": dict(orderly=True), "in a line": dict(tail=b'{"status":"start","id":"00'),
        "in a character": dict(tail=b'{"status":"rename","Actor":{"Attributes":{"name":"gr\xc3'),
        "after a line's end was missing": dict(tail=b"{}")}


@pytest.mark.parametrize("where", CUTS)
def test_a_stream_that_is_cut(pair, tmp_path, where):
    """It is opened again with the time of the last event, and a list follows."""
    engine, d = pair(20, "--collection.resync", "1h")
    engine.pause(container_id(1))
    seen(d, "fake pause", lambda p: in_state(p, "c0001", "paused"))
    opened = len(engine.events.opened)
    engine.events.cut(**CUTS[where])
    upheaval(engine)
    assert_as_fresh(engine, d, tmp_path)
    wait_for(lambda: any("since=" in target for target in engine.events.opened[opened:]), what="the stream with its time")
    wait_for(lambda: engine.events.streams)
    engine.pause(container_id(2))
    seen(d, "fake pause after the cut", lambda p: in_state(p, "c0002", "paused"))
    assert d.page().value("container_restarts_total", container_name="c0003") == 1


def stream_errors(page):
    return {labels["code"] for labels, _ in page.all("exporter_engine_requests_total", endpoint="events")} - {"200"}


GARBAGE = {"10 MB event": (b'{"status":"start","id":"' + b"0" * 10_000_000 + b'"}\n', "too_large"),
           "no JSON": (b"\0\1\2 this is no event\n", "malformed"), "other JSON": (b"[]\nnull\n42\n", "malformed"),
           "no UTF-8": (b'{"status":"\xff\xfe","id":"\xc3"}\n', "malformed"),
           "nested": (b"[" * 100_000 + b"]" * 100_000 + b"\n", "malformed|too_large")}


@pytest.mark.parametrize("kind", GARBAGE)
def test_events_that_are_none(pair, tmp_path, kind):
    """Counted, and followed by a list, since something was lost; the stream goes on."""
    engine, d = pair(20, "--collection.resync", "1h")
    data, codes = GARBAGE[kind]
    before, rss = engine.count("list"), d.rss_kb()
    engine.events.raw(data)
    engine.pause(container_id(3))
    seen(d, f"fake pause behind {kind}", lambda p: in_state(p, "c0003", "paused"))
    wait_for(lambda: engine.count("list") > before, what="a list")
    assert stream_errors(d.page()) & set(codes.split("|"))
    upheaval(engine)
    assert_as_fresh(engine, d, tmp_path)
    if not sanitized():
        assert d.rss_kb() < rss + 8_000


def test_a_line_that_never_ends(pair, tmp_path):
    engine, d = pair(20, "--collection.resync", "1s")
    rss = d.rss_kb()
    engine.events.endless(limit=100 << 20)
    upheaval(engine)
    assert_as_fresh(engine, d, tmp_path)
    wait_for(lambda: "too_large" in stream_errors(d.page()))
    if not sanitized():
        assert d.rss_kb() < rss + 8_000


def test_a_proxy_that_refuses_the_stream(fake, hostroot, meter):
    """A list and inspects at each scrape, and one line in the log."""
    host = hostroot("v2")
    engine = fake(containers=5, host=host)
    engine.spoil("events", Body(b"<html>403 Forbidden</html>", 403, "text/html"))
    d = meter(engine.path, "--collection.host_root", host.folder).wait_ready()
    d.page()
    for n in range(1, 6):
        engine.pause(container_id(n))
        engine.forget()
        page = d.page()
        assert in_state(page, f"c{n:04d}", "paused"), "on the very next page"
        assert sources(page) == {"kernel": 5}
        assert engine.count("list") == 1 and engine.count("inspect") >= 1 and engine.count("stats") == 0
    lines = [line for line in d.log_lines() if "event" in str(line).lower() and line["level"] in ("warn", "error")]
    assert len(lines) == 1 and "EVENTS=1" in str(lines[0]), lines
    assert stream_errors(d.page()) == {"403"}


@pytest.mark.parametrize("change", [False, True])
def test_an_engine_that_is_killed_and_comes_back(pair, tmp_path, change):
    engine, d = pair()
    engine.pause(container_id(7))
    seen(d, "fake pause", lambda p: in_state(p, "c0007", "paused"))
    engine.stop()
    if change:
        upheaval(engine)
    wait_for(lambda: d.page().value("exporter_up") == 0)
    engine.start()
    wait_for(lambda: d.page().value("exporter_up") == 1)
    assert_as_fresh(engine, d, tmp_path)
    wait_for(lambda: engine.events.streams, what="the event stream to be opened again")
    engine.pause(container_id(12))
    seen(d, "fake pause after a restart", lambda p: in_state(p, "c0012", "paused"))


def test_a_daemon_with_live_restore(tmp_path):
    """Its containers run on while it is killed: same lives, no restart counted, figures all the time."""
    from conftest import started
    with started(Engine("--live-restore")) as engine:
        engine.run("lasting", Cmd=SLEEP)
        with dockmeter(tmp_path, engine.socket) as d:
            d.wait_ready()
            wait_for(lambda: d.page().get("container_pids_current", container_name="lasting") == 1, SOON)
            before = d.page()
            engine.process.kill()
            engine.process.wait()
            wait_for(lambda: d.page().value("exporter_up") == 0)
            if sources(before) == {"kernel": 1}:
                assert d.page().value("container_pids_current", container_name="lasting") == 1
            engine.start()
            wait_for(lambda: d.page().value("exporter_up") == 1)
            page = wait_for(lambda: (p := d.page()) and in_state(p, "lasting", "running") and p, SOON)
            for family in ("container_start_time_seconds", "container_restarts_total"):
                assert page.value(family, container_name="lasting") == before.value(family, container_name="lasting"), family
            engine.api("POST", "/containers/lasting/pause")
            seen(d, "real pause after live-restore", lambda p: in_state(p, "lasting", "paused"))
            engine.api("POST", "/containers/lasting/unpause")


@pytest.mark.slow
def test_5000_containers_at_once(pair, tmp_path):
    engine, d = pair(0)
    since = time.monotonic()
    for n in range(1, 5001):
        engine.add(n, f"c{n:04d}")
    assert_as_fresh(engine, d, tmp_path, 60)
    LATENCIES.append(("5,000 new ones", (time.monotonic() - since) * 1000))
    for n in range(1, 5001):
        engine.die(container_id(n), 1)
    wait_for(lambda: "\ncontainer_pids_current{" not in d.get().text, what="all to be gone")
    assert_as_fresh(engine, d, tmp_path, 60)
