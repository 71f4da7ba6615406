"""The event stream of a fake Engine: a ring of 256 events, filters, `since`, and all that may befall it.

    fake.events.hold(); …changes…; fake.events.release(reversed)     reordered and late
    fake.events.copies = 2                                           each event twice
    fake.events.lose = lambda event: event["Action"] == "die"        lost, though the ring has it
    fake.events.stalled = True                                       open, but silent; for good
    fake.events.cut(b'{"status":"gr\\xc3')                            ends in the middle of something
    fake.events.raw(b"x" * 10_000_000 + b"\\n")                       bytes as they are

Everything is sent before the call that caused it returns. Streams belong to the server's loop.
"""
import asyncio
import json
import threading
from collections import deque
from urllib.parse import parse_qs, urlsplit

RING = 256


def chunk(data):
    """One chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(data), data)


def nanoseconds(text):
    """ "1795225488.000000001" as an integer."""
    whole, _, fraction = text.partition(".")
    return int(whole) * 10**9 + int((fraction or "0").ljust(9, "0")[:9])


class Wanted:
    """What one reader asked for: the query of its request."""

    def __init__(self, target):
        query = parse_qs(urlsplit(target).query)
        filters = json.loads(query.get("filters", ["{}"])[0])
        self.types, self.actions = (set(filters.get(key, ())) for key in ("type", "event"))
        self.since = nanoseconds(query["since"][0]) if "since" in query else None

    def matches(self, event):
        """health_status stands for all of its kind, others must be equal, as the Engine has it."""
        action = event["Action"]
        known = not self.actions or action in self.actions or action.split(":")[0] in self.actions & {"health_status"}
        return known and (not self.types or event["Type"] in self.types)


class EventHub:
    """All readers of one fake Engine, what happened lately, and the knobs."""

    def __init__(self):
        self.loop = None
        self.forget()
        self.opened = []       # the target of each stream that was opened
        self.copies = 1
        self.delay = 0
        self.stalled = False
        self.lose = None
        self.sent = 0

    def forget(self):
        """As a new Engine process begins: nothing is known, nobody listens."""
        self.ring, self.streams, self.held = deque(maxlen=RING), {}, None

    def _do(self, fn, *args):
        """Runs fn on the loop's thread, to its end; without a loop nobody listens."""
        if self.loop is None:
            return
        done = threading.Event()

        def call():
            try:
                fn(*args)
            finally:
                done.set()
        self.loop.call_soon_threadsafe(call)
        assert done.wait(60), "the fake Engine's loop is stuck"

    # For the server, on its loop.
    def open(self, connection, target):
        wanted = Wanted(target)
        self.streams[connection] = wanted
        self.opened.append(target)
        if wanted.since is not None and not self.stalled:
            for event in list(self.ring):
                if event["timeNano"] >= wanted.since and wanted.matches(event):
                    self._write(connection, event)

    def close(self, connection):
        self.streams.pop(connection, None)

    @staticmethod
    def _write(connection, event):
        connection.transport.write(chunk(json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogateescape") + b"\n"))

    def _send(self, event):
        if self.stalled or (self.lose and self.lose(event)):
            return
        self.sent += 1
        for connection, wanted in list(self.streams.items()):
            if wanted.matches(event):
                for _ in range(self.copies):
                    self._write(connection, event)

    def _publish(self, events):
        for event in events:
            self.ring.append(event)
            if self.held is not None:
                self.held.append(event)
            elif self.delay:
                self.loop.call_later(self.delay, self._send, event)
            else:
                self._send(event)

    # For tests.
    def publish(self, *events):
        self._do(self._publish, events)

    def hold(self):
        """Keeps events back from now on; the ring has them."""
        self._do(setattr, self, "held", [])

    def release(self, order=list):
        """Sends what was held in the order that order() makes of the list."""
        def send():
            held, self.held = self.held, None
            for event in order(held):
                self._send(event)
        self._do(send)

    def raw(self, data):
        """These bytes to every reader."""
        def send():
            for connection in self.streams:
                connection.transport.write(chunk(data))
        self._do(send)

    def cut(self, tail=b"", orderly=False):
        """Ends every stream after these bytes; orderly: with the last chunk that HTTP has for it."""
        def end():
            for connection in list(self.streams):
                connection.transport.write((chunk(tail) if tail else b"") + (b"0\r\n\r\n" if orderly else b""))
                connection.transport.close()
        self._do(end)

    def endless(self, limit=200 << 20, piece=b"x" * 65536):
        """A line that never ends, to every reader, until it closes or the limit is reached."""
        async def pour(connection):
            sent = 0
            while sent < limit and not connection.transport.is_closing():
                connection.transport.write(chunk(piece))
                sent += len(piece)
                await asyncio.sleep(0)
                await connection.draining.wait()

        def begin():
            for connection in self.streams:
                connection.draining.set()
                asyncio.ensure_future(pour(connection), loop=self.loop)
        self._do(begin)
