"""What a linker's map says of a program: its pieces, and the archives of others that it is made of.

GNU ld links for amd64, lld for arm64 (tools/static); their maps have nothing in common but what they tell.
"""
import re

LD_START = "Linker script and memory map"
LD_SECTION = re.compile(r"^(\.?[_A-Za-z][\w.]*)(?:\s+0x([0-9a-f]+)\s+0x([0-9a-f]+).*)?$")
LD_PIECE = re.compile(r"^ (?:\S+)?\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S.*)$")
LD_ARCHIVES = re.compile(r"^Archive member included .*?\n\n(.*?)\n\n", re.S | re.M)
LLD_START = re.compile(r" +VMA +LMA +Size Align Out +In +Symbol\n")
# Sections stand one blank behind the numbers, pieces eight more, symbols again eight.
LLD_LINE = re.compile(r"^ *[0-9a-f]+ +[0-9a-f]+ +([0-9a-f]+) +\d+ (?:(\S+)| {8}(\S.*):\([^()]*\))$", re.M)
LLD_MADE = "<internal>"


def ld_pieces(text):
    section = ""
    for line in text.split(LD_START, 1)[1].splitlines():
        if line[:1] not in (" ", ""):
            found = LD_SECTION.match(line)
            section = found[1] if found else section
            continue
        found = LD_PIECE.match(line)
        if found and int(found[1], 16):
            yield int(found[2], 16), section, found[3]


def lld_pieces(text):
    section = ""
    for size, name, source in LLD_LINE.findall(text):
        section = name or section
        if source:
            yield int(size, 16), section, "" if source == LLD_MADE else source


def pieces(text):
    """(bytes, section, file) of all that was placed; the linker's own have no file, or none of a library."""
    return lld_pieces(text) if LLD_START.match(text) else ld_pieces(text)


def archives(text):
    """The paths of the archives that something was taken from."""
    if LLD_START.match(text):
        files = "\n".join(source for _, _, source in lld_pieces(text))
    else:
        found = LD_ARCHIVES.search(text)
        files = found[1] if found else ""
    return re.findall(r"^(\S+\.a)\(", files, re.M)
