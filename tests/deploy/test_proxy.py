"""What is lost behind a socket proxy that refuses something, and what the log says: the table of docs/install/compose.md."""
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from images import image_of, load_proxy
from realengine import SLEEP
from support import ROOT, Dockmeter, wait_for

DOCUMENT = (ROOT / "docs/install/compose.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `(\w+)=1` \| (.*) \|$", DOCUMENT, re.M))
EVERYTHING = "everything"
ALL_OF_IT = ("--collection.collectors.disk", "--collection.disk_interval", "10s", "--collection.system_interval", "1s")


def lost_by(flag):
    """The row's families as one pattern."""
    words = re.findall(r"\bno `([\w*]+)`", ROWS[flag])
    return [re.compile(word.replace("*", r"\w*")) for word in words]


@pytest.fixture(scope="module")
def behind(engine, tmp_path_factory):
    """{flag: a Dockmeter behind a proxy without it}, and one that may do everything."""
    image = image_of("socket-proxy")
    load_proxy(engine, image)
    engine.run("idle", Cmd=SLEEP)
    engine.api("POST", "/volumes/create", {"Name": "some"})
    meters = {}

    def start(missing):
        flags = [f"{flag}={int(flag != missing)}" for flag in ROWS]
        engine.run(f"without{missing}", Image=image, Env=flags,
                   HostConfig={"Binds": [f"{engine.socket}:/var/run/docker.sock:ro"]})
        return f"tcp://{engine.inspect(f'without{missing}')['NetworkSettings']['IPAddress']}:2375"
    with ThreadPoolExecutor(4) as pool:
        addresses = dict(zip([*ROWS, EVERYTHING], pool.map(start, [*ROWS, EVERYTHING])))
    try:
        for missing, address in addresses.items():  # not in a thread, with which they would end
            meters[missing] = Dockmeter(tmp_path_factory.mktemp("meter"), address, *ALL_OF_IT)
        yield meters
    finally:
        for meter in meters.values():
            meter.kill()


@pytest.fixture(scope="module")
def complete(behind):
    """The families of the one that may do everything."""
    page = wait_for(lambda: (p := behind[EVERYTHING].page()) and p.all("docker_disk_usage_bytes") and p.all("docker_volumes")
                    and p.all("container_memory_usage_bytes") and p)
    return page.names()


def refusals(meter):
    """The flags that the log names."""
    return set(re.findall(r"a socket proxy lets it through with (\w+)=1", meter.log()))


def test_the_table_is_of_the_flags_that_are_set():
    text = (ROOT / "deploy/compose/compose.yaml").read_text(encoding="utf-8")
    assert set(ROWS) == set(re.findall(r"^ {6}([A-Z]+): (?:1|\$.*)$", text, re.M)) | {"EVENTS", "PING", "VERSION"}


def test_with_all_of_them_nothing_is_refused(behind, complete):
    assert complete and not refusals(behind[EVERYTHING])


@pytest.mark.parametrize("flag", ROWS)
def test_without_one(behind, complete, flag):
    meter, patterns = behind[flag], lost_by(flag)
    wait_for(lambda: refusals(meter) == {flag}, interval=0.2, what=f"the log to name {flag}")

    def as_documented():
        lost = complete - meter.page().names()
        unsaid = {name for name in lost if not any(pattern.fullmatch(name) for pattern in patterns)}
        idle = [pattern.pattern for pattern in patterns if not any(pattern.fullmatch(name) for name in lost)]
        assert not unsaid and not idle, f"lost but not documented: {unsaid}; documented but not lost: {idle}"
        return True
    wait_for(as_documented, interval=0.2, what=f"the page without {flag}")
    assert meter.page().value("exporter_up") == (flag != "PING")


def test_less_is_known_of_the_engine_without_info(behind, complete):
    def told(flag):
        (labels, _), = behind[flag].page().all("docker_engine_info")
        return {name for name, value in labels.items() if value}
    assert {"version", "api_version"} <= told("INFO") < told(EVERYTHING)
