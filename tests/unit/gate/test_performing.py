# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes whose answer is lost, on the target and on something else; waiting for more than the target."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Action, Progress
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.performing import (
    Footprint,
    Performance,
    perform,
    verify,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.permit import Permit
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    ObjectRef,
    Plan,
    Read,
    Request,
    Write,
)

TARGET = ObjectRef("ConfigMap", "settings", "shop")
OTHER = ObjectRef("Deployment", "web", "shop")
FIRST = Write("patch", "/cm", {"metadata": {"resourceVersion": "1"}, "data": {"a": "2"}}, TARGET)
SECOND = Write("patch", "/web", {"metadata": {"resourceVersion": "5"}, "spec": {"at": "now"}}, OTHER)
CREATION = Write("create", "/policies", {"metadata": {"name": "deny"}}, ObjectRef("NetworkPolicy", "deny", "shop"))


class Pair(Action):
    name = verb = "pair"
    facts = frozenset()
    options: ClassVar[Any] = {}
    waits = True

    def target(self, request):
        return TARGET

    def reads(self, request):
        return {"target": Read("/cm")}

    def plan(self, request, reads):
        raise NotImplementedError

    def holds(self, request, plan, observed):
        return observed["data"] == {"a": "2"}

    def watches(self, request):
        return {"web": Read("/web")}

    def settled(self, request, plan, observed, others):
        web = others["web"]
        return Progress(web is not None and web.get("ready", False), "", failed="" if web else "it is gone")


class Cluster:
    """Objects by path. The answer to the next write may get lost, with or without its effect."""

    def __init__(self, objects: dict[str, Any], lost: dict[str, list[bool]] | None = None) -> None:
        self.objects, self.lost, self.sent = objects, lost or {}, []

    def get(self, path, query=None):
        if path not in self.objects:
            raise ApiFailure("api.not-found", f"{path} not found", status=404)
        return self.objects[path]

    def send(self, write, dry_run):
        self.sent.append(write.path)
        effect = self.lost[write.path].pop(0) if self.lost.get(write.path) else None
        if effect is not False:
            path = f"{write.path}/{write.body['metadata']['name']}" if write.verb == "create" else write.path
            self.objects[path] = {**self.objects.get(path, {}), **write.body}
        if effect is not None:
            raise Unreachable("net.timeout", "no answer", maybe_sent=True)


def carry_out(cluster: Cluster, *writes: Write) -> Footprint:
    plan, footprint = Plan(TARGET, writes, {}, {}), Footprint()
    run = Performance(Pair(), Request("pair", {}), cluster, Deadline(5), lambda line: None, lambda s: None)
    perform(run, plan, Permit(plan.digest, "d1"), footprint)
    return footprint


@pytest.mark.parametrize("lost", [FIRST, SECOND, CREATION], ids=["target", "other", "creation"])
@pytest.mark.parametrize(("arrived", "times"), [(True, 1), (False, 2)], ids=["arrived", "got lost"])
def test_a_write_without_an_answer_is_repeated_only_when_it_had_no_effect(lost, arrived, times):
    """The target says what the first write said; that must not pass for the effect of a later one."""
    cluster = Cluster({"/cm": {"data": {"a": "1"}}, "/web": {"spec": {"at": "before"}}}, {lost.path: [arrived]})
    footprint = carry_out(cluster, FIRST, SECOND, CREATION)
    assert [cluster.sent.count(write.path) for write in (FIRST, SECOND, CREATION)] == [
        times if write is lost else 1 for write in (FIRST, SECOND, CREATION)
    ]
    assert (footprint.changed, footprint.in_doubt) == (True, False)


def judge(objects: dict[str, Any], raw: Any) -> None:
    run = Performance(Pair(), Request("pair", {}), Cluster(objects), Deadline(0.01), lambda line: None, lambda s: None)
    verify(run, Plan(TARGET, (), {}, {}), raw)


def test_what_an_action_watches_is_waited_for_also_where_the_target_was_read_before():
    judge({"/cm": {}, "/web": {"ready": True}}, {"data": {}})
    with pytest.raises(ApiFailure) as failed:
        judge({"/cm": {}}, {"data": {}})
    assert failed.value.code == "verify.impossible"
