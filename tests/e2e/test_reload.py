"""The signal HUP: what has changed in the configuration file takes effect at once, or is named."""
import base64
import http.client
import json
import signal
import socket
import subprocess

import pytest

from fakeengine import Delay, Hang
from page import Page
from reloading import DONE, OK, WHEN, shown
from support import binary, clean_env, end, free_port, wait_for


@pytest.fixture
def plain(reloading, fake):
    return reloading(fake(containers=3).path).ready()


def test_nothing_changed(plain):
    started = plain.page().value(WHEN)
    assert plain.change("") == (set(), set())
    page = plain.page()
    assert page.value(OK) == 1 and page.value(WHEN) > started


def test_page_options(plain):
    text = """
metrics:
  namespace: shop
  global_labels: {dc: b1}
  disable: [memory]
"""
    assert plain.change(text) == ({"metrics.namespace", "metrics.global_labels", "metrics.disable"}, set())
    page = plain.page()
    assert page.value("shop_exporter_up", dc="b1") == 1
    assert not any("memory_usage" in name for name in page.names())
    assert plain.change("") == ({"metrics.namespace", "metrics.global_labels", "metrics.disable"}, set())
    assert plain.page().value("exporter_up") == 1


def test_profile_with_its_pages_for_people(plain):
    assert plain.get("/containers/").status == 404
    assert plain.change("metrics: {profile: cadvisor}") == ({"metrics.profile"}, set())
    assert "cadvisor_version_info" in plain.page().names()
    assert plain.get("/containers/").status == 307
    plain.change("metrics: {profile: native}")
    assert "cadvisor_version_info" not in plain.page().names()
    assert plain.get("/containers/").status == 404


def test_profile_that_reads_more_of_the_kernel(reloading, engine):
    """What the background read before it was wanted lacks that: it is not on the new page."""
    text = "collection: {interval: 1h}\nmetrics: {profile: %s}\n"
    d = reloading(engine.socket, text % "native").ready()
    wait_for(lambda: d.page().all("container_cpu_usage_seconds_total", container_name="web"), what="the first collection")
    assert d.change(text % "cadvisor") == ({"metrics.profile"}, set())
    assert d.page().all("container_processes", name="web")


def test_percentages_go_on_over_a_reload(reloading, engine):
    text = "metrics: {profile: docker-stats, global_labels: {dc: %s}}\ncollection: {interval: 1s}\n"
    d = reloading(engine.socket, text % "b1").ready()
    percent = "container_cpu_usage_percent"
    wait_for(lambda: d.page().all(percent), what="percentages, which need two readings")
    assert d.change(text % "b2") == ({"metrics.global_labels"}, set())
    assert d.page().all(percent, dc="b2"), "at once: the readings of before still count"


def test_collectors_and_intervals(plain, tmp_path):
    text = """
collection:
  interval: 1s
  timeout: 20s
  resync: 1m
  system_interval: 10s
  collectors: {container: false, system: false, disk: true}
"""
    changed, restart = plain.change(text)
    assert changed == {"collection.interval", "collection.timeout", "collection.resync", "collection.system_interval",
                       "collection.collectors.container", "collection.collectors.system",
                       "collection.collectors.disk"} and not restart
    wait_for(lambda: not shown(plain.page()) and "docker_networks" not in plain.page().names(), what="the collectors to go")
    wait_for(lambda: plain.page().get("exporter_scrape_duration_seconds", collector="disk") is not None,
             what="disks to be measured")
    plain.change("")
    wait_for(lambda: len(shown(plain.page())) == 3 and "docker_networks" in plain.page().names(),
             what="the collectors to come back")
    assert plain.page().get("exporter_scrape_duration_seconds", collector="disk") is None


def test_background_and_back(reloading, fake):
    engine = fake(containers=2)
    d = reloading(engine.path, "collection: {interval: 1h, source: engine}").ready()
    wait_for(lambda: d.page().all("container_cpu_usage_seconds_total"), what="the first collection")
    asked = engine.count("stats")
    d.page()
    assert engine.count("stats") == asked
    assert d.change("collection: {source: engine}") == ({"collection.interval"}, set())
    d.page()
    assert engine.count("stats") > asked
    asked = engine.count("stats")
    d.change("collection: {interval: 1h, source: engine}")
    wait_for(lambda: engine.count("stats") > asked, what="the background to collect at once")


