"""The native profile on a real Engine: which families each kind of container has, and their values."""
import re

import pytest

from realengine import ALL_KINDS, LIVE, STOPPED
from support import wait_for

STATE = {"container_last_seen", "container_created_time_seconds", "container_info", "container_state",
         "container_health_status", "container_restart_count", "container_restarts_total", "container_oom_kills_total"}
USAGE = {"container_memory_usage_bytes", "container_memory_limit_bytes", "container_memory_cache_bytes",
         "container_memory_rss_bytes", "container_memory_working_set_bytes", "container_memory_peak_bytes",
         "container_memory_mapped_file_bytes", "container_memory_page_faults_total",
         "container_cpu_usage_seconds_total", "container_cpu_system_seconds_total", "container_cpu_user_seconds_total",
         "container_cpu_periods_total", "container_cpu_throttling_periods_total", "container_cpu_throttled_seconds_total",
         "container_pids_current"}
MAYBE_USAGE = {"container_memory_swap_bytes", "container_memory_failcnt", "container_memory_kernel_bytes",
               "container_oom_kills_total", "container_restarts_total",
               "container_fs_reads_bytes_total", "container_fs_writes_bytes_total", "container_fs_reads_total",
               "container_fs_writes_total"} | {
    f"container_pressure_{what}_{how}_seconds_total" for what in ("cpu", "memory", "io") for how in ("waiting", "stalled")}
NETWORK = {f"container_network_{way}_{what}_total" for way in ("receive", "transmit")
           for what in ("bytes", "packets", "dropped", "errors")}
SYSTEM = {"docker_containers", "docker_images", "docker_volumes", "docker_networks", "docker_containers_total",
          "docker_images_total", "docker_volumes_total", "docker_networks_total", "docker_engine_info",
          "docker_swarm_active", "machine_cpu_cores", "machine_memory_bytes", "exporter_build_info", "exporter_up",
          "exporter_scrape_duration_seconds", "exporter_scrape_errors_total", "exporter_containers",
          "exporter_engine_requests_total", "process_cpu_seconds_total", "process_resident_memory_bytes",
          "process_virtual_memory_bytes", "process_open_fds", "process_max_fds", "process_start_time_seconds"}


@pytest.fixture(scope="module")
def page(native):
    return native.page()


def test_every_container_is_there(page):
    assert page.containers() == ALL_KINDS
    page.check_form()


@pytest.mark.parametrize("name", sorted(LIVE))
def test_live_container_has_state_and_usage(page, name):
    has = page.families_of(name)
    network = set() if name in ("hostnet", "nonet", "sidecar") else NETWORK
    expected = STATE | USAGE | network | {"container_start_time_seconds", "container_uptime_seconds"}
    if name == "burner":
        expected |= {"container_cpu_limit_cores", "container_pids_limit"}
    if name == "healthy":
        has.discard("container_exit_code")
    assert expected - has == set(), "missing"
    assert has - expected - MAYBE_USAGE == set(), "made up"


@pytest.mark.parametrize("name", sorted(STOPPED))
def test_stopped_container_has_state_only(page, name):
    has = page.families_of(name)
    ran = name != "never"
    expected = STATE | ({"container_start_time_seconds", "container_finished_time_seconds", "container_exit_code"}
                        if ran else set())
    assert expected - has == set(), "missing"
    assert has - expected - {"container_oom_kills_total", "container_restarts_total", "container_exit_code",
                             "container_cpu_limit_cores", "container_cpu_shares", "container_pids_limit"} == set(), "made up"


@pytest.mark.parametrize("name,state", [("web", "running"), ("paused", "paused"), ("done", "exited"),
                                        ("never", "created"), ("oom", "exited"), ("renamed", "running")])
def test_state(page, name, state):
    assert page.all("container_state", container_name=name) == [
        ({"container_name": name, "compose_service": "web" if name == "web" else "",
          "compose_project": "shop" if name == "web" else "", "image": "busybox", "state": state}, 1)]
    assert page.all("container_info", container_name=name)[0][0]["status"] == state


def test_looping(native, engine):
    page = native.page()
    (labels, _), = page.all("container_state", container_name="looping")
    assert labels["state"] in ("restarting", "running")
    assert 2 <= page.value("container_restart_count", container_name="looping") <= engine.inspect("looping")["RestartCount"]
    if labels["state"] == "restarting":
        assert page.value("container_exit_code", container_name="looping") == 1
        assert not page.families_of("looping") & (USAGE | NETWORK | {"container_uptime_seconds"})


@pytest.mark.parametrize("name,code", [("done", 0), ("failed", 3), ("killed", 137)])
def test_exit_code(page, name, code):
    assert page.value("container_exit_code", container_name=name) == code


