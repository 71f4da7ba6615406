"""The kernel as the source, on host roots that are made up: every figure is the file's."""
import os
import shutil

import pytest

import support
from fakeengine import container_id
from page import counters, figures, sources
from support import run, wait_for

CONTAINERS = 6


@pytest.fixture(params=["v1", "v2", "hybrid", "systemd"])
def mode(request):
    return request.param


@pytest.fixture
def pair(fake, hostroot, meter):
    """pair(mode, *args) gives a host root, a fake Engine on it and a Dockmeter that has read all; settle=False: nothing yet."""
    def start(mode="v2", *args, containers=CONTAINERS, settle=True, **kwargs):
        host = hostroot(mode)
        engine = fake(containers=containers, host=host, **kwargs)
        d = meter(engine.path, "--collection.host_root", host.folder, *args).wait_ready()
        if settle and "engine" not in args:  # the first page does not wait long for inspects
            wait_for(lambda: sources(d.page()) == {"kernel": containers}, what="all to be read from the kernel")
        engine.forget()
        return host, engine, d
    return start


def name_of(n):
    return f"c{n:04d}"


def assert_files(page, host, *numbers, network=True):
    """These containers' figures are exactly their files'."""
    for n in numbers or range(1, CONTAINERS + 1):
        assert figures(page, name_of(n)) == host.expected(container_id(n), network), name_of(n)


def of_engine(page, n):
    """Whether a container's figures are the fake Engine's statistics."""
    return page.get("container_memory_usage_bytes", container_name=name_of(n)) == n * 4096


def of_kernel(page, host, n):
    return figures(page, name_of(n)) == host.expected(container_id(n))


def test_every_figure_is_the_files(pair, mode):
    host, engine, d = pair(mode)
    page = d.page()
    page.check_form()
    assert_files(page, host)
    assert sources(page) == {"kernel": CONTAINERS}
    assert engine.count("stats") == 0
    for n in range(1, CONTAINERS + 1):
        host.bump(container_id(n))
    assert_files(d.page(), host)
    assert len({labels["state"] for labels, _ in page.all("container_state")}) == 1
    assert not [line for line in d.log_lines() if line["level"] in ("warn", "error")]


def test_nanoseconds_to_the_digit(pair):
    host, _, d = pair("v1")
    us = host.numbers(container_id(4))["cpu_us"]
    assert d.page().digits("container_cpu_usage_seconds_total", name_of(4)) == f"{us // 10**6}.{us % 10**6:06d}007"


@pytest.mark.parametrize("source", ["auto", "kernel", "engine"])
def test_the_source_is_chosen(pair, source):
    host, engine, d = pair("v2", "--collection.source", source)
    page = d.page()
    if source == "engine":
        assert sources(page) == {"engine": CONTAINERS} and of_engine(page, 3)
        assert engine.count("stats") >= CONTAINERS
    else:
        assert sources(page) == {"kernel": CONTAINERS}
        assert_files(page, host)
        assert engine.count("stats") == 0


def member(path):
    return f"0::{path}\n"


UNREADABLE = {
    "no files": lambda host, cid: host.hide(cid),
    "its cgroup is elsewhere": lambda host, cid: host.reborn(cid, member(f"/not/here/{cid}")),
    "its pid is another container's": lambda host, cid: host.reborn(cid, member(f"/docker/{container_id(1)}")),
    "its pid is the host's": lambda host, cid: host.reborn(cid, member("/init.scope")),
}
UNSEEN = {
    "its process": lambda host, cid: shutil.rmtree(host.proc(cid)),
    "its cgroup": lambda host, cid: host.path(cid, "cgroup").write_text(""),
}


