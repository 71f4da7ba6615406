"""The documentation's scrape jobs in a real Prometheus: every profile side by side, labels kept."""
import pytest

from prometheus import shipped_jobs
from support import wait_for

OWN_LABEL = {"native": "container_name", "cadvisor": "name", "docker-exporter": "name",
             "container-metrics": "container", "docker-stats": "name", "data-exporter": "container_name"}


def test_every_profile_is_scraped(prometheus):
    jobs = {f"dockmeter-{name}" for name in OWN_LABEL}
    wait_for(lambda: {labels["job"] for labels, _ in prometheus.query("up == 1")} == jobs, interval=0.5, what="all to be up at once")
    for profile, label in OWN_LABEL.items():
        found = prometheus.query(f'count by ({label}) ({{__name__=~"container_.*", job="dockmeter-{profile}"}})')
        assert {"web", "visitor"} <= {labels.get(label) for labels, _ in found}, profile


def test_no_label_is_renamed(prometheus):
    """Where a profile has labels that Prometheus would set itself, its job says honor_labels."""
    assert not prometheus.query('{exported_instance!=""}') and not prometheus.query('{exported_job!=""}')
    (labels, _), = prometheus.query("server_online")
    assert labels["instance"] == labels["server_hostname"] != ""
    assert [job["job_name"] for job in shipped_jobs() if job.get("honor_labels")] == ["dockmeter-data-exporter"]


@pytest.mark.parametrize("expression", [
    'container_oom_kills_total{container_name="leaky"}', 'container_restarts_total{container_name="restless"}',
    'rate(container_cpu_throttled_seconds_total{container_name="burner"}[1m])',
    'rate(container_network_receive_bytes_total{container_name="visitor"}[1m])'])
def test_what_happens_is_seen(prometheus, expression):
    wait_for(lambda: prometheus.value(expression) > 0, 120, 0.5, f"{expression} > 0")
