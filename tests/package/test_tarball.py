"""The archive with the static program."""
import subprocess
import tarfile

import pytest

from conftest import VERSION, git
from debs import tarball

TOP = f"dockmeter-{VERSION}-linux-amd64"
FILES = {"CHANGELOG.md", "INSTALL.md", "LICENSE", "README.md", "completions/_dockmeter", "completions/dockmeter.bash", "completions/dockmeter.fish",
         "dashboards/containers.json", "dockmeter", "dockmeter.yaml", "licences/curl", "licences/libssl-dev", "licences/versions",
         "man/dockmeter.1", "man/dockmeter.yaml.5", "rules/dockmeter.rules.yml", "systemd/default", "systemd/dockmeter.service",
         "systemd/sysusers.conf"}


@pytest.fixture(scope="module")
def members(dist):
    with tarfile.open(tarball(dist)) as archive:
        return archive.getmembers()


def test_what_is_in_it(members):
    assert {f"{TOP}/{name}" for name in FILES} <= {m.name for m in members}
    assert {m.name.partition("/")[0] for m in members} == {TOP}


def test_nothing_of_the_machine_is_in_it(members, tree, dist):
    """Order, owners, modes and times are the commit's."""
    date = int(git(tree, "log", "-1", "--format=%ct"))
    assert [m.name for m in members] == sorted(m.name for m in members)
    assert {(m.uid, m.gid, m.mtime) for m in members} == {(0, 0, date)}
    assert {m.mode for m in members if m.isfile()} == {0o644, 0o755}
    assert tarball(dist).read_bytes()[4:8] == b"\0\0\0\0", "gzip's own time"


def test_the_unit_starts_what_is_installed_by_hand(tmp_path, dist):
    with tarfile.open(tarball(dist)) as archive:
        archive.extractall(tmp_path)
    assert "\nExecStart=/usr/local/bin/dockmeter\n" in (tmp_path / TOP / "systemd/dockmeter.service").read_text()
    done = subprocess.run([tmp_path / TOP / "dockmeter", "version"], capture_output=True, text=True, check=True, timeout=60)
    assert "dockmeter" in done.stdout.lower()
