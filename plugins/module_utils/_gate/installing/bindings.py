# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From "who is runner, who is approver" to RBAC bindings. Pure.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.server_side_apply import RBAC
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.published_library import NAMESPACE
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest

PART_LABEL = "guardrail.dev/subjects-of"
MEDIK8S_NAMESPACE = "medik8s-leases"

_EVERYWHERE = ""
_GROUP = RBAC.split("/", maxsplit=1)[0]


@dataclass(frozen=True)
class Grant:
    """One role that a part brings.

    Attributes:
        binding: Name of the binding.
        kind, role: ``Role`` or ``ClusterRole``, and its name.
        namespace: Where it is bound; empty for the whole cluster.
        scoped: A subject's ``within`` says where instead.
        account: Service account of ours that gets it, instead of the part's subjects: it works for them.
        otherwise_nowhere: A scoped role of a subject without ``within`` is bound nowhere, and not in the whole cluster.
    """

    binding: str
    kind: str
    role: str
    namespace: str = _EVERYWHERE
    scoped: bool = False
    otherwise_nowhere: bool = False
    account: str = ""


_IN_NAMESPACES = "guardrail-runner-in-namespaces"
GRANTS: Mapping[str, tuple[Grant, ...]] = {
    "runner": (
        Grant("guardrail-runner", "ClusterRole", "guardrail-runner"),
        Grant("guardrail-runner", "Role", "guardrail-runner", NAMESPACE),
        Grant("guardrail-runner", "Role", "guardrail-runner", MEDIK8S_NAMESPACE),
        Grant(_IN_NAMESPACES, "ClusterRole", _IN_NAMESPACES, scoped=True, otherwise_nowhere=True),
        *(
            Grant(account, "ClusterRole", account, scoped=True, otherwise_nowhere=True, account=account)
            for account in ("guardrail-update-config-map", "guardrail-update-secret")
        ),
    ),
    "approver": (
        Grant("guardrail-approver", "Role", "guardrail-approver", NAMESPACE),
        Grant("guardrail-approve", "ClusterRole", "guardrail-approve", scoped=True),
    ),
    "overrider": (
        Grant("guardrail-overrider", "Role", "guardrail-approver", NAMESPACE),
        Grant("guardrail-override", "ClusterRole", "guardrail-override", scoped=True),
    ),
    "reviewer": (Grant("guardrail-reviewer", "ClusterRole", "guardrail-review", NAMESPACE),),
    "policy_admin": (Grant("guardrail-policy-admin", "Role", "guardrail-policy-admin", NAMESPACE),),
    "auditor": (Grant("guardrail-auditor", "Role", "guardrail-auditor", NAMESPACE),),
}


def bindings(part: str, subjects: Sequence[Mapping[str, Any]], namespaces: frozenset[str]) -> Iterator[dict[str, Any]]:
    """The bindings that give a part to its subjects. A binding without a subject is none.

    Args:
        part: A key of ``GRANTS``.
        subjects: ``{kind, name, namespace, within}`` as the module takes them.
        namespaces: Those that have roles of ours; a role elsewhere is not bound.

    Raises:
        InvalidRequest: A service account without a namespace, or a namespace for another kind; or a runner that could
            rewrite the library that judges it.
    """
    for grant in GRANTS[part]:
        if grant.kind == "Role" and grant.namespace not in namespaces:
            continue
        members: dict[str, list[dict[str, str]]] = defaultdict(list)
        for subject in subjects:
            rendered = _own_account(grant.account) if grant.account else _rendered(part, subject)
            for place in _places(grant, subject):
                if rendered not in members[place]:
                    members[place].append(rendered)
        for place, found in members.items():
            yield _binding(part, grant, place, found)


def _places(grant: Grant, subject: Mapping[str, Any]) -> Sequence[str]:
    """Namespaces to bind in. An empty list is nowhere, and not the whole cluster: somebody computed it."""
    if not grant.scoped:
        return [grant.namespace]
    within: Sequence[str] | None = subject.get("within")
    if within is None:
        return [] if grant.otherwise_nowhere else [_EVERYWHERE]
    if grant.role == _IN_NAMESPACES and NAMESPACE in within:
        raise InvalidRequest(
            "installation.runner-within-library",
            f"The runner {subject['name']} would be let change the policy library: within names {NAMESPACE}.",
            f"Take {NAMESPACE} off the list; what every runner needs there is bound anyway.",
        )
    return within


def _binding(part: str, grant: Grant, namespace: str, subjects: list[dict[str, str]]) -> dict[str, Any]:
    labels = {"app.kubernetes.io/part-of": "guardrail", PART_LABEL: part}
    place = {"namespace": namespace} if namespace else {}
    return {
        "apiVersion": RBAC,
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": {"name": grant.binding, **place, "labels": labels},
        "roleRef": {"apiGroup": _GROUP, "kind": grant.kind, "name": grant.role},
        "subjects": subjects,
    }


def _own_account(name: str) -> dict[str, str]:
    return {"kind": "ServiceAccount", "name": name, "namespace": NAMESPACE}


def _rendered(part: str, subject: Mapping[str, Any]) -> dict[str, str]:
    kind, name, namespace = subject["kind"], subject["name"], subject.get("namespace") or ""
    account = kind == "ServiceAccount"
    if account != bool(namespace):
        raise InvalidRequest(
            "installation.subject-invalid",
            f"The {part} {kind} {name} {'needs a namespace' if account else 'has a namespace, which no such kind has'}.",
        )
    return {"kind": kind, "name": name, **({"namespace": namespace} if account else {"apiGroup": _GROUP})}
