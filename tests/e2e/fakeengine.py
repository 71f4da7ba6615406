#!/usr/bin/python3
"""A Docker Engine that is not one: answers are prepared bytes, and a test can spoil any of them.

    with FakeEngine(path, containers=100, api="1.41", version="20.10.24") as fake:
        fake.spoil("stats", Body(b"<html>"), container="c0007", times=1)
        fake.pause(container_id(7))            # changes list and inspect, and sends the event
        fake.events.cut()
        ...
        assert fake.peak["stats"] <= 10

It runs in a thread of its own on one asyncio loop; keep-alive, no framework, so that 5,000
containers cost a second. With a HostRoot it makes and removes the containers' files there, before
the Engine says so, as the kernel does. Standalone: fakeengine.py SOCKET [CONTAINERS [API [VERSION]]],
whose pids are those of hostroot.py.
"""
import asyncio
import contextlib
import itertools
import json
import os
import re
import sys
import threading
import time
from collections import Counter
from pathlib import Path

# What tests take from here, wherever it is made.
from fakeanswers import (Body, Change, Close, Cut, Delay, Endless, Hang, Raw,  # noqa: F401 pylint: disable=unused-import
                         container_id, encode, inspect_answer, list_entry, no_stats, number_of, rfc3339, single_answers,
                         stats_answer)
from fakeevents import EventHub
from fakeserver import Connection, match


