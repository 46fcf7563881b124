# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Policies that somebody brings along, written for an older engine: eight files in one directory, used as they are.

The words of ``brought/`` are in the language before OPA 1.0 and know the oldest names of the input. Each case is a
document of the fixtures with some changes, and what the eight say about it; ours and the real ``opa`` have to agree.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.review import Thoroughness, review
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.engine import Engine
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from tests.policy.engines import POLICIES, Case, documents, opa_decisions

BROUGHT = Path(__file__).parent / "brought"
LABELS = "example.com/"
OLD = ("--v0-compatible",)
AS_BROUGHT = Thoroughness(tests=False, require_tests=False)
PERMITTED = {"rbac_permissions": [{"verb": "update", "group": "apps", "resource": "deployments", "namespace": "shop"}]}
NODES = {"rbac_permissions": [{"verb": "update", "group": "", "resource": "nodes", "namespace": ""}]}
SETTINGS = {"rbac_permissions": [{"verb": "update", "group": "", "resource": "configmaps", "namespace": "shop"}]}
TRIED = {f"labels|{LABELS}tried": "success"}
SAID = {
    "removes": "{action} is not for production",
    "ceiling": "{replicas} replicas are more than the 20 that production may have",
    "floor": "web keeps at least 3 replicas in production",
    "image": f"another image in production needs the label '{LABELS}image-agreed'",
    "settings": f"other settings in production need the label '{LABELS}settings-agreed'",
    "namespace": "nobody works in the namespace {namespace}",
    "room": "{replicas} replicas find no room, there is room for 110",
    "small": "a cluster of fewer than 3 nodes spares none",
    "last": "this is the last node that takes pods",
    "hours": f"wait for the evening (17:00 UTC), or set the label '{LABELS}emergency'",
    "untried": "{action} has to be tried first",
    "elsewhere": "{action} waits until the cluster 'west' is done",
    "draining": "another cluster is being drained",
    "permission": "{service_account} may not do {action}",
    "rate": "{action} in {namespace}: {count} within 60 seconds, at most 5",
    "under-way": "something else is done to {target_resource}",
}


class Brought(NamedTuple):
    """A document, the changes to it (keys joined by ``|``), and what the eight deny, in words of ``SAID``."""

    document: str
    changes: Mapping[str, Any]
    said: Sequence[str]


