"""Whose certificates the static program trusts where no authority is configured."""
import os
import subprocess

import pytest

from certs import Certs
from support import binary, clean_env, run

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mount namespaces need root")
PLACES = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """Authorities that did not sign the Engine's certificate."""
    return Certs(tmp_path_factory.mktemp("other"), "another CA")


def words(engine, certs):
    return ["scrape", "--docker.host", f"tcp://localhost:{engine.tls_port}", "--docker.tls.enabled", "true", "--docker.tls.cert",
            certs.client, "--docker.tls.key", certs.client_key]


def assert_trusted(done):
    assert done.returncode == 0 and "exporter_up 1\n" in done.stdout, done.stderr


def assert_refused(done):
    assert done.returncode == 1 and "certificate" in done.stderr, done.stdout + done.stderr


def with_bundle(place, bundle, engine, certs, **env):
    """With /etc holding nothing but this bundle at this place."""
    script = ('mount -t tmpfs none /etc && mkdir -p "$(dirname "$1")" && cat >"$1" && echo "127.0.0.1 localhost" >/etc/hosts && '
              'shift && exec "$@"')
    return subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", place, binary(),
                           *map(str, words(engine, certs))], input=bundle.read_text(), capture_output=True, text=True, timeout=60,
                          check=False, env=clean_env(**env))


@pytest.mark.parametrize("place", PLACES)
def test_the_bundle_at_the_usual_places(engine, certs, other, place):
    assert_trusted(with_bundle(place, certs.ca, engine, certs))
    assert_refused(with_bundle(place, other.ca, engine, certs))


def test_without_any_bundle(engine, certs):
    done = with_bundle("/etc/nothing.pem", certs.ca, engine, certs)
    assert done.returncode == 1 and "CA file" in done.stderr, done.stderr


def test_the_bundle_that_the_environment_names(engine, certs, other):
    assert_trusted(run(*words(engine, certs), env={"SSL_CERT_FILE": certs.ca}))
    assert_refused(run(*words(engine, certs), env={"SSL_CERT_FILE": other.ca}))


def hashed(folder, ca):
    """A folder as c_rehash makes it."""
    name = subprocess.run(["/usr/bin/openssl", "x509", "-hash", "-noout", "-in", ca], capture_output=True, text=True,
                          check=True).stdout.strip()
    folder.mkdir()
    (folder / f"{name}.0").write_text(ca.read_text())
    return folder


def test_a_folder_that_the_environment_names(engine, certs, other, tmp_path):
    folder = hashed(tmp_path / "hashed", certs.ca)
    assert_trusted(run(*words(engine, certs), env={"SSL_CERT_FILE": other.ca, "SSL_CERT_DIR": folder}))


def test_a_folder_alone(engine, certs, other, tmp_path):
    """No bundle anywhere, and none is missed."""
    for name, ca, judge in ("right", certs.ca, assert_trusted), ("wrong", other.ca, assert_refused):
        folder = hashed(tmp_path / name, ca)
        judge(with_bundle("/etc/nothing.pem", certs.ca, engine, certs, SSL_CERT_DIR=folder))


def test_configured_authorities_are_the_only_ones(engine, certs, other):
    assert_trusted(run(*words(engine, certs), "--docker.tls.ca_cert", certs.ca, env={"SSL_CERT_FILE": other.ca}))
    assert_refused(run(*words(engine, certs), "--docker.tls.ca_cert", other.ca, env={"SSL_CERT_FILE": certs.ca}))
