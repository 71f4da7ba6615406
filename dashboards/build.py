#!/usr/bin/python3
"""Writes the dashboards, one JSON file each beside this program, and the list of their panels in docs/dashboards.md.

usage: build.py [--check]     --check writes nothing; exit status 1 when a file is not what its source says
"""
import json
import sys
from itertools import chain
from pathlib import Path

sys.dont_write_bytecode = True
from source import container_metrics, containers, docker_exporter, host  # noqa: E402 (the line above comes first)

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent / "docs/dashboards.md"
MARK = "<!-- From here on dashboards/build.py writes. -->\n"
DASHBOARDS = {"containers": containers, "host-and-engine": host, "infrastructure-overview": docker_exporter,
              "container": container_metrics}


def as_json(board):
    """As Grafana exports a dashboard: keys in order, two blanks."""
    return json.dumps(board, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def chapter(board):
    """A dashboard's variables and panels, row by row."""
    variables = ", ".join(variable["label"] for variable in board["templating"]["list"])
    lines = ["", f"## {board['title']}", "", board["description"], "", f"Variables: {variables}.", "",
             "| row | panel | unit | what it shows |", "|---|---|---|---|"]
    row = ""
    for panel in chain.from_iterable((panel, *panel.get("panels", ())) for panel in board["panels"]):
        if panel["type"] == "row":
            row = panel["title"]
            continue
        unit = "" if panel["type"] == "table" else panel["fieldConfig"]["defaults"]["unit"].removeprefix("suffix: ")
        lines.append(f"| {row} | {panel['title']} | {unit} | {panel['description']} |")
        row = ""
    return "\n".join(lines) + "\n"


def files():
    """{path: what it should hold}"""
    boards = {name: module.build() for name, module in DASHBOARDS.items()}
    made = {HERE / f"{name}.json": as_json(board) for name, board in boards.items()}
    prose, mark, _ = DOCUMENT.read_text(encoding="utf-8").partition(MARK)
    made[DOCUMENT] = prose + mark + "".join(map(chapter, boards.values()))
    return made


def main(arguments):
    if arguments not in ([], ["--check"]):
        print(__doc__, file=sys.stderr)
        return 2
    stale = {path: text for path, text in files().items() if not path.exists() or path.read_text(encoding="utf-8") != text}
    for path, text in stale.items():
        if arguments:
            print(f"{path.relative_to(HERE.parent)} is out of date: dashboards/build.py")
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if arguments and stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
