# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drains in a cluster whose other tools go by the Leases of medik8s: taken before the cordon, given back however it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import passage
from tests.cluster.cluster import Cluster
from tests.conftest import ROOT
from tests.integration.api_proxy import ApiProxy
from tests.integration.drain_calls import Drain
from tests.integration.drain_site import CORDON, EVICTION, Site
from tests.integration.faults import BUDGET_REFUSAL, Answer, Call, Match, request_to
from tests.integration.gate_calls import GateCalls, assert_failed, assert_succeeded
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import deployment, in_pool
from tests.integration.gate_records import LEASES, Records, deeds, is_lease, to_phase, writes_beside_record

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.drain_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

ROLE = ROOT / "roles/executor/files/medik8s/runner.yaml"
OTHER = "node-maintenance"
NAMESPACE = path_to("Namespace", "medik8s-leases")
BINDING = path_to("RoleBinding", "test-runner", "medik8s-leases")
TIMEOUT_S = 60
Lease = dict[str, Any]


@pytest.fixture(scope="module")
def namespace_of_locks(admin: PlainClient) -> Iterator[None]:
    """As in a cluster with medik8s. Other tests rely on a cluster without."""
    admin.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "medik8s-leases"}})
    yield
    admin.delete(NAMESPACE)
    admin.until(NAMESPACE, lambda found: found is None)


@pytest.fixture
def locks(namespace_of_locks: None, admin: PlainClient) -> None:
    """What the role executor installs there, bound to the runner."""
    (role,) = yaml.safe_load_all(ROLE.read_text())
    subject = {"kind": "ServiceAccount", "name": "runner", "namespace": "guardrail-identities"}
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": role["metadata"]["name"]}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "test-runner", "namespace": "medik8s-leases"},
        "roleRef": reference,
        "subjects": [subject],
    }
    admin.apply(role, binding)


@pytest.fixture
def proxy_of(cluster: Cluster, tmp_path: Path, afterwards: ExitStack) -> Callable[[str], ApiProxy]:
    """A recording proxy as another identity than the runner."""
    return lambda identity: afterwards.enter_context(ApiProxy(cluster.kubeconfig(identity), tmp_path))


@pytest.fixture
def occupied(site: Site) -> Site:
    """Two pods under a budget that allows both, and room for them."""
    site.place(deployment(site.namespace, replicas=2, **in_pool(site.pool)), pods=2)
    site.guard(2, maxUnavailable=2)
    site.spare()
    return site


def lease_of(site: Site) -> Lease | None:
    return site.admin.find(f"{LEASES}/node-{site.node}")


