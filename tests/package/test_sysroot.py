"""tools/sysroot.sh: what it asks for on a machine of either architecture, and what it finds in apt's lists."""
import subprocess

import pytest

from support import ROOT


def sysroot(machine, script):
    """What a script prints that has tools/sysroot.sh, on a machine of an architecture that dpkg tells."""
    there = f'. "$0/tools/debian.sh"; . "$0/tools/sysroot.sh"; dpkg() {{ echo {machine}; }}'
    return subprocess.run(["bash", "-euc", f"{there}\n{script}", ROOT], capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("machine, wanted, asked", [
    ("amd64", "amd64", "gcc  x86_64-linux-gnu"), ("amd64", "arm64", "gcc-aarch64-linux-gnu lld-14 aarch64-linux-gnu"),
    ("arm64", "arm64", "gcc lld-14 aarch64-linux-gnu"), ("arm64", "amd64", "gcc-x86-64-linux-gnu  x86_64-linux-gnu"),
])
def test_a_compiler_that_the_machine_has(machine, wanted, asked):
    """For a machine's own architecture a cross compiler is another name of gcc, which dpkg never has as installed."""
    assert sysroot(machine, f'use_arch {wanted}; echo "$compiler $linker $triplet"') == asked + "\n"


@pytest.mark.parametrize("machine, asked", [("amd64", "gcc-aarch64-linux-gnu"), ("arm64", "gcc-x86-64-linux-gnu")])
def test_compilers_that_the_tests_ask_for(machine, asked):
    """The lines of ./test itself, without its suites."""
    lines = (ROOT / "test").read_text().split("\nTEST_PACKAGES=", 1)[1].split("\nLOGS=", 1)[0]
    lines = lines.split("\n# Another kubectl")[0]
    said = sysroot(machine, f'ENGINE_PACKAGES=() BUILD_PACKAGES=() TEST_PACKAGES={lines}\necho "${{TEST_PACKAGES[@]}}"')
    assert [word for word in said.split() if word.startswith("gcc-")] == [asked]


def test_the_newest_source_is_found(tmp_path):
    """A fix of security is in a part of the archive of its own, beside the older one; as text 9 is more than 15."""
    for number, part in ((9, "main"), (15, "security"), (10, "updates")):
        (tmp_path / part).mkdir()
        version = f"7.88.1-10+deb12u{number}"
        (tmp_path / part / "Sources").write_text(f"""Package: curl
Binary: curl
Version: {version}
Architecture: any
Directory: .
Checksums-Sha256:
 {'0' * 64} 2000 curl_{version}.dsc
 {'0' * 64} 3000 curl_{version}.debian.tar.xz

""")
    lists = "".join(f"deb-src [trusted=yes] file:{tmp_path} {part}/\n" for part in ("main", "security", "updates"))
    script = f"arch=amd64 apt={tmp_path}/apt\napt_sources() {{ printf '%s' '{lists}'; }}\nrefresh_lists\nnewest_source curl\nnewest_source wget"
    assert sysroot("amd64", script) == "7.88.1-10+deb12u15\n"
