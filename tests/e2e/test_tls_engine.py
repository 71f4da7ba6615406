"""A real Engine over TCP with TLS and client certificates, as the docker command reads its variables."""
import contextlib
import os
import shutil
import socket
import tempfile
import threading
from pathlib import Path

import pytest

from certs import Certs
from realengine import ALL_KINDS
from reloading import Reloading
from support import free_port, process_status, run, wait_for

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up root")


def host(engine, name="127.0.0.1"):
    return f"tcp://{name}:{engine.tls_port}"


def docker_env(engine, certs, **more):
    return dict({"DOCKER_HOST": host(engine), "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": certs.folder}, **more)


def test_variables_of_docker(meter, engine, certs):
    d = meter(None, env=docker_env(engine, certs)).wait_ready()
    assert d.page().containers() == ALL_KINDS


def test_configured_in_the_file(meter, engine, certs):
    d = meter(None, config=f"docker:\n  host: {host(engine, 'localhost')}\n  tls: {{enabled: true, ca_cert: {certs.ca}, "
                           f"cert: {certs.client}, key: {certs.client_key}}}\n").wait_ready()
    assert d.page().containers() == ALL_KINDS


def test_https_address(engine, certs):
    done = run("scrape", "--docker.host", host(engine).replace("tcp", "https"), "--docker.tls.enabled", "true",
               "--docker.tls.ca_cert", certs.ca, "--docker.tls.cert", certs.client, "--docker.tls.key", certs.client_key)
    assert done.returncode == 0, done.stderr
    assert 'container_name="web"' in done.stdout


def failing(meter, engine, *args, **kwargs):
    """The reason that /ready gives for an Engine that cannot be reached."""
    d = meter(None, *args, **kwargs)
    reason = wait_for(lambda: (a := d.get("/ready")).status == 503 and "yet" not in a.text and a.text)
    assert d.page().value("exporter_up") == 0
    return reason.lower()


def test_unknown_authority(meter, engine, certs, tmp_path):
    other = Certs(tmp_path / "other", "another CA")
    folder = tmp_path / "mixed"
    folder.mkdir()
    for name, source in (("ca.pem", other.ca), ("cert.pem", certs.client), ("key.pem", certs.client_key)):
        shutil.copy(source, folder / name)
    reason = failing(meter, engine, env=docker_env(engine, certs, DOCKER_CERT_PATH=folder))
    assert "certificate" in reason


def test_no_client_certificate(meter, engine, certs):
    reason = failing(meter, engine, "--docker.host", host(engine), "--docker.tls.enabled", "true", "--docker.tls.ca_cert", certs.ca)
    assert "certificate" in reason or "tls" in reason or "ssl" in reason


def test_wrong_client_certificate(meter, engine, certs, tmp_path):
    other = Certs(tmp_path / "other", "another CA")
    reason = failing(meter, engine, "--docker.host", host(engine), "--docker.tls.enabled", "true", "--docker.tls.ca_cert", certs.ca,
                     "--docker.tls.cert", other.client, "--docker.tls.key", other.client_key)
    assert "certificate" in reason or "tls" in reason or "ssl" in reason


def test_verify_off(meter, engine, certs):
    d = meter(None, "--docker.host", host(engine), "--docker.tls.enabled", "true", "--docker.tls.verify", "false",
              "--docker.tls.cert", certs.client, "--docker.tls.key", certs.client_key).wait_ready()
    assert d.page().containers() == ALL_KINDS


def test_wrong_name(meter, engine, certs):
    reason = failing(meter, engine, env=docker_env(engine, certs, DOCKER_HOST=host(engine, "127.0.0.2")))
    assert "certificate" in reason or "name" in reason or "refused" in reason


def test_plain_http_to_a_tls_port(meter, engine):
    reason = failing(meter, engine, "--docker.host", host(engine))
    assert "tls" in reason or "https" in reason


def test_tls_to_nobody(meter, engine, certs):
    reason = failing(meter, engine, env=docker_env(engine, certs, DOCKER_HOST=f"tcp://127.0.0.1:{free_port()}"))
    assert "refused" in reason


@pytest.mark.parametrize("missing", ["ca.pem", "cert.pem", "key.pem"])
def test_missing_files(engine, certs, tmp_path, missing):
    folder = tmp_path / "certs"
    folder.mkdir()
    for name in {"ca.pem", "cert.pem", "key.pem"} - {missing}:
        shutil.copy(certs.folder / name, folder / name)
    done = run("scrape", env=docker_env(engine, certs, DOCKER_CERT_PATH=folder))
    assert done.returncode == 1 and missing.split(".")[0] in done.stderr


