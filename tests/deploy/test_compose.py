"""compose.yaml: everything comes up and finds everything else, on an Engine where something happens all the time."""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from grafana import ALL, IDS, QUERIES, ask
from happenings import start_happenings
from images import load_all
from page import Page, sources
from prometheus import PrometheusApi
from realengine import CGROUPS, LIVE
from stack import Stack, running
from support import ROOT, free_port, request, wait_for

SERVICES = ("socket-proxy", "dockmeter", "prometheus", "grafana")
PATIENCE = 120


@pytest.fixture(scope="module")
def stack(engine):
    s = Stack(engine, "compose.yaml", DOCKER_SOCKET=engine.socket, DISK_USAGE=1, PROMETHEUS_PORT=free_port(),
              GRAFANA_PORT=free_port())
    with ThreadPoolExecutor(1) as beside:
        busy = beside.submit(lambda: (engine.create_kinds(), start_happenings(engine)))
        load_all(engine)
        with running(s):
            busy.result()
            yield s
    assert s.rest() == [], "down -v leaves nothing"


@pytest.fixture(scope="module")
def prometheus(stack):
    """The stack's own, by the port that it publishes."""
    server = PrometheusApi(int(stack.env["PROMETHEUS_PORT"]))
    wait_for(lambda: request(server.port, "/-/ready").status == 200)
    return server.wait_scraped(1)


def test_its_pages(stack, prometheus):
    def by_the_kernel():
        page = Page(stack.get("dockmeter", 9200, "/metrics").text)
        assert page.value("exporter_up") == 1
        assert sources(page).get("kernel", 0) >= len(LIVE) and not sources(page).get("engine"), sources(page)
        return page
    page = wait_for(by_the_kernel, what="all from the kernel's files")
    assert page.value("docker_images") and page.value("docker_networks") and page.all("docker_engine_info")


def test_prometheus_scrapes_each_page(prometheus):
    up = {labels["job"]: value for labels, value in prometheus.query("up")}
    assert up == {"dockmeter": 1, "dockmeter-docker-exporter": 1, "dockmeter-container-metrics": 1}


def test_the_rules_are_loaded(prometheus):
    names = set(re.findall(r"- (?:alert|record): (\S+)", (ROOT / "rules/dockmeter.rules.yml").read_text(encoding="utf-8")))
    wait_for(lambda: all(rule["health"] == "ok" for rule in prometheus.rules()), PATIENCE, 0.5, "each rule to be evaluated")
    assert {rule["name"] for rule in prometheus.rules()} == names and not [r for r in prometheus.rules() if r.get("lastError")]


def test_grafana_finds_dashboards_and_data(stack):
    port = int(stack.env["GRAFANA_PORT"])
    wait_for(lambda: request(port, "/api/health").status == 200)
    assert set(request(port, "/api/search").text.splitlines()) == {board.json["title"] for board in ALL.values()}
    wait_for(lambda: "Ready" in request(port, "/api/datasources/health").text, interval=0.5, what="its data source")


# Not every kernel tells of block I/O on cgroup v1; tests/monitor asks that of a machine with cgroup v2.
CGROUP2 = (CGROUPS / "cgroup.controllers").exists()
HERE = [(query, name) for query, name in zip(QUERIES, IDS) if CGROUP2 or "container_fs_" not in query[2]["expr"]]


@pytest.mark.parametrize("name, panel, target", [query for query, _ in HERE], ids=[name for _, name in HERE])
def test_panel_has_data(prometheus, name, panel, target):
    wait_for(lambda: ask(prometheus, ALL[name], target), PATIENCE, 0.5, f"data for {target['expr']}")


def test_all_is_healthy(stack):
    for service in SERVICES:
        wait_for(lambda s=service: stack.container(s)["State"]["Health"]["Status"] == "healthy", PATIENCE, 0.5,
                 f"{service} to be healthy")
        assert stack.container(service)["RestartCount"] == 0


def test_limits_hold(stack):
    """None was killed for want of memory, and Dockmeter says the same of itself and the others."""
    page = Page(stack.get("dockmeter", 9200, "/metrics").text)
    for service in SERVICES:
        own = {"compose_project": "compose", "compose_service": service}
        limit = page.value("container_memory_limit_bytes", **own)
        assert limit == stack.container(service)["HostConfig"]["Memory"]
        assert 0 < page.value("container_memory_usage_bytes", **own) < limit
        assert page.value("container_oom_kills_total", **own) == 0


def test_scrape_inside(stack):
    assert Page(stack.compose("exec", "-T", "dockmeter", "dockmeter", "scrape")).value("exporter_up") == 1


def test_the_proxy_refused_nothing_that_was_asked(stack):
    log = stack.log("socket-proxy")
    asked = set(re.findall(r'"GET (?:/v[\d.]+)?/(\w+)', log))
    assert {"containers", "info", "images", "volumes", "networks", "system", "version"} <= asked, asked
    assert re.search(r"/\d+ 200 \d+ ", log) and not re.findall(r".*/\d+ 403 \d+ .*", log)


@pytest.mark.parametrize("method, path", [
    ("POST", "/containers/web/kill"), ("DELETE", "/containers/web"), ("PUT", "/containers/web/archive"),
    ("GET", "/secrets"), ("GET", "/swarm")])
def test_the_proxy_refuses_the_rest(stack, method, path):
    address = (stack.address("socket-proxy", "engine"), 2375)
    assert request(address, path, method=method).status == 403
    assert request(address, "/_ping").status == 200


def test_who_has_what(stack):
    """The socket is the proxy's alone, no port of it is open, and nobody can write where he must not."""
    for service in SERVICES:
        inspect = stack.container(service)
        host = inspect["HostConfig"]
        assert host["ReadonlyRootfs"] and host["CapDrop"] == ["ALL"] and "no-new-privileges:true" in host["SecurityOpt"]
        assert host["Memory"] > 0 and host["RestartPolicy"]["Name"] == "unless-stopped"
        sockets = [mount for mount in inspect["Mounts"] if mount["Destination"].endswith(".sock")]
        assert [mount["RW"] for mount in sockets] == ([False] if service == "socket-proxy" else [])
        ports = [binding["HostIp"] for bindings in (host["PortBindings"] or {}).values() for binding in bindings]
        assert ports == (["127.0.0.1"] if service in ("prometheus", "grafana") else [])
    assert stack.container("dockmeter")["Config"]["User"] == "65534:65534"
    networks = {net["Name"]: net["Internal"] for net in stack.engine.api("GET", "/networks")}
    assert networks["compose_engine"] is True and networks["compose_default"] is False
    assert list(stack.container("socket-proxy")["NetworkSettings"]["Networks"]) == ["compose_engine"]
