"""The same commit in another folder gives the same program and the same image, byte for byte."""
import hashlib
from pathlib import Path

from releasedimage import write_archive
from support import binary


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_another_folder_gives_the_same_bytes(builds, tmp_path):
    builds["clone"].done()
    clone = builds["folder"] / "clone"
    assert digest(clone / "build/static-amd64/dockmeter") == digest(binary())
    here = write_archive(tmp_path / "here.tar")
    there = write_archive(tmp_path / "there.tar", static=clone / "build/static-amd64", root=clone)
    assert digest(here) == digest(there)
