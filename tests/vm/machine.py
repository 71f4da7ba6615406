"""The virtual machine of tools/vm as an object: its Engine, its files, Dockmeters inside it.

Nothing here knows a metric. The machine ends with the process that started it.
"""
import http.client
import json
import shlex
import subprocess

from realengine import Engine
from support import DIE_WITH_US, ROOT, binary, end, free_port, request, wait_for

VM = ROOT / "tools/vm"
BUILD_TIMEOUT = 600
BOOT_TIMEOUT = 180  # emulated, maybe on a busy machine: 10 s on an idle one
ENGINE, BARE_ENGINE, FILES, SERVICE = 2375, 2376, 8081, 9200
METERS = range(9101, 9111)


class MachineUnavailable(Exception):
    """No machine can be started here; the text says why."""


class GuestEngine(Engine):
    """An Engine inside the machine; what realengine.Engine does with the API works on it too."""

    def __init__(self, port):  # pylint: disable=super-init-not-called
        self.port = port
        self.ids = {}
        self.created = set()

    def api(self, method, path, body=None, raw=None):
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        kind = "application/x-tar" if raw is not None else "application/json"
        answer = request(self.port, path, method, {"Content-Type": kind} if data else {}, 120, data)
        assert answer.status < 300 or answer.status == 304, f"{method} {path}: {answer.status} {answer.text}"
        try:
            return answer.json()
        except ValueError:
            return answer.body


class GuestMeter:
    """A Dockmeter inside the machine, by its port there; log_command prints its log."""

    def __init__(self, machine, guest_port, log_command):
        self.machine, self.log_command = machine, log_command
        self.port = machine.ports[guest_port]

    def get(self, path="/metrics", **kwargs):
        return request(self.port, path, timeout=60, **kwargs)

    def page(self, path="/metrics"):
        from page import Page
        answer = self.get(path)
        assert answer.status == 200, answer.text
        return Page(answer.text)

    def wait_ready(self):
        def ready():
            assert self.get("/ready").status == 200, self.log()
            return True
        wait_for(ready, interval=0.2, what="/ready to be 200")
        return self

    def log(self):
        return self.machine.run(self.log_command, check=False)


class Machine:
    """Boots on construction, with these options of tools/vm start; close() ends it and removes its disks."""

    def __init__(self, folder, *options):
        self.folder = folder
        self.options = options
        self.process = None
        self.ports = {}
        self.free_meters = list(METERS)
        self._build()
        try:
            self._boot()
        except BaseException:
            self.close()
            raise
        self.engine = GuestEngine(self.ports[ENGINE])

    @staticmethod
    def _build():
        done = subprocess.run([VM, "build"], capture_output=True, text=True, timeout=BUILD_TIMEOUT, check=False)
        if done.returncode != 0:
            raise MachineUnavailable(done.stderr.strip() or done.stdout.strip())

    def _boot(self):
        """Ports are chosen here and taken by the emulator: when one was taken meanwhile, it ends at once."""
        for attempt in (1, 2, 3):
            self.ports = {guest: free_port() for guest in (ENGINE, BARE_ENGINE, FILES, SERVICE, *METERS)}
            forwards = [w for guest, host in self.ports.items() for w in ("--forward", f"{host}:{guest}")]
            with open(self.folder / "vm.log", "ab") as log:
                self.process = subprocess.Popen(
                    [*DIE_WITH_US, VM, "start", "--foreground", "--program", binary(), *self.options, *forwards, self.folder],
                    stdout=log, stderr=log)
            try:
                wait_for(self._answers, BOOT_TIMEOUT, 0.1, "the Engine in the machine to answer")
                return
            except MachineUnavailable:
                if attempt == 3:
                    raise
            except AssertionError as e:
                raise AssertionError(f"{e}\n{self.console()}") from None

    def _answers(self):
        if self.process.poll() is not None:
            raise MachineUnavailable(f"the machine ended with {self.process.returncode}:\n{self.console()}")
        return request(self.ports[ENGINE], "/_ping", timeout=5).status == 200

    def console(self):
        """What the machine and its emulator wrote, the ends of it."""
        files = [self.folder / "vm.log", self.folder / "console"]
        return "\n".join(f"--- {f.name}\n{f.read_text(errors='replace')[-3000:]}" for f in files if f.exists())

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def run(self, script, check=True):
        """Runs a shell script in the machine as root; what it printed."""
        answer = request(self.ports[FILES], "/cgi-bin/run", "POST", timeout=120, body=script.encode())
        output, _, status = answer.text.rpartition("\nexit ")
        assert not check or int(status) == 0, f"{script}: exit {status}{output}"
        return output

    def files(self, *patterns):
        """{path: text} of the files that match, all read by one process; absent ones are not there."""
        texts = {}
        for line in self.run(f"grep -sH '' {' '.join(patterns)} /dev/null", check=False).splitlines():
            path, colon, text = line.partition(":")
            if colon:
                texts[path] = texts.get(path, "") + text + "\n"
        return texts

    def start_meter(self, *args, around=()):
        """A Dockmeter on the machine's Engine, ready; around: words in front of its command."""
        port = self.free_meters.pop(0)
        log = f"/run/log/dockmeter-{port}"
        words = [*around, "/in/dockmeter-run", "serve", "--server.port", str(port), "--log.format", "json", *args]
        self.run(f"setsid {shlex.join(map(str, words))} >{log} 2>&1 </dev/null &")
        return GuestMeter(self, port, f"cat {log}").wait_ready()

    def logs(self):
        """The ends of the logs in the machine, for the report of a failure."""
        try:
            return self.run("cd /run/log && tail -v -n 8 *", check=False)
        except (OSError, http.client.HTTPException):
            return "the file service does not answer"

    def close(self):
        if self.process is not None:
            end(self.process)
        subprocess.run([VM, "stop", self.folder], capture_output=True, timeout=60, check=False)
