"""The HTTP server from outside: its paths, addresses, TLS and authentication."""
import base64
import http.client
import json
import socket
import ssl

import pytest

from page import Page
from support import free_port, https, request, run, wait_for


@pytest.fixture
def plain(meter, fake):
    return meter(fake(containers=2).path).wait_ready()


def test_paths(plain):
    assert plain.get("/metrics").status == 200
    assert plain.get("/health").json() == {"status": "healthy", "docker": "connected"}
    assert plain.get("/ready").status == 200
    version = plain.get("/version")
    assert version.headers["Content-Type"].startswith("application/json")
    assert {"version", "commit", "build_date", "compiler"} <= set(version.json())
    assert run("version").stdout.split()[1] == version.json()["version"]


def test_root_for_browsers_and_for_others(plain):
    page = plain.get("/", headers={"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"})
    assert page.headers["Content-Type"].startswith("text/html") and "/metrics" in page.text
    for accept in ({}, {"Accept": "*/*"}, {"Accept": "application/json"}):
        answer = plain.get("/", headers=accept).json()
        assert answer["name"].lower() == "dockmeter" and "version" in answer
        assert "/metrics" in json.dumps(answer["endpoints"])


@pytest.mark.parametrize("path", ["/nope", "/metrics/", "/metrics/x", "//metrics", "/%6detrics/..", "/.git/config", "/api"])
def test_404(plain, path):
    assert plain.get(path).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND"])
def test_405_with_allow(plain, method):
    for path in ("/metrics", "/"):
        answer = plain.get(path, method=method)
        assert answer.status == 405
        assert {m.strip() for m in answer.headers["Allow"].split(",")} == {"GET", "HEAD"}


@pytest.mark.parametrize("path", ["/metrics", "/health", "/ready", "/version", "/"])
def test_head(plain, path):
    answer = plain.get(path, method="HEAD")
    assert answer.status == 200 and answer.raw == b"" and answer.headers["Content-Type"]


def test_keep_alive(plain):
    conn = http.client.HTTPConnection("127.0.0.1", plain.port, timeout=60)
    conn.connect()
    sock = conn.sock
    for _ in range(3):
        conn.request("GET", "/health")
        assert conn.getresponse().read()
        assert conn.sock is sock
    conn.close()


def test_own_paths_and_prefix(meter, fake):
    engine = fake()
    d = meter(engine.path, "--server.metrics_path", "/m", "--server.health_path", "/h", "--server.ready_path", "/r",
              "--web.route-prefix", "/docker")
    wait_for(lambda: d.get("/docker/r").status == 200)
    assert d.get("/docker/m").status == 200 and d.get("/docker/h").status == 200
    assert "/docker/m" in d.get("/docker/").text
    for path in ("/m", "/docker/metrics", "/metrics", "/dockerm"):
        assert d.get(path).status == 404


def test_several_addresses(meter, fake, tmp_path):
    port, sock = free_port(), tmp_path / "s.sock"
    six = free_port(socket.AF_INET6)
    d = meter(fake().path, "--web.listen-address", f"127.0.0.1:{port}", "--web.listen-address", f"[::1]:{six}",
              "--web.listen-address", f"unix://{sock}", wait=False)
    for target in (port, ("::1", six), sock):
        wait_for(lambda t=target: request(t, "/ready").status == 200)
        assert Page(request(target, "/metrics").text).value("exporter_up") == 1
    d.stop()
    assert not sock.exists()


def test_all_addresses_of_both_families(meter, fake):
    port = free_port()
    meter(fake().path, "--web.listen-address", f":{port}", wait=False)
    wait_for(lambda: request(port, "/health").status == 200)
    assert request(("::1", port), "/health").status == 200


def test_a_stale_unix_socket_is_replaced_a_live_one_is_not(meter, fake, tmp_path):
    path = tmp_path / "web.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    engine = fake()
    meter(engine.path, "--web.listen-address", f"unix://{path}", wait=False)
    wait_for(lambda: request(path, "/health").status == 200)
    second = run("serve", "--docker.host", f"unix://{engine.path}", "--web.listen-address", f"unix://{path}")
    assert second.returncode == 1 and str(path) in second.stderr
    assert request(path, "/health").status == 200
    plain_file = tmp_path / "file"
    plain_file.write_text("mine")
    third = run("serve", "--docker.host", f"unix://{engine.path}", "--web.listen-address", f"unix://{plain_file}")
    assert third.returncode == 1 and plain_file.read_text() == "mine"


