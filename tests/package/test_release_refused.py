"""./release where something is wrong: it says everything at once, and nothing is built."""
import os
import re
import subprocess

import pytest

from conftest import VERSION, commit, git, release

SUMS = "the checksum of curl_7.88.1-10+deb12u15.dsc is not the one pinned in tools/static; nothing was built"
OLD_CURL = "7.88.1-10+deb12u1"
NEWER = rf"Debian has curl \S+, and {re.escape(OLD_CURL)} is pinned: change curl_version and curl_dsc_sha256 in tools/static"
TOOLS = ("/usr/bin/aarch64-linux-gnu-gcc", "/usr/bin/ld.lld-14")


def refused(folder, *arguments, **more):
    """The faults that ./release names; nothing may have been built or left."""
    status, out, err = release(folder, *arguments, **more)
    assert status == 1 and out == ""
    assert sorted(p.name for p in folder.glob("[bd]*")) == ["bench", "dashboards", "deploy", "docs"]
    head, *faults = err.splitlines()
    assert head == "release: nothing was built:"
    return [f.removeprefix("  - ") for f in faults]


def without_tools():
    """A command's surroundings in which what builds for arm64 is there as a name only."""
    script = "".join(f"mount --bind /dev/null {os.path.realpath(tool)} && " for tool in TOOLS) + 'exec "$@"'
    return ["unshare", "--mount", "--propagation", "private", "bash", "-c", script, "bash"]


def old_curl(clone):
    """Pins a curl that Debian has left behind."""
    static = clone / "tools/static"
    static.write_text(re.sub(r"curl_version=.*", f"curl_version={OLD_CURL}", static.read_text()))


@pytest.mark.skipif(os.geteuid() != 0, reason="hiding a compiler needs root")
def test_all_that_is_wrong_is_told_at_once(clone):
    """Version, changelog, tree, compiler and checksum, each with the remedy."""
    static = clone / "tools/static"
    static.write_text(static.read_text().replace("curl_dsc_sha256=2744", "curl_dsc_sha256=0000"))
    commit(clone, "Another sum")
    (clone / "notes.txt").write_text("forgotten\n")
    (clone / "src/main.c").write_text("")
    (clone / "README.md").unlink()
    version, image, tag, page, changelog, *rest = refused(clone, "7.8.9", around=without_tools())
    assert version == f"meson.build has version '{VERSION}', not '7.8.9'"
    assert image == 'Dockerfile has no line "ARG VERSION=7.8.9"'
    assert tag == 'deploy/kubernetes/base/kustomization.yaml has no line "newTag: 7.8.9"'
    assert page == 'docs/install/kubernetes.md has no line "newTag: 7.8.9"'
    assert changelog.startswith('CHANGELOG.md has no part "## 7.8.9 — 20')
    assert rest == [
        "not committed: README.md, src/main.c, notes.txt",
        "no compiler for arm64, aarch64-linux-gnu-gcc is missing: apt-get install gcc-aarch64-linux-gnu",
        "no linker for arm64, ld.lld-14 is missing: apt-get install lld-14",
        SUMS,
    ]


def test_a_tag_elsewhere_lines_of_no_version_and_an_old_curl(clone):
    git(clone, "tag", f"v{VERSION}")
    tagged = git(clone, "rev-parse", "HEAD")[:12]
    changelog = clone / "CHANGELOG.md"
    changelog.write_text(changelog.read_text().replace("## Unreleased\n", "## Unreleased\n\n- Something new.\n", 1))
    old_curl(clone)
    commit(clone, "Something new")
    out = clone / "README.md"
    *others, newer = refused(clone, VERSION, "--out", out, DOCKMETER_KEEP_CURL="")
    assert re.fullmatch(NEWER, newer)
    assert others == [
        f'CHANGELOG.md has lines under "## Unreleased": they belong to {VERSION}, since this commit does',
        f"the tag v{VERSION} is commit {tagged}, and this is {git(clone, 'rev-parse', 'HEAD')[:12]}",
        f"{out} is not a folder",
    ]


def test_a_build_goes_on_with_a_curl_that_debian_has_left_behind(clone):
    """It may be that of an old tag; ./release does not."""
    old_curl(clone)
    static = clone / "tools/static"
    static.write_text(static.read_text().replace("\nfolder=$(sysroot)\n", "\nexit 0\n"))
    done = subprocess.run([static], capture_output=True, text=True, timeout=300, check=False, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stdout) == (0, "")
    assert re.fullmatch(f"static: warning: {NEWER}\n", done.stderr)


def test_files_without_a_commit(clone):
    subprocess.run(["rm", "-rf", clone / ".git"], check=True, timeout=60)
    form, tree = refused(clone, "0.1")
    assert form == '"0.1" is not a version: it has to be three numbers, as in 1.2.3'
    assert tree.startswith(f"a release is made of a commit, and {clone} is no git work tree: fatal: not a git repository")


@pytest.mark.parametrize("arguments, said", [
    ([], "release: which version? ./release VERSION; see --help"),
    (["1.0.0", "2.0.0"], "release: one version at a time; see --help"),
    (["--fast", "1.0.0"], "release: unknown argument --fast; see --help"),
])
def test_a_wrong_command_line(clone, arguments, said):
    assert release(clone, *arguments) == (1, "", said + "\n")


def test_a_build_that_fails_leaves_the_last_release_as_it_was(clone):
    static = clone / "tools/static"
    static.write_text(static.read_text().replace("\nneed_packages ", "\ndie 'broken on purpose'\nneed_packages "))
    commit(clone, "Broken")
    old = clone / "dist" / f"dockmeter-{VERSION}-linux-amd64"
    old.parent.mkdir()
    old.write_text("the last one")
    status, out, err = release(clone, VERSION)
    assert status == 1
    assert out.splitlines()[0].startswith(f"Dockmeter {VERSION} of commit ")
    assert "broken on purpose" in err
    assert "release: static program for arm64 failed; all of it: build/release-arm64.log" in err
    assert err.endswith(f"release: nothing was put into {clone}/dist\n")
    assert [p.name for p in clone.glob("dist*")] == ["dist"] and list(old.parent.iterdir()) == [old]
    assert old.read_text() == "the last one"
