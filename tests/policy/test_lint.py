# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The linter beside the real ``opa check --strict``: what that refuses is refused, and nothing that is sound."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import lint
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding, errors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from tests.policy.broken_policies import BROKEN, LIBRARY, OURS, PATH, policy
from tests.policy.engines import library, run_opa
from tests.policy.sound_policies import OLD, SOUND

Texts = Mapping[str, str]


def refused_by_opa(folder: Path, texts: Texts, *options: str) -> str:
    """What the real compiler says about the files; empty when it accepts them."""
    for path, text in texts.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    done = run_opa("check", "--strict", *options, str(folder))
    return done.stderr if done.returncode else ""


def linted(texts: Texts) -> tuple[Finding, ...]:
    judge = Library("tests", "", "a test", texts, schema=library().schema)
    return errors(lint.lint(judge, with_tests=False))


def test_there_are_enough_broken_policies() -> None:
    assert len(BROKEN) >= 150


@pytest.mark.parametrize("name", sorted(BROKEN))
def test_what_opa_refuses_is_refused(name: str, tmp_path: Path) -> None:
    texts = {**LIBRARY, PATH: policy(BROKEN[name])}
    assert refused_by_opa(tmp_path, texts) != ""
    findings = linted(texts)
    assert findings
    assert {finding.file for finding in findings} == {PATH}
    assert all(finding.remedy and finding.line >= 1 for finding in findings)


@pytest.mark.parametrize("name", sorted(OURS))
def test_what_only_this_collection_refuses_is_refused(name: str, tmp_path: Path) -> None:
    texts = {**LIBRARY, PATH: policy(OURS[name])}
    assert refused_by_opa(tmp_path, texts) == ""
    assert linted(texts)


@pytest.mark.parametrize("name", sorted(SOUND))
def test_sound_policy_is_accepted(name: str, tmp_path: Path) -> None:
    texts = {**LIBRARY, PATH: policy(SOUND[name])}
    assert refused_by_opa(tmp_path, texts) == ""
    judge = Library("tests", "", "a test", texts)
    assert [str(finding) for finding in errors(lint.lint(judge, with_tests=False))] == []


@pytest.mark.parametrize("name", sorted(OLD))
def test_sound_policy_in_the_old_language_is_accepted(name: str, tmp_path: Path) -> None:
    texts = {"old.rego": OLD[name]}
    assert refused_by_opa(tmp_path, texts, "--v0-compatible") == ""
    judge = Library("tests", "", "a test", texts)
    assert [str(finding) for finding in errors(lint.lint(judge, with_tests=False))] == []
