"""What tools/static, tools/deb and tools/vm keep: what is used stays, what nobody uses goes, nothing is ever there by half."""
import hashlib
import os
import subprocess
import time

import pytest

from conftest import ARCHITECTURES, CACHE, UNUSED
from support import ROOT

DAY = 86400
TAKE = 'set -euo pipefail; . "$0/tools/debian.sh"; . "$0/tools/cache.sh"; eval "$3"; take_folder "$1" "$2"'
HALF = 'rm() { [[ -d $2 ]] || return 0; command rm "$2/one"; return 1; }'


def take(folder, pattern="static-amd64-*", before=""):
    """Exit status and what it said."""
    done = subprocess.run(["bash", "-c", TAKE, ROOT, folder, pattern, before], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


@pytest.fixture
def kept(tmp_path):
    """kept(name, days) makes a folder that nobody has used for so long."""
    def make(name, days=0):
        folder = tmp_path / name
        folder.mkdir()
        for file in ("one", "other"):
            (folder / file).write_text(name)
        then = time.time() - days * DAY
        os.utime(folder, (then, then))
        return folder
    return make


def names(folder):
    return sorted(p.name for p in folder.iterdir())


def test_what_nobody_used_for_30_days_goes(kept, tmp_path):
    mine = kept("static-amd64-mine", 90)
    for name, days in (("static-amd64-used", 29.9), ("static-amd64-old", 30.1), ("static-arm64-old", 90), ("deb-amd64-old", 90)):
        kept(name, days)
    (tmp_path / "static-amd64.lock").write_text("")
    os.utime(tmp_path / "static-amd64.lock", (0, 0))
    assert take(mine) == (0, f"Removed from {tmp_path}, since unfinished or unused for 30 days: static-amd64-old\n")
    assert names(tmp_path) == ["deb-amd64-old", "static-amd64-mine", "static-amd64-used", "static-amd64.lock", "static-arm64-old"]
    assert time.time() - mine.stat().st_mtime < DAY and names(mine) == ["one", "other"]
    assert take(mine) == (0, "")


def test_what_was_never_finished_goes(kept, tmp_path):
    mine = kept("static-amd64-mine")
    kept("static-amd64-stopped.part")
    status, said = take(mine)
    assert (status, names(tmp_path)) == (0, ["static-amd64-mine"]) and said.endswith("30 days: static-amd64-stopped.part\n")


def test_a_removal_that_is_stopped_leaves_nothing_that_looks_whole(kept, tmp_path):
    mine = kept("static-amd64-mine")
    kept("static-amd64-old", 60)
    status, said = take(mine, before=HALF)
    assert status == 0 and said.endswith("static-amd64-old was not finished or is unused for 30 days, and cannot be removed\n")
    assert names(tmp_path) == ["static-amd64-mine", "static-amd64-old.part"]
    assert names(tmp_path / "static-amd64-old.part") == ["other"]
    kept("static-amd64-old", 60)  # made again, and not used again
    assert take(mine)[0] == 0 and names(tmp_path) == ["static-amd64-mine"]


def test_the_image_of_the_virtual_machine(kept, tmp_path):
    mine = hashlib.sha256((ROOT / "tools/vm").read_bytes()).hexdigest()[:16]
    (kept(mine) / "root").write_text("")
    os.utime(tmp_path / mine, (0, 0))
    for name, days in (("0123456789abcdef", 60), ("fedcba9876543210", 1), ("somebody's", 60)):
        kept(name, days)
    done = subprocess.run([ROOT / "tools/vm", "build"], capture_output=True, text=True, timeout=60, check=True,
                          env={**os.environ, "DOCKMETER_VM_CACHE": str(tmp_path)})
    assert (done.stdout, done.stderr) == (f"{tmp_path}/{mine}\n",
                                          f"Removed from {tmp_path}, since unfinished or unused for 30 days: 0123456789abcdef\n")
    assert names(tmp_path) == sorted([mine, "fedcba9876543210", "lock", "somebody's"])


def test_a_release_takes_out_what_nobody_uses(released):
    assert released
    assert not [name for name in UNUSED if (CACHE / name).exists()]
    for prefix in (f"{kind}-{arch}" for kind in ("static", "deb") for arch in ARCHITECTURES):
        used = [p.stat().st_mtime for p in CACHE.glob(f"{prefix}-{'[0-9a-f]' * 16}")]
        assert max(used) > time.time() - DAY, prefix
