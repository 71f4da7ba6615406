"""What every test needs: waiting for conditions, HTTP over any socket, and Dockmeter as a process.

Nothing here knows a metric. Every process started is ended by whoever started it.
"""
import contextlib
import gzip
import http.client
import json
import os
import random
import re
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests" / "data"
# Seconds that a loaded machine may take for whatever is awaited; longer than the program's own limits, the 30 s of a
# scrape among them, so that what it says at its limit is seen.
PATIENCE = 60
DIE_WITH_US = ["/usr/bin/setpriv", "--pdeathsig", "TERM"]


def binary():
    """The program under test: DOCKMETER_BIN, else an ordinary build folder's."""
    candidates = [os.environ.get("DOCKMETER_BIN"), ROOT / "build/gcc/dockmeter", ROOT / "build/dockmeter"]
    for path in candidates:
        if path and os.access(path, os.X_OK):
            return str(path)
    raise RuntimeError("no dockmeter to test: set DOCKMETER_BIN or build it into build/")


def pytest_configure():
    """Of each conftest.py: one clear line instead of an error for each test."""
    try:
        binary()
    except RuntimeError as e:
        pytest.exit(str(e), returncode=4)


def sanitized():
    """True when the program is built with AddressSanitizer: memory bounds do not hold then."""
    return b"__asan_init" in Path(binary()).read_bytes()


def end(process):
    """Ends a process of ours in an orderly way, or after a while in any."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(condition, timeout=PATIENCE, interval=0.05, what="the condition"):
    """Polls until condition() is true and returns its value; fails with the last exception."""
    end = time.monotonic() + timeout
    last = None
    while True:
        try:
            value = condition()
            if value:
                return value
            last = None
        except (OSError, http.client.HTTPException, KeyError, ValueError, AssertionError) as e:
            last = e
        if time.monotonic() > end:
            raise AssertionError(f"waited {timeout} s in vain for {what}" + (f": {last!r}" if last else ""))
        time.sleep(interval)


def free_port(family=socket.AF_INET):
    """A port that is free on all addresses, below those that the kernel gives to clients."""
    while True:
        with socket.socket(family) as s, contextlib.suppress(OSError):
            s.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", random.randint(15000, 32000)))
            return s.getsockname()[1]


class UnixConnection(http.client.HTTPConnection):
    """http.client over a unix socket."""

    def __init__(self, path, timeout=PATIENCE):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Answer:
    """One HTTP answer, read to its end."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.raw = response.read()
        packed = response.headers.get("Content-Encoding") == "gzip"
        self.body = gzip.decompress(self.raw) if packed and self.raw else self.raw

    @property
    def text(self):
        return self.body.decode()

    def json(self):
        return json.loads(self.body)


def request(target, path, method="GET", headers=None, timeout=PATIENCE, body=None):
    """target: a port, a (host, port), a unix socket's path, or an http.client connection."""
    if isinstance(target, http.client.HTTPConnection):
        conn = target
    elif isinstance(target, int):
        conn = http.client.HTTPConnection("127.0.0.1", target, timeout=timeout)
    elif isinstance(target, tuple):
        conn = http.client.HTTPConnection(*target, timeout=timeout)
    else:
        conn = UnixConnection(target, timeout=timeout)
    with contextlib.closing(conn):
        conn.request(method, path, body=body, headers=headers or {})
        return Answer(conn.getresponse())


def https(port, ca=None, cert=None, timeout=PATIENCE):
    """A connection that trusts ca only."""
    context = ssl.create_default_context(cafile=ca)
    if cert:
        context.load_cert_chain(*cert)
    return http.client.HTTPSConnection("localhost", port, context=context, timeout=timeout)


def clean_env(**extra):
    """The environment without anything that configures Dockmeter or docker."""
    keep = {k: os.environ[k] for k in ("PATH", "HOME", "TZ", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS",
                                       "LLVM_PROFILE_FILE", "GCOV_PREFIX") if k in os.environ}
    keep.update({k: str(v) for k, v in extra.items()})
    return keep


def run(*args, env=None, timeout=PATIENCE, **kwargs):
    """Runs `dockmeter args…` to its end."""
    return subprocess.run([binary(), *map(str, args)], env=clean_env(**(env or {})), timeout=timeout,
                          capture_output=True, text=True, check=False, **kwargs)


def process_status(pid):
    """What the kernel says of a process, by the file's own keys."""
    return dict(re.findall(r"^(\w+):[ \t]*(.*?)[ \t]*$", Path(f"/proc/{pid}/status").read_text(), re.M))


def rss_kb(pid):
    return int(process_status(pid)["VmRSS"].split()[0])


def peak_kb(pid):
    return int(process_status(pid)["VmHWM"].split()[0])


class Dockmeter:
    """`dockmeter serve` on a free port of 127.0.0.1, its log in memory."""

    def __init__(self, folder, host, *args, env=None, port=None, wait=True, config=None, through=()):
        self.port = port or free_port()
        self.log_path = Path(folder) / f"dockmeter-{self.port}.log"
        self.expected_exit = 0
        argv = [binary(), "serve", "--server.port", str(self.port), "--server.address", "127.0.0.1",
                "--log.format", "json"]
        if host is not None:
            argv += ["--docker.host", host if "://" in str(host) else f"unix://{host}"]
        if config is not None:
            path = Path(folder) / f"config-{self.port}.yaml"
            path.write_text(config)
            argv += ["--config.file", str(path)]
        self.argv = argv + [str(a) for a in args]
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen([*through, *DIE_WITH_US, *self.argv], env=clean_env(**(env or {})), stdout=log, stderr=log)
        if wait:
            try:
                self.wait_serving()
            except BaseException:
                self.kill()
                raise

    def wait_serving(self):
        def serving():
            if self.process.poll() is not None:
                raise RuntimeError(f"dockmeter ended with {self.process.returncode}:\n{self.log()}")
            with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE):
                return True
        wait_for(serving, interval=0.02, what="the port to open")

    def wait_ready(self):
        wait_for(lambda: self.get("/ready").status == 200, what="/ready to be 200")
        return self

    def get(self, path="/metrics", **kwargs):
        return request(self.port, path, **kwargs)

    def page(self, path="/metrics", **kwargs):
        """The parsed page."""
        from page import Page
        answer = self.get(path, **kwargs)
        assert answer.status == 200, answer.text
        return Page(answer.text)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def log_lines(self):
        """The log's lines as objects; any line that is none fails."""
        return [json.loads(line) for line in self.log().splitlines()]

    def rss_kb(self):
        return rss_kb(self.process.pid)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()

    def stop(self, how=signal.SIGTERM, timeout=PATIENCE):
        """Ends it as a service manager would and checks how it went."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"did not end within {timeout} s:\n{self.log()}") from None
        assert code == self.expected_exit, f"ended with {code}:\n{self.log()}"
        assert "Sanitizer" not in self.log(), self.log()


@contextlib.contextmanager
def dockmeter(*args, **kwargs):
    """A Dockmeter for the length of a with block; its end is checked too."""
    d = Dockmeter(*args, **kwargs)
    try:
        yield d
        d.stop()
    except BaseException:
        print(d.log()[-4000:])
        raise
    finally:
        d.kill()
