# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks as people run them, timed from outside, and the ungated collection to compare with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import VARIABLE
from tests.cluster.cluster import Cluster
from tests.cluster.paths import cache_dir
from tests.cluster.provider import own_control_plane, session_cluster
from tests.conftest import COLLECTIONS, ROOT

# The PyPI package `ansible` carries the collection; only its folder is unpacked.
ANSIBLE_PACKAGE = "ansible==12.3.0"
WIDE = {"rate_limits": [{"scope": scope, "max": 9999, "window_seconds": 600} for scope in ("target", "global")]}


@contextmanager
def prepared_cluster() -> Iterator[Cluster]:
    """A cluster of our own with the library published, gone afterwards.

    Its limits are looked up as ever, and so wide that the same task can be timed over and over.
    """
    with session_cluster(own_control_plane()) as cluster:
        overlay = cluster.state_dir / "overlay"
        (overlay / "config").mkdir(parents=True)
        (overlay / "config" / "history.yaml").write_text(json.dumps(WIDE))
        role = {"name": "guardrail.kubernetes.policy_library"}
        play(cluster, [{"ansible.builtin.import_role": role, "vars": {"policy_library_overlay": str(overlay)}}])
        yield cluster


def play(
    cluster: Cluster,
    tasks: list[dict[str, Any]],
    variables: dict[str, Any] | None = None,
    pinned: Path | None = None,
) -> float:
    """Run a playbook on localhost; return its wall time in seconds.

    Args:
        pinned: The key that has to vouch for the library; ``None``: whatever is published judges.

    Raises:
        SystemExit: It failed: a figure of a failed run is none.
    """
    book = [{"hosts": "localhost", "gather_facts": False, "vars": variables or {}, "tasks": tasks}]
    path = cluster.state_dir / "bench.yml"
    path.write_text(json.dumps(book))
    environ = {
        **os.environ,
        "KUBECONFIG": str(cluster.kubeconfig("admin")),
        "K8S_AUTH_KUBECONFIG": str(cluster.kubeconfig("admin")),
        "ANSIBLE_COLLECTIONS_PATH": f"{COLLECTIONS}:{kubernetes_core()}",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        **({VARIABLE: str(pinned)} if pinned else {}),
    }
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", "localhost,", "-c", "local", str(path)]
    began = time.perf_counter()
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False, cwd=ROOT)
    taken = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(f"the playbook failed:\n{done.stdout[-3000:]}\n{done.stderr[-2000:]}")
    return taken


def kubernetes_core() -> Path:
    """A collections path with kubernetes.core, unpacked once from the package index."""
    place = cache_dir() / "kubernetes.core" / ANSIBLE_PACKAGE.rpartition("=")[2]
    if not place.is_dir():
        wheels = place.with_name("wheels")
        pip = [sys.executable, "-m", "pip", "--quiet", "download", "--no-deps", "--dest", str(wheels), ANSIBLE_PACKAGE]
        subprocess.run(pip, check=True)
        unpacked = place.with_name("unpacked")
        with zipfile.ZipFile(next(wheels.glob("ansible-*.whl"))) as wheel:
            wheel.extractall(
                unpacked,
                [
                    name
                    for name in wheel.namelist()
                    if name.startswith(("ansible_collections/kubernetes/core/", "ansible_collections/ansible/utils/"))
                ],
            )
        unpacked.rename(place)
    return place
