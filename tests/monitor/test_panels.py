"""Panels that count events, on made-up series as promtool evaluates them: what a restart of Dockmeter or a
new container looks like is no event. Both windows, five minutes and one, end after six minutes."""
import json
import subprocess

import pytest

from grafana import ALL
from support import clean_env

CHOSEN = {"host": ".+", "project": ".*", "container": ".+"}
CONTAINER = '{instance="a",compose_project="",container_name="web"}'
UP = 'exporter_up{instance="a"}'


def of(family):
    return f"container_{family}{CONTAINER}"


# Panel -> what happens -> (the series every 15 s, how many events that is). The 22nd sample is at 5m30s.
EVENTS = {
    "Restarts": {
        "restarted": ({of("start_time_seconds"): "0x21 320x10", of("created_time_seconds"): "-100x31",
                       of("restarts_total"): "3x21 4x10"}, 1),
        "Dockmeter begins anew": ({of("start_time_seconds"): "0x20 stale 0x10", of("created_time_seconds"): "-100x20 stale -100x10",
                                   of("restarts_total"): "3x20 stale 2x10"}, 0),
        "made anew under its name": ({of("start_time_seconds"): "0x20 _ 320x10", of("created_time_seconds"): "-100x20 _ 319x10",
                                      of("restarts_total"): "3x20 _ 4x10"}, 0),
    },
    "OOM kills": {
        "killed": ({of("oom_kills_total"): "2x21 3x10", UP: "1x40"}, 1),
        "killed before its first scrape": ({of("oom_kills_total"): "_x22 1x10", UP: "1x40"}, 1),
        "Dockmeter begins anew": ({of("oom_kills_total"): "3x20 stale 2x10", UP: "1x20 stale 1x10"}, 0),
        "Dockmeter is new": ({of("oom_kills_total"): "_x22 4x10", UP: "_x22 1x10"}, 0),
        "the Engine was away": ({of("oom_kills_total"): "4x5 stale _x15 4x15", UP: "1x5 0x15 1x15"}, 0),
    },
}
CASES = [(title, what, kind) for title, cases in EVENTS.items() for what in cases for kind in ("stat", "timeseries")]


@pytest.mark.parametrize("title, what, kind", CASES, ids=["-".join(case).replace(" ", "_") for case in CASES])
def test_events_are_counted(tmp_path, title, what, kind):
    series, events = EVENTS[title][what]
    panel, = (p for p in ALL["containers"].panels if (p["title"], p["type"]) == (title, kind))
    asked = {"expr": f"sum({ALL['containers'].expand(panel['targets'][0]['expr'], CHOSEN)})", "eval_time": "6m",
             "exp_samples": [{"labels": "{}", "value": events}]}
    test = {"interval": "15s", "promql_expr_test": [asked],
            "input_series": [{"series": name, "values": values} for name, values in series.items()]}
    (tmp_path / "test.yml").write_text(json.dumps({"tests": [test]}), encoding="utf-8")
    done = subprocess.run(["promtool", "test", "rules", tmp_path / "test.yml"], capture_output=True, text=True, timeout=60,
                          check=False, env=clean_env())
    assert done.returncode == 0, done.stdout + done.stderr
