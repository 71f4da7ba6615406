"""A metrics page as data: parsed by prometheus_client, checked for what every page must hold."""
import re

from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from support import wait_for


class Page:
    """Samples by (name, labels) and families by name; a double fails at once."""

    def __init__(self, text, openmetrics=False):
        self.text = text
        self.samples = {}
        self.exact = {}
        self.types = {}
        self.helps = {}
        parse = parse_openmetrics if openmetrics else parse_text
        for family in parse(text):
            self.types[family.name] = family.type
            self.helps[family.name] = family.documentation
            for sample in family.samples:
                key = (sample.name, frozenset(sample.labels.items()))
                assert key not in self.samples, f"twice on the page: {key}"
                assert sample.timestamp is None, f"a timestamp: {key}"
                self.samples[key] = sample.value
        self.order = [line.split(" ", 3)[2] for line in text.splitlines() if line.startswith("# TYPE ")]

    def names(self):
        return {name for name, _ in self.samples}

    def all(self, name, /, **labels):
        """[(labels, value)] of a family's samples that carry these labels."""
        return [(dict(key[1]), value) for key, value in self.samples.items()
                if key[0] == name and labels.items() <= dict(key[1]).items()]

    def value(self, name, /, **labels):
        """The one sample's value; fails unless it is exactly one."""
        found = self.all(name, **labels)
        assert len(found) == 1, f"{name}{labels}: {found}"
        return found[0][1]

    def get(self, name, /, **labels):
        """The one sample's value or None."""
        return self.value(name, **labels) if self.all(name, **labels) else None

    def digits(self, name, container):
        """The value exactly as printed, for a family with one sample a container."""
        pattern = rf'^{name}\{{[^\n]*container_name="{container}"[^\n]*\}} (\S+)$'
        found = re.findall(pattern, self.text, re.M)
        assert len(found) == 1, f"{name} of {container}: {found}"
        return found[0]

    def families_of(self, container):
        """The names of the families that have a sample of this container."""
        return {name for name, labels in self.samples if ("container_name", container) in labels}

    def containers(self):
        return {value for _, labels in self.samples for key, value in labels if key == "container_name"}

    def check_form(self):
        """HELP and TYPE once for each family, families never interleaved."""
        current, seen = None, set()
        for line in self.text.splitlines():
            if line.startswith("# HELP "):
                current = line.split(" ")[2]
                assert current not in seen, f"{current} begins twice"
                seen.add(current)
            elif line.startswith("# TYPE "):
                assert line.split(" ")[2] == current, f"TYPE without its HELP: {line}"
            elif line and not line.startswith("#"):
                name = re.match(r"[a-zA-Z_:][a-zA-Z0-9_:]*", line)[0]
                assert name in (current, f"{current}_total"), f"{name} stands under {current}"


def content(page):
    """What a page says, without what changes from scrape to scrape."""
    moving = re.compile(r"last_seen|uptime|exporter_|process_|^container_(cpu|memory|network|fs|pids|pressure)")
    return {key: value for key, value in page.samples.items() if not moving.search(key[0])}


OWN_LABELS = {"container_name", "compose_service", "compose_project", "image"}
RESOURCE = re.compile(r"container_(memory|cpu|network|fs|pids|pressure)_")
CONFIGURED = {"container_cpu_limit_cores", "container_cpu_shares"}


def figures(page, name):
    """{(family, labels besides the container's own): value} of what a container uses."""
    return {(family, tuple(sorted((k, v) for k, v in labels if k not in OWN_LABELS))): value
            for (family, labels), value in page.samples.items()
            if RESOURCE.match(family) and family not in CONFIGURED and ("container_name", name) in labels}


def sources(page):
    """{source: containers} of those sources that have any."""
    return {labels["source"]: value for labels, value in page.all("exporter_containers") if value}


def wait_for_facts(d):
    """Waits until the Engine has said of itself all that it is asked, without asking for figures of containers."""
    wait_for(lambda: "docker_networks" in d.get("/metrics?collect[]=system").text, what="what the Engine says of itself")


def at_rest(d):
    """Waits until a Dockmeter asks for nothing but what each scrape asks for: whatever changed has been looked at, and
    the Engine has said of itself all that it is asked once, of which the networks are the last."""
    asked = []

    def quiet():
        page = d.page("/metrics?collect[]=system")  # a small one
        ended = [(labels["endpoint"], value) for labels, value in page.all("exporter_engine_requests_total")]
        asked.append(sum(value for endpoint, value in ended if endpoint not in ("ping", "stats")))
        return "networks" in dict(ended) and len(asked) > 10 and len(set(asked[-10:])) == 1
    wait_for(quiet, interval=0.1, what="the inventory to be at rest")


def counters(page):
    """The counters of containers: what may not fall in one life."""
    return {key: value for key, value in page.samples.items() if re.match(r"container_.*_total$", key[0])}


MOVING = re.compile(r"#|exporter_|process_|container_(last_seen|uptime|restarts_total|oom_kills_total|exit_code)")


def lasting(text):
    """The lines on which two Dockmeters agree that look at one Engine with a made-up host, whatever each saw before."""
    return {line for line in text.splitlines() if not MOVING.match(line)}
