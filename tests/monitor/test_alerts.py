"""Every alert of rules/ provoked on real containers: seen firing in a real Prometheus, and resolving.

The rule files are the shipped ones with every `for:` shortened to a second; expressions stay as they are, but
for the range of one (SHORTER). All provocations run at the same time, since some alerts need a minute.
"""
import contextlib
import os
import re
import signal

import pytest

from prometheus import jobs_for
from realengine import CGROUPS, SECOND, Engine, started
from support import ROOT, Dockmeter, wait_for

MIB = 1 << 20
RULES = sorted((ROOT / "rules").glob("*.rules.yml"))
FILL = "dd if=/dev/zero of=/dev/shm/f bs=1M count=62 2>/dev/null; sleep 100000"
GREEDY = "x=$(yes 0123456789 | dd bs=1M count=64 2>/dev/null); echo $x"
CONFIG = 'metrics: {container_labels: ["dockmeter.alert"]}\n'
ALWAYS = {"dockmeter.alert": "always"}
SPIN = "while :; do :; done"
QUOTA = 0.02  # cores that throttled may use in the end
PARENT = f"dmown{os.getpid()}"


def sh(script, labels=None, **more):
    host = {key: more.pop(key) for key in list(more) if key != "Healthcheck"}
    return {"Cmd": ["sh", "-c", script], "Labels": labels or {}, "StopSignal": "SIGKILL", "HostConfig": host, **more}


def check(command):
    return {"Test": ["CMD-SHELL", command], "Interval": SECOND, "Retries": 1}


# What is done to a machine's containers, by name; first those that rates over minutes are about.
CONTAINERS = {
    "busy": sh(SPIN, CgroupParent=f"/{PARENT}"),
    "throttled": sh(SPIN, NanoCpus=10 * int(QUOTA * SECOND), CgroupParent=f"/{PARENT}"),
    "calm": {**sh("sleep 100000", Memory=64 * MIB, MemorySwap=64 * MIB, NanoCpus=10**9), "Healthcheck": check("true")},
    "free": sh(FILL, ShmSize=128 * MIB),
    "done": sh("true"),
    "stopped": sh("sleep 100000"),
    "removed": sh("sleep 100000", ALWAYS),
    "looping": sh("sleep 0.2; exit 1", RestartPolicy={"Name": "always"}),
    "failed": sh("sleep 1; exit 3"),
    "greedy": sh(GREEDY, Memory=16 * MIB, MemorySwap=16 * MIB),
    "full": sh(FILL, Memory=64 * MIB, MemorySwap=64 * MIB, ShmSize=128 * MIB),
    "sick": {**sh("sleep 100000"), "Healthcheck": check("false")},
}

# (rule file, alert) -> the container that it must fire for. What fires for no name here must not fire
# for `calm`, `free` and `done`.
FIRE = {
    ("dockmeter", "ContainerDown"): "stopped",
    ("dockmeter", "ContainerGone"): "removed",
    ("dockmeter", "ContainerRestartLoop"): "looping",
    ("dockmeter", "ContainerOomKilled"): "greedy",
    ("dockmeter", "ContainerMemoryNearLimit"): "full",
    ("dockmeter", "ContainerCpuThrottled"): "throttled",
    ("dockmeter", "ContainerUnhealthy"): "sick",
    ("dockmeter", "ContainerExitNonZero"): "failed",
    ("docker-exporter", "HighMemoryUsage"): "full",
    ("docker-exporter", "CriticalMemoryUsage"): "full",
    ("docker-exporter", "HighCPUUsage"): "busy",
    ("docker-exporter", "ContainerRestarting"): "looping",
    ("container-metrics", "ContainerDown"): "stopped",
    ("container-metrics", "ContainerHighMemoryUsage"): "full",
    ("container-metrics", "ContainerHighCpuUsage"): "throttled",
    ("cadvisor", "ContainerKilled"): "removed",
    ("cadvisor", "ContainerHighCpuUtilization"): "throttled",
    ("cadvisor", "ContainerHighMemoryUsage"): "full",
    ("cadvisor", "ContainerHighThrottleRate"): "throttled",
    ("cadvisor", "ContainerLowCpuUtilization"): "calm",
    ("cadvisor", "ContainerLowMemoryUsage"): "calm",
}
# In five minutes it would burn 240 s of CPU time, which a small machine has better use for; promtool has it as it is.
SHORTER = {("docker-exporter", "HighCPUUsage"): ("[5m]", "[1m]")}
# (rule file, alert) -> the label that it carries when Dockmeter is killed, or the Engine is stopped.
KILLED = {
    ("dockmeter", "DockmeterDown"): "instance",
    ("dockmeter", "DockmeterAbsent"): "severity",
    ("docker-exporter", "ContainerDown"): "instance",
    ("container-metrics", "ScrapeTargetDown"): "instance",
    ("cadvisor", "monitor_service_down"): "instance",
    ("cadvisor", "ContainerAbsent"): "severity",
}
STOPPED = {("dockmeter", "DockerEngineDown"): "instance"}
# The same when its configuration file is wrong.
MISCONFIGURED = {("dockmeter", "DockmeterConfigReloadFailed"): "instance"}
# (rule file, alert) -> the job whose page it must fire for, and for no other.
PARTIAL = {("dockmeter", "MachineMemoryUnknown"): "without-memory"}
# Not provoked here, and why; promtool has them.
NOT_HERE = {("cadvisor", "ContainerHighLowChangeCpuUsage"): "compares two rates over five minutes: it takes ten"}
NAME_LABELS = ("container_name", "container", "name")


