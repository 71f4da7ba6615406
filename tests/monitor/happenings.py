"""Containers beside the 22 kinds to which something happens again and again, so that every rate moves.

visitor   asks `web` for its page all the time: traffic in and out of both
disk      writes to its volume past the page cache and reads it back, all the time
leaky     a child of its is killed for want of memory every second; it lives on
restless  ends with 1 after 11 s and is started again: the Engine's pause between restarts stays short
"""
from realengine import SECOND
from support import wait_for

MIB = 1 << 20
GREEDY = "x=$(yes 0123456789 | dd bs=1M count=64 2>/dev/null); echo $x"


def compose(service):
    return {"com.docker.compose.project": "yard", "com.docker.compose.service": service}


def sh(script, service, labels=(), **host):
    return {"Cmd": ["sh", "-c", script], "Labels": {**compose(service), **dict(labels)}, "StopSignal": "SIGKILL",
            "HostConfig": host}


def busy_disk():
    copy = "dd if=/dev/zero of=/data/f bs=64k count=32 oflag=direct; dd if=/data/f of=/dev/null bs=64k iflag=direct"
    return {**sh(f"while :; do {copy}; sleep 1; done 2>/dev/null", "disk", Memory=64 * MIB), "Volumes": {"/data": {}}}


def specs(web):
    """name -> Config with HostConfig; web: the address to visit."""
    return {
        "visitor": sh(f"while :; do wget -q -O /dev/null http://{web}/; sleep 0.5; done", "visitor",
                      labels={"org.label-schema.group": "monitoring"}),
        "disk": busy_disk(),
        "leaky": sh(f"while :; do sh -c '{GREEDY}' >/dev/null; sleep 1; done", "leaky", Memory=16 * MIB,
                    MemorySwap=16 * MIB),
        "restless": {**sh("sleep 11; exit 1", "restless", RestartPolicy={"Name": "always"}),
                     "Healthcheck": {"Test": ["CMD-SHELL", "true"], "Interval": SECOND}},
    }


def oom_kills(engine, name):
    """As the kernel counts them, whichever the cgroup version."""
    for file in ("memory.oom_control", "memory.events"):
        path = engine.cgroup("memory", name) / file
        if path.exists():
            return int(dict(line.split() for line in path.read_text().splitlines())["oom_kill"])
    return 0


def start_happenings(engine):
    """Starts them and returns when each has shown what it is for."""
    web = engine.inspect("web")["NetworkSettings"]["IPAddress"]
    for name, spec in specs(web).items():
        engine.run(name, **spec)
    wait_for(lambda: oom_kills(engine, "leaky") >= 1, 120, what="a child of leaky to be killed")
    wait_for(lambda: engine.inspect("restless")["RestartCount"] >= 1, 120, 0.5, "restless to be restarted")
