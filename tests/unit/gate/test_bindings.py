# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who gets which binding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.bindings import GRANTS, bindings

SYSTEM = "guardrail-system"
AWX = {"kind": "ServiceAccount", "name": "awx", "namespace": "automation"}
SRE = {"kind": "Group", "name": "sre", "namespace": None, "within": None}
LEADS = {"kind": "Group", "name": "leads", "namespace": None, "within": ["shop", "billing"]}
NOWHERE = {"kind": "User", "name": "eve", "namespace": None, "within": []}


def bound(part: str, *subjects: Mapping[str, Any], namespaces: tuple[str, ...] = (SYSTEM,)) -> dict[str, list[str]]:
    """``role in namespace`` -> names of the subjects."""
    return {
        f"{one['roleRef']['name']} in {one['metadata'].get('namespace', 'the cluster')}": [
            subject["name"] for subject in one["subjects"]
        ]
        for one in bindings(part, subjects, frozenset(namespaces))
    }


def test_a_binding_is_complete() -> None:
    assert list(bindings("policy_admin", [AWX, SRE], frozenset({SYSTEM}))) == [
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {
                "name": "guardrail-policy-admin",
                "namespace": SYSTEM,
                "labels": {"app.kubernetes.io/part-of": "guardrail", "guardrail.dev/subjects-of": "policy_admin"},
            },
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "guardrail-policy-admin"},
            "subjects": [AWX, {"kind": "Group", "name": "sre", "apiGroup": "rbac.authorization.k8s.io"}],
        }
    ]


def test_an_approver_approves_everywhere_or_within() -> None:
    assert bound("approver", SRE, LEADS, NOWHERE, SRE) == {
        f"guardrail-approver in {SYSTEM}": ["sre", "leads", "eve"],
        "guardrail-approve in the cluster": ["sre"],
        "guardrail-approve in shop": ["leads"],
        "guardrail-approve in billing": ["leads"],
    }


def test_a_runner_touches_secrets_only_within() -> None:
    """Everything else it may do everywhere; without namespaces there are none, and not all."""
    everywhere = {f"guardrail-runner in {place}": ["sre", "leads", "eve"] for place in ("the cluster", SYSTEM)}
    accounts = ("guardrail-update-config-map", "guardrail-update-secret")
    assert bound("runner", SRE, LEADS, NOWHERE) == {
        **everywhere,
        **{f"guardrail-runner-in-namespaces in {place}": ["leads"] for place in ("shop", "billing")},
        **{f"{account} in {place}": [account] for account in accounts for place in ("shop", "billing")},
    }


def test_a_runner_is_not_let_rewrite_the_library() -> None:
    with pytest.raises(InvalidRequest) as refused:
        bound("runner", {**LEADS, "within": ["shop", SYSTEM]})
    assert refused.value.code == "installation.runner-within-library"


def test_the_locks_of_others_are_bound_where_their_namespace_is() -> None:
    without = {"guardrail-runner in the cluster": ["awx"], f"guardrail-runner in {SYSTEM}": ["awx"]}
    assert bound("runner", AWX) == without
    with_locks = bound("runner", AWX, namespaces=(SYSTEM, "medik8s-leases"))
    assert with_locks == {**without, "guardrail-runner in medik8s-leases": ["awx"]}


@pytest.mark.parametrize("part", sorted(GRANTS))
def test_nobody_gets_no_binding(part: str) -> None:
    assert list(bindings(part, [], frozenset({SYSTEM}))) == []


def test_no_two_bindings_have_one_name() -> None:
    """They would overwrite each other."""
    places = [
        (one["kind"], one["metadata"].get("namespace"), one["metadata"]["name"])
        for part in GRANTS
        for one in bindings(part, [SRE, LEADS], frozenset({SYSTEM, "medik8s-leases"}))
    ]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param({"kind": "ServiceAccount", "name": "awx", "namespace": None}, id="account without namespace"),
        pytest.param({"kind": "User", "name": "alice", "namespace": "shop"}, id="user with namespace"),
    ],
)
def test_a_subject_that_cannot_be_is_refused(subject: Mapping[str, Any]) -> None:
    with pytest.raises(InvalidRequest) as refused:
        list(bindings("runner", [subject], frozenset({SYSTEM})))
    assert refused.value.code == "installation.subject-invalid"
