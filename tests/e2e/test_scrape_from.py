"""dockmeter scrape --from: other exporters' pages, fetched every way there is, checked strictly, shown to people."""
import base64
import gzip
import random
import re
import subprocess

import prometheus_client
import pytest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporter import OPENMETRICS, TEXT, Exporter
from support import DATA, free_port, run

PAGE = """# HELP shop_orders_total Orders taken.
# TYPE shop_orders_total counter
shop_orders_total{way="web"} 1027
shop_orders_total{way="shop"} 3 1395066363000
# TYPE shop_open gauge
shop_open 1
"""
SHOWN = """shop_orders_total  counter
  Orders taken.
  1027  {way="web"}
     3  {way="shop"}  @ 1395066363000

shop_open  gauge
  1

3 samples in 2 families
"""


def scrape(url, *args, **kwargs):
    return run("scrape", f"--from={url}", *args, **kwargs)


def valid(done):
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def failed(done, status=1):
    """What was said, with nothing on standard output."""
    assert done.returncode == status and not done.stdout, (done.returncode, done.stdout)
    return done.stderr


def test_http():
    with Exporter(PAGE) as e:
        assert valid(scrape(e.url)) == SHOWN
        path, headers = e.requests[0]
    assert path == "/metrics"
    assert re.match(r"application/openmetrics-text;version=1\.0\.0,.*text/plain;version=0\.0\.4;q=0\.5$", headers["Accept"])


def test_needs_no_configuration(tmp_path):
    with Exporter(PAGE) as e:
        done = run("scrape", "--from", e.url, env={"DOCKMETER_COLLECTION_INTERVAL": "nonsense", "DOCKER_HOST": "x://"}, cwd=tmp_path)
        assert valid(done) == SHOWN


def test_format_by_content_type():
    text = "# TYPE a counter\n# UNIT a \na_total 1 # {id=\"x\"} 0.5\n# EOF\n"
    with Exporter(text, OPENMETRICS) as e:
        assert valid(scrape(e.url, "--format=text")) == "a  counter\n  1  _total  # 0.5 {id=\"x\"}\n\n1 sample in 1 family\n"
        assert e.requests[0][1]["Accept"] == "text/plain;version=0.0.4"
    with Exporter(text, TEXT) as e:
        assert ":1:3" not in failed(scrape(e.url, "--format", "openmetrics"))
        assert e.requests[0][1]["Accept"] == "application/openmetrics-text;version=1.0.0"


@pytest.mark.parametrize("suffix,path", [("", "/metrics"), ("/", "/"), ("/x?a=b&c=%20", "/x?a=b&c=%20")])
def test_path(suffix, path):
    with Exporter(PAGE) as e:
        valid(scrape(f"http://127.0.0.1:{e.port}{suffix}"))
        assert e.requests[0][0] == path


def test_https(certs):
    with Exporter(PAGE, certs=certs) as e:
        assert valid(scrape(e.url, "--ca-file", certs.ca)) == SHOWN
        assert "TLS: the peer's certificate is refused" in failed(scrape(e.url))
        assert "TLS: the CA file cannot be used" in failed(scrape(e.url, "--ca-file=/nowhere"))


@pytest.mark.parametrize("suffix,path", [("", "/metrics"), (":/other?x=1", "/other?x=1")])
def test_unix_socket(tmp_path, suffix, path):
    with Exporter(PAGE, path=tmp_path / "e.sock") as e:
        assert valid(scrape(e.url + suffix)) == SHOWN
        assert e.requests[0][0] == path


def test_password_is_sent_and_not_shown():
    with Exporter("a\n") as e:
        said = failed(scrape(f"http://me:secret%40@127.0.0.1:{e.port}/metrics"))
        assert e.requests[0][1]["Authorization"] == "Basic " + base64.b64encode(b"me:secret@").decode()
    assert said == f"http://127.0.0.1:{e.port}/metrics:1:2: the line's end instead of a blank before the value\n"


