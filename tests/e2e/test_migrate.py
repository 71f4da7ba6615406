"""dockmeter migrate: dashboards and rules written for each predecessor, shown on a real Prometheus that scrapes the native page."""
import contextlib
import json
import os
import re
import subprocess

import pytest
import yaml

from prometheus import Prometheus
from support import DATA, clean_env, run, wait_for

PROMTOOL = "/usr/bin/promtool"
FILES = DATA / "migrate"
TOOLS = ["cadvisor", "docker-exporter", "container-metrics", "docker-stats", "data-exporter", "native"]
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
SAID = re.compile(r'^[^:]+:\d+: (lost|foreign): panel "([^"]*)", query (\w)', re.M)
# The members that may change, each with the path that leads to it.
CHANGES = re.compile(r"/(expr|legendFormat|titleFormat|tagKeys|definition|query|label|metric|regex|displayName|fields|byField|pattern|options"
                     r"|key|title|url)$|/list/\d+/query/query$")
# What stands for a panel's variables: one series or all, an instance where one is asked for.
VARIABLES = [("$__rate_interval", "30s"), ("$interval", "30s"), ("$container", "burner"), ("$machine", "$instance"), ("$server", "$instance"),
             ("$project", ".*"), ("$name", ".+"), ("$job", ".+")]
# Tools whose dashboards have all queries in their new form, but for what is told.
LOST = {"cadvisor": {("lost", "Threads by state", "A"), ("foreign", "Log lines", "A")},
        "container-metrics": {("lost", "Log lines a minute", "A")},
        "docker-stats": {("foreign", "k6 requests", "A")},
        "data-exporter": {("lost", "Status texts", "A")}}


def migrate(tool, *args, **kwargs):
    return run("migrate", f"--from={tool}", *args, **kwargs)


def good(done):
    assert done.returncode == 0, done.stderr
    return done.stdout


def failed(done, status=1):
    """What was said; nothing came out."""
    assert done.returncode == status and not done.stdout, (done.returncode, done.stdout, done.stderr)
    return done.stderr


@pytest.fixture(scope="module")
def dashboards():
    """tool -> (old text, new text, what was said)."""
    done = {tool: migrate(tool, "--dashboard", FILES / f"{tool}.json") for tool in TOOLS}
    return {tool: ((FILES / f"{tool}.json").read_text(), good(d), d.stderr) for tool, d in done.items()}


