"""A folder with a kustomization.yaml: what kubectl apply -k makes of it, and whether its parts fit each other.

Only what deploy/kubernetes uses is known: resources, namespace, images. Anything else is an error, so that nothing is
taken for granted that was not looked at.
"""
import yaml

HEAD = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}
KEYS = {*HEAD, "namespace", "resources", "images"}
CLUSTER_WIDE = {"Namespace"}


class LayoutError(Exception):
    """What kustomize would refuse, or what would not work in a cluster."""


def need(condition, text):
    if not condition:
        raise LayoutError(text)


def load_file(path):
    need(path.is_file(), f"{path.name} does not exist")
    return [obj for obj in yaml.safe_load_all(path.read_text()) if obj]


def load(folder):
    """The objects as they are sent to the API."""
    (head,) = load_file(folder / "kustomization.yaml")
    need({key: head.get(key) for key in HEAD} == HEAD, "not a Kustomization")
    need(head.keys() <= KEYS, f"unknown keys: {sorted(head.keys() - KEYS)}")
    files = {path.name for path in folder.glob("*.yaml")} - {"kustomization.yaml"}
    need(files <= set(head["resources"]), f"not listed: {sorted(files - set(head['resources']))}")
    objects = []
    for name in head["resources"]:
        objects += load(folder / name) if (folder / name).is_dir() else load_file(folder / name)
    for obj in objects:
        if "namespace" in head and obj["kind"] not in CLUSTER_WIDE:
            obj["metadata"]["namespace"] = head["namespace"]
    for image in head.get("images", []):
        tag_images(objects, image)
    return objects


def tag_images(objects, image):
    need(image.keys() <= {"name", "newName", "newTag"} and isinstance(image.get("newTag"), str), f"images: {image}")
    tagged = [c for obj in objects if obj["kind"] == "DaemonSet" for c in obj["spec"]["template"]["spec"]["containers"]
              if c["image"] == image["name"]]
    need(tagged, f"images: nothing has {image['name']}")
    for container in tagged:
        container["image"] = f"{image.get('newName', image['name'])}:{image['newTag']}"


def of_kind(objects, kind):
    return [obj for obj in objects if obj["kind"] == kind]


def selects(selector, labels):
    return selector["matchLabels"].items() <= labels.items()


def check(objects):
    """Whether what refers to something finds it."""
    ids = [(obj["kind"], obj["metadata"]["name"]) for obj in objects]
    need(len(ids) == len(set(ids)), f"twice: {ids}")
    (daemons,) = of_kind(objects, "DaemonSet")
    for obj in objects:
        space = obj["metadata"].get("namespace")
        need(space is None or ("Namespace", space) in ids, f"nobody makes the namespace {space}")
    template = daemons["spec"]["template"]
    need(selects(daemons["spec"]["selector"], template["metadata"]["labels"]), "the DaemonSet's selector misses its pods")
    check_pod(template)
    for monitor in of_kind(objects, "PodMonitor"):
        check_monitor(monitor["spec"], template)


def port_names(template):
    return {port["name"]: port["containerPort"] for c in template["spec"]["containers"] for port in c["ports"]}


def check_pod(template):
    spec, ports = template["spec"], port_names(template)
    need(not spec.get("enableServiceLinks", True), "service links: DOCKMETER_PORT=tcp://… would be an option's value")
    need(not spec.get("automountServiceAccountToken", True), "the API's token is mounted, which nothing needs")
    volumes = [volume["name"] for volume in spec["volumes"]]
    for container in spec["containers"]:
        mounts = {mount["name"] for mount in container["volumeMounts"]}
        need(mounts == set(volumes) and len(volumes) == len(mounts), f"volumes {volumes}, mounted {sorted(mounts)}")
        need(all(mount.get("readOnly") for mount in container["volumeMounts"]), "a mount is not readOnly")
        need(container["image"].partition(":")[2] not in ("", "latest"), f"which version is {container['image']}?")
        need("memory" in container.get("resources", {}).get("limits", {}), "no memory limit")
        for probe in ("livenessProbe", "readinessProbe"):
            need(container[probe]["httpGet"]["port"] in ports, f"{probe}: no such port")
    note = template["metadata"]["annotations"]
    need(note.get("prometheus.io/scrape") == "true", "not annotated for Prometheus")
    need(note["prometheus.io/port"] in map(str, ports.values()), "prometheus.io/port: no such port")


def check_monitor(spec, template):
    need(selects(spec["selector"], template["metadata"]["labels"]), "the PodMonitor's selector misses the pods")
    need(spec["podMetricsEndpoints"], "the PodMonitor has no endpoint")
    need(spec.get("jobLabel") in template["metadata"]["labels"], "jobLabel: the pods have no such label")
    for endpoint in spec["podMetricsEndpoints"]:
        need(endpoint["port"] in port_names(template), f"the PodMonitor's port {endpoint['port']} is none of the pods'")
