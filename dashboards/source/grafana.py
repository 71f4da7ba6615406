"""Grafana's panels, variables and dashboards as values, in the form in which Grafana 11 exports them.

A panel is a dict without id and position; `dashboard` flows them from left to right below their row's
title, a line ends when the 24 columns are full. Each query is a Query; whoever writes one writes what its
legend says. Nothing here knows a metric.
"""
from dataclasses import dataclass
from itertools import count

SCHEMA_VERSION = 39  # Grafana 10.3 and later
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
PLUGIN_VERSION = "11.0.0"
COLUMNS = 24
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
GREEN, YELLOW, ORANGE, RED, BLUE, GREY = "green", "yellow", "orange", "red", "blue", "text"


@dataclass
class Query:
    """A PromQL expression and what its series are called. now: the present value only, not its past."""
    expr: str
    legend: str = ""
    now: bool = False


@dataclass
class Column:
    """A column of a table: the label or the query's letter that it shows, its heading, and how (cell: see CELLS)."""
    field: str
    title: str
    unit: str = ""
    width: int = 0
    mappings: tuple = ()
    steps: tuple = ()
    decimals: int | None = None
    cell: str = "auto"


# --- values: what colours and words they get

def steps(*pairs, base=GREEN):
    """Thresholds: the base colour, then (value, colour) in rising order."""
    return [{"color": base, "value": None}] + [{"color": color, "value": value} for value, color in pairs]


WARN_OF_LIMIT = steps((0.8, YELLOW), (0.9, RED))
BAD_IF_ANY = steps((1, RED))
NOTED_IF_ANY = steps((1, ORANGE))
NEUTRAL = steps(base=BLUE)


def words(**texts):
    """A value mapping from label values to colours: running=GREEN."""
    return {"type": "value", "options": {key: {"color": color, "index": i, "text": key}
                                         for i, (key, color) in enumerate(texts.items())}}


def numbers(*rows):
    """A value mapping: (number, text, colour)."""
    return {"type": "value", "options": {str(number): {"color": color, "index": i, "text": text}
                                         for i, (number, text, color) in enumerate(rows)}}


# --- panels

def targets(queries, table=False):
    made = []
    for letter, query in zip(LETTERS, queries):
        now = table or query.now
        made.append({"datasource": SOURCE, "editorMode": "code", "expr": query.expr,
                     "format": "table" if table else "time_series", "instant": now,
                     "legendFormat": query.legend or "__auto", "range": not now, "refId": letter})
    return made


def panel(kind, title, description, queries, defaults, options, size, **more):
    width, height = size
    return {"type": kind, "title": title, "description": description, "datasource": SOURCE,
            "targets": targets(queries, kind == "table"), "pluginVersion": PLUGIN_VERSION,
            "fieldConfig": {"defaults": defaults, "overrides": more.pop("overrides", [])},
            "options": options, "gridPos": {"w": width, "h": height}, **more}


def defaults(unit, thresholds, mappings=(), color="thresholds", **more):
    return {"color": {"mode": color}, "mappings": list(mappings),
            "thresholds": {"mode": "absolute", "steps": thresholds}, "unit": unit, **more}


def stat(title, description, expr, unit="short", thresholds=None, *, legend="", mappings=(), past=True, width=3,
         decimals=None):
    """One big number; past: with its course as a shade behind it."""
    more = {} if decimals is None else {"decimals": decimals}
    options = {"colorMode": "value", "graphMode": "area" if past else "none", "justifyMode": "auto",
               "orientation": "auto", "percentChangeColorMode": "standard",
               "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
               "showPercentChange": False, "textMode": "auto", "wideLayout": True}
    return panel("stat", title, description, [Query(expr, legend or title, now=not past)],
                 defaults(unit, thresholds or NEUTRAL, mappings, **more), options, (width, 4))