def test_cache(reloading, fake):
    engine = fake(containers=2)
    d = reloading(engine.path, "collection: {source: engine}").ready()
    d.change("collection: {source: engine}\nmetrics: {cache: {ttl: 1h}}")
    d.page()
    asked = engine.count("stats")
    d.page()
    assert engine.count("stats") == asked
    d.change("collection: {source: engine}")
    d.page()
    assert engine.count("stats") > asked


def test_filter(reloading, fake):
    engine = fake(containers=0)
    for n, name in enumerate(("web", "db", "job"), 1):
        engine.add(n, name)
    d = reloading(engine.path, "collection: {filters: {exclude: {names: [db]}}}").ready()
    wait_for(lambda: shown(d.page()) == {"web", "job"}, what="the first page")
    assert d.change("collection: {filters: {include: {names: ['^db$', '^web$']}}}") == (
        {"collection.filters.include.names", "collection.filters.exclude.names"}, set())
    assert shown(d.page()) == {"web", "db"}
    wait_for(lambda: d.page().get("container_start_time_seconds", container_name="db"), what="db to be inspected")
    d.change("")
    assert shown(d.page()) == {"web", "db", "job"}


def test_filter_of_real_containers(reloading, extra, engine):
    name = "reload-me"
    extra(name, Labels={"team": "shop"})
    d = reloading(engine.socket, "collection: {filters: {include: {labels: [team=shop]}}}").ready()
    cpu = "container_cpu_usage_seconds_total"
    wait_for(lambda: shown(d.page()) == {name} and d.page().get(cpu, container_name=name), what="the one container")
    before = d.page()
    d.change("")
    assert name in shown(d.page()) and len(shown(d.page())) > 10
    wait_for(lambda: len({labels["container_name"] for labels, _ in d.page().all(cpu)}) > 5,
             what="readings of what is newly shown")
    d.change("collection: {filters: {exclude: {labels: [team=shop]}}}")
    assert name not in shown(d.page())
    d.change("collection: {filters: {include: {labels: [team=shop]}}}")
    page = wait_for(lambda: d.page().get(cpu, container_name=name) and d.page(), what="its reading to come back")
    assert shown(page) == {name} and page.value(cpu, container_name=name) >= before.value(cpu, container_name=name)
    for labels, value in before.all("exporter_engine_requests_total"):
        assert page.value("exporter_engine_requests_total", **labels) >= value


