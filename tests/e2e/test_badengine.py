"""Engines that answer wrongly: counted by kind, bounded in memory, other containers unaffected."""
import socket
import threading
import time

import pytest

from fakeengine import (Body, Change, Close, Cut, Delay, Endless, Hang, Raw, container_id, encode,
                        stats_answer)
from support import PATIENCE, run, sanitized, wait_for

HTML = Body(b"<html><body><h1>It works!</h1></body></html>", content_type="text/html")
NESTED = Body(b"[" * 10_000 + b"]" * 10_000)
NESTED_OBJECT = Body(b'{"a":' * 10_000 + b"1" + b"}" * 10_000)


def errors(page, endpoint=None):
    """{(endpoint, code): count} of calls that were not 200."""
    return {(l["endpoint"], l["code"]): v for l, v in page.all("exporter_engine_requests_total")
            if l["code"] != "200" and endpoint in (None, l["endpoint"])}


BAD_ANSWERS = {
    "html": (HTML, "malformed"), "empty": (Body(b""), "malformed"), "text": (Body(b"OK"), "malformed"),
    "number": (Body(b"42"), "malformed"), "null": (Body(b"null"), "malformed"), "string": (Body(b'"x"'), "malformed"),
    "half json": (Body(b'{"Id":"'), "malformed"), "two documents": (Body(b"{}{}"), "malformed"),
    "binary": (Body(bytes(range(256)) * 40), "malformed"),
    "nested arrays": (NESTED, "too_large"), "nested objects": (NESTED_OBJECT, "too_large"),
    "500": (Body(b'{"message":"boom"}', 500), "500"), "503": (Body(b"", 503), "503"),
    "403": (Body(b"<html>Forbidden</html>", 403, "text/html"), "403"), "401": (Body(b"", 401), "401"),
    "301": (Body(b"", 301), "301"), "204": (Body(b"", 204), "204|malformed"),
    "cut": (Cut(0.5), "cut"), "cut at once": (Cut(0), "cut"), "closed": (Close(), "cut|failed|refused"),
    "garbage": (Raw(b"\0\1\2\3 this is no HTTP\r\n\r\n"), "failed|malformed|cut"),
    "wrong length": (Raw(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n[]"), "failed|malformed|cut"),
    "huge header": (Raw(b"HTTP/1.1 200 OK\r\nA: " + b"a" * 2_000_000 + b"\r\n\r\n[]"), "too_large|failed|malformed|cut"),
}


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_bad_statistics_of_one_container(meter, fake, kind):
    action, codes = BAD_ANSWERS[kind]
    engine = fake(containers=5)
    d = meter(engine.path).wait_ready()
    engine.spoil("stats", action, container=container_id(3))
    page = d.page()
    assert page.containers() == {f"c{n:04d}" for n in range(1, 6)}
    assert {l["container_name"] for l, _ in page.all("container_memory_usage_bytes")} == {"c0001", "c0002", "c0004", "c0005"}
    assert page.value("exporter_up") == 1
    page = d.page()
    seen = {code for _, code in errors(page, "stats")}
    assert kind == "empty" or seen, "an empty answer is a container that went"
    assert seen <= set(codes.split("|")), seen
    engine.heal()
    assert wait_for(lambda: d.page().get("container_memory_usage_bytes", container_name="c0003")) == 3 * 4096


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_bad_inspect_of_one_container(meter, fake, kind):
    action, codes = BAD_ANSWERS[kind]
    engine = fake(containers=5)
    engine.spoil("inspect", action, container=container_id(2))
    d = meter(engine.path).wait_ready()
    d.page()
    page = d.page()
    assert {l["container_name"] for l, _ in page.all("container_state", state="running")} == {f"c{n:04d}" for n in range(1, 6)}
    assert page.value("container_memory_usage_bytes", container_name="c0001") == 4096
    seen = {code for _, code in errors(page, "inspect")}
    assert seen and seen <= {*codes.split("|"), "malformed" if kind == "nested objects" else codes}, seen


@pytest.mark.parametrize("kind", BAD_ANSWERS)
def test_bad_list(meter, fake, kind):
    action, codes = BAD_ANSWERS[kind]
    engine = fake(containers=3)
    engine.spoil("events", Body(b"", 403))  # so that each scrape lists
    d = meter(engine.path).wait_ready()
    before = d.page()
    assert len(before.containers()) == 3
    engine.spoil("list", action)
    page = d.page()
    page = d.page()
    seen = {code for _, code in errors(page, "list")}
    assert seen and seen <= {*codes.split("|"), "malformed" if kind == "nested objects" else codes}, seen
    assert page.value("exporter_scrape_errors_total", collector="container") >= 1
    assert d.get("/health").status == 200
    engine.heal()
    wait_for(lambda: len(d.page().containers()) == 3 and d.page().get("container_pids_current", container_name="c0001"))


@pytest.mark.parametrize("word", ["info", "version", "images", "volumes", "networks"])
def test_bad_facts_harm_only_themselves(meter, fake, word):
    engine = fake(containers=2)
    engine.spoil(word, HTML)
    d = meter(engine.path).wait_ready()
    page = wait_for(lambda: (p := d.page()) and errors(p, word) and p)
    assert page.containers() == {"c0001", "c0002"} and page.value("exporter_up") == 1
    if word in ("images", "volumes", "networks"):
        assert not page.all(f"docker_{word}")
        for other in {"images", "volumes", "networks"} - {word}:
            wait_for(lambda o=other: d.page().all(f"docker_{o}"))


@pytest.mark.slow
@pytest.mark.parametrize("endpoint,start", [("list", b"["), ("stats", b'{"a":['), ("info", b'{"a":[')])
def test_an_answer_of_1_gigabyte(meter, fake, endpoint, start):
    engine = fake(containers=3)
    engine.spoil("events", Body(b"", 403))  # so that each scrape lists
    d = meter(engine.path, "--collection.system_interval", "1s").wait_ready()
    d.page()
    before = d.rss_kb()
    engine.spoil(endpoint, Endless(start=start), container=container_id(2) if endpoint == "stats" else None)
    if endpoint in ("list", "stats"):
        page = d.page()
        page = d.page()
        assert (endpoint, "too_large") in errors(page), errors(page)
        if endpoint == "stats":
            assert page.get("container_pids_current", container_name="c0001")
    else:
        wait_for(lambda: (endpoint, "too_large") in errors(d.page()))
    if not sanitized():
        assert d.rss_kb() < before + 90_000, "memory follows the answer"
    assert d.get("/health").status == 200
    engine.heal()
    wait_for(lambda: d.page().value("exporter_up") == 1)
    if not sanitized():
        wait_for(lambda: d.rss_kb() < before + 20_000, what="the memory to be given back")


def changed_stats(**parts):
    def change(answer):
        answer.update(parts)
        return answer
    return Change(change)


@pytest.mark.parametrize("name,action", [
    ("numbers as strings", changed_stats(memory_stats={"usage": "4096", "limit": "1"}, cpu_stats={"cpu_usage": {"total_usage": "9"}})),
    ("null for everything", Change(lambda a: {k: None for k in a})),
    ("arrays for objects", changed_stats(memory_stats=[], cpu_stats=[1], networks=[{}], pids_stats=[])),
    ("objects for arrays", changed_stats(blkio_stats={"io_service_bytes_recursive": {"a": 1}})),
    ("null entries", changed_stats(blkio_stats={"io_service_bytes_recursive": [None, 5, {"op": None}]}, networks={"eth0": None})),
    ("negative and huge", changed_stats(memory_stats={"usage": -1, "limit": 1e300}, pids_stats={"current": 10**30})),
    ("fractions", changed_stats(memory_stats={"usage": 4096.5}, cpu_stats={"cpu_usage": {"total_usage": 1.5e9}})),
    ("no fields", Change(lambda a: {"id": a["id"], "read": a["read"]})),
    ("bad time", changed_stats(read="yesterday")),
    ("odd device", changed_stats(blkio_stats={"io_service_bytes_recursive": [
        {"major": "8", "minor": -1, "op": "Read", "value": 5}, {"major": 2**40, "minor": 0, "op": "Write", "value": 6}]})),
    ("odd interface", changed_stats(networks={"e\"\\\n0": {"rx_bytes": 5, "tx_bytes": "x"}, "": {}, "é" * 300: {"rx_bytes": 1}})),
])
def test_statistics_of_wrong_types(meter, fake, name, action):
    """What is not a number as the API has it is unknown, never made up; the rest of the page stands."""
    engine = fake(containers=3)
    d = meter(engine.path).wait_ready()
    engine.spoil("stats", action, container=container_id(2))
    page = d.page()
    page.check_form()
    assert page.value("container_memory_usage_bytes", container_name="c0003") == 3 * 4096
    assert page.get("container_memory_usage_bytes", container_name="c0002") in (None, 2 * 4096)
    assert not any(v < 0 or v > 1e19 for v in page.samples.values())
    assert page.value("exporter_up") == 1


def inspect_with(path, value):
    def change(answer):
        part = answer
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = value
        return answer
    return Change(change)


@pytest.mark.parametrize("path,value", [
    (["State"], None), (["Config"], None), (["HostConfig"], None), (["HostConfig"], []), (["State", "Health"], "x"),
    (["State", "Pid"], "1"), (["State", "StartedAt"], 5), (["State", "StartedAt"], ""), (["Created"], "0000"),
    (["Config", "Labels"], None), (["Config", "Labels"], ["a=b"]), (["Config", "Labels"], {"a": 1, "b": None}),
    (["Name"], None), (["RestartCount"], "7"), (["HostConfig", "NanoCpus"], -1), (["HostConfig", "PidsLimit"], -1),
    (["HostConfig", "CpuPeriod"], 0), (["State", "Status"], "dancing"), (["Id"], "other")])
def test_inspect_of_wrong_types(meter, fake, path, value):
    engine = fake(containers=3)
    engine.spoil("inspect", inspect_with(path, value), container=container_id(2))
    d = meter(engine.path).wait_ready()
    page = d.page()
    page.check_form()
    assert page.value("container_state", container_name="c0003", state="running") == 1
    named = "000000000000" if path == ["Name"] else "c0002"
    assert page.value("container_state", container_name=named, state="running") == 1
    assert not any(v < 0 or v > 1e19 for v in page.samples.values())


@pytest.mark.parametrize("change", [
    lambda l: [None, 5, "x", []] + l, lambda l: l + [{}], lambda l: l + [dict(l[0], Names=None, Id=container_id(77))],
    lambda l: l + [dict(l[0], Names=[], Id=container_id(77))], lambda l: l + [dict(l[0], Id=None)],
    lambda l: l + [dict(l[0], Id="../../etc")], lambda l: l + [dict(l[0], Id=container_id(77), Labels=[1], State=None)],
    lambda l: l + [dict(l[0], Id=container_id(77), Created="x", HostConfig=None, Image=5)], lambda l: l + l])
def test_lists_with_odd_entries(meter, fake, change):
    engine = fake(containers=3)
    engine.spoil("list", Change(change))
    d = meter(engine.path).wait_ready()
    d.page()
    page = d.page()
    page.check_form()
    assert {"c0001", "c0002", "c0003"} <= page.containers() or errors(page, "list")
    assert not any(".." in target for _, target in engine.requests)


def test_names_that_are_no_text(meter, fake):
    """NUL, invalid UTF-8, quotes and newlines in names and labels: escaped or U+FFFD, one container each."""
    engine = fake(containers=1)
    names = {2: "nul\0name", 3: "bad\udcff\udcfename", 4: 'quo"te', 5: "back\\slash", 6: "new\nline", 7: "größe-測試", 8: "x" * 5000}
    for n, name in names.items():
        engine.add(n, name)
    d = meter(engine.path, config='metrics: {container_labels: ["*"]}\n').wait_ready()
    page = d.page()
    page.check_form()
    assert {"c0001", 'quo"te', "back\\slash", "new\nline", "größe-測試"} <= page.containers()
    assert page.value("container_memory_usage_bytes", container_name="c0001") == 4096
    assert b"\xff" not in page.text.encode() and b"\xfe" not in page.text.encode()
    d.log_lines()


def test_two_containers_of_one_name(meter, fake):
    """One just removed, one just made: the younger, whichever comes first in the list."""
    engine = fake(containers=0)
    for n, name, created in ((1, "a", "00"), (2, "a", "59"), (3, "b", "59"), (4, "b", "00")):
        cid = engine.add(n, name, Created=1700000000 + int(created))
        engine.bodies["inspect", cid] = engine.bodies["inspect", cid].replace(b"22:13:20.5Z", f"22:13:{created}Z".encode())
    d = meter(engine.path).wait_ready()
    page = d.page()
    assert page.value("container_memory_usage_bytes", container_name="a") == 2 * 4096
    assert page.value("container_memory_usage_bytes", container_name="b") == 3 * 4096


def test_vanishing_between_list_and_read_is_no_error(meter, fake):
    engine = fake(containers=10)
    d = meter(engine.path).wait_ready()
    d.page()
    for n in (2, 5, 9):
        engine.remove(container_id(n), from_list=False)
    page = d.page()
    assert page.value("exporter_scrape_errors_total", collector="container") == 0
    assert not {"c0002", "c0005", "c0009"} & {l["container_name"] for l, _ in page.all("container_memory_usage_bytes")}
    assert len(page.all("container_memory_usage_bytes")) == 7
    assert not [l for l in d.log_lines() if l["level"] in ("warn", "error")]


@pytest.mark.parametrize("endpoint", ["stats", "inspect"])
def test_one_hung_container_delays_only_itself(meter, fake, endpoint):
    engine = fake(containers=5)
    d = meter(engine.path).wait_ready()
    d.page()
    engine.spoil(endpoint, Hang(), container=container_id(3))
    start = time.monotonic()
    page = d.page(headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"})
    assert time.monotonic() - start < 10, "else it takes 30 s"
    assert len(page.all("container_state")) == 5
    if endpoint == "stats":
        assert {l["container_name"] for l, _ in page.all("container_pids_current")} == {"c0001", "c0002", "c0004", "c0005"}


@pytest.mark.parametrize("endpoint", ["list", "info", "version", "images"])
def test_a_hung_endpoint(meter, fake, endpoint):
    engine = fake(containers=3)
    d = meter(engine.path, "--collection.timeout", "20s").wait_ready()
    d.page()
    engine.spoil(endpoint, Hang())
    start = time.monotonic()
    page = d.page(headers={"X-Prometheus-Scrape-Timeout-Seconds": "1"})
    assert time.monotonic() - start < 10
    assert len(page.all("container_state")) == 3
    assert d.get("/health").status == 200
    engine.heal()
    wait_for(lambda: d.page().get("container_pids_current", container_name="c0001"))


def test_slow_answers_arrive_in_a_later_scrape(meter, fake):
    engine = fake(containers=4)
    d = meter(engine.path).wait_ready()
    engine.spoil("stats", Delay(1))
    page = d.page(headers={"X-Prometheus-Scrape-Timeout-Seconds": "0.4"})
    assert not page.all("container_pids_current") and len(page.all("container_state")) == 4
    assert len(d.page(headers={"X-Prometheus-Scrape-Timeout-Seconds": "30"}).all("container_pids_current")) == 4


def test_not_an_engine(meter, tmp_path):
    """A web server on the socket: a clear reason, serving goes on."""
    import asyncio
    path = tmp_path / "web.sock"
    loop = asyncio.new_event_loop()

    async def web(reader, writer):
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<html>404")
        except (OSError, asyncio.IncompleteReadError):
            writer.close()
    server = loop.run_until_complete(asyncio.start_unix_server(web, str(path)))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        d = meter(path)
        reason = wait_for(lambda: (a := d.get("/ready")).status == 503 and "yet" not in a.text and a.text)
        assert "404" in reason or "not a Docker" in reason or "Engine" in reason
        assert d.page().value("exporter_up") == 0
        checked = run("check", "--docker.host", f"unix://{path}", "--server.port", "0")
        assert checked.returncode == 1 and "failure" in checked.stdout
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        server.close()


@pytest.mark.parametrize("kind", ["missing", "folder", "file", "dead"])
def test_no_socket(meter, tmp_path, kind):
    path = tmp_path / "engine.sock"
    if kind == "folder":
        path.mkdir()
    elif kind == "file":
        path.write_text("")
    elif kind == "dead":
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(str(path))
    d = meter(path)
    reason = wait_for(lambda: (a := d.get("/ready")).status == 503 and "yet" not in a.text and a.text)
    assert str(path) in reason
    words = {"missing": "does not exist", "folder": "directory", "file": "not a socket", "dead": "nobody listens"}
    assert words[kind] in reason
    page = d.page()
    assert page.value("exporter_up") == 0 and not page.containers()
    assert any(str(path) in line for line in d.log().splitlines() if '"warn"' in line or '"error"' in line)


def test_stats_of_a_stopped_container_are_no_usage(meter, fake):
    engine = fake(containers=2)
    zero = stats_answer(1, "c0001")
    zero.update(read="0001-01-01T00:00:00Z", memory_stats={}, cpu_stats={"cpu_usage": {"total_usage": 0}}, pids_stats={})
    del zero["networks"]
    engine.bodies["stats", container_id(1)] = encode(zero)
    d = meter(engine.path).wait_ready()
    page = d.page()
    assert page.get("container_cpu_usage_seconds_total", container_name="c0001") is None
    assert page.get("container_pids_current", container_name="c0001") is None
    assert page.get("container_pids_current", container_name="c0002") == 3
    assert errors(page) == {}
