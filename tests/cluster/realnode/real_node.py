# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real node as the cluster sees it: what to build, what to tell the API server, what to start, what to clean up."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.cluster.credentials import kubeconfig_text, write_private
from tests.cluster.errors import ClusterError
from tests.cluster.paths import HERE
from tests.cluster.process import Command
from tests.cluster.realnode import cgroups
from tests.cluster.realnode.images import RECIPES, ensure_image
from tests.cluster.realnode.settings import (
    BINARIES,
    KERNEL_SETTINGS,
    SERVICE,
    NodeSettings,
    cgroup_name,
    containerd_configuration,
    egress_configuration,
    kubelet_configuration,
    network_configuration,
)
from tests.cluster.realnode.supervisor import EGRESS_SOCKET

DIRECTORY = "node"
USER = "kubelet"
# Everything to build, besides what the control plane needs.
PROGRAMS = (*BINARIES, *RECIPES)
_LONGEST_SOCKET = 107  # bytes, sockaddr_un
_COVERED = ("/run/", "/var/run/", "/var/lib/", "/var/log/")


class RealNode:
    """The node of the cluster in ``state_dir``."""

    def __init__(self, state_dir: Path, binaries: Mapping[str, Path]) -> None:
        self._logs = state_dir / "logs"
        self._binaries = binaries
        self.place = state_dir / DIRECTORY

    @property
    def egress_file(self) -> Path:
        """For the API server's ``--egress-selector-config-file``."""
        return self.place / "egress.json"

    def prepare(self) -> None:
        """Make the directory. To be done before the API server starts.

        Raises:
            ClusterError: The cluster's directory lies where it cannot be used.
        """
        socket = self.place / EGRESS_SOCKET
        covered = [place for place in _COVERED if str(self.place.resolve()).startswith(place)]
        if covered:
            raise ClusterError(f"A real node has its own {covered[0]}: GUARDRAIL_CLUSTER_DIR has to lie elsewhere.")
        if len(os.fsencode(socket)) > _LONGEST_SOCKET:
            raise ClusterError(f"{socket} is too long for a socket: GUARDRAIL_CLUSTER_DIR has to be shorter.")
        self.place.mkdir(mode=0o711)
        for name in ("etc/cni", "var-lib/kubelet", "var-log", "sysctl"):
            (self.place / name).mkdir(mode=0o755, parents=True)
        self.egress_file.write_text(json.dumps(egress_configuration(socket), indent=2))

    def command(self, *, api_port: int, token: str, authority: bytes) -> Command:
        """Write what the node's programs read, and return the command that runs the node."""
        images = {name: ensure_image(name, self._binaries[name]) for name in RECIPES}
        settings = NodeSettings(
            place=str(self.place),
            logs=str(self._logs),
            programs={name: str(self._binaries[name]) for name in BINARIES},
            images=tuple(str(image.archive) for image in images.values()),
            sandbox=images["agnhost"].reference,
            api_port=api_port,
        )
        self._write_files(settings)
        server = "https://{}:{}".format(*SERVICE)
        secret = kubeconfig_text(server=server, user=USER, token=token, ca_pem=authority)
        write_private(self.place / "etc" / "kubeconfig", secret)
        self._images_file.write_text(json.dumps({name: image.reference for name, image in images.items()}))
        settings.write(self.place / "settings.json")
        python = (sys.executable, "-m", "tests.cluster.realnode.supervisor", str(self.place / "settings.json"))
        return Command("node", ("/usr/bin/env", f"PYTHONPATH={HERE.parents[1]}", *python))

    def images(self) -> dict[str, str]:
        """Name -> reference by digest, of the images that pods on the node may use."""
        found: dict[str, str] = json.loads(self._images_file.read_text())
        return found

    @property
    def _images_file(self) -> Path:
        return self.place / "images.json"

    def _write_files(self, settings: NodeSettings) -> None:
        etc = self.place / "etc"
        (etc / "kubelet.json").write_text(json.dumps(kubelet_configuration(settings), indent=2))
        (etc / "containerd.toml").write_text(containerd_configuration(settings))
        (etc / "cni" / "pods.conflist").write_text(json.dumps(network_configuration(), indent=2))
        (etc / "resolv.conf").write_text("# The node's network leads nowhere: no name can be resolved.\n")
        for name, value in KERNEL_SETTINGS.items():
            setting = self.place / "sysctl" / name
            setting.parent.mkdir(parents=True, exist_ok=True)
            setting.write_text(f"{value}\n")


def clean_up(state_dir: Path) -> None:
    """Remove what outlives the processes of a killed node. Nothing happens where there was none."""
    cgroups.remove(cgroup_name(state_dir / DIRECTORY))
