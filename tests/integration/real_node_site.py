# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the real node do there: Jobs under the restricted profile, and a look at their processes from outside."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.cluster.cluster import Cluster
from tests.cluster.realnode import cgroups
from tests.cluster.realnode.settings import LABEL, cgroup_name

PATIENCE_S = 40.0
T = TypeVar("T")
TOLERATION = {"key": LABEL, "operator": "Exists"}
RESTRICTED = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "latest",
}


class RealNodeSite:
    """One namespace that enforces the restricted profile, on a cluster with a real node."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.namespace = f"real-{secrets.token_hex(4)}"

    def __enter__(self) -> RealNodeSite:
        labels = {**RESTRICTED, "environment": "development"}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.namespace, "labels": labels}})
        self.account("default")
        return self

    def __exit__(self, *_error: object) -> None:
        self.kubectl("delete", "namespace", self.namespace, "--wait=false")

    def kubectl(self, *args: str, input: str | None = None) -> str:
        """Run it in the namespace as admin; it has to succeed."""
        done = self.cluster.kubectl(f"--namespace={self.namespace}", *args, input=input)
        assert done.returncode == 0, f"kubectl {' '.join(args)}: {done.stderr}"
        return done.stdout

    def apply(self, *manifests: dict[str, Any]) -> None:
        document = {"apiVersion": "v1", "kind": "List", "items": list(manifests)}
        self.kubectl("apply", "--server-side", "--filename=-", input=json.dumps(document))

    def account(self, name: str, *rules: dict[str, list[str]]) -> None:
        """A ServiceAccount with a Role of these rules."""
        api, where = "rbac.authorization.k8s.io", {"name": name, "namespace": self.namespace}
        subject = {"kind": "ServiceAccount", "name": name}
        reference = {"apiGroup": api, "kind": "Role", "name": name}
        self.apply(
            {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": where},
            {"apiVersion": f"{api}/v1", "kind": "Role", "metadata": where, "rules": list(rules)},
            {"apiVersion": f"{api}/v1", "kind": "RoleBinding", "metadata": where, "roleRef": reference,
             "subjects": [{**subject, "namespace": self.namespace}]},
        )  # fmt: skip

    def run(self, name: str, *args: str, image: str = "kubectl", **spec: Any) -> dict[str, Any]:
        """Create a Job, wait for its end, and return it."""
        self.start(name, *args, image=image, **spec)
        return self.ended(name)

    def start(self, name: str, *args: str, image: str = "kubectl", account: str = "default", **spec: Any) -> None:
        """Create a Job that passes the restricted profile, for the real node alone."""
        pod = restricted_pod(self.cluster.images[image], args, account)
        where = {"name": name, "namespace": self.namespace}
        job = {"backoffLimit": 0, "activeDeadlineSeconds": 60, "template": {"spec": pod}, **spec}
        self.apply({"apiVersion": "batch/v1", "kind": "Job", "metadata": where, "spec": job})

    def ended(self, name: str) -> dict[str, Any]:
        """The Job, when it has completed or failed."""

        def job() -> dict[str, Any] | None:
            found = self.get("job", name)
            conditions = found.get("status", {}).get("conditions", [])
            kinds = {condition["type"] for condition in conditions if condition["status"] == "True"}
            return found if kinds & {"Complete", "Failed"} else None

        return eventually(job)

    def running_pod(self, job: str) -> dict[str, Any]:
        """The pod of a Job, when its container runs."""

        def pod() -> dict[str, Any] | None:
            return next((pod for pod in self.pods(job) if pod["status"].get("phase") == "Running"), None)

        return eventually(pod)

    def pods(self, job: str) -> list[dict[str, Any]]:
        found = json.loads(self.kubectl("get", "pods", f"--selector=job-name={job}", "--output=json"))
        items: list[dict[str, Any]] = found["items"]
        return items

    def exit_code(self, job: str) -> int:
        """With which the container of the Job's only pod ended."""
        (pod,) = self.pods(job)
        (container,) = pod["status"]["containerStatuses"]
        code: int = container["state"]["terminated"]["exitCode"]
        return code

    def log(self, job: str) -> str:
        return self.kubectl("logs", f"job/{job}")

    def get(self, kind: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.kubectl("get", kind, name, "--output=json"))
        return found

    def processes(self, pod: dict[str, Any]) -> list[int]:
        """Process ids, as this machine sees them, of the pod's container."""
        (container,) = pod["status"]["containerStatuses"]
        name = container["containerID"].removeprefix("containerd://")
        (hierarchy, *_) = cgroups.hierarchies()
        top = hierarchy / cgroup_name(self.cluster.state_dir / "node")
        (place,) = top.glob(f"kubepods/**/{name}/cgroup.procs")
        return [int(pid) for pid in place.read_text().split()]


def restricted_pod(image: str, args: tuple[str, ...], account: str = "default") -> dict[str, Any]:
    """A pod's spec with everything that the restricted profile asks for, and a root file system nobody can write."""
    container = {
        "name": "main",
        "image": image,
        "args": list(args),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
    }
    return {
        "containers": [container],
        "restartPolicy": "Never",
        "serviceAccountName": account,
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "nodeSelector": {LABEL: "true"},
        "tolerations": [TOLERATION],
        "terminationGracePeriodSeconds": 5,
        "dnsPolicy": "Default",
    }


def process_status(pid: int) -> dict[str, str]:
    """Fields of ``/proc/PID/status``."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def eventually(answer: Callable[[], T | None], patience_s: float = PATIENCE_S) -> T:
    """What ``answer`` says as soon as it says something."""
    limit = time.monotonic() + patience_s
    while not (found := answer()):
        assert time.monotonic() < limit, f"Nothing within {patience_s:.0f} s."
        time.sleep(0.1)
    return found
