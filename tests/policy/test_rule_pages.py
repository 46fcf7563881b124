# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages about the rules are those that the policies make, and every decision leads to them."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import rule_pages
from tests.policy.engines import ROOT, library

_FOLDER = ROOT / "docs" / "rules"


def test_the_committed_pages_are_current() -> None:
    """After a change of a policy: make rule-pages."""
    assert rule_pages.stale(rule_pages.pages(library()), _FOLDER) == []


@pytest.mark.parametrize("code", sorted(library().data["rules"]))
def test_a_rule_leads_to_its_page(code: str) -> None:
    rule = library().data["rules"][code]
    page = (ROOT / rule["docs"]).read_text(encoding="utf-8")
    assert f"# {code}\n" in page
    assert all(
        part in page for part in (rule["title"], rule["description"], rule["remedy"], "It fires:", "It is silent:")
    )