SCALE = "fixtures.scale(5, {})"
DRAIN = "fixtures.drain({})"
CORDON = "fixtures.cordon({})"
IMAGE = "fixtures.update_image({}, {})"
MAP = "fixtures.update_config_map({})"
DEV = {"labels|environment": "development"}
OTHER = {"parameters|deployment_name": "shop"}
RATE = {"rate_limit_state|max_count": 5, "rate_limit_state|window_seconds": 60}
CASES = {
    "scale": Brought(SCALE, PERMITTED, []),
    "restart": Brought("fixtures.restart({})", PERMITTED, []),
    "ceiling-reached": Brought(SCALE, {**PERMITTED, "parameters|replicas": 20}, []),
    "ceiling-exceeded": Brought(SCALE, {**PERMITTED, "parameters|replicas": 21}, ["ceiling"]),
    "ceiling-in-development": Brought(SCALE, {**PERMITTED, **DEV, "parameters|replicas": 21}, []),
    "floor-reached": Brought(SCALE, {**PERMITTED, "parameters|replicas": 3}, []),
    "floor-missed": Brought(SCALE, {**PERMITTED, "parameters|replicas": 2}, ["floor"]),
    "floor-of-another": Brought(SCALE, {**PERMITTED, **OTHER, "parameters|replicas": 2}, []),
    "image": Brought(IMAGE, {**PERMITTED, **TRIED}, ["image"]),
    "image-agreed": Brought(IMAGE, {**PERMITTED, **TRIED, f"labels|{LABELS}image-agreed": "true"}, []),
    "image-not-quite-agreed": Brought(IMAGE, {**PERMITTED, **TRIED, f"labels|{LABELS}image-agreed": "yes"}, ["image"]),
    "image-in-development": Brought(IMAGE, {**PERMITTED, **TRIED, **DEV}, []),
    "image-untried": Brought(IMAGE, {**PERMITTED, **DEV}, ["untried"]),
    "settings": Brought(MAP, {**SETTINGS, **TRIED}, ["settings"]),
    "settings-agreed": Brought(MAP, {**SETTINGS, **TRIED, f"labels|{LABELS}settings-agreed": "true"}, []),
    "namespace-reserved": Brought(SCALE, {**PERMITTED, "namespace": "kube-system"}, ["namespace"]),
    "namespace-almost": Brought(SCALE, {**PERMITTED, "namespace": "kube-systems"}, []),
    "namespace-whose-allow-counts-for-nothing": Brought(
        SCALE, {**PERMITTED, "namespace": "robots", "parameters|deployment_name": "janitor"}, ["namespace"]
    ),
    "room": Brought(SCALE, {**PERMITTED, **DEV, "parameters|replicas": 110}, []),
    "no-room": Brought(SCALE, {**PERMITTED, **DEV, "parameters|replicas": 111}, ["room"]),
    "drain": Brought(DRAIN, {**NODES, **TRIED, **DEV, "cluster_info|total_nodes": 3}, []),
    "drain-of-a-small-cluster": Brought(DRAIN, {**NODES, **TRIED, **DEV, "cluster_info|total_nodes": 2}, ["small"]),
    "drain-in-production": Brought(DRAIN, {**NODES, **TRIED}, ["removes", "hours"]),
    "drain-in-an-emergency": Brought(DRAIN, {**NODES, **TRIED, f"labels|{LABELS}emergency": "true"}, ["removes"]),
    "drain-untried": Brought(DRAIN, {**NODES, **DEV}, ["untried"]),
    "drain-while-another-cluster-drains": Brought(
        DRAIN, {**NODES, **TRIED, "cluster_state|other_clusters_draining": 1}, ["removes", "hours", "draining"]
    ),
    "development-while-another-cluster-drains": Brought(
        DRAIN, {**NODES, **TRIED, **DEV, "cluster_state|other_clusters_draining": 1}, []
    ),
    "drain-while-another-cluster-works": Brought(
        DRAIN,
        {**NODES, **TRIED, "cluster_state|concurrent_actions": 1, "concurrent_cluster": "west"},
        ["removes", "hours", "elsewhere"],
    ),
    "development-while-another-cluster-works": Brought(
        DRAIN, {**NODES, **TRIED, **DEV, "cluster_state|concurrent_actions": 1}, []
    ),
    "cordon": Brought(CORDON, {**NODES, **DEV, "cluster_info|available_nodes": 2}, []),
    "cordon-of-the-last-node": Brought(CORDON, {**NODES, **DEV, "cluster_info|available_nodes": 1}, ["last"]),
    "delete-a-pod": Brought("fixtures.delete_pod({})", {}, ["removes", "hours", "permission"]),
    "without-permissions": Brought(SCALE, {"rbac_permissions": []}, ["permission"]),
    "with-other-permissions": Brought(SCALE, NODES, ["permission"]),
    "action-without-verb": Brought("fixtures.uncordon({})", NODES, ["permission"]),
    "rate-reached": Brought(SCALE, {**PERMITTED, **RATE, "rate_limit_state|count": 5}, []),
    "rate-exceeded": Brought(SCALE, {**PERMITTED, **RATE, "rate_limit_state|count": 6}, ["rate"]),
    "another-target-under-way": Brought(
        SCALE, {**PERMITTED, "concurrent_actions": {"Deployment/shop/x": {"count": 1}}}, []
    ),
    "target-not-under-way": Brought(
        SCALE, {**PERMITTED, "concurrent_actions": {"Deployment/shop/web": {"count": 0}}}, []
    ),
    "target-under-way": Brought(
        SCALE, {**PERMITTED, "concurrent_actions": {"Deployment/shop/web": {"count": 1}}}, ["under-way"]
    ),
    "everything-at-once": Brought(
        SCALE,
        {
            "rbac_permissions": [],
            "namespace": "kube-public",
            "parameters|replicas": 111,
            **RATE,
            "rate_limit_state|count": 9,
        },
        ["ceiling", "namespace", "room", "permission", "rate"],
    ),
}


