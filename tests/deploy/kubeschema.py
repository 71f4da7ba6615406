"""The Kubernetes API's published schema, as Debian's python3-kubernetes has it, and a strict walk of objects through it.

    faults(obj)     # [] or lines "spec.template.spec: unknown field hostPid"

The client's models are generated from the API's OpenAPI document: which fields there are, of which types, and which
are required. What the document has as text only (the words of an enumeration, how a quantity is written) is in the
tables below, and the Prometheus operator's PodMonitor, which no package has.
"""
import re

from kubernetes import client

KINDS = {("v1", "Namespace"): "V1Namespace", ("apps/v1", "DaemonSet"): "V1DaemonSet",
         ("monitoring.coreos.com/v1", "PodMonitor"): "PodMonitor"}

# type: {field: (type of its value, required)}, after the operator's API reference.
OTHERS = {
    "PodMonitor": {"apiVersion": ("str", True), "kind": ("str", True), "metadata": ("V1ObjectMeta", True),
                   "spec": ("PodMonitorSpec", True)},
    "PodMonitorSpec": {"selector": ("V1LabelSelector", True), "podMetricsEndpoints": ("list[PodMetricsEndpoint]", True),
                       "jobLabel": ("str", False), "podTargetLabels": ("list[str]", False),
                       "namespaceSelector": ("object", False), "sampleLimit": ("int", False)},
    "PodMetricsEndpoint": {"port": ("str", False), "path": ("str", False), "scheme": ("str", False),
                           "interval": ("str", False), "scrapeTimeout": ("str", False), "honorLabels": ("bool", False),
                           "relabelings": ("list[RelabelConfig]", False), "metricRelabelings": ("list[RelabelConfig]", False)},
    "RelabelConfig": {"sourceLabels": ("list[str]", False), "separator": ("str", False), "targetLabel": ("str", False),
                      "regex": ("str", False), "replacement": ("str", False), "action": ("str", False)}}

WORDS = {
    ("V1Container", "imagePullPolicy"): {"Always", "IfNotPresent", "Never"},
    ("V1ContainerPort", "protocol"): {"TCP", "UDP", "SCTP"},
    ("V1DaemonSetUpdateStrategy", "type"): {"RollingUpdate", "OnDelete"},
    ("V1HostPathVolumeSource", "type"): {"", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket", "CharDevice",
                                         "BlockDevice"},
    ("V1PodSpec", "dnsPolicy"): {"ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"},
    ("V1PodSpec", "restartPolicy"): {"Always"},
    ("V1SeccompProfile", "type"): {"RuntimeDefault", "Localhost", "Unconfined"},
    ("V1Toleration", "effect"): {"NoSchedule", "PreferNoSchedule", "NoExecute"},
    ("V1Toleration", "operator"): {"Exists", "Equal"}}

NAME = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
LABEL = r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?"
QUANTITY = r"[0-9]+(\.[0-9]+)?(m|[kMGT]i?)?"
FORMS = {
    ("V1Container", "name"): NAME, ("V1Volume", "name"): NAME, ("V1ObjectMeta", "name"): NAME,
    ("V1ContainerPort", "name"): r"(?=.*[a-z])[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?",
    ("V1ObjectMeta", "labels"): LABEL, ("V1LabelSelector", "matchLabels"): LABEL,
    ("V1ResourceRequirements", "limits"): QUANTITY, ("V1ResourceRequirements", "requests"): QUANTITY,
    ("V1VolumeMount", "mountPath"): r"/[^:]*", ("V1HostPathVolumeSource", "path"): r"/.*", ("V1HTTPGetAction", "path"): r"/.*"}

PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float), "object": object}


def required(model, attribute):
    """The models' setters refuse None where the document requires a value."""
    blank = model.__new__(model)
    blank.local_vars_configuration = client.Configuration()
    try:
        setattr(blank, attribute, None)
    except ValueError:
        return True
    return False


def fields(kind):
    """{field: (type, required)} of a type that is a mapping."""
    if kind in OTHERS:
        return OTHERS[kind]
    model = getattr(client, kind)
    return {name: (model.openapi_types[attribute], required(model, attribute)) for attribute, name in model.attribute_map.items()}


def is_a(value, kind):
    return isinstance(value, PLAIN[kind]) and (kind not in ("int", "float") or not isinstance(value, bool))


def walk(value, kind, path):
    """The faults of a value that should be of this type."""
    inner = re.fullmatch(r"list\[(.*)\]|dict\(str, (.*)\)", kind)
    if inner and inner[1]:
        return walk_each(enumerate(value), inner[1], path) if isinstance(value, list) else [f"{path}: not a list"]
    if inner:
        return walk_each(value.items(), inner[2], path) if isinstance(value, dict) else [f"{path}: not a mapping"]
    if kind in PLAIN:
        return [] if is_a(value, kind) else [f"{path}: {value!r} is no {kind}"]
    return walk_fields(value, kind, path) if isinstance(value, dict) else [f"{path}: not a mapping"]


def walk_each(items, kind, path):
    return [fault for key, value in items for fault in walk(value, kind, f"{path}[{key}]")]


def walk_fields(value, kind, path):
    known = fields(kind)
    found = [f"{path}: unknown field {name}" for name in value if name not in known]
    found += [f"{path}: {name} is missing" for name, (_, needed) in known.items() if needed and value.get(name) is None]
    for name in known.keys() & value.keys():
        found += walk(value[name], known[name][0], f"{path}.{name}") or written(kind, name, value[name], f"{path}.{name}")
    return found


def written(kind, name, value, path):
    """Faults of a text's form, or of the texts' in a mapping."""
    words, form = WORDS.get((kind, name)), FORMS.get((kind, name))
    texts = value.values() if isinstance(value, dict) else [value]
    if words:
        return [f"{path}: {text!r} is none of {', '.join(sorted(words))}" for text in texts if text not in words]
    return [f"{path}: {text!r} is not written right" for text in texts if form and not re.fullmatch(form, text)]


def faults(obj):
    """What the API would refuse of an object, and what it would drop without a word."""
    kind = KINDS.get((obj.get("apiVersion"), obj.get("kind")))
    if not kind:
        return [f"unknown kind {obj.get('apiVersion')} {obj.get('kind')}"]
    named = [] if (obj.get("metadata") or {}).get("name") else ["metadata: name is missing"]
    return named + walk(obj, kind, obj["kind"])
