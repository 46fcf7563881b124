# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the result of a drain has to say, compared with the cluster."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.integration.drain_site import Site
from tests.integration.gate_calls import Result

LISTS = ("evicted", "pending", "failed", "skipped")


def assert_pods(result: Result, site: Site, **expected: Any) -> None:
    """The four lists name exactly these pods, all of the site's namespace, each in one list and in order.

    Args:
        expected: For each list the names, or the names with their reasons. A list that is not given is empty.
    """
    assert result["pods"].keys() == set(LISTS)
    told = {name: {pod["name"]: pod.get("reason", "") for pod in result["pods"][name]} for name in LISTS}
    wanted = {name: expected.get(name, ()) for name in LISTS}
    for name, pods in wanted.items():
        assert (told[name] if isinstance(pods, Mapping) else sorted(told[name])) == (
            pods if isinstance(pods, Mapping) else sorted(pods)
        ), f"{name}: {told}"
    entries = [pod for name in LISTS for pod in result["pods"][name]]
    assert {pod["namespace"] for pod in entries} <= {site.namespace}
    assert len({pod["name"] for pod in entries}) == len(entries)
    assert (result["evicted"], result["pending"]) == (result["pods"]["evicted"], result["pods"]["pending"])


def assert_true_to_the_cluster(result: Result, site: Site) -> None:
    """By uid: what was evicted is gone from the node, and what is pending or failed is still on it."""
    there = site.pods()
    evicted = {pod["uid"] for pod in result["pods"]["evicted"]}
    assert not evicted & set(there.values())
    for pod in (*result["pods"]["pending"], *result["pods"]["failed"]):
        assert there[pod["name"]] == pod["uid"], f"{pod} is told to be there"


def violation(result: Result, code: str) -> Mapping[str, Any]:
    """The violation with this code; there is exactly one."""
    found = [it for it in result["decision"]["violations"] if it["code"] == code]
    assert len(found) == 1, result["decision"]["violations"]
    return dict(found[0])


def warning_codes(result: Result) -> list[str]:
    return sorted(warning["code"] for warning in result["decision"]["warnings"])


@dataclass
class Stopwatch:
    """Seconds of a block; ``seconds`` is set when it ends."""

    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0


@contextmanager
def stopwatch() -> Iterator[Stopwatch]:
    watch = Stopwatch()
    try:
        yield watch
    finally:
        watch.seconds = time.monotonic() - watch.began
