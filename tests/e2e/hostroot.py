#!/usr/bin/python3
"""A host root that is made up: /proc and /sys/fs/cgroup of N containers, whose numbers follow from n.

    host = HostRoot(folder, "v2")                     # v1, v2 or hybrid; "systemd" is v2 with scopes
    host.add(7, container_id(7), pid)
    host.expected(cid)                                # {(family, labels): value} as a page has it
    host.bump(cid)                                    # every counter grows
    host.spoil(cid, "memory.current", "garbage")      # and heal(cid)

Files are written in place, as a kernel's change, so that a reader may hold them open. A FakeEngine
that is given a HostRoot adds and removes its containers here. Standalone, for benchmarks:
hostroot.py DIR N [MODE]: containers 1 to N with the pids of fakeengine.py.
"""
import contextlib
import os
import shutil
import sys
from pathlib import Path

from fakeanswers import container_id, first_pid

MODES = ("v1", "v2", "hybrid", "systemd")
MEM_TOTAL = 1 << 34
UNLIMITED = 9223372036854771712  # what cgroup v1 has for no limit
GARBAGE = "\0\1\xff no such thing\n-1\n99999999999999999999999999 x\n"


def first_numbers(n):
    """A container's numbers before anything moved; what is counted is in COUNTERS."""
    return {
        "cpu_us": 1_000_000 + 1000 * n, "user_ticks": 20 + n % 1000, "system_ticks": 10 + n % 500,
        "periods": 30 + n, "throttled": n % 7, "throttled_us": 10 * n,
        "usage": (256 + n) * 4096, "peak": (300 + n) * 4096, "limit": (512 << 20) if n % 2 else None,
        "cache": (1 + n % 64) * 4096, "inactive_file": n % 64 * 4096, "rss": (100 + n) * 4096, "swap": n % 16 * 4096,
        "mapped": n % 8 * 4096, "kernel": (1 + n % 32) * 4096, "faults": 100 + n, "major": n % 10, "failcnt": n % 5,
        "oom_kill": 0, "pids": 2 + n % 50, "pids_limit": 100 + n if n % 3 else None,
        "reads": 5 + n, "writes": 6 + 2 * n, "read_bytes": 512 * n, "written_bytes": 1024 * n,
        "cpu_some": 11 * n, "cpu_full": 7 * n, "memory_some": 5 * n, "memory_full": 3 * n, "io_some": 2 * n, "io_full": n,
        "rx_bytes": 100 * n, "rx_packets": 2 * n, "rx_errors": n % 3, "rx_dropped": n % 4,
        "tx_bytes": 200 * n, "tx_packets": 3 * n, "tx_errors": n % 5, "tx_dropped": n % 6}


COUNTERS = ("cpu_us user_ticks system_ticks periods throttled throttled_us faults major failcnt reads writes read_bytes "
            "written_bytes cpu_some cpu_full memory_some memory_full io_some io_full rx_bytes rx_packets rx_errors "
            "rx_dropped tx_bytes tx_packets tx_errors tx_dropped").split()

PRESSURE = {f"{what}.pressure": "some avg10=0.10 avg60=0.56 avg300=0.20 total={%s_some}\n"
                                "full avg10=0.07 avg60=0.41 avg300=0.15 total={%s_full}\n" % (what, what)
            for what in ("cpu", "memory", "io")}
BLKIO = ("8:0 Read {%s}\n8:0 Write {%s}\n8:0 Sync {%s}\n8:0 Async 0\n8:0 Discard 0\n8:0 Total 0\nTotal 0\n")
MEMORY_STAT_V1 = "".join(f"{prefix}{key} {{{name}}}\n" for prefix in ("", "total_") for key, name in [
    ("cache", "cache"), ("rss", "rss"), ("mapped_file", "mapped"), ("swap", "swap"), ("pgfault", "faults"),
    ("pgmajfault", "major"), ("inactive_file", "inactive_file")])

