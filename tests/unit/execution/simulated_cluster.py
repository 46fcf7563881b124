# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records in memory, with the versions, preconditions, selectors and phase rules of the API server, in simulated time."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.server_clock import ServerClock
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, Conflict, Unreachable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.record import timestamp
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Write

BEGIN = datetime(2026, 11, 22, 12, 59, 58, tzinfo=UTC)
_MAY_FOLLOW = {
    "Pending": {"Rejected", "AwaitingApproval", "Executing", "Failed"},
    "AwaitingApproval": {"Rejected"},
    "Executing": {"Succeeded", "Failed"},
    "Succeeded": {"RolledBack"},
    "Failed": {"RolledBack"},
}


@dataclass
class SimulatedCluster:
    """All records, and the time.

    Attributes:
        seconds: Since the beginning; what every process's monotonic clock shows.
        fenced: Whether writes are checked against the version that they state. Only to see a test fail.
        sent_s: When the request that is carried out now was sent.
        admissions: Names of records, in the order in which they began to execute, and when the process said so.
    """

    seconds: float = 0.0
    fenced: bool = True
    sent_s: float = 0.0
    version: int = 1000
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    admissions: list[tuple[str, float]] = field(default_factory=list)

    def clock(self) -> float:
        return self.seconds

    @property
    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.seconds)

    def create(self, body: Mapping[str, Any]) -> dict[str, Any]:
        name = body["metadata"]["name"]
        if name in self.records:
            raise ApiFailure("api.already-exists", f"{name} exists already.", status=409)
        raw = {**copy.deepcopy(dict(body)), "status": {"phase": "Pending"}}
        raw["metadata"] |= {"creationTimestamp": timestamp(self.now), "resourceVersion": self._next()}
        self.records[name] = raw
        return copy.deepcopy(raw)

    def read(self, name: str) -> dict[str, Any]:
        if name not in self.records:
            raise ApiFailure("api.not-found", f"{name} does not exist.", status=404)
        return copy.deepcopy(self.records[name])

    def find(self, labels: str, fields: str) -> dict[str, Any]:
        matches, phases = label_selector(labels), _phase_selector(fields)
        found = [
            it for it in self.records.values() if matches(it["metadata"]["labels"]) and phases(it["status"]["phase"])
        ]
        return {"items": [copy.deepcopy(it) for it in found]}

    def patch_status(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        raw = self.records[name]
        if self.fenced and body["metadata"]["resourceVersion"] != raw["metadata"]["resourceVersion"]:
            raise Conflict("api.conflict", f"{name} was changed.", status=409)
        before, after = raw["status"]["phase"], body["status"].get("phase", raw["status"]["phase"])
        if self.fenced and after != before and after not in _MAY_FOLLOW.get(before, ()):
            raise ApiFailure("api.invalid", f"An execution does not go from {before} to {after}.", status=422)
        raw["status"] |= copy.deepcopy(dict(body["status"]))
        raw["metadata"]["resourceVersion"] = self._next()
        if after == "Executing" != before:
            self.admissions.append((name, self.sent_s))
        return copy.deepcopy(raw)

    def _next(self) -> str:
        self.version += 1
        return str(self.version)


def label_selector(text: str) -> Callable[[Mapping[str, str]], bool]:
    """The predicate that a label selector stands for: ``a=b``, ``a in (b,c)``, ``a notin (b)``, ``a``."""
    terms = list(_terms(text))
    return lambda labels: all(term(labels) for term in terms)


def _terms(text: str) -> Iterator[Callable[[Mapping[str, str]], bool]]:
    for term in re.split(r",(?![^(]*\))", text):
        if not term:
            continue
        if found := re.fullmatch(r"(\S+) (in|notin) \((.*)\)", term):
            key, how, values = found[1], found[2], set(found[3].split(","))
            yield lambda labels, key=key, how=how, values=values: (labels.get(key) in values) == (how == "in")
        elif "=" in term:
            key, value = term.split("=")
            yield lambda labels, key=key, value=value: labels.get(key) == value
        else:
            yield lambda labels, key=term: key in labels


def _phase_selector(text: str) -> Callable[[str], bool]:
    unwanted = set()
    for term in text.split(","):
        key, phase = term.split("!=")
        assert key == "status.phase"
        unwanted.add(phase)
    return lambda phase: phase not in unwanted


class SimulatedApi:
    """What one process sees of the cluster. Each request is a point at which the schedule may intervene.

    Args:
        arrive: Called with each request, before it is carried out. Returns whether its answer is lost.
    """

    def __init__(self, cluster: SimulatedCluster, arrive: Callable[[], bool]) -> None:
        self._cluster, self._arrive = cluster, arrive
        self._server_clock = ServerClock(cluster.clock)
        self._note()

    def now(self) -> datetime:
        return self._server_clock.now()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        if path.endswith("/kubernetesexecutions"):
            return self._answer(lambda: self._cluster.find(query["labelSelector"], query["fieldSelector"]))  # type: ignore[index]
        return self._answer(lambda: self._cluster.read(path.rsplit("/", 1)[-1]))

    def send(self, write: Write, dry_run: bool) -> dict[str, Any]:
        assert not dry_run
        if write.verb == "create":
            return self._answer(lambda: self._cluster.create(write.body))
        return self._answer(lambda: self._cluster.patch_status(write.path.split("/")[-2], write.body))

    def _answer(self, carry_out: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        sent_s = self._cluster.seconds
        lost = self._arrive()
        self._cluster.sent_s = sent_s
        answer = carry_out()
        if lost:
            raise Unreachable("connection.reset", "The answer was lost.", maybe_sent=True)
        self._note()
        return answer

    def _note(self) -> None:
        self._server_clock.note(format_datetime(self._cluster.now.replace(microsecond=0), usegmt=True))
