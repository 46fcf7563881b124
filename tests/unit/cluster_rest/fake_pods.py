# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A cluster that knows pods, disruption budgets and evictions, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.transport import Answer
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Write
from tests.unit.cluster_rest.fake_server import FakeClock, Scripted, Sent, answer, status

NODE = "n1"


@dataclass
class FakePods:
    """Pods of namespace ``shop`` on one node.

    Attributes:
        uids: Name to uid of the pods that exist.
        lifetime_s: How long an evicted pod takes to end.
        budget: Disruptions that budget ``web`` allows now; ``None`` without one.
        replaced_after_s: When the budget gets an eviction back; never when ``None``.
        trouble: Asked first about each request; an answer or an outage replaces the real one.
    """

    names: tuple[str, ...]
    lifetime_s: float = 1.0
    budget: int | None = None
    replaced_after_s: float | None = None
    trouble: Callable[[Sent], Answer | Unreachable | None] | None = None
    clock: FakeClock = field(default_factory=FakeClock)
    evictions: list[str] = field(default_factory=list)
    looks: int = 0

    def __post_init__(self) -> None:
        self.uids = {name: f"uid-{name}" for name in self.names}
        self.ends: dict[str, float] = {}
        self.transport = Scripted(respond=self._respond)

    @property
    def api(self) -> Api:
        return Api(
            self.transport,  # type: ignore[arg-type]
            user_agent="test",
            request_timeout_s=30.0,
            sleep=self.clock.sleep,
            clock=self.clock,
        )

    def writes(self) -> list[Write]:
        return [eviction(name, f"uid-{name}") for name in self.names]

    def _respond(self, sent: Sent) -> Answer:
        if self.trouble is not None:
            trouble = self.trouble(sent)
            if isinstance(trouble, Unreachable):
                raise trouble
            if trouble is not None:
                return trouble
        for name in [name for name, end in self.ends.items() if end <= self.clock.now]:
            self.uids.pop(name, None)
            del self.ends[name]
        if sent.method == "POST":
            return self._evict(sent.target.split("/")[-2], sent.body["deleteOptions"]["preconditions"]["uid"])
        self.looks += 1
        if sent.target.startswith("/api/v1/pods?"):
            assert sent.target == f"/api/v1/pods?fieldSelector=spec.nodeName%3D{NODE}&limit=500"
            return answer(200, {"items": [{"metadata": {"uid": uid}} for uid in self.uids.values()], "metadata": {}})
        uid = self.uids.get(sent.target.split("/")[-1])
        return answer(200, {"metadata": {"uid": uid}}) if uid else status(404, "NotFound")

    def _evict(self, name: str, uid: str) -> Answer:
        self.evictions.append(name)
        if name not in self.uids:
            return status(404, "NotFound")
        if self._allowed() == 0:
            text = "The disruption budget web needs 2 healthy pods and has 2 currently"
            return status(429, "TooManyRequests", causes=[{"reason": "DisruptionBudget", "message": text}])
        if self.uids[name] != uid:
            return status(409, "Conflict", "the UID in the precondition does not match")
        self.ends[name] = self.clock.now + self.lifetime_s
        self.taken.append(self.clock.now)
        return answer(201, {"kind": "Status", "status": "Success"})

    taken: list[float] = field(default_factory=list)

    def _allowed(self) -> int:
        if self.budget is None:
            return 1
        if self.replaced_after_s is None:
            return self.budget - len(self.taken)
        return self.budget - sum(self.clock.now - at < self.replaced_after_s for at in self.taken)


def eviction(name: str, uid: str, grace: int | None = None) -> Write:
    options: dict[str, object] = {"preconditions": {"uid": uid}}
    if grace is not None:
        options["gracePeriodSeconds"] = grace
    metadata = {"name": name, "namespace": "shop"}
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": metadata, "deleteOptions": options}
    return Write("evict", f"/api/v1/namespaces/shop/pods/{name}/eviction", body, ObjectRef("Pod", name, "shop"))


def pod(name: str, reason: str | None = None) -> dict[str, str]:
    summary = {"namespace": "shop", "name": name, "uid": f"uid-{name}"}
    return summary if reason is None else {**summary, "reason": reason}
