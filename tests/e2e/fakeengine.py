"""A Docker Engine that is not one: answers are prepared bytes, and a test can spoil any of them.

    with FakeEngine(path, containers=100, api="1.41", version="20.10.24") as fake:
        fake.spoil("stats", Body(b"<html>"), container="c0007", times=1)
        ...
        assert fake.peak["stats"] <= 10

It runs in a thread of its own on one asyncio loop; keep-alive, no framework, so that 5,000
containers cost a second. Standalone: fakeengine.py SOCKET [CONTAINERS [API [VERSION]]].
"""
import asyncio
import contextlib
import json
import os
import re
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import unquote

ENDPOINTS = [(word, re.compile(pattern)) for word, pattern in [
    ("ping", r"/_ping"), ("version", r"/version"), ("info", r"/info"), ("events", r"/events"),
    ("list", r"/containers/json"), ("inspect", r"/containers/([^/]+)/json"), ("stats", r"/containers/([^/]+)/stats"),
    ("images", r"/images/json"), ("volumes", r"/volumes"), ("networks", r"/networks")]]
YEAR_ONE = "0001-01-01T00:00:00Z"


# What a spoiled answer does; each is a plain value.
class Body:
    """Answers these bytes with this status."""

    def __init__(self, body, status=200, content_type="application/json"):
        self.body, self.status, self.content_type = body, status, content_type


class Raw:
    """Writes these bytes instead of an answer and closes."""

    def __init__(self, data):
        self.data = data


class Cut:
    """The right head, the first part of the body, then the connection ends."""

    def __init__(self, part=0.5):
        self.part = part


class Delay:
    """The right answer, later."""

    def __init__(self, seconds):
        self.seconds = seconds


class Hang:
    """No answer at all."""


class Close:
    """Ends the connection without a word."""


class Endless:
    """A chunked body that never ends: `limit` bytes of `chunk` repeated behind `start`."""

    def __init__(self, start=b"[", chunk=b'{"Id":"x"},' * 6000, limit=1 << 30):
        self.start, self.chunk, self.limit = start, chunk, limit


class Change:
    """The right answer, its JSON changed by fn (which may return another value)."""

    def __init__(self, fn):
        self.fn = fn


def container_id(n):
    return f"{n:064x}"


def list_entry(n, name, state="running", **more):
    return dict({"Id": container_id(n), "Names": [f"/{name}"], "Image": "busybox", "ImageID": "sha256:" + "1" * 64,
                 "Command": "sleep", "Created": 1700000000, "Ports": [], "Labels": {}, "State": state,
                 "Status": "Up 5 minutes", "HostConfig": {"NetworkMode": "default"}, "Mounts": []}, **more)


def inspect_answer(n, name, state="running", labels=None):
    running = state == "running"
    return {"Id": container_id(n), "Created": "2023-11-14T22:13:20.5Z", "Name": f"/{name}", "RestartCount": 0,
            "Image": "sha256:" + "1" * 64,
            "State": {"Status": state, "Running": running, "Paused": False, "Restarting": False, "OOMKilled": False,
                      "Dead": False, "Pid": 0, "ExitCode": 0, "Error": "", "StartedAt": "2023-11-14T22:13:21Z",
                      "FinishedAt": YEAR_ONE if running else "2023-11-14T22:14:00Z"},
            "Config": {"Image": "busybox", "Labels": labels or {}, "Tty": False, "Env": ["SECRET=never-on-a-page"]},
            "HostConfig": {"NetworkMode": "default", "Memory": 0, "MemorySwap": 0, "NanoCpus": 0, "CpuShares": 0,
                           "CpuQuota": 0, "CpuPeriod": 0, "PidsLimit": None, "LogConfig": {"Type": "json-file"}}}


