# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody's running cluster: it gets the identities of the tests, and is never ended."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.cluster import seed, state
from tests.cluster.cluster import Cluster
from tests.cluster.credentials import write_private
from tests.cluster.errors import ClusterError


class ExistingCluster(Cluster):
    """The current context of ``KUBECONFIG``. After ``stop`` it goes on with its new namespaces and rights."""

    provider = "existing"

    def __init__(self, state_dir: Path, kubectl: Path, environ: Mapping[str, str] = os.environ) -> None:
        super().__init__(state_dir)
        self._kubectl = kubectl
        self._environ = environ

    @property
    def kubectl_path(self) -> Path:
        """The kubectl given."""
        return self._kubectl

    def start(self) -> None:
        """Copy the context, so that a switch of it does not move the tests elsewhere, and create the identities."""
        if not self._environ.get("KUBECONFIG"):
            raise ClusterError("CLUSTER=existing needs KUBECONFIG: the kubeconfig of a cluster that tests may change.")
        view = [str(self._kubectl), "config", "view", "--raw", "--flatten", "--minify", "--output=json"]
        found = subprocess.run(view, capture_output=True, text=True, env=dict(self._environ), check=False)
        if found.returncode:
            raise ClusterError(f"KUBECONFIG={self._environ['KUBECONFIG']} is not usable: {found.stderr.strip()}")
        state.prepare(self.state_dir)
        write_private(self.kubeconfig(), found.stdout)
        seed.apply_manifests(self)
        seed.issue_kubeconfigs(self)
        state.write(self.state_dir, state.ClusterRecord(self.provider, {"kubectl": str(self._kubectl)}))

    def attach(self) -> bool:
        """By the kubeconfig files that ``start`` wrote."""
        record = state.read(self.state_dir)
        return record is not None and record.provider == self.provider

    def stop(self) -> None:
        """Remove our kubeconfig files."""
        self._forget()
