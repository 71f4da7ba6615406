"""Rootless Docker as Debian's packages start it: by a user without any right, with sub-uids of its own.

The user exists in this Engine's mount namespace only, by files put over those of /etc.
"""
import os
import subprocess
from pathlib import Path

from realengine import Engine, EngineUnavailable
from support import DIE_WITH_US

SCRIPT = "/usr/share/docker.io/contrib/dockerd-rootless.sh"
NEEDED = (SCRIPT, "/usr/bin/rootlesskit", "/usr/bin/slirp4netns", "/usr/bin/newuidmap", "/dev/net/tun")
USER, SUBUIDS = 23456, 200000
FILES = {"passwd": f"alice:x:{USER}:{USER}::/:/bin/sh\n", "group": f"alice:x:{USER}:\n",
         "subuid": f"alice:{SUBUIDS}:65536\n", "subgid": f"alice:{SUBUIDS}:65536\n"}
START = 'for file in {names}; do mount --bind "$0/$file" "/etc/$file" || exit; done; exec "$@"'


class Rootless(Engine):
    """start() and close() as those of Engine; the folder is the user's XDG_RUNTIME_DIR."""

    def start(self):
        missing = [path for path in NEEDED if not os.path.exists(path)]
        if missing or os.geteuid() != 0:
            raise EngineUnavailable(f"missing: {' '.join(missing)}" if missing else "not root")
        etc = self.folder / "etc"
        etc.mkdir()
        for name, more in FILES.items():
            known = Path("/etc") / name
            known.touch()
            (etc / name).write_text((known.read_text() if name in ("passwd", "group") else "") + more)
        (self.folder / "home").mkdir()
        for path in (self.folder, self.folder / "home"):
            os.chown(path, USER, USER)
        self._run(etc)
        return self.await_answer("rootless dockerd", "log")

    def _run(self, etc):
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": self.folder / "home", "XDG_RUNTIME_DIR": self.folder,
               "DOCKERD_ROOTLESS_ROOTLESSKIT_NET": "slirp4netns", "DOCKERD_ROOTLESS_ROOTLESSKIT_PORT_DRIVER": "builtin"}
        user = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--pdeathsig", "TERM"]
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [*DIE_WITH_US, "unshare", "--mount", "--propagation", "private", "sh", "-c",
                 START.format(names=" ".join(FILES)), etc, *user, "sh", SCRIPT], stdout=log, stderr=log,
                env={k: str(v) for k, v in env.items()}, start_new_session=True)
