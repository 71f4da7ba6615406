"""The server's side of a fake Engine: one client's requests, answered, spoiled or streamed."""
import asyncio
import json
import re
import time
from urllib.parse import unquote

from fakeanswers import Body, Change, Close, Cut, Delay, Endless, Hang, Raw, encode
from fakeevents import chunk

ENDPOINTS = [(word, re.compile(pattern)) for word, pattern in [
    ("ping", r"/_ping"), ("version", r"/version"), ("info", r"/info"), ("events", r"/events"),
    ("list", r"/containers/json"), ("inspect", r"/containers/([^/]+)/json"), ("stats", r"/containers/([^/]+)/stats"),
    ("images", r"/images/json"), ("volumes", r"/volumes"), ("networks", r"/networks"), ("df", r"/system/df")]]


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
        self.fake.events.close(self)
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
        endpoint, container, version = match(target)
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
        action = self.fake.rule_for(endpoint, container)
        if endpoint == "events" and action is None:
            self.transport.write(self._head(200, "application/json", chunked=True))
            self.fake.events.open(self, target)
        else:
            self._act(method, endpoint, container, action)

    def _act(self, method, endpoint, container, action):
        status, body = self.fake.answer(endpoint, container)
        kind = "text/plain; charset=utf-8" if endpoint == "ping" else "application/json"
        if isinstance(action, Hang):
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
        self.transport.write(self._head(200, "application/json", chunked=True) + chunk(action.start))
        piece, sent = chunk(action.chunk), 0
        self.draining.set()
        while sent < action.limit and not self.transport.is_closing():
            self.transport.write(piece)
            sent += len(piece)
            await asyncio.sleep(0)
            await self.draining.wait()
        self.transport.abort()
