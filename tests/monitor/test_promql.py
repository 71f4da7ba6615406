"""The queries of the migration pages: valid, and of the same value on native as on the old page."""
import contextlib
import json
import math
import re
import subprocess

import pytest

from prometheus import Prometheus, jobs_for
from support import binary, wait_for

PROMTOOL = "/usr/bin/promtool"
PAGES = ["docker-exporter", "container-metrics", "docker-stats", "data-exporter", "cadvisor"]
# What says who a series is about; target's labels and container labels aside.
NAMES = ("container_name", "name", "container")
OTHERS = ("interface", "state")
SAME_LABEL = {"container_state": "state"}
# The machine itself is not on native: the page says so.
DIFFERENT = {'rate(container_cpu_usage_seconds_total{id="/"}[1m])'}


def queries(page):
    """(old, new) of a migration page; new is None where the query is lost."""
    text = subprocess.run([binary(), "docs", f"migrate-{page}"], check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"^\| `(.*)` \| (.*) \|$", text.split("## Queries")[1].split("## Settings")[0], re.M)
    assert len(rows) > 5
    for old, new in rows:
        old = old.replace("\\|", "|")
        if new == "the same":
            yield old, old
        elif new.startswith("`"):
            yield old, new.strip("`").replace("\\|", "|")
        else:
            assert new.startswith("stays as it is: "), new
            yield old, None


