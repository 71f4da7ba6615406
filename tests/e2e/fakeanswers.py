"""What a fake Engine says: the answers of a healthy one, and the ways in which a test spoils them."""
import json
import time

YEAR_ONE = "0001-01-01T00:00:00Z"
STARTED = "2023-11-14T22:13:21Z"
PID_BASE = 5_000_000  # beyond any pid that a kernel gives, so never a process of this machine


# What a spoiled answer does; each is a plain value.
class Body:
    """Answers these bytes with this status."""

    def __init__(self, body, status=200, content_type="application/json"):
        self.body, self.status, self.content_type = body, status, content_type


class Raw:
    """Writes these bytes instead of an answer and closes."""

    def __init__(self, data):
        self.data = data


class Cut:
    """The right head, the first part of the body, then the connection ends."""

    def __init__(self, part=0.5):
        self.part = part


class Delay:
    """The right answer, later."""

    def __init__(self, seconds):
        self.seconds = seconds


class Hang:
    """No answer at all."""


class Close:
    """Ends the connection without a word."""


class Endless:
    """A chunked body that never ends: `limit` bytes of `chunk` repeated behind `start`."""

    def __init__(self, start=b"[", chunk=b'{"Id":"x"},' * 6000, limit=1 << 30):
        self.start, self.chunk, self.limit = start, chunk, limit


class Change:
    """The right answer, its JSON changed by fn (which may return another value)."""

    def __init__(self, fn):
        self.fn = fn


def encode(value):
    """JSON in UTF-8; a test may put a byte that is not UTF-8 into a string as "\\udcXX"."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogateescape")


def container_id(n):
    return f"{n:064x}"


def number_of(cid):
    """The n of a container's id."""
    return int(cid, 16)


def first_pid(n):
    """The process of a container's first life."""
    return PID_BASE + n


def rfc3339(ns):
    """A Unix time in ns as the Engine writes it."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(ns // 10**9)) + f".{ns % 10**9:09d}Z"


def list_entry(n, name, state="running", **more):
    return dict({"Id": container_id(n), "Names": [f"/{name}"], "Image": "busybox", "ImageID": "sha256:" + "1" * 64,
                 "Command": "sleep", "Created": 1700000000, "Ports": [], "Labels": {}, "State": state,
                 "Status": "Up 5 minutes", "HostConfig": {"NetworkMode": "default"}, "Mounts": []}, **more)


def inspect_answer(n, name, state="running", labels=None, network="default"):
    running = state == "running"
    return {"Id": container_id(n), "Created": "2023-11-14T22:13:20.5Z", "Name": f"/{name}", "RestartCount": 0,
            "Image": "sha256:" + "1" * 64,
            "State": {"Status": state, "Running": running, "Paused": False, "Restarting": False, "OOMKilled": False,
                      "Dead": False, "Pid": first_pid(n) if running else 0, "ExitCode": 0, "Error": "",
                      "StartedAt": YEAR_ONE if state == "created" else STARTED,
                      "FinishedAt": YEAR_ONE if running or state == "created" else "2023-11-14T22:14:00Z"},
            "Config": {"Image": "busybox", "Labels": labels or {}, "Tty": False, "Env": ["SECRET=never-on-a-page"]},
            "HostConfig": {"NetworkMode": network, "Memory": 0, "MemorySwap": 0, "NanoCpus": 0, "CpuShares": 0,
                           "CpuQuota": 0, "CpuPeriod": 0, "PidsLimit": None, "LogConfig": {"Type": "json-file"}}}


def stats_answer(n, name):
    """A running container's one-shot answer; its figures follow from n."""
    return {"read": "2026-11-21T01:45:16.263908302Z", "preread": YEAR_ONE, "name": f"/{name}", "id": container_id(n),
            "pids_stats": {"current": n % 50 + 1}, "num_procs": 0,
            "blkio_stats": {"io_service_bytes_recursive": [
                {"major": 254, "minor": 0, "op": "Read", "value": n}, {"major": 254, "minor": 0, "op": "Write", "value": 2 * n}]},
            "cpu_stats": {"cpu_usage": {"total_usage": n * 1000 + 744, "usage_in_kernelmode": 10, "usage_in_usermode": n},
                          "system_cpu_usage": 1, "online_cpus": 2,
                          "throttling_data": {"periods": 1, "throttled_periods": 0, "throttled_time": 0}},
            "precpu_stats": {"cpu_usage": {"total_usage": 0}},
            "memory_stats": {"usage": n * 4096, "max_usage": n * 8192, "limit": 1 << 34,
                             "stats": {"total_cache": 4096, "total_rss": n, "total_inactive_file": 4096,
                                       "total_mapped_file": 0, "total_pgfault": n + 3, "total_pgmajfault": 3}},
            "networks": {"eth0": {"rx_bytes": n, "rx_packets": 1, "rx_errors": 0, "rx_dropped": 0,
                                  "tx_bytes": n, "tx_packets": 1, "tx_errors": 0, "tx_dropped": 0}}}


def no_stats(n, name):
    """What the Engine says of a container that does not run."""
    return {"read": YEAR_ONE, "preread": YEAR_ONE, "name": f"/{name}", "id": container_id(n), "pids_stats": {},
            "blkio_stats": {"io_service_bytes_recursive": None}, "num_procs": 0,
            "cpu_stats": {"cpu_usage": {"total_usage": 0}}, "precpu_stats": {"cpu_usage": {"total_usage": 0}}, "memory_stats": {}}


def single_answers(version, api, min_api):
    """The answers that are about no container, by (endpoint, None)."""
    return {
        ("ping", None): b"OK", ("images", None): encode([{"Id": f"sha256:{i:064x}"} for i in range(4)]),
        ("volumes", None): encode({"Volumes": [{"Name": "v1"}, {"Name": "v2"}], "Warnings": None}),
        ("networks", None): encode([{"Name": n, "Id": n} for n in ("bridge", "host", "none")]),
        ("df", None): encode({"LayersSize": 5000, "Images": [{"Id": "i", "Size": 5000}], "BuildCache": None, "Volumes": None,
                              "Containers": [{"Id": container_id(n), "SizeRw": n * 1000, "SizeRootFs": n * 1000 + 5000}
                                             for n in range(1, 4)]}),
        ("version", None): encode({"Version": version, "ApiVersion": api, "MinAPIVersion": min_api,
                                   "Os": "linux", "Arch": "amd64", "KernelVersion": "6.1.0"}),
        ("info", None): encode({"ServerVersion": version, "Name": "fake", "NCPU": 2, "MemTotal": 1 << 34, "Driver": "overlay2",
                                "CgroupVersion": "1", "KernelVersion": "6.1.0", "OSType": "linux",
                                "Architecture": "x86_64", "Swarm": {"LocalNodeState": "inactive"}, "Images": 4})}