def test_port_taken(fake, tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        done = run("serve", "--docker.host", f"unix://{fake().path}", "--server.address", "127.0.0.1", "--server.port", port)
    assert done.returncode == 1
    trouble = [line for line in done.stderr.splitlines() if line.strip() and "info" not in line]
    assert len(trouble) == 1, done.stderr
    assert str(port) in trouble[0] and ("python" in trouble[0] or "ss -" in trouble[0] or "lsof" in trouble[0])


def test_auth_covers_every_path(meter, fake):
    d = meter(fake().path, config="server: {auth: {enabled: true, username: prom, password: 's:ecret'}}\n")
    good = {"Authorization": "Basic " + base64.b64encode(b"prom:s:ecret").decode()}
    wait_for(lambda: d.get("/ready", headers=good).status == 200)
    for path in ("/metrics", "/health", "/ready", "/version", "/", "/nope"):
        answer = d.get(path)
        assert answer.status == 401 and answer.headers["WWW-Authenticate"].startswith("Basic"), path
        assert d.get(path, headers=good).status == (404 if path == "/nope" else 200)
    wrong = ["Basic " + base64.b64encode(text).decode() for text in
             (b"prom:wrong", b"prom:", b"", b"prom", b"Prom:s:ecret", b"prom:s:ecret ", b"x" * 500)]
    for value in wrong + ["Basic", "Basic !!!", "Bearer s:ecret", good["Authorization"][:-4]]:
        assert d.get("/metrics", headers={"Authorization": value}).status == 401, value
    assert d.get("/metrics", headers={"Authorization": good["Authorization"].replace("Basic", "basic")}).status == 200
    assert "ecret" not in d.log()


@pytest.fixture
def secure(meter, fake, certs):
    """Dockmeter with TLS and authentication."""
    d = meter(fake().path, config=(
        f"server:\n  tls: {{enabled: true, cert_file: {certs.server}, key_file: {certs.server_key}}}\n"
        "  auth: {enabled: true, username: prom, password: secret}\n"))
    d.login = {"Authorization": "Basic " + base64.b64encode(b"prom:secret").decode()}
    wait_for(lambda: request(https(d.port, certs.ca), "/ready", headers=d.login).status == 200)
    return d


def test_tls(secure, certs):
    assert request(https(secure.port, certs.ca), "/metrics").status == 401
    answer = request(https(secure.port, certs.ca), "/metrics", headers=dict(secure.login, **{"Accept-Encoding": "gzip"}))
    assert answer.status == 200 and answer.headers["Content-Encoding"] == "gzip"
    Page(answer.text).check_form()
    with pytest.raises((OSError, http.client.HTTPException)):
        request(secure.port, "/metrics")
    context = ssl.create_default_context(cafile=certs.ca)
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    conn = http.client.HTTPSConnection("localhost", secure.port, context=context, timeout=60)
    assert request(conn, "/health", headers=secure.login).status == 200


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
def test_old_tls_is_refused(secure, certs):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", secure.port), timeout=60) as raw, pytest.raises(OSError):
        context.wrap_socket(raw)


def test_tls_noise_harms_nobody(secure, certs):
    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + b"\0" * 300, b"\x80", b""):
        with socket.create_connection(("127.0.0.1", secure.port), timeout=60) as s:
            s.sendall(noise)
    assert request(https(secure.port, certs.ca), "/health", headers=secure.login).status == 200


@pytest.mark.parametrize("cert,key", [("missing.pem", "server_key"), ("server", "missing.pem"), ("server", "client_key"),
                                      ("server_key", "server"), ("server", "")])
def test_wrong_certificate_files(fake, certs, tmp_path, cert, key):
    def path(name):
        return getattr(certs, name) if name in vars(certs) else (tmp_path / name if name else "")
    done = run("serve", "--docker.host", f"unix://{fake().path}", "--server.port", free_port(), "--server.tls.enabled", "true",
               "--server.tls.cert_file", path(cert), "--server.tls.key_file", path(key))
    assert done.returncode == 1
    assert "key" in done.stderr or "cert" in done.stderr


def test_healthcheck_command(plain, tmp_path):
    args = ["--server.address", "127.0.0.1", "--server.port", plain.port]
    assert run("healthcheck", *args).returncode == 0
    dead = run("healthcheck", "--server.address", "127.0.0.1", "--server.port", free_port())
    assert dead.returncode == 1 and dead.stderr.strip()


def test_healthcheck_of_all_addresses(meter, fake):
    """Each way to write them is an address to listen on, none of them one to connect to."""
    for host in ("", "*", "0.0.0.0", "[::]"):
        port = free_port()
        listen = f"{host}:{port}"
        meter(fake().path, "--web.listen-address", listen, wait=False)
        wait_for(lambda port=port, host=host: request(("::1" if host == "[::]" else "127.0.0.1", port), "/health").status == 200)
        done = run("healthcheck", "--web.listen-address", listen)
        assert done.returncode == 0, (listen, done.stderr)


def test_healthcheck_with_tls_and_authentication(secure, tmp_path):
    config = next(a for a in secure.argv if a.endswith(".yaml"))
    assert run("healthcheck", "--config.file", config, "--server.address", "127.0.0.1", "--server.port",
               secure.port).returncode == 0
    wrong = run("healthcheck", "--config.file", config, "--server.address", "127.0.0.1", "--server.port", secure.port,
                "--server.auth.password", "other")
    assert wrong.returncode == 1 and "401" in wrong.stderr


def test_healthcheck_over_a_unix_socket_and_a_prefix(meter, fake, tmp_path):
    args = ["--web.listen-address", f"unix://{tmp_path}/w.sock", "--web.route-prefix", "/p"]
    meter(fake().path, *args, wait=False)
    wait_for(lambda: request(tmp_path / "w.sock", "/p/health").status == 200)
    assert run("healthcheck", *args).returncode == 0


def test_descriptors_are_not_leaked(plain):
    """What 100 requests would leak is far above what the pool of connections to the Engine may grow by."""
    import os

    def held():
        return len(os.listdir(f"/proc/{plain.process.pid}/fd"))
    plain.page()
    before = held()
    for _ in range(50):
        plain.get("/health")
        plain.get("/metrics")
    wait_for(lambda: held() < before + 40)
