# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the examples of all modules come to: run once in a session. A test module takes it with ``pytest_plugins``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.integration.contract_metadata import MODULES
from tests.integration.doors_cases import REFUSING
from tests.integration.examples_run import ADMINISTERED, ORDER, Told, new_scene, played
from tests.integration.gate_client import PlainClient
from tests.integration.gate_library import PublishedPolicies


@pytest.fixture(scope="session")
def told(
    cluster: Cluster,
    admin: PlainClient,
    session_policies: PublishedPolicies,
    home: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Told:
    """Each module refused, then its examples; those for administrators last. Nothing of it is left afterwards."""
    place = tmp_path_factory.mktemp("examples")
    with new_scene(cluster, admin, home, tmp_path_factory.mktemp("identities")) as scene:
        session_policies.publish(session_policies.with_rule(REFUSING))
        try:
            gated = sorted(set(MODULES) - set(ADMINISTERED), key=lambda module: (ORDER.get(module, 2), module))
            runs = {}
            for identity, modules in (("runner", gated), ("admin", ADMINISTERED)):
                played_by = played(cluster.kubeconfig(identity), modules, scene, home, place / identity)
                runs |= dict.fromkeys(modules, played_by)
            return Told(scene, runs)
        finally:
            session_policies.restore()
