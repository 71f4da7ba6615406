"""What the shipped pages link to is shipped, where they say."""
import re
import tarfile
import tempfile
from pathlib import Path

import pytest

from conftest import VERSION
from debs import deb, tarball, unpacked

LINK = re.compile(r"\]\(([^)\s]+)\)|^\[[^\]]+\]:\s*(\S+)|(?:href|src)=\"([^\"]+)\"", re.M)
# Of a folder beside the file, as compose files have it.
BESIDE = re.compile(r"(?:^|[\s\"'])(\.{1,2}/[^\s:,}\"']+)", re.M)


@pytest.fixture(scope="module")
def packaged(dist):
    """Of the package and the archive: the folder in which everything has to be, and that with the README."""
    with unpacked(deb(dist)) as package, tempfile.TemporaryDirectory() as archive:
        with tarfile.open(tarball(dist)) as packed:
            packed.extractall(archive)
        top = Path(archive) / f"dockmeter-{VERSION}-linux-amd64"
        yield {"deb": (Path(package), Path(package) / "usr/share/doc/dockmeter"), "tarball": (top, top)}


@pytest.fixture(params=["deb", "tarball"])
def shipped(packaged, request):
    return packaged[request.param]


def anchors(page):
    """As forges make them of headings."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.*?)\s*$", page.read_text(), re.M)}


def links(page):
    """The links of a page that lead to a file, outside of its code blocks."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)
    found = ["".join(groups) for groups in LINK.findall(re.sub(r"`[^`\n]*`", "", text))]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def dead(page, link, inside):
    name, _, anchor = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    if not target.exists() or not target.is_relative_to(inside.resolve()):
        return True
    return bool(anchor) and anchor not in anchors(target)


def test_every_link_of_every_page(shipped):
    inside, top = shipped
    pages = sorted(path for path in inside.rglob("*.md*") if path.is_file() and not path.is_symlink())
    assert {"README.md", "docs/install/compose.md", "docs/migrate/cadvisor.md"} <= {str(p.relative_to(top)) for p in pages}
    found = [(page, link) for page in pages for link in links(page)]
    assert len(found) > 60
    assert not [f"{page.relative_to(inside)}: {link}" for page, link in found if dead(page, link, inside)]


def test_what_is_not_shipped_is_said_to_be_of_a_clone(shipped):
    """Commands of the source, which nobody has who has a package: said with them, or at the head of their part."""
    readme = (shipped[1] / "README.md").read_text()
    for part in re.split(r"^## ", readme, flags=re.M):
        head, *paragraphs = re.sub(r"\n\n```", "\n```", part).split("\n\n")
        for paragraph in paragraphs:
            commands = re.findall(r"(?:\./|tools/|bench/)[a-z]+(?=[ `\n])|docker build|meson setup", paragraph)
            assert not commands or "clone" in paragraphs[0] + paragraph, (head, commands)


def test_what_the_files_to_apply_mount_or_name(shipped):
    inside, top = shipped
    texts = {path: re.sub(r"#.*", "", path.read_text()) for path in sorted((top / "deploy").rglob("*.yaml"))}
    found = [(path, name) for path, text in texts.items() for name in BESIDE.findall(text)]
    assert len(found) > 5
    assert not [f"{path.relative_to(inside)}: {name}" for path, name in found if dead(path, name, inside)]
