"""A file of deploy/compose, brought up by docker-compose as it is and taken down again."""
import contextlib
import subprocess

from images import COMPOSE
from support import clean_env, request

PROGRAM = "/usr/bin/docker-compose"


class Stack:
    """`docker-compose -f FILE` in the file's own folder; variables are those that the file documents."""

    def __init__(self, engine, file, **variables):
        self.engine, self.file, self.project = engine, file, file.split(".")[0]
        self.env = clean_env(DOCKER_HOST=f"unix://{engine.socket}", **variables)

    def compose(self, *args):
        done = subprocess.run([PROGRAM, "-p", self.project, "-f", self.file, *args], cwd=COMPOSE, env=self.env,
                              capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, f"docker-compose {args}: {done.stderr}"
        return done.stdout

    def up(self):
        self.compose("up", "-d")

    def down(self):
        self.compose("down", "-v", "-t", "1")

    def container(self, service):
        return self.engine.inspect(f"{self.project}_{service}_1")

    def address(self, service, network):
        """Where a container of it is reached from this machine, published or not."""
        return self.container(service)["NetworkSettings"]["Networks"][f"{self.project}_{network}"]["IPAddress"]

    def log(self, service):
        return self.compose("logs", "--no-color", service)

    def get(self, service, port, path, network="default", **more):
        return request((self.address(service, network), port), path, **more)

    def rest(self):
        """What of it is on the Engine: containers, networks, volumes."""
        label = f'filters={{"label":["com.docker.compose.project={self.project}"]}}'.replace('"', "%22")
        found = [self.engine.api("GET", f"/{kind}?all=1&{label}") for kind in ("containers/json", "networks", "volumes")]
        return found[0] + found[1] + (found[2]["Volumes"] or [])


@contextlib.contextmanager
def running(stack):
    try:
        stack.up()
        yield stack
    except BaseException:
        with contextlib.suppress(AssertionError):
            print(stack.compose("ps"), stack.compose("logs", "--no-color", "--tail", "40"))
        raise
    finally:
        stack.down()
