"""The profiles of other tools on a real Engine: their form, what they show, percentages, side by side."""
import json
import re
import subprocess
import time

import pytest

from fakeengine import Body, container_id, encode
from page import Page, wait_for_facts
from realengine import CGROUPS, LIVE, STOPPED
from support import dockmeter, wait_for

OTHERS = ("cadvisor", "docker-exporter", "container-metrics", "docker-stats", "data-exporter")
NAME = {"cadvisor": "name", "docker-exporter": "name", "container-metrics": "container", "docker-stats": "name",
        "data-exporter": "container_name"}
PERCENT = {"container-metrics": "container_cpu_usage_percent", "docker-stats": "container_cpu_usage_percent",
           "data-exporter": "container_cpu_percent"}
LINTS = {"cadvisor": {"cadvisor_version_info", "container_memory_failcnt"},
         "data-exporter": {"server_image_count", "server_total_container_count", "server_running_container_count"}}


@pytest.fixture(scope="module")
def first(engine, tmp_path_factory):
    """The first page of each profile, of a Dockmeter that nobody has asked for figures of containers before."""
    with dockmeter(tmp_path_factory.mktemp("first"), engine.socket) as d:
        d.wait_ready()
        wait_for_facts(d)
        yield {name: d.page(f"/metrics?profile={name}") for name in OTHERS}


def names(page, profile, family):
    """Whose samples a family has, but for the one that now runs and now does not."""
    return {labels[NAME[profile]] for labels, _ in page.all(family)} - {"looping"}


