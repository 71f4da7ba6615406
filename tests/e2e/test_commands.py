"""dockmeter check, scrape, config, version, and wrong usage."""
import os
import re
import socket
import subprocess

import pytest

from fakeengine import Body, Hang, container_id
from page import Page
from realengine import ALL_KINDS
from recordproxy import RecordingProxy
from support import binary, clean_env, free_port, run

NOBODY = 65534


def lines(done, word):
    return [line for line in done.stdout.splitlines() if re.search(rf"\b{word}\b", line)]


def check(host, *args, **kwargs):
    return run("check", "--docker.host", host if "://" in str(host) else f"unix://{host}", "--server.address", "127.0.0.1",
               "--server.port", kwargs.pop("port", None) or free_port(), *args, **kwargs)


def test_check_of_a_good_engine(engine):
    done = check(engine.socket)
    assert done.returncode == 0, done.stdout + done.stderr
    assert not lines(done, "failure") and len(lines(done, "ok")) >= 4
    assert "20.10" in done.stdout and "1.41" in done.stdout
    assert all(re.search(r"\b(ok|warning|failure)\b", line) for line in done.stdout.splitlines() if not line.startswith(" "))
    assert "never-on-a-page" not in done.stdout


def test_check_missing_socket(tmp_path):
    done = check(tmp_path / "nope.sock")
    assert done.returncode == 1
    assert any("nope.sock" in line for line in lines(done, "failure"))


@pytest.mark.parametrize("make", ["folder", "file"])
def test_check_socket_is_none(tmp_path, make):
    path = tmp_path / "s"
    path.mkdir() if make == "folder" else path.write_text("")
    done = check(path)
    assert done.returncode == 1 and ("directory" if make == "folder" else "socket") in "".join(lines(done, "failure"))


def test_check_another_kind_of_server(fake):
    engine = fake()
    engine.spoil("*", Body(b"<html>hello</html>", 404, "text/html"))
    done = check(engine.path)
    assert done.returncode == 1 and lines(done, "failure")


def test_check_not_permitted(engine, tmp_path):
    """As another user: the socket's permissions and the group that would do."""
    folder = engine.folder
    os.chmod(folder, 0o711)
    os.chown(engine.socket, 0, 12345)
    program = tmp_path.parent / "dockmeter-for-nobody"
    for parent in list(program.parents)[:-2]:
        if parent.stat().st_uid == os.getuid():
            os.chmod(parent, parent.stat().st_mode | 0o711)
    program.write_bytes(open(binary(), "rb").read())
    program.chmod(0o755)
    try:
        done = subprocess.run(
            ["/usr/bin/setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", str(program), "check",
             "--docker.host", f"unix://{engine.socket}", "--server.port", str(free_port())],
            capture_output=True, text=True, timeout=30, env=clean_env(), check=False, cwd="/")
    finally:
        os.chown(engine.socket, 0, 0)
        program.unlink()
    assert done.returncode == 1, done.stdout + done.stderr
    said = "".join(lines(done, "failure")) + done.stdout
    assert "permi" in said.lower() and "group" in said.lower() and "12345" in said


PATHS = {"list": "/containers/json", "inspect": "/containers/{id}/json", "stats": "/containers/{id}/stats", "images": "/images/json"}


@pytest.mark.parametrize("endpoint,word", [("list", "failure"), ("inspect", "failure"), ("stats", "failure"), ("info", "warning"),
                                           ("version", "warning"), ("images", "warning"), ("volumes", "warning"),
                                           ("networks", "warning")])
@pytest.mark.parametrize("action,kind", [(Body(b'{"message":"boom"}', 500), "500"), (Body(b"<html>"), "malformed")], ids=["500", "html"])
def test_check_tells_of_every_endpoint(fake, endpoint, word, action, kind):
    engine = fake(containers=2)
    engine.spoil(endpoint, action)
    done = check(engine.path)
    told = [line for line in lines(done, word) if line.startswith(word) and f" {PATHS.get(endpoint, '/' + endpoint)} " in line]
    assert len(told) == 1 and kind in told[0], done.stdout
    assert ("boom" in told[0]) == (kind == "500"), told
    assert done.returncode == (1 if word == "failure" else 0), done.stdout
    assert not [line for line in done.stdout.splitlines() if line.startswith("ok       access")]
    if endpoint == "list":
        assert "ok       figures" not in done.stdout and re.search(r"^failure +figures", done.stdout, re.M)


def test_check_of_a_list_that_hangs(fake):
    engine = fake(containers=2)
    engine.spoil("list", Hang())
    done = check(engine.path, "--collection.timeout", "1s")
    assert done.returncode == 1 and re.search(r"^failure +figures +the list", done.stdout, re.M), done.stdout


