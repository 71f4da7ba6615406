"""How the static program finds names: without the modules that a host's nsswitch.conf names, and without a stall.

Each Dockmeter runs in a mount namespace with /etc/resolv.conf, nsswitch.conf and hosts of the test's making, or with
nothing but its own file as its root.
"""
import contextlib
import os
import re
import shutil
import socket
import struct
import subprocess
import threading

import pytest

from fakeengine import FakeEngine
from support import DIE_WITH_US, binary, clean_env, end, free_port, request, wait_for

FOREIGN = "passwd: files systemd\nhosts: mymachines mdns4_minimal [NOTFOUND=return] resolve [!UNAVAIL=return] files myhostname dns\n"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="mount namespaces need root")


class NameServer:
    """A server on port 53 of a loopback address: answers A questions from a table, or nothing to anybody."""

    def __init__(self, address, table=None):
        self.address, self.table, self.questions = address, table, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((address, 53))
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                question, peer = self.socket.recvfrom(512)
                if not question:
                    return
                self.questions += 1
                if self.table is not None:
                    self.socket.sendto(self._answer(question), peer)

    def _answer(self, question):
        name, at = [], 12
        while question[at]:
            name.append(question[at + 1:at + 1 + question[at]].decode())
            at += 1 + question[at]
        asked, = struct.unpack(">H", question[at + 1:at + 3])
        found = self.table.get(".".join(name))
        records = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(found) if found and asked == 1 else b""
        head = question[:2] + struct.pack(">HHHHH", 0x8180 if found else 0x8183, 1, bool(records), 0, 0)
        return head + question[12:at + 5] + records

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RD)
        self.thread.join(5)
        self.socket.close()


@pytest.fixture
def name_server():
    """name_server(table) starts one on an address of its own; without a table it never answers."""
    servers = []

    def start(table=None):
        servers.append(NameServer(f"127.{53 + len(servers)}.{os.getpid() % 250}.{os.getpid() // 250 % 250}", table))
        return servers[-1]
    yield start
    for server in servers:
        server.close()


@pytest.fixture
def engine_port(tmp_path):
    """A fake Engine on TCP."""
    port = free_port()
    with FakeEngine(port):
        yield port


class Inside:
    """A Dockmeter that runs under strace in a mount namespace with these files over /etc's."""

    def __init__(self, folder, files, *args, port=None):
        self.port, self.trace = port or free_port(), folder / "trace"
        mounts = []
        for name, text in files.items():
            (folder / name).write_text(text)
            mounts.append(f"mount --bind {folder / name} /etc/{name}")
        for name in files:
            if not os.path.exists(f"/etc/{name}"):
                pytest.skip(f"there is no /etc/{name} to lay another one over")
        script = " && ".join([*mounts, 'exec "$@"'])
        argv = [*DIE_WITH_US, "unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", "strace", "-D", "-f", "-qq",
                "-e", "trace=openat,open,execve", "-o", self.trace, binary(), "--server.port", self.port, *args]
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen(list(map(str, argv)), stdout=self.log, stderr=self.log, env=clean_env())

    def get(self, path):
        return request(self.port, path)

    def wait_serving(self):
        wait_for(lambda: self.get("/health").status == 200, what="the page")
        return self

    def opened(self):
        return re.findall(r'open(?:at)?\([^"]*"([^"]*)"', self.trace.read_text())

    def assert_nothing_foreign(self):
        assert "execve" in self.trace.read_text()
        assert not [path for path in self.opened() if re.search(r"\.so(\.|$)|libnss|ld\.so", path)]

    def close(self):
        end(self.process)
        self.log.close()


@pytest.fixture
def inside(tmp_path):
    with contextlib.ExitStack() as stack:
        def start(files, *args):
            d = Inside(tmp_path, dict({"nsswitch.conf": FOREIGN}, **files), "--server.address", "127.0.0.1", *args)
            stack.callback(d.close)
            return d.wait_serving()
        yield start


def test_a_name_server_is_asked(inside, name_server, engine_port):
    server = name_server({"engine.example.test": "127.0.0.1"})
    d = inside({"resolv.conf": f"nameserver {server.address}\n"}, "--docker.host", f"tcp://engine.example.test:{engine_port}")
    wait_for(lambda: d.get("/ready").status == 200, what="the Engine behind the name")
    assert server.questions > 0
    d.assert_nothing_foreign()


