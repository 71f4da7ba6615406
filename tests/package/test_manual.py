"""The manual pages as man and mandoc read them: without a word of complaint, and with everything in them."""
import re
import subprocess

import pytest

from support import ROOT, binary, clean_env

PAGES = [ROOT / "docs/man/dockmeter.1", ROOT / "docs/man/dockmeter.yaml.5"]


def run(*argv, **more):
    env = clean_env(MANWIDTH=80, LC_ALL="C.UTF-8")
    return subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=60, check=False, env=env, **more)


def plain(text):
    """What a terminal shows, each run of blanks as one."""
    return " ".join(re.sub(".\b|\x1b\\[[0-9;]*m", "", text).split())


def by_man(page):
    return plain(run("man", "-E", "UTF-8", "-l", page).stdout)


def by_mandoc(page):
    return plain(run("mandoc", "-T", "utf8", page).stdout)


@pytest.fixture(scope="module", params=[by_man, by_mandoc])
def program_page(request):
    return request.param(PAGES[0])


@pytest.fixture(scope="module", params=[by_man, by_mandoc])
def file_page(request):
    return request.param(PAGES[1])


def table():
    """The rows of docs/configuration.md that are options: name and flags, environment, default, value, help, and
    what is said behind them."""
    text = run(binary(), "docs", "configuration").stdout
    rows = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in text.splitlines() if line.startswith("| `")]
    rows = [[cell.replace("\\|", "|") for cell in row] for row in rows if len(row) == 5]
    assert len(rows) > 50
    for row in rows:
        row.append(" A change takes a restart." if row[4].endswith(" *Restart.*") else "")
        row[4] = row[4].removesuffix(" *Restart.*")
    return rows


def quoted(cell):
    return re.findall("`([^`]*)`", cell)


def examples(page):
    """The blocks of lines as they stand, below EXAMPLES."""
    source = page.read_text()
    blocks = re.findall(r"^\.nf\n(.*?)^\.fi$", source[source.index(".SH EXAMPLES"):], re.M | re.S)
    unescaped = {"\\-": "-", "\\e": "\\", "\\(aq": "'", "\\(ha": "^", "\\(ti": "~", "\\&": ""}
    return [re.sub(r"\\(?:\(..|.)", lambda m: unescaped[m[0]], block) for block in blocks]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_no_complaint(page):
    for argv in (["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"], ["mandoc", "-T", "lint", "-W", "style"]):
        done = run(*argv, page)
        assert (done.returncode, done.stderr) == (0, "")
    assert run("mandoc", "-T", "lint", "-W", "style", page).stdout == ""


def test_every_command_and_flag_of_help(program_page):
    text = run(binary(), "--help").stdout
    commands = re.findall(r"^  (\w+)  +\w", text[text.index("Commands:"):text.index("Examples:")], re.M)
    flags = re.findall(r"(?<!\S)--?[][a-z][][a-z_.-]*(?:=[A-Z=]+)?", text[text.index("--config.file=FILE"):])
    assert len(commands) >= 8 and len(flags) > 80
    for word in commands:
        assert re.search(rf" dockmeter {word} [\[-]", program_page), word
    for word in flags:
        assert re.search(rf"(?<!\S){re.escape(word)}(?![=\w]|[-.]\w)", program_page), word


def test_every_commands_own_flags(program_page):
    text = run(binary(), "--help").stdout
    own = re.findall(r"^  (--\S+)\n((?: {6}.*\n)+)", text[text.index("\nFlags of scrape:"):], re.M)
    assert len(own) > 9
    for flag, said in own:
        assert f" {flag} {re.split('[.] |[.]$', plain(said))[0]}." in program_page


def test_every_option_with_what_is_known_of_it(program_page):
    for names, environment, default, value, text, end in table():
        default = quoted(default)[0].strip('"')
        for word in quoted(names)[1:] + quoted(environment):
            assert word in program_page
        shown = f" {text} Value: {value}."
        shown += f" Default: {default}." if default not in ("", "[]", "{}") else ""
        assert f"{shown} Environment: {', '.join(quoted(environment))}.{end} " in program_page, names


def test_every_key_with_what_is_known_of_it(file_page):
    for names, _, default, value, text, end in table():
        also = "; warning is warn" if quoted(names)[0] == "logging.level" else ""
        assert f" {quoted(names)[0]} {text} Value: {value}{also}. Default: {quoted(default)[0]}.{end} " in file_page, names


def test_presets_and_other_keys(file_page):
    for word in ("docker-exporter metrics.profile: docker-exporter, server.port: 8003", 'metrics.container_labels: ["*"]',
                 "performance.workers It has no effect", "web.config.file It is not supported"):
        assert word in file_page


def test_variables_of_other_tools(program_page):
    for names, environment, *_ in table():
        if quoted(environment)[1:]:
            assert f" {', '.join(quoted(environment)[1:])} {quoted(names)[0]} " in program_page


def test_the_version_is_the_programs():
    version = run(binary(), "version").stdout.split()[1]
    for page in PAGES:
        assert f'"dockmeter {version}"' in page.read_text().splitlines()[0]


@pytest.mark.parametrize("block", examples(PAGES[1]), ids=lambda block: block.split(":")[0])
def test_the_examples_of_the_file_are_right(tmp_path, block):
    (tmp_path / "dockmeter.yaml").write_text(block)
    done = run(binary(), "config", "--config.file", tmp_path / "dockmeter.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert "# from" in done.stdout and f"{tmp_path}/dockmeter.yaml:" in done.stdout


def test_the_examples_of_the_program_are_right(tmp_path):
    """As far as that shows without an Engine: each line's flags, with the command config."""
    lines = [line for block in examples(PAGES[0]) for line in block.replace("\\\n", "").splitlines()]
    (tmp_path / "dockmeter.yaml").write_text("")
    seen = 0
    for line in lines:
        parts = re.match(r"((?:\w+=\S+ )*)dockmeter(?: check)?((?: +-.*)?)$", line)
        if parts:
            line = f"{parts[1]}{binary()} config{parts[2]}".replace("/etc/dockmeter/", f"{tmp_path}/")
            done = run("bash", "-c", line)
            assert done.returncode == 0 and "unknown" not in done.stderr, done.stderr
            seen += 1
    assert seen >= 6


def test_a_document_that_there_is_not():
    done = run(binary(), "docs", "woman")
    assert done.returncode == 2 and done.stdout == ""
    for name in ("man", "man-yaml", "completion-bash", "completion-zsh", "completion-fish", "migrate-PREDECESSOR"):
        assert name in done.stderr
