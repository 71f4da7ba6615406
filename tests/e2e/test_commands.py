"""dockmeter check, scrape, config, version, and wrong usage."""
import os
import re
import socket
import subprocess

import pytest

from fakeengine import Body
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


def test_check_port_taken(fake):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        done = check(fake().path, port=holder.getsockname()[1])
        assert done.returncode == 1
        assert any(str(holder.getsockname()[1]) in line for line in lines(done, "failure"))


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


def test_config_output_is_a_configuration(tmp_path):
    first = run("config", "--server.port", "9333", "--metrics.container_labels", "a.*")
    path = tmp_path / "again.yaml"
    path.write_text(first.stdout)
    again = run("config", "--config.file", path)
    assert again.returncode == 0, again.stderr

    def bare(text):
        return [re.sub(r"\s*#.*", "", line) for line in text.splitlines() if re.sub(r"\s*#.*", "", line).strip()]
    assert bare(again.stdout) == bare(first.stdout)


@pytest.mark.parametrize("args", [["version"], ["--version"], ["serve", "--version"]])
def test_version(args):
    done = run(*args)
    assert done.returncode == 0 and re.match(r"dockmeter \d+\.\d+\.\d+", done.stdout)


@pytest.mark.parametrize("args", [["--help"], ["serve", "--help"], ["-h"], ["help"]])
def test_help(args):
    done = run(*args)
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    for word in ("--docker.host", "--server.port", "--config.file", "scrape", "check", "healthcheck", "config", "version"):
        assert word in done.stdout, word


@pytest.mark.parametrize("args,near", [
    (["serv"], "serve"), (["--server.prot", "1"], "server.port"), (["scrape", "--docker.hots", "x"], "docker.host"),
    (["--server.port"], "server.port"), (["serve", "extra"], "extra"), (["--nonsense"], "nonsense"), (["-x"], "x")])
def test_wrong_usage_is_2(args, near):
    done = run(*args)
    assert done.returncode == 2 and done.stdout == ""
    assert near in done.stderr and len(done.stderr.splitlines()) <= 4


def test_output_to_a_full_disk():
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([binary(), "config"], stdout=full, stderr=subprocess.PIPE, env=clean_env(), check=False, timeout=10)
    assert done.returncode != 0 and done.stderr