@pytest.mark.parametrize("why", UNREADABLE)
def test_one_container_falls_back_and_comes_back(pair, why):
    """Without files it comes back by itself; the others must start again."""
    host, engine, d = pair("v2")
    cid = container_id(3)
    assert_files(d.page(), host)
    UNREADABLE[why](host, cid)
    page = wait_for(lambda: (p := d.page()) and of_engine(p, 3) and p, what="the Engine's figures")
    assert sources(page) == {"kernel": CONTAINERS - 1, "engine": 1}
    assert_files(page, host, 1, 2, 4, 5, 6)
    host.heal(cid)
    host.bump(cid, 10**9)
    if why != "no files":
        engine.restart(cid)
    page = wait_for(lambda: (p := d.page()) and of_kernel(p, host, 3) and p, what="the kernel's figures again")
    assert sources(page) == {"kernel": CONTAINERS}


@pytest.mark.parametrize("why", UNREADABLE)
def test_one_container_is_unreadable_from_the_start(hostroot, fake, meter, why):
    host = hostroot("v2")
    engine = fake(containers=CONTAINERS, host=host)
    UNREADABLE[why](host, container_id(3))
    d = meter(engine.path, "--collection.host_root", host.folder).wait_ready()
    page = wait_for(lambda: (p := d.page()) and of_engine(p, 3) and p, what="the Engine's figures")
    assert sources(page) == {"kernel": CONTAINERS - 1, "engine": 1}
    assert_files(page, host, 1, 2, 4, 5, 6)


@pytest.mark.parametrize("why", UNREADABLE | UNSEEN)
def test_the_kernel_alone_shows_nothing_of_what_it_cannot_read(pair, why):
    host, engine, d = pair("v2", "--collection.source", "kernel", settle=False)
    (UNREADABLE | UNSEEN)[why](host, container_id(3))
    page = wait_for(lambda: (p := d.page()) and not figures(p, "c0003") and p)
    assert sources(page) == {"kernel": CONTAINERS - 1, "none": 1}
    assert page.value("container_state", container_name="c0003", state="running") == 1
    assert_files(page, host, 1, 2, 4, 5, 6)
    assert engine.count("stats") == 0


@pytest.mark.parametrize("why", UNSEEN)
def test_no_process_of_any_container_can_be_seen(hostroot, fake, meter, why):
    """As with an Engine on another machine: all is left to it."""
    host = hostroot("v2")
    engine = fake(containers=3, host=host)
    for n in (1, 2, 3):
        UNSEEN[why](host, container_id(n))
    d = meter(engine.path, "--collection.host_root", host.folder).wait_ready()
    page = wait_for(lambda: (p := d.page()) and of_engine(p, 3) and p, what="the Engine's figures")
    assert sources(page) == {"engine": 3}


@pytest.mark.parametrize("engine_is", ["behind", "ahead"])
def test_no_counter_falls_when_the_source_changes(pair, engine_is):
    """Kernel, Engine, kernel, with the Engine's figures below or above the files'."""
    host, engine, d = pair("v2", containers=2)
    cid, last = container_id(2), {}
    if engine_is == "ahead":
        engine.set_stats(cid, cpu_stats={"cpu_usage": {"total_usage": 10**15, "usage_in_usermode": 10**14,
                                                       "usage_in_kernelmode": 10**14}, "throttling_data": {"periods": 10**6}},
                         networks={"eth0": dict.fromkeys(("rx_bytes", "rx_packets", "tx_bytes", "tx_packets"), 10**9)},
                         blkio_stats={"io_service_bytes_recursive": [{"major": 8, "minor": 0, "op": "read", "value": 10**9}]})

    def page():
        nonlocal last
        p = d.page()
        now = counters(p)
        assert not {key: (value, now[key]) for key, value in last.items() if key in now and now[key] < value}
        last = {**last, **now}
        return p
    for _ in range(2):
        assert_sources(page, {"kernel": 2})
        host.hide(cid)
        assert_sources(page, {"kernel": 1, "engine": 1})
        page()
        host.heal(cid)
        host.bump(cid)
    assert_sources(page, {"kernel": 2})
    assert host.expected(cid)["container_memory_usage_bytes", ()] == page().value(
        "container_memory_usage_bytes", container_name="c0002"), "gauges are not held"


def assert_sources(page, wanted):
    wait_for(lambda: sources(page()) == wanted, interval=0.05, what=f"the sources {wanted}")


