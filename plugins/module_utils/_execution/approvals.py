# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""``ExecutionApproval``: somebody else's word for one action on one object with one set of parameters.

Who that somebody is, the API server vouches for: an admission policy lets nobody write another's name, and nobody without
the right to approve write at all. So an approval counts only while that policy is in force. What it cannot see, the gate
checks here: that the approval is for this very request, that it has not expired by the API server's clock, that nobody
has used it, that its author is not the one who asks, and that the author may still approve.

References: KEP-3488 (ValidatingAdmissionPolicy), SubjectAccessReview in authorization.k8s.io/v1.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    object_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import (
    GROUP_VERSION,
    NAMESPACE,
    Record,
    timestamp,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.standing import Approval

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

KIND = "ExecutionApproval"
PLURAL = "executionapprovals"
ADMISSION_POLICY = "guardrail-approvals"
VERBS = {"Approval": "approve", "Override": "override"}

_ADMISSION = "admissionregistration.k8s.io/v1"
_AUTHORIZATION = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
_LEAST_CLAIM = 3


@dataclass(frozen=True)
class Found:
    """What there is for a request.

    Attributes:
        valid: Approvals that count, the oldest first.
        ignored: Name of each of the others, and in words why it does not count.
    """

    valid: tuple[Approval, ...] = ()
    ignored: Mapping[str, str] | None = None


def find(api: Api, record: Record, claims: Mapping[str, Any], *, longest_s: int) -> Found:
    """Look for approvals of a request.

    Args:
        record: Of the request.
        claims: What the launcher says about itself: nobody approves what was launched in his own name.
        longest_s: An approval counts for so many seconds at most, whatever it says itself.

    Raises:
        ApiFailure, Unreachable: They cannot be read.
    """
    query = {"fieldSelector": f"spec.digest={record.digest}"}
    items = api.get(collection_path(GROUP_VERSION, PLURAL, NAMESPACE), query).get("items") or ()
    if not items:
        return Found()
    unguarded = _unguarded(api)
    valid, ignored, now = [], {}, api.now()
    for raw in sorted(items, key=lambda it: (it["metadata"]["creationTimestamp"], it["metadata"]["name"])):
        approval = _approval(raw, longest_s)
        why = (
            unguarded
            or _unfit(raw, record, now, approval)
            or own_word(approval.approver, record.requester, claims)
            or _unauthorised(api, raw)
        )
        if why:
            ignored[approval.name] = why
        else:
            valid.append(approval)
    return Found(tuple(valid), ignored)


def _approval(raw: Mapping[str, Any], longest_s: int) -> Approval:
    spec, created = raw["spec"], datetime.fromisoformat(raw["metadata"]["creationTimestamp"])
    return Approval(
        name=raw["metadata"]["name"],
        type=str(spec.get("type") or "Approval").lower(),
        approver=spec["approver"],
        reason=spec.get("reason", "").strip(),
        created=timestamp(created),
        expires=timestamp(created + timedelta(seconds=min(spec["validForSeconds"], longest_s))),
    )


def _unfit(raw: Mapping[str, Any], record: Record, now: datetime, approval: Approval) -> str:
    """Why an approval does not fit the request; empty when it does."""
    spec, used_by = raw["spec"], (raw.get("status") or {}).get("consumedBy")
    target = spec["target"]
    stated = (target["kind"], target.get("namespace", ""), target["name"], target["uid"], spec["action"])
    asked = (record.target.kind, record.target.namespace, record.target.name, record.uid, record.action)
    if used_by and used_by != record.name:  # its own it keeps at a second judgement
        return f"it was used by {used_by}"
    # The right to approve is checked for the target that it names, so that has to be the target it is used for.
    if spec["digest"] != record.digest or stated != asked:
        return "it names another action or another target than its digest"
    if now >= datetime.fromisoformat(approval.expires):
        return f"it expired at {approval.expires}"
    return ""


def own_word(approver: str, requester: str, claims: Mapping[str, Any]) -> str:
    """Why the word of this approver is the requester's own; empty when it is not."""
    if approver == requester:
        return "it comes from the identity that asks"
    # Claims prove nothing, but a launcher that names the approver as the one who launched gives himself away.
    short = approver.rpartition(":")[2].casefold()
    named = {str(value).casefold() for value in claims.values() if len(str(value)) >= _LEAST_CLAIM}
    if named & {approver.casefold(), short}:
        return "it comes from the one in whose name the action was launched"
    return ""


def _unauthorised(api: Api, raw: Mapping[str, Any]) -> str:
    """Why the approver may not approve now; rights that were withdrawn since take the approval with them."""
    spec = raw["spec"]
    verb = VERBS.get(spec.get("type") or "Approval", "approve")
    attributes = {"verb": verb, "group": "guardrail.dev", "resource": "kubernetesexecutions"}
    namespace = spec["target"].get("namespace", "")
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {
            "user": spec["approver"],
            "groups": list(spec.get("approverGroups") or ()),
            "resourceAttributes": {**attributes, **({"namespace": namespace} if namespace else {})},
        },
    }
    if api.create(_AUTHORIZATION, review)["status"].get("allowed") is True:
        return ""
    where = f"in namespace {namespace}" if namespace else "in the whole cluster"
    return f"{spec['approver']} has no right to {verb} {where} (any more; a group that grants it must be in approverGroups)"


def _unguarded(api: Api) -> str:
    """Why no approval can be believed: the admission policy that vouches for their authors is not in force."""
    for plural in ("validatingadmissionpolicies", "validatingadmissionpolicybindings"):
        try:
            spec = api.get(object_path(_ADMISSION, plural, ADMISSION_POLICY)).get("spec") or {}
        except ApiFailure as failure:
            if failure.status != 404:
                raise
            return f"the admission policy {ADMISSION_POLICY} that vouches for approvers is not installed"
        if plural == "validatingadmissionpolicies" and spec.get("failurePolicy", "Fail") != "Fail":
            return f"the admission policy {ADMISSION_POLICY} does not fail closed"
        if plural == "validatingadmissionpolicybindings" and (
            spec.get("policyName") != ADMISSION_POLICY
            or "Deny" not in (spec.get("validationActions") or ())
            or spec.get("matchResources")
        ):
            return f"the admission policy {ADMISSION_POLICY} is not enforced everywhere"
    return ""


def in_words(ignored: Mapping[str, str] | None) -> Iterable[str]:
    """One sentence for each approval that does not count."""
    return (f"ExecutionApproval {name} does not count: {why}." for name, why in sorted((ignored or {}).items()))