def leaves(value, path=""):
    """(path, value) of everything in a document, in order; a key counts as a leaf of its own."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield f"{path}/*key", key
            yield from leaves(below, f"{path}/{key}")
    elif isinstance(value, list):
        for i, below in enumerate(value):
            yield from leaves(below, f"{path}/{i}")
    else:
        yield path, value


def panels(value):
    """All panels, however deep, with their targets."""
    if isinstance(value, dict):
        if "targets" in value:
            yield value
        for below in value.values():
            yield from panels(below)
    elif isinstance(value, list):
        for below in value:
            yield from panels(below)


@pytest.mark.parametrize("tool", TOOLS)
def test_dashboard_keeps_all_else(dashboards, tool):
    """Outside of strings not a byte differs, and of the strings only those that may."""
    old, new, _ = dashboards[tool]
    assert STRING.sub('""', old) == STRING.sub('""', new)
    for (path, was), (_, now) in zip(leaves(json.loads(old)), leaves(json.loads(new)), strict=True):
        if was != now:
            assert CHANGES.search(path) or (path.endswith("/*key") and was == "name" and now == "container_name"), (path, was, now)
    assert (old == new) == (tool == "native")


@pytest.mark.parametrize("tool", TOOLS)
def test_again_changes_nothing(dashboards, tool, tmp_path):
    rules = good(migrate(tool, "--rules", FILES / f"{tool}.yml"))
    for flag, text in [("--dashboard", dashboards[tool][1]), ("--rules", rules)]:
        (tmp_path / "again").write_text(text)
        assert good(migrate(tool, flag, tmp_path / "again")) == text


@pytest.mark.parametrize("tool", TOOLS)
def test_what_is_lost_is_told(dashboards, tool):
    old, _, said = dashboards[tool]
    assert set(SAID.findall(said)) == LOST.get(tool, set())
    last = said.splitlines()[-1]
    lost = sum(kind == "lost" for kind, _, _ in LOST.get(tool, ()))
    assert re.search(rf": \d+ changed, \d+ as they are, \d+ mean something else, {lost} lost$", last), last
    for line, text in re.findall(r"^[^:]+:(\d+): \w+: panel \"([^\"]*)\", query", said, re.M):
        nearby = old.splitlines()[int(line) - 40 if int(line) > 40 else 0:int(line) + 40]
        assert any(json.dumps(text, ensure_ascii=False) in each for each in nearby), (line, text)


@pytest.mark.parametrize("tool", TOOLS)
def test_rules_are_taken_and_keep_all_else(tool, tmp_path):
    old = (FILES / f"{tool}.yml").read_text()
    done = migrate(tool, "--rules", FILES / f"{tool}.yml")
    new = good(done)
    (tmp_path / "rules.yml").write_text(new)
    checked = subprocess.run([PROMTOOL, "check", "rules", tmp_path / "rules.yml"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0 and "SUCCESS" in checked.stdout, checked.stderr
    assert len(old.splitlines()) == len(new.splitlines())
    for was, now in zip(old.splitlines(), new.splitlines(), strict=True):
        assert was.partition("#")[2] == now.partition("#")[2]
        assert re.match(r" *", was)[0] == re.match(r" *", now)[0]
    for (path, was), (_, now) in zip(leaves(yaml.safe_load(old)), leaves(yaml.safe_load(new)), strict=True):
        assert was == now or re.search(r"/expr$|/annotations/\w+$", path), (path, was, now)
    lost = re.findall(r": lost: (.*?):", done.stderr)
    assert lost == (["alert ContainerLogsErrors"] if tool == "container-metrics" else [])


@pytest.fixture(scope="module")
def prometheus(native, tmp_path_factory):
    """A Prometheus that scrapes the native page and has the migrated rules, with what is on the page."""
    folder = tmp_path_factory.mktemp("prometheus")
    rules = [folder / f"{tool}.yml" for tool in TOOLS if tool != "native"]
    for path in rules:
        path.write_text(good(migrate(path.stem, "--rules", FILES / path.name)))
    job = {"job_name": "dockmeter", "static_configs": [{"targets": [f"127.0.0.1:{native.port}"]}]}
    with contextlib.closing(Prometheus(folder, [job], rules)) as server:
        server.instance = f"127.0.0.1:{native.port}"
        server.families = native.page().names()
        yield server.wait_scraped(5)


def can_have_data(prometheus, panel, told):
    """The panel's targets but for those that are told, and those of disks where the machine counts none."""
    for target in panel["targets"]:
        disk = re.search(r"container_fs_\w+", target["expr"])
        if (panel["title"], target["refId"]) not in told and (not disk or disk[0] in prometheus.families):
            yield target


def filled_in(expression, instance):
    for name, value in VARIABLES:
        expression = expression.replace(name, value)
    return expression.replace("$instance", instance)


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS)
def test_every_panel_has_data(dashboards, prometheus, tool):
    told = {(panel, letter) for _, panel, letter in LOST.get(tool, ())}
    asked = 0
    for panel in panels(json.loads(dashboards[tool][1])):
        for target in can_have_data(prometheus, panel, told):
            expression = filled_in(target["expr"], prometheus.instance)
            wait_for(lambda e=expression: prometheus.query(e), interval=0.5, what=f"data in {panel['title']!r}: {expression}")
            asked += 1
    assert asked >= 6


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["cadvisor", "docker-exporter", "docker-stats", "data-exporter"])
def test_legends_name_labels_that_are_there(dashboards, prometheus, tool):
    told = {(panel, letter) for _, panel, letter in LOST.get(tool, ())}
    for panel in panels(json.loads(dashboards[tool][1])):
        for target in can_have_data(prometheus, panel, told):
            wanted = set(re.findall(r"{{\s*(\w+)\s*}}", target.get("legendFormat", "")))
            if wanted:
                result = wait_for(lambda t=target: prometheus.query(filled_in(t["expr"], prometheus.instance)), interval=0.5, what=panel["title"])
                assert wanted <= {label for labels, _ in result for label in labels}, (panel["title"], target)


