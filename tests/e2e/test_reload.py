"""The signal HUP: a changed file takes effect at once, or is named; a wrong one changes nothing."""
import base64
import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

from certs import Certs
from fakeengine import Delay, Hang
from page import Page
from support import binary, clean_env, dockmeter, end, free_port, https, sanitized, wait_for

DONE = "the configuration was reloaded"
FAILED = "the configuration was not reloaded, nothing has changed"
NO_FILE = "there is no configuration file to reload"
OK = "exporter_config_last_reload_successful"
WHEN = "exporter_config_last_reload_success_timestamp_seconds"


class Reloading:
    """A Dockmeter with a configuration file that tests change."""

    def __init__(self, meter, folder, host, text="", *args, **kwargs):
        """text None: without a file."""
        self.path = folder / "reload.yaml"
        if text is not None:
            self.write(text)
            args = ("--config.file", self.path, *args)
        self.meter = meter(host, *args, **kwargs)
        self.get, self.page = self.meter.get, self.meter.page

    def write(self, text):
        """As editors do it: a new file is renamed over the old one."""
        fresh = self.path.with_suffix(".new")
        fresh.write_text(text)
        os.replace(fresh, self.path)

    def lines(self, *messages):
        return [line for line in self.meter.log_lines() if line["msg"] in messages]

    def hup(self):
        """Sends the signal and gives the line that tells of it."""
        before = len(self.lines(DONE, FAILED, NO_FILE))
        self.meter.process.send_signal(signal.SIGHUP)
        wait_for(lambda: len(self.lines(DONE, FAILED, NO_FILE)) > before, what="the reload's line in the log")
        return self.lines(DONE, FAILED, NO_FILE)[-1]

    def change(self, text):
        """Writes, reloads; the options that changed at once and those that need a restart."""
        self.write(text)
        line = self.hup()
        assert line["msg"] == DONE, line
        return tuple(set(line[key].split(", ")) - {""} for key in ("changed", "needs_restart"))

    def ready(self):
        self.meter.wait_ready()
        return self


@pytest.fixture
def reloading(meter, tmp_path):
    return lambda host, text="", *args, **kwargs: Reloading(meter, tmp_path, host, text, *args, **kwargs)


@pytest.fixture
def plain(reloading, fake):
    return reloading(fake(containers=3).path).ready()


def shown(page):
    return {labels["container_name"] for labels, _ in page.all("container_info")}


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


def test_percentages_go_on_over_a_reload(reloading, engine):
    text = "metrics: {profile: docker-stats, global_labels: {dc: %s}}\ncollection: {interval: 1s}\n"
    d = reloading(engine.socket, text % "b1").ready()
    percent = "container_cpu_usage_percent"
    wait_for(lambda: d.page().all(percent), 30, what="percentages, which need two readings")
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
    lists = engine.count("list")
    assert d.change("collection: {filters: {include: {names: ['^db$', '^web$']}}}") == (
        {"collection.filters.include.names", "collection.filters.exclude.names"}, set())
    assert shown(d.page()) == {"web", "db"}
    wait_for(lambda: d.page().get("container_start_time_seconds", container_name="db"), what="db to be inspected")
    d.change("")
    assert shown(d.page()) == {"web", "db", "job"}
    assert engine.count("list") == lists


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
    conn = http.client.HTTPConnection("127.0.0.1", plain.meter.port, timeout=10)
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


BAD = [
    ("unknown key", "server:\n  prot: 9200\n", "reload.yaml:2: server.prot"),
    ("out of range", "collection:\n\n  timeout: 99h\n", "reload.yaml:3: collection.timeout"),
    ("bad pattern", "collection:\n  filters:\n    include:\n      names: ['a(b']\n", "reload.yaml:4: collection.filters.include.names"),
    ("broken YAML", "metrics: {namespace: x\n", "reload.yaml:2"),
    ("label of the profile", "metrics: {namespace: x, global_labels: {container_name: x}}\n", "reload.yaml:1: metrics.global_labels"),
    ("half of authentication", "metrics: {namespace: x}\nserver: {auth: {enabled: true}}\n", "server.auth.username"),
    ("no text", "metrics: {namespace: \0}\n", "reload.yaml:1"),
]


def test_bad_files_change_nothing(plain):
    good = "metrics: {global_labels: {dc: b1}}\nlogging: {level: info}\n"
    plain.change(good)
    succeeded = plain.page().value(WHEN, dc="b1")
    for name, text, where in BAD:
        plain.write(text)
        line = plain.hup()
        assert line["msg"] == FAILED and where in line["error"] and line["level"] == "error", (name, line)
        page = plain.page()
        assert page.value(OK, dc="b1") == 0 and page.value(WHEN, dc="b1") == succeeded, name
        assert len(shown(page)) == 3
    assert plain.change(good) == (set(), set())
    assert plain.page().value(OK, dc="b1") == 1 and plain.page().value(WHEN, dc="b1") > succeeded


