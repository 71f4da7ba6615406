"""What strange and hostile clients get, while another scraper is served and memory stays bounded."""
import contextlib
import http.client
import re
import resource
import socket
import time

import pytest

from support import PATIENCE, sanitized, wait_for

GOOD = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def target(tmp_path_factory):
    """One Dockmeter with short times; each test leaves it serving, as it found it."""
    from fakeengine import FakeEngine
    from support import dockmeter
    folder = tmp_path_factory.mktemp("admission")
    with FakeEngine(folder / "e.sock", containers=20) as engine, dockmeter(
            folder, engine.path, "--server.head_timeout", "1s", "--server.idle_timeout", "2s") as d:
        yield d.wait_ready()


@pytest.fixture(autouse=True)
def others_are_served(target):
    """Before, and after whatever a test did, a scraper gets its page; memory is bounded."""
    elsewhere_page(target)
    before = target.rss_kb()
    yield
    wait_for(lambda: elsewhere_page(target), interval=0.1, what="others to be served")
    if not sanitized():
        assert target.rss_kb() < before + 8000, "memory grew"


def elsewhere_page(target):
    """A scrape from another address of this machine."""
    conn = http.client.HTTPConnection("127.0.0.1", target.port, timeout=PATIENCE, source_address=("127.0.0.2", 0))
    with contextlib.closing(conn):
        conn.request("GET", "/metrics")
        answer = conn.getresponse()
        assert answer.status == 200 and b"container_state" in answer.read()
    return True


def talk(target, data, timeout=PATIENCE, half_close=False):
    """Everything that the server says to these bytes until it closes (b"" when it just closes)."""
    with socket.create_connection(("127.0.0.1", target.port), timeout=timeout) as s:
        answer = b""
        try:
            s.sendall(data)
            if half_close:
                s.shutdown(socket.SHUT_WR)
            while piece := s.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass
        return answer


def status(answer):
    assert answer.startswith(b"HTTP/1.1 "), answer[:100]
    return int(answer[9:12])


def close(request):
    return request.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)


def test_good_request_for_comparison(target):
    assert status(talk(target, close(GOOD))) == 200
    assert status(talk(target, b"GET /health HTTP/1.0\r\n\r\n")) == 200
    assert status(talk(target, close(GOOD).replace(b"/health", b"http://x/health"))) == 200


