# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which binaries come from which Go module, and their versions: read from the ``go.mod`` files, stated nowhere else."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.errors import ClusterError
from tests.cluster.paths import MODULES

# Raise it when the recipe (flags, files beside the binaries) changes: everything is then built anew.
RECIPE = 1
_REQUIRED = re.compile(r"^\s*(?:require\s+)?(\S+)\s+(v\S+)", re.MULTILINE)
_GO = re.compile(r"^go\s+(\S+)", re.MULTILINE)


@dataclass(frozen=True)
class GoModule:
    """A folder with a ``go.mod`` and no Go code.

    Attributes:
        folder: Name below ``tests/cluster/binaries``.
        path: The module that holds the commands.
        commands: Binary name -> package.
        files: Name beside the binaries -> path inside the module's own folder.
        tags: Build tags, separated by commas: what upstream lets one leave out, or take in.
        library: The C library that it is built with, and so a C compiler, in pkg-config's words.
    """

    folder: str
    path: str
    commands: dict[str, str]
    files: dict[str, str]
    tags: str = ""
    library: str = ""

    @property
    def directory(self) -> Path:
        """Where the ``go.mod`` lies."""
        return MODULES / self.folder

    @property
    def version(self) -> str:
        """Version of the module, for example ``v1.36.3``."""
        found: dict[str, str] = dict(_REQUIRED.findall(self._go_mod()))
        if self.path not in found:
            raise ClusterError(f"{self.directory / 'go.mod'} does not require {self.path}.")
        return found[self.path]

    @property
    def go_version(self) -> str:
        """The oldest Go that may build it, for example ``1.26.0``."""
        found = _GO.search(self._go_mod())
        if not found:
            raise ClusterError(f"{self.directory / 'go.mod'} has no go line.")
        return found.group(1)

    def cache_key(self, platform: str) -> str:
        """Names the folder of its binaries; another version, another dependency or another recipe is another folder."""
        content = hashlib.sha256()
        for name in ("go.mod", "go.sum"):
            content.update((self.directory / name).read_bytes())
        return f"{self.folder}-{self.version}-{platform}-{content.hexdigest()[:10]}-r{RECIPE}"

    def link_flags(self) -> str:
        """Flags for the linker. Without the version, kubectl prints an error about its own."""
        if self.folder != "kubernetes":
            return "-s -w"
        major, minor, _ = self.version.removeprefix("v").split(".", 2)
        values = {"gitVersion": self.version, "gitMajor": major, "gitMinor": minor, "gitTreeState": "clean"}
        return "-s -w " + " ".join(f"-X k8s.io/component-base/version.{name}={value}" for name, value in values.items())

    def _go_mod(self) -> str:
        return (self.directory / "go.mod").read_text()


_STAGES = "kustomize/stage"
GO_MODULES = (
    GoModule(
        folder="kubernetes",
        path="k8s.io/kubernetes",
        commands={
            **{
                name: f"k8s.io/kubernetes/cmd/{name}"
                for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kubelet")
            },
            # Upstream's program for test pods: sleeps, connects, serves, exits.
            "agnhost": "k8s.io/kubernetes/test/images/agnhost",
        },
        files={},
    ),
    GoModule(
        folder="etcd",
        path="go.etcd.io/etcd/server/v3",
        commands={"etcd": "go.etcd.io/etcd/server/v3"},
        files={},
    ),
    GoModule(
        folder="kwok",
        path="sigs.k8s.io/kwok",
        commands={"kwok": "sigs.k8s.io/kwok/cmd/kwok"},
        files={
            "stages/node-initialize.yaml": f"{_STAGES}/node/fast/node-initialize.yaml",
            "stages/node-heartbeat.yaml": f"{_STAGES}/node/heartbeat-with-lease/node-heartbeat-with-lease.yaml",
            "stages/pod-ready.yaml": f"{_STAGES}/pod/fast/pod-ready.yaml",
            "stages/pod-complete.yaml": f"{_STAGES}/pod/fast/pod-complete.yaml",
            "stages/pod-delete.yaml": f"{_STAGES}/pod/fast/pod-delete.yaml",
        },
    ),
    GoModule(
        folder="containerd",
        path="github.com/containerd/containerd/v2",
        commands={
            name: f"github.com/containerd/containerd/v2/cmd/{name}"
            for name in ("containerd", "containerd-shim-runc-v2", "ctr")
        },
        files={},
        tags="no_devmapper,no_rdt,no_tracing,no_zfs",
    ),
    GoModule(
        folder="runc",
        path="github.com/opencontainers/runc",
        commands={"runc": "github.com/opencontainers/runc"},
        files={},
        tags="seccomp",
        library="libseccomp",
    ),
    GoModule(
        folder="cni",
        path="github.com/containernetworking/plugins",
        commands={
            "ptp": "github.com/containernetworking/plugins/plugins/main/ptp",
            "host-local": "github.com/containernetworking/plugins/plugins/ipam/host-local",
        },
        files={},
    ),
    GoModule(
        folder="opa",
        path="github.com/open-policy-agent/opa",
        commands={"opa": "github.com/open-policy-agent/opa"},
        files={},
    ),
    GoModule(
        folder="statsd_exporter",
        path="github.com/prometheus/statsd_exporter",
        commands={"statsd_exporter": "github.com/prometheus/statsd_exporter"},
        files={},
    ),
    GoModule(
        folder="prometheus",
        path="github.com/prometheus/prometheus",
        commands={"promtool": "github.com/prometheus/prometheus/cmd/promtool"},
        files={},
        # Without the clients of the clouds in which a server finds its targets: 1,100 packages instead of 1,300.
        tags="remove_all_sd",
    ),
)


def module_of(binary: str) -> GoModule:
    """The module that builds a binary.

    Raises:
        ClusterError: None does.
    """
    for module in GO_MODULES:
        if binary in module.commands:
            return module
    known = ", ".join(sorted(name for module in GO_MODULES for name in module.commands))
    raise ClusterError(f"There is no binary {binary!r}; there are: {known}.")
