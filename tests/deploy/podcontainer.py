"""A pod's container as one of the Engine, as a kubelet on cri-dockerd would have it made.

Each field of the manifest is either handled or named as without a meaning here; any other one is an error, so that a
manifest cannot say what no test tries.
"""
UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
POD_ONLY = {"enableServiceLinks", "automountServiceAccountToken", "terminationGracePeriodSeconds", "nodeSelector", "tolerations",
            "containers", "volumes"}
ELSEWHERE = {"name", "image", "imagePullPolicy", "ports", "livenessProbe", "readinessProbe"}
SECCOMP = {"RuntimeDefault": [], "Unconfined": ["seccomp=unconfined"]}


def memory_bytes(quantity):
    return int(quantity[:-2]) * UNITS[quantity[-2:]]


def security(context):
    """(User, HostConfig's part)"""
    known = {"runAsUser", "allowPrivilegeEscalation", "readOnlyRootFilesystem", "capabilities", "seccompProfile"}
    assert context.keys() <= known, context.keys() - known
    opts = list(SECCOMP[context.get("seccompProfile", {"type": "Unconfined"})["type"]])
    if context.get("allowPrivilegeEscalation") is False:
        opts.append("no-new-privileges")
    caps = context.get("capabilities", {})
    assert caps.keys() <= {"drop", "add"}, caps
    return str(context.get("runAsUser", "")), {"SecurityOpt": opts, "CapDrop": caps.get("drop", []), "CapAdd": caps.get("add", []),
                                               "ReadonlyRootfs": context.get("readOnlyRootFilesystem", False)}


def binds(pod, container, places):
    """The mounts; places: {a path of the host: where it is on this one}."""
    paths = {volume["name"]: volume["hostPath"]["path"] for volume in pod["volumes"]}
    return [f"{places.get(paths[mount['name']], paths[mount['name']])}:{mount['mountPath']}" + (":ro" if mount.get("readOnly") else "")
            for mount in container["volumeMounts"]]


def engine_config(pod, image, places):
    """The body of POST /containers/create for the pod's only container."""
    (container,) = pod["containers"]
    unknown = (pod.keys() - POD_ONLY) | (container.keys() - ELSEWHERE - {"env", "resources", "securityContext", "volumeMounts"})
    assert not unknown, f"nobody tries {sorted(unknown)}"
    assert container["resources"]["limits"].keys() == {"memory"}
    memory = memory_bytes(container["resources"]["limits"]["memory"])
    user, host = security(container["securityContext"])
    host |= {"Memory": memory, "MemorySwap": memory, "Binds": binds(pod, container, places)}
    return {"Image": image, "User": user, "Env": [f"{var['name']}={var['value']}" for var in container.get("env", [])],
            "HostConfig": host}
