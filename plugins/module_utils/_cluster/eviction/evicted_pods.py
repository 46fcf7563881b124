# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pods of an eviction and where each of them stands.

Mutable state of one ``evict_all`` run, touched by its scheduling thread only.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Write

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0
_GROWTH = 1.6


class State(Enum):
    """``QUEUED`` not asked yet, or to be asked again; ``HELD`` refused by a budget; ``ACCEPTED`` to be waited for."""

    QUEUED = "queued"
    ASKING = "asking"
    HELD = "held"
    ACCEPTED = "accepted"
    GONE = "gone"
    FAILED = "failed"


@dataclass
class Pod:
    """One pod.

    Attributes:
        reason: Why it is not gone, for the result.
        budget: ``namespace/name`` of the budget that refused it last.
        not_before: Earliest time to ask again, on the deadline's clock.
        pause_s: Last pause before asking again.
        errors: Answers 500 in a row.
        in_doubt: The answer to a request was lost, so the pod may be ending.
    """

    write: Write
    namespace: str
    name: str
    uid: str
    state: State = State.QUEUED
    reason: str = "its eviction was not asked for before the deadline"
    budget: str = ""
    not_before: float = 0.0
    pause_s: float = 0.0
    errors: int = 0
    in_doubt: bool = False

    @property
    def path(self) -> str:
        return self.write.path.removesuffix("/eviction")

    @property
    def settled(self) -> bool:
        return self.state in (State.GONE, State.FAILED)

    def later(self, now: float, reason: str, retry_after_s: float | None = None) -> None:
        """Ask again after a pause that grows."""
        self.state = State.QUEUED
        self.reason = reason
        self.pause_s = _next_pause(self.pause_s, retry_after_s)
        self.not_before = now + self.pause_s

    def summary(self) -> dict[str, str]:
        return {"namespace": self.namespace, "name": self.name, "uid": self.uid}


@dataclass
class Budget:
    """One disruption budget that has refused: its pods are asked for in rounds.

    A round begins with a single pod. Each success doubles how many are asked for at once, a refusal ends the round and
    doubles up to a pause before the next one; so a budget costs about one refused request a round, however many
    pods it holds.
    """

    not_before: float = 0.0
    pause_s: float = 0.0
    width: int = 1

    def refused(self, now: float, retry_after_s: float | None) -> None:
        self.width = 1
        # Answers to requests of the same round arrive one after the other: they are one refusal.
        if now >= self.not_before:
            self.pause_s = _next_pause(self.pause_s, retry_after_s)
            self.not_before = now + self.pause_s

    def accepted(self, now: float, widest: int) -> None:
        self.width = min(self.width * 2, widest)
        self.pause_s = 0.0
        self.not_before = now


def pods_of(evictions: Iterable[Write]) -> list[Pod]:
    """The pods that the evictions name, in their order.

    Raises:
        ValueError: An eviction without a uid precondition: it could hit another pod of that name.
    """
    pods = []
    for write in evictions:
        metadata = write.body.get("metadata") or {}
        options = write.body.get("deleteOptions") or {}
        uid = (options.get("preconditions") or {}).get("uid")
        if not uid:
            raise ValueError(f"eviction without uid precondition: {write.path}")
        namespace = metadata.get("namespace") or write.target.namespace
        pods.append(Pod(write, str(namespace), str(metadata.get("name") or write.target.name), str(uid)))
    return pods


def _next_pause(pause_s: float, retry_after_s: float | None) -> float:
    grown = max(FIRST_PAUSE_S, pause_s * _GROWTH)
    return min(LONGEST_PAUSE_S, max(grown, retry_after_s or 0.0))