@functools.cache
def brought() -> Library:
    """Our library with the eight above it, as a user drops them in."""
    examined = review(str(POLICIES), str(BROUGHT), AS_BROUGHT)
    assert examined.passed, examined.complaints()
    return examined.library


@functools.cache
def judged_by_both() -> tuple[Mapping[str, tuple[dict[str, Any], list[str], list[str]]], bool]:
    """Document, words of our engine and of ``opa`` for each case; and whether these are office hours."""
    given = documents(tuple(Case(case.document) for case in CASES.values()))
    inputs = [changed(document, case.changes) for (document, _), case in zip(given, CASES.values(), strict=True)]
    engine = Engine(brought())
    while True:
        hour = datetime.now(UTC).hour
        ours = [engine.evaluate(document) for document in inputs]
        theirs = opa_decisions([Case(json.dumps(document), None) for document in inputs], brought().modules, OLD)
        if datetime.now(UTC).hour == hour:
            break
    words = [[(each.policy, each.message) for each in decision.violations] for decision in ours]
    others = [[(each["policy"], each["message"]) for each in decision["violations"]] for decision in theirs]
    both = zip(CASES, inputs, map(said, words), map(said, others), strict=True)
    return {name: (document, own, other) for name, document, own, other in both}, 9 <= hour < 17


def said(violations: Sequence[tuple[str, str]]) -> list[str]:
    """What the eight said: their packages have no family of their own."""
    return sorted(message for policy, message in violations if policy in ("common", "production"))


def changed(document: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    result = copy.deepcopy(dict(document))
    for path, value in changes.items():
        *above, last = path.split("|")
        place = result
        for key in above:
            place = place[key]
        place[last] = value
    # What a policy says of the environment goes by the label, and the group of its package by the namespace.
    result["namespace_info"]["environment"] = result["labels"]["environment"]
    return result


def test_linter_has_only_warnings_for_them() -> None:
    examined = review(str(POLICIES), str(BROUGHT), AS_BROUGHT)
    assert examined.passed
    own = {str(finding.file) for finding in examined.findings}
    assert own <= {path.name for path in BROUGHT.iterdir()}
    assert {finding.code for finding in examined.findings} == {"lint.untested", "lint.unsteady"}
    assert {finding.level for finding in examined.findings} == {"warning"}


@pytest.mark.parametrize("name", CASES)
def test_they_decide_as_they_say(name: str) -> None:
    judged, office_hours = judged_by_both()
    document, ours, theirs = judged[name]
    words = {
        "action": document["action"],
        "namespace": document["namespace"],
        "replicas": document["parameters"].get("replicas"),
        "count": document["rate_limit_state"]["count"],
        "target_resource": document["target_resource"],
        "service_account": document["service_account"],
    }
    expected = [SAID[word].format(**words) for word in CASES[name].said if word != "hours" or office_hours]
    assert ours == sorted(expected)
    assert theirs == ours


@pytest.mark.parametrize(("begin", "end", "firing"), [(0, 1, True), (1, 24, False), (-24, 0, False)])
def test_office_hours_go_by_the_clock(begin: int, end: int, firing: bool) -> None:
    """The hours of the text are moved to where the clock stands, and once more when it strikes meanwhile."""
    document, _ = documents((Case(DRAIN),))[0]
    for _try in range(2):
        hour = datetime.now(UTC).hour
        text = (BROUGHT / "office-hours.rego").read_text(encoding="utf-8")
        text = text.replace(">= 9", f">= {hour + begin}").replace("< 17", f"< {hour + end}")
        moved = dataclasses.replace(brought(), modules={**brought().modules, "office-hours.rego": text})
        decision = Engine(moved).evaluate(document)
        if datetime.now(UTC).hour == hour:
            break
    assert (SAID["hours"] in {violation.message for violation in decision.violations}) is firing


def test_action_that_all_agree_to_is_allowed() -> None:
    document, _ = documents((Case(SCALE),))[0]
    permitted = {**document, "rbac_permissions": document["rbac_permissions"] + PERMITTED["rbac_permissions"]}
    decision = Engine(brought()).evaluate(permitted)
    assert (decision.allowed, decision.violations) == (True, ())
