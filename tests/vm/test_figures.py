"""Every figure of the native profile against the kernel's own files and against the Engine's API."""
import re

import pytest

from figures import ROWS
from rounds import Round, check, from_files, from_page
from workloads import BUSY, DIRECT_BYTES, DROPPED_FRAMES, LIVE, MIB, OWN_NETWORK, STOPPED

ROUNDS = 4
# What is not read from the kernel's files but said by the Engine in either case, or follows the clock.
NOT_FILES = re.compile(r"container_(last_seen|created|start|finished|uptime|info|state|health|restart|exit|cpu_shares)")


def names_of(row, calm=False):
    """The containers that have the family; calm: without those whose gauges move while the API takes its second."""
    names = OWN_NETWORK if row.own_network else LIVE
    return names - BUSY if calm and not row.counter else names


def ident(row):
    return row.family.removeprefix("container_")


@pytest.fixture(scope="module")
def kernel_rounds(by_kernel, workloads):
    """Pages of the kernel source, each between two looks at the files."""
    return [Round(from_files(workloads.files()), from_page(by_kernel.page()), from_files(workloads.files()))
            for _ in range(ROUNDS)]


@pytest.fixture(scope="module")
def engine_rounds(by_engine, workloads):
    """Pages of the API source, each between two looks at the files."""
    return [Round(from_files(workloads.files()), from_page(by_engine.page()), from_files(workloads.files()))
            for _ in range(3)]


@pytest.fixture(scope="module")
def both_rounds(by_kernel, by_engine, workloads):
    """Pages of the kernel source, each between two of the API source."""
    return [Round(from_page(by_engine.page()), from_page(by_kernel.page()), from_page(by_engine.page()))
            for _ in range(3)]


@pytest.fixture(scope="module")
def look(workloads):
    """One look at the files."""
    return from_files(workloads.files())


@pytest.mark.parametrize("row", ROWS, ids=ident)
def test_kernel_source_is_the_files(kernel_rounds, row):
    check(row, names_of(row), kernel_rounds)


@pytest.mark.parametrize("row", [row for row in ROWS if row.api], ids=ident)
def test_engine_source_is_the_files(engine_rounds, row):
    check(row, names_of(row, calm=True), engine_rounds)


@pytest.mark.parametrize("row", [row for row in ROWS if row.api], ids=ident)
def test_both_sources_agree(both_rounds, row):
    check(row, names_of(row, calm=True), both_rounds)


def test_no_figure_is_left_out_of_the_table(by_kernel, workloads):
    page = by_kernel.page()
    families = {family for name in LIVE for family in page.families_of(name) if not NOT_FILES.match(family)}
    assert families == {row.family for row in ROWS}
    page.check_form()


def test_all_are_read_from_the_kernel(by_kernel, workloads):
    page = by_kernel.page()
    assert page.value("exporter_containers", source="kernel") == len(LIVE)
    assert page.value("exporter_containers", source="none") == len(STOPPED)
    assert page.get("exporter_containers", source="engine") in (None, 0)


@pytest.mark.parametrize("name,family,least", [
    ("throttled", "cpu_throttling_periods_total", 3),
    ("throttled", "cpu_throttled_seconds_total", 0.1),
    ("throttled", "pressure_cpu_waiting_seconds_total", 1e-6),
    ("swapping", "memory_swap_bytes", 10 * MIB),
    ("limited", "memory_peak_bytes", 12 * MIB),
    ("childkilled", "oom_kills_total", 1),
    ("childkilled", "memory_failcnt", 1),
    ("direct", "fs_writes_bytes_total", DIRECT_BYTES),
    ("direct", "fs_reads_bytes_total", DIRECT_BYTES),
    ("direct", "fs_writes_total", DIRECT_BYTES >> 16),
    ("direct", "fs_reads_total", DIRECT_BYTES >> 16),
    ("dropping", "network_receive_dropped_total", DROPPED_FRAMES),
    ("pressed", "pressure_memory_waiting_seconds_total", 1e-6),
    ("pressed", "pressure_io_stalled_seconds_total", 1e-6),
    ("nested", "memory_usage_bytes", 1),
    ("nested", "cpu_usage_seconds_total", 0.001),
])
def test_the_strain_is_there(look, name, family, least):
    """Guards the comparisons above: they would pass for zeros too."""
    row, = (row for row in ROWS if row.family == f"container_{family}")
    assert sum(look(row, name).values()) >= least


@pytest.mark.parametrize("profile,label,family,native", [
    ("docker-exporter", "name", "container_fs_writes_bytes_total", "container_fs_writes_bytes_total"),
    ("docker-exporter", "name", "container_fs_reads_bytes_total", "container_fs_reads_bytes_total"),
    ("data-exporter", "container_name", "container_block_bytes_out", "container_fs_writes_bytes_total"),
    ("data-exporter", "container_name", "container_block_bytes_in", "container_fs_reads_bytes_total"),
])
def test_other_profiles_add_up_the_devices(by_kernel, workloads, profile, label, family, native):
    total = sum(value for _, value in by_kernel.page().all(native, container_name="direct"))
    assert by_kernel.page(f"/metrics?profile={profile}").value(family, **{label: "direct"}) == total >= DIRECT_BYTES


def test_the_inner_group_has_less(workloads, vm):
    """So a reader that took the first process's own cgroup would be found out."""
    outer = f"{workloads.cgroups['nested']}/memory.current"
    inner = f"{workloads.cgroups['nested']}/inner/memory.current"
    files = vm.files(outer, inner)
    assert int(files[inner]) < int(files[outer])


def test_what_does_not_apply_is_absent(by_kernel, workloads):
    page = by_kernel.page()
    assert {family for name in LIVE - OWN_NETWORK for family in page.families_of(name) if "network" in family} == set()
    assert {name for name in LIVE if page.get("container_pids_limit", container_name=name)} == {"throttled"}
    assert {name for name in LIVE if page.get("container_cpu_limit_cores", container_name=name)} == {"throttled"}
    assert page.value("container_cpu_shares", container_name="throttled") == 512
    assert page.get("container_cpu_shares", container_name="plain") is None
    assert not {family for family in page.families_of("killed") if "memory_" in family or "cpu_" in family}
    assert page.value("container_memory_limit_bytes", container_name="plain") == page.value("machine_memory_bytes")


def test_state_of_a_paused_one(by_kernel, workloads):
    assert by_kernel.page().all("container_state", container_name="paused")[0][0]["state"] == "paused"


def test_steady_scrapes_ask_the_engine_nothing(by_kernel, workloads):
    """The ping and the system counts apart, which go on beside the scrapes."""
    def calls():
        return sum(value for labels, value in by_kernel.page().all("exporter_engine_requests_total")
                   if labels["endpoint"] in ("list", "inspect", "stats"))
    first = calls()
    assert [calls() for _ in range(10)] == [first] * 10
