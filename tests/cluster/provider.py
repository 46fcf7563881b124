# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which provider gives the cluster, and the cluster it gives."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import state
from tests.cluster.build import ensure, folder_of, is_built
from tests.cluster.cluster import Cluster
from tests.cluster.docker import NO_KIND, KindSupport, kind_support
from tests.cluster.errors import ClusterError
from tests.cluster.existing import ExistingCluster
from tests.cluster.kind import KindCluster, cluster_name
from tests.cluster.local import LocalCluster
from tests.cluster.modules import module_of
from tests.cluster.paths import STAGES, sessions_dir
from tests.cluster.realnode.prerequisites import missing, require
from tests.cluster.realnode.real_node import PROGRAMS as NODE_PROGRAMS
from tests.cluster.realnode.real_node import clean_up

PROVIDERS = ("existing", "kind", "assets", "binaries")
_FROM_ASSETS = ("etcd", "kube-apiserver")
_CONTROL_PLANE = (*_FROM_ASSETS, "kube-controller-manager", "kube-scheduler", "kubectl", "kwok")


@dataclass(frozen=True)
class Choice:
    """A provider of ``PROVIDERS``, why it was taken, what was found of kind on the way, and ``real`` for a real node."""

    provider: str
    why: str
    kind: KindSupport = NO_KIND
    node: str = ""


def choose(
    environ: Mapping[str, str] = os.environ,
    look_for_kind: Callable[[Mapping[str, str]], KindSupport] = kind_support,
    node: str = "",
) -> Choice:
    """Pick: what ``CLUSTER`` names, else kind, else ``KUBEBUILDER_ASSETS``, else binaries of our own.

    Args:
        node: ``real`` for a real node, which only a control plane of our own can have.

    Raises:
        ClusterError: ``CLUSTER`` names something that is not there.
    """
    wanted = environ.get("CLUSTER", "")
    if wanted and wanted not in PROVIDERS:
        raise ClusterError(f"CLUSTER={wanted} is not known; it can be {', '.join(PROVIDERS)} or empty.")
    if node:
        return _with_node(node, wanted, environ)
    if wanted == "existing":
        return Choice(wanted, "CLUSTER=existing")
    kind = look_for_kind(environ) if wanted in ("", "kind") else KindSupport(missing=f"CLUSTER={wanted}")
    if not kind.missing:
        return Choice("kind", "a Docker daemon answers and the node image is here", kind)
    if wanted == "kind":
        raise ClusterError(f"CLUSTER=kind cannot be used: {kind.missing}.")
    if wanted == "assets" or (not wanted and environ.get("KUBEBUILDER_ASSETS")):
        _assets(environ)
        return Choice("assets", f"KUBEBUILDER_ASSETS is set; no kind: {kind.missing}", kind)
    return Choice("binaries", f"upstream binaries from Go modules; no kind: {kind.missing}", kind)


def open_cluster(choice: Choice, state_dir: Path, *, bound: bool, environ: Mapping[str, str] = os.environ) -> Cluster:
    """Return the cluster of a choice, not started yet. Builds the binaries that it needs.

    Args:
        bound: It ends with this program.
    """
    if choice.provider == "existing":
        return ExistingCluster(state_dir, _kubectl(environ), environ)
    if choice.provider == "kind":
        kwok, kind = ensure(["kwok"])["kwok"], choice.kind.kind
        if kind is None:
            raise ClusterError("The command kind is not installed.")
        return KindCluster(
            state_dir,
            kind=kind,
            image=choice.kind.image,
            kubectl=_kubectl(environ),
            kwok=kwok,
            stages=_stages(),
            bound=bound,
        )
    given = _assets(environ) if choice.provider == "assets" else {}
    if choice.node:
        require(node_lacks())
    wanted = (*_CONTROL_PLANE, *(NODE_PROGRAMS if choice.node else ()))
    binaries = ensure(name for name in wanted if name not in given) | given
    return LocalCluster(state_dir, binaries, _stages(), bound=bound, provider=choice.provider, node=choice.node)


