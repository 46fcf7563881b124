# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""README and docs say what is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.review import Thoroughness, review
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import REMEDIES
from tests.conftest import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted(ROOT.glob("roles/*/README.md"))]
# Denials that are not the engine's: the gate's own, and main.rego's.
ELSEWHERE = {"policy.library-unreadable", "policy.malformed-result"}


def blocks(document: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(document: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_the_table_of_codes_is_complete() -> None:
    listed = set(re.findall(r"^\| `(policy\.[a-z-]+)` \|", (ROOT / "docs/decision.md").read_text(), re.MULTILINE))
    assert listed == {*REMEDIES, *ELSEWHERE}


def test_the_readme_lists_every_module() -> None:
    listed = set(re.findall(r"`guardrail\.kubernetes\.(\w+)`", (ROOT / "README.md").read_text().split("| module |")[1]))
    modules = {path.stem for path in (ROOT / "plugins/modules").glob("*.py")}
    assert modules - listed == set()


def test_every_make_target_that_is_named_exists() -> None:
    rules = [ROOT / "Makefile", ROOT / "tests/cluster/cluster.mk"]
    targets = {target for path in rules for target in re.findall(r"^([a-z-]+):", path.read_text(), re.MULTILINE)}
    named = {
        name for document in DOCUMENTS for name in re.findall(r"(?:`|^)make ([a-z-]+)", document.read_text(), re.M)
    }
    assert named - targets == set()


def test_the_example_of_an_overlay_is_sound(tmp_path: Path) -> None:
    written = 0
    for language in ("yaml", "rego"):
        for text in blocks(ROOT / "docs/writing-policies.md", language):
            named = re.match(r"# our-policies/(\S+)\n", text)
            if named:
                file = tmp_path / named[1]
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
                written += 1
    examined = review(f"{ROOT}/policies", str(tmp_path), Thoroughness(tests=False))
    assert (written, examined.complaints()) == (9, ())
    assert examined.library.data["config"]["limits"]["replica_ceiling"] == 40
    assert "tickets.missing" in examined.library.data["rules"]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_yaml_in_documents_is_yaml(document: Path) -> None:
    for text in blocks(document, "yaml"):
        assert yaml.safe_load(text)
