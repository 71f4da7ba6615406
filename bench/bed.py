"""What benchmarks run on: the programs, a real Engine with 100 containers, made-up hosts, Dockmeters, bare clients."""
import atexit
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "bench"
BARE = ("bare", "bare_kernel", "read", "start")
os.environ.setdefault("DOCKMETER_BIN", str(BUILD / "dockmeter"))
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from fakeengine import FakeEngine  # noqa: E402
from gauge import Cage  # noqa: E402
from hostroot import HostRoot  # noqa: E402
from realengine import Engine  # noqa: E402
from support import dockmeter, wait_for  # noqa: E402

PATIENT = {"X-Prometheus-Scrape-Timeout-Seconds": "60"}
# No work in the background but what the Engine's state and events ask for.
STEADY = ("--collection.system_interval", "1h", "--collection.resync", "1h")


def build():
    """An ordinary optimised build (or DOCKMETER_BIN), and the bare programs."""
    if not (BUILD / "build.ninja").exists():
        subprocess.run(["/usr/bin/meson", "setup", "-Dbuildtype=release", BUILD, ROOT], check=True, stdout=subprocess.DEVNULL)
    own = [] if os.environ["DOCKMETER_BIN"] != str(BUILD / "dockmeter") else ["dockmeter"]
    subprocess.run(["/usr/bin/ninja", "-C", BUILD, "bench_encode", "bench_parse", "bench_profiles", *own], check=True, stdout=subprocess.DEVNULL)
    for name in BARE:
        subprocess.run(["/usr/bin/gcc", "-D_GNU_SOURCE", "-O2", "-o", BUILD / name, ROOT / "bench" / f"{name}.c"], check=True)


class Hundred:
    """A private Engine in a cage of its own, with 100 idle containers."""

    made = None

    def __init__(self):
        self.cage = Cage("engine")
        self.engine = Engine()
        with self.cage.inside():
            self.engine.start()
        self.engine.load_busybox()
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda i: self.engine.run(f"c{i:03}", Cmd=["sleep", "100000"]), range(100)))

    def close(self):
        self.engine.close()
        self.cage.close()


def hundred():
    """The one of this run; its end is the program's."""
    if Hundred.made is None:
        atexit.register(lambda: Hundred.made and Hundred.made.close())
        Hundred.made = Hundred()
    return Hundred.made


@contextlib.contextmanager
def made_up(containers):
    """A fake Engine whose containers are files in memory: (Engine, HostRoot)."""
    folder = tempfile.mkdtemp(prefix="dm-bench-", dir="/dev/shm")
    try:
        host = HostRoot(f"{folder}/root", "v2")
        with FakeEngine(f"{folder}/engine.sock", containers=containers, api="1.47", version="27.3.1", host=host) as engine:
            yield engine, host
    finally:
        shutil.rmtree(folder)


def measured_by(page, source):
    found = re.search(rf'^exporter_containers{{[^}}]*source="{source}"[^}}]*}} (\d+)$', page, re.M)
    return int(found[1]) if found else 0


@contextlib.contextmanager
def meter(socket, *args, source, containers):
    """A Dockmeter in a cage of its own that has seen all containers through this source: (Dockmeter, Cage)."""
    cage = Cage(source)
    try:
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            with cage.inside():
                d = stack.enter_context(dockmeter(folder, socket, "--collection.source", source, *args))
            d.wait_ready(60)
            wait_for(lambda: measured_by(scrape(d)[1].text, source) == containers, 60, 0.5, f"{containers} by {source}")
            time.sleep(0.5)
            yield d, cage
    finally:
        cage.close()


def scrape(d):
    """(milliseconds, answer); with the cost of a client in Python, so not for what takes a few milliseconds."""
    start = time.monotonic()
    answer = d.get("/metrics", headers=PATIENT)
    assert answer.status == 200
    return (time.monotonic() - start) * 1000, answer


def bare_ms(socket, targets, parallel):
    """Milliseconds that the bare client takes for these targets of an Engine."""
    done = subprocess.run([BUILD / "bare", str(socket), str(parallel)], input="\n".join(targets) + "\n", text=True,
                          capture_output=True, check=True)
    return float(done.stdout)


def bare_kernel(d, steps, rounds, pause_ms=0):
    """A row for each round: µs of a scrape, µs of the bare loop over these steps, bytes of the page."""
    done = subprocess.run([BUILD / "bare_kernel", str(d.port), str(rounds), str(pause_ms)],
                          input="".join(f"{step}\n" for step in steps), text=True, stdout=subprocess.PIPE, check=True)
    return [tuple(map(float, line.split())) for line in done.stdout.splitlines()]
