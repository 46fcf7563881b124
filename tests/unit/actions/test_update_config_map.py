# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UpdateConfigMap: which keys are written, who is restarted, and the way back."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Progress
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.consumers import uses
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    ObjectRef,
    Permission,
    Plan,
    Undo,
    Write,
)
from tests.unit.actions.objects import deployment, request

ACTION = ACTIONS["UpdateConfigMap"]
SETTINGS = ObjectRef("ConfigMap", "settings", "shop")
NAMES = {"name": "settings", "namespace": "shop"}
WEB = "Deployment/shop/web"


def config_map(**changes: Any) -> dict[str, Any]:
    metadata = {"name": "settings", "namespace": "shop", "uid": "c1", "resourceVersion": "8"}
    return {"metadata": metadata, "data": {"level": "info", "size": "3"}, **changes}


def consumer(**spec: Any) -> dict[str, Any]:
    raw = deployment(**spec)
    raw["spec"]["template"]["spec"]["volumes"] = [{"name": "s", "configMap": {"name": "settings"}}]
    return raw


def asked(data, **options):
    return request("UpdateConfigMap", **NAMES, data=data, **options)


def made(data, raw=None, web=None, **options) -> Plan:
    return ACTION.plan(asked(data, **options), {"target": raw or config_map(), WEB: web or consumer()})


def test_it_writes_the_keys_that_differ_to_the_version_that_was_judged():
    plan = made({"level": "debug", "size": "3", "new": "x"})
    assert plan.writes == (
        Write(
            "patch",
            "/api/v1/namespaces/shop/configmaps/settings",
            {"metadata": {"resourceVersion": "8"}, "data": {"level": "debug", "new": "x"}},
            SETTINGS,
            "application/merge-patch+json",
        ),
    )
    assert plan.before == {"data": {"level": "info", "new": None}}
    assert plan.after == {"data": {"level": "debug", "new": "x"}}
    assert plan.parameters == {
        "configmap_name": "settings",
        "mode": "merge",
        "added": ["new"],
        "changed": ["level"],
        "removed": [],
        "restarts": [],
    }
    assert plan.undo == Undo("UpdateConfigMap", {**NAMES, "data": {"level": "info", "new": None}})
    assert [p.verb for p in plan.impact.permissions] == ["get", "patch"]


def test_replace_takes_away_what_is_not_named():
    plan = made({"level": "info"}, mode="replace")
    assert plan.writes[0].body["data"] == {"size": None}
    assert plan.parameters["removed"] == ["size"]


@pytest.mark.parametrize(
    ("data", "options"),
    [({"level": "info"}, {}), ({"gone": None}, {}), ({"level": "info", "size": "3"}, {"mode": "replace"})],
    ids=["same", "already gone", "replaced by the same"],
)
def test_nothing_is_written_or_restarted_when_nothing_changes(data, options):
    assert made(data, restart=[{"name": "web"}], **options).writes == ()
    assert ACTION.holds(asked(data, **options), made(data, **options), config_map()) is True


def test_those_who_use_it_are_restarted_by_the_same_plan():
    plan = made({"level": "debug"}, restart=[{"kind": "Deployment", "name": "web"}, {"name": "web"}])
    restart = plan.writes[1]
    assert [str(write.target) for write in plan.writes] == ["ConfigMap/shop/settings", WEB]
    assert restart.body == {
        "metadata": {"resourceVersion": "41"},
        "spec": {
            "template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": "2026-11-21T03:12:45Z"}}}
        },
    }
    assert plan.parameters["restarts"] == ["Deployment/web"]
    assert [demand.count for demand in plan.impact.adds] == [1]
    assert Permission("patch", "deployments", "apps", "", "shop", "web") in plan.impact.permissions
    assert plan.undo.parameters["restart"] == [{"kind": "Deployment", "name": "web"}, {"name": "web"}]


NOTE = "guardrail.dev/changed-for-restart-at"


def noted(at: str) -> dict[str, Any]:
    raw = config_map()
    raw["metadata"] = {**raw["metadata"], "annotations": {NOTE: at}}
    return raw


def restarted(at: str = "", created: str = "2026-11-01T00:00:00Z") -> dict[str, Any]:
    raw = consumer()
    raw["metadata"] = {**raw["metadata"], "creationTimestamp": created}
    if at:
        raw["spec"]["template"]["metadata"]["annotations"] = {"kubectl.kubernetes.io/restartedAt": at}
    return raw


def test_the_time_of_a_change_that_somebody_is_restarted_for_is_noted_with_it():
    assert made({"level": "debug"}, restart=[{"name": "web"}]).writes[0].body["metadata"] == {
        "resourceVersion": "8",
        "annotations": {NOTE: "2026-11-21T03:12:45Z"},
    }
    assert made({"level": "debug"}).writes[0].body["metadata"] == {"resourceVersion": "8"}


