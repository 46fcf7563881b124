# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Applying one object, and waiting until what was applied is in force. The real thing: tests/integration."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api import server_side_apply
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, DeadlineExceeded
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef
from tests.unit.cluster_rest.fake_server import Sent, answer, api_with, status

RBAC = server_side_apply.RBAC
ROLE: dict[str, Any] = {
    "apiVersion": RBAC,
    "kind": "Role",
    "metadata": {"name": "reader", "namespace": "shop"},
    "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}],
}
PATH = f"/apis/{RBAC}/namespaces/shop/roles/reader"
APPLIED = f"{PATH}?fieldManager=guardrail&fieldValidation=Strict&force=true"
CRD = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "a.b.c"}}
FORGERY = {"apiVersion": "guardrail.dev/v1alpha1", "kind": "ExecutionApproval", "metadata": {"name": "f"}}


def stored(version: str = "5", owner: str = "guardrail", fields: str = "f:rules", **changes: Any) -> dict[str, Any]:
    managed = [
        {"manager": owner, "operation": "Apply", "time": f"T{version}", "fieldsV1": {fields: {}}},
        {"manager": "kube-controller-manager", "operation": "Update", "fieldsV1": {f"f:{version}": {}}},
    ]
    metadata = {**ROLE["metadata"], "uid": "u", "resourceVersion": version, "managedFields": managed}
    return {**ROLE, "metadata": metadata, "status": {"seen": version}, **changes}


def test_what_is_there_already_is_not_written() -> None:
    api, transport, _clock = api_with(answer(200, stored("5")), answer(200, stored("6")))
    applied = server_side_apply.apply(api, ROLE, dry_run=False)
    assert (applied.change, applied.before, applied.after) == ("unchanged", ROLE, ROLE)
    assert transport.sent == [
        Sent("GET", PATH),
        Sent("PATCH", f"{APPLIED}&dryRun=All", ROLE, "application/apply-patch+yaml"),
    ]


@pytest.mark.parametrize(
    ("before", "change"),
    [
        pytest.param(status(404, "NotFound"), "created", id="missing"),
        pytest.param(answer(200, stored(rules=[])), "updated", id="other rules"),
        pytest.param(answer(200, stored(owner="kubectl")), "updated", id="somebody else's"),
        pytest.param(answer(200, stored(fields="f:metadata")), "updated", id="partly ours"),
    ],
)
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_differs_is_written_unless_it_is_a_rehearsal(before: Any, change: str, dry_run: bool) -> None:
    api, transport, _clock = api_with(before, answer(200, stored()), answer(200, stored()))
    assert server_side_apply.apply(api, ROLE, dry_run=dry_run).change == change
    written = [sent.target for sent in transport.sent if sent.method == "PATCH"]
    assert written == ([f"{APPLIED}&dryRun=All"] if dry_run else [f"{APPLIED}&dryRun=All", APPLIED])


def test_a_refusal_is_the_caller_s() -> None:
    api, _transport, _clock = api_with(answer(200, stored(rules=[])), status(403, "Forbidden"))
    with pytest.raises(ApiFailure):
        server_side_apply.apply(api, ROLE, dry_run=False)


def test_what_is_removed_is_what_was_found() -> None:
    api, transport, _clock = api_with(answer(200, {"items": [stored()]}), answer(200))
    (found,) = server_side_apply.labelled(api, RBAC, "Role", "part=runner")
    removed = server_side_apply.remove(api, found, dry_run=False)
    assert (removed.change, removed.target, removed.before) == ("deleted", ObjectRef("Role", "reader", "shop"), ROLE)
    body = {"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "u"}}
    assert transport.sent[-1] == Sent("DELETE", PATH, body, "application/json")


def definition(*conditions: tuple[str, str]) -> Any:
    return answer(200, {"status": {"conditions": [{"type": kind, "status": state} for kind, state in conditions]}})


def test_a_definition_is_awaited_until_it_is_served() -> None:
    states = (answer(200), definition(("NamesAccepted", "True"), ("Established", "False")))
    api, transport, clock = api_with(*states, definition(("Established", "True")))
    server_side_apply.await_established(api, CRD, Deadline(0.0 + 1, clock=lambda: 0.0))
    assert (len(transport.sent), clock.now) == (3, 0.0)


def test_a_definition_that_is_never_served_is_a_failure() -> None:
    api, _transport, clock = api_with(respond=lambda _sent: definition(("NamesAccepted", "False")))
    with pytest.raises(DeadlineExceeded) as late:
        server_side_apply.await_established(api, CRD, Deadline(0, clock=clock))
    assert late.value.code == "installation.not-established"


@pytest.mark.parametrize(
    ("message", "seen"),
    [
        pytest.param("ValidatingAdmissionPolicy 'guard' denied request: no", True, id="by the policy"),
        pytest.param("cannot create resource", False, id="by somebody else"),
    ],
)
def test_a_forgery_that_is_refused_shows_by_whom(message: str, seen: bool) -> None:
    api, transport, clock = api_with(status(404, "NotFound"), answer(201), status(403, "Forbidden", message))
    deadline = Deadline(5, clock=clock)
    assert server_side_apply.await_refusal(api, FORGERY, "executionapprovals", "guard", deadline) is seen
    assert all(sent.target.endswith("dryRun=All") for sent in transport.sent)


def test_a_forgery_that_is_admitted_for_ever_is_a_failure() -> None:
    api, _transport, clock = api_with(respond=lambda _sent: answer(201))
    with pytest.raises(DeadlineExceeded) as late:
        server_side_apply.await_refusal(api, FORGERY, "executionapprovals", "guard", Deadline(0, clock=clock))
    assert late.value.code == "installation.not-enforced"
