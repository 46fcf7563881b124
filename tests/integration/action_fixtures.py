# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Fixtures of the tests of single actions, beside those of the gate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.integration.action_site import ActionSite
from tests.integration.api_proxy import ApiProxy
from tests.integration.execution_calls import ModuleCalls
from tests.integration.gate_calls import GateCalls
from tests.integration.gate_client import PlainClient
from tests.integration.gate_objects import new_namespace


@pytest.fixture
def site(admin: PlainClient, gate: GateCalls, proxy: ApiProxy) -> Iterator[ActionSite]:
    """A namespace of the test's own."""
    with new_namespace(admin) as namespace:
        yield ActionSite(admin, namespace, gate, proxy)


@pytest.fixture
def modules(cluster: Cluster, home: Path) -> ModuleCalls:
    """Modules called as the runner, past the proxy."""
    return ModuleCalls({"runner": cluster.kubeconfig("runner")}, home)
