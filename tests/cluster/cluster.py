# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every cluster offers, whichever provider started it."""

from __future__ import annotations

import os
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.cluster import state
from tests.cluster.errors import ClusterError, UnsupportedError

IDENTITIES = ("admin", "runner", "approver", "policy-admin", "auditor", "tenant")


class Cluster(ABC):
    """A Kubernetes cluster with one kubeconfig per identity. As a context manager it starts and stops itself.

    Attributes:
        provider: ``existing``, ``kind``, ``assets`` or ``binaries``.
        state_dir: Everything of ours that the cluster needs lies here.
    """

    provider: str

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        self._claim: state.DirectoryLock | None = None

    @abstractmethod
    def attach(self) -> bool:
        """Take over the running cluster of the directory; ``False`` when there is none, or it does not run whole."""

    @abstractmethod
    def start(self) -> None:
        """Start the cluster and wait until it is usable: API server, controllers, nodes, identities.

        Raises:
            ClusterError: It cannot be started. Nothing of it is left running.
        """

    @abstractmethod
    def stop(self) -> None:
        """End the cluster. Calling it again, or before ``start``, does nothing."""

    @property
    def images(self) -> Mapping[str, str]:
        """Images that pods on a real node may use: name -> reference by digest. Empty without a real node."""
        return {}

    @property
    @abstractmethod
    def kubectl_path(self) -> Path:
        """A kubectl of the cluster's version, or near it."""

    def kubeconfig(self, identity: str = "admin") -> Path:
        """The kubeconfig file of one of the ``IDENTITIES``."""
        if identity not in IDENTITIES:
            raise ClusterError(f"There is no identity {identity!r}; there are: {', '.join(IDENTITIES)}.")
        return self.state_dir / "kubeconfig" / f"{identity}.yaml"

    def kill_apiserver(self) -> None:
        """Kill the API server, as a crash would. Its data stays."""
        raise UnsupportedError(f"The API server of a cluster of provider {self.provider} cannot be killed from here.")

    def restart_apiserver(self) -> None:
        """Start the API server again: same address, same data. Waits until it is ready."""
        raise UnsupportedError(
            f"The API server of a cluster of provider {self.provider} cannot be restarted from here."
        )

    def kubectl(
        self, *args: str, identity: str = "admin", input: str | None = None, timeout_s: float = 60.0
    ) -> subprocess.CompletedProcess[str]:
        """Run kubectl as an identity. Its exit code is the caller's business."""
        environ = {key: value for key, value in os.environ.items() if key != "KUBECONFIG"}
        return subprocess.run(
            [self.kubectl_path, f"--kubeconfig={self.kubeconfig(identity)}", *args],
            input=input, capture_output=True, text=True, timeout=timeout_s, env=environ, check=False,
        )  # fmt: skip

    def claim(self, lock: state.DirectoryLock) -> None:
        """Keep the directory for this program as long as the cluster is there."""
        self._claim = lock

    def _forget(self) -> None:
        """Remove our files. A directory that other programs may wait for keeps its lock."""
        state.clear(self.state_dir, keep=() if self._claim else (state.LOCK,))
        if self._claim:
            self._claim.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