def test_check_takes_vanished_containers_as_they_are(fake):
    engine = fake(containers=2)
    for endpoint, status in (("inspect", 404), ("stats", 404), ("stats", 409)):
        engine.heal()
        engine.spoil(endpoint, Body(b'{"message":"gone"}', status), container=container_id(1))
        done = check(engine.path)
        assert done.returncode == 0 and not lines(done, "failure"), done.stdout


def test_check_after_another_version_was_agreed_on(fake):
    """The Engine refuses the version that its ping names: calls go on with the one it names then."""
    engine = fake(containers=1, api="1.40")
    engine.told_api = "1.41"
    done = check(engine.path)
    assert done.returncode == 0 and not lines(done, "failure") and not lines(done, "400"), done.stdout


def test_check_prints_one_line_for_odd_names(fake):
    engine = fake(containers=0)
    engine.add(1, "evil\x01\nfailure  name\x1b[31m")
    done = check(engine.path)
    assert done.returncode == 0, done.stdout
    assert "evil\\u0001\\u000afailure  name\\u001b[31m" in done.stdout
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.stdout) and not re.search("^failure", done.stdout, re.M)
    engine.spoil("list", Body(b'{"message":"bo\\u001bom\\nok"}', 500))
    done = check(engine.path)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.stdout) and not re.search("^ok$", done.stdout, re.M)


@pytest.mark.parametrize("args", [["--server.port", "ninety"], ["--config.file", "/nonexistent/c.yaml"], ["--web.config.file", "x"],
                                  ["--collection.filters.include.names", "a(b"]])
def test_check_of_a_wrong_configuration(args):
    done = run("check", *args)
    assert done.returncode == 1 and done.stderr == ""
    assert re.fullmatch(r"failure  configuration [^\n]*\n", done.stdout) and args[1 if args[0] != "--web.config.file" else 0] in done.stdout


def test_check_of_a_wrong_command_line():
    done = run("check", "--nonsense")
    assert done.returncode == 2 and done.stdout == "" and "nonsense" in done.stderr


def test_check_of_a_folder_gives_no_dangerous_advice(tmp_path):
    done = check(tmp_path)
    assert done.returncode == 1 and "docker.host" in done.stdout and "remove" not in done.stdout


def test_check_port_taken(fake):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        done = check(fake().path, port=holder.getsockname()[1])
        assert done.returncode == 1
        told, = [line for line in lines(done, "failure") if str(holder.getsockname()[1]) in line]
        assert told.count("listen") == 2 and re.match(r"failure +listen +127", told), told
        assert "stop it, or choose another with server.port or server.listen_addresses" in told


def test_check_beside_the_dockmeter_that_it_is_about(fake, meter):
    """As `docker exec` does it: the port is taken by the right one. Another server there is a failure, healthy or not."""
    engine = fake()
    done = check(engine.path, port=meter(engine.path).port)
    assert done.returncode == 0, done.stdout
    assert [line for line in lines(done, "ok") if re.search(r"\blisten +Dockmeter is serving already$", line)]
    other = meter(engine.path, "--server.health_path", "/alive", "--server.metrics_path", "/health").port
    assert check(engine.path, port=other).returncode == 1


def test_check_says_what_a_proxy_refuses(engine, tmp_path):
    with RecordingProxy(tmp_path / "p.sock", engine.socket) as proxy:
        proxy.refused = r"/(images|volumes|networks)\b"
        done = check(proxy.listen)
        assert {m for m, _ in proxy.requests} <= {"GET", "HEAD"}
    for flag in ("IMAGES=1", "VOLUMES=1", "NETWORKS=1"):
        assert flag in done.stdout
    assert lines(done, "warning") and done.returncode == 0
    with RecordingProxy(tmp_path / "p.sock", engine.socket) as proxy:
        proxy.refused = r"/containers\b"
        done = check(proxy.listen)
    assert "CONTAINERS=1" in done.stdout and done.returncode == 1


def test_scrape(engine):
    done = run("scrape", "--docker.host", f"unix://{engine.socket}")
    assert done.returncode == 0 and done.stderr == ""
    page = Page(done.stdout)
    page.check_form()
    assert page.containers() == ALL_KINDS and page.value("exporter_up") == 1
    assert page.value("container_memory_limit_bytes", container_name="burner") == 64 << 20
    assert page.all("docker_images")


def test_scrape_without_an_engine(tmp_path):
    done = run("scrape", "--docker.host", f"unix://{tmp_path}/none.sock")
    assert done.returncode == 1
    assert Page(done.stdout).value("exporter_up") == 0
    assert "none.sock" in done.stderr


