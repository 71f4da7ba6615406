"""The service of docs/install/lxc.md in a cgroup namespace below the root, as LXC makes it for a system."""
import re

from support import ROOT

PAGE = (ROOT / "docs/install/lxc.md").read_text(encoding="utf-8")
SCRIPT = re.search(r"^```\n(#!/sbin/openrc-run\n.*?)^```$", PAGE, re.M | re.S)[1]
# The first process of a system in a namespace whose top it is in, with another beside it.
SYSTEM = """
umount -l /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup || exit 1
sleep 1000 &
echo "+memory" 2>/dev/null >/sys/fs/cgroup/cgroup.subtree_control || echo refused
ebegin() { :; }
eend() { echo "ended with $1"; }
(. /tmp/controllers && start)
cat /sys/fs/cgroup/cgroup.subtree_control /sys/fs/cgroup/cgroup.controllers
kill $!
"""


def test_controllers_are_handed_on_after_the_script(vm):
    vm.run(f"cat >/tmp/controllers <<'END'\n{SCRIPT}END\ncat >/tmp/system <<'END'\n{SYSTEM}END\nmkdir /sys/fs/cgroup/lxc")
    said = vm.run("(echo 0 >/sys/fs/cgroup/lxc/cgroup.procs && exec /usr/bin/unshare --cgroup --mount sh /tmp/system)")
    vm.run("rmdir /sys/fs/cgroup/lxc/init /sys/fs/cgroup/lxc")
    refused, ended, handed_on, there = said.splitlines()
    assert (refused, ended) == ("refused", "ended with 0")
    assert handed_on == there and {"cpu", "io", "memory", "pids"} <= set(there.split())
