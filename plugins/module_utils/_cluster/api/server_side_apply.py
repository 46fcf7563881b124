# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Server-side apply of the objects that an installation consists of, and whether they are in force.

Knows how to bring one object to what a manifest states and what that changes. Leaves to its caller which objects, and in
what order. What is stated becomes ours (field manager ``guardrail``, forced); what is not stated stays as it is.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    object_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.spelling import FIELD_MANAGER
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline, wait_until
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, DeadlineExceeded
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Write

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

RBAC = "rbac.authorization.k8s.io/v1"

# In the order in which they are applied: what is trusted exists before anybody has a right to use it.
PLURALS: Mapping[tuple[str, str], str] = {
    ("v1", "Namespace"): "namespaces",
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"): "customresourcedefinitions",
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy"): "validatingadmissionpolicies",
    ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding"): "validatingadmissionpolicybindings",
    ("v1", "ServiceAccount"): "serviceaccounts",
    (RBAC, "ClusterRole"): "clusterroles",
    (RBAC, "Role"): "roles",
    (RBAC, "ClusterRoleBinding"): "clusterrolebindings",
    (RBAC, "RoleBinding"): "rolebindings",
}

_APPLY_PATCH = "application/apply-patch+yaml"  # JSON is YAML
_NOT_STATED = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid")


@dataclass(frozen=True)
class Applied:
    """What became of one object.

    Attributes:
        target: The object.
        before: Its content without status and what only the API server writes; empty when it was not there.
        after: The same afterwards; empty when it is gone.
        changed: It differs, or it was not ours yet.
    """

    target: ObjectRef
    before: Mapping[str, Any] = field(repr=False)
    after: Mapping[str, Any] = field(repr=False)
    changed: bool = True

    @property
    def change(self) -> str:
        """``created``, ``updated``, ``deleted`` or ``unchanged``."""
        if not self.changed:
            return "unchanged"
        return "updated" if self.before and self.after else "created" if self.after else "deleted"


def reference(manifest: Mapping[str, Any]) -> ObjectRef:
    metadata = manifest["metadata"]
    return ObjectRef(manifest["kind"], metadata["name"], metadata.get("namespace", ""))


def exists(api: Api, manifest: Mapping[str, Any]) -> bool:
    """One call."""
    return _read(api, _path(manifest)) is not None


def apply(api: Api, manifest: Mapping[str, Any], *, dry_run: bool) -> Applied:
    """Bring an object to what the manifest states. Two calls, a third one to write it if it differs.

    Args:
        dry_run: Nothing is written; the API server says what it would have made of it.

    Raises:
        ApiFailure: The API server refused.
        Unreachable: No answer.
    """
    target, path = reference(manifest), _path(manifest)
    before = _read(api, path)
    write = Write("apply", path, manifest, target, _APPLY_PATCH)
    after = api.send(write, dry_run=True)
    changed = before is None or _content(before) != _content(after) or _owned(before) != _owned(after)
    if changed and not dry_run:
        after = api.send(write, dry_run=False)
    return Applied(target, _content(before) if before else {}, _content(after), changed)


def as_stated(manifest: Mapping[str, Any]) -> Applied:
    """What ``apply`` would create, where even a dry run is impossible because the namespace is yet to be made."""
    return Applied(reference(manifest), {}, manifest)


def labelled(api: Api, api_version: str, kind: str, selector: str) -> tuple[Mapping[str, Any], ...]:
    """The objects of a kind in all namespaces that a label selector selects, complete with version and kind."""
    found = api.list(collection_path(api_version, PLURALS[api_version, kind]), {"labelSelector": selector})
    return tuple({"apiVersion": api_version, "kind": kind, **item} for item in found)


def remove(api: Api, found: Mapping[str, Any], *, dry_run: bool) -> Applied:
    """Delete exactly the object that was found. One call."""
    target = reference(found)
    body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": found["metadata"]["uid"]}}
    api.send(Write("delete", _path(found), body, target), dry_run=dry_run)
    return Applied(target, _content(found), {})


