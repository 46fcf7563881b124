# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the tests of drain_node. A test module takes them with ``pytest_plugins``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api import retries
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate import journal
from tests.cluster.cluster import Cluster
from tests.integration.drain_calls import Drain
from tests.integration.drain_fragile import Fragile, fragile_site
from tests.integration.drain_site import Site, new_site
from tests.integration.gate_calls import GateCalls
from tests.integration.gate_client import PlainClient


@pytest.fixture
def site(admin: PlainClient) -> Iterator[Site]:
    """A node with a pool and a namespace of the test's own."""
    with new_site(admin) as ready:
        yield ready


@pytest.fixture
def last_word(monkeypatch: pytest.MonkeyPatch) -> float:
    """How long a request waits for an API server that is away, and how long the end of a record is tried: here less.

    Returns the seconds that a task without an API server takes at most beyond its deadline.
    """
    monkeypatch.setattr(retries, "RESTART_S", 0.2)
    monkeypatch.setattr(journal, "_LAST_WORD_S", 0.5)
    return 0.5 + 2 * 0.5  # and a pause of the last request before and after it


@pytest.fixture
def drain(gate: GateCalls, site: Site) -> Drain:
    """Drains the site's node through the recording proxy."""
    return Drain(gate, site.node)


@pytest.fixture
def fragile(killable_cluster: Cluster, home: Path) -> Iterator[Fragile]:
    """A site on a cluster whose parts a test may stop; it has to start them again."""
    with fragile_site(killable_cluster, home) as ready:
        yield ready
