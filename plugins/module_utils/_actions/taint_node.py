# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TaintNode: put one taint on a node, or take it off; all others stay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import (
    CLUSTER_SCOPED,
    Action,
    Progress,
    Raw,
    node_permissions,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.cordon_node import node_read, node_ref
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.pod_removal import replacements, running
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.workload import MERGE
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    Impact,
    ObjectRef,
    Permission,
    Plan,
    Read,
    Request,
    Undo,
    Write,
)

_KEY = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?")
# Kubernetes itself sets these and takes them off, by the state of the node.
_RESERVED = ("node.kubernetes.io/", "node.cloudprovider.kubernetes.io/")
_NO_EXECUTE, _SOFT = "NoExecute", "PreferNoSchedule"


class TaintNode(Action):
    """A taint is the one of its key and effect. With ``NoExecute`` the pods that do not tolerate it are deleted at once:

    no disruption budget is asked. What a pod tolerates for some time only is counted, and not waited for.
    """

    name = "TaintNode"
    verb = "taint"
    facts = frozenset({"cluster_info", "nodes", "disruption", "capacity", "rbac_permissions", "dry_run_result"})
    waits = True
    options: ClassVar = {
        **CLUSTER_SCOPED,
        "key": {"type": "str", "required": True, "no_log": False},
        "value": {"type": "str", "default": ""},
        "effect": {"type": "str", "choices": ["NoSchedule", "PreferNoSchedule", "NoExecute"], "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    }

    def target(self, request: Request) -> ObjectRef:
        return node_ref(request)

    def reads(self, request: Request) -> dict[str, Read]:
        return {"target": node_read(self.target(request)), **self.watches(request)}

    def watches(self, request: Request) -> dict[str, Read]:
        if not _evicts(request):
            return {}
        return {
            "pods": Read("/api/v1/pods", {"fieldSelector": f"spec.nodeName={self.target(request).name}"}, many=True)
        }

    def plan(self, request: Request, reads: Mapping[str, Any]) -> Plan:
        raw, ref, wanted = reads["target"], self.target(request), _taint(request)
        taints = [dict(taint) for taint in raw["spec"].get("taints") or ()]
        before = next((taint for taint in taints if _is_same(taint, wanted)), None)
        present = request.parameters.get("state", "present") == "present"
        settled = (
            before is not None and before.get("value", "") == wanted.get("value", "") if present else before is None
        )
        leaving = running(pod for pod in reads.get("pods", ()) if _tolerated_s(pod, wanted) is not _FOR_EVER)
        closes = present and wanted["effect"] != _SOFT
        return Plan(
            target=ref,
            writes=() if settled else (_write(ref, raw, _changed(taints, wanted, present)),),
            before={"taint": _shown(before)},
            after={"taint": _shown(wanted) if present else ""},
            impact=Impact(
                removes=leaving,
                adds=replacements(leaving),
                unavailable_nodes=(ref.name,) if closes else (),
                fields=(("spec", "taints"),),
                permissions=(*node_permissions(ref.name), *((Permission("list", "pods"),) if _evicts(request) else ())),
            ),
            parameters={
                "node_name": ref.name,
                "key": wanted["key"],
                "value": wanted.get("value", ""),
                "effect": wanted["effect"],
                "state": "present" if present else "absent",
                "closes_node": closes,
                "pods": len(leaving),
            },
            undo=_undo(ref, before, wanted, leaves=bool(leaving)),
        )

    def holds(self, request: Request, plan: Plan, observed: Raw | None) -> bool:
        return observed is not None and not self.plan(request, {"target": observed}).writes

    def progress(self, request: Request, plan: Plan, observed: Raw | None) -> Progress:
        if observed is None:
            return Progress(False, "", failed="the node was deleted meanwhile")
        return Progress(True, "")

    def settled(self, request: Request, plan: Plan, observed: Raw | None, others: Mapping[str, Any]) -> Progress:
        wanted = _taint(request)
        awaited = {pod["metadata"]["uid"] for pod in plan.impact.removes if _tolerated_s(pod, wanted) == 0}
        left = [pod for pod in others.get("pods") or () if pod["metadata"]["uid"] in awaited]
        if left:
            return Progress(False, f"{len(awaited) - len(left)}/{len(awaited)} pods gone")
        return self.progress(request, plan, observed)


_FOR_EVER = None


def _taint(request: Request) -> dict[str, str]:
    key, value = str(request.parameters["key"]), str(request.parameters.get("value") or "")
    if not _KEY.fullmatch(key) or not _VALUE.fullmatch(value):
        raise InvalidRequest(
            "request.taint-invalid",
            f"key, value: {key[:80]!r}, {value[:80]!r} are not what Kubernetes accepts for a taint.",
            "Write a key as for labels (example.com/dedicated) and a value of at most 63 characters.",
        )
    if key.startswith(_RESERVED):
        raise InvalidRequest(
            "request.taint-reserved",
            f"key: Kubernetes itself sets and removes {key}.",
            "Use a key of your own; cordon_node marks a node as unschedulable.",
        )
    return {"key": key, "effect": str(request.parameters["effect"]), **({"value": value} if value else {})}


def _evicts(request: Request) -> bool:
    return request.parameters.get("effect") == _NO_EXECUTE and request.parameters.get("state", "present") == "present"


def _is_same(one: Raw, other: Raw) -> bool:
    return (one["key"], one["effect"]) == (other["key"], other["effect"])


def _changed(taints: list[dict[str, Any]], wanted: Raw, present: bool) -> list[Any]:
    """The whole list, since a patch replaces it. What others have put there stays as it is, in its order."""
    others = [taint for taint in taints if not _is_same(taint, wanted)]
    return [*others, dict(wanted)] if present else others


def _tolerated_s(pod: Raw, taint: Raw) -> int | None:
    """Seconds that a pod may stay, ``None``: for ever. Of several tolerations the shortest counts.

    Source: Kubernetes ``pkg/controller/tainteviction`` and ``k8s.io/component-helpers/scheduling/corev1``.
    """
    matching = [it for it in pod["spec"].get("tolerations") or () if _tolerates(it, taint)]
    if not matching:
        return 0
    limited = [max(0, int(it["tolerationSeconds"])) for it in matching if it.get("tolerationSeconds") is not None]
    return min(limited) if limited else _FOR_EVER


def _tolerates(toleration: Raw, taint: Raw) -> bool:
    if toleration.get("effect") and toleration["effect"] != taint["effect"]:
        return False
    if toleration.get("key") and toleration["key"] != taint["key"]:
        return False
    operator = toleration.get("operator") or "Equal"
    if operator == "Exists":
        return True
    return operator == "Equal" and bool(toleration.get("key")) and toleration.get("value", "") == taint.get("value", "")


def _write(ref: ObjectRef, raw: Raw, taints: list[Any]) -> Write:
    return Write(
        verb="patch",
        path=f"/api/v1/nodes/{ref.name}",
        body={"metadata": {"resourceVersion": raw["metadata"]["resourceVersion"]}, "spec": {"taints": taints}},
        target=ref,
        content_type=MERGE,
    )


def _shown(taint: Raw | None) -> str:
    """As ``kubectl`` writes it: ``dedicated=gpu:NoSchedule``."""
    if taint is None:
        return ""
    value = taint.get("value", "")
    return f"{taint['key']}{f'={value}' if value else ''}:{taint['effect']}"


def _undo(ref: ObjectRef, before: Raw | None, wanted: Raw, *, leaves: bool) -> Undo:
    """What was there before, if anything, with its own value."""
    taint = before or wanted
    return Undo(
        TaintNode.name,
        {
            "name": ref.name,
            "key": taint["key"],
            "value": taint.get("value", ""),
            "effect": taint["effect"],
            "state": "absent" if before is None else "present",
        },
        "The pods stay where they have gone." if leaves else "",
    )
