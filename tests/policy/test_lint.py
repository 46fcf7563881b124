# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The linter beside the real ``opa check --strict``: what that refuses is refused, and nothing that is sound."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import child, lint, rego
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding, errors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import rego_tests
from tests.policy.broken_policies import BROKEN, LIBRARY, OURS, PATH, policy
from tests.policy.changed_policies import slips
from tests.policy.engines import library, run_opa
from tests.policy.sound_policies import OLD, SOUND, WITH

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


@pytest.mark.parametrize("name", sorted(WITH))
def test_with_in_a_policy_is_refused_and_nothing_else_is_wrong(name: str, tmp_path: Path) -> None:
    texts = {**LIBRARY, PATH: policy(WITH[name])}
    assert refused_by_opa(tmp_path, texts) == ""
    judge = Library("tests", "", "a test", texts)
    assert {finding.code for finding in errors(lint.lint(judge, with_tests=False))} == {"lint.with"}


@pytest.mark.parametrize("name", sorted(OLD))
def test_sound_policy_in_the_old_language_is_accepted(name: str, tmp_path: Path) -> None:
    texts = {"old.rego": OLD[name]}
    assert refused_by_opa(tmp_path, texts, "--v0-compatible") == ""
    judge = Library("tests", "", "a test", texts)
    assert [str(finding) for finding in errors(lint.lint(judge, with_tests=False))] == []


# What the real compiler does not look for: a name that no rule of a package has, results that nobody asks for, and what only
# this engine gets wrong.
MORE_THAN_OPA = {
    "lint.engine",
    "lint.undefined-name",
    "lint.no-results",
    "lint.not-collected",
    "lint.package-directory",
}


def test_slips_of_the_pen_are_judged_as_opa_judges_them(tmp_path: Path) -> None:
    """``GUARDRAIL_SLIPS`` tries more of them, ``GUARDRAIL_SEED`` others."""
    modules = library().modules
    count, seed = (
        int(os.environ.get(name, each)) for name, each in (("GUARDRAIL_SLIPS", "60"), ("GUARDRAIL_SEED", "6"))
    )
    disagreements = []
    refused = 0
    for number, slip in enumerate(slips(modules, count, seed)):
        texts = {path: modules[path] for path in rego_tests.reachable(slip.path, modules)} | {slip.path: slip.text}
        theirs = refused_by_opa(tmp_path / str(number), texts)
        ours = errors(lint.lint(Library("tests", "", "a test", texts), with_tests=False))
        refused += bool(theirs)
        if theirs and not ours:
            disagreements.append(f"{slip}: accepted, but: {theirs}")
        elif not theirs and {finding.code for finding in ours} - MORE_THAN_OPA:
            disagreements.append(f"{slip}: refused: {[str(finding) for finding in ours]}")
    assert disagreements == []
    assert 0 < refused < count


def test_the_library_and_its_tests_have_no_finding() -> None:
    assert [str(finding) for finding in lint.lint(library())] == []


ENGINE = {
    "concat": 'deny contains sprintf("%v: %v", [concat(",", ["a"]), 1]) if input.action',
    "by-a-local": 'deny contains sprintf("of %v", [name]) if name := lower(input.namespace)',
    "template": 'deny contains sprintf("of %v", [$"{input.namespace}"]) if input.action',
}


@pytest.mark.parametrize("name", sorted(ENGINE))
def test_text_that_the_engine_spoils_is_a_warning_and_really_spoiled(name: str) -> None:
    texts = {**LIBRARY, PATH: policy(ENGINE[name])}
    findings = lint.lint(Library("tests", "", "a test", texts), with_tests=False)
    assert [(finding.code, finding.level) for finding in findings] == [("lint.engine", "warning")]
    bundle_and_answer = child.run(lambda: _answer(texts, '{"action": "x", "namespace": "shop"}'))
    assert "not JSON" in bundle_and_answer.error or '""' in bundle_and_answer.error


def _answer(texts: Texts, term: str) -> bytes:
    entrypoint = f"{PATH.rsplit('/', 1)[0]}/deny"
    return (rego.evaluate(rego.compile_bundle(texts, [entrypoint]), term, entrypoint).text or "").encode()


def test_functions_that_the_engine_mixes_up_are_refused() -> None:
    other = "package kubernetesexecution.lib.other\n\nimport rego.v1\n\nlarge(n, most) if n > most\n"
    texts = {**LIBRARY, PATH: policy(""), "kubernetesexecution/lib/other/other.rego": other}
    assert [finding.code for finding in linted(texts)] == ["lint.engine"]
    with contextlib.suppress(PolicyUnusable):  # it may just as well crash
        assert child.run(lambda: _answer(texts, "{}")).error
