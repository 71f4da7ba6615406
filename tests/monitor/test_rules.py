"""Every alert of rules/ is complete, documented, and tested: firing, silent, and on real containers."""
import collections
import re
import subprocess

import pytest
import yaml

import test_alerts
from support import ROOT, clean_env

RULES = sorted((ROOT / "rules").glob("*.rules.yml"))
DOCUMENT = (ROOT / "docs/alerts.md").read_text(encoding="utf-8")
# What is no family, in the order in which it has to go: texts, selectors, lists of labels, recorded names.
NO_FAMILY = (r'"[^"]*"', r"\{[^}]*\}", r"\b(?:by|on|ignoring|without) \([^)]*\)", r"[a-z_]+:[a-z_]+:[a-z0-9_]+")
FAMILY = re.compile(r"\b(?:container|docker|machine|exporter|collector)_[a-z_]+\b")


def rules(kind):
    """[(rule file's word, rule)] of all alerts, or all records."""
    for path in RULES:
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from ((path.name.split(".")[0], rule) for rule in group["rules"] if kind in rule)


ALERTS = {(file, rule["alert"]): rule for file, rule in rules("alert")}


def promtool_cases():
    """(rule file's word, alert) -> which of True (fires) and False (must not) promtool is asked."""
    cases = collections.defaultdict(set)
    for path in sorted((ROOT / "rules/tests").glob("*.yml")):
        suite = yaml.safe_load(path.read_text(encoding="utf-8"))
        file = suite["rule_files"][0].split("/")[-1].split(".")[0]
        for case in (case for test in suite["tests"] for case in test.get("alert_rule_test", ())):
            cases[file, case["alertname"]].add(bool(case.get("exp_alerts")))
    return cases


def test_promtool_has_nothing_to_say():
    files = [str(path) for path in RULES], [str(path) for path in sorted((ROOT / "rules/tests").glob("*.yml"))]
    for verb, paths in zip(("check", "test"), files):
        done = subprocess.run(["promtool", verb, "rules", *paths], capture_output=True, text=True, timeout=120,
                              check=False, env=clean_env())
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", ALERTS, ids="/".join)
def test_alert_is_complete(alert):
    rule = ALERTS[alert]
    assert rule["labels"]["severity"] in ("critical", "warning", "info")
    assert rule["annotations"]["summary"] and rule["annotations"]["description"]


@pytest.mark.parametrize("alert", ALERTS, ids="/".join)
def test_alert_is_documented_where_its_file_is(alert):
    file, name = alert
    section = DOCUMENT.split(f"\n## {file}.rules.yml\n")[1].split("\n## ")[0]
    row, = re.findall(rf"^\| `{name}` \|.*", section, re.M)
    assert f"| {ALERTS[alert]['labels']['severity']} |" in row


def test_every_alert_is_tested_firing_and_silent():
    assert promtool_cases() == {alert: {True, False} for alert in ALERTS}


def test_every_alert_is_provoked_or_has_a_reason():
    real = [test_alerts.FIRE, test_alerts.KILLED, test_alerts.STOPPED, test_alerts.PARTIAL, test_alerts.MISCONFIGURED,
            test_alerts.NOT_HERE]
    assert sorted(alert for table in real for alert in table) == sorted(ALERTS)
    assert all(test_alerts.NOT_HERE.values())


def test_every_record_has_a_value_in_a_test():
    tests = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "rules/tests").glob("*.yml"))
    for _, rule in rules("record"):
        assert re.search(rf"expr: {rule['record']}[{{\n]", tests), rule["record"]
        assert re.fullmatch(r"[a-z_]+:[a-z_]+:[a-z0-9_]+", rule["record"])


def families(expression):
    for pattern in NO_FAMILY:
        expression = re.sub(pattern, " ", expression)
    return set(FAMILY.findall(expression))


def test_rules_name_documented_families_only():
    text = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
    known = set(re.findall(r"^\| `([a-z_]+)`", text, re.M))
    used = {family for kind in ("alert", "record") for _, rule in rules(kind) for family in families(rule["expr"])}
    assert len(used) > 20 and used <= known, used - known