def held_by_another(site: Site, *, since_s: float = 0.0, seconds: int = 600) -> None:
    """Another tool takes the Lease, or took it so long ago."""
    moment = (datetime.now(UTC) - timedelta(seconds=since_s)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    spec = {"holderIdentity": OTHER, "leaseDurationSeconds": seconds, "acquireTime": moment, "renewTime": moment}
    body = {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": {"name": f"node-{site.node}"}}
    site.admin.done("POST", LEASES, {**body, "spec": spec})


@pytest.mark.usefixtures("locks")
def test_the_lease_is_held_with_the_executions_name_from_before_the_cordon_to_the_end(
    occupied: Site, drain: Drain, proxy: ApiProxy
) -> None:
    seen: list[Lease | None] = []
    for deed in (CORDON, EVICTION):
        proxy.fault(deed, Call(lambda request: seen.append(lease_of(occupied))))
    result = drain(wait_timeout=TIMEOUT_S)
    assert_succeeded(result)
    at_cordon, at_eviction = (lease["spec"] for lease in seen if lease)
    assert at_cordon == at_eviction
    assert at_cordon["holderIdentity"] == f"guardrail.kubernetes/{result['execution']['record']}"
    assert at_cordon["leaseDurationSeconds"] == TIMEOUT_S + 60, "longer than the drain, by the grace of its record"
    assert at_cordon["acquireTime"] == at_cordon["renewTime"]
    assert lease_of(occupied) is None
    assert [(it.method, it.status) for it in proxy.requests(is_lease) if it.is_write] == [
        ("POST", 201),
        ("DELETE", 200),
    ]
    assert "warnings" not in result


@pytest.mark.usefixtures("locks")
def test_a_second_attempt_holds_the_lease_of_the_first(occupied: Site, drain: Drain, proxy: ApiProxy) -> None:
    proxy.fault(
        CORDON, Call(lambda request: occupied.admin.patch(occupied.node_path, {"metadata": {"labels": {"n": "1"}}}))
    )
    result = drain()
    assert_succeeded(result)
    assert result["execution"]["attempts"] == 2
    assert [it.method for it in proxy.requests(is_lease) if it.is_write] == ["POST", "DELETE"]
    assert lease_of(occupied) is None


FAILURES: dict[str, tuple[Match, Answer, str, str]] = {
    "the cordon is refused": (CORDON, Answer(403), "api_error", "api.forbidden"),
    "the budget never gives in": (EVICTION, BUDGET_REFUSAL, "timeout", "eviction.deadline"),
}


@pytest.mark.usefixtures("locks")
@pytest.mark.parametrize("failure", FAILURES)
def test_a_drain_that_fails_gives_the_lease_back(failure: str, occupied: Site, drain: Drain, proxy: ApiProxy) -> None:
    match, answer, reason, code = FAILURES[failure]
    proxy.fault(match, answer, times=None)
    result = drain(wait_timeout=1)
    assert_failed(result, reason, code, changed=match is EVICTION)
    assert [it.method for it in proxy.requests(is_lease) if it.is_write] == ["POST", "DELETE"]
    assert lease_of(occupied) is None


@pytest.mark.usefixtures("locks")
def test_a_bug_gives_the_lease_back(
    occupied: Site, gate: GateCalls, proxy: ApiProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*arguments: Any, **named: Any) -> None:
        assert lease_of(occupied) is not None
        raise ValueError("a bug")

    monkeypatch.setattr(passage, "perform", stumble)
    result = Drain(replace(gate, bugs_expected=True), occupied.node)()
    assert_failed(result, "api_error", "internal.error")
    assert lease_of(occupied) is None


# When another tool takes the Lease: after the facts were read, and between the gate's own look and its creation.
MOMENTS: dict[str, Match] = {
    "before the gate looks": to_phase("Executing"),
    "before the gate takes it": request_to(f"{LEASES}$", "POST"),
}


@pytest.mark.usefixtures("locks")
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_lease_that_another_tool_takes_in_between_stops_the_drain(
    moment: str, occupied: Site, drain: Drain, proxy: ApiProxy, records: Records
) -> None:
    """It is judged again, now with the lock among the facts."""
    proxy.fault(MOMENTS[moment], Call(lambda request: held_by_another(occupied)))
    there = occupied.pods()
    result = drain()
    assert (result["failed"], result["reason"], result["changed"]) == (True, "denied", False), result["msg"]
    assert OTHER in result["msg"]
    assert result["execution"]["attempts"] == 2
    assert deeds(proxy) == []
    assert (occupied.pods(), occupied.is_cordoned) == (there, False)
    left = lease_of(occupied)
    assert left is not None
    assert left["spec"]["holderIdentity"] == OTHER
    status = records.of(result)["status"]
    assert (status["phase"], status["changed"]) == ("Failed", False), "it was admitted before it was stopped"


@pytest.mark.usefixtures("locks")
def test_a_lease_that_another_tool_holds_denies_before_any_write(
    occupied: Site, drain: Drain, proxy: ApiProxy, records: Records
) -> None:
    held_by_another(occupied)
    result = drain()
    assert result["reason"] == "denied"
    assert OTHER in result["msg"]
    assert writes_beside_record(proxy) == []
    records.assert_refused(result)


@pytest.mark.usefixtures("locks")
def test_a_lease_whose_time_has_passed_is_taken_over(occupied: Site, drain: Drain, proxy: ApiProxy) -> None:
    held_by_another(occupied, since_s=3600, seconds=60)
    result = drain()
    assert_succeeded(result)
    assert [it.method for it in proxy.requests(is_lease) if it.is_write] == ["PATCH", "DELETE"]
    assert lease_of(occupied) is None


@pytest.mark.usefixtures("locks")
def test_a_lease_that_another_tool_has_by_the_end_is_left_to_it(occupied: Site, drain: Drain, proxy: ApiProxy) -> None:
    path = f"{LEASES}/node-{occupied.node}"
    proxy.fault(EVICTION, Call(lambda request: occupied.admin.patch(path, {"spec": {"holderIdentity": OTHER}})))
    assert_succeeded(drain())
    assert occupied.admin.get(path)["spec"]["holderIdentity"] == OTHER


@pytest.mark.usefixtures("locks")
@pytest.mark.parametrize("answer", [Answer(403), Answer(500)], ids=["forbidden", "500"])
def test_a_lease_that_cannot_be_given_back_is_a_warning(
    answer: Answer, occupied: Site, drain: Drain, proxy: ApiProxy
) -> None:
    proxy.fault(request_to(f"{LEASES}/", "DELETE"), answer, times=None)
    result = drain()
    assert_succeeded(result)
    assert [it for it in result["warnings"] if "was not released and lasts 120 s" in it]


@pytest.mark.usefixtures("namespace_of_locks")
def test_without_the_right_to_the_leases_that_others_go_by_nothing_is_done(
    occupied: Site, drain: Drain, proxy: ApiProxy, admin: PlainClient, records: Records
) -> None:
    admin.delete(BINDING)
    result = drain()
    assert_failed(result, "api_error", "lease.not-taken")
    assert "role executor" in result["msg"]
    assert deeds(proxy) == []
    assert not occupied.is_cordoned
    status = records.of(result)["status"]
    assert (status["phase"], status["changed"]) == ("Failed", False)


@pytest.mark.parametrize("identity", ["runner", "admin"], ids=["who may not ask for it", "who may do anything"])
def test_a_cluster_without_the_namespace_is_drained_without(
    identity: str, occupied: Site, proxy_of: Callable[[str], ApiProxy], gate: GateCalls
) -> None:
    """Nobody asks for a Lease there: rights come before the namespace, so that the runner would be refused."""
    occupied.admin.delete(NAMESPACE)
    occupied.admin.until(NAMESPACE, lambda found: found is None)
    proxy = proxy_of(identity)
    result = Drain(replace(gate, kubeconfig=proxy.kubeconfig()), occupied.node)()
    assert_succeeded(result)
    assert {(it.method, it.status) for it in proxy.requests(is_lease)} == {("GET", 404)}
    assert "warnings" not in result