def test_a_new_life_begins_anew(pair):
    host, engine, d = pair("v2")
    cid = container_id(4)
    host.bump(cid, 10**9)
    assert_files(d.page(), host)
    engine.restart(cid)
    wait_for(lambda: of_kernel(d.page(), host, 4), what="the new life's figures")


def test_stopped_containers_keep_their_states(pair):
    host, engine, d = pair("v2")
    d.page()
    engine.die(container_id(2), 3)
    engine.create(77, "never")
    page = wait_for(lambda: (p := d.page()).get("container_exit_code", container_name="c0002") == 3 and p)
    assert not figures(page, "c0002") and not figures(page, "never")
    assert page.value("container_state", container_name="c0002", state="exited") == 1
    assert wait_for(lambda: d.page().get("container_state", container_name="never", state="created")) == 1
    assert_files(page, host, 1, 3, 4, 5, 6)
    engine.launch(container_id(2))
    wait_for(lambda: of_kernel(d.page(), host, 2), what="figures of the started one")


def test_networks_that_are_not_its_own(pair):
    host, engine, d = pair("v1", containers=1)
    for n, network in ((2, "host"), (3, "none"), (4, f"container:{container_id(1)}"), (5, "shop_default")):
        engine.add(n, name_of(n), network=network)
    page = wait_for(lambda: sources(p := d.page()) == {"kernel": 5} and p, what="all to be read from the kernel")
    assert_files(page, host, 1, 5)
    assert_files(page, host, 2, 3, 4, network=False)


def test_the_kernel_goes_on_when_the_engine_is_away(pair):
    host, engine, d = pair("v2", "--collection.resync", "4s")
    assert_files(d.page(), host)
    engine.stop()
    wait_for(lambda: d.page().value("exporter_up") == 0)
    for n in range(1, CONTAINERS + 1):
        host.bump(container_id(n))
    page = d.page()
    assert page.value("exporter_up") == 0
    assert_files(page, host)
    assert len(page.all("container_state")) == CONTAINERS
    wait_for(lambda: not d.page().all("container_state"), interval=0.1, what="the states to go")
    engine.start()
    wait_for(lambda: d.page().value("exporter_up") == 1)
    wait_for(lambda: sources(d.page()) == {"kernel": CONTAINERS})
    assert_files(d.page(), host)


BAD = [("v2", file, how) for file in ("cpu.stat", "memory.current", "memory.stat", "memory.max", "memory.events", "io.stat",
                                      "pids.max", "cpu.pressure", "net/dev", "memory.swap.current")
       for how in ("missing", "empty", "garbage", "long", "link", "fifo", "folder", "loop")]
BAD += [("v1", file, how) for file in ("cpuacct.usage", "cpuacct.stat", "memory.stat", "memory.limit_in_bytes",
                                       "blkio.throttle.io_serviced_recursive") for how in ("missing", "garbage", "long", "link")]
BAD += [(mode, file, "cut") for mode, file in (("v2", "cpu.stat"), ("v2", "memory.stat"), ("v2", "io.stat"), ("v2", "net/dev"),
                                               ("v2", "memory.pressure"), ("v1", "cpu.stat"), ("v1", "memory.stat"))]


