"""A Debian base image for `docker build`: bootstrapped once, with what the Dockerfile installs in it already.

tools/bare-debian makes the tree and brings this machine's package mirror; it is kept as a tar file beside what
tools/static keeps, and the sysroot that tools/static has made here is added, so that a build takes seconds.
"""
import io
import os
import re
import subprocess
import tarfile
from pathlib import Path

from realengine import DOCKER
from support import ROOT, binary, clean_env

HOME = "/root"
NAME = "debian:12-slim"
PACKAGES = ["git", "ca-certificates", "gcc", "make", "meson", "ninja-build", "pkg-config", "dpkg-dev", "debian-archive-keyring"]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.environ.get("HOME", "/root")) / ".cache") / "dockmeter"
TAR = CACHE / "debian-bookworm-compiler.tar"
MAKE = """set -e
test ! -s "$1" || exit 0
dir=$(mktemp -d /var/tmp/dockmeter-base.XXXXXX)
trap 'rm -rf --one-file-system "$dir"' EXIT
tools/bare-debian --keep --dir "$dir" sh -c 'apt-get update -q && apt-get install -q -y --no-install-recommends "$@" &&
    apt-get clean && rm -rf /var/lib/apt/lists/* /usr/share/doc /usr/share/man /usr/share/locale' sh $2
tar -C "$dir" --exclude=./opt/dockmeter --exclude='./proc/*' --exclude='./sys/*' --exclude='./dev/*' -cf "$1.part" .
mv "$1.part" "$1"
"""


def command():
    """What makes the tar file, if it is not there."""
    return ["env", "-C", ROOT, "sh", "-c", MAKE, "sh", TAR, " ".join(PACKAGES)]


def sysroot():
    """The folder that the program under test was linked from."""
    return Path(re.search(r"sys_root = '(.*)/sysroot'", (Path(binary()).parent / "cross.ini").read_text())[1])


def context():
    """A build's context: the Dockerfile that adds the sysroot."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        lines = f"FROM debian-compiler\nCOPY cache {HOME}/.cache/dockmeter/{sysroot().name}\n".encode()
        info = tarfile.TarInfo("Dockerfile")
        info.size = len(lines)
        tar.addfile(info, io.BytesIO(lines))
        tar.add(sysroot(), "cache")
    return out.getvalue()


def load(engine):
    """The image that the Dockerfile's FROM names."""
    docker = [DOCKER, "-H", f"unix://{engine.socket}"]
    with open(TAR, "rb") as tar:
        subprocess.run([*docker, "import", "-", "debian-compiler"], stdin=tar, check=True, capture_output=True, timeout=120)
    subprocess.run([*docker, "build", "-q", "-t", NAME, "-"], input=context(), check=True, capture_output=True, timeout=120,
                   env=clean_env(DOCKER_BUILDKIT=0))
