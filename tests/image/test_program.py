"""The released program: what kind of file it is."""
import subprocess
from pathlib import Path

from support import binary

MAX_BYTES = 6_500_000


def readelf(*flags):
    return subprocess.run(["readelf", "-W", *flags, binary()], capture_output=True, text=True, check=True).stdout


def test_it_is_small():
    assert Path(binary()).stat().st_size <= MAX_BYTES


def test_it_needs_no_library_and_may_lie_anywhere():
    assert "NEEDED" not in readelf("-d") and "Requesting program interpreter" not in readelf("-l")
    assert "Type:                              DYN" in readelf("-h")