def stats_answer(n, name):
    """A running container's one-shot answer; its figures follow from n."""
    return {"read": "2026-11-21T01:45:16.263908302Z", "preread": YEAR_ONE, "name": f"/{name}", "id": container_id(n),
            "pids_stats": {"current": n % 50 + 1}, "num_procs": 0,
            "blkio_stats": {"io_service_bytes_recursive": [
                {"major": 254, "minor": 0, "op": "Read", "value": n}, {"major": 254, "minor": 0, "op": "Write", "value": 2 * n}]},
            "cpu_stats": {"cpu_usage": {"total_usage": n * 1000 + 744, "usage_in_kernelmode": 10, "usage_in_usermode": n},
                          "system_cpu_usage": 1, "online_cpus": 2,
                          "throttling_data": {"periods": 1, "throttled_periods": 0, "throttled_time": 0}},
            "precpu_stats": {"cpu_usage": {"total_usage": 0}},
            "memory_stats": {"usage": n * 4096, "max_usage": n * 8192, "limit": 1 << 34,
                             "stats": {"total_cache": 4096, "total_rss": n, "total_inactive_file": 4096,
                                       "total_mapped_file": 0, "total_pgfault": n + 3, "total_pgmajfault": 3}},
            "networks": {"eth0": {"rx_bytes": n, "rx_packets": 1, "rx_errors": 0, "rx_dropped": 0,
                                  "tx_bytes": n, "tx_packets": 1, "tx_errors": 0, "tx_dropped": 0}}}


def encode(value):
    """JSON in UTF-8; a test may put a byte that is not UTF-8 into a string as "\\udcXX"."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogateescape")


class FakeEngine:
    """The Engine's answers by endpoint, the rules that spoil them, and what was asked."""

    def __init__(self, path, containers=3, api="1.43", version="24.0.7", min_api="1.12", name="c{:04d}"):
        self.path, self.api, self.version, self.min_api = str(path), api, version, min_api
        self.entries = {}                  # id -> the list's entry
        self.bodies = {}                   # (endpoint, id) -> prepared bytes
        self.rules = []                    # [endpoint, container or None, action, times left]
        self.requests = []                 # (method, target)
        self.active, self.peak = Counter(), Counter()
        self.ticks = self._ticks(version, api)
        self.server_name = f"Docker/{version} (linux)"
        self.any_version = False
        self.told_api = None               # what the Api-Version header says when not the truth
        self.lock = threading.Lock()
        self._list = None
        self._singles()
        for n in range(1, containers + 1):
            self.add(n, name.format(n))

    @staticmethod
    def _ticks(version, api):
        """How many one-second ticks a statistics call waits for (0: direct)."""
        if tuple(map(int, api.split("."))) < (1, 41):
            return 2
        major, minor, patch = (list(map(int, re.findall(r"\d+", version)[:3])) + [0, 0, 0])[:3]
        late = (major == 23 and (minor, patch) < (0, 8)) or (major == 24 and (minor, patch) < (0, 7))
        return 1 if major < 23 or late else 0

    def _singles(self):
        self.bodies.update({
            ("ping", None): b"OK", ("images", None): encode([{"Id": f"sha256:{i:064x}"} for i in range(4)]),
            ("volumes", None): encode({"Volumes": [{"Name": "v1"}, {"Name": "v2"}], "Warnings": None}),
            ("networks", None): encode([{"Name": n, "Id": n} for n in ("bridge", "host", "none")]),
            ("version", None): encode({"Version": self.version, "ApiVersion": self.api, "MinAPIVersion": self.min_api,
                                       "Os": "linux", "Arch": "amd64", "KernelVersion": "6.1.0"}),
            ("info", None): encode({"ServerVersion": self.version, "NCPU": 2, "MemTotal": 1 << 34, "Driver": "overlay2",
                                    "CgroupVersion": "1", "KernelVersion": "6.1.0", "OSType": "linux",
                                    "Architecture": "x86_64", "Swarm": {"LocalNodeState": "inactive"}, "Images": 4})})

    # What there is; safe while it runs.
    def add(self, n, name, state="running", labels=None, **entry):
        with self.lock:
            cid = container_id(n)
            self.entries[cid] = list_entry(n, name, state, Labels=labels or {}, **entry)
            self.bodies["inspect", cid] = encode(inspect_answer(n, name, state, labels))
            self.bodies["stats", cid] = encode(stats_answer(n, name))
            self._list = None
        return cid

    def remove(self, cid, from_list=True):
        """Takes a container away; from_list False leaves it listed (it vanished meanwhile)."""
        with self.lock:
            self.bodies.pop(("inspect", cid), None)
            self.bodies.pop(("stats", cid), None)
            if from_list:
                self.entries.pop(cid, None)
                self._list = None

    def spoil(self, endpoint, action, container=None, times=None):
        """From now on (or `times` times) this endpoint does that; container is an id."""
        with self.lock:
            self.rules.append([endpoint, container, action, times])

    def heal(self):
        with self.lock:
            self.rules.clear()

    # What was asked.
    def count(self, endpoint):
        with self.lock:
            return sum(1 for _, target in self.requests if self.match(target)[0] == endpoint)

    def forget(self):
        with self.lock:
            self.requests.clear()
            self.peak.clear()

    @staticmethod
    def match(target):
        """(endpoint word, container or None, API version or None) of a request target."""
        path = target.split("?", 1)[0]
        version = re.match(r"/v(\d+\.\d+)(/.*)", path)
        rest = version[2] if version else path
        for word, pattern in ENDPOINTS:
            found = pattern.fullmatch(rest)
            if found:
                return word, unquote(found[1]) if found.groups() else None, version[1] if version else None
        return "other", None, version[1] if version else None

    def rule_for(self, endpoint, container):
        with self.lock:
            for rule in self.rules:
                if rule[0] in (endpoint, "*") and rule[1] in (None, container) and rule[3] != 0:
                    if rule[3] is not None:
                        rule[3] -= 1
                    return rule[2]
        return None

    def answer(self, endpoint, container):
        """(status, body) as a healthy Engine gives it."""
        with self.lock:
            if endpoint == "list":
                if self._list is None:
                    self._list = encode(list(self.entries.values()))
                return 200, self._list
            body = self.bodies.get((endpoint, container))
        if body is None:
            return 404, encode({"message": f"No such container: {container}" if container else "page not found"})
        if not body:
            return 409, encode({"message": f"container {container} is not running"})  # as Podman has it
        return 200, body

    def version_error(self, version):
        """The answer to an API version out of range, or None."""
        if version is None or self.any_version:
            return None
        asked, low, high = (tuple(map(int, v.split("."))) for v in (version, self.min_api, self.api))
        if asked > high:
            return (f"client version {version} is too new. Maximum supported API version is {self.api}")
        if asked < low:
            return (f"client version {version} is too old. Minimum supported API version is {self.min_api}, "
                    "please upgrade your client to a newer version")
        return None

    # Life.
    def start(self):
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(5), "the fake Engine did not start"
        return self

    def _run(self, ready):
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._connections = set()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        server = self._loop.run_until_complete(
            self._loop.create_unix_server(lambda: Connection(self), self.path, backlog=1024))
        ready.set()
        self._loop.run_forever()
        server.close()
        for connection in list(self._connections):
            connection.transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()


