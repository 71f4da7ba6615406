"""What ./release is made of, run alone with something wrong: one line that says what, and nothing is left."""
import os
import subprocess

import pytest

from support import ROOT


def tool(name, *arguments, around=(), **env):
    """Its exit status and what it complained of, by lines."""
    done = subprocess.run([*around, ROOT / "tools" / name, *arguments], capture_output=True, text=True, timeout=300, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, **env})
    return done.returncode, done.stderr.splitlines()


@pytest.mark.parametrize("name, arguments, said", [
    ("static", ["--arch"], "static: --arch needs a value; see --help"),
    ("static", ["--out", ""], "static: --out needs a value; see --help"),
    ("image", ["--static"], "image: --static needs a value; see --help"),
    ("deb", ["--version"], "deb: --version needs a value; see --help"),
    ("tarball", ["--version", "1.0.0", "--arch", "riscv64"], 'tarball: no architecture "riscv64": it can be amd64 or arm64'),
    ("static", ["--out", "/proc/here"], "static: no folder /proc/here can be made"),
    ("image", ["--out", "/proc/here/image.tar"], "image: no folder /proc/here can be made"),
    ("tarball", ["--version", "1.0.0", "--out", "/proc/here"], "tarball: no folder /proc/here can be made"),
    ("sbom", ["--version", "1.0.0", "--created", "0", "/proc"],
     "sbom: error: /proc is not a folder that tools/static has built in: it has no meson/dockmeter.map"),
    ("static-sizes", [], "usage: static-sizes MAP PROGRAM"),
    ("picture", ["--large"], "The containers are real and so is their load; nothing in the picture is written by hand."),
])
def test_a_wrong_command_line(name, arguments, said):
    status, err = tool(name, *arguments)
    assert status != 0 and err[-1] == said
    assert len([line for line in err if line.startswith(("Traceback", "  File"))]) == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="a network of its own needs root")
def test_without_a_network(tmp_path):
    """Package lists that could not be had are not taken for empty ones."""
    temp = tmp_path / "temp"
    temp.mkdir()
    status, err = tool("static", "--out", tmp_path / "out", around=["unshare", "--net"], TMPDIR=str(temp))
    assert (status, err[-1]) == (1, "static: the package lists of Debian's bookworm cannot be had: is there a way to its mirrors?")
    assert list(temp.iterdir()) == []


@pytest.fixture
def static(tmp_path):
    """A folder as tools/static leaves it, with a program that does not compress."""
    folder = tmp_path / "static"
    (folder / "licences").mkdir(parents=True)
    (folder / "dockmeter").write_bytes(os.urandom(1 << 18))
    (folder / "dockmeter").chmod(0o755)
    for name in ("ca-certificates.crt", "versions", "licences/some"):
        (folder / name).write_text("text\n")
    return folder


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize("name, arguments, file", [("image", ["--static"], "image.tar"), ("tarball", ["--program"], "")])
def test_a_full_disk_leaves_no_part_of_a_file(static, tmp_path, name, arguments, file):
    folder = tmp_path / "small"
    folder.mkdir()
    script = 'mount -t tmpfs -o size=64k none "$0" && "$@"; status=$?; ls -A "$0" >&2; exit $status'
    status, err = tool(name, "--version", "1.0.0", *arguments, static, "--out", folder / file,
                       around=["unshare", "--mount", "--propagation", "private", "sh", "-c", script, folder])
    assert status != 0 and any("No space left on device" in line or "Wrote only" in line for line in err)
    assert not any(line.startswith(("image.tar", "dockmeter-")) for line in err)
