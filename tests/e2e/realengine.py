"""A private dockerd with 22 kinds of container, started for the tests and taken down without a trace.

It has its own data and exec root, pidfile, socket and bridge, touches no firewall rule and pulls
no image: busybox is imported from the machine's own. What tests create themselves they remove.
"""
import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import tarfile
import tempfile
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support import DIE_WITH_US, UnixConnection, clean_env, request, wait_for

DOCKER = "/usr/bin/docker"
CGROUPS = Path("/sys/fs/cgroup")
SECOND = 10**9
SLEEP = ["sleep", "100000"]
LINKS = ("sh", "sleep", "dd", "httpd", "wget", "yes", "tr", "true", "false", "echo", "mkdir", "cat", "ps", "kill")


class EngineUnavailable(Exception):
    """No Engine can be started here; the text says why."""


def kinds():
    """name -> (Config with HostConfig) of the 22 kinds, `sidecar` excepted: it needs web's id."""
    def sh(script, **more):
        return dict({"Cmd": ["sh", "-c", script]}, **more)

    def idle(**more):
        return dict({"Cmd": SLEEP}, **more)

    def compose(service):
        return {"com.docker.compose.project": "shop", "com.docker.compose.service": service}

    def check(command, interval, **more):
        return dict({"Test": ["CMD-SHELL", command], "Interval": interval * SECOND}, **more)

    mib = 1 << 20
    return {
        "web": sh("mkdir -p /w; echo hi >/w/index.html; exec httpd -f -p 80 -h /w", Labels=compose("web"),
                  ExposedPorts={"80/tcp": {}}),
        "burner": sh("while :; do :; done", Labels=compose("burner"), Env=["SECRET=never-on-a-page"],
                     HostConfig={"Memory": 64 * mib, "MemorySwap": 128 * mib, "NanoCpus": 250_000_000,
                                 "PidsLimit": 50, "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}}),
        "writer": sh("dd if=/dev/zero of=/data/f bs=1M count=24 conv=fsync 2>/dev/null; sleep 100000",
                     Volumes={"/data": {}}, HostConfig={"Memory": 64 * mib, "MemorySwap": 64 * mib}),
        "tty": sh("echo on a terminal; sleep 100000", Tty=True),
        "hostnet": idle(HostConfig={"NetworkMode": "host"}),
        "nonet": idle(HostConfig={"NetworkMode": "none"}),
        "healthy": idle(Healthcheck=check("true", 1)),
        "unhealthy": idle(Healthcheck=check("false", 1, Retries=1)),
        "starting": idle(Healthcheck=check("true", 3600)),
        "paused": idle(),
        "done": {"Cmd": ["true"]},
        "failed": sh("exit 3"),
        "killed": idle(),
        "oom": sh("x=$(yes 0123456789 | dd bs=1M count=64 2>/dev/null); echo $x",
                  HostConfig={"Memory": 16 * mib, "MemorySwap": 16 * mib}),
        "looping": sh("sleep 0.2; exit 1", HostConfig={"RestartPolicy": {"Name": "always"}}),
        "never": {"Cmd": ["true"]},
        "labels": idle(Labels={"quote": '"x"', "back\\slash": "a\\b", "newline": "a\nb", "utf8": "größe-測試",
                               "a.b/c-d": "1"}),
        "nolog": idle(HostConfig={"LogConfig": {"Type": "none"}}),
        "chatty": sh('i=0; while [ $i -lt 5 ]; do echo out $i; echo err $i >&2; i=$((i+1)); done; '
                     'printf "no newline at end"; sleep 100000'),
        "longline": sh('yes 0123456789abcdef | tr -d "\\n" | dd bs=1000 count=50 2>/dev/null; echo; echo short; '
                       'sleep 100000'),
        "parent": idle(HostConfig={"CgroupParent": f"/dmown{os.getpid()}"}),
    }


LIVE = {"web", "burner", "writer", "tty", "hostnet", "nonet", "sidecar", "healthy", "unhealthy", "starting", "paused",
        "renamed", "nolog", "chatty", "longline", "parent"}
STOPPED = {"done", "failed", "killed", "oom", "never"}
ALL_KINDS = LIVE | STOPPED | {"looping"}


def busybox_tar():
    """An image's root as a tar: busybox and links to it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.add("/bin/busybox", "bin/busybox")
        for name in LINKS:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    return out.getvalue()


def free_subnet(second):
    """10.SECOND.x.1/24 that no link has, not even one that an Engine before left behind."""
    taken = subprocess.run(["ip", "-o", "-4", "addr"], capture_output=True, text=True, check=False).stdout
    return next(subnet for third in range(250)
                if f" {(subnet := f'10.{second}.{(os.getpid() + third) % 250}.1/24')} " not in taken)


class Engine:
    """One private Engine. start() and stop() may be repeated; close() removes everything."""

    serial = 0

    def __init__(self, *extra_args):
        Engine.serial += 1
        self.folder = Path(tempfile.mkdtemp(prefix="dm-engine-"))
        self.socket = self.folder / "docker.sock"
        self.bridge = f"dm{os.getpid() % 100000}x{Engine.serial}"
        self.subnet = free_subnet(200 + Engine.serial % 50)
        self.extra_args = list(extra_args)
        self.process = None
        self.ids = {}
        self.created = set()
        self.had_docker_cgroup = (CGROUPS / "memory/docker").exists() or (CGROUPS / "docker").exists()

    def start(self):
        missing = [p for p in ("/usr/sbin/dockerd", DOCKER, "/bin/busybox") if not os.path.exists(p)]
        if missing or os.geteuid() != 0:
            raise EngineUnavailable(f"missing: {' '.join(missing)}" if missing else "not root")
        if not Path(f"/sys/class/net/{self.bridge}").exists():
            for command in (("link", "add", self.bridge, "type", "bridge"),
                            ("addr", "add", self.subnet, "dev", self.bridge), ("link", "set", self.bridge, "up")):
                if subprocess.run(["ip", *command], capture_output=True, check=False).returncode != 0:
                    raise EngineUnavailable(f"ip {' '.join(command)} failed")
        (self.folder / "exec/containerd/containerd.pid").unlink(missing_ok=True)  # of one that was killed
        args = ["/usr/sbin/dockerd", "--data-root", self.folder / "data", "--exec-root", self.folder / "exec",
                "--pidfile", self.folder / "pid", "--bridge", self.bridge, "--iptables=false", "--ip-forward=false",
                "--ip-masq=false", "-H", f"unix://{self.socket}", *self.extra_args]
        with open(self.folder / "dockerd.log", "ab") as log:
            self.process = subprocess.Popen([*DIE_WITH_US, *map(str, args)], stdout=log, stderr=log, env=clean_env(),
                                            start_new_session=True)
        return self.await_answer("dockerd", "dockerd.log")

    def await_answer(self, name, log):
        """The Engine, once it answers; the log's end when it has ended instead."""
        def answers():
            if self.process.poll() is not None:
                tail = (self.folder / log).read_text(errors="replace")[-600:]
                raise EngineUnavailable(f"{name} ended with {self.process.returncode}: {tail}")
            return request(self.socket, "/_ping").status == 200
        wait_for(answers, interval=0.1, what=f"{name} to answer")
        return self

    def api(self, method, path, body=None, raw=None):
        """One API call; the parsed answer. Fails on anything but 2xx and 304."""
        with contextlib.closing(UnixConnection(self.socket, timeout=60)) as conn:
            data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
            kind = "application/x-tar" if raw is not None else "application/json"
            conn.request(method, path, body=data, headers={"Content-Type": kind} if data else {})
            response = conn.getresponse()
            text = response.read()
        assert response.status < 300 or response.status == 304, f"{method} {path}: {response.status} {text!r}"
        with contextlib.suppress(ValueError):
            return json.loads(text)
        return text

    def load_busybox(self):
        self.api("POST", "/images/create?fromSrc=-&repo=busybox&tag=latest", raw=busybox_tar())

    def create(self, name, **config):
        config.setdefault("Image", "busybox")
        self.ids[name] = self.api("POST", f"/containers/create?name={urllib.parse.quote(name)}", config)["Id"]
        self.created.add(self.ids[name])
        return self.ids[name]

    def run(self, name, **config):
        cid = self.create(name, **config)
        self.api("POST", f"/containers/{name}/start")
        return cid

    def remove(self, name):
        self.api("DELETE", f"/containers/{name}?force=1&v=1")
        self.ids.pop(name, None)

    @contextlib.contextmanager
    def passing(self, **defaults):
        """A run() with these defaults; its containers are removed at the end, unless they are gone."""
        names = []

        def run(name, **config):
            names.append(name)
            return self.run(name, **dict(defaults, **config))
        yield run
        for name in names:
            if name in self.ids:
                self.remove(name)

    def names(self):
        """Of all containers, whoever made them."""
        return {name[1:] for entry in self.api("GET", "/containers/json?all=1") for name in entry["Names"]}

    def inspect(self, name):
        return self.api("GET", f"/containers/{name}/json")

    def docker(self, *args):
        """The packaged docker client on this Engine; its output."""
        done = subprocess.run([DOCKER, "-H", f"unix://{self.socket}", *args], capture_output=True, text=True,
                              timeout=60, check=False, env=clean_env())
        assert done.returncode == 0, f"docker {args}: {done.stderr}"
        return done.stdout

    def cgroup(self, controller, name):
        """The folder of a container in a cgroup v1 controller's tree (or the v2 tree)."""
        parent = f"dmown{os.getpid()}" if name == "parent" else "docker"
        base = CGROUPS / controller if (CGROUPS / controller).exists() else CGROUPS
        return base / parent / self.ids[name]

    def create_kinds(self):
        """All 22 kinds, in the states that they are known for."""
        specs = kinds()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda kv: self.create(kv[0], **kv[1]) if kv[0] == "never" else self.run(kv[0], **kv[1]),
                          specs.items()))
            self.run("sidecar", Cmd=SLEEP, HostConfig={"NetworkMode": f"container:{self.ids['web']}"})
            list(pool.map(lambda call: self.api("POST", *call), [
                ("/containers/paused/pause",), ("/containers/killed/kill",), ("/containers/labels/rename?name=renamed",),
                ("/containers/writer/update", {"Memory": 128 << 20, "MemorySwap": 128 << 20})]))
        self.ids["renamed"] = self.ids.pop("labels")
        self._await_kinds()

    def _await_kinds(self):
        def health(name):
            return self.inspect(name)["State"]["Health"]["Status"]

        def exited(name):
            return self.inspect(name)["State"]["Status"] == "exited"
        wait_for(lambda: health("healthy") == "healthy", what="healthy")
        self.api("POST", "/containers/healthy/restart?t=0")
        for name in ("done", "failed", "killed", "oom"):
            wait_for(lambda n=name: exited(n), what=f"{name} to end")
        wait_for(lambda: health("unhealthy") == "unhealthy", what="unhealthy")
        wait_for(lambda: health("healthy") == "healthy", what="healthy again")
        wait_for(lambda: self.inspect("looping")["RestartCount"] >= 2, what="looping")
        for name in ("writer", "longline", "chatty", "tty"):
            wait_for(lambda n=name: self.command(n).startswith(b"sleep"), what=f"{name} to have written")

    def command(self, name):
        """The command line of a container's first process (sh becomes its last command)."""
        return Path(f"/proc/{self.inspect(name)['State']['Pid']}/cmdline").read_bytes()

    def stop(self):
        """Ends dockerd in an orderly way; containers and data stay."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def close(self):
        """Removes the containers, ends everything, leaves nothing."""
        with contextlib.suppress(Exception):
            self.process.send_signal(signal.SIGCONT)
            ids = [c["Id"] for c in self.api("GET", "/containers/json?all=1")]
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(self.remove, ids))
        self.stop()
        self._end_strays()
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            below = [line.split()[1] for line in mounts if line.split()[1].startswith(str(self.folder))]
        for mount in sorted(below, key=len, reverse=True):
            subprocess.run(["umount", "-l", mount], capture_output=True, check=False)
        self._remove_links()
        self._remove_cgroups()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _remove_links(self):
        """The bridge and what is on it: a dockerd that was killed while it ended leaves pairs taken out of containers."""
        on_it = subprocess.run(["ip", "-o", "link", "show", "master", self.bridge], capture_output=True, text=True,
                               check=False).stdout
        for name in [*re.findall(r"^\d+: ([^@:]+)", on_it, re.M), self.bridge]:
            subprocess.run(["ip", "link", "del", name], capture_output=True, check=False)

    def _end_strays(self):
        """containerd and shims name the private folder on their command lines."""
        for proc in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if str(self.folder).encode() in (proc / "cmdline").read_bytes() and int(proc.name) != os.getpid():
                    os.kill(int(proc.name), signal.SIGKILL)

        for cid in self.created:
            for procs in CGROUPS.glob(f"*/*/{cid}/cgroup.procs"):
                for pid in procs.read_text().split():
                    with contextlib.suppress(OSError):
                        os.kill(int(pid), signal.SIGKILL)

    def _remove_cgroups(self):
        own = f"dmown{os.getpid()}"
        names = [f"{parent}/{cid}" for parent in (own, "docker") for cid in self.created]
        names += [own] + ([] if self.had_docker_cgroup else ["docker"])
        for base in [CGROUPS, *CGROUPS.iterdir()]:
            for name in names:
                for _ in range(20):
                    with contextlib.suppress(OSError):
                        (base / name).rmdir()
                    if not (base / name).exists() or any((base / name).glob("*/")):
                        break
                    time.sleep(0.05)


def cannot(reason, what="no Engine can be started here"):
    """What a test needs and this machine has not: it is skipped, but never in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what}: {reason}", pytrace=False)
    pytest.skip(f"{what}: {reason}")


@contextlib.contextmanager
def started(engine):
    """The Engine running with busybox; everything is taken down at the end, come what may."""
    try:
        try:
            engine.start()
        except EngineUnavailable as e:
            cannot(e)
        engine.load_busybox()
        yield engine
    finally:
        engine.close()