class Connection(asyncio.Protocol):
    """One client: requests one after another, each answered before the next is read."""

    def __init__(self, fake):
        self.fake, self.data, self.busy, self.timer, self.last = fake, b"", None, None, False
        self.draining = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport
        self.fake._connections.add(self)

    def connection_lost(self, exc):
        self.fake._connections.discard(self)
        self._done()
        if self.timer:
            self.timer.cancel()
        self.draining.set()

    def resume_writing(self):
        self.draining.set()

    def pause_writing(self):
        self.draining.clear()

    def data_received(self, data):
        self.data += data
        while self.busy is None and b"\r\n\r\n" in self.data:
            head, self.data = self.data.split(b"\r\n\r\n", 1)
            self._request(head)

    def _request(self, head):
        method, target, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        self.last = b"connection: close" in head.lower()
        endpoint, container, version = self.fake.match(target)
        with self.fake.lock:
            self.fake.requests.append((method, target))
            self.busy = endpoint
            self.fake.active[endpoint] += 1
            self.fake.peak[endpoint] = max(self.fake.peak[endpoint], self.fake.active[endpoint])
        error = self.fake.version_error(version)
        if error:
            kind = "text/plain; charset=utf-8" if "old" in error else "application/json"
            self._send(method, 400, error.encode() if "old" in error else encode({"message": error}), kind)
            return
        self._act(method, endpoint, container, self.fake.rule_for(endpoint, container))

    def _act(self, method, endpoint, container, action):
        status, body = self.fake.answer(endpoint, container)
        kind = "text/plain; charset=utf-8" if endpoint == "ping" else "application/json"
        if endpoint == "events" and action is None:
            self.transport.write(self._head(200, kind, chunked=True))
        elif isinstance(action, Hang):
            pass
        elif isinstance(action, Close):
            self.transport.abort()
        elif isinstance(action, Raw):
            self.transport.write(action.data)
            self.transport.close()
        elif isinstance(action, Cut):
            self.transport.write(self._head(status, kind, len(body)) + body[:int(len(body) * action.part)])
            self.transport.close()
        elif isinstance(action, Endless):
            asyncio.ensure_future(self._endless(action))
        elif isinstance(action, Body):
            self._send(method, action.status, action.body, action.content_type)
        elif isinstance(action, Change):
            self._send(method, status, encode(action.fn(json.loads(body))), kind)
        elif isinstance(action, Delay):
            self._later(action.seconds, method, status, body, kind)
        elif endpoint == "stats" and status == 200 and self.fake.ticks:
            now = time.time()
            self._later(self.fake.ticks - now % 1, method, status, body, kind)
        else:
            self._send(method, status, body, kind)

    def _later(self, seconds, *answer):
        self.timer = asyncio.get_running_loop().call_later(seconds, self._send, *answer)

    def _head(self, status, kind, length=0, chunked=False):
        reason = {200: "OK", 404: "Not Found", 400: "Bad Request", 403: "Forbidden"}.get(status, "Odd")
        size = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {length}"
        return (f"HTTP/1.1 {status} {reason}\r\nApi-Version: {self.fake.told_api or self.fake.api}\r\nOstype: linux\r\n"
                f"Server: {self.fake.server_name}\r\nContent-Type: {kind}\r\n{size}\r\n\r\n").encode()

    def _send(self, method, status, body, kind):
        if not self.transport.is_closing():
            self.transport.write(self._head(status, kind, len(body)) + (b"" if method == "HEAD" else body))
            if self.last:
                self.transport.close()
        self._done()
        if self.data:
            self.data_received(b"")

    def _done(self):
        with self.fake.lock:
            if self.busy is not None:
                self.fake.active[self.busy] -= 1
        self.busy = None

    async def _endless(self, action):
        def chunk(data):
            return b"%x\r\n%s\r\n" % (len(data), data)
        self.transport.write(self._head(200, "application/json", chunked=True) + chunk(action.start))
        piece, sent = chunk(action.chunk), 0
        self.draining.set()
        while sent < action.limit and not self.transport.is_closing():
            self.transport.write(piece)
            sent += len(piece)
            await asyncio.sleep(0)
            await self.draining.wait()
        self.transport.abort()


