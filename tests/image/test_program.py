"""The released program: what kind of file it is, how large, of what, and what it reads of a host besides its own."""
import os
import re
import subprocess
from pathlib import Path

from elf import assert_of_no_build, assert_read_only, assert_sizes_add_up, assert_static_pie, assert_watched, sizes
from page import sources
from support import binary, clean_env, run

MAX_BYTES = 6_500_000
MAX_RSS_KB = 6 * 1024
FOLDER = Path(binary()).parent
# Whose package each linked archive is, as licences/ names it.
PACKAGES = {"libcrypto": "libssl-dev", "libssl": "libssl-dev", "libc": "libc6", "libpcre2-8": "libpcre2-dev", "libcurl": "curl",
            "libevent": "libevent-dev", "libevent_openssl": "libevent-dev", "libyaml": "libyaml-dev", "libz": "zlib1g-dev",
            "libdeflate": "libdeflate-dev", "libcares": "libc-ares-dev", "libjansson": "libjansson-dev", "gcc": "gcc-12-base",
            "dockmeter": "dockmeter"}
NOT_LIBRARIES = {"headers, padding", "relocations", "linker", "in all"}


def test_it_is_small():
    assert Path(binary()).stat().st_size <= MAX_BYTES


def test_the_room_by_library_adds_up():
    assert_sizes_add_up(FOLDER)


def test_it_needs_no_library_and_may_lie_anywhere():
    assert_static_pie(FOLDER / "dockmeter")


def test_what_is_written_once_cannot_be_written_again():
    assert_read_only(FOLDER / "dockmeter", 4096)


def test_stacks_and_buffers_are_watched():
    assert_watched(FOLDER / "meson/dockmeter", os.uname().machine + "-linux-gnu")


def test_nothing_in_it_is_of_one_build():
    assert_of_no_build(FOLDER / "dockmeter")


def test_versions_and_licences_of_all_that_is_in_it():
    versions = (FOLDER / "versions").read_text()
    for library in set(sizes(FOLDER)) - NOT_LIBRARIES:
        package = PACKAGES[library]
        assert (FOLDER / "licences" / package).stat().st_size > 500, library
        assert package == "dockmeter" or f"\n{package}_" in "\n" + versions, library
    for text in (FOLDER / "licences").iterdir():
        for name in re.findall(r"/usr/share/common-licenses/([A-Z][A-Za-z]*(?:-[\d.]*\d)?)", text.read_text()):
            assert (FOLDER / "licences" / f"text-{name}").stat().st_size > 1000, (text.name, name)


def test_patterns_work_without_the_compiler_that_was_left_out(fake, meter):
    """PCRE2's own code goes on where it would have run what its JIT has made."""
    patterns = r"^c000[1-3]$,größe\p{L}"
    d = meter(fake(containers=12).path, "--collection.filters.include.names", patterns).wait_ready()
    assert d.page().containers() == {"c0001", "c0002", "c0003"}


def test_the_hosts_openssl_settings_are_not_read(certs, tmp_path):
    """They may name a provider or an engine, which is a shared object."""
    module, settings = tmp_path / "module.so", tmp_path / "openssl.cnf"
    module.write_bytes(b"no shared object")
    settings.write_text("openssl_conf = a\n[a]\nproviders = b\nengines = d\n[b]\nmine = c\n"
                        f"[c]\nmodule = {module}\nactivate = 1\n[d]\nmy = e\n[e]\ndynamic_path = {module}\ninit = 1\n")
    trace = tmp_path / "trace"
    done = subprocess.run(["strace", "-f", "-qq", "-e", "trace=file", "-o", trace, binary(), "scrape", "--docker.host",
                           "https://127.0.0.1:1", "--docker.tls.ca_cert", certs.ca], capture_output=True, text=True, check=False,
                          timeout=60, env=clean_env(OPENSSL_CONF=settings))
    assert "exporter_up 0" in done.stdout + done.stderr or done.returncode == 1
    opened = trace.read_text()
    assert "exec" in opened, "it was traced"
    assert "openssl.cnf" not in opened and "module.so" not in opened and not re.search(r"\.so[.\d]*\"", opened)


def test_memory_with_100_containers(fake, hostroot, meter, tmp_path, monkeypatch):
    """From the kernel's files. The program is written in small pieces, so that it is mapped page by page; a kernel with large
    folios otherwise maps a megabyte for each byte that is touched, and counts nearly the whole file."""
    copy, data = tmp_path / "dockmeter", Path(binary()).read_bytes()
    with open(copy, "wb", buffering=0) as out:
        for at in range(0, len(data), 4096):
            out.write(data[at:at + 4096])
    copy.chmod(0o755)
    monkeypatch.setenv("DOCKMETER_BIN", str(copy))
    host = hostroot("v2")
    d = meter(fake(containers=100, host=host).path, "--collection.host_root", host.folder).wait_ready()
    for _ in range(20):
        page = d.page()
    assert sources(page) == {"kernel": 100}
    rollup = dict(re.findall(r"(\w+): +(\d+) kB", Path(f"/proc/{d.process.pid}/smaps_rollup").read_text()))
    print(f"RSS {d.rss_kb()} kB, its own {rollup['Anonymous']} kB")
    assert d.rss_kb() <= MAX_RSS_KB and int(rollup["Anonymous"]) <= MAX_RSS_KB // 2


def test_a_wrong_word_is_no_crash():
    assert run("version").stdout.startswith("dockmeter")
    assert run("nonsense").returncode == 2
