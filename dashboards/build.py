#!/usr/bin/python3
"""Writes the dashboards: one JSON file for each, beside this program.

usage: build.py [FOLDER]     the folder to write to; with --check nothing is written, exit status 1 when a
                             file is not what its source says
"""
import json
import sys
from pathlib import Path

from source import container_metrics, containers, docker_exporter, host

HERE = Path(__file__).resolve().parent
DASHBOARDS = {"containers": containers, "host-and-engine": host, "infrastructure-overview": docker_exporter,
              "container": container_metrics}


def text(module):
    """As Grafana exports a dashboard: keys in order, two blanks."""
    return json.dumps(module.build(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main(arguments):
    if arguments == ["--check"]:
        stale = [name for name, module in DASHBOARDS.items()
                 if (HERE / f"{name}.json").read_text(encoding="utf-8") != text(module)]
        print("\n".join(f"dashboards/{name}.json is out of date: dashboards/build.py" for name in stale)
              or f"{len(DASHBOARDS)} dashboards are up to date")
        return 1 if stale else 0
    folder = Path(arguments[0]) if arguments else HERE
    for name, module in DASHBOARDS.items():
        (folder / f"{name}.json").write_text(text(module), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(sys.argv[1:]))