class Way:
    """The way to a port, whose connections can be cut: each after it begins with a handshake of its own."""

    def __init__(self, port):
        self.to, self.open = port, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, far = self.listener.accept()[0], socket.create_connection(("127.0.0.1", self.to))
                self.open += [near, far]
                for one, other in (near, far), (far, near):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    @staticmethod
    def _pass(one, other):
        with contextlib.suppress(OSError):
            while data := one.recv(1 << 16):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)

    def cut(self):
        ending, self.open = self.open, []
        for s in ending:
            with contextlib.suppress(OSError):
                s.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.cut()


@pytest.fixture
def way(engine):
    to = Way(engine.tls_port)
    yield to
    to.close()


class Folder:
    """Copies of a client's files where everybody may go; who may read the key is the test's business."""

    def __init__(self):
        self.path = Path(tempfile.mkdtemp(prefix="dm-tls-"))
        self.path.chmod(0o755)

    def take(self, certs, key_mode):
        for name, mode in (("ca.pem", 0o644), ("cert.pem", 0o644), ("key.pem", key_mode)):
            shutil.copy(certs.folder / name, self.path / "new")
            (self.path / "new").chmod(mode)
            os.replace(self.path / "new", self.path / name)


@pytest.fixture
def files():
    folder = Folder()
    yield folder
    shutil.rmtree(folder.path)


def as_nobody(meter, files, way):
    """A Dockmeter that was root until its start was over."""
    return meter(None, "--server.user", "65534", "--docker.host", f"https://127.0.0.1:{way.port}", "--docker.tls.ca_cert", files.path / "ca.pem",
                 "--docker.tls.cert", files.path / "cert.pem", "--docker.tls.key", files.path / "key.pem")


@only_root
@pytest.mark.parametrize("forbidden", ["key.pem", "ca.pem", "the folder"])
def test_files_that_only_root_may_read(meter, certs, files, way, forbidden):
    """They are read before root is given up, and do for every connection from then on."""
    files.take(certs, 0o644)
    (files.path if forbidden == "the folder" else files.path / forbidden).chmod(0o700)
    d = as_nobody(meter, files, way).wait_ready()
    assert process_status(d.process.pid)["Uid"].split() == ["65534"] * 4
    assert d.page().containers() == ALL_KINDS
    way.cut()
    wait_for(lambda: way.open and d.page().value("exporter_up") == 1, what="new connections")


@only_root
def test_a_reload_when_only_root_may_enter_the_folder(meter, engine, certs, files):
    """What cannot be seen any more is not taken as gone."""
    folder = files.path / "certs"
    shutil.copytree(certs.folder, folder)
    folder.chmod(0o700)
    env = docker_env(engine, certs, DOCKER_CERT_PATH=folder)
    d = Reloading(meter, files.path, None, "", "--server.user", "65534", env=env).ready()
    assert d.change("logging: {level: debug}") == ({"logging.level"}, set())


@only_root
@pytest.mark.parametrize("key_mode", [0o644, 0o600], ids=["readable", "root's"])
def test_renewed_files(meter, certs, files, way, tmp_path, key_mode):
    """They hold from the next connection, unless the key may not be read: then the pair of the start stays whole."""
    files.take(certs, key_mode)
    d = as_nobody(meter, files, way).wait_ready()
    other = Certs(tmp_path / "other", "another CA")
    shutil.copy(certs.ca, other.ca)
    files.take(other, key_mode)
    way.cut()
    if key_mode == 0o600:
        wait_for(lambda: way.open and d.page().value("exporter_up") == 1, what="new connections")
        return

    def refused():
        ready = d.get("/ready")
        way.cut()  # also what was just being opened, with the first certificate
        return ready.status == 503 and "client certificate" in ready.text
    wait_for(refused, interval=1, what="another certificate")
    files.take(certs, key_mode)
    d.wait_ready()


@only_root
def test_a_file_that_was_not_there_when_root_read_it(meter, certs, files, way):
    d = as_nobody(meter, files, way)
    wait_for(lambda: f"docker.tls.cert: {files.path / 'cert.pem'}: No such file" in d.get("/ready").text)
    files.take(certs, 0o600)
    wait_for(lambda: f"docker.tls.key: {files.path / 'key.pem'}: let this user read it, or start" in d.get("/ready").text)
    files.take(certs, 0o644)
    d.wait_ready()