def shorter(file, text):
    """A rule file's text with the ranges of SHORTER."""
    for (_, alert), (long, short) in ((key, pair) for key, pair in SHORTER.items() if key[0] == file):
        before, name, rule = text.partition(f"- alert: {alert}\n")
        assert long in rule.partition("- alert:")[0]
        text = before + name + rule.replace(long, short, 1)
    return text


def shortened(folder):
    """Copies of the rule files in which every alert waits for a second."""
    for path in RULES:
        text, waits = re.subn(r"(?m)^( +for: )\S+$", r"\g<1>1s", path.read_text(encoding="utf-8"))
        assert waits, path
        (folder / path.name).write_text(shorter(path.name.split(".")[0], text), encoding="utf-8")
        yield folder / path.name


def favour_spinning():
    """CPU for `throttled` and `busy`, however much else runs on this machine."""
    for file, most in ((f"cpu/{PARENT}/cpu.shares", 262144), (f"{PARENT}/cpu.weight", 10000)):
        if (CGROUPS / file).exists():
            (CGROUPS / file).write_text(str(most))


def without_memory(port):
    """A job that has all of the native page but the machine's memory."""
    drop = {"source_labels": ["__name__"], "regex": "machine_memory_bytes", "action": "drop"}
    return {"job_name": "without-memory", "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
            "metric_relabel_configs": [drop]}


class Site:
    """An Engine, a Dockmeter on it and a Prometheus with all rules."""

    def __init__(self, folder, engine, start_prometheus):
        self.folder, self.engine = folder, engine
        self.meter = self.start_meter()
        self.prometheus = start_prometheus([*jobs_for(self.meter.port), without_memory(self.meter.port)],
                                           rules=shortened(folder))

    def start_meter(self, port=None):
        return Dockmeter(self.folder, self.engine.socket, port=port, config=CONFIG).wait_ready()

    def reload_meter(self, config):
        (self.folder / f"config-{self.meter.port}.yaml").write_text(config, encoding="utf-8")
        self.meter.process.send_signal(signal.SIGHUP)

    def firing(self):
        """{(rule file, alert)} -> [labels] of all that fire."""
        found = {}
        for rule in self.prometheus.rules():
            alerts = [a["labels"] for a in rule.get("alerts", []) if a["state"] == "firing"]
            if alerts:
                found[rule["group"].split(".")[0], rule["name"]] = alerts
        return found

    def names(self):
        """{(rule file, alert)} -> names of containers for which it fires."""
        return {alert: {labels[key] for labels in fired for key in NAME_LABELS if key in labels}
                for alert, fired in self.firing().items()}

    def wait_firing(self, expected, timeout):
        seen = {}

        def all_seen():
            for alert, names in self.names().items():
                seen.setdefault(alert, set()).update(names)
            missing = {alert: name for alert, name in expected.items() if name not in seen.get(alert, ())}
            assert not missing, f"not firing: {missing}"
            return True
        wait_for(all_seen, timeout, 0.5, "the alerts to fire")
        return seen


@pytest.fixture(scope="module")
def site(tmp_path_factory, start_prometheus):
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(started(Engine()))
        here = Site(tmp_path_factory.mktemp("site"), engine, start_prometheus)
        stack.callback(lambda: here.meter.kill())
        yield here


