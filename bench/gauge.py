"""What a process costs: processor time and kernel memory by a cgroup of its own, memory by mapping, system calls.

Works on cgroup v1, hybrid and v2, as root.
"""
import contextlib
import os
import re
import subprocess
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from support import wait_for

CGROUPS = Path("/sys/fs/cgroup")
STRACE = "/usr/bin/strace"


def own_cgroup(controller):
    """The folder that this process is in; controller "" is cgroup v2."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        if controller in names.split(","):
            return CGROUPS / controller / path[1:]
    raise RuntimeError(f"no cgroup of {controller or 'v2'}")


class Cage:
    """Cgroups of its own, in which processes can be started; the processor time and memory of all that are in it."""

    serial = 0

    def __init__(self, name, memory=None):
        """memory: its limit in bytes."""
        Cage.serial += 1
        self.v1 = (CGROUPS / "cpuacct").exists()
        self.controllers = ["cpuacct", "memory"] if self.v1 else [""]
        self.name = f"dmbench{os.getpid()}-{Cage.serial}-{name}"
        self.folders = [CGROUPS / controller / self.name for controller in self.controllers]
        for folder in self.folders:
            folder.mkdir()
        if memory:
            (self.folders[-1] / ("memory.limit_in_bytes" if self.v1 else "memory.max")).write_text(str(memory))

    @contextlib.contextmanager
    def inside(self):
        """What is started in the with block lives in it."""
        before = [own_cgroup(controller) for controller in self.controllers]
        try:
            self._move(self.folders)
            yield
        finally:
            self._move(before)

    @staticmethod
    def _move(folders):
        for folder in folders:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    def _number(self, name, key=None):
        text = (self.folders[-1] / name).read_text()
        return int(re.search(rf"^{key} (\d+)", text, re.M)[1] if key else text)

    def cpu_us(self):
        if self.v1:
            return int((self.folders[0] / "cpuacct.usage").read_text()) / 1000
        return self._number("cpu.stat", "usage_usec")

    def mem_bytes(self):
        return self._number("memory.usage_in_bytes" if self.v1 else "memory.current")

    def kernel_bytes(self):
        return self._number("memory.kmem.usage_in_bytes") if self.v1 else self._number("memory.stat", "slab")

    def close(self):
        """Its processes must have ended."""
        for folder in self.folders:
            with contextlib.suppress(AssertionError):
                wait_for(lambda f=folder: not f.exists() or f.rmdir() is None, 5, what="an empty cgroup")


def rss_by_mapping(pid):
    """RSS and private dirty kB by mapped file, from smaps."""
    rows = defaultdict(lambda: [0, 0])
    name = "?"
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        head = re.match(r"[0-9a-f]+-[0-9a-f]+ \S+ \S+ \S+ \d+\s*(.*)", line)
        if head:
            name = os.path.basename(head[1]) or "anonymous"
        elif line.startswith("Rss:"):
            rows[name][0] += int(line.split()[1])
        elif line.startswith("Private_Dirty:"):
            rows[name][1] += int(line.split()[1])
    return sorted(rows.items(), key=lambda row: -row[1][0])


@contextlib.contextmanager
def traced(pid, *options):
    """Lines of strace's output, complete after the with block."""
    lines = []
    with tempfile.NamedTemporaryFile("r", errors="replace") as out:
        with subprocess.Popen([STRACE, *options, "-p", str(pid), "-o", out.name], stderr=subprocess.DEVNULL) as tracer:
            try:
                wait_for(lambda: "TracerPid:\t0" not in Path(f"/proc/{pid}/status").read_text(), what="strace")
                time.sleep(0.2)
                yield lines
                time.sleep(0.2)
            finally:
                tracer.terminate()
        lines += out.read().splitlines()


def count_calls(pid, fn):
    """A Counter of the system calls that all threads of a process make while fn() runs."""
    with traced(pid, "-c", "-f") as lines:
        fn()
    # The last line is the total; the count of errors is a column that may be empty.
    rows = [line.split() for line in lines if re.match(r"\s*\d", line)]
    return Counter({row[-1]: int(row[3]) for row in rows if row[-1] != "total"})


def top(counts, per=1, most=8):
    return ", ".join(f"{n / per:.4g} {name}" for name, n in counts.most_common(most))


PREAD = re.compile(r"pread64\((\d+)<([^>]*)>, .*, 0\) += \d")
OPEN = re.compile(r'openat2?\((\d+)<([^>]*)>, "([^"]*)", .*\) += (\d+)<')
CLOSE = re.compile(r"close\((\d+)<")


def files_read(pid, fn):
    """What a process reads while fn() runs, in its order, as bare_kernel.c takes it."""
    with traced(pid, "-y", "-e", "trace=pread64,openat,openat2,close") as lines:
        fn()
    steps, opened = [], set()
    for line in lines:
        pread, opening, closing = PREAD.match(line), OPEN.match(line), CLOSE.match(line)
        if opening:
            opened.add(opening[4])
            steps.append(f"{'dir' if 'O_PATH' in line else 'file'} {opening[2]} {opening[3]}")
        elif closing:
            opened.discard(closing[1])
        elif pread and pread[1] not in opened:
            steps.append(f"held {pread[2]}")
    return steps
