# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine lets pass and should not."""

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import from_directory
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.lint import errors, lint
from tests.conftest import ROOT
from tests.unit.policy.libraries import library, rules

DENY = 'deny contains "x"'


def found(modules: dict[str, str]) -> list[tuple[str, str, str]]:
    return [(finding.level, finding.code, str(finding)) for finding in lint(library(modules))]


def test_sound_library_has_no_finding() -> None:
    assert found({"a.rego": rules("common", DENY)}) == []


def test_policies_of_this_collection_have_no_finding() -> None:
    assert [str(finding) for finding in lint(from_directory(ROOT / "policies"))] == []


@pytest.mark.parametrize(
    ("path", "text", "code", "message"),
    [
        pytest.param("a.rego", "x := 1\n", "lint.no-package", "a.rego:1: The file has no package.", id="no-package"),
        pytest.param(
            "kubernetesexecution/safety/common/a.rego",
            rules("production", DENY),
            "lint.package-directory",
            "kubernetesexecution/safety/common/a.rego:1: The package kubernetesexecution.safety.production does not "
            "belong into the folder kubernetesexecution/safety/common.",
            id="package-directory",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'denies contains "x"'),
            "lint.no-results",
            "a.rego:1: The package kubernetesexecution.safety.common has neither deny nor warn.",
            id="misspelt-deny",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'deny if input.namespace == "x"'),
            "lint.not-a-set",
            "a.rego:5: deny is no set of results here, so it would deny nothing.",
            id="boolean",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'deny := ["x"]'),
            "lint.not-a-set",
            "a.rego:5: deny is no set of results here, so it would deny nothing.",
            id="list",
        ),
        pytest.param(
            "a.rego",
            rules("common", "default deny := false\n\n" + DENY),
            "lint.not-a-set",
            "a.rego:5: deny is no set of results here, so it would deny nothing.",
            id="default",
        ),
        pytest.param(
            "a.rego",
            "package kubernetesexecution.safty.common\n\nimport rego.v1\n\n" + DENY,
            "lint.not-collected",
            "a.rego:5: Nobody asks for deny of the package kubernetesexecution.safty.common.",
            id="misspelt-package",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'deny contains "x" if http.send({"url": input.url}).status_code != 200'),
            "lint.forbidden-builtin",
            "a.rego:5: http.send may not be used in a policy.",
            id="network",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'deny contains "x" if opa.runtime().env.HOME'),
            "lint.forbidden-builtin",
            "a.rego:5: opa.runtime may not be used in a policy.",
            id="environment",
        ),
        pytest.param(
            "a.rego",
            rules("common", 'deny contains "x" if net.cidr_contains("10.0.0.0/8", input.ip)'),
            "lint.undefined-name",
            "a.rego:5: The function net.cidr_contains is not defined.",
            id="unsupported-builtin",
        ),
    ],
)
def test_mistake_is_an_error(path: str, text: str, code: str, message: str) -> None:
    assert found({path: text}) == [("error", code, message)]


def test_clock_is_a_warning() -> None:
    text = rules("common", 'deny contains "x" if time.now_ns() > 3')
    (finding,) = lint(library({"a.rego": text}))
    assert (finding.level, finding.code, finding.line) == ("warning", "lint.unsteady", 5)
    assert errors((finding,)) == ()


def test_package_speaks_through_any_of_its_files() -> None:
    assert found({"a.rego": rules("common", DENY), "b.rego": rules("common", "limit := 3")}) == []


def test_tests_are_not_looked_at() -> None:
    judge = library({"a.rego": rules("common", DENY)})
    assert lint(type(judge)("n", "v", "s", judge.modules, {"a_test.rego": "nonsense"}, judge.data)) == ()
