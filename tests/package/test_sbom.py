"""tools/sbom: what it says of a small made-up build, and what it refuses to say."""
import hashlib
import json
import subprocess

import pytest

import spdx
from support import ROOT

MAP = """Archive member included to satisfy reference by file (symbol)

/cache/sysroot/usr/lib/libz.a(deflate.o)
                              src/main.o (deflate)
/cache/sysroot/usr/lib/gcc/x86_64-linux-gnu/12/libgcc.a(_divti3.o)
                              src/main.o (__divti3)
libdm_base.a(src_base_buf.c.o)
                              src/main.o (buf_fmt)

Discarded input sections

/cache/sysroot/usr/lib/libssl.a(unused.o)
"""
LLD_MAP = """             VMA              LMA     Size Align Out     In      Symbol
             300              300       18     8 .rela.dyn
             300              300       18     8         <internal>:(.rela.dyn)
             318              318      1a0     1 .rodata
             318              318      100     1         <internal>:(.rodata)
             418              418       a0     1         libdm_base.a(src_base_buf.c.o):(.rodata.buf)
            1000             1000      120     4 .text
            1000             1000      100     4         /cache/sysroot/usr/lib/libz.a(deflate.o):(.text.deflate)
            1000             1000        8     1                 deflate
            1100             1100       20     4         /cache/sysroot/usr/lib/gcc/aarch64-linux-gnu/12/libgcc.a(_divti3.o):(.text)
               0                0      100     1 .symtab
               0                0      100     1         <internal>:(.symtab)
"""
VERSIONS = {
    "libgcc-12-dev_12.2.0-14+deb12u1_amd64.deb": "a" * 64, "linux-libc-dev_6.1.1-1_amd64.deb": "b" * 64,
    "zlib1g-dev_1%3a1.2.13.dfsg-1~deb12u1_amd64.deb": "c" * 64, "ca-certificates_20230311_all.deb": "d" * 64,
}


@pytest.fixture
def build(tmp_path):
    """A folder as tools/static fills it."""
    folder = tmp_path / "static-amd64"
    (folder / "meson").mkdir(parents=True)
    (folder / "licences").mkdir()
    (folder / "dockmeter").write_bytes(b"\x7fELF")
    (folder / "meson/dockmeter.map").write_text(MAP)
    (folder / "versions").write_text("".join(f"{name} SHA256:{sum_}\n" for name, sum_ in VERSIONS.items()))
    for name in VERSIONS:
        (folder / "licences" / name.split("_")[0]).write_text("free\n")
    return folder


def sbom(*folders):
    return subprocess.run([ROOT / "tools/sbom", "--version", "1.2.3", "--created", "86400", *folders],
                          capture_output=True, text=True, timeout=60, check=False)


