"""A dashboard file as Grafana would use it: its variables filled from a Prometheus, its queries expanded."""
import json
import math
import re
import time
from itertools import chain

from support import ROOT

FOLDER = ROOT / "dashboards"
BUILTIN = {"$__rate_interval": "1m0s", "$__range": "300s", "$__interval": "15s"}
LABEL_VALUES = re.compile(r"label_values\((.+), (\w+)\)$")
CALL = re.compile(r"\w+(?=\s*(?:by|without)\s*\()|\b(?:by|on|without|ignoring|group_left|group_right)\s*\([^)]*\)|\w+\s*(?=\()")
WORDS = {"or", "and", "unless", "bool", "by", "on", "without", "ignoring", "group_left", "group_right"}


def families(expression):
    """The metric names in a PromQL expression."""
    bare = re.sub(r'"(?:\\.|[^"\\])*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\boffset \S+", "", bare)
    return set(re.findall(r"[a-zA-Z_:][\w:]*", CALL.sub(" ", bare))) - WORDS


def escaped(value):
    """A value in a regular expression in a PromQL string, as Grafana's Prometheus source writes it."""
    return re.sub(r"([$^*{}\[\]+?.()|\\'])", r"\\\\\1", value)


class Dashboard:
    """One file of dashboards/."""

    def __init__(self, name):
        self.name = name
        self.text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
        self.json = json.loads(self.text)
        self.boxes = list(chain.from_iterable((p, *p.get("panels", ())) for p in self.json["panels"]))
        self.panels = [p for p in self.boxes if p["type"] != "row"]
        self.variables = [v for v in self.json["templating"]["list"] if v["type"] == "query"]

    def choose(self, prometheus, **wanted):
        """{variable: what stands for it in a query}: those wanted, else All, or the first value of a single one."""
        chosen = {}
        for variable in self.variables:
            values = self.values(prometheus, variable, chosen)
            assert values, f"{self.name}: ${variable['name']} has no value"
            chosen[variable["name"]] = self.text_of(variable, values, wanted.get(variable["name"]))
        return chosen

    def values(self, prometheus, variable, chosen):
        """What Grafana asks Prometheus for a variable's list."""
        selector, label = LABEL_VALUES.match(variable["query"]["query"]).groups()
        return prometheus.api(f"label/{label}/values", **{"match[]": self.expand(selector, chosen)})

    @staticmethod
    def text_of(variable, values, wanted):
        if not variable["multi"]:
            return wanted or values[0]
        if not wanted and "allValue" in variable:
            return variable["allValue"]
        picked = [escaped(value) for value in wanted or values]
        return picked[0] if len(picked) == 1 else f"({'|'.join(picked)})"

    @staticmethod
    def expand(expression, chosen):
        for word, value in BUILTIN.items():
            expression = expression.replace(word, value)
        expression = re.sub(r"\$(\w+)", lambda match: chosen[match[1]], expression)
        assert "$" not in re.sub(r"\\\\\$", "", expression), expression
        return expression


NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))
ALL = {name: Dashboard(name) for name in NAMES}
QUERIES = [(name, panel, target) for name in NAMES for panel in ALL[name].panels for target in panel["targets"]]
IDS = [f"{name}-{panel['title']}-{target['refId']}".replace(" ", "_") for name, panel, target in QUERIES]
NOT_ON_CGROUP1 = re.compile(r"container_(fs|pressure)_")


def ask(server, dashboard, target):
    """[(labels, values that are numbers)] as Grafana would get them for a panel of five minutes."""
    expression = dashboard.expand(target["expr"], dashboard.choose(server))
    if target["instant"]:
        found = [(labels, [value]) for labels, value in server.query(expression)]
    else:
        now = time.time()
        data = server.api("query_range", query=expression, start=now - 300, end=now, step=5)
        found = [(series["metric"], [float(value) for _, value in series["values"]]) for series in data["result"]]
    return [(labels, numbers) for labels, values in found
            if (numbers := [value for value in values if not math.isnan(value)])]
