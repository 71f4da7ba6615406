"""The completions in the shells themselves: what is offered, and where nothing is."""
import os
import re
import subprocess

import pytest

from shells import LOADER, SCRIPTS, Terminal, Zsh, bash_words, fish_words, run
from support import binary

PREDECESSORS = {"native", "docker-exporter", "container-metrics", "docker-stats", "data-exporter", "cadvisor"}
LEVELS = {"debug", "info", "warn", "error"}


@pytest.fixture(scope="module")
def zsh(tmp_path_factory):
    shell = Zsh(tmp_path_factory.mktemp("zsh"))
    yield shell
    shell.close()


@pytest.fixture(scope="module", params=["bash", "zsh", "fish"])
def complete(request):
    """complete(line): the set of words offered, without the = behind flags."""
    if request.param == "zsh":
        shell = request.getfixturevalue("zsh")
        return lambda line: {word.rstrip("=") for word in shell.complete(line)}
    if request.param == "fish":
        return lambda line: {word.rstrip("=") for word in fish_words(line)}
    return lambda line: {word.rstrip("=") for word in bash_words(readline_words(line))}


def readline_words(line):
    """The words as readline has them, where = is one; what is not yet begun is an empty word."""
    words = []
    for word in line.split(" "):
        flag, equals, value = word.partition("=")
        words += [flag] + [part for part in (equals, value) if part]
    return words


