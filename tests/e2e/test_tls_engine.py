"""A real Engine over TCP with TLS and client certificates, as the docker command reads its variables."""
import shutil

import pytest

from certs import Certs
from realengine import ALL_KINDS
from support import free_port, run, wait_for


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
