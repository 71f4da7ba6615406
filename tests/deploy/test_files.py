"""The files of deploy/ are what the programs that read them take."""
import re
import subprocess

import pytest

from support import ROOT

COMPOSE = sorted((ROOT / "deploy/compose").glob("*.yaml"))
FOR_A_SWARM = re.compile(r"Some services \(.*\) use the 'configs' key, which will be ignored\..*\n")


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.stem)
def test_compose_takes_it(path):
    done = subprocess.run(["/usr/bin/docker-compose", "-f", path, "config", "-q"], capture_output=True, text=True, timeout=60, check=False)
    said = FOR_A_SWARM.sub("", done.stderr) if path.stem == "swarm" else done.stderr
    assert (done.returncode, done.stdout, said) == (0, "", "")
