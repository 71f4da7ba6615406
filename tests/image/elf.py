"""What kind of file a released program is, for whichever machine: it says nothing of what it does."""
import re
import subprocess


def output(*command):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True, timeout=120).stdout


def readelf(program, *flags):
    return output("readelf", "-W", *flags, program)


def sizes(folder):
    """{library: bytes} as tools/static has printed it."""
    return {name: int(size.replace(",", "")) for size, name in re.findall(r"^ *([\d,]+)  (.+)$", (folder / "sizes").read_text(), re.M)}


def assert_sizes_add_up(folder):
    table = sizes(folder)
    whole = table.pop("in all")
    assert whole == sum(table.values()) == (folder / "dockmeter").stat().st_size
    assert 0 < table["headers, padding"] < 100_000, "what nobody is named for"
    assert table["libcrypto"] > table["dockmeter"] > 100_000
    assert table["relocations"] < 20_000, "they are packed"


def assert_static_pie(program):
    dynamic, segments = readelf(program, "-d"), readelf(program, "-l")
    assert "NEEDED" not in dynamic and "PATH" not in dynamic and "PIE" in dynamic
    assert "Requesting program interpreter" not in segments
    assert re.search(r"Type: +DYN", readelf(program, "-h"))


def assert_read_only(program, page):
    """What is written at the start only cannot be written later, to the last byte on a kernel with such pages; no code can."""
    segments, dynamic = readelf(program, "-l"), readelf(program, "-d")
    relro = re.search(r"GNU_RELRO +0x\w+ 0x(\w+) 0x\w+ 0x\w+ 0x(\w+) R ", segments)
    assert relro and sum(int(n, 16) for n in relro.groups()) % page == 0
    assert "BIND_NOW" in dynamic or re.search(r"FLAGS.* NOW", dynamic)
    assert "TEXTREL" not in dynamic
    assert re.search(r"GNU_STACK .* RW +(0x|0$)", segments, re.M)
    loads = re.findall(r"^ +LOAD +(0x\w+ +){5}([RWE ]+?) +0x(\w+)$", segments, re.M)
    assert len(loads) >= 3 and not any("W" in flags and "E" in flags for _, flags, _ in loads), segments
    assert {int(border, 16) for _, _, border in loads} == {page}


def assert_watched(linked, triplet):
    """Before it is stripped the program has the names of what watches its stacks and buffers, in its own code too."""
    names = output("nm", linked)
    assert re.search(r" T __stack_chk_fail$", names, re.M | re.I)
    assert len(set(re.findall(r" (__\w+_chk)$", names, re.M)) - {"__chk_fail"}) >= 5
    code = output(f"{triplet}-objdump", "-d", "--no-show-raw-insn", linked, "--disassemble=err_set")
    assert "__stack_chk_fail" in code and "__vsnprintf_chk" in code


def assert_of_no_build(program):
    """Nothing in it tells where or by what it was built."""
    sections = readelf(program, "-S")
    for name in ("note.gnu.build-id", ".comment", ".symtab", ".gnu.warning"):
        assert name not in sections
    data = program.read_bytes()
    assert str(program.parent).encode() not in data and b"/.cache/" not in data
