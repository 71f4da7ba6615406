"""swarm.yaml on a swarm of one node: the global service runs, is found by its name and scraped under the node's."""
import contextlib
import socket
import subprocess

import pytest

from images import COMPOSE, METER, image_of, load_prometheus
from prometheus import PrometheusApi
from realengine import DOCKER
from support import clean_env, free_port, request, wait_for

STACK = "monitoring"


class Swarm:
    """The Engine as a swarm's manager, with the stack of the file."""

    def __init__(self, engine):
        self.engine, self.port = engine, free_port()

    def init(self):
        self.engine.docker("swarm", "init", "--advertise-addr", "127.0.0.1", "--listen-addr", f"127.0.0.1:{free_port()}")

    def deploy(self):
        """`docker stack deploy` reads variables and files itself, in the file's own folder."""
        env = clean_env(DOCKER_SOCKET=self.engine.socket, PROMETHEUS_PORT=self.port)
        done = subprocess.run([DOCKER, "-H", f"unix://{self.engine.socket}", "stack", "deploy", "-c", "swarm.yaml", STACK],
                              cwd=COMPOSE, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done

    def tasks(self, service):
        """The containers of a service that run."""
        label = f"%7B%22label%22%3A%5B%22com.docker.swarm.service.name%3D{STACK}_{service}%22%5D%7D"
        return self.engine.api("GET", f"/containers/json?filters={label}")

    def leave(self):
        with contextlib.suppress(AssertionError):
            self.engine.docker("stack", "rm", STACK)
            wait_for(lambda: not self.tasks("dockmeter") + self.tasks("prometheus"))
        self.engine.docker("swarm", "leave", "--force")
        with contextlib.suppress(AssertionError):
            self.engine.docker("network", "rm", "docker_gwbridge")


@pytest.fixture(scope="module")
def swarm(engine):
    load_prometheus(engine, image_of("prometheus", "swarm.yaml"))
    s = Swarm(engine)
    s.init()
    try:
        s.said = s.deploy()
        for service in ("dockmeter", "prometheus"):
            wait_for(lambda name=service: s.tasks(name), interval=0.2, what=f"a task of {service}")
        yield s
    finally:
        print(engine.docker("stack", "ps", "--no-trunc", STACK))
        s.leave()


@pytest.fixture(scope="module")
def prometheus(swarm):
    server = PrometheusApi(swarm.port)
    wait_for(lambda: request(server.port, "/-/ready").status == 200)
    wait_for(lambda: server.query("up"), 120, 0.5, "the first target")
    return server.wait_scraped(1)


def test_one_task_a_node(swarm):
    service, = [s for s in swarm.engine.api("GET", "/services") if s["Spec"]["Name"] == f"{STACK}_dockmeter"]
    task, = swarm.tasks("dockmeter")
    assert "Global" in service["Spec"]["Mode"] and task["Image"].split("@")[0] == METER
    host = swarm.engine.api("GET", f"/containers/{task['Id']}/json")["HostConfig"]
    assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and host["Memory"] == 64 << 20


def test_it_is_scraped_under_the_nodes_name(prometheus):
    assert [value for _, value in prometheus.query("up")] == [1]
    (labels, up), = prometheus.query("exporter_up")
    assert up == 1 and labels["instance"] == socket.gethostname() and "node" not in labels
    assert prometheus.value("docker_swarm_active") == 1


def test_a_tasks_figures_are_the_kernels(prometheus):
    found = prometheus.query('container_memory_usage_bytes{container_name=~"monitoring_dockmeter.*"}')
    assert len(found) == 1 and found[0][0]["instance"] == socket.gethostname()
    assert prometheus.value('exporter_containers{source="kernel"}') >= 2


def test_the_rules_are_loaded(prometheus):
    wait_for(lambda: all(rule["health"] == "ok" for rule in prometheus.rules()), 120, 0.5)
    assert "DockmeterDown" in {rule["name"] for rule in prometheus.rules()}
