# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names, addresses and files of the real node: pure values, the same outside and inside of its namespaces."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = "real-1"
LABEL = "guardrail.test/real"
BINARIES = ("kubelet", "containerd", "containerd-shim-runc-v2", "ctr", "runc", "ptp", "host-local")
# The network is joined to no other, so every node of every cluster of this machine has the same addresses.
SERVICE = ("10.96.0.1", 443)
ADDRESS = "10.243.0.1"
POD_NETWORK = "10.244.0.0/24"
KUBELET_PORT = 10250
CONTAINERD = "/run/containerd/containerd.sock"
# What a kubelet sets for the whole machine. It finds these values set in files of its own instead.
KERNEL_SETTINGS = {
    "vm/overcommit_memory": 1,
    "vm/panic_on_oom": 0,
    "kernel/panic": 10,
    "kernel/panic_on_oops": 1,
    "kernel/keys/root_maxkeys": 1_000_000,
    "kernel/keys/root_maxbytes": 25_000_000,
}


@dataclass(frozen=True)
class NodeSettings:
    """What the processes of one node are told, in a file.

    Attributes:
        place: Directory of everything the node keeps, below the cluster's.
        logs: Directory of the log files.
        programs: Name -> path, for ``BINARIES``.
        images: Image archives to load.
        sandbox: The image that holds a pod's namespaces, by name and digest.
        api_port: Port of the API server on 127.0.0.1, outside.
    """

    place: str
    logs: str
    programs: Mapping[str, str]
    images: tuple[str, ...]
    sandbox: str
    api_port: int

    @property
    def cgroup(self) -> str:
        """The cgroup of its pods."""
        return cgroup_name(Path(self.place))

    def write(self, path: Path) -> None:
        """Write them to a file."""
        path.write_text(json.dumps(asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, path: Path) -> NodeSettings:
        """What ``write`` wrote."""
        found = json.loads(path.read_text())
        return cls(**{**found, "images": tuple(found["images"])})


def cgroup_name(place: Path) -> str:
    """A name that no other node of this machine has; the same at every start from the directory."""
    return f"guardrail-{hashlib.sha256(str(place).encode()).hexdigest()[:12]}"


def kubelet_configuration(settings: NodeSettings) -> dict[str, Any]:
    """A ``KubeletConfiguration``.

    The kubelet serves on the loopback address of its own network and asks nobody who they are: whoever may use the API
    server's proxy socket (its owner) may ask it. Pods cannot reach that address, unless they share the node's network,
    which neither the baseline nor the restricted profile allows.
    """
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": "127.0.0.1",
        "port": KUBELET_PORT,
        "authentication": {"anonymous": {"enabled": True}, "webhook": {"enabled": False}},
        "authorization": {"mode": "AlwaysAllow"},
        "containerRuntimeEndpoint": f"unix://{CONTAINERD}",
        "resolvConf": f"{settings.place}/etc/resolv.conf",
        "registerWithTaints": [{"key": LABEL, "value": "true", "effect": "NoSchedule"}],
        "maxPods": 50,
        # This machine may have either version of cgroups, and swap.
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{settings.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "enforceNodeAllocatable": [],
        "oomScoreAdj": 0,
        "makeIPTablesUtilChains": False,
        # A full disk of the machine is no reason to evict pods or to remove the images, which nobody could pull again.
        "evictionHard": dict.fromkeys(
            ("imagefs.available", "memory.available", "nodefs.available", "nodefs.inodesFree"), "0%"
        ),
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
    }


def containerd_configuration(settings: NodeSettings) -> str:
    """containerd's ``config.toml``, version 4. Strings are written as JSON, which TOML reads the same way."""
    runtime, images = "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images"
    folder = json.dumps(str(Path(settings.programs["ptp"]).parent))
    return f"""version = 4
disabled_plugins = ["io.containerd.nri.v1.nri", "io.containerd.grpc.v1.sandbox-controllers"]

[plugins."{images}"]
  snapshotter = "overlayfs"
  [plugins."{images}".pinned_images]
    sandbox = {json.dumps(settings.sandbox)}

[plugins."{runtime}"]
  # Without CAP_SYS_RESOURCE nobody may lower the score: every pod would fail.
  restrict_oom_score_adj = true
  [plugins."{runtime}".cni]
    bin_dirs = [{folder}]
    use_internal_loopback = true
    conf_dir = {json.dumps(f"{settings.place}/etc/cni")}
  [plugins."{runtime}".containerd]
    default_runtime_name = "runc"
    [plugins."{runtime}".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."{runtime}".containerd.runtimes.runc.options]
        BinaryName = {json.dumps(settings.programs["runc"])}
        SystemdCgroup = false
"""


def network_configuration() -> dict[str, Any]:
    """A CNI configuration: each pod has a link of its own to the node, and reaches what the node reaches."""
    ipam = {"type": "host-local", "subnet": POD_NETWORK, "routes": [{"dst": "0.0.0.0/0"}]}
    return {"cniVersion": "1.0.0", "name": "pods", "plugins": [{"type": "ptp", "ipam": ipam}]}


def egress_configuration(socket: Path) -> dict[str, Any]:
    """The API server's ``--egress-selector-config-file``: what it asks of nodes and pods goes through the relay."""
    connection = {"proxyProtocol": "HTTPConnect", "transport": {"uds": {"udsName": str(socket)}}}
    return {
        "apiVersion": "apiserver.k8s.io/v1beta1",
        "kind": "EgressSelectorConfiguration",
        "egressSelections": [{"name": "cluster", "connection": connection}],
    }
