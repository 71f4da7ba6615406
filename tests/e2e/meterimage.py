"""Dockmeter as an image of the real Engine: busybox, the program under test and what it is linked with."""
import io
import os
import re
import subprocess
import tarfile
import urllib.parse

from realengine import busybox_tar
from support import binary

LINKS = ("date", "[", "stat")


def libraries(program):
    """The files that the dynamic linker loads for it, the linker included."""
    out = subprocess.run(["/usr/bin/ldd", program], capture_output=True, text=True, check=True).stdout
    return sorted(set(re.findall(r"(/\S+) \(0x", out)))


def image_tar():
    out = io.BytesIO(busybox_tar())
    with tarfile.open(fileobj=out, mode="a") as tar:
        for name in LINKS:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
        tmp = tarfile.TarInfo("tmp")
        tmp.type, tmp.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(tmp)
        tar.add(binary(), "dockmeter")
        for path in libraries(binary()):
            tar.add(os.path.realpath(path), path.lstrip("/"))
    return out.getvalue()


def load_meter(engine, entrypoint=True):
    """The image's name. With an entry point it is used as the predecessors' images are: without a command."""
    tag = "entry" if entrypoint else "test"
    changes = "&changes=" + urllib.parse.quote('ENTRYPOINT ["/dockmeter"]') if entrypoint else ""
    engine.api("POST", f"/images/create?fromSrc=-&repo=dockmeter&tag={tag}{changes}", raw=image_tar())
    return f"dockmeter:{tag}"
