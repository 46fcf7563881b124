# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A control plane of our own: upstream binaries on free ports of 127.0.0.1, nodes and pods simulated by kwok."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Mapping
from pathlib import Path

from tests.cluster import commands, seed, state
from tests.cluster.cluster import Cluster
from tests.cluster.credentials import TOKEN_USERS, ec_private_key, kubeconfig_text, token_file, write_private
from tests.cluster.health import is_healthy
from tests.cluster.modules import module_of
from tests.cluster.nodes import node_list
from tests.cluster.ports import PortReservation
from tests.cluster.process import Command, Process, ProcessRecord
from tests.cluster.realnode import real_node
from tests.cluster.realnode.real_node import RealNode
from tests.cluster.realnode.settings import NAME

_API = "kube-apiserver"
_NODE = "node"
_READY_S = 60.0


class LocalCluster(Cluster):
    """Runs the binaries it is given.

    Args:
        binaries: Name -> path, as ``build.ensure`` returns them; etcd and kube-apiserver may come from elsewhere.
        stages: kwok's stage files, its own and ours.
        bound: The cluster dies with this program, however that ends. Otherwise it lives until ``stop``, which another
            program may call (``attach``).
        node: ``real`` for a real node next to the simulated ones.
    """

    def __init__(
        self,
        state_dir: Path,
        binaries: Mapping[str, Path],
        stages: tuple[Path, ...],
        *,
        bound: bool,
        provider: str = "binaries",
        node: str = "",
    ) -> None:
        super().__init__(state_dir)
        self.provider = provider
        self.node = node
        self._real = RealNode(state_dir, binaries) if node else None
        self._binaries = binaries
        self._stages = stages
        self._bound = bound
        self._ports: dict[str, int] = {}
        self._processes: dict[str, Process | ProcessRecord] = {}
        self._reservation: PortReservation | None = None

    @property
    def kubectl_path(self) -> Path:
        """The kubectl that was built together with the API server."""
        return self._binaries["kubectl"]

    @property
    def server(self) -> str:
        """Address of the API server."""
        return f"https://127.0.0.1:{self._ports[_API]}"

    @property
    def images(self) -> Mapping[str, str]:
        """Those that the node was started with."""
        return self._real.images() if self._real else {}

    def start(self) -> None:
        """Start everything in order; end in reverse what ran when a later part fails."""
        state.prepare(self.state_dir)
        if self._real:
            self._real.prepare()
        try:
            self._start_all()
        except BaseException:
            self._end_processes()
            raise

    def attach(self) -> bool:
        """By the processes that the record names."""
        record = state.read(self.state_dir)
        if record is None:
            return False
        self._ports = dict(record.ports)
        self._processes = {process.name: process for process in record.processes}
        wanted = {"etcd", _API, *_COMPONENTS} | ({_NODE} if self._real else set())
        return set(self._processes) == wanted and all(process.is_alive() for process in record.processes)

    def stop(self) -> None:
        """End all processes and remove the cluster's data."""
        if not self._processes:
            self.attach()
        self._end_processes()
        self._forget()

    def kill_apiserver(self) -> None:
        """SIGKILL: asked politely, the server drains its connections for up to a minute."""
        self._processes[_API].end(signal.SIGKILL)

    def restart_apiserver(self) -> None:
        """Start it again on its port. Kills it first if it still runs."""
        self.kill_apiserver()
        self._start_apiserver()

    def _start_all(self) -> None:
        self._reservation = PortReservation()
        self._ports = {name: self._reservation.take() for name in commands.PORTS}
        tokens = {name: secrets.token_urlsafe(24) for name in TOKEN_USERS}
        write_private(self._pki("tokens.csv"), token_file(tokens))
        write_private(self._pki("service-accounts.key"), ec_private_key())
        etcd = self._launch(commands.etcd(self._binaries["etcd"], self.state_dir, self._ports))
        etcd.await_ready(lambda: is_healthy(f"http://127.0.0.1:{self._ports['etcd']}/health"), _READY_S)
        self._start_apiserver()
        self._write_kubeconfigs(tokens)
        components = {name: self._launch(command) for name, command in self._component_commands().items()}
        if self._real:
            self._start_node(self._real, tokens[real_node.USER])
        seed.apply_manifests(self)
        seed.create_nodes(self, node_list(module_of(_API).version))
        seed.issue_kubeconfigs(self)
        for name, process in components.items():
            process.await_ready(lambda name=name: is_healthy(self._health_url(name)), _READY_S)  # type: ignore[misc]
        node = self._processes.get(_NODE)
        if isinstance(node, Process):
            node.await_ready(lambda: seed.is_ready(self, NAME), _READY_S)
        seed.await_nodes(self)

    def _start_node(self, node: RealNode, token: str) -> None:
        authority = self._pki("apiserver.crt").read_bytes()
        self._launch(node.command(api_port=self._ports[_API], token=token, authority=authority))

    def _start_apiserver(self) -> None:
        egress = self._real.egress_file if self._real else None
        server = self._launch(commands.kube_apiserver(self._binaries[_API], self.state_dir, self._ports, egress))
        server.await_ready(lambda: is_healthy(f"{self.server}/readyz"), _READY_S)

    def _write_kubeconfigs(self, tokens: Mapping[str, str]) -> None:
        authority = self._pki("apiserver.crt").read_bytes()
        for name, token in tokens.items():
            path = self.kubeconfig() if name == "admin" else self._pki(f"{name}.yaml")
            write_private(path, kubeconfig_text(server=self.server, user=name, token=token, ca_pem=authority))

    def _component_commands(self) -> dict[str, Command]:
        binaries, place, ports = self._binaries, self.state_dir, self._ports
        controllers, scheduler = "kube-controller-manager", "kube-scheduler"
        return {
            controllers: commands.kube_controller_manager(binaries[controllers], place, ports),
            scheduler: commands.kube_scheduler(binaries[scheduler], place, ports),
            "kwok": commands.kwok(binaries["kwok"], place, ports["kwok"], self._pki("kwok.yaml"), self._stages),
        }

    def _health_url(self, name: str) -> str:
        scheme = "http" if name == "kwok" else "https"
        return f"{scheme}://127.0.0.1:{self._ports[name]}/healthz"

    def _launch(self, command: Command) -> Process:
        process = Process(command, self.state_dir / "logs" / f"{command.name}.log", bound=self._bound)
        self._processes[command.name] = process
        # Written at once, so that ``stop`` finds every process even if this program is killed now.
        records = (entry.record if isinstance(entry, Process) else entry for entry in self._processes.values())
        programs = {name: str(path) for name, path in self._binaries.items()}
        stages = tuple(map(str, self._stages))
        record = state.ClusterRecord(self.provider, programs, stages, self._ports, tuple(records), self.node)
        state.write(self.state_dir, record)
        return process

    def _end_processes(self) -> None:
        for name, process in reversed(list(self._processes.items())):
            process.end(signal.SIGKILL if name == _API else signal.SIGTERM, patience_s=3.0)
        self._processes = {}
        if self._real:
            real_node.clean_up(self.state_dir)
        if self._reservation:
            self._reservation.release()

    def _pki(self, name: str) -> Path:
        return self.state_dir / "pki" / name


_COMPONENTS = ("kube-controller-manager", "kube-scheduler", "kwok")
