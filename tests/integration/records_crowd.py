# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many processes that all want something at once, and what came of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import deployment, new_namespace
from tests.integration.records_nursery import Job, Nursery, Result

RECORDS = "/apis/guardrail.dev/v1alpha1/namespaces/guardrail-system/kubernetesexecutions"
REPLICAS = 2


@dataclass(frozen=True)
class Shop:
    """A namespace with Deployments without replicas that nothing else changes."""

    admin: PlainClient
    kubeconfig: Path
    namespace: str
    names: Sequence[str]

    def scale_all(self, nursery: Nursery, **options: Any) -> list[Job]:
        """Scale every Deployment, each in a process of its own, all at once."""
        return [self.scale(nursery, name, **options) for name in self.names]

    def scale(self, nursery: Nursery, name: str, **options: Any) -> Job:
        given: dict[str, Any] = {"replicas": REPLICAS, "wait": False, **options}
        return nursery.start(
            "ScaleDeployment", kubeconfig=str(self.kubeconfig), name=name, namespace=self.namespace, **given
        )

    def records(self) -> list[dict[str, Any]]:
        """The records of this namespace, the oldest first."""
        found = self.admin.get(f"{RECORDS}?labelSelector=guardrail.dev/namespace={self.namespace}")["items"]
        return sorted(found, key=lambda it: (it["metadata"]["creationTimestamp"], it["metadata"]["name"]))

    def phases(self) -> Counter[str]:
        return Counter(record["status"]["phase"] for record in self.records())

    def scaled(self) -> list[str]:
        """Names of the Deployments that were changed."""
        found = self.admin.get(path_to("Deployment", "", self.namespace).rstrip("/"))["items"]
        return sorted(it["metadata"]["name"] for it in found if it["spec"]["replicas"] == REPLICAS)


@contextmanager
def new_shop(admin: PlainClient, kubeconfig: Path, deployments: int) -> Iterator[Shop]:
    """Set it up; everything is gone afterwards."""
    names = [f"web-{number:02}" for number in range(deployments)]
    with new_namespace(admin) as namespace, ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: admin.apply(deployment(namespace, name, replicas=0)), names))
        for name in names:  # its controller has seen it, and will not touch it between judgement and write
            admin.until(path_to("Deployment", name, namespace), _is_observed)
        yield Shop(admin, kubeconfig, namespace, names)


def _is_observed(found: dict[str, Any] | None) -> bool:
    status = (found or {}).get("status", {})
    return bool(status.get("observedGeneration") and len(status.get("conditions", [])) >= 2)


def results_of(jobs: Sequence[Job], seconds: float = 90.0) -> list[Result]:
    """The results of jobs that were not killed, in the order of their start."""
    end = time.monotonic() + seconds
    for job in jobs:
        job.wait(max(0.1, end - time.monotonic()))
    return [job.result for job in jobs if not job.was_killed]


def outcome_of(result: Result) -> str:
    """``admitted``, or the code of the failure."""
    return str(result["code"]) if result.get("failed") else "admitted"
