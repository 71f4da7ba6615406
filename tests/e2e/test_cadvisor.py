"""Dockmeter started as people start cAdvisor: its command lines, and what they leave on the page."""
import signal
import subprocess

import pytest

from realengine import LIVE
from support import DIE_WITH_US, Dockmeter, binary, clean_env, free_port, run, wait_for

PRESET = {"DOCKMETER_PRESET": "cadvisor"}
FAMILIES = {"memory": "container_memory_rss", "cpu": "container_cpu_usage_seconds_total",
            "network": "container_network_receive_bytes_total", "process": "container_threads",
            "oom_event": "container_oom_events_total"}

# What stands in people's compose files, unit files and manifests behind the image's own -logtostderr, and which of
# it has no effect here.
COMMAND_LINES = {
    "the image's own": ([], ""),
    "a small machine": (
        ["--housekeeping_interval=1s", "--docker_only=true",
         "--disable_metrics=disk,diskIO,tcp,udp,percpu,sched,process,hugetlb,referenced_memory,cpu_topology,resctrl"], ""),
    "an older version's words": (
        ["--docker_only", "--event_storage_event_limit=default=0", "--event_storage_age_limit=default=0",
         "--disable_metrics=percpu,sched,tcp,udp,disk,diskIO,accelerator,hugetlb"],
        "flags --event_storage_age_limit, --event_storage_event_limit have"),
    "few labels": (
        ["--docker_only=true", "--disable_root_cgroup_stats=true", "--store_container_labels=false",
         "--whitelisted_container_labels=com.docker.compose.project,com.docker.compose.service"], ""),
    "one dash": (["-max_housekeeping_interval=75s", "-enable_metrics=cpu,memory,network", "-docker_only", "-v", "2"],
                 "flags --max_housekeeping_interval, -v have"),
    "all that there is": (
        ["--enable_load_reader=true", "--disable_metrics=",
         "--enable_metrics=advtcp,app,cpu,cpuLoad,cpu_topology,cpuset,disk,diskIO,hugetlb,memory,memory_numa,network,oom_event,"
         "percpu,perf_event,pressure,process,referenced_memory,resctrl,sched,tcp,udp"], "flag --enable_load_reader has"),
}


class Cadvisor(Dockmeter):
    """`dockmeter -logtostderr --port=… flags…`, as cAdvisor's image runs its program."""

    def __init__(self, folder, socket, *flags):  # pylint: disable=super-init-not-called
        self.port, self.expected_exit = free_port(), 0
        self.log_path = folder / f"cadvisor-{self.port}.log"
        self.argv = [binary(), "-logtostderr", f"--port={self.port}", "--listen_ip=127.0.0.1", f"--docker=unix://{socket}",
                     *flags]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(DIE_WITH_US + self.argv, env=clean_env(**PRESET), stdout=log, stderr=log)
        try:
            self.wait_serving()
        except BaseException:
            self.kill()
            raise


@pytest.fixture
def cadvisor(engine, tmp_path):
    """cadvisor(flags…) is a ready one on the real Engine; all are ended at the end."""
    started = []

    def start(*flags, prefix=""):
        d = Cadvisor(tmp_path, engine.socket, *flags)
        started.append(d)
        wait_for(lambda: d.get(f"{prefix}/ready").status == 200, what="/ready to be 200")
        return d
    yield start
    for d in started:
        d.process.send_signal(signal.SIGTERM)
    for d in started:
        assert d.process.wait(60) == 0, d.log()
        print(d.log()[-3000:])


def kinds(page):
    """Of which of cAdvisor's words the page has a family."""
    return {word for word, family in FAMILIES.items() if family in page.names()}


def who(page):
    return {labels["name"] for labels, _ in page.all("container_last_seen")} - {"looping"}


def labels_of(page, name="web"):
    (labels, _), = page.all("container_last_seen", name=name)
    return {key for key in labels if key.startswith("container_label_")}


@pytest.mark.parametrize("flags,without_effect", COMMAND_LINES.values(), ids=COMMAND_LINES)
def test_command_lines_that_people_have(cadvisor, flags, without_effect):
    d = cadvisor(*flags)
    page = d.page()
    page.check_form()
    assert who(page) - {""} == LIVE
    assert ("" in who(page)) == ("--disable_root_cgroup_stats=true" not in flags)
    said = [line for line in d.log().splitlines() if "no effect in Dockmeter" in line]
    assert len(said) == bool(without_effect) and without_effect in "".join(said)


