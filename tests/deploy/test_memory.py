"""What the released program's memory is at 100 containers, so that the limits of deploy/ hold."""
import os
import re
from pathlib import Path

import pytest

from fakeengine import FakeEngine
from hostroot import HostRoot
from support import binary, dockmeter, wait_for

CONTAINERS = 100
SCRAPES = 30


def copy_by_page(to):
    """Written page by page the file lies in the page cache as small folios; of greater ones all is mapped at a touch."""
    with open(to, "wb", buffering=0) as out:
        data = Path(binary()).read_bytes()
        for at in range(0, len(data), 4096):
            out.write(data[at:at + 4096])
    os.chmod(to, 0o755)
    return str(to)


@pytest.fixture(scope="module")
def smaps(tmp_path_factory):
    """{the mapping's name and rights: {what: kB}} after some scrapes."""
    folder = tmp_path_factory.mktemp("memory")
    host = HostRoot(folder / "host", "v2")
    patch = pytest.MonkeyPatch()
    patch.setenv("DOCKMETER_BIN", copy_by_page(folder / "dockmeter"))
    with patch.context(), FakeEngine(folder / "engine.sock", containers=CONTAINERS, host=host) as engine:
        with dockmeter(folder, engine.path, "--collection.host_root", host.folder) as d:
            wait_for(lambda: len(d.page().all("container_pids_current")) == CONTAINERS)
            for _ in range(SCRAPES):
                d.get()
            text = Path(f"/proc/{d.process.pid}/smaps").read_text()
    patch.undo()
    found = {}
    for head, rows in re.findall(r"^([0-9a-f]+-[0-9a-f]+ .*)\n((?:[A-Z].*\n)+)", text, re.M):
        fields = head.split()
        sizes = found.setdefault((os.path.basename(fields[-1]) if len(fields) > 5 else "", fields[1]), {})
        for what, kb in re.findall(r"^(\w+): +(\d+) kB$", rows, re.M):
            sizes[what] = sizes.get(what, 0) + int(kb)
    return found


def test_its_own_memory_is_small(smaps):
    assert sum(sizes["Anonymous"] for sizes in smaps.values()) < 4000


def test_code_that_only_the_start_needed_is_let_go(smaps):
    code = smaps["dockmeter", "r-xp"]
    assert code["Size"] > 4000 and code["Rss"] < code["Size"] * 0.6