V2_FILES = {
    "cgroup.procs": "{pid}\n", "cgroup.controllers": "cpuset cpu io memory pids\n",
    "cpu.stat": "usage_usec {cpu_us}\nuser_usec {user_us}\nsystem_usec {system_us}\nnr_periods {periods}\n"
                "nr_throttled {throttled}\nthrottled_usec {throttled_us}\nnr_bursts 0\nburst_usec 0\n",
    "cpu.max": "max 100000\n", "cpu.weight": "100\n",
    "memory.current": "{usage}\n", "memory.peak": "{peak}\n", "memory.max": "{limit_v2}\n",
    "memory.swap.current": "{swap}\n", "memory.swap.max": "max\n",
    "memory.stat": "anon {rss}\nfile {cache}\nkernel {kernel}\nkernel_stack 16384\nfile_mapped {mapped}\n"
                   "inactive_anon 0\nactive_anon {rss}\ninactive_file {inactive_file}\nactive_file 4096\n"
                   "pgfault {faults}\npgmajfault {major}\n",
    "memory.events": "low 0\nhigh 0\nmax 0\noom {failcnt}\noom_kill {oom_kill}\noom_group_kill 0\n",
    "io.stat": "8:0 rbytes={read_bytes} wbytes={written_bytes} rios={reads} wios={writes} dbytes=0 dios=0\n",
    "pids.current": "{pids}\n", "pids.max": "{pids_max}\n", **PRESSURE}
V1_FILES = {
    "cpu": {"cpu.stat": "nr_periods {periods}\nnr_throttled {throttled}\nthrottled_time {throttled_ns}\n",
            "cpu.shares": "1024\n", "cpu.cfs_quota_us": "-1\n", "cpu.cfs_period_us": "100000\n"},
    "cpuacct": {"cpuacct.usage": "{cpu_ns}\n", "cpuacct.stat": "user {user_ticks}\nsystem {system_ticks}\n"},
    "memory": {"memory.usage_in_bytes": "{usage}\n", "memory.max_usage_in_bytes": "{peak}\n",
               "memory.limit_in_bytes": "{limit_v1}\n", "memory.failcnt": "{failcnt}\n",
               "memory.kmem.usage_in_bytes": "{kernel}\n",
               "memory.memsw.usage_in_bytes": "{usage}\n", "memory.memsw.limit_in_bytes": f"{UNLIMITED}\n",
               "memory.stat": MEMORY_STAT_V1,
               "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill {oom_kill}\n"},
    "blkio": {"blkio.throttle.io_service_bytes_recursive": BLKIO % (("read_bytes", "written_bytes") + ("written_bytes",)),
              "blkio.throttle.io_serviced_recursive": BLKIO % (("reads", "writes") + ("writes",))},
    "pids": {"pids.current": "{pids}\n", "pids.max": "{pids_max}\n"}}
UNIFIED_FILES = {"cgroup.controllers": "", "cgroup.procs": "{pid}\n", **PRESSURE,
                 "cpu.stat": "usage_usec {cpu_us}\nuser_usec {user_us}\nsystem_usec {system_us}\n"}
NET_DEV = ("Inter-|   Receive                                                |  Transmit\n"
           " face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls "
           "carrier compressed\n"
           "    lo:     555       5    0    0    0     0          0         0      555       5    0    0    0     0       0 "
           "         0\n"
           "  eth0: {rx_bytes} {rx_packets} {rx_errors} {rx_dropped} 0 0 0 0 "
           "{tx_bytes} {tx_packets} {tx_errors} {tx_dropped} 0 0 0 0\n")
HOST_FILES = {
    "proc/meminfo": f"MemTotal:       {MEM_TOTAL // 1024} kB\nMemFree:        1000 kB\n", "proc/uptime": "1000.00 1000.00\n",
    "proc/stat": "cpu  1000 0 1000 1000 0 0 0 0 0 0\nbtime 1700000000\n",
    "proc/swaps": "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n",
    "proc/diskstats": "   8       0 sda 1 0 2 3 4 5 6 7 0 8 9 0 0 0 0 0 0\n",
    "proc/cgroups": "#subsys_name\thierarchy\tnum_cgroups\tenabled\n" + "".join(
        f"{c}\t{{hierarchy}}\t9\t1\n" for c in ("cpu", "cpuacct", "memory", "blkio", "pids"))}
