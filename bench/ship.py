"""Benchmarks of what is released: the static program's size, its memory under the DaemonSet's limit, its start."""
import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bed import BUILD, ROOT, bare_ms, hundred, made_up, measured_by
from gauge import CGROUPS, Cage, rss_by_mapping
from support import clean_env, free_port, request, rss_kb, wait_for

sys.path.insert(0, str(ROOT / "tests" / "deploy"))

import kustomization  # noqa: E402
import podcontainer  # noqa: E402
from releasedimage import load_released  # noqa: E402

STATIC = {arch: ROOT / f"build/static-{arch}/dockmeter" for arch in ("amd64", "arm64")}
SCRAPES = 200
STARTS = 21
PORT = 9200


def build_static(arch):
    """The released program; what tools/static says of its size is printed."""
    done = subprocess.run([ROOT / "tools/static", "--arch", arch], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def bench_size():
    for arch, program in STATIC.items():
        told = build_static(arch)
        size = program.stat().st_size
        print(f"size     {arch}: {size} bytes, static and stripped; ratio {size / 6_500_000:.2f} of 6,500,000 (aim: at most 1, and below "
              f"6,000,000)")
        print("".join(f"         {line}\n" for line in told.splitlines()[1:]), end="")


@contextlib.contextmanager
def released():
    """The static program of this machine's architecture as the one under test."""
    before = os.environ["DOCKMETER_BIN"]
    build_static("amd64")
    os.environ["DOCKMETER_BIN"] = str(STATIC["amd64"])
    try:
        yield STATIC["amd64"]
    finally:
        os.environ["DOCKMETER_BIN"] = before


def daemonset():
    """The pod's specification as it is sent to the API."""
    (found,) = kustomization.of_kind(kustomization.load(ROOT / "deploy/kubernetes/default"), "DaemonSet")
    return found["spec"]["template"]["spec"]


def number(text, key):
    found = re.search(rf"^{key} (\d+)", text, re.M)
    return int(found[1]) if found else 0


class Memory:
    """What a container's memory cgroup says, in kB."""

    def __init__(self, cid):
        self.v1 = (CGROUPS / "memory").exists()
        (self.folder,) = [path.parent for path in CGROUPS.rglob(f"*{cid}*/cgroup.procs") if not self.v1 or "memory" in path.parts[4:5]]

    def read(self, v1, v2):
        return int((self.folder / (v1 if self.v1 else v2)).read_text()) // 1024

    def parts(self):
        """(of programs, of files, of the kernel)"""
        stat = (self.folder / "memory.stat").read_text()
        kernel = self.read("memory.kmem.usage_in_bytes", "") if self.v1 else number(stat, "kernel") // 1024
        return number(stat, "rss" if self.v1 else "anon") // 1024, number(stat, "cache" if self.v1 else "file") // 1024, kernel

    def told(self):
        anon, files, kernel = self.parts()
        current = self.read("memory.usage_in_bytes", "memory.current")
        peak = self.read("memory.max_usage_in_bytes", "memory.peak")
        limit = self.read("memory.limit_in_bytes", "memory.max")
        return (f"memory.current {current} kB (memory of the program {anon}, files {files}, the kernel's {kernel}), at its peak {peak}, "
                f"of {limit}; ratio {peak / limit:.2f}")


def rollup(pid):
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return ", ".join(f"{name} {number(text, name + ': *')} kB" for name in ("Rss", "Pss", "Private_Dirty", "Anonymous"))


def settled(address, containers):
    """After many scrapes; a page's bytes."""
    wait_for(lambda: measured_by(request(address, "/metrics").text, "kernel") == containers, 60, 0.5, f"{containers} by the kernel")
    for _ in range(SCRAPES):
        answer = request(address, "/metrics")
    return len(answer.body)


def tell_memory(what, pid, memory, page):
    print(f"memory   {what}, {SCRAPES} scrapes of {page} bytes: RSS {rss_kb(pid)} kB")
    print(f"         {memory.told()}; {rollup(pid)}")
    for name, (rss, dirty) in rss_by_mapping(pid):
        if rss >= 100:
            print(f"         {name:20} {rss:6} kB ({dirty} private dirty)")


def bench_container():
    """The DaemonSet's pod beside 100 containers."""
    engine = hundred().engine
    with released(), tempfile.TemporaryDirectory() as folder:
        image = load_released(engine, folder)
    config = podcontainer.engine_config(daemonset(), image, {"/var/run/docker.sock": engine.socket})
    cid = engine.run("meter", **config)
    try:
        state = engine.inspect("meter")
        address = (state["NetworkSettings"]["IPAddress"], PORT)
        page = settled(address, len(engine.ids))
        tell_memory("the DaemonSet's pod, 100 real containers (aim: an RSS of at most 6,144 kB)", state["State"]["Pid"], Memory(cid), page)
    finally:
        engine.remove("meter")


def bench_thousand():
    """The same limit, 1,000 containers of a made-up host."""
    limit = podcontainer.memory_bytes(daemonset()["containers"][0]["resources"]["limits"]["memory"])
    for containers in (1000, 2000):
        with released() as program, made_up(containers) as (engine, host), tempfile.TemporaryFile() as log:
            cage = Cage("limited", memory=limit)
            port = free_port()
            with cage.inside():
                meter = subprocess.Popen([program, "--docker.host", f"unix://{engine.path}", "--server.port", str(port),
                                          "--collection.host_root", host.folder], env=clean_env(), stdout=log, stderr=log)
            try:
                wait_for(lambda p=port: request(p, "/ready").status == 200, 60)
                page = settled(port, containers)
                tell_memory(f"{containers} containers of a made-up host, the DaemonSet's limit", meter.pid, Memory(cage.name), page)
            finally:
                meter.terminate()
                meter.wait()
                cage.close()


def start_ms(program, socket):
    """Milliseconds from exec() to the first connection and to the end of the first scrape, processor time, bytes."""
    port = free_port()
    done = subprocess.run([BUILD / "start", str(port), program, "serve", "--server.port", str(port), "--server.address", "127.0.0.1",
                           "--log.level", "error", "--collection.source", "kernel", "--docker.host", f"unix://{socket}"],
                          stdout=subprocess.PIPE, text=True, check=True, env=clean_env())
    return tuple(map(float, done.stdout.split()))


def bench_start():
    """In turns with the bare client, since other work on the machine comes and goes."""
    engine = hundred().engine
    listing, inspects = ["/v1.41/containers/json?all=1"], [f"/v1.41/containers/{cid}/json" for cid in engine.ids.values()]
    rows = []
    with released() as program:
        for _ in range(STARTS):
            bare = {n: bare_ms(engine.socket, listing, 1) + bare_ms(engine.socket, inspects, n) for n in (1, 10)}
            rows.append((*start_ms(program, engine.socket), bare[1], bare[10]))
            time.sleep(0.2)
    reached, answered, spent, size, one, ten = (statistics.median(column) for column in zip(*rows))
    print(f"start    100 containers, by the kernel: listens {reached:.1f} ms after exec(), first scrape of {size:.0f} bytes answered after "
          f"{answered:.1f} ms, {spent:.1f} ms of processor time with its end")
    print(f"         list and inspects by a bare client one after another {one:.1f} ms, ratio {answered / one:.2f} (aim: at most 1.5); "
          f"ten at once {ten:.1f} ms, ratio {answered / ten:.2f}")