def help_between(begin, end):
    text = subprocess.run([binary(), "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
    return text[text.index(begin):text.index(end)]


def commands():
    found = set(re.findall(r"^  (\w+) ", help_between("\nCommands:", "\nExamples:"), re.M))
    assert found >= {"serve", "scrape", "check", "healthcheck", "config", "migrate", "version", "help"}
    return found


def options():
    """Every flag of an option, from --help, each switch in both forms."""
    text = help_between("\n  --config.file", "\nFlags of ")
    found = set()
    for line in re.findall(r"^  (--.*)$", text, re.M):
        for flag in re.findall(r"--(?:\[no-\])?[a-z_.-]+", line):
            found |= {flag.replace("[no-]", ""), flag.replace("[no-]", "no-")}
    assert len(found) > 60
    return found


def test_commands(complete):
    assert complete("dockmeter ") == commands()
    assert complete("dockmeter he") == {"healthcheck", "help"}
    assert complete("dockmeter help ") == commands()
    assert complete("dockmeter help sc") == {"scrape"}
    assert complete("dockmeter serve sc") == set()


def test_every_flag_of_help_and_no_other(complete):
    assert complete("dockmeter --") == options()
    assert complete("dockmeter check --") == options()
    assert complete("dockmeter scrape --") == options() | {"--from", "--ca-file", "--timeout", "--format"}


@pytest.mark.parametrize("line,words", [
    ("dockmeter --server.p", {"--server.port"}),
    ("dockmeter serve --log.", {"--log.level", "--log.format"}),
    ("dockmeter --no-server.", {"--no-server.metrics_everywhere", "--no-server.tls.enabled", "--no-server.auth.enabled"}),
    ("dockmeter migrate --", {"--config", "--dashboard", "--rules", "--from", "--output", "--service", "--help"}),
    ("dockmeter migrate --serv", {"--service"}),
    ("dockmeter --logging.level ", LEVELS),
    ("dockmeter check --metrics.profile d", {"docker-exporter", "docker-stats", "data-exporter"}),
    ("dockmeter migrate --from ", PREDECESSORS),
    ("dockmeter scrape --format ", {"openmetrics", "text"}),
    ("dockmeter --server.port ", set()),
    ("dockmeter scrape --from ", set()),
    ("dockmeter --server.tls.enabled --server.po", {"--server.port"}),
    ("dockmeter help check ", set()),
])
def test_words(complete, line, words):
    assert complete(line) == words


@pytest.mark.parametrize("line,words", [
    ("dockmeter --logging.level=", LEVELS),
    ("dockmeter --preset=c", {"cadvisor", "container-metrics"}),
    ("dockmeter migrate --from=d", {"docker-exporter", "docker-stats", "data-exporter"}),
    ("dockmeter --metrics.disable=cpu_t", {"cpu_topology"}),
])
def test_words_behind_an_equals_sign(complete, line, words):
    assert {word.rpartition("=")[2] for word in complete(line)} == words


def test_a_further_word_of_a_list(complete):
    assert {word.rpartition(",")[2] for word in complete("dockmeter --metrics.disable=tcp,mem")} == {"memory", "memory_numa"}


@pytest.mark.parametrize("flag", ["--config.file", "--server.tls.cert_file", "--docker.tls.key"])
def test_files(complete, tmp_path, flag):
    (tmp_path / "dm-one.yaml").write_text("")
    (tmp_path / "dm-folder").mkdir()
    for between in (" ", "="):
        words = complete(f"dockmeter {flag}{between}{tmp_path}/dm-")
        assert {os.path.basename(word.rstrip("/")) for word in words} == {"dm-one.yaml", "dm-folder"}


def test_folders(complete, tmp_path):
    (tmp_path / "dm-one.yaml").write_text("")
    (tmp_path / "dm-folder").mkdir()
    words = complete(f"dockmeter migrate --output {tmp_path}/dm-")
    assert {os.path.basename(word.rstrip("/")) for word in words} == {"dm-folder"}


def test_bash_where_an_equals_sign_ends_no_word():
    assert bash_words(["dockmeter", "--logging.level=w"], breaks=" \t\n") == ["--logging.level=warn"]
    assert bash_words(["dockmeter", "--metrics.disable=tcp,ud"], breaks=" \t\n") == ["--metrics.disable=tcp,udp"]
    assert bash_words(["dockmeter", "--server.tls.enabled="], breaks=" \t\n") == \
        ["--server.tls.enabled=true", "--server.tls.enabled=false"]


def test_bash_loads_it_by_itself_and_writes_the_line(tmp_path):
    (tmp_path / "completions").mkdir()
    (tmp_path / "completions" / "dockmeter.bash").symlink_to(SCRIPTS / "dockmeter.bash")
    env = {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8",
           "BASH_COMPLETION_USER_DIR": str(tmp_path), "PS1": "> "}
    shell = Terminal(["bash", "--norc", "--noprofile", "-i"], env, tmp_path)
    try:
        shell.type(f"source {LOADER}; dockmeter() {{ printf '<%s>' \"$@\" done; }}\n")
        shell.type("dockmeter mig\t--fr\tcad\t --das\tfile\n")
        shell.wait_shown("<migrate><--from=cadvisor><--dashboard=file><done>")
    finally:
        shell.close()


def test_fish_and_zsh_say_what_a_flag_does(zsh):
    assert fish_words("dockmeter --server.port")["--server.port"] == "TCP port to listen on; 0 takes a free one"
    assert fish_words("dockmeter --no-docker.tls.v")["--no-docker.tls.verify"] == "off: Check the Engine's certificate and name"
    assert fish_words("dockmeter sc")["scrape"].endswith("another's page")

    zsh.complete("dockmeter --web.l")
    assert zsh.said() == ["--web.listen-address  -- Addresses to listen on instead of server.address and server.port: "
                          "host:port, :port, [::1]:port or unix:///path"]
    zsh.complete("dockmeter sc")
    assert zsh.said() == ["scrape  -- print one page of metrics and end; --from=URL: another's page"]


@pytest.mark.parametrize("argv", [["bash", "-n", "dockmeter.bash"], ["zsh", "-n", "_dockmeter"],
                                  ["fish", "--no-execute", "dockmeter.fish"]])
def test_syntax(argv):
    assert run(argv, cwd=SCRIPTS) == ""