@pytest.mark.parametrize("page,kind,place,words", [
    ("a 1\nb{c=\"d} 2\n", TEXT, "2:5", "the quote is not closed on this line"),
    ("a 1\na 2\n", TEXT, "2:1", "a stands with these labels in line 1 already"),
    ("a 1\nb 1\na{x=\"y\"} 1\n", TEXT, "3:1", "the family a began in line 1"),
    ("a 1\n# TYPE a gauge\n", TEXT, "2:8", "the TYPE of a stands before its samples"),
    ("größe 1\n", TEXT, "1:3", "'ö' instead of a blank before the value"),
    ("# TYPE a counter\na 1\n# EOF\n", OPENMETRICS, "2:1", "has no sample a, only a_total, a_created"),
    ("a 1\n", OPENMETRICS, "2:1", "the page ends without # EOF"),
    ("a 1 2\na 1 1\n# EOF\n", OPENMETRICS, "2:5", "the timestamp goes back"),
    ("<!DOCTYPE html>\n", TEXT, "1:1", "'<' instead of a metric's name"),
    (b"a{b=\"\xff\"} 1\n", TEXT, "1:6", "byte 0xff is not UTF-8 here"),
])
def test_a_page_that_is_not_valid(page, kind, place, words):
    with Exporter(page, kind) as e:
        said = failed(scrape(e.url))
        assert said.startswith(f"{e.url}:{place}: ") and words in said and said.count("\n") == 1, said


@pytest.mark.parametrize("answer,words", [
    ({"page": "no", "status": 404}, "answered 404, not 200"),
    ({"status": 302, "Location": "/login"}, "answered 302, not 200; the page has moved to /login"),
    ({"page": gzip.compress(PAGE.encode()), "Content_Encoding": "gzip"}, "answered with a Content-Encoding that nobody asked for"),
    ({"page": PAGE, "Content_Length": "1000"}, "the connection ended inside the answer"),
    ({"Content_Length": str(65 << 20)}, "the answer is larger than 67108864 bytes"),
], ids=["status", "redirect", "gzip", "cut", "large"])
def test_answers_that_are_no_page(answer, words):
    with Exporter(**answer) as e:
        assert failed(scrape(e.url)) == f"{e.url}: {words}\n"


def test_nobody_answers(tmp_path):
    with Exporter(hang=True) as e:
        assert "no answer within 300 ms" in failed(scrape(e.url, "--timeout=300ms"))
    url = f"http://127.0.0.1:{free_port()}/metrics"
    assert failed(scrape(url)) == f"{url}: connect: Connection refused\n"
    assert "No such file or directory" in failed(scrape(f"unix://{tmp_path}/none.sock"))


def test_an_unusual_content_type_is_noted():
    for kind, words in [("text/html", "Content-Type text/html is read as text/plain"), (None, "no Content-Type")]:
        with Exporter(PAGE, kind) as e:
            done = scrape(e.url)
            assert done.returncode == 0 and done.stdout == SHOWN
            assert done.stderr.startswith(f"{e.url}: note: {words}"), done.stderr


@pytest.mark.parametrize("args,words", [
    (["--from"], "flag --from needs a value"), (["--from="], "flag --from needs a value"),
    (["--from", "--timeout=1s"], "flag --from needs a value"),
    (["--from=localhost:9100"], "write http://HOST:PORT/metrics"), (["--from=ftp://x/"], "is no address of a page"),
    (["--from=unix://x.sock"], "is no address of a page"), (["--from=http://"], "is no address of a page"),
    (["--from=http://x/", "--timeout=0"], "--timeout is a duration like 10s"),
    (["--from=http://x/", "--timeout=fast"], "--timeout is a duration like 10s"),
    (["-from", "http://x/", "-timeout=fast"], "--timeout is a duration like 10s"),
    (["--from=http://x/", "--format=json"], "--format is text or openmetrics"),
    (["--from=http://x/", "--docker.host=y"], "takes --ca-file, --format and --timeout besides"),
])
def test_wrong_usage(args, words):
    assert words in failed(run("scrape", *args), 2)


