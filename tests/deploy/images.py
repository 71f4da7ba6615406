"""The images beside Dockmeter's that the files of deploy/ name, made from this machine's programs.

They stand in for what cannot be pulled, under the same names: Prometheus is Debian's, the socket proxy is Debian's
haproxy with the well-known proxy's rules, Grafana is a script that reads what is mounted. Users, folders, entry points
and variables are those of the real images.
"""
import io
import os
import tarfile
import urllib.parse
from pathlib import Path

import yaml

from meterimage import libraries
from support import ROOT

COMPOSE = ROOT / "deploy/compose"
STANDINS = Path(__file__).parent / "standins"
METER = "dockmeter:latest"
NOBODY, GRAFANA = 65534, 472
PASSWD = f"root:x:0:0::/:/bin/sh\nnobody:x:{NOBODY}:{NOBODY}::/:/bin/sh\n"
TOOLS = ("sh", "cat", "echo", "httpd", "mkdir", "sed", "sleep", "wget", "[")
# What the proxy lets through and the variable that does it; those of ON need not be set.
PATHS = {"CONTAINERS": "containers", "EVENTS": "events", "IMAGES": "images", "INFO": "info", "NETWORKS": "networks",
         "PING": "_ping", "SYSTEM": "system", "TASKS": "tasks", "VERSION": "version", "VOLUMES": "volumes"}
ON = ("EVENTS", "PING", "VERSION")
HAPROXY = """global
    log stdout format raw daemon "${LOG_LEVEL}"
    pidfile /run/haproxy.pid
    maxconn 4000
defaults
    mode http
    log global
    option httplog
    timeout connect 10s
    timeout client 10m
    timeout server 10m
backend engine
    server socket /var/run/docker.sock
backend stream
    server socket /var/run/docker.sock
    timeout server 0
frontend filter
    bind :::2375 v4v6
    http-request deny unless METH_GET || { env(POST) -m bool }
%s
    http-request deny
    default_backend engine
    use_backend stream if { path -m reg ^(/v[0-9.]+)?/events }
"""
ALLOW = r"    http-request allow if { path,url_dec -m reg -i ^(/v[\d\.]+)?(/\w+)?/%s } { env(%s) -m bool }"


class Tree:
    """The root of an image, as a tar that grows; an Engine closes folders that are not in it to all but root."""

    def __init__(self):
        self.out = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.out, mode="w")

    def _above(self, place):
        for folder in reversed(Path(place).parents[:-1]):
            if str(folder) not in self.tar.getnames():
                self.folder(str(folder))

    def program(self, path, place):
        self.copy(path, place)
        for library in libraries(path):
            self.copy(library, library.lstrip("/"))
        return self

    def copy(self, path, place):
        self._above(place)
        self.tar.add(os.path.realpath(path), place)
        return self

    def file(self, place, text, mode=0o644):
        self._above(place)
        entry = tarfile.TarInfo(place)
        entry.size, entry.mode = len(text.encode()), mode
        self.tar.addfile(entry, io.BytesIO(text.encode()))
        return self

    def folder(self, place, owner=0, mode=0o755):
        self._above(place)
        entry = tarfile.TarInfo(place)
        entry.type, entry.mode, entry.uid = tarfile.DIRTYPE, mode, owner
        self.tar.addfile(entry)
        return self

    def tools(self):
        """busybox, which the real images have too."""
        self.copy("/bin/busybox", "bin/busybox")
        for name in TOOLS:
            link = tarfile.TarInfo(f"bin/{name}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            self.tar.addfile(link)
        return self.file("etc/passwd", PASSWD).folder("tmp", mode=0o1777)

    def load(self, engine, name, *changes):
        self.tar.close()
        repository, tag = name.rsplit(":", 1)
        query = urllib.parse.urlencode({"fromSrc": "-", "repo": repository, "tag": tag, "changes": changes}, doseq=True)
        engine.api("POST", f"/images/create?{query}", raw=self.out.getvalue())


def load_prometheus(engine, name):
    tree = Tree().tools().folder("prometheus", owner=NOBODY).folder("etc/prometheus")
    tree.program("/usr/bin/prometheus", "bin/prometheus").load(
        engine, name, "USER nobody", "WORKDIR /prometheus", "VOLUME /prometheus", 'ENTRYPOINT ["/bin/prometheus"]')


def load_proxy(engine, name):
    allowed = "\n".join(ALLOW % (path, variable) for variable, path in PATHS.items())
    tree = Tree().tools().folder("run").file("usr/local/etc/haproxy/haproxy.cfg.template", HAPROXY % allowed)
    tree.file("entrypoint", (STANDINS / "socket-proxy").read_text(), 0o755).program("/usr/sbin/haproxy", "usr/sbin/haproxy")
    defaults = " ".join(f"{variable}={int(variable in ON)}" for variable in PATHS)
    tree.load(engine, name, f"ENV {defaults} POST=0 LOG_LEVEL=info", "USER root", 'ENTRYPOINT ["/entrypoint"]')


def load_grafana(engine, name):
    tree = Tree().tools().folder("var/lib/grafana", owner=GRAFANA, mode=0o777).folder("etc/grafana/provisioning")
    tree.file("run.sh", (STANDINS / "grafana").read_text(), 0o755).load(engine, name, f"USER {GRAFANA}", 'ENTRYPOINT ["/run.sh"]')


OTHERS = {"prometheus": load_prometheus, "socket-proxy": load_proxy, "grafana": load_grafana}


def image_of(service, file="compose.yaml"):
    return yaml.safe_load((COMPOSE / file).read_text(encoding="utf-8"))["services"][service]["image"]


def load_all(engine):
    """Those that stand in, of compose.yaml; swarm.yaml has no other."""
    for service, load in OTHERS.items():
        load(engine, image_of(service))
