"""The systemd unit, as systemd reads it."""
import re
import subprocess

from support import ROOT

UNIT = ROOT / "deploy/systemd/dockmeter.service"


def test_systemd_understands_every_line(tmp_path):
    unit = tmp_path / "dockmeter.service"
    unit.write_text(UNIT.read_text().replace("/usr/bin/dockmeter", "/bin/true"))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_needs_no_program_of_another_package():
    """/bin/kill is one: procps has it, which a small system has not."""
    assert set(re.findall(r"^Exec\w+=(\S+)", UNIT.read_text(), re.M)) == {"/usr/bin/dockmeter", "/bin/sh"}
