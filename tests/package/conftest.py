"""Fixtures: what ./release makes of this tree; the rest are those of tests/e2e."""
import contextlib
import fcntl
import os
import re
import subprocess
from pathlib import Path

import pytest

from support import ROOT, pytest_configure  # noqa: F401

VERSION = re.search(r"^  version: '(.*)',$", (ROOT / "meson.build").read_text(), re.M)[1]
DATE = "2026-01-02T03:04:05+00:00"
ARCHITECTURES = ("amd64", "arm64")
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path(os.environ.get("HOME", "/root")) / ".cache") / "dockmeter"
# Put there before the release is made, as if somebody had needed them long ago.
UNUSED = [f"{kind}-{arch}-of-a-test" for kind in ("static", "deb") for arch in ARCHITECTURES]


def git(folder, *arguments):
    """git in FOLDER as somebody with a name, at a time that is always the same."""
    env = {**os.environ, "GIT_AUTHOR_DATE": DATE, "GIT_COMMITTER_DATE": DATE, "GIT_CONFIG_GLOBAL": os.devnull}
    who = ["-c", "user.name=Tester", "-c", "user.email=tester@localhost", "-c", "init.defaultBranch=main"]
    return subprocess.run(["git", "-C", folder, *who, *arguments], env=env, check=True, capture_output=True, text=True,
                          timeout=60).stdout


def commit(folder, message):
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message", message)


def dated(changelog):
    """The CHANGELOG as it is released: what was "Unreleased" has got the version and a date."""
    return re.sub(r"^## Unreleased$", f"## Unreleased\n\n## {VERSION} — {DATE[:10]}", changelog, flags=re.M)


def make_tree(folder):
    """This tree's files as they are now in a commit of their own that can be released."""
    folder.mkdir()
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                           check=True, capture_output=True, timeout=60).stdout
    there = b"\0".join(n for n in names.split(b"\0") if n and (ROOT / os.fsdecode(n)).exists())
    packed = subprocess.run(["tar", "-C", ROOT, "--null", "-T", "-", "-c"], input=there, check=True, capture_output=True, timeout=60)
    subprocess.run(["tar", "-C", folder, "-x"], input=packed.stdout, check=True, timeout=60)
    changelog = folder / "CHANGELOG.md"
    if f"## {VERSION} — " not in changelog.read_text():
        changelog.write_text(dated(changelog.read_text()))
    git(folder, "init", "--quiet")
    commit(folder, f"Version {VERSION}")


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id):
    """A folder that all workers of the run have, and its lock."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "shared"
    folder.mkdir(exist_ok=True)

    @contextlib.contextmanager
    def locked():
        with open(folder / "lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    return locked


@pytest.fixture(scope="session")
def tree(shared):
    """This tree's files as they are now in a commit of their own that can be released."""
    with shared() as folder:
        if not (folder / "dockmeter").exists():
            make_tree(folder / "dockmeter")
        return folder / "dockmeter"


@pytest.fixture
def clone(tree, tmp_path):
    """A clone that a test may spoil."""
    folder = tmp_path / "clone"
    git(tree, "clone", "--quiet", tree, folder)
    return folder


def release(folder, *arguments, around=(), timeout=900, **env):
    """./release in FOLDER: its exit status, what it said, what it complained of. What Debian publishes today is no
    fault of this tree."""
    done = subprocess.run([*around, folder / "release", *arguments], capture_output=True, text=True, timeout=timeout, check=False,
                          stdin=subprocess.DEVNULL, env={**os.environ, "DOCKMETER_KEEP_CURL": "yes", **env})
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="session")
def released(tree, shared):
    """What ./release said when it was run on the tree, once for all workers; it has filled dist/."""
    with shared() as folder:
        said = folder / "said"
        if not said.exists():
            for name in UNUSED:
                (CACHE / name).mkdir(parents=True, exist_ok=True)
                os.utime(CACHE / name, (0, 0))
            status, out, err = release(tree, VERSION)
            assert (status, err) == (0, ""), out + err
            said.write_text(out)
        return said.read_text()


@pytest.fixture(scope="session")
def dist(tree, released) -> Path:
    """The folder with all that is shipped, made once: what is tested is what is shipped."""
    assert released
    return tree / "dist"