def attached_cluster(state_dir: Path) -> Cluster | None:
    """The running cluster of a state directory, or ``None``."""
    record = state.read(state_dir)
    if record is None:
        return None
    cluster = _recorded(state_dir, record)
    return cluster if cluster.attach() else None


def discard(state_dir: Path) -> None:
    """End what a killed program left of a cluster, and remove its record."""
    record = state.read(state_dir)
    if record is None:
        return
    for process in reversed(record.processes):
        process.end(signal.SIGKILL)
    if record.node:
        clean_up(state_dir)
    if record.provider == "kind":
        delete = [record.binaries["kind"], "delete", "cluster", f"--name={cluster_name(state_dir)}"]
        subprocess.run(delete, capture_output=True, check=False)
    state.clear(state_dir, keep=(state.LOCK,))


def session_cluster(choice: Choice | None = None) -> Cluster:
    """A cluster for one program, in a directory of its own, not started yet. Cleans up after killed programs."""
    sessions = sessions_dir()
    sessions.mkdir(mode=0o700, parents=True, exist_ok=True)
    _remove_stale(sessions)
    place = sessions / secrets.token_hex(4)
    lock = state.DirectoryLock(place)
    lock.wait()
    cluster = open_cluster(choice or choose(), place, bound=True)
    cluster.claim(lock)
    return cluster


def node_lacks() -> list[str]:
    """What this machine lacks for a real node, a phrase each; empty when it can run one."""
    return missing(to_build=not is_built("runc"))


def own_control_plane(node: str = "") -> Choice:
    """A choice whose API server can be killed and restarted."""
    if os.environ.get("KUBEBUILDER_ASSETS"):
        return Choice("assets", "KUBEBUILDER_ASSETS is set", node=node)
    return Choice("binaries", "its API server can be killed and restarted", node=node)


def _recorded(state_dir: Path, record: state.ClusterRecord) -> Cluster:
    programs = {name: Path(path) for name, path in record.binaries.items()}
    stages = tuple(map(Path, record.stages))
    if record.provider == "existing":
        return ExistingCluster(state_dir, programs["kubectl"])
    if record.provider == "kind":
        kind, kubectl, kwok = (programs[name] for name in ("kind", "kubectl", "kwok"))
        return KindCluster(state_dir, kind=kind, image="", kubectl=kubectl, kwok=kwok, stages=stages, bound=False)
    return LocalCluster(state_dir, programs, stages, bound=False, provider=record.provider, node=record.node)


def _with_node(node: str, wanted: str, environ: Mapping[str, str]) -> Choice:
    if node != "real":
        raise ClusterError(f"NODE={node} is not known; it can be real or empty.")
    if wanted in ("existing", "kind"):
        raise ClusterError(f"A real node of ours cannot join a cluster of provider {wanted}: leave CLUSTER empty.")
    if wanted == "assets" or (not wanted and environ.get("KUBEBUILDER_ASSETS")):
        _assets(environ)
        return Choice("assets", "KUBEBUILDER_ASSETS is set", node=node)
    return Choice("binaries", "a real node joins a control plane of our own", node=node)


def _remove_stale(sessions: Path) -> None:
    for entry in sessions.glob("*/"):
        lock = state.DirectoryLock(entry)
        if lock.acquire():
            discard(entry)
            state.clear(entry)
        lock.release()


def _assets(environ: Mapping[str, str]) -> dict[str, Path]:
    folder = Path(environ.get("KUBEBUILDER_ASSETS", ""))
    found = {name: folder / name for name in _FROM_ASSETS}
    missing = [name for name, path in found.items() if not os.access(path, os.X_OK)]
    if missing or not folder.is_absolute():
        raise ClusterError(f"KUBEBUILDER_ASSETS={folder} lacks {', '.join(missing) or 'an absolute path'}.")
    return found


def _stages() -> tuple[Path, ...]:
    kwok = module_of("kwok")
    upstream = tuple(folder_of(kwok) / name for name in kwok.files)
    return upstream + tuple(sorted(STAGES.glob("*.yaml")))


def _kubectl(environ: Mapping[str, str]) -> Path:
    installed = shutil.which("kubectl", path=environ.get("PATH"))
    return Path(installed) if installed else ensure(["kubectl"])["kubectl"]
