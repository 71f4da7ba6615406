"""Presets: each predecessor's own way to be started, with the image changed and one line added, on a real Engine.

The snippets are those of the tools' documentation. Besides image and preset they name the private Engine's socket and
folders instead of the machine's, and another port of the machine where the documented one is taken.
"""
import base64
import contextlib
import http.client
import os
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from meterimage import load_meter
from page import Page, sources
from realengine import LIVE
from support import clean_env, free_port, https, request, run, wait_for

COMPOSE = "/usr/bin/docker-compose"
PRESETS = ("docker-exporter", "container-metrics", "docker-stats", "data-exporter", "cadvisor")
EVERYWHERE = ("container-metrics", "docker-stats")
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
IDLE = ("web", "tty", "nonet", "chatty")  # their memory stays as it is
INTERVALS = {"docker-exporter": 15, "container-metrics": 2, "docker-stats": 5}
HEARTBEAT = "/tmp/last-metrics-collected-at.txt"

NATIVE = """
services:
  docker-stats-exporter:
    image: {image}
    volumes:
      - {socket}:/var/run/docker.sock:ro
    ports:
      - "{port}:9200"
"""
DOCKER_EXPORTER = """
services:
  docker_stats_exporter:
    image: {image}
    container_name: gsc_docker_stats_exporter
    environment:
      DOCKMETER_PRESET: docker-exporter
      EXPORTER_PORT: 8003
      POLL_INTERVAL: 15
    volumes:
      - {socket}:/var/run/docker.sock:ro
      - ./logs:/logs
    ports:
      - "{port}:8003"
    networks:
      - gsc_network
    restart: unless-stopped
networks:
  gsc_network:
"""
DOCKER_STATS = """
services:
  stats-exporter:
    image: {image}
    environment:
      - DOCKMETER_PRESET=docker-stats
    volumes:
      - {socket}:/var/run/docker.sock:ro
    ports:
      - "{port}:8091"
"""
CONTAINER_METRICS = (
    "-d --memory 125M --cpus 0.5 -p {port}:10101 --env LOG_LEVELS_MAPPING_PATH=/config/log_levels_mapping.json "
    "--env METRICS_COLLECTION_INTERVAL=2 --env LOGS_COLLECTION_INTERVAL=1 --env MACHINE_NAME=box "
    "--env DOCKMETER_PRESET=container-metrics "
    "--volume {socket}:/var/run/docker.sock --volume {folder}:/tmp --name metrics-and-logs-collector {image}")
DATA_EXPORTER = ("-d -p {port}:5050 --env DOCKMETER_PRESET=data-exporter --volume {socket}:/var/run/docker.sock "
                 "--name data-agent {image}")
CADVISOR = (
    "--volume=/:/rootfs:ro --volume={engine}:/var/run:ro --volume=/sys:/sys:ro --volume={engine}/data/:/var/lib/docker:ro "
    "--volume={folder}:/dev/disk:ro --publish={port}:8080 --detach=true --name=cadvisor {privileged} "
    "--env=DOCKMETER_PRESET=cadvisor {image}")