def test_families_go_by_words(cadvisor):
    assert kinds(cadvisor().page()) == set(FAMILIES)
    assert kinds(cadvisor("--disable_metrics=network,process").page()) == {"memory", "cpu", "oom_event"}
    d = cadvisor("-enable_metrics=cpu,memory,tcp", "-disable_metrics=cpu")
    page = d.page()
    assert kinds(page) == {"cpu", "memory"}
    assert {"container_last_seen", "container_spec_memory_limit_bytes", "machine_cpu_cores"} <= page.names()
    assert "words=tcp" in d.log()
    native = d.page("/metrics?profile=native")
    assert "container_memory_rss_bytes" in native.names()
    assert "container_network_receive_bytes_total" not in native.names()


def test_labels(cadvisor, engine):
    engine.run("labelled", Cmd=["sleep", "100000"], StopSignal="SIGKILL", Labels={"org.team": "a", "org.tier": "b"})
    try:
        always = {"container_label_com_docker_compose_project", "container_label_com_docker_compose_service"}
        both = always | {"container_label_org_team", "container_label_org_tier"}
        assert both <= labels_of(cadvisor().page(), "labelled")
        assert both <= labels_of(cadvisor("--whitelisted_container_labels=org.team").page(), "labelled")
        assert labels_of(cadvisor("--store_container_labels=false").page(), "labelled") == always
        listed = cadvisor("--store_container_labels=false", "--whitelisted_container_labels=org.team").page()
        assert labels_of(listed, "labelled") == always | {"container_label_org_team"}
    finally:
        engine.remove("labelled")


def test_paths_behind_a_proxy(cadvisor):
    d = cadvisor("--url_base_prefix=/cadvisor", "-prometheus_endpoint", "/prom", prefix="/cadvisor")
    assert d.get("/cadvisor/prom").status == 200
    assert d.get("/metrics").status == 404 and d.get("/prom").status == 404


def test_the_root_has_the_machines_interfaces_only(cadvisor):
    page = cadvisor().page()
    interfaces = {labels["interface"] for labels, _ in page.all("container_network_receive_bytes_total", id="/")}
    assert not [i for i in interfaces if i.lower().startswith(("lo", "veth", "docker"))]
    assert page.all("container_network_receive_bytes_total", name="web")


def test_the_root_can_go(cadvisor):
    page = cadvisor("--disable_root_cgroup_stats").page()
    assert "/" not in {labels["id"] for labels, _ in page.all("container_last_seen")}
    assert page.value("machine_memory_bytes") > 0


def test_figures_are_at_most_as_old_as_housekeeping(cadvisor):
    """With a long interval the second scrape asks nothing of kernel or Engine: it shows the same moment."""
    d = cadvisor("--housekeeping_interval=1h")
    seen = [d.page().value("container_last_seen", name="web") for _ in range(3)]
    assert len(set(seen)) == 1
    assert any("counters repeat" in line for line in d.log().splitlines())


@pytest.mark.parametrize("flags,near", [
    (["--http_auth_file=/etc/htpasswd"], "server.auth.username"), (["-http_digest_file", "/x"], "server.auth.username"),
    (["--disable_metrics=netwok"], "did you mean network?"), (["--port=eighty"], "not a whole number"),
    (["--store_container_labels=perhaps"], "not true or false"), (["--listen_ip=300.1.1.1"], "300.1.1.1")])
def test_what_is_wrong_is_told(flags, near):
    done = run(*flags, "--docker=unix:///nonexistent.sock", env=PRESET)
    assert done.returncode == 1 and near in done.stderr, done.stderr


@pytest.mark.parametrize("flag,near", [("--housekeeping_intervall=1s", "--housekeeping_interval"), ("-prot=1", "--port"),
                                       ("--storage_duraton=1m", "--storage_duration")])
def test_an_unknown_flag_names_the_nearest(flag, near):
    done = run(flag, env=PRESET)
    assert done.returncode == 2 and f"did you mean {near}?" in done.stderr


def test_the_healthcheck_takes_its_flags(cadvisor):
    d = cadvisor()
    assert run("healthcheck", f"--port={d.port}", "-listen_ip=127.0.0.1", env=PRESET).returncode == 0
