# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Drains that can never end are denied before the cordon, with words that say which pods, which budget, what is short."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.api_proxy import ApiProxy
from tests.integration.drain_calls import Drain
from tests.integration.drain_fragile import Fragile, without_controllers
from tests.integration.drain_objects import asking_for, second_budget
from tests.integration.drain_results import assert_pods, violation
from tests.integration.drain_site import Site
from tests.integration.gate_calls import Result, assert_denied, assert_succeeded
from tests.integration.gate_client import path_to
from tests.integration.gate_objects import budget, deployment, in_pool, is_settled
from tests.integration.gate_records import Records, writes_beside_record

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.drain_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")


@pytest.fixture
def denied(site: Site, drain: Drain, proxy: ApiProxy, records: Records) -> Callable[..., Result]:
    """Drains, and checks that the drain was denied by this rule and left no trace but its record."""

    def run(code: str) -> Result:
        before = site.pods()
        result = drain()
        assert_denied(result, code)
        assert result["code"] == code
        assert result["execution"]["attempts"] == 1
        assert_pods(result, site, pending=list(before))
        assert writes_beside_record(proxy) == []
        records.assert_refused(result)
        assert not site.is_cordoned
        assert site.pods() == before
        return result

    return run


def test_a_budget_that_allows_nothing(site: Site, denied: Callable[..., Result]) -> None:
    site.place(deployment(site.namespace, replicas=2, **in_pool(site.pool)), pods=2)
    site.guard(0, minAvailable=2)
    site.spare()
    found = violation(denied("disruption-budgets.nothing-allowed"), "disruption-budgets.nothing-allowed")
    first, second = sorted(site.pods())
    label = f"PodDisruptionBudget {site.namespace}/web"
    assert found["message"] == (
        f"Node {site.node}: {label} allows no disruption now (2 healthy, 2 wanted); it covers {first}, {second}."
    )
    assert found["remedy"]
    assert found["details"] == {
        "budget": f"{site.namespace}/web",
        "disruptions_allowed": 0,
        "pods": 2,
        "rounds": 0,
    }


def test_a_pod_under_two_budgets(site: Site, denied: Callable[..., Result]) -> None:
    site.place(deployment(site.namespace, replicas=2, **in_pool(site.pool)), pods=2)
    site.guard(1, maxUnavailable=1)
    site.admin.apply(second_budget(budget(site.namespace, maxUnavailable=2), "again"))
    site.await_allowance(2, "again")
    site.spare()
    result = denied("disruption-budgets.two-budgets")
    violations = result["decision"]["violations"]
    told = sorted(it["message"] for it in violations if it["code"] == "disruption-budgets.two-budgets")
    assert told == [
        f"Node {site.node}: pod {site.namespace}/{pod} is covered by 2 budgets (again, web), and the API server"
        " evicts no such pod."
        for pod in sorted(site.pods())
    ]


def test_replacements_that_ask_for_a_pool_without_another_node(site: Site, denied: Callable[..., Result]) -> None:
    site.place(deployment(site.namespace, replicas=3, **in_pool(site.pool)), pods=3)
    site.guard(1, maxUnavailable=1)
    found = violation(denied("replacements.no-room"), "replacements.no-room")
    owner = f"ReplicaSet {replica_set(site)}"
    assert found["message"].startswith(
        f"Node {site.node}: 3 pods of {owner} in namespace {site.namespace} would fit on no remaining node ("
    )
    assert found["details"]["shortage"]["count"] == 3
    assert "selector" in found["details"]["shortage"]["why"]


def test_replacements_that_ask_for_more_than_is_free(site: Site, denied: Callable[..., Result]) -> None:
    """3 x 2 of 8 CPUs; the other node has 8 of which 5 are taken, so one more fits there."""
    site.place(deployment(site.namespace, replicas=3, **in_pool(site.pool), **asking_for(cpu="2")), pods=3)
    site.guard(1, maxUnavailable=1)
    site.spare()
    site.admin.apply(deployment(site.namespace, "neighbour", **in_pool(site.pool), **asking_for(cpu="5")))
    site.admin.until(path_to("Deployment", "neighbour", site.namespace), is_settled)
    found = violation(denied("replacements.no-room"), "replacements.no-room")
    owner = f"ReplicaSet {replica_set(site)}"
    assert found["message"] == (
        f"Node {site.node}: 2 pods of {owner} in namespace {site.namespace} would fit on no remaining node (cpu)."
    )


def test_a_budget_that_its_controller_has_not_looked_at_since_it_changed(fragile: Fragile) -> None:
    site = fragile.site
    site.place(deployment(site.namespace, replicas=2, **in_pool(site.pool)), pods=2)
    site.guard(1, maxUnavailable=1)
    site.spare()
    with without_controllers(fragile.cluster):
        site.admin.apply(budget(site.namespace, maxUnavailable=2))
        result = fragile.drain()
    assert_denied(result, "disruption-budgets.stale")
    assert_pods(result, site, pending=list(site.pods()))
    assert not site.is_cordoned
    label = f"PodDisruptionBudget {site.namespace}/web"
    assert violation(result, "disruption-budgets.stale")["message"] == (
        f"Node {site.node}: the status of {label} is older than its spec, so the API server refuses every eviction of "
        f"{', '.join(sorted(site.pods()))}."
    )
    site.await_allowance(2)
    assert_succeeded(fragile.drain())


def replica_set(site: Site, app: str = "web") -> str:
    (name,) = site.admin.names(f"/apis/apps/v1/namespaces/{site.namespace}/replicasets?labelSelector=app={app}")
    return f"{site.namespace}/{name}"