def machine_port(wanted):
    """The documented port, or a free one where it is taken."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            s.bind(("0.0.0.0", wanted))
            return wanted
    return free_port()


def compose(engine, folder, *args):
    done = subprocess.run([COMPOSE, *args], cwd=folder, capture_output=True, text=True, timeout=120,
                          env=clean_env(DOCKER_HOST=f"unix://{engine.socket}"), check=False)
    assert done.returncode == 0, f"docker-compose {args}: {done.stderr}"


class Stack:
    """What was started, by preset: the port of the machine that is its own, and its container."""

    def __init__(self, engine, image, folder):
        self.engine, self.image, self.folder = engine, image, folder
        self.ports, self.names, self.projects, self.first = {}, {}, [], {}

    def fill(self, preset, port, text, **more):
        self.ports[preset] = machine_port(port)
        return text.format(image=self.image, socket=self.engine.socket, port=self.ports[preset], **more)

    def compose(self, preset, port, name, text):
        project = self.folder / f"project-{preset}"
        project.mkdir()
        (project / "docker-compose.yml").write_text(self.fill(preset, port, text))
        self.projects.append(project)
        self.names[preset] = name
        compose(self.engine, project, "up", "-d")

    def docker_run(self, preset, port, name, text, **more):
        folder = self.folder / preset
        folder.mkdir(exist_ok=True)
        line = self.fill(preset, port, text, folder=folder, **more)
        self.engine.docker("run", *line.split())
        self.names[preset] = name

    def cadvisor(self, preset):
        """Where the machine cannot give all that --privileged asks for, without it, as older ones had it."""
        more = {"engine": self.engine.folder}
        try:
            self.docker_run(preset, 8080, "cadvisor", CADVISOR, privileged="--privileged --device=/dev/kmsg", **more)
        except AssertionError as e:
            if "not permitted" not in str(e) and "kmsg" not in str(e):
                raise
            self.engine.docker("rm", "-f", "cadvisor")
            self.docker_run(preset, 8080, "cadvisor", CADVISOR, privileged="", **more)

    def start(self):
        todo = [lambda: self.compose("native", 9200, "project-native_docker-stats-exporter_1", NATIVE),
                lambda: self.compose("docker-exporter", 8003, "gsc_docker_stats_exporter", DOCKER_EXPORTER),
                lambda: self.compose("docker-stats", 8091, "project-docker-stats_stats-exporter_1", DOCKER_STATS),
                lambda: self.docker_run("container-metrics", 10101, "metrics-and-logs-collector", CONTAINER_METRICS),
                lambda: self.docker_run("data-exporter", 5050, "data-agent", DATA_EXPORTER),
                lambda: self.cadvisor("cadvisor")]
        with ThreadPoolExecutor(2) as pool:
            for job in [pool.submit(each) for each in todo]:
                job.result()
        for preset in self.ports:
            wait_for(lambda p=preset: self.get(p, "/ready").status == 200, interval=0.1, what=f"{preset} to be ready")
        self.first = {preset: self.figures(preset) for preset in INTERVALS}

    def stop(self):
        for project in self.projects:
            with contextlib.suppress(AssertionError):
                compose(self.engine, project, "down", "-t", "5")
        for name in self.names.values():
            with contextlib.suppress(AssertionError):
                self.engine.docker("rm", "-f", name)
        self.engine.docker("network", "prune", "-f")  # where a busy machine made docker-compose give up

    def get(self, preset, path="/metrics", **kwargs):
        return request(self.ports[preset], path, **kwargs)

    def page(self, preset, path="/metrics"):
        answer = self.get(preset, path)
        assert answer.status == 200, answer.text
        return Page(answer.text)

    def figures(self, preset):
        """What the page says of containers, without what is sampled at an interval of its own."""
        return {line for line in self.get(preset).text.splitlines() if line.startswith("container_") and "percent" not in line}

    def log(self, preset):
        return self.engine.api("GET", f"/containers/{self.names[preset]}/logs?stdout=1&stderr=1").decode(errors="replace")

    def inside(self, preset, script):
        return self.engine.docker("exec", self.names[preset], "/bin/sh", "-c", script)


@pytest.fixture(scope="module")
def stack(engine, tmp_path_factory):
    """All of them side by side on one Engine."""
    if not os.access(COMPOSE, os.X_OK):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("there is no docker-compose here")
    s = Stack(engine, load_meter(engine), tmp_path_factory.mktemp("presets"))
    try:
        s.start()
        yield s
    finally:
        for preset in s.names:
            with contextlib.suppress(AssertionError):
                print(f"--- {preset}\n{s.log(preset)[-2000:]}")
        s.stop()


def same_memory(page, native, label, family):
    """Idle containers use what the reference profile says at the same moment."""
    for name in IDLE:
        assert page.value(family, **{label: name}) == native.page().value("container_memory_usage_bytes", container_name=name)
    return True


def stable(stack, native, preset, label, family):
    wait_for(lambda: same_memory(stack.page(preset), native, label, family), interval=0.5, what=f"equal memory in {preset}")


def test_native(stack, native):
    stable(stack, native, "native", "container_name", "container_memory_usage_bytes")
    assert stack.page("native").value("container_memory_limit_bytes", container_name="burner") == 64 << 20


def test_docker_exporter(stack, native):
    stable(stack, native, "docker-exporter", "name", "container_memory_usage_bytes")
    page = stack.page("docker-exporter")
    assert page.value("container_state", name="web") == 1 and page.value("container_state", name="done") == 0
    assert page.all("container_state", name="web")[0][0]["image"] == "busybox:latest"
    assert page.value("docker_exporter_containers_scraped") >= len(LIVE)
    assert stack.get("docker-exporter", "/health").json() == {"status": "healthy", "docker": "connected"}
    about = stack.get("docker-exporter", "/").json()
    assert {"name", "version", "endpoints"} <= set(about)
    assert {"/metrics", "/health"} <= set(about["endpoints"].values())
    assert stack.get("docker-exporter", "/elsewhere").status == 404


def test_docker_stats(stack, native):
    stable(stack, native, "docker-stats", "name", "container_memory_usage_bytes")
    page = stack.page("docker-stats")
    assert page.value("container_memory_limit_bytes", name="burner") == 64 << 20
    assert {labels["name"] for labels, _ in page.all("container_network_rx_bytes")} >= {"web", "tty"}
    burnt = wait_for(lambda: stack.page("docker-stats").get("container_cpu_usage_percent", name="burner"), interval=0.5)
    assert 0 < burnt <= 25 / os.cpu_count() * 1.5


def test_container_metrics(stack, native):
    stable(stack, native, "container-metrics", "container", "container_used_memory_bytes")
    page = stack.page("container-metrics")
    assert {labels["machine"] for labels, _ in page.all("container_up_timestamp_seconds")} == {"box"}
    assert page.value("container_cpus_available", container="burner") == 0.25
    assert page.value("container_cpus_available", container="metrics-and-logs-collector") == 0.5
    assert page.value("container_max_memory_bytes", container="metrics-and-logs-collector") == 125 << 20
    assert "LOG_LEVELS_MAPPING_PATH is not yet in effect" in stack.log("container-metrics")
    assert "LAST_" not in stack.log("container-metrics")


def test_data_exporter(stack, native):
    page = stack.page("data-exporter")
    (_, running), = page.all("server_running_container_count")
    assert running >= len(LIVE) and page.value("server_docker_running") == 1
    assert page.all("container_state", container_name="web")[0][0]["container_state"] == "running"
    assert stack.get("data-exporter", "/").status == 200, "the base URL is a sanity check"

    def same():
        received = stack.page("data-exporter").get("container_network_bytes_in", container_name="web")
        return received and received == native.page().value("container_network_receive_bytes_total", container_name="web")
    wait_for(same, interval=0, what="the same sum of the network")


def test_cadvisor_reads_the_kernel_below_rootfs(stack, native):
    page = stack.page("cadvisor")
    assert set(sources(page)) <= {"kernel", "none"} and "host_root=/rootfs" in stack.log("cadvisor")
    stable(stack, native, "cadvisor", "name", "container_memory_usage_bytes")
    (labels, _), = page.all("container_last_seen", name="web")
    assert stack.engine.inspect("web")["Id"] in labels["id"] and labels["container_label_com_docker_compose_service"] == "web"
    (root, _), = page.all("container_last_seen", name="")
    assert root["id"] == "/" and page.value("machine_cpu_cores") == os.cpu_count()


def test_cadvisors_pages_for_people(stack):
    assert stack.get("cadvisor", "/healthz").text == "ok"
    for path in ("/containers/", "/docker/"):
        answer = stack.get("cadvisor", path)
        assert answer.status == 307 and answer.headers["Location"] == "/"
    assert stack.get("cadvisor", "/", headers=BROWSER).headers["Content-Type"].startswith("text/html")
    assert stack.get("cadvisor", "/api/v1.3/docker").status == 404


@pytest.mark.parametrize("preset", INTERVALS)
def test_figures_change_at_the_interval(stack, preset):
    """However often it is asked; and all the same they change. Two may be nearer than an interval: one that came late."""
    began, last, changes = time.monotonic(), stack.figures(preset), 0
    for _ in range(6):
        time.sleep(0.1)
        now = stack.figures(preset)
        changes, last = changes + (now != last), now
    assert changes <= (time.monotonic() - began) / INTERVALS[preset] + 2
    wait_for(lambda: stack.figures(preset) != stack.first[preset], interval=0.2, what="other figures")


def test_the_file_is_the_heartbeat(stack):
    """As a health check reads it: from inside, and from the mounted folder."""
    script = f"test $(( $(date +%s) - $(cat {HEARTBEAT}) )) -lt 60 && stat -c %a {HEARTBEAT}"
    assert wait_for(lambda: stack.inside("container-metrics", script), interval=0.2).strip() == "644"
    path = stack.folder / "container-metrics" / os.path.basename(HEARTBEAT)

    def equal():
        before = path.read_text()
        beat = stack.page("container-metrics").value("collector_up_timestamp_seconds")
        return before == path.read_text() == str(int(beat))
    wait_for(equal, interval=0.1, what="the file to say what the page says")
    wait_for(lambda old=path.read_text(): path.read_text() != old, interval=0.1, what="the next one")
    stack.engine.docker("stop", "-t", "10", "metrics-and-logs-collector")
    assert stack.engine.inspect("metrics-and-logs-collector")["State"]["ExitCode"] == 0
    assert [p.name for p in path.parent.iterdir()] == [path.name], "nothing half done is left"
    assert "cannot be told" not in stack.log("container-metrics")


@pytest.mark.parametrize("name,more", [("mounted", ""), ("readonly", "--read-only")])
def test_a_mounted_file_is_written_in_place(stack, tmp_path, name, more):
    """It cannot be renamed over, and in a read-only container nothing can be made beside it."""
    beat = tmp_path / "beat"
    beat.write_text("never, and longer than any time")
    line = ("-d {flags} --env DOCKMETER_PRESET=container-metrics -p {port}:10101 --volume {socket}:/var/run/docker.sock "
            "--volume {beat}:{inside} --name {called} {image}")
    stack.docker_run(name, 10102, name, line, beat=beat, inside=HEARTBEAT, called=name, flags=more)
    wait_for(lambda: abs(int(beat.read_text()) - time.time()) < 600, interval=0.1)
    wait_for(lambda: stack.inside(name, "ls /tmp").split() == [os.path.basename(HEARTBEAT)], interval=0.1, what="nothing left beside it")
    assert "cannot be told" not in stack.log(name)


@pytest.fixture
def preset(meter, fake):
    """preset(name, *args) is a Dockmeter with that preset on a fake Engine."""
    return lambda name, *args, **kwargs: meter(fake(containers=2).path, "--preset", name, *args, **kwargs)


@pytest.mark.parametrize("name", PRESETS)
def test_healthz(preset, name):
    d = preset(name)
    answer = d.get("/healthz")
    assert answer.body == b"ok" and answer.headers["Content-Type"].startswith("text/plain")
    assert d.get("/healthz", method="HEAD").status == 200 and d.get("/healthz", method="POST").status == 405


def test_a_configured_path_goes_before_healthz(meter, fake):
    d = meter(fake().path, "--server.health_path", "/healthz").wait_ready()
    assert d.get("/healthz").json()["status"] == "healthy"
    d = meter(fake().path, "--server.metrics_path", "/healthz").wait_ready()
    assert Page(d.get("/healthz").text).value("exporter_up") == 1


@pytest.mark.parametrize("name", EVERYWHERE)
def test_the_page_is_everywhere(preset, name):
    d = preset(name).wait_ready()
    for path in ("/", "/metrics", "/metrics/", "/anything", "/favicon.ico", "/a/b?collect[]=system"):
        assert d.page(path).value("exporter_up") == 1, path
        assert d.get(path, method="HEAD").status == 200 and d.get(path, method="POST").status == 405
    openmetrics = {"Accept": "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"}
    assert d.get("/", headers=openmetrics).text.endswith("# EOF\n")
    start = d.get("/", headers=BROWSER)
    assert start.headers["Content-Type"].startswith("text/html") and "/metrics" in start.text
    assert d.get("/anything", headers=BROWSER).headers["Content-Type"].startswith("text/plain")
    assert d.get("/health").json()["status"] == "healthy" and d.get("/ready").status == 200 and d.get("/version").json()


def test_the_page_is_everywhere_below_the_prefix_only(preset):
    d = preset("docker-stats", "--web.route-prefix", "/dock")
    assert d.get("/dock/x").status == d.get("/dock").status == 200
    assert {d.get(path).status for path in ("/", "/x", "/dockx", "/metrics")} == {404}


def test_cadvisors_pages_below_a_prefix(preset):
    assert preset("cadvisor", "--web.route-prefix", "/dock").get("/dock/containers/").headers["Location"] == "/dock/"
    assert preset("docker-exporter").get("/containers/").status == 404


def test_authentication_and_tls_cover_all_of_them(preset, certs):
    d = preset("container-metrics", config=(
        f"server:\n  tls: {{enabled: true, cert_file: {certs.server}, key_file: {certs.server_key}}}\n"
        "  auth: {enabled: true, username: prom, password: secret}\n"))
    login = {"Authorization": "Basic " + base64.b64encode(b"prom:secret").decode()}
    for path in ("/", "/healthz", "/anything", "/metrics"):
        assert request(https(d.port, certs.ca), path).status == 401
        assert request(https(d.port, certs.ca), path, headers=login).status == 200
    with pytest.raises((OSError, http.client.HTTPException)):
        d.get("/anything")


def test_two_tools_that_disagree(fake):
    env = {"DOCKMETER_PRESET": "container-metrics", "EXPORTER_PORT": 8003, "METRICS_EXPORTER_PORT": 10101}
    done = run("config", env=env)
    assert done.returncode == 1 and "EXPORTER_PORT and METRICS_EXPORTER_PORT" in done.stderr and not done.stdout
    assert "port: 9999" in run("config", env={**env, "DOCKMETER_SERVER_PORT": 9999}).stdout
    done = run("serve", env={"DOCKMETER_PRESET": "container-metrics", "LOGS_COLLECTION_INTERVAL": 21})
    assert done.returncode == 1 and "METRICS_COLLECTION_INTERVAL" in done.stderr


def test_a_file_that_cannot_be_written_is_said_once(preset, tmp_path):
    beat = tmp_path / "later/beat"
    d = preset("container-metrics", "--collection.interval", "200ms", env={"LAST_METRICS_COLLECTED_AT_FILE": str(beat)})
    said = wait_for(lambda: [line for line in d.log_lines() if "cannot be told" in line["msg"]])
    assert str(beat) in said[0]["reason"] and "No such file" in said[0]["reason"]

    def beats():
        return d.page().value("collector_up_timestamp_seconds")
    for _ in range(3):
        wait_for(lambda old=beats(): beats() != old)
    beat.parent.mkdir()
    wait_for(lambda: abs(int(beat.read_text()) - time.time()) < 600)
    wait_for(lambda: any("told again" in line["msg"] for line in d.log_lines()))
    assert len([line for line in d.log_lines() if "cannot be told" in line["msg"]]) == 1
