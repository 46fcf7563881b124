# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tasks that are killed at a certain request: before it arrives at the API server, or when it has been carried out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster.cluster import Cluster
from tests.integration.api_proxy import ApiProxy
from tests.integration.faults import Call
from tests.integration.gate_client import PlainClient
from tests.integration.recording import RecordedRequest
from tests.integration.records_crowd import RECORDS
from tests.integration.records_nursery import Job, Nursery, Result

# For the processes that are killed: so that what they leave behind has expired soon.
SHORTER = {"PENDING_S": 8, "DECISION_S": 1.0, "TURN_S": 6.0, "GRACE_S": 1}
WAIT_TIMEOUT_S = 7
EXPIRED_AFTER_S = 9.5

_NAMES = re.compile(r"(?<=/)[a-z-]*[0-9a-f]{8,}[^/]*|(?<=/nodes/)[^/]+|(?<=deployments/)[^/]+|(?<=leases/)[^/]+")


@dataclass(frozen=True)
class Step:
    """The n-th request of a kind in a task."""

    method: str
    path: str
    dry_run: bool
    number: int
    is_write: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}{' (dry run)' if self.dry_run else ''} #{self.number}"


def kind_of(request: RecordedRequest) -> tuple[str, str, bool]:
    """A request without the names in it."""
    return request.method, _NAMES.sub("*", request.path), request.is_dry_run


def steps_of(proxy: ApiProxy, most: int = 2) -> list[Step]:
    """The requests of a task in their order. Of those that are repeated while it waits, the first few."""
    seen: Counter[tuple[str, str, bool]] = Counter()
    steps = []
    for request in proxy.requests():
        kind = kind_of(request)
        seen[kind] += 1
        if seen[kind] <= most:
            steps.append(Step(*kind, seen[kind], request.is_write))
    return steps


@dataclass
class Scene:
    """One task that is to be killed, on a target of its own.

    Attributes:
        action, options: The task.
        target: Kind, namespace and name, as in a record.
        step: At which request it is killed, ...
        carried_out: ... and whether that one is carried out all the same.
        killed: Whether it was; the request may not come in every run.
    """

    action: str
    options: Mapping[str, Any]
    target: tuple[str, str, str]
    step: Step | None = None
    carried_out: bool = False
    killed: bool = False
    record: dict[str, Any] | None = field(default=None, repr=False)
    state: Any = None
    approval: str = ""
    again: Result = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return f"{self.action}, killed {'after' if self.carried_out else 'before'} {self.step}"

    def play(self, cluster: Cluster, nursery: Nursery, place: Path) -> list[Step]:
        """Run the task, and kill it where that is wanted. Returns its requests."""
        place.mkdir()
        with ApiProxy(cluster.kubeconfig("runner"), place) as proxy:
            jobs: list[Job] = []

            def kill(_request: RecordedRequest) -> None:
                self.killed = True
                jobs[0].kill()
                if not self.carried_out:
                    raise ConnectionResetError

            if self.step is not None:
                proxy.fault(lambda request: kind_of(request) == self._kind, Call(kill), skip=self.step.number - 1)
            options = {"wait_timeout": WAIT_TIMEOUT_S, **self.options, "kubeconfig": str(proxy.kubeconfig())}
            jobs.append(nursery.start(self.action, shorter=SHORTER, **options))
            jobs[0].wait()
            if not jobs[0].was_killed:
                self.again = jobs[0].result
            return steps_of(proxy)

    def play_again(self, cluster: Cluster, nursery: Nursery) -> Result:
        """The same task, to its end."""
        options = {"wait_timeout": 60, **self.options, "kubeconfig": str(cluster.kubeconfig("runner"))}
        self.again = nursery.start(self.action, **options).result
        return self.again

    def records(self, admin: PlainClient) -> list[dict[str, Any]]:
        """The records of its target, the oldest first."""
        labels = dict(zip(("kind", "namespace", "name"), self.target, strict=True))
        selector = ",".join(f"guardrail.dev/{key}={value}" for key, value in labels.items())
        found: list[dict[str, Any]] = admin.get(f"{RECORDS}?labelSelector={selector}")["items"]
        return sorted(found, key=lambda it: int(it["metadata"]["resourceVersion"]))

    @property
    def _kind(self) -> tuple[str, str, bool]:
        assert self.step is not None
        return self.step.method, self.step.path, self.step.dry_run


def moments(steps: list[Step]) -> Iterator[tuple[Step, bool]]:
    """Before each request, and after each that changes something: after any other it is as before the next."""
    for step in steps:
        yield step, False
        if step.is_write:
            yield step, True
