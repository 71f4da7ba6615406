"""What ./release makes: all of it, the right bytes in the right files, and the same bytes again."""
import json
import re
import subprocess
import tarfile

import pytest

import spdx
from conftest import VERSION, git, release
from support import ROOT

ARCHITECTURES = {"amd64": 62, "arm64": 183}  # with the machine's number in an ELF header
NAMES = sorted(
    [f"dockmeter-{VERSION}.spdx.json", f"CHANGELOG-{VERSION}.md", f"LICENCES-{VERSION}.txt"]
    + [name.format(v=VERSION, a=a) for a in ARCHITECTURES for name in (
        "dockmeter-{v}-linux-{a}", "dockmeter-{v}-linux-{a}.tar.gz", "dockmeter_{v}-1_{a}.deb", "dockmeter-{v}-image-{a}.tar")])


def test_it_says_what_it_made(tree, released):
    """Head, a line for each step, a table of files, and how long it took."""
    commit = git(tree, "rev-parse", "HEAD")[:12]
    head, *lines = released.splitlines()
    assert head == f"Dockmeter {VERSION} of commit {commit}, 2026-01-02, not tagged yet (git tag v{VERSION})"
    steps = [re.fullmatch(r" *\d+ s  (\w+): (.*) \(\d+ s\)", line) for line in lines[:10]]
    assert all(steps), lines
    assert sorted((s[1], s[2]) for s in steps) == sorted(
        (a, what) for a in ARCHITECTURES for what in ("static program", "bare program", "image", "archive", "package"))
    table = {line.split()[1]: int(line.split()[0]) for line in lines[11:-2]}
    assert table == {name: (tree / "dist" / name).stat().st_size for name in [*NAMES, "SHA256SUMS"]}
    assert re.fullmatch(rf"Dockmeter {re.escape(VERSION)} is in {tree}/dist, made in \d+ s\. See docs/releasing\.md .*", lines[-1])


def test_everything_is_there_and_has_its_sum(dist):
    assert sorted(p.name for p in dist.iterdir()) == sorted([*NAMES, "SHA256SUMS"])
    assert [line.split("  ")[1] for line in (dist / "SHA256SUMS").read_text().splitlines()] == NAMES
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=dist, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_leaves_the_tree_clean(tree, dist):
    assert [p.name for p in tree.glob("dist*")] == [dist.name]
    assert git(tree, "status", "--porcelain") == ""


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_the_program_is_for_its_machine(dist, arch):
    program = dist / f"dockmeter-{VERSION}-linux-{arch}"
    data = program.read_bytes()
    assert data[:4] == b"\x7fELF" and int.from_bytes(data[18:20], "little") == ARCHITECTURES[arch]
    assert program.stat().st_mode & 0o777 == 0o755


def test_the_program_knows_version_and_commit(tree, dist):
    said = subprocess.run([dist / f"dockmeter-{VERSION}-linux-amd64", "version"], capture_output=True, text=True, timeout=60,
                          check=True).stdout
    assert said.startswith(f"dockmeter {VERSION} (commit {git(tree, 'rev-parse', 'HEAD')[:12]}, 2026-01-02T03:04:05")


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_archive_and_image_have_the_same_program(dist, arch):
    program = (dist / f"dockmeter-{VERSION}-linux-{arch}").read_bytes()
    name = f"dockmeter-{VERSION}-linux-{arch}"
    with tarfile.open(dist / f"{name}.tar.gz") as archive:
        assert archive.extractfile(f"{name}/dockmeter").read() == program
    with tarfile.open(dist / f"dockmeter-{VERSION}-image-{arch}.tar") as image:
        manifest = json.load(image.extractfile("manifest.json"))[0]
        config = json.load(image.extractfile(manifest["Config"]))
        with tarfile.open(fileobj=image.extractfile(manifest["Layers"][0])) as layer:
            assert layer.extractfile("usr/bin/dockmeter").read() == program
    assert (manifest["RepoTags"], config["architecture"]) == ([f"dockmeter:{VERSION}", "dockmeter:latest"], arch)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_the_package_says_the_same_version(dist, arch):
    said = subprocess.run(["dpkg-deb", "--field", dist / f"dockmeter_{VERSION}-1_{arch}.deb", "Version", "Architecture"],
                          capture_output=True, text=True, timeout=60, check=True).stdout
    assert said == f"Version: {VERSION}-1\nArchitecture: {arch}\n"