def test_file_that_is_not_there_or_no_file(plain):
    for spoil, words in ((lambda p: p.unlink(), "No such file"), (lambda p: p.mkdir(), "is a directory"),
                         (lambda p: (p.rmdir(), os.mkfifo(p)), "is not a plain file"),
                         (lambda p: (p.unlink(), p.symlink_to("nowhere")), "No such file")):
        spoil(plain.path)
        line = plain.hup()
        assert line["msg"] == FAILED and str(plain.path) in line["error"] and words in line["error"], line
        assert plain.page().value(OK) == 0
    plain.path.unlink()
    plain.change("")
    assert plain.page().value(OK) == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root")
def test_file_that_its_user_may_not_read(reloading, fake):
    d = reloading(fake().path, "", "--server.user", "65534")  # the tests' folders are root's
    line = d.hup()
    assert line["msg"] == FAILED and f"{d.path}: cannot be read: Permission denied" in line["error"]
    assert d.page().value(OK) == 0


def test_links_of_a_config_map(reloading, fake, tmp_path):
    """Kubernetes replaces the folder behind a link: file -> ..data/file, ..data -> ..1."""
    for n, dc in (1, "b1"), (2, "b2"):
        (tmp_path / f"..{n}").mkdir()
        (tmp_path / f"..{n}/reload.yaml").write_text(f"metrics: {{global_labels: {{dc: {dc}}}}}\n")
    d = reloading(fake().path).ready()
    d.path.unlink()
    (tmp_path / "..data").symlink_to("..1")
    d.path.symlink_to("..data/reload.yaml")
    d.hup()
    assert d.page().value("exporter_up", dc="b1") == 1
    (tmp_path / "..tmp").symlink_to("..2")
    os.replace(tmp_path / "..tmp", tmp_path / "..data")
    d.hup()
    assert d.page().value("exporter_up", dc="b2") == 1


def test_flags_and_environment_win_again(reloading, fake):
    d = reloading(fake().path, "metrics: {namespace: file}", "--metrics.global_labels", "dc=flag",
                  env={"DOCKMETER_METRICS_NAMESPACE": "env"}).ready()
    assert d.change("metrics: {namespace: other, global_labels: {dc: file}, machine_name: m}") == ({"metrics.machine_name"}, set())
    assert d.page().value("env_exporter_up", dc="flag") == 1


def test_without_a_file(reloading, fake):
    d = reloading(fake().path, None).ready()
    started = d.page().value(WHEN)
    assert d.hup()["msg"] == NO_FILE
    assert d.page().value(OK) == 1 and d.page().value(WHEN) > started


def fingerprint(port, ca):
    """The server's certificate."""
    context = ssl.create_default_context(cafile=ca)
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s, context.wrap_socket(s, server_hostname="localhost") as t:
        return t.getpeercert(binary_form=True)


@pytest.mark.parametrize("with_file", [True, False], ids=["file", "flags"])
def test_renewed_certificate(reloading, fake, tmp_path, certs, with_file):
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    shutil.copy(certs.server, cert)
    shutil.copy(certs.server_key, key)
    flags = ["--server.tls.enabled", "--server.tls.cert_file", cert, "--server.tls.key_file", key]
    d = reloading(fake().path, "" if with_file else None, *flags)
    port = d.meter.port
    old = fingerprint(port, certs.ca)
    conn = https(port, certs.ca)
    conn.request("GET", "/health")
    assert conn.getresponse().read()
    fresh = Certs(tmp_path / "fresh")
    shutil.copy(fresh.server, cert)
    line = d.hup()
    assert line["msg"] == FAILED and f"{key} does not belong to certificate file {cert}" in line["error"]
    assert fingerprint(port, certs.ca) == old
    shutil.copy(fresh.server_key, key)
    assert d.hup()["msg"] == (DONE if with_file else NO_FILE)
    assert fingerprint(port, fresh.ca) != old
    conn.request("GET", "/metrics")  # the connection of before is still good
    assert f"{OK} 1" in conn.getresponse().read().decode()
    conn.close()
    cert.unlink()
    assert f"certificate file {cert}: No such file" in d.hup()["error"]
    assert fingerprint(port, fresh.ca) != old


