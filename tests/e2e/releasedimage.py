"""The released image on a real Engine, made by tools/image from the static program under test, without a build."""
import re
import subprocess
from pathlib import Path

from support import ROOT, binary


def version():
    return re.search(r"version: '([^']+)'", (ROOT / "meson.build").read_text())[1]


def write_archive(path, *args, static=None, root=ROOT):
    """What tools/image writes; static is a folder of tools/static's, by default that of the program under test."""
    subprocess.run([root / "tools/image", "--static", static or Path(binary()).parent, "--out", path, *args], check=True,
                   capture_output=True, text=True, timeout=60)
    return path


def load_released(engine, folder):
    """Loads it as dockmeter:VERSION and dockmeter:latest; gives its name. The folder keeps the archive for the next Engine."""
    archive = Path(folder) / "image.tar"
    if not archive.exists():
        write_archive(archive)
    engine.docker("load", "-q", "-i", str(archive))
    return "dockmeter"
