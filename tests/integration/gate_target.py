# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A target for tests of what goes wrong on the way."""

from __future__ import annotations

from typing import Any

from tests.integration.gate_calls import GateCalls, Result
from tests.integration.gate_client import PlainClient, path_to
from tests.integration.gate_objects import settled_deployment


class Target:
    """A Deployment without replicas that nothing else changes, and the task that scales it to two."""

    def __init__(self, admin: PlainClient, namespace: str, gate: GateCalls) -> None:
        self.path = path_to("Deployment", "web", namespace)
        self.before = settled_deployment(admin, namespace, replicas=0)
        self._admin, self._namespace, self._gate = admin, namespace, gate

    def scale(self, **options: Any) -> Result:
        return self._gate("ScaleDeployment", name="web", namespace=self._namespace, replicas=2, wait=False, **options)

    @property
    def replicas(self) -> int:
        return int(self._admin.get(self.path)["spec"]["replicas"])

    @property
    def times_changed(self) -> int:
        """How often its spec was written since."""
        return int(self._admin.get(self.path)["metadata"]["generation"] - self.before["metadata"]["generation"])

    def await_replicas(self, wanted: int) -> None:
        self._admin.until(self.path, lambda found: found is not None and found["spec"]["replicas"] == wanted, 5.0)
