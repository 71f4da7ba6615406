"""Each profile on a real Engine beside the recorded page of its tool, and beside the kernel and `docker stats`."""
import json
import re
from pathlib import Path

import pytest

from page import Page
from support import wait_for
from test_figures import Files, needs_v1

ROOT = Path(__file__).parents[2]
PROFILES = ("native", "cadvisor", "docker-exporter", "container-metrics", "docker-stats", "data-exporter")
UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
BUSY = ("burner", "writer", "web")


def documented(profile):
    """{(family, difference)} of docs/profiles.md's table of that profile."""
    text = (ROOT / "docs/profiles.md").read_text(encoding="utf-8")
    section = re.search(rf"^## `{profile}`.*?(?=^## |\Z)", text, re.M | re.S)[0]
    return set(re.findall(r"^\| `?([a-z_0-9]+|all|all others)`? \| ([^|]+) \|", section, re.M))


def known(profile):
    """The families that docs/metrics.md has in that profile: one that is not on a page has no sample here."""
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    sections = re.split(r"^## Profile ", text, flags=re.M)[1:]
    return set(re.findall(r"^\| `(\w+)`", next(s for s in sections if s.startswith(f"`{profile}`")), re.M))


def recorded(profile):
    """(types, names of labels of each family) of the tool's own page."""
    types, labels = {}, {}
    for line in (ROOT / f"tests/data/pages/{profile}.prom").read_text(encoding="utf-8").splitlines():
        if line.startswith("# TYPE "):
            types[line.split()[2]] = line.split()[3]
        elif line and not line.startswith("#"):
            name = re.match(r"\w+", line)[0]
            labels.setdefault(name, set()).update(re.findall(r'[{,](\w+)="', line))
    return types, labels


def labels_of(page, family):
    return set().union(*(dict(key[1]).keys() for key in page.samples if key[0] == family))


def types_of(page):
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", page.text, re.M))


def differences(page, profile):
    """{(family, difference)} of a real page; a family that merely has no sample on this machine is none."""
    types, labels = recorded(profile)
    ours, found = types_of(page), set()
    for family in types.keys() | labels.keys():
        if family not in ours and family not in known(profile):
            found.add((family, "not here"))
        elif family in ours and types.get(family, ours[family]) != ours[family]:
            found.add((family, "other type"))
        if family in labels and family in page.names() and labels[family] ^ labels_of(page, family):
            found.add((family, "other labels"))
    return found | {(family, "only here") for family in ours.keys() - types.keys() - labels.keys()
                    if not family.startswith(("exporter_", "process_"))}


@pytest.mark.parametrize("profile", PROFILES)
def test_differs_from_the_recorded_page_as_documented(native, profile):
    page = native.page(f"/metrics?profile={profile}")
    listed = documented(profile)
    for family, difference in differences(page, profile):
        assert {(family, difference), ("all", difference), ("all others", difference)} & listed, (family, difference)


def cores(page):
    return page.value("machine_cpu_cores")


# profile -> (the label that names a container, {its family: what the kernel calls it})
SAME_AS_KERNEL = {
    "cadvisor": ("name", {"container_memory_usage_bytes": "container_memory_usage_bytes",
                          "container_memory_working_set_bytes": "container_memory_working_set_bytes",
                          "container_memory_rss": "container_memory_rss_bytes",
                          "container_memory_cache": "container_memory_cache_bytes",
                          "container_memory_max_usage_bytes": "container_memory_peak_bytes",
                          "container_cpu_usage_seconds_total": "container_cpu_usage_seconds_total",
                          "container_cpu_user_seconds_total": "container_cpu_user_seconds_total"}),
    "docker-exporter": ("name", {"container_memory_usage_bytes": "container_memory_usage_bytes",
                                 "container_cpu_usage_seconds_total": "container_cpu_usage_seconds_total"}),
    "container-metrics": ("container", {"container_used_memory_bytes": "container_memory_usage_bytes",
                                        "container_max_memory_bytes": "container_memory_limit_bytes"}),
    "docker-stats": ("name", {"container_memory_usage_bytes": "container_memory_usage_bytes",
                              "container_memory_limit_bytes": "container_memory_limit_bytes"}),
}