def spend_at_once(site):
    """Lowers the quota of `throttled` when it has used what five minutes of it allow, so that their rate is full."""
    used = 'container_cpu_usage_seconds_total{job="dockmeter-native",container_name="throttled"}'
    wait_for(lambda: site.prometheus.value(used) > 300 * QUOTA, 120, 0.5, "throttled to have used much")
    site.engine.api("POST", "/containers/throttled/update", {"NanoCpus": int(QUOTA * SECOND)})


@pytest.fixture(scope="module")
def seen(site):
    """Everything is provoked; what fired by then, for which names."""
    for name, spec in CONTAINERS.items():
        site.engine.run(name, **spec)
        if name == "throttled":
            favour_spinning()
    running = 'container_state{{container_name="{}",state="running"}}'
    for name in ("stopped", "removed"):
        wait_for(lambda n=name: site.prometheus.query(running.format(n)), interval=0.5, what=f"{name} to be scraped")
    site.engine.api("POST", "/containers/stopped/stop?t=0")
    site.engine.remove("removed")
    spend_at_once(site)
    return site.wait_firing(FIRE, 180)


@pytest.mark.parametrize("alert", FIRE, ids="/".join)
def test_alert_fires(seen, alert):
    assert FIRE[alert] in seen[alert]


def test_nothing_fires_for_containers_without_a_fault(site, seen):
    assert {alert for alert, names in seen.items() if "calm" in names} <= {a for a, name in FIRE.items() if name == "calm"}
    assert not {alert: names for alert, names in seen.items() if "free" in names}
    # Its exit code is not on the pages of the predecessors, who say of every stopped container that it is down.
    assert {alert for alert, names in seen.items() if "done" in names} <= {
        ("container-metrics", "ContainerDown"), ("cadvisor", "ContainerKilled")}
    assert not site.prometheus.query('ALERTS{alertname=~"Docker.*"}')


@pytest.mark.parametrize("alert", PARTIAL, ids="/".join)
def test_alert_about_a_page_fires_for_it_alone(site, seen, alert):
    wait_for(lambda: [labels["job"] for labels in site.firing()[alert]] == [PARTIAL[alert]], 120, 0.5, f"{alert} to fire")


def wait_until(site, alerts, fire):
    def so():
        firing = site.firing()
        wrong = [alert for alert, label in alerts.items()
                 if fire != any(label in labels for labels in firing.get(alert, ()))]
        assert not wrong, f"{'not ' if fire else ''}firing: {wrong}"
        return True
    wait_for(so, 120, 0.5, "the alerts to fire" if fire else "the alerts to end")


def test_a_configuration_that_is_wrong(site, seen):
    site.reload_meter(CONFIG + "nonsense: 1\n")
    wait_until(site, MISCONFIGURED, True)
    assert len(site.firing()["dockmeter", "DockmeterConfigReloadFailed"]) == 1, "once for all of its pages"
    site.reload_meter(CONFIG)
    wait_until(site, MISCONFIGURED, False)


def test_a_dockmeter_that_is_away(site, seen):
    site.meter.kill()
    wait_until(site, KILLED, True)
    assert len(site.firing()["dockmeter", "DockmeterDown"]) == 1, "once for all of its pages"
    site.meter = site.start_meter(site.meter.port)
    wait_until(site, KILLED, False)


def test_alerts_end_with_their_cause(site, seen):
    """What was removed is there again, what was stopped or sick runs, the rest is removed."""
    for name in set(CONTAINERS) - {"removed", "free"}:
        site.engine.remove(name)
    for name in ("removed", "stopped", "sick"):
        site.engine.run(name, **CONTAINERS["calm"])
    little = {alert for alert, name in FIRE.items() if name == "calm"}

    def ended():
        firing = site.names()
        still = {alert: name for alert, name in FIRE.items() if name in firing.get(alert, ())}
        assert not still, f"still firing: {still}"
        # Whoever removes a container that runs is told so for a quarter of an hour.
        others = {alert for alert, names in firing.items() if names & {"removed", "stopped", "sick"}}
        assert others <= little, f"firing: {others - little}"
        return True
    wait_for(ended, 120, 0.5, "the alerts to end")


def test_an_engine_that_is_away(site, seen):
    site.engine.stop()
    wait_until(site, STOPPED, True)
    assert len(site.firing()["dockmeter", "DockerEngineDown"]) == 1, "once for all pages"
    site.engine.start()
    wait_until(site, STOPPED, False)
