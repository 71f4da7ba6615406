"""Recorded answers of real engines that this machine has not: the page says what the recordings say."""
import json

import pytest

from support import DATA, wait_for
from realengine import ALL_KINDS, STOPPED

ENGINES = ["engine-1.41", "engine-1.56", "podman-4.3"]
HEALTH = {"starting": 1, "healthy": 2, "unhealthy": 3}


def recording(folder, kind, name):
    text = (DATA / folder / f"{kind}-{name}.json").read_bytes()
    return json.loads(text) if text else None  # Podman has no statistics of what does not run


def state_of(folder, name):
    state = recording(folder, "inspect", name)["State"]["Status"]
    return {"stopped": "exited", "configured": "created"}.get(state, state)


@pytest.fixture(params=ENGINES)
def replayed(request, meter, recorded):
    """A page once `looping` is inspected: it was recorded in one state in the list and in another by itself."""
    engine = recorded(DATA / request.param)
    d, looping = meter(engine.path).wait_ready(), state_of(request.param, "looping")
    return request.param, wait_for(
        lambda: (p := d.page()).all("container_state", container_name="looping", state=looping) and p)


def test_page_of_a_recorded_engine(replayed):
    folder, page = replayed
    page.check_form()
    assert page.containers() == ALL_KINDS
    for name in sorted(ALL_KINDS):
        facts, stats = recording(folder, "inspect", name), recording(folder, "stats", name)
        state = facts["State"]["Status"]
        (labels, _), = page.all("container_state", container_name=name)
        assert labels["state"] == state_of(folder, name), name
        assert page.value("container_restart_count", container_name=name) == facts["RestartCount"]
        if state in ("running", "paused"):
            memory = stats["memory_stats"]
            assert page.value("container_memory_usage_bytes", container_name=name) == memory["usage"]
            assert page.digits("container_cpu_usage_seconds_total", name) == (
                f"{stats['cpu_stats']['cpu_usage']['total_usage'] / 1e9:.9f}".rstrip("0").rstrip("."))
            assert page.value("container_pids_current", container_name=name) == stats["pids_stats"]["current"]
            network = {l["interface"]: v for l, v in page.all("container_network_receive_bytes_total", container_name=name)}
            own = name not in ("hostnet", "nonet", "sidecar")
            assert network == ({i: n["rx_bytes"] for i, n in (stats.get("networks") or {}).items()} if own else {}), name
        else:
            assert page.get("container_memory_usage_bytes", container_name=name) is None
        if name in STOPPED - {"never"}:
            assert page.value("container_exit_code", container_name=name) == facts["State"]["ExitCode"]
        health = (facts["State"].get("Health") or {}).get("Status")
        assert page.value("container_health_status", container_name=name) == HEALTH.get(health, 0), name
    assert page.value("container_cpu_limit_cores", container_name="burner") == 0.25


def test_podman_labels_and_names(meter, recorded):
    d = meter(recorded(DATA / "podman-4.3").path, config='metrics: {container_labels: ["*"]}\n').wait_ready()
    (labels, _), = d.page().all("container_state", container_name="renamed")
    assert labels["container_label_newline"] == "a\nb" and labels["container_label_utf8"] == "größe-測試"
    assert labels["image"] == "docker.io/library/busybox:latest"
