"""What public dashboards and rules ask of cAdvisor has an answer on the cadvisor preset."""
import re

import pytest

from grafana import BUILTIN, Dashboard, families
from support import DATA, ROOT, wait_for

ON_CGROUP2 = re.compile(r"container_fs_(reads|writes)_")
# What has no answer, and why; docs/profiles.md says the same of cAdvisor's own.
EXCEPTIONS = {
    r"node_\w+": "node_exporter's",
    r"container_(tasks_state|fs_(inodes|io|read|write|sector|reads_merged|writes_merged)_\w+)": "docs/profiles.md",
    r"container_blkio_device_usage_total": "cAdvisor has it on cgroup v1 of old kernels only; container_fs_* is the same I/O",
    r"container_network_tcp_usage_total": "off in cAdvisor too unless it is asked for; needs every socket read at each scrape",
}


def queries():
    """[(who asks, query)] of the file."""
    source, found = "", []
    for line in (DATA / "queries/cadvisor.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            source = line[2:].partition(",")[0]
        elif line:
            found.append((source, line))
    return found


def exceptions(query):
    """The families of a query that have no answer, with the pattern that says so."""
    return {family: pattern for family in families(query) for pattern in EXCEPTIONS if re.fullmatch(pattern, family)}


ANSWERED = [(source, query) for source, query in queries() if not exceptions(query)]
IDS = [f"{source}-{i}".replace(" ", "_") for i, (source, _) in enumerate(ANSWERED)]


def expanded(server, query, job):
    names = "|".join(sorted({labels["name"] for labels, _ in server.query(f'container_last_seen{{job="{job}", name!=""}}')}))
    chosen = {"host": ".+", "container": f"({names})", "project": ".*", "job": job, "interval": BUILTIN["$__rate_interval"]}
    return Dashboard.expand(query, chosen)


@pytest.mark.parametrize("source, query", ANSWERED, ids=IDS)
def test_query_has_an_answer(prometheus_for_cadvisor, request, source, query):
    server, job = prometheus_for_cadvisor, "cadvisor"
    if ON_CGROUP2.search(query) and not server.query(expanded(server, query, job)):
        server, job = request.getfixturevalue("prometheus_cgroup2"), "dockmeter-cadvisor"
    found = wait_for(lambda: server.query(expanded(server, query, job)), 120, 0.5, f"{source}: {query}")
    assert any(value == value for _, value in found), "only NaN"


def test_what_has_no_answer_is_documented(prometheus_for_cadvisor):
    """Each exception is needed, has none of its series, and cAdvisor's own are in the table of differences."""
    differences = (ROOT / "docs/profiles.md").read_text(encoding="utf-8")
    unanswered = {family: pattern for _, query in queries() for family, pattern in exceptions(query).items()}
    assert set(unanswered.values()) == set(EXCEPTIONS)
    for family, pattern in unanswered.items():
        assert not prometheus_for_cadvisor.query(family), f"{family} has an answer now"
        if EXCEPTIONS[pattern] == "docs/profiles.md":
            assert f"`{family}`" in differences


def test_few_are_without_an_answer():
    assert len(ANSWERED) > 0.8 * len(queries())
