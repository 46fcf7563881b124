# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manifests of role executor: documented, fail closed, least privilege."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.published_library import NAME, NAMESPACE
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.bindings import GRANTS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.installation import read_manifests
from tests.conftest import ROOT

FILES = ROOT / "roles/executor/files"
MANIFESTS = read_manifests([str(FILES / "manifests"), str(FILES / "medik8s")])
WRITES = {"create", "update", "patch", "delete", "deletecollection"}


def of_kind(kind: str) -> list[Mapping[str, Any]]:
    return [manifest for manifest in MANIFESTS if manifest["kind"] == kind]


def schemas() -> Iterator[tuple[str, Mapping[str, Any]]]:
    for definition in of_kind("CustomResourceDefinition"):
        for version in definition["spec"]["versions"]:
            yield from below(definition["spec"]["names"]["kind"], version["schema"]["openAPIV3Schema"])


def below(path: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield path, schema
    for name, inner in schema.get("properties", {}).items():
        yield from below(f"{path}.{name}", inner)
    for word in ("items", "additionalProperties"):
        if isinstance(schema.get(word), Mapping):
            yield from below(f"{path}[]", schema[word])


def rules(kind: str, name: str, group: str | None = None) -> Iterator[tuple[str, str]]:
    """Resource and verb of each right that a role gives."""
    for role in of_kind(kind):
        for rule in role["rules"] if role["metadata"]["name"] == name else ():
            if group is None or group in rule["apiGroups"]:
                yield from ((resource, verb) for resource in rule["resources"] for verb in rule["verbs"])


def test_every_field_of_a_record_and_of_an_approval_is_described() -> None:
    found = dict(schemas())
    assert [path for path, schema in found.items() if not schema.get("description", "").endswith(".")] == []
    assert {"KubernetesExecution.status.decision.violations[].remedy", "ExecutionApproval.spec.digest"} <= set(found)


def test_every_text_and_every_list_has_an_end() -> None:
    """The cost of a rule is estimated from the bounds; without one the API server refuses the definition."""
    endless = [
        path
        for path, schema in schemas()
        if path.count(".") > 1
        and not schema.get("enum")
        and schema.get("format") != "date-time"
        and (
            (schema.get("type") == "string" and "maxLength" not in schema)
            or (schema.get("type") == "array" and "maxItems" not in schema)
        )
    ]
    assert endless == []


@pytest.mark.parametrize("policy", of_kind("ValidatingAdmissionPolicy"), ids=lambda one: one["metadata"]["name"])
def test_every_admission_policy_fails_closed_and_is_in_force(policy: Mapping[str, Any]) -> None:
    assert policy["spec"]["failurePolicy"] == "Fail"
    bound = [one["spec"] for one in of_kind("ValidatingAdmissionPolicyBinding")]
    # What a policy takes from the library is missing without one: then nothing passes.
    library = {"name": NAME, "namespace": NAMESPACE, "parameterNotFoundAction": "Deny"}
    parameters = {"paramRef": library} if "paramKind" in policy["spec"] else {}
    assert {"policyName": policy["metadata"]["name"], "validationActions": ["Deny"], **parameters} in bound
    assert all("message" in one or "messageExpression" in one for one in policy["spec"]["validations"])


def test_no_role_gives_everything_of_anything() -> None:
    wildcards = [
        role["metadata"]["name"]
        for role in of_kind("ClusterRole") + of_kind("Role")
        for rule in role["rules"]
        if "*" in [*rule["apiGroups"], *rule["resources"], *rule["verbs"]]
    ]
    assert wildcards == []


def test_no_role_reads_secrets_or_grants_rights() -> None:
    """But those that are bound in single namespaces only."""
    in_namespaces = {grant.role for grants in GRANTS.values() for grant in grants if grant.otherwise_nowhere}
    rights = {
        (resource, verb)
        for role in of_kind("ClusterRole") + of_kind("Role")
        if role["metadata"]["name"] not in in_namespaces
        for rule in role["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert {verb for resource, verb in rights if resource == "secrets"} <= {"create"}
    assert {verb for _, verb in rights} & {"bind", "escalate", "impersonate"} == set()


def test_what_reaches_secrets_is_bound_in_single_namespaces_only() -> None:
    """Cluster-wide it would reach the published library and everybody's credentials."""
    rights = {"configmaps": {"get", "patch"}, "secrets": {"get", "patch"}, "jobs": {"get", "create"}}
    given = set(rules("ClusterRole", "guardrail-runner-in-namespaces"))
    assert given == {(resource, verb) for resource, verbs in rights.items() for verb in verbs}
    granted = [
        grant for grants in GRANTS.values() for grant in grants if grant.role == "guardrail-runner-in-namespaces"
    ]
    assert [(grant.scoped, grant.otherwise_nowhere) for grant in granted] == [(True, True)]


def test_who_runs_actions_neither_approves_nor_publishes() -> None:
    rights = set(rules("Role", "guardrail-runner")) | set(rules("ClusterRole", "guardrail-runner"))
    assert {verb for resource, verb in rights if resource == "executionapprovals"} == {"get", "list"}
    assert {verb for resource, verb in rights if resource == "configmaps"} == {"get", "list"}
    assert {verb for resource, verb in rights if resource == "kubernetesexecutions"} == {
        "get",
        "list",
        "create",
        "deletecollection",
    }
    assert {verb for resource, verb in rights if resource == "kubernetesexecutions/status"} == {"patch"}
    assert rights & {("kubernetesexecutions", verb) for verb in ("approve", "override", "review")} == set()


def test_who_approves_or_audits_carries_nothing_out() -> None:
    for name in ("guardrail-approver", "guardrail-auditor"):
        written = {resource for resource, verb in rules("Role", name) if verb in WRITES}
        assert written <= {"executionapprovals", "executionapprovals/status"}


@pytest.mark.parametrize("part", sorted(GRANTS))
def test_every_part_has_its_roles(part: str) -> None:
    roles = {
        (role["kind"], role["metadata"]["name"], role["metadata"].get("namespace", ""))
        for role in of_kind("ClusterRole") + of_kind("Role")
    }
    needed = {(grant.kind, grant.role, grant.namespace if grant.kind == "Role" else "") for grant in GRANTS[part]}
    assert needed <= roles
