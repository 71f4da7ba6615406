"""The containers of the virtual machine: each is under one kind of strain, or at an edge of the contract.

A container's script does its work once, writes /done and sleeps, except for the two that are throttled
and under pressure all the time.
"""
from concurrent.futures import ThreadPoolExecutor

from figures import CGROUP_FILES
from support import wait_for

MIB = 1 << 20
DIRECT_BYTES = 2 * MIB
DROPPED_FRAMES = 7
SLEEP = "touch /done; exec sleep 100000"
HUNGRY = "dd if=/dev/zero of=/dev/null bs=64M count=1"


def sh(script, network="none", volumes=(), **host):
    """A container of busybox with these words in its HostConfig; a network of its own costs a second here."""
    return {"Cmd": ["sh", "-c", script], "StopSignal": "SIGKILL", "Volumes": {path: {} for path in volumes},
            "HostConfig": {"NetworkMode": network, **host}}


def tight(mib):
    """A memory limit without swap."""
    return {"Memory": mib * MIB, "MemorySwap": mib * MIB}


def specs():
    """name -> Config with HostConfig. `sidecar` joins the network of `plain`, which comes first."""
    return {
        "plain": sh(SLEEP, "default"),
        "throttled": sh("touch /done; while :; do :; done", NanoCpus=150_000_000, PidsLimit=40, CpuShares=512),
        "swapping": sh(f"dd if=/dev/zero of=/dev/shm/fill bs=1M count=40; {SLEEP}", Memory=20 * MIB,
                       MemorySwap=96 * MIB, ShmSize=64 * MIB),
        "limited": sh(f"dd if=/dev/zero of=/data/fill bs=1M count=24 conv=fsync; {SLEEP}", volumes=["/data"],
                      **tight(12)),
        "childkilled": sh(f"{HUNGRY}; {SLEEP}", **tight(12)),
        "direct": sh(f"dd if=/dev/zero of=/data/fill bs=64k count={DIRECT_BYTES >> 16} oflag=direct; "
                     f"dd if=/data/fill of=/dev/null bs=64k iflag=direct; {SLEEP}", volumes=["/data"]),
        "dropping": sh(SLEEP, "default"),
        "pressed": sh("touch /done; while :; do dd if=/dev/zero of=/data/fill bs=1M count=16 conv=fsync; sleep 1; done",
                      volumes=["/data"], **tight(12)),
        "hostnet": sh(SLEEP, "host"),
        "nonet": sh(SLEEP),
        "sidecar": sh(SLEEP, "container:plain"),
        "paused": sh(SLEEP, "default"),
        "ownparent": sh(SLEEP, CgroupParent="/own/parent"),
        "nested": sh(SLEEP, "default"),
        "killed": sh(f"exec {HUNGRY}", **tight(12)),
    }


STOPPED = {"killed"}
LIVE = set(specs()) - STOPPED
OWN_NETWORK = {name for name, spec in specs().items() if spec["HostConfig"]["NetworkMode"] == "default"}
BUSY = {"throttled", "pressed"}


class Workloads:
    """The containers, started, and where the kernel has their figures."""

    def __init__(self, machine):
        self.machine, self.engine = machine, machine.engine
        self.cgroups, self.pids = {}, {}
        made = specs()
        self.engine.run("plain", **made.pop("plain"))
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(lambda item: self.engine.run(item[0], **item[1]), made.items()))
        wait_for(lambda: self.engine.inspect("killed")["State"]["Status"] == "exited", interval=0.2, what="the OOM kill")
        for name in LIVE:
            self.await_done(name)
            self.find(name)
        self.engine.api("POST", "/containers/paused/pause")
        self.send_unknown_frames()
        self.move_into_inner()

    def await_done(self, name):
        pid = self.engine.inspect(name)["State"]["Pid"]
        assert pid, f"{name} has ended: {self.engine.inspect(name)['State']}"
        self.machine.run(f"cd /proc/{pid}/root; n=0; until [ -e done ]; do n=$((n + 1)); [ $n -lt 900 ] || exit 1; "
                         "usleep 100000; done")

    def find(self, name):
        """The container's cgroup is that of its first process."""
        self.pids[name] = self.engine.inspect(name)["State"]["Pid"]
        path = self.machine.run(f"cat /proc/{self.pids[name]}/cgroup").strip().partition("::")[2]
        assert self.engine.ids[name] in path, path
        self.cgroups[name] = f"/sys/fs/cgroup{path}"

    def send_unknown_frames(self):
        """Frames of a protocol that nobody handles: the receiving interface drops and counts them."""
        mac = self.engine.inspect("dropping")["NetworkSettings"]["MacAddress"].replace(":", "")
        frame = f'pack("H12 H12 n a46", "{mac}", "020000000001", 0x88b5, "")'
        self.machine.run(f"""perl -e '
            open my $f, "<", "/sys/class/net/docker0/ifindex" or die; my $index = <$f>;
            socket my $s, 17, 3, 0 or die "socket: $!";
            for (1..{DROPPED_FRAMES}) {{
                send($s, {frame}, 0, pack("S n i S C C a8", 17, 0x88b5, $index, 0, 0, 6, "")) or die "send: $!";
            }}'""")

    def move_into_inner(self):
        """As an init that makes groups of its own does: the first process is then below the container's cgroup."""
        self.machine.run(f"cd {self.cgroups['nested']} && mkdir inner && "
                         f"echo {self.pids['nested']} >inner/cgroup.procs && "
                         "echo '+cpu +memory +io +pids' >cgroup.subtree_control && "
                         f"grep -q '/inner$' /proc/{self.pids['nested']}/cgroup")

    def files(self):
        """{(name, file): text} of all cgroup files, net/dev and the machine's memory, as they are now."""
        where = {f"{cgroup}/": name for name, cgroup in self.cgroups.items()}
        where.update({f"/proc/{pid}/net/": name for name, pid in self.pids.items()})
        patterns = [f"{cgroup}/{file}" for cgroup in self.cgroups.values() for file in CGROUP_FILES]
        patterns += [f"/proc/{pid}/net/dev" for pid in self.pids.values()]
        texts = self.machine.files("/proc/meminfo", *patterns)
        found = {("", "meminfo"): texts.pop("/proc/meminfo")}
        for path, text in texts.items():
            folder, _, file = path.rpartition("/")
            found[where[folder + "/"], file] = text
        return found