@pytest.mark.slow
def test_rules_load_and_records_keep_their_labels(prometheus):
    rules = prometheus.rules()
    assert len(rules) > 15 and all(rule["health"] in ("ok", "unknown") for rule in rules), rules
    for record in ("container:cpu_usage:rate5m", "name:network_receive:rate5m", "name:rx:rate1m"):
        result = wait_for(lambda r=record: prometheus.query(r), interval=0.5, what=record)
        assert all(labels["name"] == labels["container_name"] for labels, _ in result)
    assert "name" not in wait_for(lambda: prometheus.query("job:container_memory_usage_bytes:sum"))[0][0]


def test_standard_input_and_byte_order_mark():
    text = (FILES / "docker-stats.json").read_text()
    assert good(migrate("docker-stats", "--dashboard=-", input="\ufeff" + text)) == good(
        migrate("docker-stats", "--dashboard", FILES / "docker-stats.json"))
    said = migrate("docker-stats", "--dashboard", "-", input=text).stderr
    assert said.startswith("standard input:")


def test_several_files_go_to_a_folder(tmp_path):
    files = ["--dashboard", FILES / "cadvisor.json", "--rules", FILES / "cadvisor.yml"]
    done = migrate("cadvisor", *files, "--output", tmp_path / "new")
    assert good(done) == ""
    assert sorted(os.listdir(tmp_path / "new")) == ["cadvisor.json", "cadvisor.yml"]
    assert (tmp_path / "new/cadvisor.yml").read_text() == good(migrate("cadvisor", *files[2:]))
    said = failed(migrate("cadvisor", *files, "--output", tmp_path / "new"))
    assert "cadvisor.json: File exists; nothing was written" in said


def test_nothing_is_written_when_one_file_is_wrong(tmp_path):
    (tmp_path / "bad.yml").write_text("groups: [")
    done = migrate("cadvisor", "--dashboard", FILES / "cadvisor.json", "--rules", tmp_path / "bad.yml", "--output", tmp_path / "new")
    assert f"{tmp_path}/bad.yml:2: not YAML" in failed(done)
    assert not (tmp_path / "new").exists()
    (tmp_path / "half").mkdir()
    (tmp_path / "half/cadvisor.yml").write_text("mine")
    failed(migrate("cadvisor", "--dashboard", FILES / "cadvisor.json", "--rules", FILES / "cadvisor.yml", "--output", tmp_path / "half"))
    assert os.listdir(tmp_path / "half") == ["cadvisor.yml"] and (tmp_path / "half/cadvisor.yml").read_text() == "mine"


@pytest.mark.parametrize("args,words", [
    (["--dashboard=x"], "migrate needs --from"),
    (["--from=cadviser", "--dashboard=x"], "--from=cadviser is no tool that is known; did you mean cadvisor?"),
    (["--from=zzz", "--dashboard=x"], "there are native, docker-exporter, container-metrics, docker-stats, data-exporter, cadvisor"),
    (["--from=cadvisor"], "migrate needs a file"), (["--from=cadvisor", "--dashboard"], "flag --dashboard needs a value"),
    (["--from=cadvisor", "--dashboard", "--rules=x"], "flag --dashboard needs a value"),
    (["--from=cadvisor", "--dashbord=x"], "not \"--dashbord=x\""), (["--from=cadvisor", "x.json"], "not \"x.json\""),
    (["--from=cadvisor", "--dashboard=x", "--rules=y"], "2 files at once go to a folder: --output=DIR"),
    (["--from=cadvisor", "--dashboard=a/x", "--dashboard=b/x", "--output=/tmp"], "two files are called x"),
])
def test_wrong_usage(args, words):
    assert words in failed(run("migrate", *args), 2)


def test_files_that_cannot_be_read(tmp_path):
    assert failed(migrate("cadvisor", "--rules", tmp_path / "none")) == f"{tmp_path}/none: cannot be read: No such file or directory\n"
    assert failed(migrate("cadvisor", "--rules", tmp_path)) == f"{tmp_path}: is a directory; name a file in it\n"
    (tmp_path / "bytes").write_bytes(b"{\n\xff}")
    assert failed(migrate("cadvisor", "--dashboard", tmp_path / "bytes")) == (
        f"{tmp_path}/bytes:2: byte 0xFF is not UTF-8; this is no text file\n")
    (tmp_path / "large").write_bytes(b" " * 100_000_000)
    assert failed(migrate("cadvisor", "--dashboard", tmp_path / "large")) == f"{tmp_path}/large: larger than 16 MiB, which is the limit\n"
    (tmp_path / "other").write_text("not JSON")
    assert failed(migrate("cadvisor", "--dashboard", tmp_path / "other")).startswith(f"{tmp_path}/other:1:3: ")