def test_exit_code_after_oom(page, engine):
    """Which of its processes the kernel kills is chance, and so is the code; it is the Engine's."""
    assert page.value("container_exit_code", container_name="oom") == engine.inspect("oom")["State"]["ExitCode"]


@pytest.mark.parametrize("name,value,word", [("web", 0, ""), ("starting", 1, "starting"), ("healthy", 2, "healthy"),
                                             ("unhealthy", 3, "unhealthy")])
def test_health(page, name, value, word):
    assert page.value("container_health_status", container_name=name) == value
    assert page.all("container_info", container_name=name)[0][0]["health_status"] == word


def test_info_labels(page, engine):
    (labels, value), = page.all("container_info", container_name="burner")
    assert value == 1
    assert labels["container_id"] == engine.ids["burner"][:12]
    assert labels["compose_project"] == "shop" and labels["compose_service"] == "burner"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", labels["started_at"])
    assert engine.inspect("burner")["State"]["StartedAt"].startswith(labels["started_at"][:19])
    assert page.all("container_info", container_name="never")[0][0]["started_at"] == ""


def test_every_series_of_a_container_has_the_same_labels(page):
    for name, labels in page.samples:
        keys = {key for key, _ in labels}
        if "container_name" in keys:
            assert {"container_name", "compose_service", "compose_project", "image"} <= keys, name


def test_system_families(meter, engine):
    """Of a Dockmeter that has just counted: the next count comes a minute later."""
    d = meter(engine.socket).wait_ready()
    page = wait_for(lambda: (p := d.page()) and SYSTEM <= p.names() and p, what="every family")
    info, version = engine.api("GET", "/info"), engine.api("GET", "/version")
    assert page.value("docker_images") == page.value("docker_images_total") == info["Images"]
    assert page.value("docker_volumes") == len(engine.api("GET", "/volumes")["Volumes"])
    assert page.value("docker_networks") == len(engine.api("GET", "/networks"))
    assert page.value("machine_cpu_cores") == info["NCPU"]
    assert page.value("machine_memory_bytes") == info["MemTotal"]
    assert page.value("docker_swarm_active") == 0
    (labels, _), = page.all("docker_engine_info")
    assert labels == {"version": version["Version"], "api_version": "1.41", "os": "linux", "arch": labels["arch"],
                      "kernel": info["KernelVersion"], "cgroup_version": info["CgroupVersion"],
                      "storage_driver": info["Driver"]}
    assert labels["arch"] in (version["Arch"], info["Architecture"])
    assert page.value("exporter_up") == 1


def test_counts_by_state(page):
    states = {labels["state"]: value for labels, value in page.all("docker_containers")}
    assert states["paused"] == 1 and states["created"] == 1 and states["exited"] == 4
    assert sum(states.values()) == 22
    total = {labels["state"]: value for labels, value in page.all("docker_containers_total")}
    assert set(total) == {"running", "paused", "stopped"}
    assert total["paused"] == 1 and sum(total.values()) == 22


def test_nothing_secret_and_nothing_wild(page):
    assert "never-on-a-page" not in page.text
    assert not re.search(r" (NaN|[+-]?Inf|-\d\S*|1\.8\d*e\+?19|18446744073709551615)$", page.text, re.M)
    assert not re.search(r'="(Up \d|Exited)', page.text), "the changing status text is a label"


def test_exact_digits(page):
    assert re.fullmatch(r"\d+(\.\d{1,9})?", page.digits("container_cpu_usage_seconds_total", "burner"))
    assert re.fullmatch(r"\d+", page.digits("container_memory_usage_bytes", "burner"))
    assert "e+" not in re.sub(r'"[^"]*"', "", page.text)


def test_container_labels(meter, engine):
    d = meter(engine.socket, config='metrics:\n  container_labels: ["quote", "back*", "newline", "utf8", "a.b/*"]\n')
    page = d.wait_ready().page()
    (labels, _), = page.all("container_state", container_name="renamed")
    assert labels["container_label_quote"] == '"x"'
    assert labels["container_label_back_slash"] == "a\\b"
    assert labels["container_label_newline"] == "a\nb"
    assert labels["container_label_utf8"] == "größe-測試"
    assert labels["container_label_a_b_c_d"] == "1"
    (other, _), = page.all("container_state", container_name="web")
    assert set(other) == set(labels) and other["container_label_quote"] == ""
    assert "container_label_com" not in page.text


def test_namespace_and_global_labels(meter, engine):
    d = meter(engine.socket, config="metrics:\n  namespace: acme\n  global_labels: {dc: 'Köln \"1\"'}\n")
    page = d.wait_ready().page()
    assert all(name.startswith("acme_") for name in page.names())
    assert all(("dc", 'Köln "1"') in labels for _, labels in page.samples)