def test_promtool_takes_all(tmp_path):
    rules = []
    for page in [*PAGES, "docker-stats-exporter"]:
        for query in (q for pair in queries(page) for q in pair if q and not q.startswith("label_values")):
            rules.append({"record": f"r{len(rules)}", "expr": query})
    file = tmp_path / "rules.json"
    file.write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}), encoding="utf-8")
    out = subprocess.run([PROMTOOL, "check", "rules", str(file)], capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stderr
    assert f"{len(rules)} rules found" in out.stdout, out.stdout


TARGET = 'job="d", instance="i"'
WEB = 'container_name="web", compose_service="s", compose_project="p", image="nginx", container_label_x="1"'
DB = 'container_name="db", compose_service="t", compose_project="p", image="redis", container_label_x="2"'
# From, query, the series that it had, those that native has, what both give.
SEMANTICS = [
    ("cadvisor", 'container_memory_rss{id="/"} / on (instance) machine_memory_bytes',
     {f'container_memory_rss{{{TARGET}, id="/"}}': 3, f"machine_memory_bytes{{{TARGET}}}": 6},
     {f"container_memory_rss_bytes{{{TARGET}, {WEB}}}": 1, f"container_memory_rss_bytes{{{TARGET}, {DB}}}": 2,
      f"machine_memory_bytes{{{TARGET}}}": 6}, {'{instance="i"}': 0.5}),
    ("container-metrics", "collector_up_timestamp_seconds * 1", {f"collector_up_timestamp_seconds{{{TARGET}}}": 2},
     {f"container_last_seen{{{TARGET}, {WEB}}}": 1, f"container_last_seen{{{TARGET}, {DB}}}": 2}, {f"{{{TARGET}}}": 2}),
    ("docker-stats", "sum without (name) (container_memory_usage_bytes)",
     {f'container_memory_usage_bytes{{{TARGET}, name="web"}}': 1, f'container_memory_usage_bytes{{{TARGET}, name="db"}}': 2},
     {f'container_memory_usage_bytes{{{TARGET}, container_name="web", compose_service="s", image="nginx"}}': 1,
      f'container_memory_usage_bytes{{{TARGET}, container_name="db", image="redis"}}': 2}, {f"{{{TARGET}}}": 3}),
    ("docker-exporter", "count(sum without (name) (container_memory_usage_bytes))",
     {f'container_memory_usage_bytes{{{TARGET}, name="web", image="nginx", id="1"}}': 1,
      f'container_memory_usage_bytes{{{TARGET}, name="db", image="nginx", id="2"}}': 2},
     {f'container_memory_usage_bytes{{{TARGET}, container_name="web", image="nginx"}}': 1,
      f'container_memory_usage_bytes{{{TARGET}, container_name="db", image="nginx"}}': 2}, {"{}": 2}),
    ("cadvisor", 'sum by (team, name) (container_memory_rss{name!=""} * on (name) group_left (team) owners) > 0',
     {f'container_memory_rss{{{TARGET}, name="web"}}': 2, 'owners{name="web", team="a"}': 1},
     {f"container_memory_rss_bytes{{{TARGET}, {WEB}}}": 2, 'owners{name="web", team="a"}': 1},
     {'{NAME="web", team="a"}': 2}),
    ("data-exporter", "count by (container_image) (container_state * on (container_name) group_left (container_image) container_info)",
     {'container_state{container_name="web"}': 1, 'container_info{container_name="web", container_image="nginx"}': 1},
     {'container_state{container_name="web"}': 1, 'container_info{container_name="web", image="nginx"}': 1}, {'{IMAGE="nginx"}': 1}),
]
# Labels whose new name is what a query is meant to have.
OLD_LABELS = {"NAME": "name", "IMAGE": "container_image"}
NEW_LABELS = {"NAME": "container_name", "IMAGE": "image"}


def unit(query, series, expected, names):
    for word, label in names.items():
        expected = {k.replace(word, label): v for k, v in expected.items()}
    return {"interval": "1m", "input_series": [{"series": k, "values": f"{v}x5"} for k, v in series.items()],
            "promql_expr_test": [{"expr": query, "eval_time": "1m",
                                  "exp_samples": [{"labels": k, "value": v} for k, v in expected.items()]}]}


def test_same_meaning(tmp_path):
    """Labels that native has more or less of than the old page: promtool evaluates both queries."""
    tests = []
    for tool, old, was, has, expected in SEMANTICS:
        rules = json.dumps({"groups": [{"name": "g", "rules": [{"alert": "A", "expr": old}]}]})
        out = subprocess.run([binary(), "migrate", f"--from={tool}", "--rules=-"], input=rules, capture_output=True, text=True,
                             timeout=60, check=True).stdout
        new = json.loads(out)["groups"][0]["rules"][0]["expr"]
        tests += [unit(old, was, expected, OLD_LABELS), unit(new, has, expected, NEW_LABELS)]
    file = tmp_path / "tests.json"
    file.write_text(json.dumps({"rule_files": [], "evaluation_interval": "1m", "tests": tests}), encoding="utf-8")
    out = subprocess.run([PROMTOOL, "test", "rules", str(file)], capture_output=True, text=True, timeout=60)
    assert out.returncode == 0, out.stdout + out.stderr


@pytest.fixture(scope="module")
def scraping(native, tmp_path_factory):
    """profile -> a Prometheus that has scraped it alone, so that a query sees no other page."""
    with contextlib.ExitStack() as stack:
        servers = {}
        for job in jobs_for(native.port):
            profile, = job["params"]["profile"]
            server = Prometheus(tmp_path_factory.mktemp(profile), [job])
            servers[profile] = stack.enter_context(contextlib.closing(server))
        yield {profile: server.wait_scraped(6) for profile, server in servers.items()}


def shortened(query):
    """Over a shorter range, so that it does not matter since when which page is scraped."""
    return re.sub(r"\[(1m|2m|5m|15m)\]", "[20s]", query)


def vector(result):
    """Who a series is about -> its value."""
    found = {}
    for labels, value in result:
        who = [labels[n] for n in NAMES if n in labels]
        more = sorted(v for k, v in labels.items() if SAME_LABEL.get(k, k) in OTHERS)
        key = (*who[:1], *more)
        assert key not in found, ("two series of one", key, result)
        found[key] = value
    return found


def near(a, b, old):
    """Ages by the moment of the scrape, all else by a fifth."""
    slack = 3 if old.startswith("time()") else 0.2 * max(abs(a), abs(b)) + 1e-3
    return a == b or (math.isnan(a) and math.isnan(b)) or abs(a - b) <= slack


def may_be_empty(old):
    """A comparison may select nothing; not every machine's kernel shows block devices of containers."""
    return " > " in old or "_fs_" in old or "_block_" in old


@pytest.mark.parametrize("page", PAGES)
def test_the_same_values(page, scraping):
    """Each query in its turn, until both pages agree: they are scraped at different moments."""
    for old, new in queries(page):
        if new is None or old in DIFFERENT or old.startswith("label_values"):
            continue
        seen = []

        def agree(old=old, new=new, seen=seen):
            seen[:] = [vector(scraping[page].query(shortened(old))), vector(scraping["native"].query(shortened(new)))]
            if "/docker/" in old:
                seen[1].pop(("parent",), None)  # has a cgroup elsewhere
            assert seen[0] or may_be_empty(old), "nothing on the old page"
            assert seen[0].keys() == seen[1].keys(), "other series"
            far = {k: (v, seen[1][k]) for k, v in seen[0].items() if not near(v, seen[1][k], old)}
            assert not far, far
            return True
        try:
            wait_for(agree, interval=0.5, what="the same values")
        except AssertionError as e:
            raise AssertionError(f"{old}\n{new}\n{e}\n{seen}") from None
