# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""I1: before an allowing decision nothing is written but dry runs, whatever goes wrong, for every action there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import Judgement
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Action, Answer, ResetBefore
from tests.integration.gate_calls import GateCalls, assert_denied, assert_succeeded, engine_defaults
from tests.integration.gate_library import CONFIG_MAP, PublishedPolicies
from tests.integration.gate_stage import Stage
from tests.integration.recording import RecordedRequest

pytest_plugins = ["tests.integration.gate_fixtures"]

every_action = pytest.mark.parametrize("action", ACTIONS)


@dataclass(frozen=True)
class Refusal:
    """Circumstances under which every action is refused, and the code of the refusal."""

    id: str
    code: str
    arrange: Callable[[PublishedPolicies, pytest.MonkeyPatch], object]


REFUSALS = (
    Refusal("a rule denies", "extra.closed", lambda policies, patch: policies.publish(policies.that_denies())),
    Refusal("there is no library", "policy.library-missing", lambda policies, patch: policies.remove()),
    Refusal(
        "the engine has no time",
        "policy.timeout",
        lambda policies, patch: patch.setitem(engine_defaults(), "deadline_s", 0.0),
    ),
)


@pytest.fixture(scope="class", params=REFUSALS, ids=lambda refusal: refusal.id)
def refusal(request: pytest.FixtureRequest, session_policies: PublishedPolicies) -> Iterator[Refusal]:
    """Arranged once for all actions."""
    found: Refusal = request.param
    with pytest.MonkeyPatch.context() as patch:
        session_policies.restore()
        found.arrange(session_policies, patch)
        yield found
    session_policies.restore()


class TestRefused:
    """A class, so that what was arranged ends with it."""

    @every_action
    def test_a_refused_action_writes_nothing(
        self, action: str, refusal: Refusal, stage: Stage, gate: GateCalls, proxy: ApiProxy
    ) -> None:
        before = stage.state(action)
        result = gate(action, **stage.call(action).options)
        assert_denied(result, refusal.code)
        assert result["execution"]["attempts"] <= 1, "a denial is not tried again"
        assert_denied(gate(action, check_mode=True, **stage.call(action).options), refusal.code)
        assert proxy.writes() == []
        assert stage.state(action) == before


@every_action
def test_check_mode_says_what_would_change_and_writes_nothing(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy
) -> None:
    before = stage.state(action)
    result = gate(action, check_mode=True, **stage.call(action).options)
    assert_succeeded(result)
    assert result["decision"]["allowed"] is True
    assert result["diff"]["before"] != result["diff"]["after"]
    assert proxy.writes() == []
    assert any(request.is_dry_run for request in proxy.requests()), "the writes were not rehearsed"
    assert stage.state(action) == before


@every_action
def test_every_write_is_bound_to_the_object_that_was_judged(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy, judgements: list[Judgement]
) -> None:
    """I3, on the rehearsal: what is written later is the same to the byte."""
    assert_succeeded(gate(action, check_mode=True, **stage.call(action).options))
    judged, pods = judgements[0].input["target"], stage.uids()
    rehearsals = proxy.requests(lambda request: request.is_dry_run)
    assert rehearsals
    for request in rehearsals:
        if request.method == "PATCH":
            assert request.json["metadata"]["resourceVersion"] == judged["resource_version"]
        else:
            name = request.path.split("/")[-2]
            assert request.json["deleteOptions"]["preconditions"] == {"uid": pods[name]}


@every_action
def test_judging_without_acting_writes_nothing(action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy) -> None:
    before = stage.state(action)
    result = gate.check(action, **stage.call(action).options)
    assert_succeeded(result, changed=False)
    assert result["decision"]["allowed"] is True
    assert proxy.writes() == []
    assert stage.state(action) == before


@every_action
def test_facts_that_cannot_be_read_deny(action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy) -> None:
    before = stage.state(action)
    proxy.fault(is_fact(stage.call(action).path), Answer(403), times=None)
    result = gate(action, **stage.call(action).options)
    assert_denied(result, "facts.required-unavailable")
    assert result["decision"]["unavailable"]
    assert proxy.writes() == []
    assert stage.state(action) == before


@pytest.mark.parametrize(
    "trouble", [Answer(500), Answer(429, retry_after_s=0), ResetBefore()], ids=["500", "429", "reset"]
)
def test_facts_that_cannot_be_read_for_now_deny(
    trouble: Action, stage: Stage, gate: GateCalls, proxy: ApiProxy
) -> None:
    """These are asked for again before the gate gives up."""
    proxy.fault(is_fact(stage.call("DrainNode").path), trouble, times=None)
    result = gate("DrainNode", request_timeout=1.0, **stage.call("DrainNode").options)
    assert_denied(result, "facts.required-unavailable")
    assert proxy.writes() == []


@every_action
def test_a_dry_run_that_fails_is_no_excuse_for_a_write(
    action: str, stage: Stage, gate: GateCalls, proxy: ApiProxy, session_policies: PublishedPolicies
) -> None:
    proxy.fault(lambda request: request.is_dry_run, Answer(422, "refused by the test"), times=None)
    result = gate(action, check_mode=True, **stage.call(action).options)
    if session_policies.real.data["config"]["catalogue"][action]["risky"]:
        assert_denied(result, "action-dependencies.dry-run-failed")
    assert proxy.writes() == []


def is_fact(target: str) -> Callable[[RecordedRequest], bool]:
    """Requests of step 3: neither the identity, the library and the plan's own reads, nor dry runs and writes."""

    def matches(request: RecordedRequest) -> bool:
        pods_of_node = request.query.get("fieldSelector", [""])[0].startswith("spec.nodeName")
        asked_first = request.path in (target, CONFIG_MAP) or request.path.endswith("/selfsubjectreviews")
        return not (asked_first or pods_of_node or request.is_dry_run or request.is_write)

    return matches
