"""Benchmarks of the kernel as the source, each against its reference."""
import contextlib
import itertools
import statistics
import subprocess
import tempfile
import threading
import time
from collections import Counter

from bed import BUILD, STEADY, bare_kernel, hundred, made_up, meter, scrape
from gauge import Cage, count_calls, files_read, top
from support import peak_kb

ROUNDS = 301
SPAN_S = 30


def medians(rows):
    """Of the columns: the scrape in ms, the loop in ms, the page's bytes."""
    scrapes, loops, sizes = zip(*rows)
    return statistics.median(scrapes) / 1000, statistics.median(loops) / 1000, int(sizes[-1])


def best_ratio(rows):
    """The ratio of the fastest tenths: what it is when nothing else runs on the machine."""
    scrapes, loops, _ = (sorted(column) for column in zip(*rows))
    return scrapes[len(rows) // 10] / loops[len(rows) // 10]


def real(source, *args):
    return meter(hundred().engine.socket, *STEADY, *args, source=source, containers=100)


def steps_of(d):
    """What a steady scrape reads."""
    scrape(d)
    return files_read(d.process.pid, lambda: scrape(d))


def told(steps):
    kinds = Counter(step.split()[0] for step in steps)
    return f"{kinds['held']} held files, {kinds['file']} opened ones" + (f", {kinds['dir']} directories" if kinds["dir"] else "")


def bench_kernel():
    with real("kernel") as (d, cage):
        steps = steps_of(d)
        for pause_ms, rounds, what in ((0, ROUNDS, "one after another"), (500, 21, "half a second apart")):
            rows = bare_kernel(d, steps, rounds, pause_ms)[1:]
            ours, bare, size = medians(rows)
            print(f"kernel   100 containers, {told(steps)}, page {size} bytes, {what}: {ours:.2f} ms; bare loop {bare:.2f} ms; "
                  f"ratio {ours / bare:.2f}, of the fastest tenths {best_ratio(rows):.2f} (aim: at most 1.5, and 10 ms)")
        print(f"         RSS {d.rss_kb()} kB; its cgroup {cage.mem_bytes() // 1024} kB, of it kernel memory "
              f"{cage.kernel_bytes() // 1024} kB")


def bench_sources():
    with real("kernel") as (d, _):
        kernel = medians(bare_kernel(d, [], ROUNDS)[1:])[0]
    with real("engine") as (d, _):
        engine = medians(bare_kernel(d, [], 12)[1:])[0]
    print(f"sources  a scrape of 100 containers by the kernel {kernel:.2f} ms, by the API of Engine 20.10 {engine:.0f} ms; "
          f"ratio {engine / kernel:.0f} (aim: at least 100)")


def spend(cages, interval_s, d):
    """µs of processor time of each cage in one span, with a scrape at its beginning, or without."""
    before = [cage.cpu_us() for cage in cages]
    end = time.monotonic() + interval_s
    if d:
        scrape(d)
    time.sleep(max(0, end - time.monotonic()))
    return [cage.cpu_us() - us for cage, us in zip(cages, before)]


def cpu_of(source, scrapes, interval_s):
    """Medians of a scrape's ms in Dockmeter and in the Engine, and the middle half of the latter: from pairs of spans with a
    scrape and without, in turns, since an Engine's idle share comes and goes."""
    with real(source) as (d, cage):
        cages = [cage, hundred().cage]
        scrape(d)
        pairs = [(spend(cages, interval_s, None), spend(cages, interval_s, d)) for _ in range(scrapes)]
    ours, engines = ([(busy[i] - idle[i]) / 1000 for idle, busy in pairs] for i in range(2))
    low, median, high = statistics.quantiles(engines, n=4)
    return statistics.median(ours), median, f"{low:.1f} to {high:.1f}"


def bench_cpu():
    kernel, kernel_engine, kernel_half = cpu_of("kernel", 50, 1)
    api, api_engine, api_half = cpu_of("engine", 20, 2)
    print(f"cpu      processor time of a scrape of 100 containers, idle share subtracted: by the kernel {kernel:.2f} ms and "
          f"{kernel_engine:.2f} ms of the Engine's processes (half of the scrapes: {kernel_half}); by the API {api:.1f} and "
          f"{api_engine:.1f} ms ({api_half}); ratio 1/{(api + api_engine) / (kernel + max(0, kernel_engine)):.0f} "
          f"(aim: at most 1/20)")


def growth_at(n):
    """For n containers: medians of the scrape and the bare loop in µs a container; bytes of what memory there is."""
    with made_up(n) as (engine, host):
        with meter(engine.path, *STEADY, "--collection.host_root", host.folder, source="kernel", containers=n) as (d, cage):
            steps = steps_of(d)
            rows = bare_kernel(d, steps, max(9, 30000 // n))[1:]
            ours, bare, size = medians(rows)
            return {"steps": steps, "ours": ours / n * 1000, "bare": bare / n * 1000, "best": best_ratio(rows), "page": size,
                    "rss": d.rss_kb() * 1024, "peak": peak_kb(d.process.pid) * 1024, "kernel": cage.kernel_bytes()}


def bench_growth():
    sizes = (100, 1000, 5000)
    rows = {}
    for n in sizes:
        row = rows[n] = growth_at(n)
        print(f"growth   {n:5} containers of a made-up host: {row['ours']:.1f} µs a container, bare loop {row['bare']:.1f} µs, "
              f"ratio {row['ours'] / row['bare']:.2f}, of the fastest tenths {row['best']:.2f}; RSS {row['rss'] // 1024} kB, "
              f"at its peak {row['peak'] // 1024} kB; {told(row['steps'])}", flush=True)
    for few, many in itertools.pairwise(sizes):
        first, then = rows[few], rows[many]
        each = {key: (then[key] - first[key]) / (many - few) for key in ("rss", "peak", "page", "kernel")}
        print(f"         {few} to {many}: {then['ours'] / first['ours']:.2f} times the time a container, the bare loop "
              f"{then['bare'] / first['bare']:.2f} (aim: the same within 10 %); each further one {each['peak'] - each['page']:.0f} "
              f"bytes of RSS at its peak besides {each['page']:.0f} of text (aim: at most 4096), {each['rss']:.0f} of RSS "
              f"between scrapes, {each['kernel']:.0f} of kernel memory")


def bench_calls():
    with real("kernel") as (d, _):
        steps = steps_of(d)
        counts = count_calls(d.process.pid, lambda: bare_kernel(d, [], 20))
    kinds = Counter(step.split()[0] for step in steps)
    needed = kinds["held"] + 3 * kinds["file"] + 2 * kinds["dir"]
    print(f"calls    {counts.total() / 20:.0f} system calls a scrape of 100 containers, {counts.total() / 2000:.2f} a container; "
          f"{needed / 100:.2f} of them read: {kinds['held'] / 100:.2f} held files at one call, {kinds['file'] / 100:.2f} opened "
          f"ones at three; the others: {(counts.total() / 20 - needed):.0f} a scrape, whatever its size")
    print(f"         {top(counts, 20)}")


@contextlib.contextmanager
def events():
    """A container of the Engine is paused and resumed in turns, one event each second."""
    stop = threading.Event()

    def go_on():
        for i in itertools.count():
            if stop.wait(1):
                return
            hundred().engine.api("POST", f"/containers/c000/{('pause', 'unpause')[i % 2]}")
    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        if hundred().engine.inspect("c000")["State"]["Paused"]:
            hundred().engine.api("POST", "/containers/c000/unpause")


def idle_span(what, happening):
    """One Dockmeter for its processor time, another one for its system calls, since strace costs time."""
    with real("kernel") as (_, cage), real("kernel") as (traced, _), happening:
        time.sleep(2)
        before = cage.cpu_us()
        start = time.monotonic()
        counts = count_calls(traced.process.pid, lambda: time.sleep(SPAN_S))
        us = (cage.cpu_us() - before) / (time.monotonic() - start)
    print(f"idle     {SPAN_S} s, 100 containers, {what}: {us:.0f} µs of processor time a second ({us / 1e4:.3f} %), "
          f"{counts.total() / SPAN_S:.1f} system calls a second: {top(counts, SPAN_S)}")
    return us


def bench_idle():
    quiet = idle_span("no events, a ping every 5 s", contextlib.nullcontext())
    busy = idle_span("and one event each second, inspected", events())
    print(f"         so a ping and a wake-up cost {quiet * 5:.0f} µs, an event {busy - quiet:.0f} µs; ratio {busy / quiet:.1f}")


def bench_read():
    with real("kernel") as (d, _):
        paths = [step.split()[1] for step in steps_of(d) if step.startswith("held ")]
    cage = Cage("read")
    with tempfile.NamedTemporaryFile("w") as file:
        file.write("".join(f"{path}\n" for path in paths))
        file.flush()
        with cage.inside():
            process = subprocess.Popen([BUILD / "read", file.name, "101"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with process:
            rows = {}
            for line in process.stdout:
                name, us, descriptors = line.split()
                rows[name] = (float(us) / 100, int(descriptors), cage.kernel_bytes())
                process.stdin.write("\n")
                process.stdin.flush()
    cage.close()
    base = rows["start"][2]
    for name, what in (("path", "open by the whole path, read, close"), ("below", "the same below a held directory"),
                       ("held", "held open, pread")):
        us, descriptors, kernel = rows[name]
        print(f"read     {len(paths) / 100:.0f} files a container, {what}: {us:.1f} µs a container, {us / rows['path'][0]:.2f} of the "
              f"first; {descriptors / 100:.0f} descriptors with {(kernel - base) / 100 / 1024:.1f} kB of kernel memory")
