"""deploy/kubernetes: taken by the API's schema, its parts fit each other, and its pod runs and holds its limits."""
import copy
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

import kubeschema
import kustomization
import podcontainer
from page import Page, figures, sources
from realengine import SLEEP
from releasedimage import version
from support import ROOT, process_status, request, wait_for

KUBERNETES = ROOT / "deploy/kubernetes"
VARIANTS = ("base", "default", "podmonitor")
PORT = 9200
NOBODY, SOCKET_GROUP = 65534, 4321
CONTAINERS = 20
POD = {"io.kubernetes.pod.name": "web-7d9f8", "io.kubernetes.pod.namespace": "shop",
       "io.kubernetes.pod.uid": "0a1b2c3d-1111-2222-3333-444455556666"}


def objects(variant="default"):
    return kustomization.load(KUBERNETES / variant)


def one(kind, variant="podmonitor"):
    (found,) = kustomization.of_kind(objects(variant), kind)
    return found


def change(obj, path, value):
    """Sets what is at a/b/0/c, or takes it out: value ...; ~1 is a slash in a key, as in JSON pointers."""
    keys = [key.replace("~1", "/") for key in path.split("/")]
    *way, last = [int(key) if key.isdigit() else key for key in keys]
    for key in way:
        obj = obj[key]
    if value is ...:
        del obj[last]
    else:
        obj[last] = value


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_schema_takes_it(variant):
    assert [fault for obj in objects(variant) for fault in kubeschema.faults(obj)] == []


SPEC = "spec/template/spec"
METER = f"{SPEC}/containers/0"
BAD_OBJECTS = [
    ("DaemonSet", f"{SPEC}/hostPid", True, "unknown field hostPid"),
    ("DaemonSet", f"{METER}/securityContext/runAsRoot", True, "unknown field runAsRoot"),
    ("DaemonSet", "spec/selector", ..., "selector is missing"),
    ("DaemonSet", "spec/template", ..., "template is missing"),
    ("DaemonSet", "metadata/name", ..., "name is missing"),
    ("DaemonSet", f"{METER}/name", ..., "name is missing"),
    ("DaemonSet", f"{METER}/volumeMounts/0/mountPath", ..., "mountPath is missing"),
    ("DaemonSet", f"{METER}/livenessProbe/httpGet/port", ..., "port is missing"),
    ("DaemonSet", f"{METER}/livenessProbe/periodSeconds", "30s", "'30s' is no int"),
    ("DaemonSet", f"{METER}/securityContext/readOnlyRootFilesystem", "yes", "'yes' is no bool"),
    ("DaemonSet", f"{METER}/securityContext/runAsUser", True, "True is no int"),
    ("DaemonSet", f"{METER}/ports/0/containerPort", "9200", "'9200' is no int"),
    ("DaemonSet", f"{METER}/ports", {"name": "metrics"}, "not a list"),
    ("DaemonSet", f"{METER}/resources/limits", ["64Mi"], "not a mapping"),
    ("DaemonSet", f"{METER}/resources/limits/memory", "64MB", "'64MB' is not written right"),
    ("DaemonSet", f"{METER}/resources/limits/memory", 67108864, "67108864 is no str"),
    ("DaemonSet", f"{METER}/env/0/value", 1, "1 is no str"),
    ("DaemonSet", f"{METER}/imagePullPolicy", "IfAbsent", "'IfAbsent' is none of"),
    ("DaemonSet", f"{METER}/ports/0/name", "metrics-of-containers", "is not written right"),
    ("DaemonSet", f"{METER}/securityContext/seccompProfile/type", "Default", "'Default' is none of"),
    ("DaemonSet", f"{SPEC}/volumes/0/hostPath/type", "Sock", "'Sock' is none of"),
    ("DaemonSet", f"{SPEC}/volumes/0/hostPath/path", ..., "path is missing"),
    ("DaemonSet", f"{SPEC}/tolerations/0/operator", "Any", "'Any' is none of"),
    ("DaemonSet", "spec/template/metadata/annotations/prometheus.io~1port", 9200, "9200 is no str"),
    ("DaemonSet", "metadata/labels/app.kubernetes.io~1name", "a b", "is not written right"),
    ("DaemonSet", "spec/updateStrategy/type", "Rolling", "'Rolling' is none of"),
    ("DaemonSet", "apiVersion", "apps/v1beta1", "unknown kind"),
    ("Namespace", "spec/finalisers", ["x"], "unknown field finalisers"),
    ("PodMonitor", "spec/podMetricsEndpoints", ..., "podMetricsEndpoints is missing"),
    ("PodMonitor", "spec/selector", ..., "selector is missing"),
    ("PodMonitor", "spec/endpoints", [], "unknown field endpoints"),
    ("PodMonitor", "spec/podMetricsEndpoints/0/relabelings/0/sourceLabels", "__meta", "not a list"),
]


