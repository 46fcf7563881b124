# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may create Jobs in guardrail-system gains nothing by it: what the API server refuses, whatever client asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef
from tests.cluster.cluster import Cluster
from tests.integration.gate_client import path_to
from tests.integration.gate_stage import Stage, new_stage
from tests.integration.job_admission_site import IMAGE, AdmissionSite, Body, patching, steps_secret
from tests.integration.job_mode_site import JOBS, PODS, SECRETS, SYSTEM, eventually

ACCOUNT = "runs under the service account of the action in its label"
KUBECTL = "runs kubectl with the arguments that the collection gives it"
OTHER_IMAGE = "runs the image that the published policy library names"
HARDENED = "under the restricted profile"
CONTAINER = "has no environment, hook or probe of its own"
VOLUME = "has no volume but one of its own annotations"
TARGET = "works on the target that its labels name"
MAY_NOT = "asks a Job for what they may not do themselves"
TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"
PROBE = {"exec": {"command": ["sh"]}}
Change = Callable[[Body], object]


@pytest.fixture(scope="module")
def site(cluster: Cluster) -> Iterator[AdmissionSite]:
    with AdmissionSite(cluster) as opened:
        yield opened


@pytest.fixture(scope="module")
def stage(site: AdmissionSite) -> Iterator[Stage]:
    with new_stage(site.admin) as ready:
        yield ready


@pytest.mark.parametrize("action", [name for name in ACTIONS if not ACTIONS[name].not_in_job])
def test_what_the_gate_creates_is_admitted(site: AdmissionSite, stage: Stage, action: str) -> None:
    job, *others = site.planned(stage, action)
    assert site.tries(job) == (201, "")
    assert [site.tries(secret, SECRETS) for secret in others] == [(201, "")] * len(others)


def pod(**fields: Any) -> Change:
    """The pod has these fields; ``None`` takes one away."""

    def change(job: Body) -> None:
        spec = job["spec"]["template"]["spec"]
        spec.update({name: value for name, value in fields.items() if value is not None})
        for name in [name for name, value in fields.items() if value is None]:
            del spec[name]

    return change


def container(**fields: Any) -> Change:
    return lambda job: job["spec"]["template"]["spec"]["containers"][0].update(fields)


def security(**fields: Any) -> Change:
    return lambda job: job["spec"]["template"]["spec"]["containers"][0]["securityContext"].update(fields)


def arguments(*stated: str) -> Change:
    return container(args=list(stated))


def further(*more: str) -> Change:
    return lambda job: job["spec"]["template"]["spec"]["containers"][0]["args"].extend(more)


def label(name: str, value: str) -> Change:
    return lambda job: job["metadata"]["labels"].update({f"guardrail.dev/{name}": value})


def volume(**source: Any) -> Change:
    return pod(volumes=[{"name": "steps", **source}])


def runs(number: int) -> Change:
    """So many containers."""

    def change(job: Body) -> None:
        spec = job["spec"]["template"]["spec"]
        spec["initContainers"] = [{**spec["containers"][0], "name": f"more-{it}"} for it in range(number - 1)]

    return change


