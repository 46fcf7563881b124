# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is published, what is not, and what the diff says. The real thing: tests/integration/test_publishing.py."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.published_library import PublishedLibrary
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.publication import Comparison, publish
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.review import (
    Review,
    Thoroughness,
    review,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, to_published
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.lint import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.rego_tests import RegoTestResult
from tests.conftest import ROOT

LIBRARY = Library("small", "1.0", "policies", {"a.rego": "package a\n"}, data={"config": {"most": 3}, "rules": {}})
ERROR = Finding("a.rego", 3, "lint.undefined-name", "error", "The name x is not defined.", "Define it.")
WARNING = replace(ERROR, level="warning")
FAILED = RegoTestResult("test_x", "a_test", "a_test.rego", False, "false", 0.1)
NO_CLUSTER: Any = None


def live(library: Library, **changes: Any) -> PublishedLibrary:
    stated = PublishedLibrary(to_published(library), library.name, library.version, library.revision)
    return replace(stated, **changes)


def comparison(library: Library, now: PublishedLibrary | None) -> Comparison:
    return Comparison(library, now, now.data if now else {}, to_published(library))


def test_the_same_library_does_not_differ() -> None:
    same = comparison(LIBRARY, live(LIBRARY))
    assert (same.differs, same.diff()) == (False, [])


@pytest.mark.parametrize(
    "now",
    [
        pytest.param(None, id="none"),
        pytest.param(live(LIBRARY, version="0.9"), id="version"),
        pytest.param(live(LIBRARY, name="other"), id="name"),
        pytest.param(live(LIBRARY, revision=""), id="no revision stated"),
        pytest.param(
            live(LIBRARY, data={**to_published(LIBRARY), "a.rego": "package a # edited\n"}), id="edited by hand"
        ),
        pytest.param(live(LIBRARY, data={**to_published(LIBRARY), "b.rego": "package b\n"}), id="a file more"),
    ],
)
def test_anything_else_differs(now: PublishedLibrary | None) -> None:
    assert comparison(LIBRARY, now).differs is True


def test_the_diff_of_data_shows_the_value_on_a_line_of_its_own() -> None:
    after = replace(LIBRARY, data={"config": {"most": 4}, "rules": {}})
    _summary, data = comparison(after, live(LIBRARY)).diff()
    assert data == {
        "before_header": "data.json",
        "after_header": "data.json",
        "before": '{\n  "config": {\n    "most": 3\n  },\n  "rules": {}\n}\n',
        "after": '{\n  "config": {\n    "most": 4\n  },\n  "rules": {}\n}\n',
    }


@pytest.mark.parametrize(
    ("review", "code", "line"),
    [
        pytest.param(
            Review(LIBRARY, (ERROR, WARNING)),
            "policy.lint-error",
            "a.rego:3: The name x is not defined. Define it. [lint.undefined-name]",
            id="finding",
        ),
        pytest.param(
            Review(LIBRARY, (), (FAILED,)),
            "policy.test-failed",
            "a_test.rego: a_test.test_x: false [policy.test-failed]",
            id="failed test",
        ),
    ],
)
def test_a_review_that_did_not_pass_publishes_nothing(review: Review, code: str, line: str) -> None:
    with pytest.raises(PolicyUnusable) as refused:
        publish(NO_CLUSTER, review, comparison(LIBRARY, None), "2026-01-01T00:00:00Z")
    assert refused.value.code == code
    assert refused.value.message.splitlines() == [
        "The library policies is refused, 1 finding:",
        line,
        "Nothing was published.",
    ]


def test_a_review_of_another_library_publishes_nothing() -> None:
    other = replace(LIBRARY, modules={"a.rego": "package a # other\n"})
    with pytest.raises(PolicyUnusable):
        publish(NO_CLUSTER, Review(other, ()), comparison(LIBRARY, None), "2026-01-01T00:00:00Z")


def test_warnings_do_not_stop_a_library() -> None:
    assert Review(LIBRARY, (WARNING,)).passed is True


def test_an_overlay_with_an_exception_that_nobody_owns_is_refused(tmp_path: Path) -> None:
    """The library's rules say so about its data, whatever the action: nobody has to wait for a denial."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "exceptions.yaml").write_text(
        "exceptions: [{name: a, reason: b, rules: [quorum.control-plane], actions: [DrainNode], expires: '2026-12-31'}]\n",
        encoding="utf-8",
    )
    examined = review(str(ROOT / "policies"), str(tmp_path), Thoroughness(tests=False))
    assert not examined.passed
    assert [finding.code for finding in examined.findings] == ["config.setting-unusable"]
    assert "data.config.exceptions" in examined.findings[0].message
