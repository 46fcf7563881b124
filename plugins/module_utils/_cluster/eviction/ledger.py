# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known about the pods of an eviction, what is to be asked next, and the outcome.

No I/O and no clock of its own: times come in as arguments, answers as values.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Interruptions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.answers import (
    EvictionAnswer,
    Verdict,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.evicted_pods import (
    Budget,
    Pod,
    State,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, GateError, Unreachable

# An answer 500 that comes so often in a row is no passing failure: the pod is under two budgets.
ERRORS_FOR_EVER = 3
# The API server counts an eviction by an optimistic update of the budget and pauses for half a second after each conflict.
# Measured with 100 pods of one budget: 4 at once take 11 s, 16 at once 30 s, of 32 at once some are left after a minute.
WIDEST = 4
_TOUCHED = frozenset({State.GONE, State.ACCEPTED, State.ASKING})


@dataclass(frozen=True)
class EvictionOutcome:
    """Where each pod ended up. Each mapping has ``namespace``, ``name``, ``uid``; those not evicted also ``reason``.

    Attributes:
        evicted: The pod, by uid, is gone.
        pending: Not gone at the deadline: held by a budget, still terminating, or not answered.
        failed: The API server refused for good.
        changed: At least one eviction was accepted, or its answer never came.
        accepted: Every pod that is pending has had its eviction accepted: nothing is left to be asked.
    """

    evicted: tuple[Mapping[str, str], ...] = ()
    pending: tuple[Mapping[str, str], ...] = ()
    failed: tuple[Mapping[str, str], ...] = ()
    changed: bool = False
    accepted: bool = True


class Ledger:
    """The pods' states and the budgets that refused.

    Args:
        pods: All of them.
        widest: Most pods of one budget to ask for at once.
        interruptions: Tells passing failures from lasting ones.
        guarded: Namespace to the number of disruption budgets in it that are known to cover pods. Which budget covers
            which pod is not known before one refuses, so the limit is for all of them together.
    """

    def __init__(
        self,
        pods: Sequence[Pod],
        widest: int,
        interruptions: Interruptions,
        guarded: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.pods = pods
        self._widest = widest
        self._interruptions = interruptions
        self._guarded = guarded
        self._budgets: dict[str, Budget] = {}

    @property
    def settled(self) -> bool:
        return all(pod.settled for pod in self.pods)

    @property
    def unsettled(self) -> list[Pod]:
        return [pod for pod in self.pods if not pod.settled]

    @property
    def only_waiting(self) -> bool:
        """Nothing is left to be asked: every pod is settled or on its way out."""
        return all(pod.settled or pod.state is State.ACCEPTED for pod in self.pods)

    @property
    def gone(self) -> int:
        return sum(pod.state is State.GONE for pod in self.pods)

    def due(self, now: float, room: int) -> list[Pod]:
        """The pods to ask for now: queued ones, and of each budget's pods as many as its round is wide."""
        width = {name: budget.width for name, budget in self._budgets.items() if now >= budget.not_before}
        places = {namespace: budgets * self._widest for namespace, budgets in self._guarded.items()}
        for pod in self.pods:
            if pod.state is State.ASKING:
                _take(width, pod.budget)
                _take(places, pod.namespace)
        due: list[Pod] = []
        for pod in self.pods:
            if len(due) >= room:
                break
            held = pod.state is State.HELD and width.get(pod.budget, 0) > 0
            queued = pod.state is State.QUEUED and now >= pod.not_before
            if (held or queued) and places.get(pod.namespace, 1) > 0:
                if held:
                    _take(width, pod.budget)
                _take(places, pod.namespace)
                due.append(pod)
        return due

    def moments(self, now: float) -> Iterator[float]:
        """The times still to come at which another pod is due."""
        held = {pod.budget for pod in self.pods if pod.state is State.HELD}
        yield from (self._budgets[name].not_before for name in held if self._budgets[name].not_before > now)
        yield from (pod.not_before for pod in self.pods if pod.state is State.QUEUED and pod.not_before > now)

    def judge(self, pod: Pod, answer: EvictionAnswer, now: float) -> None:
        """Take in the answer to one request. A look may have seen the end of the pod before the answer arrived."""
        if pod.state is State.GONE:
            return
        pod.in_doubt = _in_doubt(pod, answer)
        if answer.verdict is Verdict.HELD:
            pod.state, pod.reason, pod.budget = State.HELD, answer.reason, answer.budget
            self._budgets.setdefault(answer.budget, Budget()).refused(now, answer.retry_after_s)
        elif answer.verdict is Verdict.ACCEPTED:
            pod.state, pod.reason = State.ACCEPTED, "its eviction was accepted, it is still terminating"
            if pod.budget in self._budgets:
                self._budgets[pod.budget].accepted(now, self._widest)
        elif answer.verdict is Verdict.GONE:
            pod.state = State.GONE
        elif answer.error is not None and self._passes(pod, answer.error):
            pod.later(now, answer.reason, answer.retry_after_s)
        else:
            pod.state, pod.reason = State.FAILED, answer.reason

    def _passes(self, pod: Pod, error: GateError) -> bool:
        status = error.status if isinstance(error, ApiFailure) else 0
        pod.errors = pod.errors + 1 if status == 500 else 0
        return (self._interruptions.heals(error) or status == 409) and pod.errors < ERRORS_FOR_EVER

    def see(self, present: frozenset[str]) -> int:
        """Take in which uids exist. A pod whose uid does not is gone, whoever ended it.

        Returns:
            How many were not known to be gone.
        """
        gone = [pod for pod in self.pods if pod.state is not State.GONE and pod.uid not in present]
        for pod in gone:
            pod.state = State.GONE
        return len(gone)

    def blind(self, reason: str) -> None:
        """Note that the end of the accepted pods cannot be seen."""
        for pod in self.pods:
            if pod.state is State.ACCEPTED:
                pod.reason = reason

    def held(self) -> Mapping[str, int]:
        """How many pods each budget holds now."""
        counts: dict[str, int] = {}
        for pod in self.pods:
            if pod.budget and not pod.settled and pod.state is not State.ACCEPTED:
                counts[pod.budget] = counts.get(pod.budget, 0) + 1
        return dict(sorted(counts.items()))

    def outcome(self) -> EvictionOutcome:
        """The end, pods sorted by namespace and name."""
        pods = sorted(self.pods, key=lambda pod: (pod.namespace, pod.name))
        return EvictionOutcome(
            evicted=tuple(pod.summary() for pod in pods if pod.state is State.GONE),
            pending=_with_reasons(pod for pod in pods if not pod.settled),
            failed=_with_reasons(pod for pod in pods if pod.state is State.FAILED),
            changed=any(pod.in_doubt or pod.state in _TOUCHED for pod in pods),
            accepted=self.only_waiting,
        )


def _take(left: dict[str, int], name: str) -> None:
    if name in left:
        left[name] -= 1


def _in_doubt(pod: Pod, answer: EvictionAnswer) -> bool:
    """Whether the pod may be ending although no answer says so. A budget's refusal settles it: it holds no ending pod."""
    if answer.verdict is not Verdict.TROUBLE:
        return False
    lost = answer.error.maybe_sent if isinstance(answer.error, Unreachable) else _is_gateway(answer.error)
    return pod.in_doubt or lost


def _is_gateway(error: GateError | None) -> bool:
    """A proxy in front of the API server gave up waiting for the answer."""
    return isinstance(error, ApiFailure) and error.status in (502, 504)


def _with_reasons(pods: Iterable[Pod]) -> tuple[Mapping[str, str], ...]:
    return tuple({**pod.summary(), "reason": pod.reason} for pod in pods)