def lines(title, description, queries, unit="short", *, thresholds=None, width=8, height=8, stacked=False, bars=False,
          top=None, dashed=()):
    """Time series. thresholds: drawn as dashed lines; top: the axis ends there; dashed: legends that are limits."""
    custom = {"axisBorderShow": False, "axisCenteredZero": False, "axisColorMode": "text", "axisLabel": "",
              "axisPlacement": "auto", "barAlignment": 0, "drawStyle": "bars" if bars else "line",
              "fillOpacity": 60 if bars else 25 if stacked else 8, "gradientMode": "none",
              "hideFrom": {"legend": False, "tooltip": False, "viz": False}, "insertNulls": False,
              "lineInterpolation": "linear", "lineWidth": 1, "pointSize": 5, "scaleDistribution": {"type": "linear"},
              "showPoints": "never", "spanNulls": False,
              "stacking": {"group": "A", "mode": "normal" if stacked else "none"},
              "thresholdsStyle": {"mode": "dashed" if thresholds else "off"}}
    limits = {} if top is None else {"max": top}
    options = {"legend": {"calcs": ["lastNotNull", "max"], "displayMode": "table", "placement": "bottom",
                          "showLegend": True, "sortBy": "Last *", "sortDesc": True},
               "tooltip": {"maxHeight": 600, "mode": "multi", "sort": "desc"}}
    return panel("timeseries", title, description, queries,
                 defaults(unit, thresholds or steps(), color="palette-classic", custom=custom, min=0, **limits),
                 options, (width, height), overrides=[dashed_line(name) for name in dashed])


def dashed_line(name):
    """A limit: dashed, unfilled, beside the stack."""
    style = {"custom.lineStyle": {"dash": [10, 10], "fill": "dash"}, "custom.fillOpacity": 0,
             "custom.stacking": {"group": "limit", "mode": "none"}, "color": {"fixedColor": RED, "mode": "fixed"}}
    return {"matcher": {"id": "byRegexp", "options": f"/{name}$/"},
            "properties": [{"id": key, "value": value} for key, value in style.items()]}


def timeline(title, description, query, mapping, *, width=12, height=9):
    """The states of each series as coloured bars over time."""
    custom = {"fillOpacity": 70, "hideFrom": {"legend": False, "tooltip": False, "viz": False}, "insertNulls": False,
              "lineWidth": 0, "spanNulls": False}
    options = {"alignValue": "left", "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
               "mergeValues": True, "rowHeight": 0.9, "showValue": "never",
               "tooltip": {"maxHeight": 600, "mode": "single", "sort": "none"}}
    return panel("state-timeline", title, description, [query], defaults("none", steps(), [mapping], custom=custom),
                 options, (width, height))


CELLS = {"auto": {}, "color-text": {"custom.cellOptions": {"type": "color-text"}},
         "gauge": {"custom.cellOptions": {"type": "gauge", "mode": "basic", "valueDisplayMode": "text"}, "min": 0, "max": 1}}


def column_override(column):
    """How a column looks; what is not said stays Grafana's."""
    wanted = {"unit": column.unit or None, "custom.width": column.width or None, "decimals": column.decimals,
              "mappings": list(column.mappings) or None,
              "thresholds": {"mode": "absolute", "steps": column.steps} if column.steps else None, **CELLS[column.cell]}
    return {"matcher": {"id": "byName", "options": column.title},
            "properties": [{"id": key, "value": value} for key, value in wanted.items() if value is not None]}


def table(title, description, queries, columns, *, sort=None, width=24, height=10):
    """One line for each set of labels that the queries share; a column shows a label, or a query by its letter."""
    names = {(c.field if len(c.field) > 1 else value_field(c.field, queries)): c.title for c in columns}
    organize = {"excludeByName": {"Time": True, **hidden_values(queries, names)}, "includeByName": {},
                "indexByName": {name: i for i, name in enumerate(names)}, "renameByName": names}
    options = {"cellHeight": "sm", "footer": {"countRows": False, "fields": "", "reducer": ["sum"], "show": False},
               "frameIndex": 0, "showHeader": True,
               "sortBy": [{"desc": True, "displayName": sort}] if sort else []}
    custom = {"align": "auto", "cellOptions": {"type": "auto"}, "filterable": True, "inspect": False}
    return panel("table", title, description, queries, defaults("short", steps(base=GREY), custom=custom), options,
                 (width, height), overrides=[column_override(c) for c in columns],
                 transformations=[{"id": "merge", "options": {}}, {"id": "organize", "options": organize}])


