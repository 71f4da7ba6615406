"""Benchmarks of the Engine's API as the source, and of the encoding."""
import contextlib
import statistics
import subprocess
import tempfile

from bed import BUILD, ROOT, bare_ms, hundred, meter, scrape
from fakeengine import container_id
from gauge import count_calls, rss_by_mapping, top
from support import dockmeter, rss_kb

ROUNDS = 11


def stats_targets(ids, api):
    return [f"/v{api}/containers/{cid}/stats?stream=false&one-shot=true" for cid in ids]


def bench_scrape():
    engine = hundred().engine
    with meter(engine.socket, source="engine", containers=100) as (d, _):
        targets = stats_targets(engine.ids.values(), "1.41")
        ours, bare = [], []
        scrape(d)
        for _ in range(ROUNDS):
            bare.append(bare_ms(engine.socket, targets, len(targets)))
            ours.append(scrape(d)[0])
        m_ours, m_bare = statistics.median(ours), statistics.median(bare)
        print(f"scrape   100 containers, Engine 20.10: {m_ours:.0f} ms; bare client, all at once: {m_bare:.0f} ms; "
              f"ratio {m_ours / m_bare:.2f} (aim: at most 1.20)")


def bench_encode():
    print(subprocess.run([BUILD / "bench_encode"], check=True, capture_output=True, text=True).stdout, end="")


def bench_profiles():
    print(subprocess.run([BUILD / "bench_profiles"], check=True, capture_output=True, text=True).stdout, end="")


def bench_parse():
    print(subprocess.run([BUILD / "bench_parse"], check=True, capture_output=True, text=True).stdout, end="")


@contextlib.contextmanager
def fake_engine(socket, containers):
    """In a process of its own, since it has to answer."""
    code = ("import sys; sys.path.insert(0, %r); from fakeengine import FakeEngine; import threading\n"
            "FakeEngine(%r, containers=%d, api='1.47', version='27.3.1').start(); print('up', flush=True); "
            "threading.Event().wait()") % (str(ROOT / "tests/e2e"), socket, containers)
    process = subprocess.Popen(["/usr/bin/python3", "-c", code], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "up\n"
        yield
    finally:
        process.kill()
        process.wait()


def growth_at(n, folder):
    """Medians for n containers: our scrape, the bare client, RSS; and the page's size."""
    socket = f"{folder}/engine{n}.sock"
    with fake_engine(socket, n), dockmeter(folder, socket, "--collection.source", "engine") as d:
        d.wait_ready(20)
        targets = stats_targets(map(container_id, range(1, n + 1)), "1.47")
        ours, bare = [], []
        scrape(d)
        for _ in range(5):
            bare.append(bare_ms(socket, targets, 20) if n else 0)
            took, answer = scrape(d)
            ours.append(took)
        return statistics.median(ours), statistics.median(bare), d.rss_kb(), len(answer.body)


def bench_growth_api():
    rows = {}
    with tempfile.TemporaryDirectory() as folder:
        for n in (0, 100, 1000, 5000):
            rows[n] = growth_at(n, folder)
    base_rss = rows[0][2]
    first = rows[100][0] / 100
    for n in (100, 1000, 5000):
        ours, bare, rss, size = rows[n]
        print(f"growth   {n:5} containers over the API: {ours:7.0f} ms, bare client {bare:7.0f} ms, ratio {ours / bare:.2f}; "
              f"{ours / n:.3f} ms a container, {ours / n / first:.2f} of that at 100; RSS {rss} kB, "
              f"{(rss - base_rss) / n:.1f} kB a container; page {size} bytes")



def bench_memory():
    bed = hundred()
    with meter(bed.engine.socket, source="engine", containers=100) as (d, cage):
        pid = d.process.pid
        idle_rss = d.rss_kb()
        before, engine_before = cage.cpu_us(), bed.cage.cpu_us()
        for _ in range(100):
            scrape(d)
        ours = (cage.cpu_us() - before) / 1000 / 100
        theirs = (bed.cage.cpu_us() - engine_before) / 1000 / 100
        print(f"memory   RSS {rss_kb(pid)} kB after 100 scrapes of 100 containers, {idle_rss} kB before (aim: at most 10,240)")
        print(f"cpu      {ours:.1f} ms a scrape; the Engine's share {theirs:.1f} ms; ratio {ours / theirs:.3f}")
        calls = count_calls(pid, lambda: scrape(d))
        print(f"syscalls {calls.total()} a scrape of 100 containers ({calls.total() / 100:.1f} a container): {top(calls)}")
        print("libraries, kB of RSS (private dirty):")
        for name, (rss, dirty) in rss_by_mapping(pid):
            if rss >= 40:
                print(f"         {name:34} {rss:6} ({dirty})")
