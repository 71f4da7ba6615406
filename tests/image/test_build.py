"""`docker build` on a real Engine, by both of its builders, gives the image that tools/image writes without one."""
import io
import json
import subprocess
import tarfile
from hashlib import sha256

import pytest

import debianbase
from realengine import DOCKER
from releasedimage import version
from support import ROOT, clean_env

KEYS = ("Env", "Entrypoint", "Cmd", "ExposedPorts", "Healthcheck", "Labels", "User", "WorkingDir", "Volumes")


@pytest.fixture(scope="module")
def base(builds, engine):
    builds["base"].done()
    debianbase.load(engine)


def contents(engine, image):
    """{name: (type, mode, owner, sum of the bytes)} of an image's files. A name without a tag would be all images of it."""
    archive = tarfile.open(fileobj=io.BytesIO(engine.api("GET", f"/images/{image}:latest/get")))
    (only,), found = json.load(archive.extractfile("manifest.json")), {}
    for layer in only["Layers"]:
        with tarfile.open(fileobj=archive.extractfile(layer)) as tar:
            found |= {m.name: (m.type, m.mode & 0o7777, m.uid, m.gid, sha256(tar.extractfile(m).read()).hexdigest() if m.isfile() else "")
                      for m in tar}
    return found


def config(engine, image):
    found = json.loads(engine.docker("image", "inspect", image))[0]
    assert (found["Os"], found["Architecture"]) == ("linux", engine.docker("version", "-f", "{{.Server.Arch}}").strip())
    plain = {key: found["Config"].get(key) or None for key in KEYS}
    return dict(plain, WorkingDir=plain["WorkingDir"] or "/")  # BuildKit writes down what is so anyway


def test_the_version_is_the_programs():
    assert f"ARG VERSION={version()}\n" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("buildkit", [0, 1], ids=["classic", "buildkit"])
def test_build(engine, image, base, builds, buildkit):
    clone = builds["folder"] / "clone"
    revision = subprocess.run(["git", "-C", clone, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout.strip()
    done = subprocess.run([DOCKER, "-H", f"unix://{engine.socket}", "build", "--network", "host", "-t", "built", "--build-arg",
                           f"REVISION={revision}", clone], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=500,
                          check=False, env=clean_env(DOCKER_BUILDKIT=buildkit))
    assert done.returncode == 0, done.stdout[-3000:]
    assert config(engine, "built") == config(engine, image)
    assert contents(engine, "built") == contents(engine, image)
