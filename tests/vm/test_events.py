"""What the Engine tells by events is on the next pages, without a list and without an inspect of the others.

The Dockmeter here lists once an hour, so what is seen soon was brought by an event.
"""
import time

import pytest

from workloads import HUNGRY, MIB, SLEEP, sh, tight

NAME = "eventful"


@pytest.fixture
def one(container, by_kernel, soon):
    """A container of its own for each test, seen on the page; asks for values of it."""
    container(NAME, **sh(SLEEP, "default", **tight(32)))

    def ask(family, name=NAME, **labels):
        return by_kernel.page().get(f"container_{family}", container_name=name, **labels)
    soon(lambda: ask("state", state="running") == 1 and ask("memory_usage_bytes"), "the start")
    return ask


def test_pause_and_unpause(engine, one, soon):
    engine.api("POST", f"/containers/{NAME}/pause")
    soon(lambda: one("state", state="paused") == 1, "the pause")
    assert one("memory_usage_bytes") > 0
    engine.api("POST", f"/containers/{NAME}/unpause")
    soon(lambda: one("state", state="running") == 1, "the end of the pause")


def test_an_event_takes_moments(engine, one, soon):
    """The best of several, since the machine is emulated and others may be at work beside it; told, and not decided by."""
    took = []
    for action, state in (("pause", "paused"), ("unpause", "running")) * 3:
        engine.api("POST", f"/containers/{NAME}/{action}")
        began = time.monotonic()
        soon(lambda s=state: one("state", state=s) == 1, action)
        took.append(time.monotonic() - began)
    print(f"the best of {len(took)}: {min(took):.2f} s")


def test_update_of_limits(engine, one, soon):
    assert one("memory_limit_bytes") == 32 * MIB and one("pids_limit") is None and one("cpu_limit_cores") is None
    engine.api("POST", f"/containers/{NAME}/update",
               {"Memory": 48 * MIB, "MemorySwap": 48 * MIB, "PidsLimit": 30, "NanoCpus": 500_000_000})
    soon(lambda: one("cpu_limit_cores") == 0.5, "the new limits")
    assert one("memory_limit_bytes") == 48 * MIB and one("pids_limit") == 30


def test_rename(engine, one, soon):
    engine.api("POST", f"/containers/{NAME}/rename?name=renamed")
    engine.ids["renamed"] = engine.ids[NAME]
    soon(lambda: one("memory_usage_bytes", name="renamed"), "the new name")
    assert one("state") is None
    engine.api("POST", f"/containers/renamed/rename?name={NAME}")


def test_restart_counts_and_is_another_life(engine, one, soon):
    """The figures afterwards are those of the new cgroup, and the counter of restarts goes on."""
    pid = engine.inspect(NAME)["State"]["Pid"]
    assert one("restarts_total") == 0
    for times in (1, 2):
        engine.api("POST", f"/containers/{NAME}/restart?t=0")
        soon(lambda n=times: one("restarts_total") == n and one("state", state="running") == 1, "the restart")
    assert engine.inspect(NAME)["State"]["Pid"] != pid
    assert soon(lambda: one("memory_usage_bytes"), "the figures of the new life") > 0
    assert one("exit_code") in (None, 137)  # an exit between two looks at the container may go unseen


def test_die_and_destroy(engine, one, soon):
    engine.api("POST", f"/containers/{NAME}/kill")
    soon(lambda: one("state", state="exited") == 1, "the end")
    assert one("exit_code") == 137 and one("memory_usage_bytes") is None and one("cpu_usage_seconds_total") is None
    engine.remove(NAME)
    soon(lambda: one("state") is None, "the removal")


def test_restart_policy(container, by_kernel, soon):
    """Two failures, then it stays: each restart is counted once."""
    container("failing", **sh("[ -e /done ] && exec sleep 100000; [ -e /once ] && touch /done; touch /once; exit 3",
                              RestartPolicy={"Name": "always"}))
    ask = by_kernel.page
    soon(lambda: ask().get("container_restarts_total", container_name="failing") == 2, "the second restart")
    soon(lambda: ask().get("container_memory_usage_bytes", container_name="failing"), "the last life's figures")
    assert ask().value("container_restart_count", container_name="failing") == 2
    assert ask().get("container_exit_code", container_name="failing") in (None, 3)


def test_oom_kills_add_up_over_lives(engine, container, by_kernel, soon):
    """A child is killed in the first and the third of three lives; the Engine's OOMKilled stays from the first."""
    container("dying", **sh(f"[ -e /once ] && [ ! -e /twice ] && touch /twice || {HUNGRY}; touch /once; {SLEEP}",
                            **tight(12)))

    def value(family):
        return by_kernel.page().get(f"container_{family}", container_name="dying")

    def life(restarts, kills):
        soon(lambda: (value("restarts_total"), value("oom_kills_total"), value("pids_current")) == (restarts, kills, 1),
             f"{restarts} restarts and {kills} kills")
    life(0, 1)
    engine.api("POST", "/containers/dying/restart?t=0")
    life(1, 1)
    assert engine.inspect("dying")["State"]["OOMKilled"]
    engine.api("POST", "/containers/dying/restart?t=0")
    life(2, 2)


def test_whole_container_killed(engine, by_kernel, workloads, soon):
    code = engine.inspect("killed")["State"]["ExitCode"]

    def value(family):
        return by_kernel.page().get(f"container_{family}", container_name="killed")
    soon(lambda: value("exit_code") == code and value("oom_kills_total") >= 1, "the kill")
    assert value("memory_usage_bytes") is None