def test_storm_of_signals_while_scraping(reloading, fake):
    """Each of 200 reloads, one in four of a bad file, meets pages that are under way."""
    engine = fake(containers=20)
    texts = ["", "metrics: {profile: cadvisor}\ncollection: {interval: 1s, filters: {exclude: {names: ['1']}}}\n",
             "nonsense: 1\n", "metrics: {global_labels: {dc: b1}}\ncollection: {collectors: {disk: true}}\n"]
    d = reloading(engine.path).ready()
    over, wrong, pages = threading.Event(), [], []

    def scrape(path):
        while not over.is_set():
            try:
                answer = d.get(path)
                if answer.status != 200 or OK not in answer.text:
                    wrong.append(answer.text)
                pages.append(path)
            except (OSError, http.client.HTTPException) as e:
                wrong.append(repr(e))
    threads = [threading.Thread(target=scrape, args=(p,)) for p in ("/metrics", "/metrics?profile=docker-stats", "/metrics")]
    for t in threads:
        t.start()
    try:
        for i in range(200):
            d.write(texts[i % 4])
            d.meter.process.send_signal(signal.SIGHUP)
            seen = len(pages)
            wait_for(lambda n=seen: len(pages) > n or wrong, interval=0.002, what="a page")
    finally:
        over.set()
        for t in threads:
            t.join()
    assert not wrong, wrong[:3]
    d.change("")
    page = d.page()
    assert len(shown(page)) == 20 and page.value(OK) == 1


def test_counters_do_not_fall(reloading, fake):
    engine = fake(containers=5)
    d = reloading(engine.path).ready()
    engine.restart(next(iter(engine.entries)))
    wait_for(lambda: sum(v for _, v in d.page().all("container_restarts_total")) >= 1, what="the restart")
    before = d.page()
    for text in ("metrics: {global_labels: {dc: b1}}", "collection: {filters: {exclude: {names: ['.']}}}", ""):
        d.change(text)
        d.page()
    after = d.page()
    for (name, labels), value in before.samples.items():
        if name.endswith("_total"):
            assert after.samples[(name, labels)] >= value, (name, labels)


def test_two_signals_in_a_row_and_one_at_the_end(reloading, fake):
    engine = fake(containers=1)
    d = reloading(engine.path, "collection: {source: engine}").ready()
    d.write("collection: {source: engine}\nmetrics: {global_labels: {dc: b1}}")
    for _ in range(2):
        d.meter.process.send_signal(signal.SIGHUP)
    wait_for(lambda: d.page().all("exporter_up", dc="b1"), what="the reload")
    d.hup()
    done = len(d.lines(DONE))
    engine.spoil("stats", Delay(1), times=1)
    conn = http.client.HTTPConnection("127.0.0.1", d.meter.port, timeout=60)
    conn.request("GET", "/metrics")
    wait_for(lambda: engine.active["stats"], what="a scrape that the end waits for")
    d.meter.process.send_signal(signal.SIGTERM)
    wait_for(lambda: d.lines("ending"), what="the end to begin")
    d.meter.process.send_signal(signal.SIGHUP)
    assert conn.getresponse().status == 200
    d.meter.stop()
    assert len(d.lines(DONE)) == done


def test_signal_before_the_start_is_over(meter, fake, tmp_path):
    """From the program's first moments on; what comes too early for even that is the kernel's."""
    config = tmp_path / "first.yaml"
    os.mkfifo(config)  # the start waits for its configuration
    d = meter(fake().path, "--config.file", config, wait=False)
    writer = os.open(config, os.O_WRONLY)  # opens once it reads
    d.process.send_signal(signal.SIGHUP)
    os.write(writer, b"metrics: {global_labels: {dc: b1}}\n")
    os.close(writer)
    d.wait_serving()
    wait_for(lambda: any(line["msg"] == FAILED for line in d.log_lines()), what="the reload that waited")
    assert d.page().value("exporter_up", dc="b1") == 1


def test_service_manager_is_told(reloading, fake, tmp_path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(10)
        d = reloading(fake().path, env={"NOTIFY_SOCKET": tmp_path / "notify"}).ready()
        assert manager.recv(200) == b"READY=1"
        for text in ("", "nonsense: 1"):
            d.write(text)
            before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            d.hup()
            state = manager.recv(200).decode().splitlines()
            assert state[0] == "RELOADING=1"
            assert before <= int(state[1].removeprefix("MONOTONIC_USEC=")) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
            assert manager.recv(200) == b"READY=1"


@pytest.mark.skipif(sanitized(), reason="memory bounds do not hold with sanitizers")
def test_reloads_do_not_grow(fake, tmp_path):
    texts = ["metrics: {global_labels: {dc: b1}}", "metrics: {global_labels: {dc: b2}}"]
    path = tmp_path / "grow.yaml"
    path.write_text(texts[0])
    with dockmeter(tmp_path, fake(containers=3).path, "--config.file", path) as d:
        d.wait_ready()

        def reload(times):
            for i in range(times):
                path.write_text(texts[i % 2])
                done = d.log().count(DONE)
                d.process.send_signal(signal.SIGHUP)
                wait_for(lambda n=done: d.log().count(DONE) > n, interval=0.002, what="the reload")
        reload(50)
        before = d.rss_kb()
        reload(200)
        assert d.rss_kb() < before + 1000
