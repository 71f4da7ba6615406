"""The forge's workflow: what it runs, on what, and what it may do."""
import re
import subprocess

import pytest
import yaml

from support import ROOT

FILE = ROOT / ".github/workflows/ci.yaml"
JOB = {"if", "needs", "runs-on", "timeout-minutes", "container", "permissions", "steps"}
STEP = {"name", "uses", "run", "with", "env", "if", "shell"}
# The first versions that the runner starts with Node 24, which alone it has now.
NODE_24 = {"checkout": 5, "upload-artifact": 6, "download-artifact": 7}
PINNED = re.compile(r"actions/(?:checkout|upload-artifact|download-artifact)@[0-9a-f]{40}")


class Strict(yaml.SafeLoader):
    """YAML 1.1 with "on" as a word, and a key that is there twice as an error."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep) for key, _ in node.value]
        assert len(keys) == len(set(keys)), f"a key is there twice: {keys}"
        return super().construct_mapping(node, deep)


Strict.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()}


@pytest.fixture(scope="module")
def workflow():
    with FILE.open(encoding="utf-8") as f:
        return yaml.load(f, Strict)  # nosec: a SafeLoader


def commands(job):
    return [step["run"].strip() for step in job["steps"] if "run" in step]


def test_only_known_words(workflow):
    """A misspelt word would be left out by the forge without a sign, or stop everything."""
    assert set(workflow) == {"name", "on", "permissions", "concurrency", "jobs"}
    for job in workflow["jobs"].values():
        assert set(job) <= JOB and job["timeout-minutes"] <= 90
        assert job["runs-on"] == "ubuntu-24.04"
        for step in job["steps"]:
            assert set(step) <= STEP and ("uses" in step) != ("run" in step), step


def test_when_it_runs(workflow):
    assert workflow["on"] == {"push": {"branches": ["**"], "tags": ["v*"]}, "pull_request": None}
    jobs = workflow["jobs"]
    assert list(jobs) == ["test", "release", "publish"]
    assert "if" not in jobs["test"] and "needs" not in jobs["test"]
    assert jobs["release"]["if"] == "github.event_name == 'push' && startsWith(github.ref, 'refs/tags/v')"
    assert (jobs["release"]["needs"], jobs["publish"]["needs"]) == ("test", "release")
    assert "if" not in jobs["publish"]


def test_it_tests_on_debian_where_an_engine_can_run(workflow):
    job = workflow["jobs"]["test"]
    assert job["container"] == {"image": "debian:12", "options": "--privileged"}
    assert "./test" in commands(job)


def test_it_releases_the_version_of_the_tag(workflow, tmp_path):
    job = workflow["jobs"]["release"]
    assert job["container"] == {"image": "debian:12"}
    step = next(s for s in job["steps"] if s.get("name") == "Release")
    assert step["env"] == {"TAG": "${{ github.ref_name }}"}
    script = tmp_path / "release"
    script.write_text('#!/bin/sh\necho "$@"\n')
    script.chmod(0o755)
    done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=tmp_path, env={"TAG": "v1.2.3", "PATH": "/usr/bin:/bin"},
                          capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "1.2.3\n"


def test_the_packages_it_installs_are_those_that_the_release_asks_for(workflow):
    installs = next(c for c in commands(workflow["jobs"]["release"]) if "apt-get install" in c)
    asked = re.search(r"^readonly PACKAGES=\((.*?)\)", (ROOT / "release").read_text(), re.M | re.S)[1].split()
    assert set(asked) | {"gcc", "libc6-dev", "gcc-aarch64-linux-gnu", "lld-14"} == \
        {w for w in re.split(r"install ", installs)[1].split() if not w.startswith("-")}


def test_only_the_last_job_may_write_and_it_runs_nothing_of_the_tree(workflow):
    assert workflow["permissions"] == {"contents": "read"}
    jobs = workflow["jobs"]
    assert "permissions" not in jobs["test"] and "permissions" not in jobs["release"]
    assert jobs["publish"]["permissions"] == {"contents": "write"}
    assert not any("checkout" in s.get("uses", "") for s in jobs["publish"]["steps"])
    tokens = [name for name, job in jobs.items() if "github.token" in str(job) or "secrets." in str(job)]
    assert tokens == ["publish"]


def test_actions_are_pinned_and_leave_no_credentials(workflow):
    steps = [s for job in workflow["jobs"].values() for s in job["steps"] if "uses" in s]
    assert len(steps) == 5
    for step in steps:
        assert PINNED.fullmatch(step["uses"])
        if "checkout" in step["uses"]:
            assert step["with"] == {"persist-credentials": False}
    named = re.findall(r"uses: actions/(\S+)@\S+ # v(\d+)\.\d+\.\d+$", FILE.read_text(), re.M)
    assert len(named) == len(steps)
    assert not [f"{name} v{major}" for name, major in named if int(major) < NODE_24[name]]


def test_nothing_from_outside_becomes_part_of_a_command(workflow):
    """A branch or tag may be named like a command: names reach a shell as variables only."""
    for job in workflow["jobs"].values():
        assert not any("${{" in c for c in commands(job))