@pytest.mark.parametrize("kind,path,value,told", BAD_OBJECTS)
def test_the_schema_refuses(kind, path, value, told):
    bad = copy.deepcopy(one(kind))
    bad.setdefault("spec", {})
    change(bad, path, value)
    faults = kubeschema.faults(bad)
    assert faults and any(re.search(told, fault) for fault in faults), faults


@pytest.mark.parametrize("variant", VARIANTS)
def test_its_parts_fit(variant):
    kustomization.check(objects(variant))


def test_the_image_is_this_version():
    assert one("DaemonSet")["spec"]["template"]["spec"]["containers"][0]["image"] == f"dockmeter:{version()}"


BAD_LAYOUTS = [
    ("base/daemonset.yaml", "    app.kubernetes.io/name: dockmeter\n  updateStrategy", "    app: meter\n  updateStrategy", "selector"),
    ("base/daemonset.yaml", "port: metrics", "port: http", "livenessProbe"),
    ("base/daemonset.yaml", 'prometheus.io/port: "9200"', 'prometheus.io/port: "9201"', "prometheus.io/port"),
    ("base/daemonset.yaml", 'prometheus.io/scrape: "true"', 'prometheus.io/scrape: "no"', "annotated"),
    ("base/daemonset.yaml", "- name: proc\n", "- name: process\n", "volumes"),
    ("base/daemonset.yaml", "mountPath: /host/proc, readOnly: true", "mountPath: /host/proc", "readOnly"),
    ("base/daemonset.yaml", "enableServiceLinks: false", "enableServiceLinks: true", "service links"),
    ("base/daemonset.yaml", "      automountServiceAccountToken: false\n", "", "token"),
    ("base/daemonset.yaml", "            limits: {memory: 64Mi}\n", "", "limit"),
    ("base/daemonset.yaml", "image: dockmeter\n", "image: dockmeter:latest\n", "nothing has dockmeter"),
    ("base/kustomization.yaml", f"newTag: {version()}", "newTag: latest", "which version"),
    ("default/kustomization.yaml", "  - namespace.yaml\n", "", "not listed"),
    ("default/kustomization.yaml", "  - namespace.yaml\n", "  - namespaces.yaml\n  - namespace.yaml\n", "does not exist"),
    ("podmonitor/kustomization.yaml", "namespace: dockmeter", "namespace: monitoring", "nobody makes"),
    ("base/kustomization.yaml", "images:", "imagess:", "unknown keys"),
    ("base/kustomization.yaml", "kind: Kustomization", "kind: Kustomisation", "not a Kustomization"),
    ("podmonitor/kustomization.yaml", "../default", "../defaults", "does not exist"),
    ("podmonitor/kustomization.yaml", "  - ../default\n", "  - ../default\n  - ../default\n", "twice"),
    ("podmonitor/podmonitor.yaml", "port: metrics", "port: http", "port http"),
    ("podmonitor/podmonitor.yaml", "      app.kubernetes.io/name", "      app", "misses the pods"),
    ("podmonitor/podmonitor.yaml", "jobLabel: app.kubernetes.io/name", "jobLabel: app", "jobLabel"),
]


@pytest.mark.parametrize("name,old,new,told", BAD_LAYOUTS)
def test_what_does_not_fit_is_seen(tmp_path, name, old, new, told):
    shutil.copytree(KUBERNETES, tmp_path / "k")
    path = tmp_path / "k" / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(kustomization.LayoutError, match=told):
        kustomization.check(kustomization.load(tmp_path / "k/podmonitor"))


def rendered(folder):
    """What kubectl makes of it."""
    done = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True, timeout=60, check=True)
    return list(yaml.safe_load_all(done.stdout))


@pytest.mark.parametrize("variant", VARIANTS)
def test_kubectl_makes_the_same_of_it(variant, tmp_path):
    """Of kubectl before 1.21 too (Debian 12's), which has another list for folders."""
    shutil.copytree(KUBERNETES, tmp_path / "k")
    for path in tmp_path.glob("k/*/kustomization.yaml"):
        path.write_text(re.sub(r"resources:\n(  - \.\./.*\n)", r"bases:\n\1resources:\n", path.read_text()))
    assert sorted(rendered(tmp_path / "k" / variant), key=str) == sorted(objects(variant), key=str)


def test_an_own_namespace_is_nobody_elses_to_delete(tmp_path):
    """Of a folder of somebody's own that has the DaemonSet in a namespace that is there already."""
    shutil.copytree(KUBERNETES, tmp_path / "k")
    (tmp_path / "k/own").mkdir()
    (tmp_path / "k/own/kustomization.yaml").write_text("namespace: monitoring\nbases:\n  - ../base\n")
    (only,) = rendered(tmp_path / "k/own")
    assert (only["kind"], only["metadata"]["namespace"]) == ("DaemonSet", "monitoring")


