"""Podman's service as a second kind of Engine: its own storage, cgroups and socket, taken down without a trace."""
import contextlib
import os
import signal
import subprocess
from pathlib import Path

from realengine import CGROUPS, Engine, EngineUnavailable
from support import DIE_WITH_US, clean_env

PODMAN = "/usr/bin/podman"
CONF = """[engine]
cgroup_manager="cgroupfs"
events_logger="file"
runtime="runc"
lock_type="file"
tmp_dir="{0}/tmp"
static_dir="{0}/store/libpod"
volume_path="{0}/store/volumes"
[network]
network_config_dir="{0}/networks"
[containers]
default_ulimits=["nofile=512:512", "nproc=512:512"]
"""
LOW = [{"Name": name, "Soft": 512, "Hard": 512} for name in ("nofile", "nproc")]  # below what any machine allows


class Podman(Engine):
    """start() and close() as those of Engine; containers have no network of their own."""

    around = ()  # words in front of the service's command line

    def start(self):
        missing = [p for p in (PODMAN, "/usr/bin/conmon", "/usr/sbin/runc", "/bin/busybox") if not os.path.exists(p)]
        if missing or os.geteuid() != 0:
            raise EngineUnavailable(f"missing: {' '.join(missing)}" if missing else "not root")
        (self.folder / "containers.conf").write_text(CONF.format(self.folder))
        self.had_parent = any(CGROUPS.glob("*/libpod_parent")) or (CGROUPS / "libpod_parent").exists()
        with open(self.folder / "podman.log", "ab") as log:
            self.process = subprocess.Popen(
                [*DIE_WITH_US, *self.around, PODMAN, "--root", str(self.folder / "store"), "--runroot",
                 str(self.folder / "run"), "system", "service", "-t", "0", f"unix://{self.socket}"],
                stdout=log, stderr=log, env=clean_env(CONTAINERS_CONF=self.folder / "containers.conf"), start_new_session=True)
        return self.await_answer("podman", "podman.log")

    def api(self, method, path, body=None, raw=None):
        return super().api(method, f"/v1.41{path}", body, raw)

    def create(self, name, **config):
        config["HostConfig"] = dict({"NetworkMode": "none", "Ulimits": LOW}, **config.get("HostConfig", {}))
        return super().create(name, **config)

    def remove(self, name):
        self.api("DELETE", f"/containers/{name}?force=1&v=1&timeout=0")
        self.ids.pop(name, None)

    def cgroup(self, controller, name):
        base = CGROUPS / controller if (CGROUPS / controller).exists() else CGROUPS
        return base / f"libpod_parent/libpod-{self.ids[name]}"

    def stop(self):
        if self.process and self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()

    def _remove_cgroups(self):
        parents = [CGROUPS / "libpod_parent", *CGROUPS.glob("*/libpod_parent")]
        for parent in parents:
            ours = [parent / f"libpod-{cid}{end}" for cid in self.created for end in ("/container", "", "-conmon")]
            for path in ours + ([parent / "conmon"] if not self.had_parent else []) + ([] if self.had_parent else [parent]):
                with contextlib.suppress(OSError):
                    Path(path).rmdir()
