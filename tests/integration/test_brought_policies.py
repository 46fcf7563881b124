# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Policies that a user brings along: published as an overlay by a playbook, they judge the next task of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.cluster import Cluster
from tests.conftest import ROOT
from tests.integration.doors_ansible import Ansible, available_lines
from tests.integration.gate_client import PlainClient
from tests.integration.gate_library import PublishedPolicies
from tests.integration.gate_objects import new_namespace, settled_deployment

pytest_plugins = ["tests.integration.gate_fixtures"]
BROUGHT = ROOT / "tests/policy/brought"


@pytest.fixture
def shop(admin: PlainClient) -> Iterator[str]:
    """A production namespace with a Deployment ``web`` of four pods."""
    with new_namespace(admin, "production") as name:
        settled_deployment(admin, name, replicas=4)
        yield name


def test_they_are_published_and_judge_the_next_task(
    cluster: Cluster, session_policies: PublishedPolicies, shop: str, home: Path, tmp_path: Path
) -> None:
    ansible = Ansible(available_lines()[-1], cluster.kubeconfig("admin"), home, tmp_path / "place")
    library = {"path": str(ROOT / "policies"), "overlay": str(BROUGHT), "require_tests": False}
    web = {"name": "web", "namespace": shop}
    try:
        run = ansible.play(
            [
                ansible.as_task("publish", "policy_library", {**library, "state": "published"}),
                ansible.as_task("too few", "scale_deployment", {**web, "replicas": 2}),
                ansible.as_task("enough", "scale_deployment", {**web, "replicas": 3}),
            ]
        )
    finally:
        session_policies.restore()
    assert run["publish"]["changed"] is True, run["publish"]
    said = {violation["message"] for violation in run["too few"]["decision"]["violations"]}
    assert "web keeps at least 3 replicas in production" in said
    assert (run["too few"]["failed"], run["too few"]["changed"]) == (True, False)
    assert (run["enough"]["changed"], run["enough"]["decision"]["violations"]) == (True, [])
