"""What the tools ask for on a machine of either architecture, as apt names it there."""
import subprocess

import pytest

from support import ROOT


def sysroot(machine, *words):
    """What a command prints that has tools/sysroot.sh, on a machine of another architecture as dpkg has it."""
    script = f'root=$0; . "$root/tools/debian.sh"; . "$root/tools/sysroot.sh"; dpkg() {{ echo {machine}; }}; "$@"'
    return subprocess.run(["bash", "-euc", script, ROOT, *words], capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.mark.parametrize("machine, wanted, asked", [
    ("amd64", "amd64", "gcc  x86_64-linux-gnu"), ("amd64", "arm64", "gcc-aarch64-linux-gnu lld-14 aarch64-linux-gnu"),
    ("arm64", "arm64", "gcc lld-14 aarch64-linux-gnu"), ("arm64", "amd64", "gcc-x86-64-linux-gnu  x86_64-linux-gnu"),
])
def test_a_compiler_that_the_machine_has(machine, wanted, asked):
    """For a machine's own architecture a cross compiler is another name of gcc, which dpkg never has as installed."""
    assert sysroot(machine, "eval", f'use_arch {wanted}; echo "$compiler $linker $triplet"') == asked + "\n"


@pytest.mark.parametrize("machine, asked", [("amd64", "gcc gcc-aarch64-linux-gnu"), ("arm64", "gcc-x86-64-linux-gnu gcc")])
def test_compilers_that_the_tests_ask_for(machine, asked):
    """The lines of ./test itself, without its suites."""
    lines = (ROOT / "test").read_text().split("\nTEST_PACKAGES=", 1)[1].split("\nLOGS=", 1)[0]
    added = lines.split("\n# Another kubectl")[0]
    assert sysroot(machine, "eval", f'ENGINE_PACKAGES=() BUILD_PACKAGES=(); TEST_PACKAGES={added}; echo "${{TEST_PACKAGES[@]}}"'
                   ).split()[-2:] == asked.split()
