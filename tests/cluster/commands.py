# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command lines of a control plane of our own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.cluster.process import Command

PORTS = ("etcd", "etcd-peer", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok")
_LOCAL = "127.0.0.1"


def etcd(binary: Path, state_dir: Path, ports: Mapping[str, int]) -> Command:
    """The store. Without fsync: the data is worth nothing after a power cut."""
    client, peer = f"http://{_LOCAL}:{ports['etcd']}", f"http://{_LOCAL}:{ports['etcd-peer']}"
    options = {
        "name": "local",
        "data-dir": state_dir / "etcd",
        "listen-client-urls": client,
        "advertise-client-urls": client,
        "listen-peer-urls": peer,
        "initial-advertise-peer-urls": peer,
        "initial-cluster": f"local={peer}",
        "log-level": "warn",
        "unsafe-no-fsync": "true",
    }
    return _command("etcd", binary, options)


def kube_apiserver(binary: Path, state_dir: Path, ports: Mapping[str, int], egress: Path | None = None) -> Command:
    """The API server. It makes its own serving certificate in ``pki`` at the first start and keeps it.

    Args:
        egress: How it reaches a real node, and so there is one: a kubelet then gets what it may have, and no more.
    """
    pki = state_dir / "pki"
    options = {
        "etcd-servers": f"http://{_LOCAL}:{ports['etcd']}",
        "bind-address": _LOCAL,
        "advertise-address": _LOCAL,
        "secure-port": ports["kube-apiserver"],
        "cert-dir": pki,
        "authorization-mode": "RBAC",
        "token-auth-file": pki / "tokens.csv",
        "service-account-issuer": "https://kubernetes.default.svc",
        "service-account-key-file": pki / "service-accounts.key",
        "service-account-signing-key-file": pki / "service-accounts.key",
        "service-cluster-ip-range": "10.96.0.0/16",
        # An address of the loopback is refused as an endpoint of the service "kubernetes"; nobody here uses it.
        "endpoint-reconciler-type": "none",
        "allow-privileged": "true",
        "profiling": "false",
    }
    if egress:
        options |= {
            "authorization-mode": "Node,RBAC",
            "enable-admission-plugins": "NodeRestriction",
            "egress-selector-config-file": egress,
            "kubelet-preferred-address-types": "InternalIP",
        }
    return _command("kube-apiserver", binary, options)


def kube_controller_manager(binary: Path, state_dir: Path, ports: Mapping[str, int]) -> Command:
    """The controllers, each with its own service account, as in a real cluster."""
    options = _component("kube-controller-manager", state_dir, ports) | {
        "use-service-account-credentials": "true",
        "service-account-private-key-file": state_dir / "pki" / "service-accounts.key",
        "root-ca-file": state_dir / "pki" / "apiserver.crt",
        # A test may stop the API server, and a laptop may sleep: neither makes the simulated nodes ill.
        "node-monitor-grace-period": "120s",
    }
    return _command("kube-controller-manager", binary, options)


def kube_scheduler(binary: Path, state_dir: Path, ports: Mapping[str, int]) -> Command:
    """The scheduler with its default profile."""
    return _command("kube-scheduler", binary, _component("kube-scheduler", state_dir, ports))


def kwok(binary: Path, state_dir: Path, port: int, kubeconfig: Path, stages: tuple[Path, ...]) -> Command:
    """Simulates the nodes labelled ``type=kwok`` and the pods on them, and touches no other node."""
    options = {
        "kubeconfig": kubeconfig,
        "manage-nodes-with-label-selector": "type=kwok",
        "node-lease-duration-seconds": 40,
        "server-address": f"{_LOCAL}:{port}",
    }
    command = _command("kwok", binary, options)
    return Command("kwok", (*command.argv, *(f"--config={stage}" for stage in stages)))


def _component(name: str, state_dir: Path, ports: Mapping[str, int]) -> dict[str, object]:
    kubeconfig = state_dir / "pki" / f"{name}.yaml"
    return {
        "kubeconfig": kubeconfig,
        "authentication-kubeconfig": kubeconfig,
        "authorization-kubeconfig": kubeconfig,
        "bind-address": _LOCAL,
        "secure-port": ports[name],
        "cert-dir": state_dir / "pki" / name,
        # One of each: an election would only delay the start, and end the process when the API server is away.
        "leader-elect": "false",
        "kube-api-qps": 200,
        "kube-api-burst": 400,
        "profiling": "false",
    }


def _command(name: str, binary: Path, options: Mapping[str, object]) -> Command:
    return Command(name, (str(binary), *(f"--{option}={value}" for option, value in options.items())))