class FakeEngine:
    """The Engine's answers by endpoint, the rules that spoil them, and what was asked."""

    match = staticmethod(match)

    def __init__(self, path, containers=3, api="1.43", version="24.0.7", min_api="1.12", name="c{:04d}", host=None):
        self.path, self.api, self.version, self.min_api = str(path), api, version, min_api
        self.host = host                   # a HostRoot, or None
        self.entries = {}                  # id -> the list's entry
        self.bodies = single_answers(version, api, min_api)  # (endpoint, id) -> prepared bytes
        self.rules = []                    # [endpoint, container or None, action, times left]
        self.requests = []                 # (method, target)
        self.active, self.peak = Counter(), Counter()
        self.ticks = self._ticks(version, api)
        self.server_name = f"Docker/{version} (linux)"
        self.any_version = False
        self.told_api = None               # what the Api-Version header says when not the truth
        self.lock = threading.RLock()
        self.events = EventHub()
        self._list = None
        self._pids = itertools.count(6_000_000)
        self._last_ns = 0
        for n in range(1, containers + 1):
            self.add(n, name.format(n))

    @staticmethod
    def _ticks(version, api):
        """How many one-second ticks a statistics call waits for (0: direct)."""
        if tuple(map(int, api.split("."))) < (1, 41):
            return 2
        major, minor, patch = (list(map(int, re.findall(r"\d+", version)[:3])) + [0, 0, 0])[:3]
        late = (major == 23 and (minor, patch) < (0, 8)) or (major == 24 and (minor, patch) < (0, 7))
        return 1 if major < 23 or late else 0

    def _now(self):
        """The time in ns, never the same twice."""
        self._last_ns = max(time.time_ns(), self._last_ns + 1)
        return self._last_ns

    # What there is; safe while it runs.
    def add(self, n, name, state="running", labels=None, network="default", **entry):
        """A container in this state; the Engine tells of its creation and start."""
        with self.lock:
            cid = container_id(n)
            entry.setdefault("HostConfig", {"NetworkMode": network})
            self.entries[cid] = list_entry(n, name, state, Labels=labels or {}, **entry)
            self.bodies["inspect", cid] = encode(inspect_answer(n, name, state, labels, network))
            self.bodies["stats", cid] = encode(stats_answer(n, name))
            self._list = None
        if self.host and state == "running":
            self.host.add(n, cid, self.state(cid)["Pid"])
        self._tell(cid, "create", *(["start"] if state == "running" else []))
        return cid

    def remove(self, cid, from_list=True):
        """Takes a container away with its events; from_list False leaves it listed and says nothing (it vanished)."""
        if from_list and cid in self.entries:
            if self.entries[cid]["State"] in ("running", "paused"):
                self.die(cid, 137)
            name = self.entries[cid]["Names"][0][1:]
        with self.lock:
            self.bodies.pop(("inspect", cid), None)
            self.bodies.pop(("stats", cid), None)
            if from_list:
                gone = self.entries.pop(cid, None)
                self._list = None
        if from_list and gone:
            self._tell(cid, "destroy", name=name)

    def inspected(self, cid):
        """The inspect's answer as a value."""
        return json.loads(self.bodies["inspect", cid])

    def state(self, cid):
        return self.inspected(cid)["State"]

    def _change(self, cid, state=None, config=None, top=None, **entry):
        """Other values in inspect's State, its HostConfig, itself, and in the list's entry."""
        with self.lock:
            answer = self.inspected(cid)
            answer["State"].update(state or {})
            answer["HostConfig"].update(config or {})
            answer.update(top or {})
            self.bodies["inspect", cid] = encode(answer)
            self.entries[cid] = dict(self.entries[cid], **entry)
            self._list = None

    def _tell(self, cid, *actions, name=None, **attributes):
        """The events of a container, in the form of the Engine's version."""
        if self.events.loop is None:
            return
        name = name or self.entries[cid]["Names"][0][1:]
        events = []
        for action in actions:
            now = self._now()
            old = {"status": action, "id": cid, "from": "busybox"}
            events.append(dict(old if tuple(map(int, self.api.split("."))) < (1, 52) else {}, Type="container", Action=action,
                               Actor={"ID": cid, "Attributes": dict({"image": "busybox", "name": name}, **attributes)},
                               scope="local", time=now // 10**9, timeNano=now))
        self.events.publish(*events)

    # What befalls a container: files, then list and inspect, then the events.
    def create(self, n, name, **more):
        return self.add(n, name, state="created", **more)

    def _begin(self, cid, **top):
        pid, name = next(self._pids), self.entries[cid]["Names"][0][1:]
        if self.host:
            self.host.add(number_of(cid), cid, pid)
        self._change(cid, dict(Status="running", Running=True, Paused=False, Restarting=False, Pid=pid, OOMKilled=False,
                               StartedAt=rfc3339(self._now())), top=top, State="running", Status="Up Less than a second")
        self.bodies["stats", cid] = encode(stats_answer(number_of(cid), name))

    def _end(self, cid, code, **top):
        """A restart that the policy announces has its RestartCount already."""
        again = "RestartCount" in top
        if self.host:
            self.host.remove(cid)
        self.bodies["stats", cid] = encode(no_stats(number_of(cid), self.entries[cid]["Names"][0][1:]))
        status = "restarting" if again else "exited"
        self._change(cid, dict(Status=status, Running=again, Restarting=again, Paused=False, Pid=0, ExitCode=code,
                               FinishedAt=rfc3339(self._now())), top=top, State=status,
                     Status=f"{status.capitalize()} ({code}) 1 second ago")

    def launch(self, cid):
        self._begin(cid)
        self._tell(cid, "start")

    def die(self, cid, code=0):
        self._end(cid, code)
        self._tell(cid, "die", exitCode=str(code))

    def restart(self, cid, policy=False, code=0):
        """By hand, or by its restart policy, which the Engine counts."""
        again = {"RestartCount": self.inspected(cid)["RestartCount"] + 1} if policy else {}
        self._end(cid, code, **again)
        self._tell(cid, "die", exitCode=str(code))
        self._begin(cid, **(again or {"RestartCount": 0}))  # at once, as the Engine does: an inspect waits for a start
        self._tell(cid, *(["start"] if policy else ["start", "restart"]))

    def oom(self, cid, fatal=True):
        """An OOM kill; fatal: of the first process."""
        if self.host:
            self.host.set(cid, oom_kill=self.host.numbers(cid)["oom_kill"] + 1)
        if fatal:
            self._change(cid, {"OOMKilled": True})
        self._tell(cid, "oom")
        if fatal:
            self.die(cid, 137)

    def pause(self, cid):
        self._change(cid, dict(Status="paused", Paused=True), State="paused", Status="Up 5 minutes (Paused)")
        self._tell(cid, "pause")

    def unpause(self, cid):
        self._change(cid, dict(Status="running", Paused=False), State="running", Status="Up 5 minutes")
        self._tell(cid, "unpause")

    def rename(self, cid, name):
        old = self.entries[cid]["Names"][0]
        self._change(cid, top={"Name": f"/{name}"}, Names=[f"/{name}"])
        self._tell(cid, "rename", oldName=old)

    def update(self, cid, **limits):
        """Memory, NanoCpus, CpuShares …, as HostConfig has them."""
        self._change(cid, config=limits)
        self._tell(cid, "update")

    def health(self, cid, status):
        """starting, healthy or unhealthy."""
        text = "health: starting" if status == "starting" else status
        self._change(cid, {"Health": {"Status": status, "FailingStreak": 0, "Log": []}}, Status=f"Up 5 minutes ({text})")
        self._tell(cid, f"health_status: {status}")

    def set_stats(self, cid, **parts):
        """Other parts in the statistics' answer."""
        with self.lock:
            self.bodies["stats", cid] = encode(dict(json.loads(self.bodies["stats", cid]), **parts))

    def spoil(self, endpoint, action, container=None, times=None):
        """From now on (or `times` times) this endpoint does that; container is an id."""
        with self.lock:
            self.rules.append([endpoint, container, action, times])

    def heal(self):
        with self.lock:
            self.rules.clear()

    # What was asked.
    def count(self, endpoint):
        with self.lock:
            return sum(1 for _, target in self.requests if match(target)[0] == endpoint)

    def asked(self):
        """{endpoint: requests} since forget()."""
        with self.lock:
            return Counter(match(target)[0] for _, target in self.requests)

    def forget(self):
        with self.lock:
            self.requests.clear()
            self.peak.clear()

    def rule_for(self, endpoint, container):
        with self.lock:
            for rule in self.rules:
                if rule[0] in (endpoint, "*") and rule[1] in (None, container) and rule[3] != 0:
                    if rule[3] is not None:
                        rule[3] -= 1
                    return rule[2]
        return None

    def answer(self, endpoint, container):
        """(status, body) as a healthy Engine gives it."""
        with self.lock:
            if endpoint == "list":
                if self._list is None:
                    self._list = encode(list(self.entries.values()))
                return 200, self._list
            body = self.bodies.get((endpoint, container))
        if body is None:
            return 404, encode({"message": f"No such container: {container}" if container else "page not found"})
        if not body:
            return 409, encode({"message": f"container {container} is not running"})  # as Podman has it
        return 200, body

    def version_error(self, version):
        """The answer to an API version out of range, or None."""
        if version is None or self.any_version:
            return None
        asked, low, high = (tuple(map(int, v.split("."))) for v in (version, self.min_api, self.api))
        if asked > high:
            return (f"client version {version} is too new. Maximum supported API version is {self.api}")
        if asked < low:
            return (f"client version {version} is too old. Minimum supported API version is {self.min_api}, "
                    "please upgrade your client to a newer version")
        return None

    # Life. stop() is a kill: every stream ends, the ring is lost; what happens meanwhile nobody is told.
    def start(self):
        ready = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        self._thread.start()
        assert ready.wait(60), "the fake Engine did not start"
        return self

    def _listen(self):
        """The server on its socket, or on a port of 127.0.0.1."""
        if self.path.isdigit():
            return self._loop.create_server(lambda: Connection(self), "127.0.0.1", int(self.path), backlog=1024)
        return self._loop.create_unix_server(lambda: Connection(self), self.path, backlog=1024)

    def _run(self, ready):
        self._loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self._loop)
        self._connections = set()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)
        server = self._loop.run_until_complete(self._listen())
        self.events.forget()
        self.events.loop = self._loop
        ready.set()
        self._loop.run_forever()
        server.close()
        for connection in list(self._connections):
            connection.transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0))
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def close_door(self):
        """As an Engine that is about to end: the socket is gone, only the event streams stay open."""
        os.unlink(self.path)
        done = threading.Event()

        def hang_up():
            for connection in self._connections - set(self.events.streams):
                connection.transport.abort()
            done.set()
        self._loop.call_soon_threadsafe(hang_up)
        assert done.wait(60), "the fake Engine's loop is stuck"

    def stop(self):
        self.events.loop = None
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(60)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self.path)

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        if self._thread.is_alive():
            self.stop()