def replay(path, folder):
    """A FakeEngine that gives the recorded answers of a folder of tests/data."""
    folder = Path(folder)
    head = (folder / "ping.headers").read_text(encoding="utf-8")
    version = json.loads((folder / "version.json").read_bytes())
    fake = FakeEngine(path, containers=0, api=re.search(r"^Api-Version: (\S+)", head, re.M)[1],
                      version=version["Version"], min_api=version.get("MinAPIVersion") or "1.12")
    fake.server_name = re.search(r"^Server: (.*?)\r?$", head, re.M)[1]
    fake.any_version = "Libpod" in head
    fake.ticks = 0
    for word in ("version", "info", "images", "volumes", "networks"):
        fake.bodies[word, None] = (folder / f"{word}.json").read_bytes()
    fake.entries = {c["Id"]: c for c in json.loads((folder / "containers.json").read_bytes())}
    fake._list = (folder / "containers.json").read_bytes()
    for file in folder.glob("inspect-*.json"):
        cid = json.loads(file.read_bytes())["Id"]
        fake.bodies["inspect", cid] = file.read_bytes()
        fake.bodies["stats", cid] = (folder / file.name.replace("inspect", "stats")).read_bytes()
    return fake


if __name__ == "__main__":
    options = dict(zip(("containers", "api", "version"), [int(sys.argv[2] if len(sys.argv) > 2 else 100), *sys.argv[3:5]]))
    with FakeEngine(sys.argv[1], **options):
        threading.Event().wait()
