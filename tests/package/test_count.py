"""tools/count-results: what ./test makes of two runs of pytest, the second of what failed in the first."""
import subprocess
import sys

import pytest

from support import ROOT

SUITE = """
import os
import pytest

def once(name):
    if not os.path.exists(name):
        open(name, "w").close()
        pytest.fail("the first time")

def test_right():
    pass

def test_wrong():
    assert False

def test_now_and_then():
    once("a")

@pytest.fixture
def closing():
    yield
    once("b")

def test_in_two_places(closing):
    once("c")

@pytest.mark.skip(reason="not here")
def test_left_out():
    pass
"""


def count(*arguments):
    return subprocess.run([ROOT / "tools/count-results", *arguments], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def runs(tmp_path):
    """The results of both runs, as files."""
    (tmp_path / "test_it.py").write_text(SUITE)
    for more in (), ("--last-failed", "--last-failed-no-failures", "none"):
        subprocess.run([sys.executable, "-m", "pytest", "-q", f"--junitxml={len(more)}.xml", *more], cwd=tmp_path, capture_output=True,
                       timeout=120, check=False)
    return tmp_path / "0.xml", tmp_path / "3.xml"


def test_one_run(runs):
    numbers, *notes = count("junit", runs[0]).stdout.splitlines()
    assert numbers == "1 4 1", "a test that fails and then cannot be cleaned up has failed twice"
    assert not [note for note in notes if "UNSTEADY" in note]


def test_what_passes_in_the_second_run_has_passed_and_is_named(runs):
    numbers, *notes = count("junit", *runs).stdout.splitlines()
    assert numbers == "3 1 1"
    told = [note.split()[:2] for note in notes if note.startswith("  UNSTEADY") or note.startswith("  FAILED")]
    assert told == [["FAILED", "test_it::test_wrong:"], ["UNSTEADY", "test_it::test_now_and_then"],
                    ["UNSTEADY", "test_it::test_in_two_places"], ["UNSTEADY", "test_it::test_in_two_places"]]
    assert "Failed: the first time" in "\n".join(notes)


@pytest.mark.parametrize("arguments", [(), ("junit",), ("meson", "a", "b"), ("junit", "a", "b", "c"), ("other", "a")])
def test_a_wrong_call_is_told_how(arguments):
    done = count(*arguments)
    assert done.returncode == 1 and "usage: count-results" in done.stderr
