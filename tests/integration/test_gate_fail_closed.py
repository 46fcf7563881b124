# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""I2, end to end: everything short of a well-formed allow is a denial with its own code, and the target stays."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import rego
from tests.cluster.cluster import Cluster
from tests.conftest import COLLECTIONS
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Answer, request_to
from tests.integration.gate_calls import GateCalls, assert_denied, assert_succeeded, engine_defaults
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_library import CONFIG_MAP, PublishedPolicies
from tests.integration.gate_objects import deployment, new_namespace
from tests.integration.gate_records import Records, writes_beside_record

pytest_plugins = ["tests.integration.gate_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

Arrange = Callable[[PublishedPolicies], object]
_OTHER = '{"policy": "p", "code": "extra.no", "message": "no"}'


def with_rule(body: str) -> Arrange:
    return lambda policies: policies.publish(policies.with_rule(body))


def with_main(decision: str) -> Arrange:
    return lambda policies: policies.publish(policies.with_main(decision))


def with_config(**config: object) -> Arrange:
    return lambda policies: policies.publish(policies.with_config(**config))


def with_patch(**patch: Any) -> Arrange:
    """Somebody edits the ConfigMap by hand."""
    return lambda policies: policies.admin.patch(CONFIG_MAP, patch)


def replaced(policies: PublishedPolicies, **data: str) -> None:
    metadata = {"name": "safety-policies", "namespace": "guardrail-system"}
    policies.remove()
    policies.admin.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


def only_data(policies: PublishedPolicies) -> None:
    replaced(policies, **{"data.json": '{"config": {}}'})


FAILURES: dict[str, tuple[str, Arrange]] = {
    "no library": ("policy.library-missing", lambda policies: policies.remove()),
    "an empty ConfigMap": ("policy.library-empty", replaced),
    "no policy, only data": ("policy.library-empty", only_data),
    "a foreign key": ("policy.parse-error", with_patch(data={"notes.txt": "x"}, metadata={"annotations": None})),
    "data that is no JSON": ("policy.parse-error", with_patch(data={"data.json": "{"}, metadata={"annotations": None})),
    "a change by hand": ("policy.revision-mismatch", with_patch(data={"extra.rego": "package extra"})),
    "text that does not parse": ("policy.parse-error", with_rule("deny contains {{{")),
    "an undefined function": ("policy.lint-error", with_rule('deny contains "x" if missing(input.action)')),
    "an undefined name": ("policy.lint-error", with_rule('deny contains "x" if missing == 1')),
    "a misspelt deny": ("policy.lint-error", with_rule('denies contains "x" if true')),
    "a built-in that fails": ("policy.evaluation-error", with_rule("deny contains msg if msg := 1 / 0")),
    "a rule that calls itself": (
        "policy.lint-error",
        with_rule('f(x) := f(x)\n\ndeny contains "x" if f(1) == 1'),
    ),
    "two values for one name": (
        "policy.evaluation-error",
        with_rule('f := 1\n\nf := 2\n\ndeny contains "x" if f == 3'),
    ),
    "a loop without end": (
        "policy.timeout",
        with_rule(
            'many := numbers.range(1, 20000)\n\ndeny contains "x" if {\n\tsome a in many\n\tsome b in many\n\ta < -b\n}'
        ),
    ),
    "memory without end": (
        "policy.out-of-memory",
        with_rule('deny contains "x" if count(numbers.range(1, 1000000000)) == 0'),
    ),
    "a crash of the engine": (
        "policy.crashed",
        with_rule(f'deny contains "x" if input.a == {"[" * 20000}{"]" * 20000}'),
    ),
    "no decision": (
        "policy.undefined-decision",
        with_main('decision := {"allowed": true, "violations": []} if input.action == "Other"'),
    ),
    "a decision that is true": ("policy.wrong-type", with_main("decision := true")),
    "allowed as text": ("policy.wrong-type", with_main('decision := {"allowed": "true", "violations": []}')),
    "violations as text": ("policy.wrong-type", with_main('decision := {"allowed": true, "violations": "none"}')),
    "allowed, with violations": (
        "policy.contradiction",
        with_main(f'decision := {{"allowed": true, "violations": [{_OTHER}]}}'),
    ),
    "denied, without violations": ("policy.no-reason", with_main('decision := {"allowed": false, "violations": []}')),
    "an action outside the catalogue": ("policy.action-not-in-catalogue", with_config(catalogue={})),
    "an action outside the catalogue that main.rego allows": (
        "policy.action-not-in-catalogue",
        lambda policies: policies.publish(allows_everything(policies, {})),
    ),
}


@pytest.fixture(scope="module")
def shop(admin: PlainClient) -> Iterator[str]:
    """One namespace for all, with a Deployment that stays without replicas."""
    with new_namespace(admin) as name:
        admin.apply(deployment(name, replicas=0))
        yield name


# Found out when the library is read: before there is anything to record.
UNREAD = {
    "no library",
    "an empty ConfigMap",
    "no policy, only data",
    "a foreign key",
    "data that is no JSON",
    "a change by hand",
}
# What these policies would take for ever, the test need not wait for.
LIMITS = {"a loop without end": ("deadline_s", 1.0), "memory without end": ("memory_bytes", 64 << 20)}


@pytest.mark.parametrize("failure", FAILURES)
def test_what_is_no_decision_denies(
    failure: str,
    policies: PublishedPolicies,
    shop: str,
    gate: GateCalls,
    proxy: ApiProxy,
    admin: PlainClient,
    records: Records,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was read and cannot decide leaves a refused record; a library that cannot be read is no reason to begin one."""
    code, arrange = FAILURES[failure]
    arrange(policies)
    if failure in LIMITS:
        monkeypatch.setitem(engine_defaults(), *LIMITS[failure])
    result = gate("ScaleDeployment", name="web", namespace=shop, replicas=2)
    assert_denied(result, code)
    assert result["code"] == code
    assert writes_beside_record(proxy) == []
    if failure in UNREAD:
        assert proxy.writes() == []
        records.assert_none(result)
    else:
        records.assert_refused(result)
    assert admin.get(path_to("Deployment", "web", shop))["spec"]["replicas"] == 0


def test_a_library_that_the_identity_may_not_read_denies(
    cluster: Cluster, session_policies: PublishedPolicies, home: Path, tmp_path: Path
) -> None:
    with ApiProxy(cluster.kubeconfig("tenant"), tmp_path) as proxy:
        result = GateCalls(proxy.kubeconfig(), home)("ScaleDeployment", name="web", namespace="tenant", replicas=2)
        assert_denied(result, "policy.library-unreadable")
        assert proxy.writes() == []


def test_a_library_that_cannot_be_read_now_denies(gate: GateCalls, proxy: ApiProxy, shop: str) -> None:
    proxy.fault(request_to(CONFIG_MAP), Answer(503), times=None)
    result = gate("ScaleDeployment", name="web", namespace=shop, replicas=2, request_timeout=0.5)
    assert_denied(result, "policy.library-unreadable")
    assert proxy.writes() == []


def test_without_the_engine_everything_is_denied(
    gate: GateCalls,
    proxy: ApiProxy,
    shop: str,
    records: Records,
    monkeypatch: pytest.MonkeyPatch,
    afterwards: ExitStack,
) -> None:
    for cached in (rego.load, rego._inherited):
        cached.cache_clear()
        afterwards.callback(cached.cache_clear)
    monkeypatch.setitem(sys.modules, "regopy", None)
    result = gate("ScaleDeployment", name="web", namespace=shop, replicas=2)
    assert_denied(result, "policy.engine-missing")
    assert writes_beside_record(proxy) == []
    records.assert_refused(result)


def test_a_fact_that_only_the_catalogue_requires_denies_when_main_does_not_look(
    gate: GateCalls, proxy: ApiProxy, policies: PublishedPolicies, shop: str, records: Records
) -> None:
    policies.publish(allows_everything(policies, policies.real.data["config"]["catalogue"]))
    proxy.fault(request_to(f"/namespaces/{shop}$"), Answer(403), times=None)
    result = gate("ScaleDeployment", name="web", namespace=shop, replicas=2)
    assert_denied(result, "policy.fact-unavailable")
    assert [fact["fact"] for fact in result["decision"]["unavailable"]] == ["namespace_info"]
    assert writes_beside_record(proxy) == []
    records.assert_refused(result)


def test_a_policy_that_prints_does_not_spoil_the_result_of_the_module(
    gate: GateCalls, policies: PublishedPolicies, shop: str, home: Path
) -> None:
    """The module writes its result to standard output, and so does the engine's print."""
    policies.publish(
        policies.with_rule('deny contains "x" if {\n\tprint("}{ print from a policy", input.action)\n\tfalse\n}')
    )
    options = {"kubeconfig": str(gate.kubeconfig), "name": "web", "namespace": shop, "replicas": 1, "wait": False}
    module = "ansible_collections.guardrail.kubernetes.plugins.modules.scale_deployment"
    done = subprocess.run(
        [sys.executable, "-c", f"from {module} import main; main()", json.dumps({"ANSIBLE_MODULE_ARGS": options})],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(COLLECTIONS), "HOME": str(home), "PATH": "/usr/bin:/bin"},
    )
    result = json.loads(done.stdout)
    assert_succeeded(result)
    assert "print from a policy" not in done.stdout + done.stderr


def allows_everything(policies: PublishedPolicies, catalogue: object) -> Any:
    """A library whose main.rego does not look at anything."""
    open_main = policies.with_main('decision := {"allowed": true, "violations": []}')
    config = {**policies.real.data["config"], "catalogue": catalogue}
    return type(open_main)(
        open_main.name,
        open_main.version,
        open_main.source,
        open_main.modules,
        data={**open_main.data, "config": config},
    )