@needs_v1
@pytest.mark.parametrize("name", BUSY)
@pytest.mark.parametrize("profile", SAME_AS_KERNEL)
def test_values_lie_between_two_readings_of_the_kernel(native, engine, profile, name):
    label, families = SAME_AS_KERNEL[profile]

    def bracket():
        before = Files(engine, name)
        page = native.page(f"/metrics?profile={profile}")
        after = Files(engine, name)
        for family, known in families.items():
            if known in before.value:
                low, high = sorted((before.value[known], after.value[known]))
                value = page.value(family, **{label: name})
                assert low <= value <= high, f"{family}: {low} {value} {high}"
        return True
    wait_for(bracket, interval=0, what=f"{name}'s figures between two readings")


@needs_v1
def test_sums_are_those_of_the_kernel(native, engine):
    """The network's over interfaces, in all the names that they have; those over devices, of which this machine's
    kernel may count none, are compared in the virtual machine."""
    def same():
        net = Files(engine, "web").net
        sums = [sum(row[i] for dev, row in net.items() if dev.startswith("eth")) for i in (0, 8)]
        for profile, label, families in (
                ("docker-exporter", "name", ("container_network_receive_bytes_total",
                                             "container_network_transmit_bytes_total")),
                ("docker-stats", "name", ("container_network_rx_bytes", "container_network_tx_bytes")),
                ("data-exporter", "container_name", ("container_network_bytes_in", "container_network_bytes_out"))):
            page = native.page(f"/metrics?profile={profile}")
            assert [page.value(f, **{label: "web"}) for f in families] == sums, profile
        return True
    wait_for(same, interval=0, what="a moment in which nobody sends")


def human(text):
    """'1.5MiB' in bytes, and by how much its last digit may be off."""
    digits, unit = re.fullmatch(r"([\d.]+)([A-Za-z]+)", text).groups()
    step = UNITS[unit] / 10 ** len(digits.partition(".")[2])
    return float(digits) * UNITS[unit], step


def near(value, text):
    told, step = human(text)
    return abs(value - told) <= step


@pytest.mark.parametrize("name", BUSY)
def test_docker_stats_says_the_same(native, engine, name):
    """What `docker stats` prints, with its rounding: memory without inactive page cache, sums of network and I/O,
    and the CPU in percent of one core."""
    pages = {p: lambda p=p: native.page(f"/metrics?profile={p}") for p in ("docker-stats", "data-exporter", "cadvisor")}

    def percent():
        return pages["docker-stats"]().get("container_cpu_usage_percent", name=name)
    wait_for(lambda: percent() is not None, interval=0.5, what="a percentage")

    def same():
        told = json.loads(engine.docker("stats", "--no-stream", "--format", "{{json .}}", name))
        share = percent() * cores(native.page())
        assert abs(share - float(told["CPUPerc"].rstrip("%"))) <= 8, (share, told)
        used, limit = told["MemUsage"].split(" / ")
        assert near(pages["cadvisor"]().value("container_memory_working_set_bytes", name=name), used), told
        assert near(pages["docker-stats"]().value("container_memory_limit_bytes", name=name), limit), told
        page = pages["data-exporter"]()
        for families, text in ((("network_bytes_in", "network_bytes_out"), told["NetIO"]),
                               (("block_bytes_in", "block_bytes_out"), told["BlockIO"])):
            for family, part in zip(families, text.split(" / ")):
                value = page.get(f"container_{family}", container_name=name)
                assert near(value or 0, part), (family, value, told)
        return True
    wait_for(same, interval=0.2, what="the words of docker stats")


@pytest.mark.parametrize("profile", PROFILES)
def test_no_figure_of_a_container_is_there_twice_or_bad(native, profile):
    """In OpenMetrics by prometheus_client's parser, which is strict about names and types."""
    answer = native.get(f"/metrics?profile={profile}", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    page = Page(answer.text, openmetrics=True)
    assert all(value == value and abs(value) < 1e19 for value in page.samples.values())
