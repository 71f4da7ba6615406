"""Configuration from outside: files, environment, flags, their order, and every way to get it wrong."""
import re

import pytest

from fakeengine import container_id
from support import PATIENCE, ROOT, free_port, request, run, wait_for


def effective(*args, env=None):
    """{path: value as text} of `dockmeter config`; the path by indentation."""
    done = run("config", *args, env=env)
    assert done.returncode == 0, done.stderr
    found, stack = {}, []
    for line in done.stdout.splitlines():
        match = re.match(r"( *)([\w.-]+): ?(.*?)\s*(#.*)?$", line)
        if match and not line.lstrip().startswith("#"):
            depth = len(match[1]) // 2
            stack = stack[:depth] + [match[2]]
            if match[3]:
                found[".".join(stack)] = match[3].strip("'\"")
    return found


BAD_FILES = [
    ("unknown key", "server:\n  prot: 9200\n", 2, "port"),
    ("unknown section", "servers: {}\n", 1, "server"),
    ("deep unknown key", "collection:\n  filters:\n    include:\n      nams: [a]\n", 4, "names"),
    ("wrong type", "server:\n  port: [1, 2]\n", 2, "server.port"),
    ("no number", "server:\n  port: ninety\n", 2, "ninety"),
    ("too large", "server:\n  port: 70000\n", 2, "65535"),
    ("negative", "server:\n  port: -1\n", 2, "server.port"),
    ("no duration", "collection:\n  timeout: soon\n", 2, "soon"),
    ("duration without sense", "collection:\n  timeout: 0s\n", 2, "collection.timeout"),
    ("no boolean", "metrics:\n  compat_names: perhaps\n", 2, "perhaps"),
    ("no level", "logging:\n  level: wran\n", 2, "warn"),
    ("tab", "server:\n\tport: 9200\n", 2, "tab"),
    ("twice", "server:\n  port: 1\n  port: 2\n", 3, "port"),
    ("section twice", "server: {port: 1}\nserver: {port: 2}\n", 2, "server"),
    ("scalar", "just words\n", 1, ""),
    ("list", "- a\n- b\n", 1, ""),
    ("scalar for a section", "server: 5\n", 1, "server"),
    ("unclosed", "server: {port: 1\n", 2, ""),
    ("bad regular expression", "collection:\n  filters:\n    include:\n      names: ['a(b']\n", 4, "a(b"),
    ("global label of the profile", "metrics:\n  global_labels: {image: x}\n", 2, "image"),
    ("bad global label", "metrics:\n  global_labels: {'1a': x}\n", 2, "1a"),
    ("bad namespace", "metrics:\n  namespace: '9 x'\n", 2, "9 x"),
    ("two documents", "server: {port: 1}\n---\nserver: {port: 2}\n", 2, ""),
]


# `dockmeter config` shows what is configured without compiling patterns or planning a page.
CHECKED_WHEN_USED = {"bad regular expression", "global label of the profile"}


@pytest.mark.parametrize("name,text,line,near", BAD_FILES, ids=[b[0] for b in BAD_FILES])
@pytest.mark.parametrize("command", ["serve", "config"])
def test_bad_file(tmp_path, command, name, text, line, near):
    path = tmp_path / "bad.yaml"
    if command == "config" and name in CHECKED_WHEN_USED:
        return
    path.write_text(text)
    done = run(command, "--config.file", path, "--docker.host", "unix:///nonexistent.sock")
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"bad.yaml:{line}" in done.stderr and near in done.stderr, done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2


