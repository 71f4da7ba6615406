"""container_restarts_total and container_oom_kills_total: they count what happened and never go back."""
import contextlib
import pytest

from fakeengine import container_id
from support import wait_for

GREEDY = "x=$(yes 0123456789 | dd bs=1M count=64 2>/dev/null); echo $x"
SMALL = {"Memory": 16 << 20, "MemorySwap": 16 << 20}


def value(d, what, name):
    return d.page().get(f"container_{what}_total", container_name=name)


def becomes(d, what, name, wanted):
    """Waits for this value, through which no other may come that is above it or falls."""
    seen = []

    def there():
        seen.append(value(d, what, name))
        known = [v for v in seen if v is not None]
        assert known == sorted(known), f"{what} fell: {known}"
        assert not known or known[-1] <= wanted, f"{what}: {known}, wanted {wanted}"
        return known and known[-1] == wanted
    wait_for(there, interval=0.02, what=f"{what} of {name} to be {wanted}")


@pytest.fixture(params=["events", "lists"])
def followed(request, fake, hostroot, meter):
    """A fake Engine followed by its events, or by lists each second because nothing else arrives."""
    host = hostroot("v2")
    engine = fake(containers=3, host=host)
    d = meter(engine.path, "--collection.host_root", host.folder, "--collection.resync",
              "1h" if request.param == "events" else "1s").wait_ready()
    d.page()
    wait_for(lambda: engine.events.streams)
    engine.events.stalled = request.param == "lists"
    return engine, d


def test_restarts(followed):
    engine, d = followed
    cid = container_id(2)
    becomes(d, "restarts", "c0002", 0)
    total = 0
    for policy in (True, True, False, True, False):
        engine.restart(cid, policy=policy, code=1)
        total += 1
        becomes(d, "restarts", "c0002", total)
    engine.die(cid, 1)
    becomes(d, "restarts", "c0002", total)
    engine.launch(cid)
    becomes(d, "restarts", "c0002", total + 1)
    count = engine.inspected(cid)["RestartCount"]
    wait_for(lambda: d.page().value("container_restart_count", container_name="c0002") == count)
    assert value(d, "restarts", "c0001") == 0


def test_restarts_begin_at_the_engines_count(fake, meter):
    engine = fake(containers=1)
    for _ in range(3):
        engine.restart(container_id(1), policy=True)
    d = meter(engine.path, "--collection.source", "engine").wait_ready()
    becomes(d, "restarts", "c0001", 3)
    engine.restart(container_id(1))
    becomes(d, "restarts", "c0001", 4)


def test_many_restarts_at_once(followed):
    engine, d = followed
    if engine.events.stalled:
        engine.restart(container_id(1), policy=True)
        for _ in range(9):
            engine.restart(container_id(1), policy=True)
    else:
        engine.events.hold()
        for n in range(10):
            engine.restart(container_id(1), policy=n % 2 == 0)
        engine.events.release()
    becomes(d, "restarts", "c0001", 10)


def test_a_first_start_is_no_restart(followed):
    engine, d = followed
    cid = engine.create(50, "fresh")
    becomes(d, "restarts", "fresh", 0)
    engine.launch(cid)
    wait_for(lambda: d.page().get("container_state", container_name="fresh", state="running"))
    assert value(d, "restarts", "fresh") == 0


def test_an_engine_that_ends(fake, hostroot, meter):
    """Its socket goes before its containers die: they stay known, and their next starts are restarts."""
    host = hostroot("v2")
    engine = fake(containers=3, host=host)
    d = meter(engine.path, "--collection.host_root", host.folder).wait_ready()
    becomes(d, "restarts", "c0001", 0)
    wait_for(lambda: engine.events.streams)
    engine.close_door()
    engine.die(container_id(1))
    wait_for(lambda: d.page().value("exporter_up") == 0)
    assert "c0001" in d.page().containers()
    engine.stop()
    engine.launch(container_id(1))
    engine.start()
    becomes(d, "restarts", "c0001", 1)


def test_oom_kills(followed):
    """Three sources of one kill count it once; lives are added up."""
    engine, d = followed
    cid = container_id(3)
    becomes(d, "oom_kills", "c0003", 0)
    engine.oom(cid, fatal=False)
    becomes(d, "oom_kills", "c0003", 1)
    engine.oom(cid, fatal=False)
    becomes(d, "oom_kills", "c0003", 2)
    engine.oom(cid)
    becomes(d, "oom_kills", "c0003", 2 if engine.events.stalled else 3)
    engine.launch(cid)
    wait_for(lambda: d.page().get("container_pids_current", container_name="c0003"))
    engine.oom(cid)
    becomes(d, "oom_kills", "c0003", 3 if engine.events.stalled else 4)


def test_a_recreated_container_goes_on(followed):
    engine, d = followed
    engine.restart(container_id(1))
    becomes(d, "restarts", "c0001", 1)
    engine.oom(container_id(1), fatal=False)
    becomes(d, "oom_kills", "c0001", 1)
    engine.remove(container_id(1))
    wait_for(lambda: "c0001" not in d.page().containers())
    engine.add(60, "c0001")
    becomes(d, "restarts", "c0001", 1)
    becomes(d, "oom_kills", "c0001", 1)
    engine.restart(container_id(60))
    becomes(d, "restarts", "c0001", 2)
    engine.add(61, "another")
    becomes(d, "restarts", "another", 0)