def value_field(letter, queries):
    """What Grafana calls the value of one of several queries."""
    return f"Value #{letter}" if len(queries) > 1 else "Value"


def hidden_values(queries, shown):
    fields = [value_field(letter, queries) for letter, _ in zip(LETTERS, queries)]
    return {name: True for name in fields if name not in shown}


# --- variables

def source_variable():
    return {"current": {}, "hide": 0, "includeAll": False, "label": "Data source", "multi": False,
            "name": "datasource", "options": [], "query": "prometheus", "queryValue": "", "refresh": 1, "regex": "",
            "skipUrlSync": False, "type": "datasource"}


def variable(name, label, description, family, of, *, every=None, multi=True):
    """Values of a label. every: the regular expression that "All" stands for, where values may be missing."""
    query = f"label_values({family}, {of})"
    current = {"selected": True, "text": ["All"], "value": ["$__all"]} if multi else {}
    return {**({"allValue": every} if every else {}), "current": current, "datasource": SOURCE, "definition": query,
            "description": description, "hide": 0, "includeAll": multi, "label": label, "multi": multi, "name": name,
            "options": [], "query": {"qryType": 1, "query": query, "refId": "PrometheusVariableQueryEditor-VariableQuery"},
            "refresh": 2, "regex": "", "skipUrlSync": False, "sort": 1, "type": "query"}


# --- dashboards

def row(title, y, inside=None):
    """A row's title; inside: the panels of one that is closed, for they are part of it."""
    return {"type": "row", "title": title, "collapsed": inside is not None, "panels": inside or [],
            "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": y}}


def flow(panels, y):
    """The panels from left to right from line y on, and the first line below them."""
    placed, x, line = [], 0, 0
    for one in panels:
        width, height = one["gridPos"]["w"], one["gridPos"]["h"]
        if x + width > COLUMNS:
            x, y, line = 0, y + line, 0
        placed.append({**one, "gridPos": {"h": height, "w": width, "x": x, "y": y}})
        x, line = x + width, max(line, height)
    return placed, y + line


def place(rows, folded):
    """Ids and grid positions for [(title, panels)]; each row's title is a line of its own."""
    placed, y, ids = [], 0, count(1)
    for title, panels in rows:
        inside, below = flow(panels, y + 1)
        placed += [row(title, y), *inside]
        y = below
    for title, panels in folded:
        placed.append(row(title, y, flow(panels, y + 1)[0]))
        y += 1
    for one in placed:
        one["id"] = next(ids)
        for inner in one.get("panels", ()):
            inner["id"] = next(ids)
    return placed


def dashboard(uid, title, description, tags, variables, rows, folded=()):
    """folded: rows at the end that are closed until somebody opens them."""
    annotations = {"builtIn": 1, "datasource": {"type": "grafana", "uid": "-- Grafana --"}, "enable": True,
                   "hide": True, "iconColor": "rgba(0, 211, 255, 1)", "name": "Annotations & Alerts",
                   "type": "dashboard"}
    link = {"asDropdown": True, "icon": "external link", "includeVars": False, "keepTime": True, "tags": ["dockmeter"],
            "targetBlank": False, "title": "Dockmeter", "tooltip": "", "type": "dashboards", "url": ""}
    return {"annotations": {"list": [annotations]}, "description": description, "editable": True,
            "fiscalYearStartMonth": 0, "graphTooltip": 1, "id": None, "links": [link], "panels": place(rows, folded),
            "refresh": "30s", "schemaVersion": SCHEMA_VERSION, "tags": ["dockmeter", *tags],
            "templating": {"list": [source_variable(), *variables]}, "time": {"from": "now-1h", "to": "now"},
            "timepicker": {}, "timezone": "browser", "title": title, "uid": uid, "version": 1, "weekStart": ""}