@pytest.mark.parametrize("data", [bytes(range(256)), b"\x7fELF" + b"\0" * 100, b"\xff\xfe" + b"x\0" * 50, b"a" * 20_000_000,
                                  b"&a [*a, *a]", b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\n", b"[" * 50_000,
                                  b"{" * 50_000])
def test_files_that_are_no_configuration(tmp_path, data):
    path = tmp_path / "odd.yaml"
    path.write_bytes(data)
    done = run("config", "--config.file", path)
    assert done.returncode == 1 and "odd.yaml" in done.stderr
    assert len(done.stderr) < 2000 and not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", done.stderr)


@pytest.mark.parametrize("path", ["/nonexistent/file.yaml", "/", "/proc/self/mem"])
def test_unreadable_file(path):
    done = run("config", "--config.file", path)
    assert done.returncode == 1 and path in done.stderr


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "---\n", "---\n...\n"])
def test_empty_files_are_the_defaults(tmp_path, text):
    path = tmp_path / "empty.yaml"
    path.write_text(text)
    assert effective("--config.file", path)["server.port"] == "9200"


def test_order_of_the_sources(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("preset: docker-exporter\nserver: {port: '1001'}\n")
    assert effective()["server.port"] == "9200"
    assert effective("--preset", "docker-exporter")["server.port"] == "8003"
    assert effective("--config.file", path)["server.port"] == "1001"
    assert effective("--config", path, env={"EXPORTER_PORT": 1002})["server.port"] == "1002"
    assert effective("--config", path, env={"EXPORTER_PORT": 1002, "DOCKMETER_SERVER_PORT": 1003})["server.port"] == "1003"
    assert effective("--config", path, "--server.port=1004", env={"EXPORTER_PORT": 1002})["server.port"] == "1004"


@pytest.mark.parametrize("preset,port,interval", [
    ("docker-exporter", "8003", "15s"), ("container-metrics", "10101", "20s"), ("docker-stats", "8091", "5s"),
    ("data-exporter", "5050", "0s"), ("cadvisor", "8080", "0s")])
def test_presets(preset, port, interval):
    for args, env in ((["--preset", preset], {}), ([], {"DOCKMETER_PRESET": preset})):
        values = effective(*args, env=env)
        assert values["server.port"] == port and values["collection.interval"] == interval
        assert values["metrics.profile"] == preset
        assert values["metrics.container_labels"] == ('["*"]' if preset == "cadvisor" else "[]")
        assert effective(*args, "--server.port", "77", env=env)["server.port"] == "77"


PREDECESSORS = [
    ("EXPORTER_PORT", "9300", "server.port", "9300"), ("EXPORTER_ADDRESS", "::1", "server.address", "::1"),
    ("EXPORTER_METRICS_PATH", "/m", "server.metrics_path", "/m"),
    ("DOCKER_HOST", "tcp://h:2375", "docker.host", "tcp://h:2375"), ("DOCKER_API_VERSION", "1.40", "docker.api_version", "1.40"),
    ("LOG_LEVEL", "debug", "logging.level", "debug"), ("LOG_LEVEL", "INFO", "logging.level", "info"),
    ("LOG_FORMAT", "json", "logging.format", "json"), ("MAX_CONCURRENT", "20", "performance.max_concurrent", "20"),
    ("COLLECTION_INTERVAL", "15s", "collection.interval", "15s"), ("COLLECTION_TIMEOUT", "10s", "collection.timeout", "10s"),
    ("POLL_INTERVAL", "15", "collection.interval", "15s"),
    ("DOCKER_SOCKET_PATH", "/run/d.sock", "docker.host", "/run/d.sock"),
    ("DOCKER_SOCKET_PATH", "unix:///run/d.sock", "docker.host", "unix:///run/d.sock"),
    ("METRICS_COLLECTION_INTERVAL", "30", "collection.interval", "30s"), ("METRICS_EXPORTER_PORT", "10102", "server.port", "10102"),
]


@pytest.mark.parametrize("name,value,path,shown", PREDECESSORS)
def test_predecessors_environment(name, value, path, shown):
    assert effective(env={name: value})[path] == shown


@pytest.mark.parametrize("name,value", [
    ("LOGS_COLLECTION_INTERVAL", "5"), ("MAX_COLLECTOR_THREADS", "5"), ("LOGS_DIR", "/tmp/l"),
    ("LAST_METRICS_COLLECTED_AT_FILE", "/tmp/a"), ("LAST_LOGS_COLLECTED_AT_FILE", "/tmp/b"), ("LOGS_CONTAINER_MAX_FILES", "3"),
    ("LOGS_CONTAINER_MAX_FILE_SIZE", "1000"), ("LOG_LEVELS_MAPPING_PATH", "x.json"), ("DEFAULT_LOGS_SINCE_NOW", "60"),
    ("WORKERS", "4")])
def test_not_yet_in_effect_is_said_once(meter, fake, name, value):
    d = meter(fake().path, env={name: value}).wait_ready()
    assert len([line for line in d.log().splitlines() if name in line]) == 1


def test_two_predecessors_names_that_differ():
    done = run("config", env={"EXPORTER_PORT": 1, "METRICS_EXPORTER_PORT": 2})
    assert done.returncode == 1 and "EXPORTER_PORT" in done.stderr and "METRICS_EXPORTER_PORT" in done.stderr
    assert effective(env={"EXPORTER_PORT": 5, "METRICS_EXPORTER_PORT": 5})["server.port"] == "5"
    assert effective(env={"EXPORTER_PORT": 1, "METRICS_EXPORTER_PORT": 2, "DOCKMETER_SERVER_PORT": 3})["server.port"] == "3"


def test_unknown_dockmeter_variable_is_a_warning(meter, fake):
    d = meter(fake().path, env={"DOCKMETER_PORT": "tcp://10.0.0.1:9200", "DOCKMETER_SERVICE_HOST": "10.0.0.1"}).wait_ready()
    assert any("DOCKMETER_PORT" in line and '"warn"' in line for line in d.log().splitlines())


@pytest.mark.parametrize("name,value,near", [
    ("EXPORTER_PORT", "abc", "EXPORTER_PORT"), ("EXPORTER_PORT", "99999", "65535"), ("LOG_LEVEL", "loud", "loud"),
    ("DOCKER_HOST", "ssh://me@host", "ssh"), ("DOCKER_HOST", "npipe:////./pipe/docker_engine", "npipe"),
    ("DOCKER_HOST", "gopher://x", "gopher"), ("COLLECTION_TIMEOUT", "-5s", "COLLECTION_TIMEOUT"), ("MAX_CONCURRENT", "0", "MAX_CONCURRENT")])
def test_wrong_environment(name, value, near):
    done = run("serve", "--server.port", free_port(), env={name: value})
    assert done.returncode == 1 and near in done.stderr


@pytest.mark.parametrize("text,shown", [("15", "15s"), ("15s", "15s"), ("1m30s", "1m30s"), ("500ms", "500ms"), ("2m", "2m")])
def test_durations(text, shown):
    assert effective("--collection.timeout", text)["collection.timeout"] == shown


REFERENCE_FILE = """
server:
  port: "{port}"
  address: "127.0.0.1"
  metrics_path: "/metrics"
  health_path: "/health"
  ready_path: "/ready"
  tls: {{enabled: false, cert_file: "", key_file: ""}}
  auth: {{enabled: false, username: "", password: ""}}
docker:
  host: "unix://{host}"
  api_version: ""
  tls: {{enabled: false, ca_cert: "", cert: "", key: "", verify: true}}
collection:
  interval: 0
  timeout: 10s
  collectors: {{container: true, system: true}}
  filters:
    include: {{labels: [], names: [], images: []}}
    exclude: {{labels: [], names: ["^c0002$"], images: []}}
metrics:
  namespace: ""
  global_labels: {{}}
  cache: {{enabled: true, ttl: 30s}}
logging: {{level: info, format: json, output: stdout}}
performance: {{max_concurrent: 10, workers: 4, pprof_enabled: false}}
"""


def test_the_reference_predecessors_whole_file(meter, fake, tmp_path):
    engine, port = fake(containers=3), free_port()
    d = meter(None, port=port, config=REFERENCE_FILE.format(port=port, host=engine.path), wait=False)
    wait_for(lambda: d.get("/ready").status == 200)
    page = d.page()
    assert page.containers() == {"c0001", "c0003"}
    assert page.value("exporter_up") == 1
    assert "workers" in d.log() and "pprof" in d.log()


def test_catastrophic_pattern_is_cut_and_counted(meter, fake):
    engine = fake(containers=1)
    engine.add(2, "a" * 60 + "!")
    d = meter(engine.path, config="collection:\n  filters:\n    exclude:\n      names: ['^(a+)+$']\n").wait_ready()
    page = d.page()
    assert len(page.containers()) == 2
    cut = page.value("exporter_filter_cut_total")
    assert cut >= 1
    engine.remove(container_id(2))
    engine.add(3, "a" * 61 + "!")
    wait_for(lambda: d.page().value("exporter_filter_cut_total") > cut)


@pytest.mark.parametrize("way", ["flag", "yaml", "env"])
@pytest.mark.parametrize("name,value,instead", [("web.config.file", "/etc/web.yaml", "server.auth"),
                                                ("web.systemd-socket", "true", "server.listen_addresses")])
@pytest.mark.parametrize("command", ["serve", "config", "check", "scrape"])
def test_what_would_leave_the_server_open_is_refused(tmp_path, command, way, name, value, instead):
    args, env = [], {}
    if way == "flag":
        args = [f"--{name}={value}"]
    elif way == "yaml":
        path = tmp_path / "c.yaml"
        path.write_text("".join(f"{'  ' * i}{key}:\n" for i, key in enumerate(name.split(".")))[:-1] + f" {value}\n")
        args = ["--config.file", path]
    else:
        env = {"DOCKMETER_" + re.sub(r"\W", "_", name).upper(): value}
    done = run(command, *args, "--docker.host", "unix:///nonexistent.sock", env=env)
    said = done.stdout if command == "check" else done.stderr
    assert done.returncode == 1 and "not supported" in said and instead in said, done.stdout + done.stderr


def test_without_a_setting_the_log_says_which_socket(meter, tmp_path):
    from fakeengine import FakeEngine
    with FakeEngine(tmp_path / "docker.sock", containers=1):
        d = meter(None, env={"XDG_RUNTIME_DIR": tmp_path})
        wait_for(lambda: '"host"' in d.log() or "docker.sock" in d.log())
        assert "docker.sock" in d.log()


def test_log_at_start(meter, fake):
    d = meter(fake(version="24.0.7").path).wait_ready()
    wait_for(lambda: "24.0.7" in d.log())
    for line in d.log_lines():
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]) and line["msg"]
    assert str(d.port) in d.log() and "1.43" in d.log()
    assert len(d.log_lines()) <= 4


def test_log_text_and_outputs(fake, tmp_path):
    import signal
    import subprocess
    from support import DIE_WITH_US, binary, clean_env
    for output in ("stdout", "stderr"):
        port = free_port()
        process = subprocess.Popen(
            [*DIE_WITH_US, binary(), "--docker.host", f"unix://{fake().path}", "--server.port", str(port), "--log.format", "text",
             "--logging.output", output], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_env())
        try:
            wait_for(lambda p=port: request(p, "/ready").status == 200)
        finally:
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=PATIENCE)
        said, silent = (out, err) if output == "stdout" else (err, out)
        assert silent == "" and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info ", said)
        assert process.returncode == 0


def test_generated_files_are_there():
    """The sample configuration is itself a good one."""
    sample = ROOT / "config.example.yaml"
    assert sample.is_file() and (ROOT / "docs/configuration.md").is_file() and (ROOT / "docs/metrics.md").is_file()
    assert run("config", "--config.file", sample).returncode == 0
