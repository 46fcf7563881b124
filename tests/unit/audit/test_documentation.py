# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/audit.md says what is there."""

from __future__ import annotations

import re
from dataclasses import fields

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.chain import AuditOptions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.entries import decision_entry, outcome_entry
from tests.conftest import ROOT

TEXT = (ROOT / "docs/audit.md").read_text(encoding="utf-8")
SOURCES = [path.read_text(encoding="utf-8") for path in (ROOT / "plugins/module_utils/_audit").glob("*.py")]


def table(heading: str) -> set[str]:
    """Names in the first column of the first table below a heading."""
    rows = re.search(rf"^#+ {re.escape(heading)}\n.*?((?:^\|[^\n]*\n)+)", TEXT, re.MULTILINE | re.DOTALL)[1]
    return {name for row in rows.splitlines()[2:] for name in re.findall(r"`([\w.-]+)`", row.split("|")[1])}


def test_every_code_is_listed():
    used = {code for source in SOURCES for code in re.findall(r'"(audit\.[a-z-]+)"', source)}
    assert table("Codes") == used


def test_every_problem_is_listed():
    used = {name for source in SOURCES for name in re.findall(r'(?:_broken|Broken)\((?:[^"]*, )?"([a-z-]+)"', source)}
    assert table("Verifying") >= used
    assert len(used) >= 7


def test_every_setting_is_listed():
    assert table("Settings") == {field.name for field in fields(AuditOptions)}


def test_every_field_is_listed():
    decision = set(decision_entry(execution={}, request={}, decision={}, diff={}, approvals=()))
    outcome = set(outcome_entry(execution={}, request={}, outcome={}))
    assert table("`content` of a decision") == decision
    assert table("`content` of an outcome") == outcome - (decision - {"decision_id", "summary", "before", "after"})