def authorized(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_authentication(plain):
    conn = http.client.HTTPConnection("127.0.0.1", plain.meter.port, timeout=60)
    conn.request("GET", "/health")
    assert conn.getresponse().read()
    changed, restart = plain.change("server: {auth: {enabled: true, username: ann, password: first-secret}}")
    assert changed == {"server.auth.enabled", "server.auth.username", "server.auth.password"} and not restart
    conn.request("GET", "/health")  # the same connection as before
    assert conn.getresponse().status == 401
    conn.close()
    assert plain.get(headers=authorized("ann", "first-secret")).status == 200
    assert plain.change("server: {auth: {enabled: true, username: ann, password: other-secret}}")[0] == {"server.auth.password"}
    assert plain.get(headers=authorized("ann", "first-secret")).status == 401
    assert plain.get(headers=authorized("ann", "other-secret")).status == 200
    plain.change("")
    assert plain.get().status == 200
    assert "secret" not in plain.meter.log()


def test_limits_of_the_server(reloading, fake):
    d = reloading(fake().path, "server: {head_timeout: 5m, max_connections: 1000}").ready()
    assert d.change("server: {head_timeout: 5m, max_connections: 1}")[0] == {"server.max_connections"}
    address = ("127.0.0.1", d.meter.port)
    with socket.create_connection(address, timeout=60), socket.create_connection(address, timeout=60) as second:
        assert second.recv(100) == b"", "one too many"
    assert d.change("server: {head_timeout: 100ms}")[0] == {"server.head_timeout", "server.max_connections"}
    with socket.create_connection(address, timeout=60) as slow, socket.create_connection(address, timeout=60):
        slow.sendall(b"GET /health HTTP/1.1\r\n")
        assert slow.recv(100).startswith(b"HTTP/1.1 408")


def test_statistics_at_once(reloading, fake):
    engine = fake(containers=30, api="1.44", version="25.0.0")
    d = reloading(engine.path, "collection: {source: engine}\nperformance: {max_concurrent: 20}").ready()
    engine.spoil("stats", Delay(0.05))
    d.page()
    assert engine.peak["stats"] > 2
    assert d.change("collection: {source: engine}\nperformance: {max_concurrent: 2}") == ({"performance.max_concurrent"}, set())
    engine.peak.clear()
    d.page()
    assert 1 <= engine.peak["stats"] <= 2


def test_most_requests_at_once(reloading, fake):
    engine = fake(containers=1)
    d = reloading(engine.path, "collection: {source: engine}").ready()
    engine.spoil("stats", Hang())
    with socket.create_connection(("127.0.0.1", d.meter.port), timeout=60) as waiting:
        waiting.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
        wait_for(lambda: engine.active["stats"], what="the first scrape to wait")
        d.change("collection: {source: engine}\nserver: {max_requests: 1}")
        answer = d.get()
        assert answer.status == 503 and "(1)" in answer.text
        d.change("collection: {source: engine}\nserver: {max_requests: 2}")
        assert d.get("/version").status == 200


def test_what_waits_goes_on_with_what_it_asked_for(reloading, fake):
    """A page that is under way has the labels of when it was asked for, and what it waits for comes."""
    engine = fake(containers=1)
    d = reloading(engine.path, "collection: {source: engine}\nmetrics: {global_labels: {dc: b1}}").ready()
    engine.spoil("stats", Delay(1), times=1)
    conn = http.client.HTTPConnection("127.0.0.1", d.meter.port, timeout=60)
    conn.request("GET", "/metrics")
    wait_for(lambda: engine.active["stats"], what="the scrape to wait")
    d.change("collection: {source: engine}\nmetrics: {global_labels: {dc: b2}, profile: docker-stats}")
    page = Page(conn.getresponse().read().decode())
    conn.close()
    assert page.value("exporter_up", dc="b1") == 1 and page.all("container_cpu_usage_seconds_total", dc="b1")
    assert d.page().value("exporter_up", dc="b2") == 1


def test_level_of_the_log(plain):
    quiet = "logging: {level: error}\n"
    plain.change(quiet)  # told before the level holds
    told = len(plain.meter.log_lines())
    plain.write(quiet + "metrics: {global_labels: {dc: b1}}")
    plain.meter.process.send_signal(signal.SIGHUP)
    wait_for(lambda: plain.page().all("exporter_up", dc="b1"), what="the second reload")
    assert len(plain.meter.log_lines()) == told
    plain.change("")  # told after


def test_format_and_output_of_the_log(fake, tmp_path):
    path = tmp_path / "log.yaml"
    path.write_text("")
    out, err = tmp_path / "out", tmp_path / "err"
    with open(out, "wb") as o, open(err, "wb") as e:
        process = subprocess.Popen([binary(), "--config.file", path, "--server.port", "0", "--server.address", "127.0.0.1",
                                    "--docker.host", f"unix://{fake().path}"], env=clean_env(), stdout=o, stderr=e)
    try:
        wait_for(lambda: "the engine answers" in err.read_text(), what="the start")
        path.write_text("logging: {format: json, output: stdout}")
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: DONE in err.read_text(), what="the first reload, as the log was before")
        path.write_text("")
        process.send_signal(signal.SIGHUP)
        wait_for(lambda: DONE in out.read_text(), what="the second, as it was then")
    finally:
        end(process)
    assert json.loads(out.read_text())["changed"] == "logging.format, logging.output"
    assert err.read_text().count(DONE) == 1 and "dockmeter ended" in err.read_text()


def test_what_needs_a_restart_is_named_and_stays(plain):
    changed, restart = plain.change(f"""
server: {{port: {free_port()}, metrics_path: /m, route_prefix: /x, tls: {{enabled: true, cert_file: /no, key_file: /no}}}}
docker: {{api_version: "1.41"}}
collection: {{source: engine, host_root: /nowhere, interval: 5s}}
""")
    assert changed == {"collection.interval"}
    # The port is a flag of these tests, which wins over the file.
    assert restart == {"server.metrics_path", "server.route_prefix", "server.tls.enabled", "server.tls.cert_file",
                       "server.tls.key_file", "docker.api_version", "collection.source", "collection.host_root"}
    assert plain.get("/metrics").status == 200 and plain.get("/m").status == 404
    line = plain.hup()
    assert line["changed"] == "" and set(line["needs_restart"].split(", ")) == restart, "it is still to be done"
    assert plain.change("") == ({"collection.interval"}, set())
