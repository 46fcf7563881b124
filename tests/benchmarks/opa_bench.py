# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same policies and inputs in the real ``opa``: ``opa bench``, which prepares the query once and evaluates it over and over.

It parses the input once as well, so what it prints compares with our time for the query, not with that for the input.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.collector import complete
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, canonical
from tests.policy.engines import opa

QUERY = "data.kubernetesexecution.decision"
_TIMER = "histogram_timer_rego_query_eval_ns"


def write(library: Library, folder: Path) -> Path:
    """What our engine compiles, as a directory for ``opa``: no tests, no schemas."""
    for path, text in complete(library.modules).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "data.json").write_text(canonical(library.policy_data), encoding="utf-8")
    return folder


def prepared(policies: Path, document: dict[str, Any]) -> tuple[float, float]:
    """Median and 99th percentile of one evaluation, in ms, as ``opa`` prints them.

    Args:
        policies: A directory, or the archive of a bundle.
    """
    source = ("--bundle" if policies.is_file() else "--data", str(policies))
    command = [opa(), "bench", "--format", "json", *source, "--stdin-input", QUERY]
    done = subprocess.run(command, input=canonical(document), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"opa bench failed:\n{done.stdout}{done.stderr}")
    figures = json.loads(done.stdout)["Extra"]
    return figures[f"{_TIMER}_median"] / 1e6, figures[f"{_TIMER}_99%"] / 1e6
