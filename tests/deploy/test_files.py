"""The files of deploy/ are what the programs that read them take."""
import subprocess

import pytest

from support import ROOT

COMPOSE = sorted((ROOT / "deploy/compose").glob("*.yaml"))


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.stem)
def test_compose_takes_it(path):
    done = subprocess.run(["/usr/bin/docker-compose", "-f", path, "config", "-q"], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