FORGED: dict[str, tuple[Change, str]] = {
    "an account of another action": (pod(serviceAccountName="guardrail-update-secret"), ACCOUNT),
    "an account that is not ours": (pod(serviceAccountName="default"), ACCOUNT),
    "no action": (lambda job: job["metadata"]["labels"].pop("guardrail.dev/action"), ACCOUNT),
    "a command": (container(command=["sh"]), KUBECTL),
    "no arguments": (arguments(), KUBECTL),
    "another verb": (arguments("get", "secrets", "--all-namespaces"), KUBECTL),
    "another server": (further("--server=https://example.com"), KUBECTL),
    "another verbosity": (further("--v=9"), KUBECTL),
    "a second namespace": (further("--namespace=kube-system"), KUBECTL),
    "a line within an argument": (arguments("patch\ndeployments.v1.apps", "web"), KUBECTL),
    "the token as a file": (
        lambda job: job["spec"]["template"]["spec"]["containers"][0]["args"].__setitem__(
            -1, f"--patch-file={TOKEN}/token"
        ),
        KUBECTL,
    ),
    "anything created": (
        arguments(
            "create",
            "--filename=/steps/1.json",
            "--namespace=shop",
            "--validate=strict",
            "--field-manager=guardrail",
        ),
        KUBECTL,
    ),
    "a path that climbs": (
        arguments("delete", "--raw=/api/v1/namespaces/../nodes/worker", "--filename=/steps/1.json"),
        KUBECTL,
    ),
    "a collection deleted": (
        arguments("delete", "--raw=/apis/apps/v1/namespaces/shop/deployments", "--filename=/steps/1.json"),
        KUBECTL,
    ),
    "another image": (container(image=f"example.com/shell@sha256:{'b' * 64}"), OTHER_IMAGE),
    "the image by its tag": (container(image="registry.example.com/kubectl:1.36"), OTHER_IMAGE),
    "the image of a digest cut short": (container(image=IMAGE[:-1]), OTHER_IMAGE),
    "root": (security(runAsUser=0), HARDENED),
    "root allowed": (pod(securityContext={"seccompProfile": {"type": "RuntimeDefault"}}), HARDENED),
    "root allowed in the container": (security(runAsNonRoot=False), HARDENED),
    "no seccomp profile": (pod(securityContext={"runAsNonRoot": True}), HARDENED),
    "another seccomp profile": (security(seccompProfile={"type": "Unconfined"}), HARDENED),
    "more privileges": (security(allowPrivilegeEscalation=True), HARDENED),
    "all privileges": (security(privileged=True, allowPrivilegeEscalation=True), HARDENED),
    "capabilities kept": (security(capabilities={}), HARDENED),
    "a capability": (security(capabilities={"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}), HARDENED),
    "a root that can be written": (security(readOnlyRootFilesystem=False), HARDENED),
    "the network of the host": (pod(hostNetwork=True), HARDENED),
    "the processes of the host": (pod(hostPID=True), HARDENED),
    "names of its own": (pod(hostAliases=[{"ip": "10.0.0.1", "hostnames": ["api"]}]), HARDENED),
    "a second try": (lambda job: job["spec"].update(backoffLimit=1), HARDENED),
    "no deadline": (lambda job: job["spec"].pop("activeDeadlineSeconds"), HARDENED),
    "an environment": (container(env=[{"name": "HTTPS_PROXY", "value": "http://10.0.0.1"}]), CONTAINER),
    "the environment of a Secret": (container(envFrom=[{"secretRef": {"name": "x"}}]), CONTAINER),
    "a hook": (container(lifecycle={"postStart": PROBE}), CONTAINER),
    "a probe": (container(livenessProbe=PROBE), CONTAINER),
    "a mount over its token": (container(volumeMounts=[{"name": "steps", "mountPath": TOKEN}]), CONTAINER),
    "a directory of the host": (volume(hostPath={"path": "/"}), VOLUME),
    "a Secret of somebody": (volume(secret={"secretName": "registry"}), VOLUME),
    "one file of a Secret under another name": (
        lambda job: volume(
            secret={"secretName": job["metadata"]["name"], "items": [{"key": "token", "path": "1.json"}]}
        )(job),
        VOLUME,
    ),
    "a volume beside it": (
        pod(volumes=[{"name": "steps", "downwardAPI": {}}, {"name": "more", "emptyDir": {}}]),
        VOLUME,
    ),
    "a token of another audience": (
        volume(projected={"sources": [{"serviceAccountToken": {"path": "token", "audience": "vault"}}]}),
        VOLUME,
    ),
    "another target": (label("name", "api"), TARGET),
    "another namespace": (label("namespace", "default"), TARGET),
    "too many runs": (runs(17), "at most 16 runs of kubectl"),
}


@pytest.mark.parametrize(("change", "told"), FORGED.values(), ids=FORGED)
def test_a_forged_job_is_refused(site: AdmissionSite, change: Change, told: str) -> None:
    job = patching("RolloutRestart", ObjectRef("Deployment", "web", site.within))
    assert site.tries(job) == (201, "")
    forged = deepcopy(job)
    change(forged)
    status, message = site.tries(forged)
    assert (status, told in message) == (403, True), message


def test_a_job_does_not_reach_where_its_author_may_not(site: AdmissionSite) -> None:
    for action, kind in (("UpdateConfigMap", "ConfigMap"), ("UpdateSecret", "Secret")):
        assert site.tries(patching(action, ObjectRef(kind, "settings", site.within))) == (201, "")
        status, message = site.tries(patching(action, ObjectRef(kind, "settings", site.elsewhere)))
        assert (status, MAY_NOT in message) == (403, True), message


@pytest.mark.parametrize("last", [2, 3, 15, 16])
def test_every_run_of_a_job_is_one_its_author_may_do(site: AdmissionSite, last: int) -> None:
    job = patching("UpdateConfigMap", *[ObjectRef("ConfigMap", "settings", site.within)] * last)
    assert site.tries(job) == (201, "")
    job["spec"]["template"]["spec"]["containers"][0]["args"][1] = "services.v1."  # the runner deletes them only
    status, message = site.tries(job)
    assert (status, MAY_NOT in message) == (403, True), message


def test_a_runner_of_one_namespace_does_not_reach_another(site: AdmissionSite) -> None:
    user = site.tenant()
    elsewhere = ObjectRef("ConfigMap", "settings", site.elsewhere)
    assert site.tries_as(user, patching("UpdateConfigMap", ObjectRef("ConfigMap", "settings", site.within))) == ""
    assert MAY_NOT in site.tries_as(user, patching("UpdateConfigMap", elsewhere))


@pytest.mark.parametrize("place", [(), ("namespace",)], ids=["plainly", "as if it were in a namespace of theirs"])
def test_who_has_a_namespace_does_not_reach_nodes(site: AdmissionSite, place: tuple[str, ...]) -> None:
    job = patching("CordonNode", ObjectRef("Node", "worker", ""))
    stated = job["spec"]["template"]["spec"]["containers"][0]["args"]
    stated[3:3] = [f"--namespace={site.within}" for _ in place]
    assert MAY_NOT in site.tries_as(site.tenant(), job)


def test_a_drain_needs_the_right_to_evict_everywhere(site: AdmissionSite, stage: Stage) -> None:
    nodes = {"apiGroups": [""], "resources": ["nodes"], "verbs": ["patch"]}
    evictions = {"apiGroups": [""], "resources": ["pods/eviction"], "verbs": ["create"]}
    (drain,) = site.planned(stage, "DrainNode")
    assert MAY_NOT in site.tries_as(site.tenant(evictions), drain)
    assert "may not evict pods in the whole cluster" in site.tries_as(site.tenant(nodes), drain)
    assert site.tries_as(site.tenant(nodes, evictions), drain) == ""


@pytest.mark.parametrize(
    "forged",
    [
        {**steps_secret(), "type": "Opaque"},
        {
            **steps_secret(),
            "type": "kubernetes.io/service-account-token",
            "metadata": {
                **steps_secret()["metadata"],
                "annotations": {"kubernetes.io/service-account.name": "default"},
            },
        },
        {**steps_secret(), "immutable": False},
        steps_secret() | {"metadata": {"name": "job-1", "namespace": SYSTEM}},
        steps_secret(kind="Pod"),
        steps_secret(blockOwnerDeletion=False),
        steps_secret() | {"metadata": {**steps_secret()["metadata"], "name": "job-2"}},
    ],
    ids=["a type of its own", "a token", "may change", "no owner", "a pod's", "stays after its Job", "another Job's"],
)
def test_a_forged_secret_is_refused(site: AdmissionSite, forged: Body) -> None:
    assert site.tries(steps_secret(), SECRETS) == (201, "")
    status, message = site.tries(forged, SECRETS)
    assert (status, "makes only those that belong to a Job of the same name" in message) == (403, True), message


@pytest.fixture
def waiting(site: AdmissionSite) -> Iterator[str]:
    """Name of a Job whose pod finds no node."""
    body = patching("RolloutRestart", ObjectRef("Deployment", "web", site.within))
    name = str(site.runner.done("POST", JOBS, body)["metadata"]["name"])
    yield name
    site.admin.delete(f"{JOBS}/{name}", propagationPolicy="Background")


def test_the_pod_of_a_job_is_not_changed_by_others(site: AdmissionSite, waiting: str) -> None:
    (pod_name,) = eventually(lambda: site.admin.names(f"{PODS}?labelSelector=job-name={waiting}"))
    changes: list[Body] = [
        {"spec": {"activeDeadlineSeconds": 1}},
        {"metadata": {"annotations": {"guardrail.dev/step-1.json": "{}"}}},
    ]
    for change in changes:
        status, found = site.runner.ask("PATCH", f"{PODS}/{pod_name}", change, "application/merge-patch+json")
        assert (status, "made and changed by the Job controller" in found["message"]) == (403, True)


def test_nothing_else_makes_a_pod_under_an_account_of_ours(site: AdmissionSite, waiting: str) -> None:
    template = site.admin.get(f"{JOBS}/{waiting}")["spec"]["template"]["spec"]
    made = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "forged", "namespace": SYSTEM}, "spec": template}
    controllers = "system:serviceaccount:kube-system"
    assert "made and changed by the Job controller" in site.tries_as(f"{controllers}:replicaset-controller", made)
    own = {**made, "spec": {**template, "serviceAccountName": "default"}}
    assert "made and changed by the Job controller" not in site.tries_as(f"{controllers}:replicaset-controller", own)


def test_a_job_takes_its_secret_with_it(site: AdmissionSite, waiting: str) -> None:
    owner = site.admin.get(f"{JOBS}/{waiting}")["metadata"]["uid"]
    site.runner.done("POST", SECRETS, steps_secret(waiting, uid=owner))
    for policy in ("Orphan", "Background"):
        body = {"kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": policy}
        status, found = site.runner.ask("DELETE", f"{JOBS}/{waiting}", body)
        assert (status, "deleted in the foreground" in found["message"]) == (403, True)
    site.runner.delete(f"{JOBS}/{waiting}", propagationPolicy="Foreground")
    site.admin.until(f"{JOBS}/{waiting}", lambda job: job is None)
    assert site.admin.find(path_to("Secret", waiting, SYSTEM)) is None
