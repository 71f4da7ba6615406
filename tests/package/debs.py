"""Packages and the archive of a release, and the next version of a package as an upgrade would bring it."""
import subprocess
import tempfile
from pathlib import Path

from conftest import VERSION
from support import ROOT

NEXT = VERSION + ".1"
BUILD_TIMEOUT = 600


def tool(name, *arguments):
    """Runs one of tools/; what it printed."""
    done = subprocess.run([ROOT / "tools" / name, *arguments], capture_output=True, text=True, timeout=BUILD_TIMEOUT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def deb(dist, arch="amd64"):
    """The package of the release for an architecture."""
    return dist / f"dockmeter_{VERSION}-1_{arch}.deb"


def tarball(dist):
    """The archive of the release."""
    return dist / f"dockmeter-{VERSION}-linux-amd64.tar.gz"


def next_version(package, folder):
    """The same with a greater version, in which both configuration files have a line more."""
    tree = Path(folder) / "next"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN/control"
    control.write_text(control.read_text().replace(VERSION, NEXT))
    for name in ("etc/default/dockmeter", "etc/dockmeter/dockmeter.yaml"):
        with open(tree / name, "a", encoding="utf-8") as file:
            file.write("# Of the next version.\n")
    made = Path(folder) / f"dockmeter_{NEXT}-1_amd64.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, made], capture_output=True, check=True)
    return made


def fields(package, *names):
    """Control fields of a package."""
    return [subprocess.run(["dpkg-deb", "--field", package, name], capture_output=True, text=True, check=True).stdout.strip()
            for name in names]


def unpacked(package):
    """A folder with the package's files in it; it goes with the object."""
    folder = tempfile.TemporaryDirectory()
    subprocess.run(["dpkg-deb", "--extract", package, folder.name], check=True)
    return folder
