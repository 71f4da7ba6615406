"""The signal HUP at bad times and with bad files, which change nothing; and renewed certificates."""
import http.client
import os
import shutil
import signal
import socket
import ssl
import tempfile
import threading
import time
from pathlib import Path

import pytest

from certs import Certs
from fakeengine import Delay
from reloading import DONE, FAILED, NO_FILE, OK, WHEN, shown
from support import dockmeter, https, sanitized, wait_for


@pytest.fixture
def plain(reloading, fake):
    return reloading(fake(containers=3).path).ready()


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


def test_an_address_of_the_engine_that_is_none(reloading, fake):
    """It takes a restart, which would fail then."""
    path = fake(containers=3).path
    d = reloading(None, f"docker: {{host: {path}}}\n").ready()
    d.write("metrics: {namespace: x}\ndocker: {host: 'ftp://x'}\n")
    line = d.hup()
    assert line["msg"] == FAILED and "reload.yaml:2: " in line["error"] and "ftp://x" in line["error"]
    assert d.page().value(OK) == 0
    assert d.change(f"docker: {{host: {path}.other}}\n") == (set(), {"docker.host"})


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
    with socket.create_connection(("127.0.0.1", port), timeout=60) as s, context.wrap_socket(s, server_hostname="localhost") as t:
        return t.getpeercert(binary_form=True)


def with_own_files(reloading, fake, folder, certs, with_file):
    """A Dockmeter that speaks TLS with copies of the server's files, and the two copies."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    shutil.copy(certs.server, cert)
    shutil.copy(certs.server_key, key)
    flags = ["--server.tls.enabled", "--server.tls.cert_file", cert, "--server.tls.key_file", key]
    return reloading(fake().path, "" if with_file else None, *flags), cert, key


@pytest.mark.parametrize("with_file", [True, False], ids=["file", "flags"])
def test_renewed_certificate(reloading, fake, tmp_path, certs, with_file):
    d, cert, key = with_own_files(reloading, fake, tmp_path, certs, with_file)
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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root")
def test_renewed_key_that_only_root_may_read(reloading, fake, certs):
    """It was read before root was given up; the old pair stays, and the log says so."""
    with tempfile.TemporaryDirectory(prefix="dm-key-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copy(certs.server, folder / "cert.pem")
        shutil.copy(certs.server_key, folder / "key.pem")
        (folder / "key.pem").chmod(0o600)
        d = reloading(fake().path, None, "--server.user", "65534", "--server.tls.enabled", "--server.tls.cert_file", folder / "cert.pem",
                      "--server.tls.key_file", folder / "key.pem")
        old = fingerprint(d.meter.port, certs.ca)
        fresh = Certs(folder / "fresh")
        shutil.copy(fresh.server, folder / "cert.pem")
        shutil.copyfile(fresh.server_key, folder / "key.pem")
        line = d.hup()
        assert line["msg"] == FAILED and f"key file {folder / 'key.pem'}: Permission denied" in line["error"]
        assert fingerprint(d.meter.port, certs.ca) == old
        (folder / "key.pem").chmod(0o644)
        assert d.hup()["msg"] == NO_FILE
        assert fingerprint(d.meter.port, fresh.ca) != old


@pytest.mark.parametrize("with_file", [True, False], ids=["file", "flags"])
def test_pipe_where_a_certificate_was_is_not_waited_for(reloading, fake, tmp_path, certs, with_file):
    d, cert, key = with_own_files(reloading, fake, tmp_path, certs, with_file)
    for path, good in (cert, certs.server), (key, certs.server_key):
        path.unlink()
        os.mkfifo(path)
        line = d.hup()
        assert line["msg"] == FAILED and f"{path}: is not a plain file" in line["error"], line
        path.unlink()
        shutil.copy(good, path)
    assert d.hup()["msg"] == (DONE if with_file else NO_FILE)


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
    wait_for(lambda: engine.events.streams and d.page().all("container_restarts_total"), what="the events to be followed")
    engine.restart(next(iter(engine.entries)))
    wait_for(lambda: sum(v for _, v in d.page().all("container_restarts_total")) >= 1, what="the restart")
    before = d.page()
    for text in ("metrics: {global_labels: {dc: b1}}", "collection: {filters: {exclude: {names: ['.']}}}", ""):
        d.change(text)
        d.page()
    after = d.page()
    for (name, labels), value in before.samples.items():
        if name.endswith("_total") and before.types.get(name) != "gauge":
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
    d.meter.process.wait(60)  # before stop() sends the signal that ends at once
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
        manager.settimeout(60)
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