@pytest.mark.parametrize("path", sorted(DATA.glob("pages/*.prom")) + sorted(DATA.glob("clients/*")), ids=lambda path: path.name)
def test_recorded_pages(path):
    text = path.read_text(encoding="utf-8")
    om = path.suffix == ".om"
    families = list((parse_openmetrics if om else parse_text)(text))
    with Exporter(text, OPENMETRICS if om else TEXT) as e:
        shown = valid(scrape(e.url))
    assert re.search(rf"^{sum(len(f.samples) for f in families)} samples in \d+ families$", shown, re.M)


def test_prometheus_client_live():
    """A registry of many kinds as the Python client gives it out, in both formats."""
    registry = prometheus_client.CollectorRegistry()
    prometheus_client.Counter("c", "C \"quoted\"\nand more", ["a"], registry=registry).labels("x\\\"\n").inc(
        exemplar={"id": "1"})
    prometheus_client.Histogram("h", "H", ["a"], unit="seconds", registry=registry).labels("größe").observe(0.3, {"id": "2"})
    prometheus_client.Summary("s", "S", registry=registry).observe(1)
    prometheus_client.Info("i", "I", registry=registry).info({"version": "1"})
    prometheus_client.Enum("e", "E", states=["on", "off"], registry=registry)
    for kind, page in [(TEXT, prometheus_client.generate_latest(registry)), (OPENMETRICS, openmetrics.generate_latest(registry))]:
        with Exporter(page, kind) as e:
            assert "{a=\"x\\\\\\\"\\n\"}" in valid(scrape(e.url))


def test_our_own_page(fake, meter):
    engine = fake(containers=3)
    d = meter(engine.path).wait_ready()
    for args, family in [((), "container_memory_usage_bytes"), (("--format=text",), "exporter_scrape_errors_total")]:
        shown = valid(scrape(f"http://127.0.0.1:{d.port}", *args))
        assert re.search(rf"^{family}  (gauge|counter)$", shown, re.M)
        assert re.search(r"^\d+ samples in \d+ families$", shown, re.M)


def spoil(text, rnd):
    """One or two changes that a broken exporter could make."""
    for _ in range(rnd.randint(1, 2)):
        lines = text.split("\n")
        i, j = rnd.randrange(len(lines)), rnd.randrange(len(lines))
        at = rnd.randrange(len(text))
        text = rnd.choice([
            lambda: "\n".join(lines[:i] + lines[i + 1:]),
            lambda: "\n".join(lines[:j] + [lines[i]] + lines[j:]),
            lambda: text[:at] + text[at + rnd.randint(1, 3):],
            lambda: text[:at] + rnd.choice([" ", "\t", "#", "{", "}", '"', ",", "=", "\\", "_", "-", ".", "e", "0", "NaN", "\n"]) + text[at:],
        ])() or "\n"
    return text


def promtool_takes(text):
    done = subprocess.run(["/usr/bin/promtool", "check", "metrics"], input=text.encode(), capture_output=True, check=False)
    return done.returncode != 1


def python_takes(text):
    try:
        list(parse_openmetrics(text))
        return True
    except ValueError:
        return False


@pytest.mark.slow
@pytest.mark.parametrize("kind,name,takes", [(TEXT, "client_golang-1.14.prom", promtool_takes),
                                             (OPENMETRICS, "prometheus_client-0.16.om", python_takes)], ids=["text", "openmetrics"])
def test_at_least_as_strict_as(kind, name, takes):
    """What is taken here is taken by promtool, or by prometheus_client's OpenMetrics parser."""
    rnd = random.Random(5)
    page = (DATA / "clients" / name).read_text(encoding="utf-8")
    taken = 0
    with Exporter("", kind) as e:
        for _ in range(300):
            text = spoil(page, rnd)
            e.body = text.encode()
            done = scrape(e.url)
            assert done.returncode in (0, 1), done.stderr
            if done.returncode == 0:
                taken += 1
                assert takes(text), text
    assert 5 < taken < 250
