"""A program on a terminal of its own: what it writes, as the pictures that it draws."""
import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time

from support import DIE_WITH_US, PATIENCE, binary, clean_env

ENTER, LEAVE, HOME = b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b[H"
SGR = re.compile(r"\x1b\[[0-9;]*[mKJ]")


class Terminal:
    """`dockmeter args…` on a pseudo terminal of this size; with shell these lines of bash, which have it as "$@"."""

    def __init__(self, *args, width=120, height=40, term="xterm", env=None, shell='exec "$@"'):
        self.master, self.slave = pty.openpty()
        self.written = b""
        self.resize(width, height, tell=False)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(["/usr/bin/setsid", "--ctty", "bash", "-c", shell, "bash", *DIE_WITH_US, binary(), *map(str, args)],
                                        stdin=self.slave, stdout=self.slave, stderr=self.slave, env=clean_env(TERM=term, **(env or {})))

    def resize(self, width, height, tell=True):
        import signal
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        if tell:
            self.process.send_signal(signal.SIGWINCH)

    def fill(self):
        """Until it takes nothing more, while nobody reads what it shows."""
        own = os.open(os.ttyname(self.slave), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(own, b"x" * 4096)
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(own, b"x")
        os.close(own)

    def type(self, keys):
        os.write(self.master, keys.encode())

    def read(self, timeout=0.1):
        """Takes what has been written meanwhile."""
        while select.select([self.master], [], [], timeout)[0]:
            self.written += os.read(self.master, 1 << 16)
            timeout = 0

    def pictures(self):
        """What was drawn so far: each a list of lines without their colours. The last may be half drawn."""
        self.read()
        drawn = [part.split(LEAVE)[0] for part in self.written.split(HOME)[1:]]
        return [[SGR.sub("", line).rstrip("\r") for line in part.decode(errors="replace").split("\n")] for part in drawn]

    def wait(self, condition, timeout=PATIENCE, what="a picture"):
        """Awaits a whole picture, drawn from now on, of which the condition is true; returns it."""
        end = time.monotonic() + timeout
        seen = len(self.pictures())
        while time.monotonic() < end:
            for picture in self.pictures()[max(seen - 1, 0):-1]:  # the last may be half drawn
                with contextlib.suppress(IndexError, KeyError, ValueError):
                    if condition(picture):
                        return picture
            assert self.process.poll() is None, self.written[-2000:]
        raise AssertionError(f"waited {timeout} s in vain for {what}:\n" + "\n".join(self.pictures()[-1]))

    def end(self, timeout=PATIENCE):
        """Awaits its end: the exit status, after the terminal was found as it had been."""
        end = time.monotonic() + timeout
        while self.process.poll() is None:
            assert time.monotonic() < end, f"did not end: {self.written[-500:]}"
            self.read()
        self.read()
        assert self.written.count(ENTER) == self.written.count(LEAVE), self.written[-200:]
        assert self.written.endswith(LEAVE) or LEAVE not in self.written, self.written[-200:]
        assert termios.tcgetattr(self.slave) == self.before, "the terminal's modes"
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


def table(picture):
    """The rows below the titles, as {name: {title: word}}."""
    at = next(i for i, line in enumerate(picture) if line.startswith("NAME "))
    titles = re.split(r"\s+", picture[at].replace("CPU %", "CPU%").replace("MEM %", "MEM%").strip())
    rows = [line.split() for line in picture[at + 1:] if line and not line.startswith("q quit")]
    return {row[0]: dict(zip(titles, row)) for row in rows}