@pytest.mark.parametrize("hosts,table", [("files mdns4_minimal resolve dns", None), ("mymachines resolve files dns", {})])
def test_the_hosts_file_is_read(inside, name_server, engine_port, hosts, table):
    """In the order of nsswitch.conf: before the name server, even a dead one, or behind one that does not know the name."""
    server = name_server(table)
    d = inside({"resolv.conf": f"nameserver {server.address}\n", "hosts": "127.0.0.1 localhost my-engine\n",
                "nsswitch.conf": f"hosts: {hosts}\n"}, "--docker.host", f"tcp://my-engine:{engine_port}")
    wait_for(lambda: d.get("/ready").status == 200, what="the Engine behind the name")
    assert (server.questions == 0) == (table is None)
    d.assert_nothing_foreign()


def test_a_dead_name_server_stalls_nobody(inside, name_server):
    """While the Engine's name is looked up and the server is silent, others are answered many times over."""
    server = name_server()
    d = inside({"resolv.conf": f"nameserver {server.address}\n"}, "--docker.host", "tcp://engine.example.test:2375")
    wait_for(lambda: server.questions > 0, what="a question")
    answered, asked = 0, server.questions
    while server.questions == asked:  # until it is asked again
        assert d.get("/health").status == 200
        answered += 1
    assert answered > 30, "answers between one question and the next"
    assert d.get("/ready").status == 503
    d.assert_nothing_foreign()


def test_a_name_that_does_not_exist_is_told(inside, name_server):
    server = name_server({})
    d = inside({"resolv.conf": f"nameserver {server.address}\n"}, "--docker.host", "tcp://nobody.example.test:2375")
    reason = wait_for(lambda: (a := d.get("/ready")).status == 503 and "yet" not in a.text and a.text)
    assert "resolve" in reason, reason


def test_listening_on_a_name(inside, name_server, tmp_path, engine_port):
    """The only question to the C library's resolver; it must not load what nsswitch.conf names either."""
    server = name_server({"listen.example.test": "127.0.0.1"})
    for name, hosts in (("listen.example.test", "127.0.0.1 localhost\n"), ("my-listen", "127.0.0.1 my-listen\n")):
        port, folder = free_port(), tmp_path / name
        folder.mkdir()
        d = Inside(folder, {"nsswitch.conf": FOREIGN, "resolv.conf": f"nameserver {server.address}\n", "hosts": hosts},
                   "--web.listen-address", f"{name}:{port}", "--docker.host", f"tcp://127.0.0.1:{engine_port}", port=port)
        try:
            d.wait_serving()
            d.assert_nothing_foreign()
        finally:
            d.close()
    assert server.questions > 0


@pytest.fixture
def empty_root(tmp_path):
    """empty_root(*args) runs the program as the only file of its root; gives its port."""
    root = tmp_path / "root"
    root.mkdir()
    shutil.copy(binary(), root / "dockmeter")
    started = []

    def start(*args):
        port = free_port()
        with open(tmp_path / "log", "wb") as log:
            started.append(subprocess.Popen([*DIE_WITH_US, "/usr/sbin/chroot", root, "/dockmeter", "--server.port", str(port),
                                             "--server.address", "127.0.0.1", *args], stdout=log, stderr=log, env=clean_env()))
        wait_for(lambda: request(port, "/health").status == 200, what="the page")
        return port
    yield start
    for process in started:
        end(process)
    shutil.rmtree(root)


def test_localhost_in_an_empty_root(empty_root, engine_port):
    port = empty_root("--docker.host", f"tcp://localhost:{engine_port}")
    wait_for(lambda: request(port, "/ready").status == 200, what="the Engine at localhost")


def test_a_name_in_an_empty_root_is_no_end(empty_root):
    port = empty_root("--docker.host", "tcp://engine.example.test:2375")
    wait_for(lambda: request(port, "/ready").status == 503 and "yet" not in request(port, "/ready").text, what="the reason")
    assert "exporter_up 0\n" in request(port, "/metrics").text