def change(file, old, new):
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_it_names_what_is_linked_in_and_what_is_not(build):
    done = sbom(build)
    assert (done.returncode, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    spdx.check(document)
    assert document["creationInfo"]["created"] == "1970-01-02T00:00:00Z"
    program, *parts = document["packages"]
    assert program["checksums"][0]["checksumValue"] == hashlib.sha256(b"\x7fELF").hexdigest()
    assert (program["versionInfo"], program["packageFileName"]) == ("1.2.3", "dockmeter-1.2.3-linux-amd64")
    zlib = next(p for p in parts if p["name"] == "zlib1g-dev")
    assert (zlib["versionInfo"], zlib["licenseDeclared"]) == ("1:1.2.13.dfsg-1~deb12u1", "Zlib")
    assert zlib["checksums"][0]["checksumValue"] == "c" * 64
    assert zlib["externalRefs"][0]["referenceLocator"] == \
        "pkg:deb/debian/zlib1g-dev@1:1.2.13.dfsg-1~deb12u1?arch=amd64&distro=bookworm"
    gcc = next(p for p in parts if p["name"] == "libgcc-12-dev")
    assert "@12.2.0-14%2Bdeb12u1?" in gcc["externalRefs"][0]["referenceLocator"]
    assert spdx.related(document, "DESCRIBES") == [program["SPDXID"]]
    assert sorted(spdx.related(document, "STATIC_LINK", program["SPDXID"])) == [gcc["SPDXID"], zlib["SPDXID"]]
    others = {r["spdxElementId"]: r["relationshipType"] for r in document["relationships"]
              if r["relatedSpdxElement"] == program["SPDXID"] and r["relationshipType"] != "DESCRIBES"}
    assert others == {"SPDXRef-linux-libc-dev-amd64": "BUILD_DEPENDENCY_OF", "SPDXRef-ca-certificates-all": "RUNTIME_DEPENDENCY_OF"}


def test_the_map_of_another_linker_says_the_same(build):
    before = sbom(build).stdout
    (build / "meson/dockmeter.map").write_text(LLD_MAP)
    assert sbom(build).stdout == before != ""
    (build / "dockmeter").write_bytes(bytes(1000))
    sizes = subprocess.run([ROOT / "tools/static-sizes", build / "meson/dockmeter.map", build / "dockmeter"], capture_output=True,
                           text=True, timeout=60, check=True).stdout
    assert dict(reversed(line.split(maxsplit=1)) for line in sizes.splitlines()) == {
        "strings": "256", "libz": "256", "headers, padding": "272", "dockmeter": "160", "gcc": "32", "relocations": "24", "in all": "1,000"}


def test_two_architectures_share_what_is_for_both(build, tmp_path):
    other = tmp_path / "static-arm64"
    subprocess.run(["cp", "-r", build, other], check=True, timeout=60)
    (other / "dockmeter").write_bytes(b"\x7fELF of another kind")
    change(other / "versions", "_amd64.deb", "_arm64.deb")
    first, second = sbom(build, other), sbom(build, other)
    assert first.stdout == second.stdout
    document = json.loads(first.stdout)
    spdx.check(document)
    assert spdx.related(document, "DESCRIBES") == ["SPDXRef-dockmeter-amd64", "SPDXRef-dockmeter-arm64"]
    assert [p["SPDXID"] for p in document["packages"]].count("SPDXRef-ca-certificates-all") == 1
    assert document["documentNamespace"] != json.loads(sbom(build).stdout)["documentNamespace"]


@pytest.mark.parametrize("file, old, new, said", [
    ("meson/dockmeter.map", "libz.a", "libnew.a",
     "sbom: /cache/sysroot/usr/lib/libnew.a is linked in, and PACKAGES in tools/sbom does not say what it is"),
    ("meson/dockmeter.map", "/cache/sysroot/usr/lib/libz.a", "/usr/lib/libz.a",
     "sbom: /usr/lib/libz.a was linked in instead of the one of the sysroot, whose version is known"),
    ("meson/dockmeter.map", "/cache/sysroot/usr/lib/gcc/", "/usr/lib/gcc-cross/", "sbom: /usr/lib/gcc-cross/x86_64-linux-gnu/12/libgcc.a "
     "was linked in instead of the one of the sysroot, whose version is known"),
    ("meson/dockmeter.map", "libz.a", "libyaml.a", "sbom: {}/versions has no package for libyaml, which are linked in"),
    ("meson/dockmeter.map", "Archive member", "Member", "sbom: {}/meson/dockmeter.map does not say which archives were linked in"),
    ("versions", "zlib1g-dev_", "zlib2-dev_", "sbom: PACKAGES in tools/sbom has no row for zlib2-dev, so its licence is not known"),
    ("versions", "SHA256:cc", "SHA256:", f"sbom: {{}}/versions has a line that names no package: "
     f"zlib1g-dev_1%3a1.2.13.dfsg-1~deb12u1_amd64.deb SHA256:{'c' * 62}"),
])
def test_what_it_does_not_know_is_an_error(build, file, old, new, said):
    change(build / file, old, new)
    done = sbom(build)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said.format(build) + "\n")


def test_a_licence_without_its_text_is_an_error(build):
    (build / "licences/zlib1g-dev").unlink()
    assert sbom(build).stderr == f"sbom: {build}/licences has no text for zlib1g-dev\n"
