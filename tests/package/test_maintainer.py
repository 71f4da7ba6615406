"""Who publishes a package: DOCKMETER_MAINTAINER."""
import os
import re
import subprocess

import pytest

from conftest import VERSION, release
from debs import deb, fields
from support import ROOT

NOBODY = "Dockmeter maintainers <maintainers@dockmeter.invalid>"
WRONG = ["Jane Doe", "jane@example.org", "<jane@example.org>", "Jane Doe <jane>", "Jane Doe <jane@localhost>", "Doe, Jane <jane@example.org>",
         "Jane Doe <jane@example.org>\nDepends: evil", "Jane <a@example.org> <b@example.org>"]


def build(folder, **env):
    """tools/deb with a stand-in for the packaging, which shows what it would package and gives up."""
    stub = folder / "stub"
    stub.write_text("#!/bin/sh\ngrep ^Maintainer debian/control; tail -n 1 debian/changelog; exit 1\n")
    stub.chmod(0o755)
    script = f"mount --bind {stub} /usr/bin/dpkg-buildpackage && exec \"$@\""
    done = subprocess.run(["unshare", "--mount", "--propagation", "private", "bash", "-c", script, "bash", folder / "tools/deb",
                           "--version", VERSION], capture_output=True, text=True, timeout=300, check=False, env={**os.environ, **env})
    assert done.returncode == 1, done.stderr
    return done.stderr


def test_nobody_unless_told(dist):
    for arch in ("amd64", "arm64"):
        assert fields(deb(dist, arch), "Maintainer") == [NOBODY]


@pytest.mark.skipif(os.geteuid() != 0, reason="a stand-in for Debian's tools needs root")
@pytest.mark.parametrize("name", ["Jane Doe <jane@example.org>", "J. O'Hara & Söhne \\1 | Co. <a+b@x-y.example.org>"])
def test_whoever_publishes_it(clone, name):
    # Another worker may just have put something old into the cache, which is told in front.
    control, changelog = build(clone, DOCKMETER_MAINTAINER=name).splitlines()[-3:-1]
    assert control == f"Maintainer: {name}"
    assert re.fullmatch(rf" -- {re.escape(name)}  \w{{3}}, \d\d .* \+0000", changelog)


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_maintainer(name):
    done = subprocess.run([ROOT / "tools/deb", "--version", VERSION], capture_output=True, text=True, timeout=60, check=False,
                          env={**os.environ, "DOCKMETER_MAINTAINER": name})
    assert done.returncode == 1 and done.stderr.startswith("deb: DOCKMETER_MAINTAINER is \"")
    assert "like \"Jane Doe <jane@example.org>\"" in done.stderr


def test_a_release_says_so_before_anything_is_built(clone):
    status, out, err = release(clone, VERSION, DOCKMETER_MAINTAINER="Jane Doe")
    assert (status, out) == (1, "")
    assert err.splitlines() == ["release: nothing was built:",
                                '  - DOCKMETER_MAINTAINER is "Jane Doe": it has to be like "Jane Doe <jane@example.org>"']
