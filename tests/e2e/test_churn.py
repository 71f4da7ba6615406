"""Containers that come and go all the time: in the end no ghost, no gap, nothing held.

CHURN_SECONDS sets how long (60 in CI, else 15; a quarter of that on the real Engine).
"""
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fakeengine import container_id
from page import figures, sources
from realengine import SLEEP
from support import PATIENCE, sanitized, wait_for

SECONDS = int(os.environ.get("CHURN_SECONDS", 60 if os.environ.get("CI") == "true" else 15))
RATE = 50
STANDING = 100


def descriptors(d):
    """What a Dockmeter holds open, by target."""
    held = []
    for fd in Path(f"/proc/{d.process.pid}/fd").iterdir():
        try:
            held.append(os.readlink(fd))
        except OSError:
            continue
    return held


def files_held(d, host):
    return [path for path in descriptors(d) if path.startswith(str(host))]


class Scraper(threading.Thread):
    """Scrapes once in a while until it is stopped; what fails is kept."""

    def __init__(self, d, every=0.5):
        super().__init__(daemon=True)
        self.d, self.every, self.over, self.errors, self.pages = d, every, threading.Event(), [], 0

    def run(self):
        while not self.over.wait(self.every):
            try:
                page = self.d.page()
                assert page.value("exporter_up") == 1
                self.pages += 1
            except Exception as e:  # pylint: disable=broad-except
                self.errors.append(e)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc):
        self.over.set()
        self.join(PATIENCE)


@pytest.mark.parametrize("mode", ["v1", "v2"])
def test_50_a_second_on_the_fake(fake, hostroot, meter, mode, capsys):
    host = hostroot(mode)
    engine = fake(containers=STANDING, host=host)
    d = meter(engine.path, "--collection.host_root", host.folder).wait_ready()
    wait_for(lambda: sources(d.page()) == {"kernel": STANDING})
    before, rss = files_held(d, host.folder), d.rss_kb()
    oldest, newest, rounds = 1, STANDING, SECONDS * RATE // (2 if mode == "v1" else 1)
    began = time.monotonic()
    with Scraper(d) as scraper:
        for i in range(rounds):
            newest += 1
            engine.add(newest, f"c{newest:04d}")
            engine.remove(container_id(oldest))
            oldest += 1
            time.sleep(max(0, began + i / RATE - time.monotonic()))
    took = time.monotonic() - began
    quiet = time.monotonic()
    alive = {f"c{n:04d}" for n in range(oldest, newest + 1)}
    page = wait_for(lambda: (p := d.page()) and p.containers() == alive and sources(p) == {"kernel": STANDING} and p, interval=0.1,
                    what="no ghost and no missing container")
    quiet = time.monotonic() - quiet
    for n in (oldest, newest - 50, newest):
        assert figures(page, f"c{n:04d}") == host.expected(container_id(n))
    assert not scraper.errors and scraper.pages
    after = files_held(d, host.folder)
    assert len(after) <= len(before) + 5, sorted(set(after) - set(before))[:10]
    assert not [path for path in after if "(deleted)" in path]
    assert not [path for path in after if path.endswith("/net/dev")]
    if not sanitized():
        assert d.rss_kb() < rss + 4_000
    with capsys.disabled():
        print(f"\n{mode}: {rounds / took:.0f} starts and removals a second for {took:.0f} s; right after {quiet:.1f} s; Engine calls: "
              f"{engine.count('list')} lists, {engine.count('inspect')} inspects, {engine.count('stats')} statistics; "
              f"files held {len(before)} then {len(after)}")


def net_namespaces():
    """How many the kernel has, those that only an open file keeps included; None where it does not tell."""
    try:
        for line in Path("/proc/slabinfo").read_text(encoding="ascii").splitlines():
            if line.startswith("net_namespace "):
                return int(line.split()[1])
    except OSError:
        pass
    return None


def test_5_a_second_on_the_real_engine(engine, meter, capsys):
    d = meter(engine.socket).wait_ready()
    standing = d.page().containers()
    namespaces, held = net_namespaces(), len(descriptors(d))
    began, seconds, serial = time.monotonic(), max(4, SECONDS // 4), 0

    def once(n):
        name = f"churn{n}"
        engine.run(name, Cmd=SLEEP)
        engine.remove(name)
    with Scraper(d, 0.3) as scraper, ThreadPoolExecutor(3) as pool:
        calls = []
        while time.monotonic() - began < seconds:
            calls.append(pool.submit(once, serial))
            serial += 1
            time.sleep(max(0, began + serial / 5 - time.monotonic()))
        for call in calls:
            call.result(60)
        took = time.monotonic() - began
    last = engine.run("churn-last", Cmd=SLEEP)
    try:
        page = wait_for(lambda: (p := d.page()) and p.containers() == standing | {"churn-last"}
                        and p.get("container_pids_current", container_name="churn-last") == 1 and p, interval=0.1,
                        what="no ghost and no missing container")
        assert page.value("exporter_scrape_errors_total", collector="container") == 0
        assert not scraper.errors and scraper.pages
    finally:
        engine.remove(last)
        engine.ids.pop("churn-last", None)
    wait_for(lambda: len(descriptors(d)) <= held + 12, what="the descriptors to go")
    assert not [path for path in descriptors(d) if "(deleted)" in path or path.startswith("/proc/")
                and path.endswith("/net/dev")]
    if namespaces:
        # The slab's own count is not exact; were they pinned, all would be there.
        wait_for(lambda: net_namespaces() <= namespaces + serial / 2, what="the network namespaces to go")
    with capsys.disabled():
        print(f"\nreal Engine: {serial / took:.1f} starts and removals a second for {took:.0f} s")