def test_config_masks_secrets_and_tells_origins(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("server: {port: 9300, auth: {enabled: true, username: u, password: hunter2}}\nlogging: {level: warn}\n")
    done = run("config", "--config.file", path, "--logging.format", "json", env={"EXPORTER_PORT": 9301, "DOCKMETER_LOGGING_LEVEL": "error"})
    assert done.returncode == 0, done.stderr
    assert "hunter2" not in done.stdout + done.stderr
    assert re.search(r"port: *\"?9301\"?\s*#.*EXPORTER_PORT", done.stdout)
    assert re.search(r"level: *\"?error\"?\s*#.*DOCKMETER_LOGGING_LEVEL", done.stdout)
    assert re.search(r"format: *\"?json\"?\s*#.*(flag|--logging.format)", done.stdout)
    assert re.search(r"username: *\"?u\"?\s*#.*c\.yaml", done.stdout)
    assert re.search(r"timeout: *30s\s*#.*default", done.stdout)


@pytest.mark.parametrize("command", ["config", "scrape"])
def test_notes_are_told_on_stderr(fake, command):
    env = {"WORKERS": 4, "DOCKMETER_SERVER_PROT": 1}
    host = ["--docker.host", f"unix://{fake().path}"]
    plain, done = run(command, *host), run(command, *host, env=env)
    assert done.returncode == 0 and plain.stderr == ""
    notes = done.stderr.splitlines()
    assert len(notes) == 2 and all(line.startswith("dockmeter: note: ") for line in notes)
    assert any("WORKERS" in line for line in notes) and any("DOCKMETER_SERVER_PROT" in line for line in notes)
    assert "dockmeter: note" not in done.stdout and "WORKERS" not in done.stdout
    assert command == "scrape" or done.stdout == plain.stdout


def test_config_output_is_a_configuration(tmp_path):
    first = run("config", "--server.port", "9333", "--metrics.container_labels", "a.*")
    path = tmp_path / "again.yaml"
    path.write_text(first.stdout)
    again = run("config", "--config.file", path)
    assert again.returncode == 0, again.stderr

    def bare(text):
        return [re.sub(r"\s*#.*", "", line) for line in text.splitlines() if re.sub(r"\s*#.*", "", line).strip()]
    assert bare(again.stdout) == bare(first.stdout)


def test_version_with_a_wrong_configuration():
    """What a report of a bug begins with."""
    done = run("version", env={"DOCKMETER_CONFIG_FILE": "/nowhere"})
    assert done.returncode == 0 and done.stdout.startswith("dockmeter ")


@pytest.mark.parametrize("args", [["version"], ["--version"], ["serve", "--version"]])
def test_version(args):
    done = run(*args)
    assert done.returncode == 0 and re.match(r"dockmeter \d+\.\d+\.\d+", done.stdout)


@pytest.mark.parametrize("args", [["--help"], ["serve", "--help"], ["-h"], ["help"]])
def test_help(args):
    done = run(*args)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    for word in ("--docker.host", "--server.port", "--config.file", "--dashboard=FILE", "\n  scrape ", "\n  check ",
                 "\n  healthcheck ", "\n  config ", "\n  migrate ", "\n  version "):
        assert word in done.stdout, word


@pytest.mark.parametrize("args,words", [
    (["help", "scrape"], ["dockmeter scrape --from=URL", "  --timeout=DURATION\n"]),
    (["help", "migrate"], ["dockmeter migrate --from=NAME", "  --dashboard=FILE\n", "one of native,"]),
    (["migrate", "--help"], ["dockmeter migrate --from=NAME"]),
    (["help", "check"], ["dockmeter check [OPTIONS]"]), (["help", "help"], ["dockmeter help [COMMAND]"])])
def test_help_of_one_command(args, words):
    done = run(*args)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80 and "--server.port" not in done.stdout
    for word in words:
        assert word in done.stdout, word


@pytest.mark.parametrize("args,near", [(["help", "scrap"], "did you mean scrape?"), (["help", "scrape", "check"], "one command")])
def test_help_of_no_command_is_2(args, near):
    done = run(*args)
    assert done.returncode == 2 and done.stdout == "" and near in done.stderr


@pytest.mark.parametrize("args,near", [
    (["serv"], "serve"), (["--server.prot", "1"], "server.port"), (["scrape", "--docker.hots", "x"], "docker.host"),
    (["--server.port"], "server.port"), (["serve", "extra"], "extra"), (["--nonsense"], "nonsense"), (["-x"], "x")])
def test_wrong_usage_is_2(args, near):
    done = run(*args)
    assert done.returncode == 2 and done.stdout == ""
    assert near in done.stderr and len(done.stderr.splitlines()) <= 4


def test_output_to_a_full_disk():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([binary(), "config"], stdout=full, stderr=subprocess.PIPE, env=clean_env(), check=False, timeout=60)
    assert done.returncode != 0 and done.stderr
