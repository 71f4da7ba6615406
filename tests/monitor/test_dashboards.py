"""Every query and variable of every dashboard on a real Prometheus, and the form of the files.

No panel is empty. What a machine with cgroup v1 cannot show (block I/O, pressure) is asked of a second
Prometheus, whose Dockmeter sits in the virtual machine with cgroup v2.
"""
import json
import math
import re
from itertools import groupby

import pytest
import yaml

from grafana import ALL, FOLDER, IDS, LABEL_VALUES, NAMES, NOT_ON_CGROUP1, QUERIES, ask, families
from support import ROOT, wait_for

PATIENCE = 120  # a busy machine scrapes slowly
PROFILES = {"containers": "native", "host-and-engine": "native", "infrastructure-overview": "docker-exporter",
            "container": "container-metrics"}
# What is rightly 0 while all is well, or on a machine with room to spare.
MAY_BE_ZERO = {"Swap", "Dropped packets and errors", "Major page faults", "Errors", "Left out or turned away",
               "CPU pressure", "Memory pressure", "I/O pressure", "Read", "Read operations"}


def documented(profile):
    """The families of a profile in docs/metrics.md, with those of every profile."""
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    chapters = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", text, re.S | re.M))
    wanted = [body for title, body in chapters.items() if title.startswith((f"Profile `{profile}`", "In every profile"))]
    assert len(wanted) == 2
    return set(re.findall(r"^\| `(\w+)`", "".join(wanted), re.M))


@pytest.fixture
def answer(prometheus, request):
    """What a query gives, awaited: here, or in the virtual machine where this one cannot show it.

    above: what its greatest value must come to exceed."""
    def get(name, target, above=-math.inf):
        def enough():
            found = ask(server, ALL[name], target)
            assert found, "no data"
            assert max(value for _, values in found for value in values) > above, "a flat line at 0"
            return found
        if NOT_ON_CGROUP1.search(target["expr"]) and not ask(prometheus, ALL[name], target):
            server = request.getfixturevalue("prometheus_cgroup2")
        else:
            server = prometheus
        return wait_for(enough, PATIENCE, 0.5, f"data for {target['expr']}")
    return get


@pytest.mark.parametrize("name, panel, target", QUERIES, ids=IDS)
def test_query_has_data(answer, name, panel, target):
    found = answer(name, target, -math.inf if panel["title"] in MAY_BE_ZERO else 0)
    for label in re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]):
        assert all(labels.get(label) for labels, _ in found), f"the legend names {label}, which a series lacks"
    if panel["type"] != "table":
        names = [re.sub(r"\{\{(\w+)\}\}", lambda m: labels[m[1]], target["legendFormat"]) for labels, _ in found]
        assert len(set(names)) == len(names), "two series of one name"
        # What stands for one host of several says which.
        one_host = "host" in {v["name"] for v in ALL[name].variables} and any("instance" in labels for labels, _ in found)
        assert not one_host or "{{instance}}" in target["legendFormat"]


@pytest.mark.parametrize("name", NAMES)
def test_table_columns_are_there(answer, name):
    for panel in (p for p in ALL[name].panels if p["type"] == "table"):
        labels = {label for target in panel["targets"] for found, _ in answer(name, target) for label in found}
        letters = {f"Value #{target['refId']}" for target in panel["targets"]}
        organize = panel["transformations"][-1]["options"]
        shown = set(organize["renameByName"])
        assert shown <= labels | letters and set(organize["indexByName"]) == shown
        assert letters <= shown | set(organize["excludeByName"]), "a column without a heading"
        assert {o["matcher"]["options"] for o in panel["fieldConfig"]["overrides"]} <= set(organize["renameByName"].values())


def panel_of(name, title):
    return next(panel for panel in ALL[name].panels if panel["title"] == title)


def shown(prometheus, title, label="container_name", **wanted):
    """The label's values in the first query of a panel of the containers' dashboard."""
    dashboard = ALL["containers"]
    expression = dashboard.expand(panel_of("containers", title)["targets"][0]["expr"], dashboard.choose(prometheus, **wanted))
    return {labels.get(label) for labels, _ in prometheus.query(expression)}


def scraped(condition):
    """What an instant query gives: nothing for a moment, where a busy machine takes longer than a scrape may take."""
    wait_for(condition, interval=0.5, what="what is shown")


def test_all_is_all(prometheus, engine):
    """All covers containers without a project and stopped ones, and none twice."""
    def all_of_them():
        assert shown(prometheus, "All containers") == set(engine.ids)
        counted = sum(prometheus.value(ALL["containers"].expand(panel_of("containers", title)["targets"][0]["expr"],
                                                                ALL["containers"].choose(prometheus)))
                      for title in ("Running", "Stopped"))
        assert len(engine.ids) - 3 <= counted <= len(engine.ids) - 1, "one is paused, two may be between two lives"
        return True
    scraped(all_of_them)


def test_a_choice_is_followed(prometheus):
    scraped(lambda: shown(prometheus, "Working set", container=["web", "visitor"]) == {"web", "visitor"})
    scraped(lambda: shown(prometheus, "All containers", project=["yard"]) == {"visitor", "disk", "leaky", "restless"})
    scraped(lambda: shown(prometheus, "CPU in use", project=["shop"], container=["web"]) == {"web"})


