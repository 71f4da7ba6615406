"""What a steady scrape costs the Engine: nothing with the kernel source, one call a container with its own."""
import re
from collections import Counter

import pytest

from fakeengine import container_id
from page import at_rest, sources
from recordproxy import RecordingProxy
from support import wait_for

SCRAPES = 100
STEADY = ("--collection.system_interval", "1h", "--collection.resync", "1h")


def settled(d, wanted):
    """A Dockmeter that has seen all and has nothing left to ask."""
    wait_for(lambda: sources(d.page()) == wanted, what=f"the sources {wanted}")
    at_rest(d)
    return d


@pytest.mark.parametrize("mode", ["v1", "v2", "hybrid"])
def test_100_scrapes_ask_the_engine_nothing(fake, hostroot, meter, mode):
    host = hostroot(mode)
    engine = fake(containers=20, host=host)
    engine.die(container_id(20))
    engine.pause(container_id(19))
    d = settled(meter(engine.path, "--collection.host_root", host.folder, *STEADY), {"kernel": 19, "none": 1})
    engine.forget()
    for n in range(SCRAPES):
        host.bump(container_id(n % 19 + 1))
        assert d.get().status == 200
    assert set(engine.asked()) <= {"ping"}, engine.asked()


def test_the_api_source_asks_once_for_each_running_container(fake, hostroot, meter):
    host = hostroot("v2")
    engine = fake(containers=20, host=host)
    engine.die(container_id(20))
    engine.pause(container_id(19))
    d = settled(meter(engine.path, "--collection.host_root", host.folder, "--collection.source", "engine", *STEADY),
                {"engine": 19, "none": 1})
    engine.forget()
    for _ in range(10):
        d.page()
    asked = engine.asked()
    assert asked.pop("stats") == 10 * 19
    assert set(asked) <= {"ping"}, asked
    each = Counter(re.search(r"/containers/([0-9a-f]+)/stats", target)[1] for _, target in engine.requests if "/stats" in target)
    assert set(each.values()) == {10} and container_id(20) not in each


NOT_BY_THE_KERNEL = {
    "no files": lambda host, cid: host.hide(cid),
    "its cgroup is elsewhere": lambda host, cid: host.reborn(cid, f"0::/not/here/{cid}\n"),
    "its pid is another's": lambda host, cid: host.reborn(cid, "0::/init.scope\n"),
    "it is Dockmeter's own": lambda host, cid: host.reborn(cid, "0::/\n"),
}


@pytest.mark.parametrize("why", NOT_BY_THE_KERNEL)
def test_one_unreadable_container_costs_one_call(fake, hostroot, meter, why):
    host = hostroot("v2")
    engine = fake(containers=20, host=host)
    NOT_BY_THE_KERNEL[why](host, container_id(5))
    d = settled(meter(engine.path, "--collection.host_root", host.folder, *STEADY), {"kernel": 19, "engine": 1})
    engine.forget()
    for _ in range(10):
        d.page()
    asked = engine.asked()
    assert asked.pop("stats") == 10
    assert asked.pop("inspect", 0) <= 2, "it may be looked at again, not at each scrape"
    assert set(asked) <= {"ping"}, asked


def test_a_change_costs_one_inspect(fake, hostroot, meter):
    host = hostroot("v2")
    engine = fake(containers=20, host=host)
    d = settled(meter(engine.path, "--collection.host_root", host.folder, *STEADY), {"kernel": 20})
    engine.forget()
    engine.pause(container_id(3))
    wait_for(lambda: d.page().get("container_state", container_name="c0003", state="paused"))
    for _ in range(5):
        d.page()
    asked = engine.asked()
    assert asked.pop("inspect") == 1
    assert set(asked) <= {"ping"}, asked


def test_a_burst_is_gathered(fake, hostroot, meter):
    """200 changes of one container at once are not 200 inspects, and those of 20 not 20 lists."""
    host = hostroot("v2")
    engine = fake(containers=20, host=host)
    d = settled(meter(engine.path, "--collection.host_root", host.folder, *STEADY), {"kernel": 20})
    engine.forget()
    engine.events.hold()
    for _ in range(100):
        engine.pause(container_id(3))
        engine.unpause(container_id(3))
    for n in range(21, 41):
        engine.add(n, f"c{n:04d}")
    engine.events.release()
    wait_for(lambda: sources(d.page()) == {"kernel": 40})
    at_rest(d)
    asked = engine.asked()
    assert asked["list"] <= 3 and asked["inspect"] <= 60, asked


def test_a_new_container_costs_its_own_inspect(fake, hostroot, meter):
    """However many there are beside it: a list may find it, the others are not inspected again."""
    host = hostroot("v2")
    engine = fake(containers=200, host=host)
    d = settled(meter(engine.path, "--collection.host_root", host.folder, *STEADY), {"kernel": 200})
    engine.forget()
    engine.add(500, "late")
    wait_for(lambda: sources(d.page()) == {"kernel": 201})
    at_rest(d)
    asked = engine.asked()
    assert asked["list"] <= 2 and asked["inspect"] <= 3, asked


def test_an_event_goes_before_a_resynchronisation(fake, hostroot, meter):
    """After a lost line everything is inspected again, once; what an event names is inspected first."""
    host = hostroot("v2")
    engine = fake(containers=600, host=host)
    d = settled(meter(engine.path, "--collection.host_root", host.folder, *STEADY), {"kernel": 600})
    engine.forget()
    engine.events.raw(b"no event\n")
    engine.pause(container_id(300))
    wait_for(lambda: engine.asked()["inspect"] >= 600)
    with engine.lock:
        asked = [target for _, target in engine.requests if "/json" in target and "/containers/json" not in target]
    first = next(i for i, target in enumerate(asked) if container_id(300) in target)
    assert first < 100, f"inspect {first} of {len(asked)}"
    at_rest(d)
    assert engine.asked()["inspect"] <= 620 and engine.asked()["list"] <= 2, engine.asked()


@pytest.fixture(scope="module")
def quiet_engine():
    """A real Engine on which nothing happens."""
    from conftest import started
    from realengine import SLEEP, Engine
    with started(Engine()) as e:
        for n in range(3):
            e.run(f"quiet{n}", Cmd=SLEEP)
        e.run("done", Cmd=["true"])
        wait_for(lambda: e.inspect("done")["State"]["Status"] == "exited")
        yield e


def test_100_scrapes_ask_the_real_engine_nothing(quiet_engine, meter, tmp_path):
    with RecordingProxy(tmp_path / "proxy.sock", quiet_engine.socket) as proxy:
        d = settled(meter(proxy.listen, "--collection.source", "kernel", *STEADY), {"kernel": 3, "none": 1})
        proxy.requests.clear()
        for _ in range(SCRAPES):
            assert d.get().status == 200
        assert [target for _, target in proxy.requests if "_ping" not in target] == []
        page = d.page()
        assert page.value("container_pids_current", container_name="quiet0") == 1


def test_the_api_source_on_the_real_engine(quiet_engine, meter, tmp_path):
    with RecordingProxy(tmp_path / "proxy.sock", quiet_engine.socket) as proxy:
        d = settled(meter(proxy.listen, "--collection.source", "engine", *STEADY), {"engine": 3, "none": 1})
        proxy.requests.clear()
        for _ in range(3):
            d.page()
        asked = [target for _, target in proxy.requests if "_ping" not in target]
        assert len(asked) == 9 and all("/stats" in target for target in asked), asked