V2_TOP = {"cgroup.controllers": "cpuset cpu io memory pids\n", "cgroup.subtree_control": "cpuset cpu io memory pids\n",
          "cgroup.procs": "1\n", "cpu.stat": "usage_usec 9000000\nuser_usec 5000000\nsystem_usec 4000000\n",
          "memory.stat": "anon 4096\nfile 4096\n", "io.stat": "8:0 rbytes=1 wbytes=1 rios=1 wios=1 dbytes=0 dios=0\n"}


def write(path, text):
    """In place: a file that is held open has the new text too."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    data = text.encode("utf-8", "surrogateescape")
    os.write(fd, data)
    os.ftruncate(fd, len(data))
    os.close(fd)


class HostRoot:
    """The folder and what is in it; containers by id."""

    def __init__(self, folder, mode="v2"):
        assert mode in MODES, mode
        self.folder, self.mode = Path(folder), mode
        self.v2 = mode in ("v2", "systemd")
        self.containers = {}  # id -> [pid, numbers]
        self.cgroups = self.folder / "sys/fs/cgroup"
        self.parent = "system.slice" if mode == "systemd" else "docker"
        self._host_files()

    def _host_files(self):
        for path in ("proc/1/net", "proc/self", "sys/fs/cgroup"):
            (self.folder / path).mkdir(parents=True)
        for path, text in HOST_FILES.items():
            write(self.folder / path, text.replace("{hierarchy}", "0" if self.v2 else "1"))
        for pid in ("1", "self"):
            write(self.folder / "proc" / pid / "cgroup", self._membership("/init.scope" if self.v2 else "/"))
            write(self.folder / "proc" / pid / "mountinfo", self._mountinfo())
        write(self.folder / "proc/1/net/dev", NET_DEV.format(**first_numbers(9999)))
        for path in self._trees():
            path.mkdir()
            (path / self.parent).mkdir()
        if self.mode == "v1":
            for link in ("cpu", "cpuacct"):
                (self.cgroups / link).symlink_to("cpu,cpuacct")
        if self.v2:
            for folder in (self.cgroups, self.cgroups / self.parent):
                for name, text in V2_TOP.items():
                    write(folder / name, text)
        elif self.mode == "hybrid":
            write(self.cgroups / "unified/cgroup.controllers", "")

    def _trees(self):
        """The mounted hierarchies; of v2 there is one, the folder itself."""
        if self.v2:
            (self.cgroups / self.parent).mkdir()
            return []
        names = {"v1": ["cpu,cpuacct"], "hybrid": ["cpu", "cpuacct", "unified"]}[self.mode] + ["memory", "blkio", "pids"]
        return [self.cgroups / name for name in names]

    def _membership(self, path):
        """A /proc/<pid>/cgroup."""
        if self.v2:
            return f"0::{path}\n"
        names = ["name=systemd", "pids", "blkio", "memory"] + (["cpu,cpuacct"] if self.mode == "v1" else ["cpuacct", "cpu"])
        lines = [f"{len(names) - i}:{name}:{path}\n" for i, name in enumerate(names)]
        return "".join(lines) + (f"0::{path}\n" if self.mode == "hybrid" else "")

    def _mountinfo(self):
        lines = ["22 27 0:21 / /proc rw,relatime - proc proc rw", "23 27 0:22 / /sys rw,relatime - sysfs sysfs rw"]
        if self.v2:
            lines.append("31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw")
        else:
            lines.append("31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755")
            names = ["cpu,cpuacct"] if self.mode == "v1" else ["cpu", "cpuacct"]
            lines += [f"{32 + i} 31 0:{29 + i} / /sys/fs/cgroup/{name} rw,relatime - cgroup cgroup rw,{name}"
                      for i, name in enumerate(names + ["memory", "blkio", "pids"])]
            if self.mode == "hybrid":
                lines.append("40 31 0:40 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw")
        return "\n".join(lines) + "\n"

    def cgroup(self, cid):
        """A container's path below its hierarchies, as /proc/<pid>/cgroup has it."""
        return f"/{self.parent}/docker-{cid}.scope" if self.mode == "systemd" else f"/{self.parent}/{cid}"

    def folders(self, cid):
        """{folder: {file name: template}} of a container's cgroups."""
        below = self.cgroup(cid)[1:]
        if self.v2:
            return {self.cgroups / below: V2_FILES}
        names = {c: "cpu,cpuacct" if self.mode == "v1" and c.startswith("cpu") else c for c in V1_FILES}
        folders = {}
        for controller, files in V1_FILES.items():
            folders.setdefault(self.cgroups / names[controller] / below, {}).update(files)
        if self.mode == "hybrid":
            folders[self.cgroups / "unified" / below] = UNIFIED_FILES
        return folders

    def proc(self, cid):
        return self.folder / f"proc/{self.containers[cid][0]}"

    def path(self, cid, name):
        """The path of one of a container's files by its name; "cgroup" and "net/dev" are its process's."""
        if name in ("cgroup", "net/dev"):
            return self.proc(cid) / name
        return next(folder / name for folder, files in self.folders(cid).items() if name in files)

    def numbers(self, cid):
        return self.containers[cid][1]

    @staticmethod
    def _values(pid, numbers):
        """All that the templates name."""
        n = numbers
        return dict(n, pid=pid, user_us=n["user_ticks"] * 10_000 + 1, system_us=n["system_ticks"] * 10_000 + 2,
                    cpu_ns=n["cpu_us"] * 1000 + 7, throttled_ns=n["throttled_us"] * 1000 + 3,
                    limit_v2=n["limit"] or "max", limit_v1=n["limit"] or UNLIMITED, pids_max=n["pids_limit"] or "max")

    def _write(self, cid):
        values = self._values(*self.containers[cid])
        for folder, files in self.folders(cid).items():
            base = f"{folder}/"
            for name, template in files.items():
                write(base + name, template.format_map(values))
        write(self.proc(cid) / "net/dev", NET_DEV.format_map(values))

    # What a kernel does.
    def add(self, n, cid, pid):
        """A container's process and cgroups appear; its counters begin anew."""
        self.containers[cid] = [pid, first_numbers(n)]
        for folder in self.folders(cid):
            os.mkdir(folder)
        os.makedirs(self.proc(cid) / "net")
        self._write(cid)
        write(self.proc(cid) / "cgroup", self._membership(self.cgroup(cid)))

    def remove(self, cid):
        """Both are gone."""
        if cid in self.containers:
            for folder in [self.proc(cid), *self.folders(cid)]:
                shutil.rmtree(folder, ignore_errors=True)
            del self.containers[cid]

    def set(self, cid, **numbers):
        self.numbers(cid).update(numbers)
        self._write(cid)

    def bump(self, cid, by=1000):
        self.set(cid, **{key: self.numbers(cid)[key] + by for key in COUNTERS})

    # What else may befall a file. The files are replaced, so a reader that held the old one sees it as removed.
    def spoil(self, cid, name, how):
        """how: missing, empty, garbage, long, cut, link, fifo, folder, loop."""
        path = self.path(cid, name)
        text = path.read_text()
        if how in ("empty", "garbage", "long", "cut"):
            write(path, {"empty": "", "garbage": GARBAGE, "long": "7" * (1 << 20) + "\n", "cut": text[:len(text) // 2]}[how])
            return
        path.unlink()
        if how == "link":
            outside = self.folder.parent / f"outside-{cid}"
            outside.write_text(text.replace("1", "9"))
            path.symlink_to(outside)
        elif how == "loop":
            path.symlink_to(path.name)
        elif how == "fifo":
            os.mkfifo(path)
        elif how == "folder":
            path.mkdir()
        else:
            assert how == "missing", how

    def hide(self, cid):
        """All files of its cgroups are gone, the folders and the process stay."""
        for folder, files in self.folders(cid).items():
            for name in files:
                with contextlib.suppress(OSError):
                    os.unlink(folder / name)

    def reborn(self, cid, membership):
        """The container ended unseen, and its pid is that of another process now."""
        for folder in [self.proc(cid), *self.folders(cid)]:
            shutil.rmtree(folder)
        (self.proc(cid) / "net").mkdir(parents=True)
        write(self.proc(cid) / "cgroup", membership)

    def heal(self, cid):
        """All files as they should be."""
        for folder, files in self.folders(cid).items():
            folder.mkdir(parents=True, exist_ok=True)
            for path in [folder / name for name in files] + [self.proc(cid) / "net/dev", self.proc(cid) / "cgroup"]:
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                elif path.is_symlink() or path.is_fifo():
                    path.unlink()
        (self.proc(cid) / "net").mkdir(parents=True, exist_ok=True)
        self._write(cid)
        write(self.proc(cid) / "cgroup", self._membership(self.cgroup(cid)))

    # What a page should say.
    def expected(self, cid, network=True):
        """{(family, sorted labels without the container's own): value}; a family that is absent is not in it."""
        n = self._values(*self.containers[cid])
        cpu = "cpu_us" if self.v2 else "cpu_ns"
        nanoseconds = {
            "container_cpu_usage_seconds_total": n[cpu] * (1000 if self.v2 else 1),
            "container_cpu_user_seconds_total": n["user_us"] * 1000 if self.v2 else n["user_ticks"] * 10**7,
            "container_cpu_system_seconds_total": n["system_us"] * 1000 if self.v2 else n["system_ticks"] * 10**7,
            "container_cpu_throttled_seconds_total": n["throttled_us"] * 1000 if self.v2 else n["throttled_ns"]}
        if self.mode != "v1":
            nanoseconds |= {f"container_pressure_{what}_{word}_seconds_total": n[f"{what}_{level}"] * 1000
                            for what in ("cpu", "memory", "io") for word, level in (("waiting", "some"), ("stalled", "full"))}
        values = {(family, ()): ns / 1e9 for family, ns in nanoseconds.items()}
        values |= {(f"container_{family}", ()): n[key] for family, key in [
            ("cpu_periods_total", "periods"), ("cpu_throttling_periods_total", "throttled"), ("memory_usage_bytes", "usage"),
            ("memory_peak_bytes", "peak"), ("memory_cache_bytes", "cache"), ("memory_rss_bytes", "rss"),
            ("memory_swap_bytes", "swap"), ("memory_mapped_file_bytes", "mapped"), ("memory_failcnt", "failcnt"),
            ("memory_kernel_bytes", "kernel"), ("pids_current", "pids"), ("pids_limit", "pids_limit")]
            if n[key] is not None}
        values["container_memory_limit_bytes", ()] = n["limit"] or MEM_TOTAL
        values["container_memory_working_set_bytes", ()] = max(0, n["usage"] - n["inactive_file"])
        faults = {"minor": n["faults"] - n["major"], "major": n["major"]}
        values |= {("container_memory_page_faults_total", (("type", t),)): v for t, v in faults.items()}
        disk = (("device", "8:0"),)
        values |= {(f"container_fs_{what}_total", disk): n[key] for what, key in [
            ("reads", "reads"), ("writes", "writes"), ("reads_bytes", "read_bytes"), ("writes_bytes", "written_bytes")]}
        if network:
            values |= {(f"container_network_{way}_{what}_total", (("interface", "eth0"),)): n[f"{short}_{what}"]
                       for way, short in (("receive", "rx"), ("transmit", "tx"))
                       for what in ("bytes", "packets", "errors", "dropped")}
        return values


def main():
    folder, count, mode = sys.argv[1], int(sys.argv[2]), (sys.argv[3:] or ["v2"])[0]
    host = HostRoot(folder, mode)
    for n in range(1, count + 1):
        host.add(n, container_id(n), first_pid(n))


if __name__ == "__main__":
    main()
