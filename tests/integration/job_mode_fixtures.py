# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures of the tests of job mode: a cluster with a real node, and a library that names an image for Jobs there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.cluster.cluster import Cluster
from tests.cluster.paths import cluster_dir
from tests.cluster.provider import attached_cluster, own_control_plane, session_cluster
from tests.integration.gate_library import PublishedPolicies
from tests.integration.job_mode_site import HardeningClient, JobSite


@pytest.fixture(scope="session")
def real_cluster() -> Iterator[Cluster]:
    """A cluster with a real node; ``GUARDRAIL_CLUSTER_DIR`` may name a running one."""
    shared = attached_cluster(cluster_dir()) if os.environ.get("GUARDRAIL_CLUSTER_DIR") else None
    if shared and shared.images:
        yield shared
        return
    with session_cluster(own_control_plane(node="real")) as started:
        yield started


@pytest.fixture(scope="module")
def site(real_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobSite]:
    """A namespace of the module's own, and the checkout's library with an image and no rule in the way."""
    admin = HardeningClient(real_cluster.kubeconfig())
    policies = PublishedPolicies(admin, real_cluster.kubeconfig())
    with JobSite(real_cluster, admin, policies, tmp_path_factory.mktemp("home")) as opened:
        yield opened
    with suppress(AssertionError):
        policies.restore()
    policies.close()
    admin.close()