@pytest.mark.parametrize(
    ("at", "web", "due"),
    [
        ("2026-11-20T00:00:00Z", restarted(), True),
        ("2026-11-20T00:00:00Z", restarted("2026-11-19T23:59:59Z"), True),
        ("2026-11-20T00:00:00Z", restarted("2026-11-20T00:00:00Z"), False),
        ("2026-11-20T00:00:00Z", restarted("2026-11-20T02:00:00+02:00"), False),
        ("2026-11-20T00:00:00Z", restarted("soon"), True),
        ("2026-11-20T00:00:00Z", restarted(created="2026-11-20T00:00:00Z"), True),
        ("2026-11-20T00:00:00Z", restarted(created="2026-11-20T00:00:01Z"), False),
        ("soon", restarted(), False),
    ],
    ids=["never", "before", "for it", "in kubectl's words", "unreadable", "made in that second", "newer", "no time"],
)
def test_a_restart_that_did_not_happen_is_made_up_for(at, web, due):
    plan = made({"level": "info"}, noted(at), web, restart=[{"name": "web"}])
    assert [str(write.target) for write in plan.writes] == ([WEB] if due else [])
    assert (plan.before, plan.after) == (
        {"data": {}},
        {"data": {}, **({"restarts": ["Deployment/web"]} if due else {})},
    )
    if due:
        assert plan.undo.action == ""


def test_a_change_from_the_future_is_restarted_for_once():
    plan = made({"level": "info"}, noted("2999-01-01T00:00:00Z"), restarted(), restart=[{"name": "web"}])
    annotations = plan.writes[0].body["spec"]["template"]["metadata"]["annotations"]
    assert list(annotations.values()) == ["2999-01-01T00:00:00Z"]


@pytest.mark.parametrize(
    ("web", "code"),
    [(deployment(), "request.not-a-consumer"), (consumer(paused=True), "target.paused")],
    ids=["does not use it", "paused"],
)
def test_who_would_not_take_it_is_not_restarted(web, code):
    with pytest.raises(InvalidRequest) as refused:
        made({"level": "debug"}, web=web, restart=[{"name": "web"}])
    assert refused.value.code == code


def test_it_waits_for_their_rollouts():
    wanted, behind = asked({"level": "debug"}, restart=[{"name": "web"}]), consumer()
    behind["status"]["updatedReplicas"] = 1
    plan = made({"level": "debug"}, restart=[{"name": "web"}])
    assert list(ACTION.watches(wanted)) == [WEB]
    assert ACTION.settled(wanted, plan, config_map(), {WEB: behind}) == Progress(
        False, "Deployment shop/web: 1 of 3 replicas updated"
    )
    assert ACTION.settled(wanted, plan, config_map(), {WEB: consumer()}) == Progress(True, "")
    assert "deleted meanwhile" in ACTION.settled(wanted, plan, config_map(), {WEB: None}).failed


@pytest.mark.parametrize(
    ("data", "raw", "code"),
    [
        ({"level": "debug"}, config_map(immutable=True), "target.immutable"),
        ({"..": "x"}, None, "request.key-invalid"),
        ({"a/b": "x"}, None, "request.key-invalid"),
        ({"a\n": "x"}, None, "request.key-invalid"),
        ({"level": 3}, None, "request.value-not-text"),
        ({"level": {"a": 1}}, None, "request.value-not-text"),
        ({"level": "********"}, None, "request.value-hidden"),
    ],
)
def test_what_cannot_be_is_refused(data, raw, code):
    with pytest.raises(InvalidRequest) as refused:
        made(data, raw)
    assert refused.value.code == code


def test_a_long_value_is_shown_in_part_and_not_kept():
    plan = made({"level": "debug"}, config_map(data={"level": "x" * 20000}))
    assert plan.before["data"]["level"] == f"{'x' * 1000}… (20000 characters)"
    assert plan.undo == Undo(note="The previous values are too long to be kept in a record.")


USES = {
    "volume": {"volumes": [{"configMap": {"name": "settings"}}]},
    "projected volume": {
        "volumes": [{"projected": {"sources": [{"secret": {"name": "settings"}}, {"configMap": {"name": "settings"}}]}}]
    },
    "environment": {"containers": [{"envFrom": [{"configMapRef": {"name": "settings"}}]}]},
    "variable of an init container": {
        "initContainers": [
            {"env": [{"name": "A", "value": "x"}, {"valueFrom": {"configMapKeyRef": {"name": "settings"}}}]}
        ]
    },
}


@pytest.mark.parametrize("pod", USES.values(), ids=USES)
def test_every_way_to_use_a_config_map_is_known(pod):
    assert uses(pod, SETTINGS) is True
    assert uses(pod, ObjectRef("ConfigMap", "other", "shop")) is False


@pytest.mark.parametrize(
    "pod",
    [
        {"volumes": [{"secret": {"secretName": "settings"}}]},
        {"volumes": [{"projected": {"sources": [{"secret": {"name": "settings"}}]}}]},
        {"containers": [{"envFrom": [{"secretRef": {"name": "settings"}}]}]},
        {"containers": [{"env": [{"valueFrom": {"secretKeyRef": {"name": "settings"}}}]}]},
    ],
)
def test_a_secret_of_the_same_name_is_another_thing(pod):
    assert uses(pod, SETTINGS) is False
    assert uses(pod, ObjectRef("Secret", "settings", "shop")) is True
