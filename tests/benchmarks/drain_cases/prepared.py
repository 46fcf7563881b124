# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A prepared node with its own way to the API server, and what happened there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.drain_cases.cases import Case
from tests.integration.api_proxy import ApiProxy
from tests.integration.drain_site import Site, new_site
from tests.integration.faults import Call, request_to
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_records import RECORDS, deeds
from tests.integration.recording import RecordedRequest

_CLEARS_AFTER_S = 5.0


@dataclass(frozen=True)
class Pod:
    """A pod that was on the node before the drain."""

    uid: str
    name: str
    app: str
    ending: bool


@dataclass(frozen=True)
class Told:
    """What a tool said in the end.

    Attributes:
        ok: It reported success.
        text: Everything it wrote.
        changed: What it says of that; ``None`` when it has no such notion.
        tries: How often it was started.
        overdue: It had to be ended from outside.
    """

    ok: bool
    text: str
    changed: bool | None = None
    tries: int = 1
    overdue: bool = False


@dataclass(frozen=True)
class Seen:
    """What became of the node, as the API server has it, and what was asked of it.

    Attributes:
        there: The pods that are still there, by uid.
        ending: Uids of those of them that have been asked to end.
        writes: That the API server carried out; what the gate keeps about itself (records, Events, Leases) is none.
        cordons: Those to the node.
        deletions: Pods deleted past the eviction API, which keeps the budgets.
        before_clearing: Writes before the budget cleared.
        seconds: From the first request to the end of the last one.
    """

    there: Sequence[Pod]
    ending: frozenset[str]
    cordoned: bool
    writes: int
    cordons: int
    deletions: int
    before_clearing: int
    seconds: float


@dataclass(frozen=True)
class Prepared:
    """A node for one case and one tool."""

    case: Case
    site: Site
    proxy: ApiProxy
    pods: Sequence[Pod]
    cordoned: bool
    cleared: threading.Event

    @property
    def node(self) -> str:
        return self.site.node

    def named(self, app: str) -> list[str]:
        """Names of an app's pods."""
        return [pod.name for pod in self.pods if pod.app == app]

    def take_away(self) -> None:
        """Remove the node. Its pods stay until the case is over."""
        self.site.admin.delete(self.site.node_path)

    def look(self) -> Seen:
        """What there is to be seen now."""
        found = pods_on(self.site)
        present = {pod.uid: pod for pod in found}
        asked = self.proxy.requests()
        writes = [it for it in deeds(self.proxy) if it.status is not None and it.status < 300 and not _is_record(it)]
        early = (
            [] if self.case.clears is None else [it for it in writes if it.started < _CLEARS_AFTER_S + asked[0].started]
        )
        return Seen(
            there=[pod for pod in self.pods if pod.uid in present],
            ending=frozenset(uid for uid, pod in present.items() if pod.ending),
            cordoned=self.site.is_cordoned,
            writes=len(writes),
            cordons=len([it for it in writes if it.path == self.site.node_path]),
            deletions=len([it for it in writes if it.method == "DELETE"]),
            before_clearing=len(early),
            seconds=max(it.started + it.duration_s for it in asked) - asked[0].started if asked else 0.0,
        )


@contextmanager
def prepared(case: Case, admin: PlainClient, kubeconfig: Path, place: Path) -> Iterator[Prepared]:
    """Prepare a node; everything is gone afterwards."""
    with new_site(admin) as site, ApiProxy(kubeconfig, place) as proxy:
        case.prepare(site)
        node = Prepared(case, site, proxy, pods_on(site), site.is_cordoned, threading.Event())
        if case.clears is not None:
            proxy.fault(request_to(f"^{site.node_path}$", "GET"), Call(_later(node, case.clears)))
        try:
            yield node
        finally:
            node.cleared.set()
            _end(site)


def pods_on(site: Site) -> list[Pod]:
    found = site.admin.get(f"/api/v1/namespaces/{site.namespace}/pods?fieldSelector=spec.nodeName={site.node}")["items"]
    return [_pod(pod["metadata"]) for pod in found]


def _is_record(request: RecordedRequest) -> bool:
    """Of an execution of ours; old ones are removed now and then."""
    return request.path.startswith(RECORDS)


def _pod(metadata: Mapping[str, Any]) -> Pod:
    return Pod(metadata["uid"], metadata["name"], metadata["labels"]["app"], "deletionTimestamp" in metadata)


def _later(node: Prepared, clears: Callable[[Site], None]) -> Callable[[RecordedRequest], None]:
    def clear() -> None:
        if not node.cleared.wait(_CLEARS_AFTER_S):
            clears(node.site)

    return lambda request: threading.Thread(target=clear, daemon=True).start()


def _end(site: Site) -> None:
    """End the pods whose node never answers, so that their namespace can go."""
    for pod in pods_on(site):
        site.admin.delete(path_to("Pod", pod.name, site.namespace), gracePeriodSeconds=0)
