"""The Debian packages as files: what is in them, what they depend on, what lintian says."""
import re
import subprocess

import pytest

from conftest import VERSION
from debs import deb, fields, tool, unpacked
from support import ROOT, binary

ARCHITECTURES = ["amd64", "arm64"]
# The libraries that the program is written for, by Debian's names.
LIBRARIES = {"libc6", "libcurl4", "libdeflate0", "libevent-2.1-7", "libevent-openssl-2.1-7", "libjansson4", "libpcre2-8-0", "libssl3",
             "libyaml-0-2", "zlib1g"}
CONFFILES = {"/etc/default/dockmeter", "/etc/dockmeter/dockmeter.yaml"}
FILES = {"lib/systemd/system/dockmeter.service", "usr/lib/sysusers.d/dockmeter.conf", "usr/share/bash-completion/completions/dockmeter",
         "usr/share/dockmeter/dashboards/containers.json", "usr/share/dockmeter/rules/dockmeter.rules.yml",
         "usr/share/doc/dockmeter/README.md", "usr/share/doc/dockmeter/changelog.gz", "usr/share/doc/dockmeter/copyright",
         "usr/share/fish/vendor_completions.d/dockmeter.fish", "usr/share/man/man1/dockmeter.1.gz",
         "usr/share/man/man5/dockmeter.yaml.5.gz", "usr/share/zsh/vendor-completions/_dockmeter"}


def said(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.fixture(scope="module", params=ARCHITECTURES)
def package(request, dist):
    return deb(dist, request.param)


@pytest.fixture(scope="module")
def program(package):
    """The program in it, by readelf."""
    with unpacked(package) as folder:
        return said("readelf", "-W", "-hldS", f"{folder}/usr/bin/dockmeter")


def test_lintian_finds_nothing(package):
    """Its remarks of all kinds are in the log; neither errors nor warnings are there."""
    done = subprocess.run(["lintian", "--display-info", "--allow-root", "--fail-on", "error,warning", package], capture_output=True, text=True,
                          timeout=120, check=False)
    print(f"lintian {package.name}:\n{done.stdout}{done.stderr}")
    assert done.returncode == 0


def test_it_depends_on_the_libraries_that_it_uses(package, program):
    """None is linked in, so that security updates reach it."""
    names = {re.split(r"[ (|]", depends)[0] for depends in fields(package, "Depends")[0].split(", ")}
    assert names == LIBRARIES | {"systemd"}
    assert len(re.findall(r"\(NEEDED\)", program)) >= len(LIBRARIES)


def test_the_program_is_hardened_and_stripped(package, program):
    machine = {"amd64": "X86-64", "arm64": "AArch64"}[fields(package, "Architecture")[0]]
    assert machine in program and "DYN" in program
    assert "BIND_NOW" in program and "GNU_RELRO" in program and not re.search(r"GNU_STACK.*E ", program)
    assert ".symtab" not in program and ".debug_info" not in program


def test_what_is_in_it(package):
    assert fields(package, "Version") == [f"{VERSION}-1"]
    assert set(said("dpkg-deb", "--info", package, "conffiles").split()) == CONFFILES
    listed = [line.split() for line in said("dpkg-deb", "--contents", package).splitlines()]
    paths = {words[5].removeprefix("./") for words in listed}
    assert FILES <= paths and {path[1:] for path in CONFFILES} <= paths
    assert {words[1] for words in listed} == {"root/root"}
    dates = {" ".join(words[3:5]) for words in listed}
    assert len(dates) == 1, "the times of the checkout are in it"


def test_no_folder_s_name_is_in_it(package, tree):
    with unpacked(package) as folder:
        with open(f"{folder}/usr/bin/dockmeter", "rb") as file:
            assert str(tree).encode() not in file.read()


def test_the_sample_changes_nothing(tmp_path):
    """Every option is in it, as a comment."""
    sample = tmp_path / "dockmeter.yaml"
    sample.write_text(tool("sample-config"))
    plain = said(binary(), "config")
    assert said(binary(), "config", "--config.file", sample) == plain
    sample.write_text(re.sub(r"^#((?:  )*[a-z_]+:.*)$", r"\1", sample.read_text(), flags=re.M))
    assert "server:" in sample.read_text() and "\n  port: 9200" in sample.read_text()
    assert said(binary(), "config", "--config.file", sample)


def test_user_and_group_are_made(tmp_path):
    """The unit names the group of the Engine's socket, and does not start without it."""
    (tmp_path / "etc").mkdir()
    said("systemd-sysusers", f"--root={tmp_path}", str(ROOT / "deploy/systemd/sysusers.d/dockmeter.conf"))
    unit = (ROOT / "deploy/systemd/dockmeter.service").read_text()
    user, group = (re.search(rf"^{key}=(\w+)$", unit, re.M)[1] for key in ("User", "SupplementaryGroups"))
    assert re.search(rf"^{user}:x:\d+:\d+:Dockmeter:/:/usr/sbin/nologin$", (tmp_path / "etc/passwd").read_text(), re.M)
    assert re.search(rf"^{group}:x:", (tmp_path / "etc/group").read_text(), re.M)


@pytest.mark.parametrize("arguments, remedy", [
    ((), "--version 1.2.3"), (("--version", "v1"), "begins with a digit"), (("--version", "1", "--arch", "riscv64"), "amd64 or arm64"),
    (("--wrong",), "unknown argument --wrong")])
@pytest.mark.parametrize("name", ["deb", "tarball"])
def test_mistakes_are_told_before_anything_is_built(name, arguments, remedy):
    done = subprocess.run([ROOT / "tools" / name, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1 and remedy in done.stderr
