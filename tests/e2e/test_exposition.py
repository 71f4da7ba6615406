"""Both formats of the page on a real Engine: negotiation, content, promtool's opinion, compression."""
import re
import subprocess

import pytest

from page import Page, content
from support import request

OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
PROMETHEUS_2 = ("application/openmetrics-text;version=1.0.0;q=0.75,application/openmetrics-text;version=0.0.1;q=0.5,"
                "text/plain;version=0.0.4;q=0.5,*/*;q=0.1")
PROMETHEUS_3 = ("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
                "text/plain;version=0.0.4;q=0.2,*/*;q=0.1")
# What promtool says of the reference predecessor's names that are kept for its users.
KNOWN_LINTS = {"container_restart_count", "docker_containers_total", "docker_images_total", "docker_volumes_total",
               "docker_networks_total"}


@pytest.mark.parametrize("accept,openmetrics", [
    (None, False), ("*/*", False), ("text/plain", False), ("text/plain;version=0.0.4", False), ("text/html", False),
    ("application/openmetrics-text", True), ("application/openmetrics-text; version=1.0.0", True),
    (PROMETHEUS_2, True), (PROMETHEUS_3, True),
    ("application/openmetrics-text;q=0.2,text/plain;q=0.9", False),
    ("application/openmetrics-text;q=0,text/plain;q=0.1", False), (";;;,,q=,", False)])
def test_accept(native, accept, openmetrics):
    answer = native.get(headers={"Accept": accept} if accept else {})
    kind = answer.headers["Content-Type"]
    if openmetrics:
        assert re.sub(r"\s", "", kind) == re.sub(r"\s", "", OPENMETRICS)
        assert answer.text.endswith("# EOF\n")
    else:
        assert re.sub(r"\s", "", kind).startswith("text/plain;version=0.0.4")
        assert "# EOF" not in answer.text


def test_both_formats_say_the_same(native):
    text = Page(native.get().text)
    other = Page(native.get(headers={"Accept": OPENMETRICS}).text, openmetrics=True)
    text.check_form()
    other.check_form()
    one, two = content(text), content(other)
    ours = {k: v for k, v in one.items() if ("container_name", "looping") not in k[1]}
    theirs = {k: v for k, v in two.items() if ("container_name", "looping") not in k[1]}
    assert ours == theirs
    assert text.names() == other.names()


def test_openmetrics_types_keep_its_rules(native):
    page = Page(native.get(headers={"Accept": OPENMETRICS}).text, openmetrics=True)
    assert page.types["container_cpu_usage_seconds"] == "counter"
    assert page.types["docker_images_total"] in ("gauge", "unknown")
    assert page.types["container_memory_usage_bytes"] == "gauge"


def promtool(text):
    done = subprocess.run(["/usr/bin/promtool", "check", "metrics"], input=text.encode(), capture_output=True,
                          check=False, timeout=30)
    return done.returncode, (done.stdout + done.stderr).decode()


def test_promtool_is_silent_without_compat_names(meter, engine):
    d = meter(engine.socket, "--metrics.compat_names", "false").wait_ready()
    text = d.get().text
    assert promtool(text) == (0, "")
    assert not KNOWN_LINTS & Page(text).names()


def test_promtool_knows_only_the_five_with_them(native):
    _, said = promtool(native.get().text)
    assert {line.split(" ")[0] for line in said.splitlines()} == KNOWN_LINTS


def test_gzip(native):
    packed = native.get(headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip" and "Accept-Encoding" in packed.headers.get("Vary", "")
    assert len(packed.raw) < len(packed.body) / 4
    Page(packed.text).check_form()
    for header in ("identity", "gzip;q=0", "br", ""):
        plain = native.get(headers={"Accept-Encoding": header})
        assert plain.headers.get("Content-Encoding") is None, header
    assert native.get(headers={"Accept-Encoding": "deflate, gzip;q=1.0, *;q=0.5"}).headers["Content-Encoding"] == "gzip"


def test_head_is_get_without_a_body(native):
    head, get = native.get(method="HEAD"), native.get()
    assert head.status == 200 and head.raw == b""
    assert head.headers["Content-Type"] == get.headers["Content-Type"]


def test_collect_selects(native):
    page = native.page("/metrics?collect[]=memory")
    names = {n for n in page.names() if n.startswith("container_")}
    assert names and all(n.startswith("container_memory") for n in names)
    assert "exporter_up" in page.names() and "process_open_fds" in page.names()
    both = native.page("/metrics?collect%5B%5D=memory&collect[]=cpu")
    assert {n.split("_")[1] for n in both.names() if n.startswith("container_")} == {"memory", "cpu"}


@pytest.mark.parametrize("query", ["collect[]=nonsense", "collect[]=", "profile=nonsense", "collect[]=memory&collect[]=x%00y",
                                   "profile=native%20", "collect[]=" + "a" * 3000])
def test_unknown_collector_or_profile(native, query):
    answer = native.get(f"/metrics?{query}")
    assert answer.status == 400
    assert len(answer.text) < 1000 and answer.text.strip()
    assert native.get("/metrics?profile=native").status == 200


def test_a_known_name_is_told(native):
    assert "memory" in native.get("/metrics?collect[]=memori").text
    assert "native" in native.get("/metrics?profile=nativ").text


def test_values_are_the_same_on_a_unix_socket(meter, engine, tmp_path):
    path = tmp_path / "web.sock"
    d = meter(engine.socket, "--web.listen-address", f"unix://{path}", "--web.listen-address", "127.0.0.1:0", wait=False)
    from support import wait_for
    wait_for(lambda: request(path, "/ready").status == 200)
    assert Page(request(path, "/metrics").text).value("exporter_up") == 1
    d.stop()
    assert not path.exists()
