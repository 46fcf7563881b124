# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster whose API server and controllers a test may stop, and a drain that goes on while the test does so."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from tests.cluster import state
from tests.cluster.cluster import Cluster
from tests.integration.drain_calls import Drain
from tests.integration.drain_site import Site, new_site
from tests.integration.gate_calls import GateCalls
from tests.integration.gate_client import PlainClient
from tests.integration.gate_library import PublishedPolicies

T = TypeVar("T")


@dataclass(frozen=True)
class Fragile:
    """A site on such a cluster; ``drain`` goes to its API server without a proxy."""

    cluster: Cluster
    site: Site
    drain: Drain


@contextmanager
def fragile_site(cluster: Cluster, home: Path) -> Iterator[Fragile]:
    """Publish the checkout's library there and set up a site."""
    admin = PlainClient(cluster.kubeconfig())
    policies = PublishedPolicies(admin, cluster.kubeconfig())
    policies.restore()
    with new_site(admin) as site:
        yield Fragile(cluster, site, Drain(GateCalls(cluster.kubeconfig("runner"), home), site.node))
    policies.close()
    admin.close()


@contextmanager
def meanwhile(task: Callable[[], T]) -> Iterator[Future[T]]:
    """Run the task in a thread. The block ends when the task has."""
    with ThreadPoolExecutor(1) as executor:
        yield executor.submit(task)


@contextmanager
def without_controllers(cluster: Cluster) -> Iterator[None]:
    """Nothing in the cluster is looked after during the block: the controller manager stands still."""
    record = state.read(cluster.state_dir)
    assert record is not None
    (pid,) = (process.pid for process in record.processes if process.name == "kube-controller-manager")
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)
