# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module imports when it starts, and what Ansible packs for it.

Through AnsiballZ a task compiles each file that it imports. What most tasks do without is imported where it is needed, and
has to be in the archive all the same: Ansible packs what import statements name, wherever they stand.
"""

from __future__ import annotations

from functools import cache

import pytest

from tests.unit.structure.source_files import ROOT, below, imports

SHARED = "plugins/module_utils"
SCALE = "plugins/modules/scale_deployment.py"
# Folders and files that a scale which is allowed has no use for.
SPARED = (
    f"{SHARED}/_policy/analysis/",
    f"{SHARED}/_audit/",
    *(f"{SHARED}/_policy/{name}.py" for name in ("attribution", "bundle", "lint", "signature")),
    *(
        f"{SHARED}/_cluster/{name}.py"
        for name in ("capacity", "disruption_budgets", "eviction", "evicted_pods", "locks")
    ),
    *(
        f"{SHARED}/_execution/{name}.py"
        for name in ("approvals", "consumption", "job_manifest", "job_run", "node_lease")
    ),
    *(
        f"{SHARED}/_gate/{name}.py"
        for name in (
            "approval_use",
            "closer_look",
            "earlier_job",
            "job_performing",
            "policy_check",
            "recovery",
            "remediation",
            "undo_task",
            "undoing",
        )
    ),
)
MOST_FILES = 105


@cache
def _imported(path: str, with_lazy: bool) -> frozenset[str]:
    found: set[str] = set()
    for one in imports(path):
        if one.name.startswith("plugins.") and (with_lazy or not one.lazy):
            parts = one.name.split(".")
            candidates = ("/".join(parts[:length]) + ".py" for length in (len(parts), len(parts) - 1))
            found.update(candidate for candidate in candidates if (ROOT / candidate).is_file())
    return frozenset(found)


def closure(path: str, *, with_lazy: bool) -> set[str]:
    """The files of ours that are imported with this one."""
    found, ahead = {path}, [path]
    while ahead:
        new = _imported(ahead.pop(), with_lazy) - found
        found |= new
        ahead += new
    return found


def test_a_scale_imports_only_what_a_scale_needs() -> None:
    eager = closure(SCALE, with_lazy=False)
    assert sorted(path for path in eager if path.startswith(SPARED)) == []
    actions = {path for path in eager if path.startswith(f"{SHARED}/_actions/")}
    names = ("action", "catalogue", "scale_deployment", "workload")
    assert actions == {f"{SHARED}/_actions/{name}.py" for name in names}
    assert len(eager) <= MOST_FILES, sorted(eager)


@pytest.mark.parametrize("module", ["scale_deployment", "drain_node", "execution_undo", "policy_check", "remediate"])
def test_what_is_imported_late_is_packed(module: str) -> None:
    """Whichever the action: a Job, an undo, a library that nobody linted may be what it comes to."""
    packed = closure(f"plugins/modules/{module}.py", with_lazy=True)
    assert sorted(set(below(f"{SHARED}/_actions", ".py")) - packed) == [f"{SHARED}/_actions/__init__.py"]
    late = [path for path in below(SHARED, ".py") if path.startswith(SPARED) and not path.endswith("__init__.py")]
    # A command of its own for whoever reads the trail.
    verifier = {f"{SHARED}/_audit/{name}.py" for name in ("anchors", "checking", "verify")}
    assert sorted(set(late) - packed - verifier) == []
