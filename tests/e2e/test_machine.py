"""Whose machine the kernel is that is read: of the Engine's, of nobody known, of another than the Engine's."""
import json

import pytest

from fakeengine import Body, container_id, rfc3339
from hostroot import MEM_TOTAL
from support import free_port, wait_for

CADVISOR = "/metrics?profile=cadvisor"
DATA_EXPORTER = "/metrics?profile=data-exporter"
HERE = "machine-of-the-tests"


@pytest.fixture
def here(hostroot):
    """A made-up machine with its name and boot."""
    host = hostroot()
    for path, text in (("etc/hostname", HERE), ("proc/sys/kernel/random/boot_id", "boot-of-the-tests")):
        (host.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (host.folder / path).write_text(text + "\n")
    (host.folder / "proc/stat").write_text("cpu  9 0 9 9 0\ncpu0 3 0 3 3 0\ncpu1 3 0 3 3 0\ncpu2 3 0 3 3 0\nbtime 1700000000\n")
    return host


def named(fake, name):
    info = json.loads(fake.bodies["info", None])
    fake.bodies["info", None] = json.dumps(dict(info, Name=name)).encode()


def shows_machine(page):
    shown = bool([labels for _, labels in page.samples if ("id", "/") in labels])
    assert shown == ("boot-of-the-tests" in page.text)
    return shown


def test_an_engine_elsewhere_is_not_this_machine(meter, fake, here):
    """Without containers nothing tells whose the kernel is, but for the name."""
    port = free_port()
    engine = fake(path=port, containers=0)
    named(engine, "far-away")
    d = meter(f"tcp://127.0.0.1:{port}", "--collection.host_root", here.folder).wait_ready()
    page = wait_for(lambda: (p := d.page(CADVISOR)).all("machine_memory_bytes") and p, what="the Engine's facts")
    assert page.value("machine_memory_bytes") == 1 << 34 and not shows_machine(page)
    down = meter(f"tcp://127.0.0.1:{free_port()}", "--collection.host_root", here.folder)
    assert not shows_machine(down.page(CADVISOR))


def test_an_engine_of_the_same_name_is(meter, fake, here):
    port = free_port()
    named(fake(path=port, containers=0), HERE)
    d = meter(f"tcp://127.0.0.1:{port}", "--collection.host_root", here.folder).wait_ready()
    wait_for(lambda: shows_machine(d.page(CADVISOR)), what="the Engine's name")


def test_a_container_that_the_kernel_knew_is_proof_for_good(meter, fake, here):
    port = free_port()
    engine = fake(path=port, containers=1, host=here)
    d = meter(f"tcp://127.0.0.1:{port}", "--collection.host_root", here.folder).wait_ready()
    wait_for(lambda: shows_machine(d.page(CADVISOR)))
    engine.remove(next(iter(engine.entries)))
    wait_for(lambda: not d.page(CADVISOR).all("container_last_seen", name="c0001"))
    assert shows_machine(d.page(CADVISOR))


def test_an_engine_on_a_socket_is_here_even_while_it_is_down(meter, here, tmp_path):
    assert shows_machine(meter(tmp_path / "none.sock", "--collection.host_root", here.folder).page(CADVISOR))


def test_an_engine_whose_containers_the_kernel_does_not_know_is_not(meter, fake, here):
    d = meter(fake(containers=2).path, "--collection.host_root", here.folder).wait_ready()
    wait_for(lambda: d.page(CADVISOR).all("container_cpu_usage_seconds_total", name="c0001"))
    assert not shows_machine(d.page(CADVISOR))


def without_info(fake, **kwargs):
    """A proxy lets no INFO through."""
    engine = fake(**kwargs)
    engine.spoil("info", Body(b"Forbidden", 403, "text/html"))
    return engine


def test_the_kernel_knows_the_machine_that_the_engine_does_not_tell(meter, fake, here):
    d = meter(without_info(fake, containers=1, host=here).path, "--collection.host_root", here.folder).wait_ready()
    page = wait_for(lambda: (p := d.page()).all("container_cpu_usage_seconds_total") and p)
    assert page.value("machine_cpu_cores") == 3 and page.value("machine_memory_bytes") == MEM_TOTAL
    port = free_port()
    without_info(fake, path=port, containers=0)
    d = meter(f"tcp://127.0.0.1:{port}", "--collection.host_root", here.folder).wait_ready()
    assert not {"machine_cpu_cores", "machine_memory_bytes"} & d.page().names()


def test_data_exporter_carries_no_name_but_that_of_the_engines_machine(meter, fake, here):
    """By the kernel while the Engine has not told it; unless it is another's."""
    d = meter(without_info(fake, containers=1, host=here).path, "--collection.host_root", here.folder).wait_ready()
    page = wait_for(lambda: (p := d.page(DATA_EXPORTER)).all("container_mem_percent") and p)
    assert {dict(labels)["instance"] for _, labels in page.samples} == {HERE}
    port = free_port()
    engine = without_info(fake, path=port, containers=0)
    d = meter(f"tcp://127.0.0.1:{port}", "--collection.host_root", here.folder, "--collection.system_interval=1s").wait_ready()
    page = d.page(DATA_EXPORTER)
    assert all(name.startswith(("exporter_", "process_")) for name in page.names())
    assert page.value("exporter_up") == 1 and not any("instance" in dict(labels) for _, labels in page.samples)
    named(engine, "far-away")
    engine.heal()
    page = wait_for(lambda: (p := d.page(DATA_EXPORTER)).value("server_online") == 1 and p)
    assert {dict(labels)["server_hostname"] for _, labels in page.samples} == {"far-away"}


@pytest.mark.parametrize("args", [["--collection.collectors.system=false"], []], ids=["system off", "refused"])
def test_percentages_do_without_the_engines_word_on_cores(meter, fake, args):
    """Its statistics tell how many are online."""
    engine = without_info(fake, containers=1)
    tell(engine, 0, 1)
    d = meter(engine.path, "--collection.source=engine", "--collection.interval=1s", "--metrics.profile=docker-stats",
              *args).wait_ready()
    assert percentage(d, "docker-stats", 0) is None
    tell(engine, 10, 6)
    assert percentage(d, "docker-stats", 10) == 25


def tell(engine, second, cpu_s):
    """c0001 used so much CPU until this second after one moment; its memory says which reading it is."""
    cid = container_id(1)
    answer = json.loads(engine.bodies["stats", cid])
    cpu, memory = answer["cpu_stats"], answer["memory_stats"]
    cpu["cpu_usage"]["total_usage"] = cpu_s * 10**9
    engine.set_stats(cid, read=rfc3339(1_800_000_000 * 10**9 + second * 10**9), cpu_stats=cpu,
                     memory_stats=dict(memory, usage=memory_of(second)))


def memory_of(second):
    return (100_000 + second) * 4096


def percentage(d, profile, second):
    """What the first page with that reading has, its other figures being of the same collection."""
    family, label, memory = {
        "docker-stats": ("container_cpu_usage_percent", "name", "container_memory_usage_bytes"),
        "data-exporter": ("container_cpu_percent", "container_name", "container_mem_percent")}[profile]
    limit = 1 if profile == "docker-stats" else (1 << 34) / 100

    def page():
        p = d.page(f"/metrics?profile={profile}")
        return p if p.value(memory, **{label: "c0001"}) == pytest.approx(memory_of(second) / limit) else None
    return wait_for(page, interval=0.01, what="a page with the reading").get(family, **{label: "c0001"})


def test_containers_have_their_paths_on_the_first_page(meter, fake, here):
    """Of a snapshot that was taken before anybody asked for this profile: else all series would come twice."""
    d = meter(fake(containers=1, host=here).path, "--collection.host_root", here.folder, "--collection.interval=1h").wait_ready()
    wait_for(lambda: d.page().all("container_cpu_usage_seconds_total"), what="the first collection")
    (labels, _), = d.page(CADVISOR).all("container_last_seen", name="c0001")
    assert labels["id"] == f"/docker/{container_id(1)}"


def test_percentages_are_of_the_collection_that_the_page_shows(meter, fake):
    engine = fake(containers=1)
    tell(engine, 0, 1)
    d = meter(engine.path, "--collection.source=engine", "--collection.interval=1s", "--metrics.profile=docker-stats").wait_ready()
    assert percentage(d, "docker-stats", 0) is None
    tell(engine, 10, 6)
    assert percentage(d, "docker-stats", 10) == 25
    assert percentage(d, "data-exporter", 10) is None, "asked for the first time"
    tell(engine, 20, 10)
    assert percentage(d, "data-exporter", 20) == 20 == percentage(d, "docker-stats", 20)