def test_the_machines_memory_is_no_limit(prometheus):
    scraped(lambda: shown(prometheus, "Share of limit") == {"burner", "writer", "disk", "leaky"})


@pytest.mark.parametrize("name", NAMES)
def test_figures_are_not_counted_twice(prometheus, name):
    """All profiles are scraped side by side and share names; a panel sees its own profile's containers only."""
    chosen = ALL[name].choose(prometheus)
    expressions = " ".join(ALL[name].expand(target["expr"], chosen) for n, _, target in QUERIES if n == name)
    selectors = set(re.findall(r"container_\w+\{[^}]*\}", expressions))

    def jobs():
        return {labels["job"] for selector in selectors for labels, _ in prometheus.query(f"count by (job) ({selector})")}
    scraped(lambda: jobs() == {f"dockmeter-{PROFILES[name]}"})


@pytest.mark.parametrize("name", NAMES)
def test_families_are_documented(name):
    known = documented(PROFILES[name])
    asked = {family for _, _, target in (q for q in QUERIES if q[0] == name) for family in families(target["expr"])}
    asked |= {family for v in ALL[name].variables for family in families(LABEL_VALUES.match(v["definition"])[1])}
    assert asked and asked <= known, f"not in docs/metrics.md for {PROFILES[name]}: {asked - known}"


def test_dashboards_do_not_collide():
    assert set(NAMES) == set(PROFILES)
    for key in ("uid", "title"):
        values = [ALL[name].json[key] for name in NAMES]
        assert len(set(values)) == len(values)


def test_provisioning_files():
    """The provider takes the folder that the documentation says, and the example is of the variable's kind."""
    provider, = yaml.safe_load((FOLDER / "provisioning/dashboards/dockmeter.yaml").read_text())["providers"]
    document = (ROOT / "docs/dashboards.md").read_text(encoding="utf-8")
    assert provider["type"] == "file" and document.count(provider["options"]["path"]) == 2
    source, = yaml.safe_load((FOLDER / "provisioning/datasources/prometheus.yaml").read_text())["datasources"]
    assert source["type"] == ALL[NAMES[0]].json["templating"]["list"][0]["query"]


@pytest.mark.parametrize("name", NAMES)
def test_form(name):
    """As Grafana exports it, so that saving it there changes nothing; and any data source will do."""
    board = ALL[name].json
    assert json.dumps(board, indent=2, sort_keys=True, ensure_ascii=False) + "\n" == ALL[name].text
    assert re.fullmatch(r"[a-z][a-z0-9-]{1,39}", board["uid"]) and board["id"] is None and board["description"]
    assert board["schemaVersion"] >= 39 and "dockmeter" in board["tags"]
    assert not {"__inputs", "__requires", "__elements"} & set(board)
    source, *variables = board["templating"]["list"]
    assert (source["name"], source["type"], source["query"]) == ("datasource", "datasource", "prometheus")
    uids = set(re.findall(r'"uid": "(.*?)"', ALL[name].text)) - {board["uid"], "-- Grafana --"}
    assert uids == {"${datasource}"}
    declared = {v["name"] for v in variables}
    used = {word for n, _, target in QUERIES if n == name for word in re.findall(r"\$(\w+)", target["expr"])}
    assert used - {"__rate_interval", "__range"} == declared


@pytest.mark.parametrize("name", NAMES)
def test_every_panel_says_what_it_is(name):
    for panel in ALL[name].panels:
        field = panel["fieldConfig"]["defaults"]
        assert panel["title"] and panel["description"].endswith("."), panel["title"]
        assert field["unit"] and field["thresholds"]["steps"][0]["value"] is None, panel["title"]
        assert len({t["refId"] for t in panel["targets"]}) == len(panel["targets"])
        for target in panel["targets"]:
            assert panel["type"] == "table" or target["legendFormat"] not in ("", "__auto"), panel["title"]
            assert not re.search(r"\b(rate|increase)\([^[]*\[(?!\$__rate_interval|\$__range|5m)", target["expr"])


def test_closed_rows():
    """What is off unless it is asked for is at the end, closed."""
    closed = [(name, p["title"]) for name in NAMES for p in ALL[name].json["panels"] if p.get("collapsed")]
    assert closed == [(name, "Disk usage (collection.collectors.disk)") for name in ("containers", "host-and-engine")]
    for name, _ in closed:
        assert ALL[name].json["panels"][-1]["panels"]


@pytest.mark.parametrize("name", NAMES)
def test_grid_is_sound(name):
    """Nothing overlaps, each line is as wide as the page, ids are unique."""
    everything = ALL[name].boxes
    assert len({p["id"] for p in everything}) == len(everything)
    boxes = [p["gridPos"] for p in everything]
    cells = [(x, y) for b in boxes for x in range(b["x"], b["x"] + b["w"]) for y in range(b["y"], b["y"] + b["h"])]
    assert len(set(cells)) == len(cells)
    for _, line in groupby(sorted(boxes, key=lambda b: b["y"]), lambda b: b["y"]):
        line = list(line)
        assert sum(b["w"] for b in line) == 24 and len({b["h"] for b in line}) == 1
