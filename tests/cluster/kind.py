# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster of kind: its control-plane node is a container, the workers are simulated as in a control plane of ours."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.cluster import commands, seed, state
from tests.cluster.cluster import Cluster
from tests.cluster.errors import ClusterError
from tests.cluster.health import is_healthy
from tests.cluster.modules import module_of
from tests.cluster.nodes import node_list
from tests.cluster.ports import PortReservation
from tests.cluster.process import Process, ProcessRecord
from tests.cluster.progress import say

_CREATE_S = 300.0


class KindCluster(Cluster):
    """kind's control plane plus kwok outside of it, which touches no node but the simulated ones."""

    provider = "kind"

    def __init__(
        self,
        state_dir: Path,
        *,
        kind: Path,
        image: str,
        kubectl: Path,
        kwok: Path,
        stages: tuple[Path, ...],
        bound: bool,
    ) -> None:
        super().__init__(state_dir)
        self._kind = kind
        self._image = image
        self._kubectl = kubectl
        self._kwok = kwok
        self._stages = stages
        self._bound = bound
        self._process: Process | ProcessRecord | None = None

    @property
    def kubectl_path(self) -> Path:
        """The kubectl given."""
        return self._kubectl

    @property
    def name(self) -> str:
        """kind's name of the cluster; unique per state directory."""
        return cluster_name(self.state_dir)

    def start(self) -> None:
        """Create the cluster; delete it again when a later step fails."""
        state.prepare(self.state_dir)
        self._record()
        try:
            say(f"Creating the kind cluster {self.name} from {self._image} ...")
            where = (f"--image={self._image}", f"--kubeconfig={self.kubeconfig()}", "--wait=120s")
            self._run_kind("create", "cluster", f"--name={self.name}", *where)
            seed.apply_manifests(self)
            seed.create_nodes(self, node_list(module_of("kube-apiserver").version, control_plane=False))
            self._start_kwok()
            seed.issue_kubeconfigs(self)
            seed.await_nodes(self, timeout_s=120)
        except BaseException:
            self._end()
            raise

    def attach(self) -> bool:
        """By kind's list and the process of kwok."""
        record = state.read(self.state_dir)
        if record is None or record.provider != self.provider or not record.processes:
            return False
        self._process = record.processes[0]
        return self._process.is_alive() and self.name in self._run_kind("get", "clusters").split()

    def stop(self) -> None:
        """Delete the cluster and our files."""
        if self._process is None:
            self.attach()
        self._end()
        self._forget()

    def _start_kwok(self) -> None:
        with PortReservation() as ports:
            port = ports.take()
            command = commands.kwok(self._kwok, self.state_dir, port, self.kubeconfig(), self._stages)
            process = Process(command, self.state_dir / "logs" / "kwok.log", bound=self._bound)
            self._process = process
            self._record(process)
            process.await_ready(lambda: is_healthy(f"http://127.0.0.1:{port}/healthz"), 30)

    def _record(self, *processes: Process) -> None:
        programs = {"kind": str(self._kind), "kubectl": str(self._kubectl), "kwok": str(self._kwok)}
        found = state.ClusterRecord(self.provider, programs, processes=tuple(process.record for process in processes))
        state.write(self.state_dir, found)

    def _end(self) -> None:
        if self._process:
            self._process.end()
            self._process = None
        self._run_kind("delete", "cluster", f"--name={self.name}")

    def _run_kind(self, *args: str) -> str:
        done = subprocess.run([self._kind, *args], capture_output=True, text=True, timeout=_CREATE_S, check=False)
        if done.returncode:
            raise ClusterError(f"kind {args[0]} exited with code {done.returncode}: {done.stderr.strip()[-600:]}")
        return done.stdout


def cluster_name(state_dir: Path) -> str:
    """kind's name for the cluster of a state directory."""
    return f"guardrail-{state_dir.name.lower()}"