def find(api: Api, manifest: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The object that a manifest names, as it is now; ``None`` when it is not there. One call."""
    return _read(api, _path(manifest))


def await_gone(api: Api, removed: Mapping[str, Any], deadline: Deadline) -> None:
    """Wait until a removed object is no more; another one of its name is not waited for.

    Raises:
        DeadlineExceeded: It does not go, for example since a finalizer in it keeps it.
    """
    bounded, path, uid = api.until(deadline), _path(removed), removed["metadata"]["uid"]
    waited = wait_until(
        lambda: _read(bounded, path), lambda found: found is None or found["metadata"]["uid"] != uid, deadline
    )
    if not waited.satisfied:
        conditions = ((waited.last or {}).get("status") or {}).get("conditions") or ()
        said = " ".join(str(it.get("message", "")) for it in conditions if it.get("status") == "True")
        raise DeadlineExceeded(
            "installation.not-removed",
            f"{reference(removed).label} is being deleted, but is still there. {said}".rstrip(),
            "Look at its finalizers and conditions, then run the task again: it goes on where it stopped.",
        )


def await_established(api: Api, definition: Mapping[str, Any], deadline: Deadline) -> None:
    """Wait until the API server serves a CustomResourceDefinition.

    Raises:
        DeadlineExceeded: It does not, for example since another one has its names.
    """
    bounded, path = api.until(deadline), _path(definition)
    waited = wait_until(lambda: _conditions(bounded.get(path)), lambda found: found.get("Established", False), deadline)
    if not waited.satisfied:
        raise DeadlineExceeded(
            "installation.not-established",
            f"The API server does not serve {reference(definition).label} yet. {waited.reason}",
            "Look at the conditions in its status; another definition may have the same names.",
        )


def await_refusal(api: Api, forgery: Mapping[str, Any], plural: str, policy: str, deadline: Deadline) -> bool:
    """Wait until an admission policy refuses what it is there to refuse. Every attempt is a dry run.

    Returns:
        ``False`` when somebody else refused first (no right to create it), so that nothing is known of the policy.

    Raises:
        DeadlineExceeded: The forgery would still be admitted.
    """
    target = reference(forgery)
    path = collection_path(forgery["apiVersion"], plural, target.namespace)
    bounded, write = api.until(deadline), Write("create", path, forgery, target)

    def refusal() -> str:
        try:
            bounded.send(write, dry_run=True)
        except ApiFailure as failure:
            if failure.status == 403:
                return failure.message
            if failure.status != 404:  # one of several API servers may not serve the kind yet
                raise
        return ""

    waited = wait_until(refusal, bool, deadline)
    if not waited.satisfied:
        raise DeadlineExceeded(
            "installation.not-enforced",
            f"The API server admits what ValidatingAdmissionPolicy {policy} forbids. {waited.reason}",
            "Check that the API server enables ValidatingAdmissionPolicy, and that the policy and its binding exist.",
        )
    return policy in (waited.last or "")


def _path(manifest: Mapping[str, Any]) -> str:
    target = reference(manifest)
    plural = PLURALS[manifest["apiVersion"], manifest["kind"]]
    return object_path(manifest["apiVersion"], plural, target.name, target.namespace)


def _read(api: Api, path: str) -> dict[str, Any] | None:
    try:
        return api.get(path)
    except ApiFailure as failure:
        if failure.status != 404:
            raise
    return None


def _content(raw: Mapping[str, Any]) -> dict[str, Any]:
    content = {key: copy.deepcopy(value) for key, value in raw.items() if key != "status"}
    content["metadata"] = {key: value for key, value in content["metadata"].items() if key not in _NOT_STATED}
    return content


def _owned(raw: Mapping[str, Any]) -> Any:
    """The fields that are ours. Who else has some is not for us to report as a change."""
    managers = raw["metadata"].get("managedFields") or ()
    ours = [entry for entry in managers if (entry["manager"], entry["operation"]) == (FIELD_MANAGER, "Apply")]
    return [entry.get("fieldsV1") for entry in ours]


def _conditions(definition: Mapping[str, Any]) -> dict[str, bool]:
    conditions = (definition.get("status") or {}).get("conditions") or ()
    return {condition["type"]: condition["status"] == "True" for condition in conditions}
