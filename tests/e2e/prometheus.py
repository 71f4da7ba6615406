"""A real Prometheus that scrapes Dockmeters as docs/profiles.md says, and answers queries.

It knows no metric. It ends with the process that started it, or with close().
"""
import json
import re
import subprocess
import urllib.parse

import yaml

from support import DIE_WITH_US, ROOT, clean_env, end, free_port, request, wait_for

PROMETHEUS = "/usr/bin/prometheus"
INTERVAL = "1s"


def shipped_jobs():
    """The scrape jobs of the documentation, one for each profile."""
    text = (ROOT / "docs/profiles.md").read_text(encoding="utf-8")
    return yaml.safe_load(re.search(r"```yaml\n(scrape_configs:.*?)```", text, re.S)[1])["scrape_configs"]


def jobs_for(*ports):
    """Those jobs with Dockmeters on this machine in place of the documentation's."""
    targets = [{"targets": [f"127.0.0.1:{port}" for port in ports]}]
    return [{**job, "static_configs": targets} for job in shipped_jobs()]


class PrometheusApi:
    """What is asked of a Prometheus: one that serves on `port` of this machine."""

    def __init__(self, port):
        self.port = port

    def api(self, path, **parameters):
        """The data of one answer of /api/v1; an error fails with what Prometheus says of it."""
        answer = request(self.port, f"/api/v1/{path}?" + urllib.parse.urlencode(parameters, doseq=True)).json()
        assert answer["status"] == "success", json.dumps(answer)
        return answer["data"]

    def query(self, expression):
        """[(labels, value)] of an instant query that gives a vector or a scalar."""
        data = self.api("query", query=expression)
        if data["resultType"] == "scalar":
            return [({}, float(data["result"][1]))]
        return [(found["metric"], float(found["value"][1])) for found in data["result"]]

    def value(self, expression):
        """The value of an instant query that gives one series."""
        (_, value), = self.query(expression)
        return value

    def alerts(self, name=None):
        """[(labels, state)] of the alerts that are pending or firing."""
        return [(alert["labels"], alert["state"]) for alert in self.api("alerts")["alerts"]
                if name in (None, alert["labels"]["alertname"])]

    def rules(self):
        """Every rule with its group's name, as /api/v1/rules has it."""
        return [{"group": group["name"], **rule} for group in self.api("rules")["groups"] for rule in group["rules"]]

    def wait_scraped(self, times=3, timeout=120):
        """Returns when every target is up and has been scraped so many times."""
        def scraped():
            targets = self.api("targets", state="active")["activeTargets"]
            assert all(t["health"] == "up" for t in targets), [t["lastError"] for t in targets]
            return min(value for _, value in self.query("count_over_time(up[5m])")) >= times
        wait_for(scraped, timeout, 0.5, f"{times} scrapes of each target")
        return self


class Prometheus(PrometheusApi):
    """Scrapes jobs (scrape_configs) once a second and evaluates the rule files as often.

    rules: paths of rule files, read where they are. What a job or a rule file needs beyond that can be
    given in `config`, which is merged into the top level of prometheus.yml.
    """

    def __init__(self, folder, jobs, rules=(), **config):
        super().__init__(free_port())
        self.folder = folder
        settings = {"global": {"scrape_interval": INTERVAL, "scrape_timeout": INTERVAL, "evaluation_interval": INTERVAL},
                    "rule_files": [str(path) for path in rules], "scrape_configs": jobs, **config}
        (folder / "prometheus.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                [*DIE_WITH_US, PROMETHEUS, f"--config.file={folder}/prometheus.yml",
                 f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{self.port}"],
                stdout=log, stderr=log, env=clean_env())
        try:
            wait_for(self._answers, interval=0.1, what="Prometheus to be ready")
        except BaseException:
            self.close()
            raise

    def _answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"prometheus ended with {self.process.returncode}:\n{self.log()}")
        return request(self.port, "/-/ready").status == 200

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def close(self):
        end(self.process)
