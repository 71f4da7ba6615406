"""A proxy between Dockmeter and an Engine's socket: records every request, refuses what it is told to.

Bytes pass unchanged; only request heads are looked at. Runs in a thread of its own.
"""
import asyncio
import contextlib
import os
import re
import threading

REFUSAL = b"<html><body><h1>403 Forbidden</h1>\nRequest forbidden by administrative rules.\n</body></html>\n"


class RecordingProxy:
    """with RecordingProxy(listen, upstream) as p: … p.requests is [(method, target)]."""

    def __init__(self, listen, upstream):
        self.listen, self.upstream = str(listen), str(upstream)
        self.requests = []
        self.refused = None  # a pattern of targets that get 403, as the common socket proxies do

    def count(self, pattern):
        return sum(1 for _, target in list(self.requests) if re.search(pattern, target))

    async def _client(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            up_reader, up_writer = await asyncio.open_unix_connection(self.upstream)
            back = asyncio.ensure_future(self._back(up_reader, writer))
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, target = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")[:2]
                self.requests.append((method, target))
                if self.refused and re.search(self.refused, target):
                    writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nConnection: close\r\n"
                                 b"Content-Length: %d\r\n\r\n" % len(REFUSAL) + (b"" if method == "HEAD" else REFUSAL))
                    break
                up_writer.write(head)
            up_writer.close()
            if self.refused is None:
                await back
        with contextlib.suppress(OSError):
            writer.close()

    @staticmethod
    async def _back(reader, writer):
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
            writer.close()

    def _run(self, ready):
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_unix_server(self._client, self.listen, backlog=1024))
        ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    def __enter__(self):
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(60), "the proxy did not start"
        return self

    def __exit__(self, *exc):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.listen)
