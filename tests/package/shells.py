"""The shells that complete a command line: asked what they offer for its last word, or typed into as people do."""
import os
import pty
import shlex
import signal
import subprocess
import termios
import time

from support import ROOT

SCRIPTS = ROOT / "deploy" / "completions"
LOADER = "/usr/share/bash-completion/bash_completion"
DEADLINE = 60

BASH_ASK = """
COMP_WORDBREAKS={breaks}
source {script}
COMP_WORDS=({words}) COMP_CWORD={at}
_dockmeter
printf '%s\\n' "${{COMPREPLY[@]}}"
"""

# zsh tells each match to compadd, which is asked here for what it would add.
ZSH_SETUP = """
PS1= PS2= HISTFILE=
fpath=({folder} $fpath)
autoload -Uz compinit && compinit -u -D
compadd() {{
    local -a hits before said
    if [[ -z ${{(M)@:#-[OAD]}} ]]; then
        builtin compadd -A hits "$@"
        zparseopts -E P:=before p:=before d:=said
        [[ -z $said ]] || print -rl -- "${{(@P)said[2]}}" >>{out}.said
        print -rl -- "${{(j::)before:#-*}}"$^hits >>{out}
    fi
    builtin compadd "$@"
}}
_ask() {{
    _main_complete
    compstate[list]= compstate[insert]=
    print -r -- end >>{out}
}}
zle -C ask complete-word _ask
bindkey '^T' ask
print -r -- ready >>{out}
"""


def run(argv, **more):
    return subprocess.run(argv, capture_output=True, text=True, check=True, timeout=DEADLINE, **more).stdout


def bash_words(words, breaks=" \t\n\"'><=;|&(:"):
    """What the function leaves in COMPREPLY; the last of the words is the one that is completed."""
    ask = BASH_ASK.format(breaks=shlex.quote(breaks), script=shlex.quote(str(SCRIPTS / "dockmeter.bash")),
                          words=shlex.join(words), at=len(words) - 1)
    return run(["bash", "--norc", "--noprofile", "-c", ask]).split()


def fish_words(line):
    """The words, and what is said of each."""
    ask = f"source {SCRIPTS / 'dockmeter.fish'}; complete -C {shlex.quote(line)}"
    lines = run(["fish", "--no-config", "-c", ask]).splitlines()
    return dict((text.split("\t") + [""])[:2] for text in lines)


class Terminal:
    """An interactive shell on a terminal of its own."""

    def __init__(self, argv, env, cwd):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execvpe(argv[0], argv, env)
        termios.tcsetwinsize(self.fd, (50, 500))
        os.set_blocking(self.fd, False)
        self.seen = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self, condition, what):
        """Reads what the shell shows until condition() is true."""
        end = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < end, f"no {what}; the terminal shows: {self.seen!r}"
            try:
                self.seen += os.read(self.fd, 65536).decode(errors="replace")
            except BlockingIOError:
                time.sleep(0.02)

    def wait_shown(self, text):
        self.wait(lambda: text in self.seen, f"{text!r}")

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


class Zsh:
    """A zsh that writes what it would offer to a file."""

    def __init__(self, folder):
        self.out, self.said_file = folder / "out", folder / "out.said"
        self.out.write_text("")
        setup = ZSH_SETUP.format(folder=shlex.quote(str(SCRIPTS)), out=shlex.quote(str(self.out)))
        (folder / ".zshrc").write_text(setup)
        env = {"PATH": os.environ["PATH"], "TERM": "dumb", "ZDOTDIR": str(folder), "HOME": str(folder), "LC_ALL": "C.UTF-8"}
        self.terminal = Terminal(["zsh", "-d", "-i"], env, folder)
        self._wait("ready")

    def _wait(self, word):
        self.terminal.wait(lambda: self.out.read_text().endswith(word + "\n"), f"{word!r} of zsh")

    def complete(self, line):
        self.out.write_text("")
        self.said_file.write_text("")
        self.terminal.type("\x15" + line + "\x14")
        self._wait("end")
        return self.out.read_text().split()[:-1]

    def said(self):
        """What was written beside the words of the last complete()."""
        return [line.rstrip() for line in self.said_file.read_text().splitlines()]

    def close(self):
        self.terminal.close()