class Pod:
    """The DaemonSet's pod on the real Engine, beside 20 containers."""

    def __init__(self, engine):
        self.engine = engine
        spec = one("DaemonSet")["spec"]["template"]["spec"]
        self.meter = spec["containers"][0]
        self.config = podcontainer.engine_config(spec, self.meter["image"], {"/var/run/docker.sock": engine.socket})
        os.chown(engine.socket, 0, SOCKET_GROUP)
        engine.run("k8s_dockmeter_dockmeter-x_dockmeter_uid_0", **self.config)
        state = engine.inspect("k8s_dockmeter_dockmeter-x_dockmeter_uid_0")
        self.address, self.pid = (state["NetworkSettings"]["IPAddress"], PORT), state["State"]["Pid"]
        self.cgroups = Path("/sys/fs/cgroup"), state["Id"]

    def page(self):
        answer = request(self.address, "/metrics")
        assert answer.status == 200
        return Page(answer.text)

    def status(self):
        return {name: value.split() for name, value in process_status(self.pid).items()}

    def memory(self, *names):
        """A number of its memory cgroup, by the name that v1 or v2 has for it."""
        root, cid = self.cgroups
        found = [path for name in names for path in (*root.glob(f"memory/*/{cid}/{name}"), *root.glob(f"*/*{cid}*/{name}"))]
        return int(found[0].read_text())


@pytest.fixture(scope="module")
def pod(engine):
    names = [f"c{n}" for n in range(CONTAINERS)]
    for name in names:
        engine.run(name, Cmd=SLEEP)
    p = Pod(engine)
    yield p
    print(engine.docker("logs", "k8s_dockmeter_dockmeter-x_dockmeter_uid_0"))
    for name in ["k8s_dockmeter_dockmeter-x_dockmeter_uid_0", *names]:
        engine.remove(name)


def test_the_probes_are_answered(pod):
    for probe in ("livenessProbe", "readinessProbe"):
        path = pod.meter[probe]["httpGet"]["path"]
        wait_for(lambda path=path: request(pod.address, path).status == 200, what=f"{probe} {path}")


def test_it_is_nobody_with_the_sockets_group(pod):
    """Also with no-new-privileges, and with two capabilities that are gone afterwards."""
    status = wait_for(lambda: (s := pod.status()) and s["Uid"] == [str(NOBODY)] * 4 and s)
    assert (status["Gid"], status["Groups"]) == ([str(NOBODY)] * 4, [str(SOCKET_GROUP)])
    assert (status["CapEff"], status["CapPrm"], status["NoNewPrivs"]) == (["0000000000000000"], ["0000000000000000"], ["1"])


def test_the_kernel_is_read(pod):
    page = wait_for(lambda: (p := pod.page()) and sources(p).get("kernel") == CONTAINERS + 1 and p)
    assert figures(page, "c7")


def test_the_memory_limit_holds(pod):
    limit = pod.config["HostConfig"]["Memory"]
    assert pod.memory("memory.limit_in_bytes", "memory.max") == limit
    for _ in range(50):
        pod.page()
    assert pod.memory("memory.max_usage_in_bytes", "memory.peak", "memory.current") < limit / 2
    assert pod.memory("memory.failcnt") == 0 if (pod.cgroups[0] / "memory").exists() else True


def of_pod(kind, container):
    """As cri-dockerd labels and names them."""
    labels = dict(POD, **{"io.kubernetes.container.name": container, "io.kubernetes.docker.type": kind,
                          "annotation.io.kubernetes.container.restartCount": "0"})
    name = f"k8s_{container}_{labels['io.kubernetes.pod.name']}_{labels['io.kubernetes.pod.namespace']}_{labels['io.kubernetes.pod.uid']}_0"
    return name, labels


@pytest.fixture
def web(engine):
    """A pod with one container in the network of its sandbox: (names of both)."""
    sandbox, labels = of_pod("podsandbox", "POD")
    nginx, more = of_pod("container", "nginx")
    with engine.passing(Cmd=SLEEP) as run:
        cid = run(sandbox, Labels=labels)
        run(nginx, Labels=more, HostConfig={"NetworkMode": f"container:{cid}"})
        yield sandbox, nginx


def test_a_series_says_which_pod_it_is_of(pod, web):
    sandbox, nginx = web
    wanted = {"container_label_io_kubernetes_pod_namespace": "shop", "container_label_io_kubernetes_pod_name": "web-7d9f8"}
    page = wait_for(lambda: (p := pod.page()) and figures(p, nginx) and figures(p, sandbox) and p)
    for name, container in ((sandbox, "POD"), (nginx, "nginx")):
        (labels, value), = page.all("container_memory_usage_bytes", container_name=name)
        assert wanted.items() <= labels.items() and value > 0
        assert labels["container_label_io_kubernetes_container_name"] == container


def test_a_pods_network_is_its_sandboxs(pod, web):
    """Containers that share a network namespace would count it twice."""
    sandbox, nginx = web
    page = wait_for(lambda: (p := pod.page()) and figures(p, nginx) and figures(p, sandbox) and p)
    assert page.all("container_network_receive_bytes_total", container_name=sandbox)
    assert not page.all("container_network_receive_bytes_total", container_name=nginx)