@pytest.mark.parametrize("name,data,codes", [
    ("100 kB header", b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n", {431}),
    ("1,000 headers", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 1000 + b"\r\n", {431}),
    ("long target", b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", {414, 431}),
    ("two Content-Lengths", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\nabcde", {400}),
    ("two equal Content-Lengths", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n", {400}),
    ("Content-Length list", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0, 5\r\n\r\n", {400}),
    ("signed Content-Length", b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde", {400}),
    ("bare LF", b"GET /health HTTP/1.1\nHost: x\n\n", {400}),
    ("one bare LF", b"GET /health HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", {400}),
    ("bare CR", b"GET /health HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", {400}),
    ("folded header", b"GET /health HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", {400}),
    ("space before colon", b"GET /health HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", {400}),
    ("NUL in header", b"GET /health HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n", {400}),
    ("NUL in target", b"GET /hea\0lth HTTP/1.1\r\nHost: x\r\n\r\n", {400}),
    ("no Host", b"GET /health HTTP/1.1\r\n\r\n", {400}),
    ("two Hosts", b"GET /health HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", {400}),
    ("GET with a body", b"GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc", {400}),
    ("chunked GET", b"GET /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    ("both lengths", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
    ("HTTP/2 preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 505}),
    ("HTTP/9", b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", {400, 505}),
    ("no version", b"GET /\r\n\r\n", {400}),
    ("garbage", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)), {400}),
    ("lower case", b"get /health http/1.1\r\nHost: x\r\n\r\n", {400, 405}),
])
def test_malformed_heads(target, name, data, codes):
    answer = talk(target, data)
    assert status(answer) in codes, answer[:200]
    assert b"connection: close" in answer.lower()
    assert len(re.findall(rb"HTTP/1\.1 \d\d\d ", answer)) == 1, "what followed was taken for a request"


def test_post_with_a_body_is_405_and_its_body_no_request(target):
    smuggled = b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n"
    answer = talk(target, b"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(smuggled), smuggled))
    assert status(answer) == 405 and answer.count(b"HTTP/1.1 ") == 1


def test_pipelined_requests_are_answered_in_order(target):
    answer = talk(target, GOOD + GOOD.replace(b"health", b"version") + close(GOOD))
    assert answer.count(b"HTTP/1.1 200") == 3
    assert answer.index(b"healthy") < answer.index(b"compiler") < answer.rindex(b"healthy")


def test_half_a_request(target):
    start = time.monotonic()
    answer = talk(target, b"GET /metrics HTT")
    assert time.monotonic() - start < 8, "the usual limit is 10 s"
    assert answer == b"" or status(answer) == 408


def test_half_a_request_and_gone(target):
    for _ in range(20):
        talk(target, b"GET /metrics HTT", half_close=True)


def test_nothing_said(target):
    start = time.monotonic()
    answer = talk(target, b"")
    assert time.monotonic() - start < 8 and (answer == b"" or status(answer) == 408)


def test_dripping_header(target):
    """A byte now and then does not buy time: the whole head has one second."""
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", target.port), timeout=PATIENCE) as s:
        with contextlib.suppress(OSError):
            s.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nA: ")
            while time.monotonic() - start < PATIENCE:
                s.sendall(b"a")
                s.settimeout(0.2)
                with contextlib.suppress(TimeoutError):
                    answer = s.recv(1000)
                    assert answer == b"" or status(answer) == 408
                    break
    assert time.monotonic() - start < PATIENCE / 2


def test_idle_connection_is_closed(target):
    with socket.create_connection(("127.0.0.1", target.port), timeout=PATIENCE) as s:
        start = time.monotonic()
        s.sendall(GOOD)
        assert b"200 OK" in s.recv(4096)
        assert s.recv(10) == b""
        assert time.monotonic() - start > 1


def test_closes_early(target):
    """Scrapers that go away before their answer, with and without reset."""
    for n in range(100):
        with socket.create_connection(("127.0.0.1", target.port), timeout=PATIENCE) as s:
            if n % 2:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    assert target.process.poll() is None


def test_a_reader_that_does_not_read(target):
    """It asks for many pages and takes none: bounded by what one connection may hold."""
    with socket.create_connection(("127.0.0.1", target.port), timeout=2) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with contextlib.suppress(OSError):
            for _ in range(2000):
                s.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 10)
        elsewhere_page(target)


def test_2000_connections(target):
    """One address may not take them all: the surplus is closed and another address is served."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    with contextlib.ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(2000):
            s = stack.enter_context(socket.socket())
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", target.port))
        elsewhere_page(target)
        elsewhere_page(target)
    wait_for(lambda: status(talk(target, close(GOOD))) == 200)


def test_many_from_many_addresses(target):
    """Over the limit in all, connections are closed, memory stays and service returns."""
    with contextlib.ExitStack() as stack:
        for n in range(900):
            s = stack.enter_context(socket.socket())
            s.bind((f"127.0.1.{n % 200 + 1}", 0))
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", target.port))
    wait_for(lambda: status(talk(target, close(GOOD))) == 200)


def test_log_is_not_flooded(target):
    lines = len(target.log().splitlines())
    for _ in range(200):
        talk(target, b"\0\r\n\r\n")
    assert len(target.log().splitlines()) - lines < 5


def test_more_requests_than_allowed_are_503(meter, fake):
    from fakeengine import Delay
    import threading
    engine = fake(containers=5)
    d = meter(engine.path, "--web.max-requests", "3").wait_ready()
    d.page()
    engine.spoil("stats", Delay(4))
    codes = []
    threads = [threading.Thread(target=lambda: codes.append(d.get().status)) for _ in range(10)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert sorted(codes) == [200] * 3 + [503] * 7