def replay(path, folder):
    """A FakeEngine that gives the recorded answers of a folder of tests/data."""
    folder = Path(folder)
    head = (folder / "ping.headers").read_text(encoding="utf-8")
    version = json.loads((folder / "version.json").read_bytes())
    fake = FakeEngine(path, containers=0, api=re.search(r"^Api-Version: (\S+)", head, re.M)[1],
                      version=version["Version"], min_api=version.get("MinAPIVersion") or "1.12")
    fake.server_name = re.search(r"^Server: (.*?)\r?$", head, re.M)[1]
    fake.any_version = "Libpod" in head
    fake.ticks = 0
    for word in ("version", "info", "images", "volumes", "networks"):
        fake.bodies[word, None] = (folder / f"{word}.json").read_bytes()
    fake.entries = {c["Id"]: c for c in json.loads((folder / "containers.json").read_bytes())}
    fake._list = (folder / "containers.json").read_bytes()
    for file in folder.glob("inspect-*.json"):
        cid = json.loads(file.read_bytes())["Id"]
        fake.bodies["inspect", cid] = file.read_bytes()
        fake.bodies["stats", cid] = (folder / file.name.replace("inspect", "stats")).read_bytes()
    return fake


if __name__ == "__main__":
    options = dict(zip(("containers", "api", "version"), [int(sys.argv[2] if len(sys.argv) > 2 else 100), *sys.argv[3:5]]))
    with FakeEngine(sys.argv[1], **options):
        threading.Event().wait()
