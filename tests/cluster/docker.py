# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether kind can be used here: the command, a Docker daemon that answers, and a node image."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.modules import module_of
from tests.cluster.progress import say

REPOSITORY = "kindest/node"
_PULL_S = 300.0


@dataclass(frozen=True)
class KindSupport:
    """What was found. ``missing`` is empty when kind can be used, otherwise it says what is not there."""

    kind: Path | None = None
    image: str = ""
    missing: str = ""


NO_KIND = KindSupport(missing="not looked for")


def kind_support(environ: Mapping[str, str]) -> KindSupport:
    """Look for everything that kind needs; pull the node image when it is not there.

    ``KIND_IMAGE`` names another image than that of our Kubernetes version.
    """
    path = environ.get("PATH")
    docker, kind = shutil.which("docker", path=path), shutil.which("kind", path=path)
    if not docker:
        return KindSupport(missing="docker is not installed")
    if not _succeeds([docker, "version", "--format", "{{.Server.Version}}"], 10):
        return KindSupport(missing="no Docker daemon answers")
    if not kind:
        return KindSupport(missing="the command kind is not installed")
    image = environ.get("KIND_IMAGE") or f"{REPOSITORY}:{module_of('kube-apiserver').version}"
    if not _succeeds([docker, "image", "inspect", image], 20):
        say(f"Pulling {image} ...")
        if not _succeeds([docker, "pull", "--quiet", image], _PULL_S):
            return KindSupport(missing=f"the image {image} is not here and cannot be pulled (KIND_IMAGE names another)")
    return KindSupport(Path(kind), image)


def _succeeds(command: list[str], timeout_s: float) -> bool:
    try:
        return not subprocess.run(command, capture_output=True, timeout=timeout_s, check=False).returncode
    except (OSError, subprocess.TimeoutExpired):
        return False