def test_the_changelog_is_the_part_of_this_version(tree, dist):
    text = (dist / f"CHANGELOG-{VERSION}.md").read_text()
    whole = (tree / "CHANGELOG.md").read_text()
    assert text.startswith("- ") and text.endswith("\n") and not text.endswith("\n\n") and "\n## " not in text
    assert re.search(rf"^## {re.escape(VERSION)} — \d{{4}}-\d\d-\d\d\n\n{re.escape(text)}(?=\n## |\Z)", whole, re.M)


def test_the_bare_programs_have_their_licences_beside_them(tree, dist):
    """Every text once, and those that are of one architecture only too."""
    text = (dist / f"LICENCES-{VERSION}.txt").read_text()
    assert {"dockmeter", "curl", "libc6", "libgcc-12-dev", "text-LGPL-2.1"} <= set(re.findall(r"^======== (\S+) ========$", text, re.M))
    for file in tree.glob("build/static-*/licences/*"):
        assert text.count(f"\n======== {file.name} ========\n\n{file.read_text()}") == 1, file


@pytest.mark.parametrize("page", ["README.md", "docs/install/binary.md"])
def test_the_bare_program_is_installed_as_the_pages_say(dist, tmp_path, page):
    """As a forge gives it, without its mode."""
    line = re.search(r"^install -m 755 dockmeter-VERSION-linux-amd64 .*$", (ROOT / page).read_text(), re.M)[0]
    name = f"dockmeter-{VERSION}-linux-amd64"
    (tmp_path / name).write_bytes((dist / name).read_bytes())
    subprocess.run(line.replace("VERSION", VERSION).replace("/usr/local/bin", str(tmp_path)), shell=True, cwd=tmp_path, check=True, timeout=60)
    said = subprocess.run([tmp_path / "dockmeter", "version"], capture_output=True, text=True, timeout=60, check=True).stdout
    assert f" {VERSION}" in said


def test_what_is_linked_in_is_told(tree, dist):
    """Each library that ldd cannot tell, with the version and sum that apt has verified."""
    document = json.loads((dist / f"dockmeter-{VERSION}.spdx.json").read_text())
    spdx.check(document)
    assert document["creationInfo"]["created"] == "2026-01-02T03:04:05Z"
    packages = {p["SPDXID"]: p for p in document["packages"]}
    sums = dict(reversed(line.split("  ")) for line in (dist / "SHA256SUMS").read_text().splitlines())
    for arch in ARCHITECTURES:
        program = packages[f"SPDXRef-dockmeter-{arch}"]
        assert program["checksums"][0]["checksumValue"] == sums[program["packageFileName"]]
        libraries = [packages[p] for p in spdx.related(document, "STATIC_LINK", program["SPDXID"])]
        assert {"curl", "libc6-dev", "libssl-dev", "libevent-dev", "libc-ares-dev"} <= {p["name"] for p in libraries}
        versions = (tree / f"build/static-{arch}/versions").read_text()
        for library in libraries:
            assert f"SHA256:{library['checksums'][0]['checksumValue']}\n" in versions, library
    openssl = packages["SPDXRef-libssl-dev-amd64"]["versionInfo"].split("-")[0].encode()
    assert b"OpenSSL " + openssl in (dist / f"dockmeter-{VERSION}-linux-amd64").read_bytes()


def test_a_second_release_has_the_same_bytes(tree, dist, tmp_path):
    """Of another clone in another folder, whose files have other modes; what it replaces goes, the rest stays."""
    clone = tmp_path / "another-folder"
    subprocess.run(["git", "clone", "--quiet", tree, clone], umask=0o077, check=True, timeout=60)
    git(clone, "tag", f"v{VERSION}")
    out = tmp_path / "out"
    out.mkdir()
    for name in (NAMES[0], "of-another-version"):
        (out / name).write_text("old\n")
    status, said, err = release(clone, VERSION, "--out", out)
    assert (status, err) == (0, ""), said + err
    assert "not tagged" not in said.splitlines()[0]
    assert (out / "of-another-version").read_text() == "old\n"
    assert (out / "SHA256SUMS").read_text() == (dist / "SHA256SUMS").read_text()
    assert sorted(p.name for p in out.iterdir()) == sorted([*NAMES, "SHA256SUMS", "of-another-version"])