@pytest.fixture(scope="module")
def spoiled(tmp_path_factory):
    """One Dockmeter for each mode on a host whose fifth container is spoiled and healed again and again."""
    import contextlib
    import tempfile
    from fakeengine import FakeEngine
    from hostroot import HostRoot
    from support import dockmeter
    with contextlib.ExitStack() as stack:
        pairs = {}
        for mode in ("v1", "v2"):
            folder = tempfile.mkdtemp(prefix="dm-host-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)
            stack.callback(shutil.rmtree, folder)
            host = HostRoot(f"{folder}/root", mode)
            path = tmp_path_factory.mktemp(mode)
            engine = stack.enter_context(FakeEngine(path / "engine.sock", containers=CONTAINERS, host=host))
            d = stack.enter_context(dockmeter(path, engine.path, "--collection.host_root", host.folder, "--collection.source",
                                              "kernel"))
            pairs[mode] = host, engine, d.wait_ready()
        yield pairs


@pytest.mark.parametrize("mode,file,how", BAD)
def test_bad_files(spoiled, mode, file, how):
    """Nothing is made up, nothing hangs, nobody else is touched; it heals by itself.

    The container starts anew with its bad file, since a file that is held open would not be missed."""
    host, engine, d = spoiled[mode]
    cid = container_id(5)
    engine.die(cid)
    wait_for(lambda: d.page().get("container_state", container_name="c0005", state="exited"))
    begin = host.add

    def add_spoiled(n, cid_, pid):
        begin(n, cid_, pid)
        host.spoil(cid_, file, how)
    host.add = add_spoiled
    try:
        engine.launch(cid)
    finally:
        host.add = begin
    healthy = host.expected(cid)
    page = wait_for(lambda: (p := d.page()) and figures(p, "c0005") and p, interval=0.01)
    page = d.page()
    shown = figures(page, "c0005")
    assert {key: value for key, value in shown.items() if healthy.get(key) != value} == {}, "made up"
    assert len(shown) >= 5, "what the other files say is still there"
    if how != "cut":
        assert len(shown) < len(healthy), "the bad file's figures are absent"
    assert_files(page, host, 1, 2, 3, 4, 6)
    host.heal(cid)
    if how == "missing":  # what a kernel does not have it will not have for this container
        engine.restart(cid)
    wait_for(lambda: of_kernel(d.page(), host, 5), interval=0.02, what="the healed figures")
    assert d.get("/health").status == 200


@pytest.mark.parametrize("file", ["cpu.stat", "memory.stat", "net/dev"])
def test_a_file_that_turns_bad_while_it_is_read(spoiled, file):
    """The kernel changes files in place; what a reader holds open changes with them."""
    host, _, d = spoiled["v2"]
    cid = container_id(3)
    for how in ("empty", "garbage", "long"):
        host.spoil(cid, file, how)
        page = d.page()
        healthy = host.expected(cid)
        assert all(healthy.get(key) == value for key, value in figures(page, "c0003").items()), how
        assert_files(page, host, 1, 2, 4, 6)
        host.heal(cid)
        wait_for(lambda: of_kernel(d.page(), host, 3))


@pytest.mark.parametrize("source", ["auto", "kernel"])
@pytest.mark.parametrize("root", ["missing", "empty", "file"])
def test_a_host_root_that_is_none(fake, tmp_path, root, source):
    path = tmp_path / "root"
    if root == "empty":
        path.mkdir()
    elif root == "file":
        path.write_text("")
    engine = fake(containers=1)
    done = run("serve", "--docker.host", f"unix://{engine.path}", "--server.port", "0", "--collection.host_root", path,
               "--collection.source", source)
    assert done.returncode not in (0, -11, -6)
    assert str(path) in done.stderr and "host_root" in done.stderr


def test_a_wrong_source(fake):
    done = run("serve", "--docker.host", f"unix://{fake(containers=0).path}", "--collection.source", "cgroup")
    assert done.returncode not in (0, -11, -6)
    assert all(word in done.stderr for word in ("collection.source", "auto", "kernel", "engine"))


def test_an_unprivileged_user_may_not_read_one(monkeypatch, hostroot, fake, meter):
    """What its user may not read comes from the Engine, and the others from their files."""
    host = hostroot("v2")
    engine = fake(containers=CONTAINERS, host=host, path=host.folder.parent / "engine.sock")
    os.chmod(engine.path, 0o666)
    monkeypatch.setattr(support, "DIE_WITH_US", [*support.DIE_WITH_US, "--reuid", "65534", "--regid", "65534", "--clear-groups"])
    d = meter(engine.path, "--collection.host_root", host.folder).wait_ready()
    assert_files(d.page(), host)
    os.chmod(host.path(container_id(3), "cpu.stat").parent, 0)
    engine.restart(container_id(2))
    os.chmod(host.path(container_id(2), "cpu.stat").parent, 0)
    wait_for(lambda: of_engine(d.page(), 2), what="the Engine's figures")
    assert_files(d.page(), host, 1, 4, 5, 6)