@pytest.mark.slow  # a sanitizer's shadow has no room in that memory
def test_memory_is_bounded(tmp_path):
    """The costliest dashboard that is taken: as many values as there may be, all of them queries."""
    query = json.dumps({"panels": [{"targets": [{"expr": "up"}] * 130_000}]})
    (tmp_path / "large").write_text(query)
    done = subprocess.run(["/usr/bin/prlimit", "--as=800000000", *run("version").args[:1], "migrate", "--from=cadvisor", "--dashboard",
                           str(tmp_path / "large")], capture_output=True, text=True, timeout=120, check=False, env=clean_env())
    assert done.returncode == 0, done.stderr[-300:]
    assert done.stdout == query


GSC = """\
services:
  prometheus: {image: "prom/prometheus"}
  docker_stats_exporter:  # the exporter
    build:
      context: .
      dockerfile: compose/dockerfiles/Dockerfile.docker_exporter
    container_name: gsc_docker_stats_exporter
    environment:
      EXPORTER_PORT: 8003
      POLL_INTERVAL: 15
    volumes:
      - /var/run/docker.sock:/var/run/docker.sock:ro
      - ./logs:/logs
    ports:
      - "8003:8003"
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8003/health"]
"""


def test_a_compose_file(tmp_path):
    (tmp_path / "compose.yml").write_text(GSC)
    new = good(migrate("docker-exporter", "--config", tmp_path / "compose.yml"))
    assert new == GSC.replace("""    build:
      context: .
      dockerfile: compose/dockerfiles/Dockerfile.docker_exporter
""", "    image: dockmeter\n").replace("environment:\n", "environment:\n      DOCKMETER_PRESET: docker-exporter\n").replace(
        '["CMD", "curl", "-f", "http://localhost:8003/health"]', '["CMD", "dockmeter", "healthcheck"]')
    (tmp_path / "compose.yml").write_text(new)
    assert good(migrate("docker-exporter", "--config", tmp_path / "compose.yml")) == new


def test_the_new_environment_is_taken(tmp_path):
    """What is said of an environment file is what Dockmeter then does with it."""
    (tmp_path / "old.env").write_text("MACHINE_NAME=web-1\nMETRICS_EXPORTER_PORT=10102\nLOGS_DIR=/logs\n")
    done = migrate("container-metrics", "--config", tmp_path / "old.env")
    env = dict(line.split("=", 1) for line in good(done).splitlines())
    assert ":1: same: MACHINE_NAME: works as it is: metrics.machine_name is \"web-1\"" in done.stderr
    assert ":3: lost: LOGS_DIR: " in done.stderr
    config = yaml.safe_load(good(run("config", env=env)))
    assert config["server"]["port"] == 10102 and config["metrics"]["machine_name"] == "web-1" and config["preset"] == "container-metrics"


def test_the_effective_file_is_a_file(tmp_path):
    old = tmp_path / "old.yaml"
    old.write_text("server:\n  port: '9300'\n  auth: {enabled: true, username: me, password: hunter2}\nperformance: {workers: 8}\n")
    done = migrate("docker-stats-exporter", "--config", old)
    new = tmp_path / "new.yaml"
    new.write_text(good(done))
    assert "hunter2" not in done.stdout + done.stderr
    assert "server.auth.password" in failed(run("config", f"--config.file={new}"))
    new.write_text(done.stdout.replace('password: ""', "password: hunter2"))
    assert yaml.safe_load(good(run("config", f"--config.file={new}")))["server"]["port"] == 9300


def test_a_scrape_job_that_prometheus_takes(tmp_path):
    (tmp_path / "aggregator_config.yaml").write_text("---\nserver-ips:\n  - 10.0.0.1\n  - 10.0.0.2:5050\n...\n")
    (tmp_path / "prometheus.yml").write_text(good(migrate("data-exporter", "--config", tmp_path / "aggregator_config.yaml")))
    done = subprocess.run([PROMTOOL, "check", "config", tmp_path / "prometheus.yml"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