@pytest.mark.parametrize("profile", OTHERS)
def test_both_formats_are_valid(native, first, profile):
    first[profile].check_form()
    answer = native.get(f"/metrics?profile={profile}", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert Page(answer.text, openmetrics=True).value("exporter_up") == 1


@pytest.mark.parametrize("profile", OTHERS)
def test_promtool_complains_about_the_known_only(first, profile):
    found = subprocess.run(["promtool", "check", "metrics"], input=first[profile].text, text=True, capture_output=True,
                           timeout=60, check=False)
    assert {line.split()[0] for line in found.stderr.splitlines()} == LINTS.get(profile, set())


@pytest.mark.parametrize("profile", PERCENT)
def test_the_first_page_has_no_percentage(first, profile):
    assert PERCENT[profile] not in first[profile].names()


def test_cadvisor_shows_what_runs_and_the_machine(first):
    page = first["cadvisor"]
    assert names(page, "cadvisor", "container_last_seen") == LIVE | {""}
    (root, used), = page.all("container_cpu_usage_seconds_total", name="")
    assert root["id"] == "/" and root["cpu"] == "total"
    assert used > sum(v for labels, v in page.all("container_cpu_usage_seconds_total") if labels["name"])
    assert page.value("container_memory_usage_bytes", id="/") < page.value("machine_memory_bytes")
    assert page.value("container_spec_memory_limit_bytes", id="/") == page.value("machine_memory_bytes")
    (machine, _), = page.all("machine_cpu_cores")
    assert set(machine) == {"boot_id", "machine_id", "system_uuid"} and machine["boot_id"]


def test_cadvisor_names_the_cgroup(first, engine):
    for labels, _ in first["cadvisor"].all("container_last_seen"):
        if labels["name"] in LIVE:
            assert labels["id"].startswith("/") and engine.inspect(labels["name"])["Id"] in labels["id"]
            assert list(CGROUPS.glob(f"*{labels['id']}")) or (CGROUPS / labels["id"][1:]).is_dir()


def test_cadvisor_tells_settings_as_written(first):
    page = first["cadvisor"]
    assert page.value("container_spec_cpu_quota", name="burner") == 25000
    assert page.value("container_spec_cpu_period", name="burner") == 100000
    assert page.value("container_spec_memory_limit_bytes", name="burner") == 64 << 20
    assert page.value("container_spec_memory_limit_bytes", name="web") == 0
    assert page.get("container_spec_cpu_quota", name="web") is None
    assert page.value("container_spec_cpu_shares", name="web") == 1024
    assert names(page, "cadvisor", "container_cpu_cfs_periods_total") == {"burner"}
    assert page.value("container_health_state", name="healthy") == 1
    assert page.value("container_health_state", name="unhealthy") == 0
    assert page.value("container_health_state", name="web") == -1
    assert page.all("container_last_seen", name="web")[0][0]["container_label_com_docker_compose_service"] == "web"


def test_cadvisor_has_the_values_of_native(native, first):
    page = native.page()
    for family, same in (("container_memory_max_usage_bytes", "container_memory_peak_bytes"),
                         ("container_spec_memory_limit_bytes", "container_memory_limit_bytes")):
        assert first["cadvisor"].value(family, name="burner") == page.value(same, container_name="burner")


def test_cadvisor_counts_processes_and_names_devices(native):
    page = native.page("/metrics?profile=cadvisor")
    processes, threads = (page.value(f"container_{what}", name="web") for what in ("processes", "threads"))
    assert 1 <= processes <= threads
    devices = {labels["device"] for labels, _ in page.all("container_fs_writes_bytes_total", name="writer")}
    assert all(re.fullmatch(r"/dev/\S+|\d+:\d+", d) for d in devices)


def test_docker_exporter_tells_who_runs(first):
    page = first["docker-exporter"]
    assert names(page, "docker-exporter", "container_last_seen") == LIVE
    assert {labels["name"] for labels, v in page.all("container_state") if v == 1} - {"looping"} == LIVE - {"paused"}
    assert STOPPED <= names(page, "docker-exporter", "container_state")
    assert {labels["image"] for labels, _ in page.all("container_state")} == {"busybox:latest"}
    assert page.value("docker_exporter_containers_scraped") in (len(LIVE), len(LIVE) + 1)
    assert {labels["error_type"] for labels, _ in page.all("docker_exporter_scrape_errors_total")} == {
        "container_stats", "docker_api", "collection_loop"}


def test_container_metrics_has_a_heartbeat(first):
    page = first["container-metrics"]
    assert all(labels["machine"] == "local-machine" for labels, _ in page.all("container_up_timestamp_seconds"))
    assert page.value("container_up_timestamp_seconds", container="web") == page.value("collector_up_timestamp_seconds")
    assert page.value("container_up_timestamp_seconds", container="done") < time.time() - 1
    assert page.value("container_cpus_available", container="burner") == 0.25
    assert names(page, "container-metrics", "container_started_at_timestamp_seconds") == LIVE


def test_data_exporter_has_the_words_of_docker_ps(native, engine):
    def same():
        page = native.page("/metrics?profile=data-exporter")
        shown = dict(line.split("\t") for line in
                     engine.docker("ps", "-a", "--format", "{{.Names}}\t{{.Status}}").splitlines())
        told = {labels["container_name"]: labels["container_status"] for labels, _ in page.all("container_status")}
        return {k: v for k, v in shown.items() if k != "looping"} == {k: v for k, v in told.items() if k != "looping"}
    wait_for(same, what="the same words")


def test_data_exporter_carries_the_host_s_name(first, engine):
    page = first["data-exporter"]
    host = engine.docker("info", "--format", "{{.Name}}").strip()
    assert {labels["instance"] for _, labels in ((n, dict(ls)) for n, ls in page.samples)} == {host}
    info = page.all("container_info", container_name="web")[0][0]
    assert info["server_hostname"] == host and info["container_image_label"] == "latest"
    assert info["container_creation_time"] == engine.inspect("web")["Created"][:19] + "Z"
    assert page.value("server_total_container_count") == len(LIVE | STOPPED) + 1


@pytest.mark.slow
@pytest.mark.parametrize("profile", PERCENT)
def test_percentages_come_from_two_readings(native, first, engine, profile):
    """Two scrapers that ask all the time see the same figure, and burner's is what the kernel counted meanwhile: a
    quarter of a core, where the machine has it to spare."""
    assert first[profile]
    unit = 1 if profile == "container-metrics" else 100 / native.page().value("machine_cpu_cores")

    def percent():
        return native.page(f"/metrics?profile={profile}").get(PERCENT[profile], **{NAME[profile]: "burner"})
    wait_for(lambda: percent() is not None, interval=0.5, what="a percentage")
    wait_for(lambda: len({percent() for _ in range(6)}) <= 2, what="the same figure for all who ask between two readings")

    def next_reading():
        """The percentage up to it, when it was seen, and what the kernel had counted by then."""
        before = percent()
        new = wait_for(lambda: (v := percent()) != before and v, interval=0.05, what="the next reading")
        return new, time.monotonic(), int((engine.cgroup("cpuacct", "burner") / "cpuacct.usage").read_text()) / 1e9

    def as_the_kernel():
        """A reading that was seen late says something else than the kernel meanwhile."""
        (_, began, used), (value, ended, now) = next_reading(), next_reading()
        cores = (now - used) / (ended - began)
        assert 0.6 * cores < value / unit < 1.4 * cores and value / unit < 0.33, (value, cores)
        return True
    wait_for(as_the_kernel, 120, what="what the kernel counted")


def test_a_configured_profile_is_the_page(meter, engine):
    d = meter(engine.socket, "--metrics.profile=docker-stats", "--collection.filters.include.names=^(web|burner)$",
              env={"MACHINE_NAME": "rack-7"})
    page = d.wait_ready().page()
    assert {labels["name"] for labels, _ in page.all("container_memory_usage_bytes")} == {"web", "burner"}
    assert "container_info" in d.page("/metrics?profile=native").names()
    assert d.page("/metrics?profile=container-metrics").all("collector_up_timestamp_seconds", machine="rack-7")


def test_an_image_has_its_first_tag_however_it_was_started(meter, fake):
    engine = fake(containers=4)
    tags = {1: ["shop/web:2", "web:2"], 2: [], 3: None}
    started_as = {1: "web@sha256:" + "9" * 64, 2: "web:1", 3: "sha256:" + "3" * 64, 4: "web:1"}
    for n, image in started_as.items():
        cid, image_id = container_id(n), "sha256:" + str(n) * 64
        engine.remove(cid)
        engine.add(n, f"c{n}", Image=image, ImageID=image_id)
        inspected = json.loads(engine.bodies["inspect", cid])
        engine.bodies["inspect", cid] = encode(dict(inspected, Image=image_id, Config=dict(inspected["Config"], Image=image)))
    others = [{"Id": f"sha256:{n:064x}", "RepoTags": [f"other:{n}", f"also:{n}"], "Labels": {"a": "b" * 1000}}
              for n in range(5000)]
    engine.bodies["images", None] = encode([{"Id": "sha256:" + str(n) * 64, "RepoTags": t} for n, t in tags.items()] + others)
    d = meter(engine.path, "--metrics.profile=docker-exporter", "--collection.system_interval", "1s").wait_ready()

    def images():
        return {labels["name"]: labels["image"] for labels, _ in d.page().all("container_state")}

    wanted = {"c1": "shop/web:2", "c2": "2" * 12, "c3": "3" * 12, "c4": "web:1"}
    wait_for(lambda: images() == wanted, interval=0.2, what="first tags")
    engine.spoil("images", Body(b"", 403))  # what is known of them stays
    engine.forget()
    wait_for(lambda: engine.count("images") >= 3)
    assert not d.page("/metrics?profile=native").all("docker_images")
    assert images() == wanted


def test_a_label_that_one_profile_has_is_refused_there(meter, engine):
    d = meter(engine.socket, env={"DOCKMETER_METRICS_GLOBAL_LABELS": "machine=m"})
    answer = d.get("/metrics?profile=container-metrics")
    assert answer.status == 400 and "machine" in answer.text
    assert d.get("/metrics?profile=docker-stats").status == 200
    assert "the nearest is cadvisor" in d.get("/metrics?profile=cadvisr").text
