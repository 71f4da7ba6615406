"""What changes on the Engine between two scrapes, and what must not change."""
import re

from support import wait_for


def soon(native, condition):
    """The first page that the condition holds for; events are followed, so within a moment."""
    return wait_for(lambda: (page := native.page()) and condition(page) and page)


def test_new_renamed_and_removed_are_seen_soon(native, engine, extra):
    before = native.page()
    assert "fresh" not in before.containers()
    extra("fresh")
    page = soon(native, lambda p: p.get("container_pids_current", container_name="fresh") == 1)  # more while it is made
    assert page.value("container_state", container_name="fresh") == 1
    engine.api("POST", "/containers/fresh/rename?name=fresher")
    engine.ids["fresher"] = engine.ids.pop("fresh")
    try:
        page = soon(native, lambda p: "fresher" in p.containers())
        assert "fresh" not in page.containers()
    finally:
        engine.remove("fresher")
    page = soon(native, lambda p: "fresher" not in p.containers())
    assert page.containers() == before.containers()
    assert "fresher" not in page.text


def test_pause_stop_and_start_are_seen_soon(native, engine, extra):
    extra("moody")

    def is_in(state):
        return lambda p: [l["state"] for l, _ in p.all("container_state", container_name="moody")] == [state]
    soon(native, is_in("running"))
    engine.api("POST", "/containers/moody/pause")
    soon(native, is_in("paused"))
    engine.api("POST", "/containers/moody/unpause")
    engine.api("POST", "/containers/moody/kill")
    page = soon(native, is_in("exited"))
    assert page.value("container_exit_code", container_name="moody") == 137
    assert page.get("container_cpu_usage_seconds_total", container_name="moody") is None
    assert page.get("container_uptime_seconds", container_name="moody") is None
    engine.api("POST", "/containers/moody/start")
    page = soon(native, is_in("running"))
    assert page.get("container_finished_time_seconds", container_name="moody") is None
    assert page.value("container_exit_code", container_name="moody") == 137, "the last exit that was seen"


def test_limits_follow_an_update(native, engine, extra):
    extra("growing", HostConfig={"Memory": 32 << 20, "MemorySwap": 32 << 20})
    soon(native, lambda p: p.get("container_memory_limit_bytes", container_name="growing") == 32 << 20)
    engine.api("POST", "/containers/growing/update", {"Memory": 48 << 20, "MemorySwap": 48 << 20, "NanoCpus": 500000000,
                                                      "CpuShares": 512})
    page = soon(native, lambda p: p.get("container_cpu_shares", container_name="growing") == 512)
    assert page.value("container_memory_limit_bytes", container_name="growing") == 48 << 20
    assert page.value("container_cpu_limit_cores", container_name="growing") == 0.5


def test_counters_never_fall(native):
    last = {}
    for _ in range(4):
        page = native.page()
        now = {key: value for key, value in page.samples.items()
               if re.search(r"_total$", key[0]) and not key[0].startswith("docker_")}
        for key, value in last.items():
            if key in now and ("container_name", "looping") not in key[1]:
                assert now[key] >= value, key
        last = now


def test_order_is_stable(native):
    def outline():
        return [re.sub(r" \S+$", "", line) for line in native.get().text.splitlines() if "looping" not in line
                and "exporter_engine_requests" not in line]
    wait_for(lambda: outline() == outline(), what="two pages between which nothing comes or goes")


def test_a_container_removed_by_itself_makes_no_error(native, engine, extra):
    def errors():
        return sum(v for _, v in native.page().all("exporter_scrape_errors_total"))
    before = errors()
    for n in range(6):
        engine.run(f"brief{n}", Cmd=["sleep", "0.3"], HostConfig={"AutoRemove": True})

    def gone():
        page = native.page()
        return not any(name.startswith("brief") for name in page.containers())
    wait_for(gone, interval=0, what="the brief containers to go")
    for n in range(6):
        engine.ids.pop(f"brief{n}", None)
    assert native.page().value("exporter_up") == 1
    assert errors() == before