# On the real Engine.
def follows(d, engine, name):
    """The total is the Engine's count, read before and after."""
    def bracketed():
        low = engine.inspect(name)["RestartCount"]
        shown = value(d, "restarts", name)
        return low >= 2 and low <= shown <= engine.inspect(name)["RestartCount"]
    wait_for(bracketed, interval=0.05, what=f"{name}'s restarts as the Engine counts them")


def test_the_real_engines_policy_and_hand(engine, meter, extra):
    """RestartCount returns to 0 on a start by hand; the total goes on."""
    d = meter(engine.socket, "--collection.resync", "1h").wait_ready()
    extra("dying", Cmd=["sh", "-c", "sleep 0.1; test -e /stay && exec sleep 100000; exit 1"],
          HostConfig={"RestartPolicy": {"Name": "always"}})
    follows(d, engine, "dying")
    staying = engine.folder / "stay"
    staying.write_text("")
    wait_for(lambda: engine.docker("cp", str(staying), "dying:/stay") is not None)
    wait_for(lambda: engine.command("dying").startswith(b"sleep") and b"100000" in engine.command("dying"))
    count = engine.inspect("dying")["RestartCount"]
    becomes(d, "restarts", "dying", count)
    engine.api("POST", "/containers/dying/restart?t=0")
    becomes(d, "restarts", "dying", count + 1)
    assert engine.inspect("dying")["RestartCount"] == 0
    wait_for(lambda: d.page().value("container_restart_count", container_name="dying") == 0)
    engine.api("POST", "/containers/dying/kill")
    engine.api("POST", "/containers/dying/start")
    becomes(d, "restarts", "dying", count + 2)


def test_a_later_dockmeter_begins_at_the_engines_count(engine, meter):
    d = meter(engine.socket).wait_ready()
    follows(d, engine, "looping")


def another_oom_kill(engine, d, name, before):
    """Starts it until a kill is counted: this Engine loses the event of a quick end now and then, and its OOMKilled
    stays true from the life before, so that such a kill cannot be known."""
    for _ in range(5):
        engine.api("POST", f"/containers/{name}/start")
        wait_for(lambda: engine.inspect(name)["State"]["Status"] == "exited")
        with contextlib.suppress(AssertionError):
            wait_for(lambda: value(d, "oom_kills", name) > before)
            return
    raise AssertionError("no kill was counted in five lives")


def test_the_real_engines_oom_kills(engine, meter, extra):
    """The first process, and a child of one that lives on; each life adds."""
    d = meter(engine.socket, "--collection.resync", "1h").wait_ready()
    extra("child", Cmd=["sh", "-c", f"for i in 1 2; do sh -c '{GREEDY}' >/dev/null; done; sleep 100000"], HostConfig=SMALL)
    extra("first", Cmd=["sh", "-c", f"sleep 0.2; {GREEDY}"], HostConfig=SMALL)
    wait_for(lambda: engine.inspect("first")["State"]["Status"] == "exited")
    with contextlib.suppress(AssertionError):
        wait_for(lambda: (value(d, "oom_kills", "first") or 0) >= 1)
    once = value(d, "oom_kills", "first") or 0
    another_oom_kill(engine, d, "first", once)
    another_oom_kill(engine, d, "first", value(d, "oom_kills", "first"))
    control = engine.cgroup("memory", "child") / "memory.oom_control"

    def kills():
        return int(control.read_text().split("oom_kill ")[1])
    wait_for(lambda: kills() >= 1, what="a child to have been killed")
    wait_for(lambda: value(d, "oom_kills", "child") == kills(), what="the kernel's own count")


def test_recreated_on_the_real_engine(engine, meter, extra):
    d = meter(engine.socket, "--collection.resync", "1h").wait_ready()
    extra("again", Cmd=["sleep", "100000"], Labels={"com.docker.compose.project": "p", "com.docker.compose.service": "s"})
    becomes(d, "restarts", "again", 0)
    engine.api("POST", "/containers/again/restart?t=0")
    becomes(d, "restarts", "again", 1)
    engine.remove("again")
    wait_for(lambda: "again" not in d.page().containers())
    extra("again", Cmd=["sleep", "100000"], Labels={"com.docker.compose.project": "p", "com.docker.compose.service": "s"})
    becomes(d, "restarts", "again", 1)
    engine.api("POST", "/containers/again/restart?t=0")
    becomes(d, "restarts", "again", 2)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_over_a_restart_of_the_real_engine(second_engine, meter, how):
    """`one` and `two` are restarted by the Engine when it comes back: each counts once, nothing falls."""
    engine = second_engine
    d = meter(engine.socket).wait_ready()
    wait_for(lambda: None not in [value(d, "restarts", name) for name in ("one", "two")])
    engine.api("POST", "/containers/one/restart?t=0")
    before = {name: value(d, "restarts", name) for name in ("one", "two")}
    wait_for(lambda: value(d, "restarts", "one") >= 1)
    before["one"] = value(d, "restarts", "one")
    starts = {name: engine.inspect(name)["State"]["StartedAt"] for name in ("one", "two")}
    if how == "stop":
        engine.stop()
    else:
        engine.process.kill()
        engine.process.wait()
    wait_for(lambda: d.page().value("exporter_up") == 0)
    engine.start()
    wait_for(lambda: d.page().value("exporter_up") == 1)
    wait_for(lambda: all(engine.inspect(n)["State"]["Running"] for n in starts))
    for name, began in starts.items():
        grown = engine.inspect(name)["State"]["StartedAt"] != began
        assert grown, "an Engine without live-restore starts its containers anew"
        becomes(d, "restarts", name, before[name] + 1)
