# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the tool keeps things: always outside the checkout, so that a second checkout finds what the first built."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

NAME = "guardrail.kubernetes"
HERE = Path(__file__).resolve().parent
MANIFESTS = HERE / "manifests"
STAGES = HERE / "stages"
MODULES = HERE / "binaries"


def cache_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """Built binaries and the Go toolchain."""
    return _root(environ, "XDG_CACHE_HOME", ".cache")


def cluster_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """State of the cluster that ``up`` starts: ``GUARDRAIL_CLUSTER_DIR`` or a directory of the user's."""
    given = environ.get("GUARDRAIL_CLUSTER_DIR")
    return Path(given).absolute() if given else _root(environ, "XDG_STATE_HOME", ".local/state") / "cluster"


def sessions_dir(environ: Mapping[str, str] = os.environ) -> Path:
    """State of the clusters that live as long as one program."""
    return _root(environ, "XDG_STATE_HOME", ".local/state") / "sessions"


def _root(environ: Mapping[str, str], variable: str, fallback: str) -> Path:
    given = environ.get(variable, "")
    # The XDG specification: a relative path is to be ignored.
    base = Path(given) if given.startswith("/") else Path.home() / fallback
    return base / NAME
