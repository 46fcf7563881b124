# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a page says, and which pages are out of date."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import metadata
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.decision import understood
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rule_pages import main, pages, stale

PATH = "kubernetesexecution/safety/production/size/size"
RULE = """\
package kubernetesexecution.safety.production.size

# METADATA
# title: Too large
# description: Nobody can pay for it.
# custom:
#   code: size.too-large
#   remedy: Make it smaller.
#   facts: [target, capacity]
warn contains {"code": "size.too-large", "message": "too large"} if input.replicas > 3
"""
TESTS = """\
package kubernetesexecution.safety.production.size_test

test_too_large_fires if {
	count(size.warn) == 1 with input as {"replicas": 4}
}

test_other_fires if true
"""
MODULES = {f"{PATH}.rego": RULE}


def library(enforcement: str = "") -> Library:
    config = {"enforcement": {"size.too-large": enforcement} if enforcement else {}}
    data = {"config": config, "rules": metadata.index(MODULES, "https://wiki/{code}")}
    return Library("ours", "1", "here", MODULES, {f"{PATH}_test.rego": TESTS}, data)


def test_a_page_says_what_why_remedy_facts_and_shows_the_tests_of_its_rule() -> None:
    page = pages(library())["size.too-large.md"]
    assert page.partition("-->")[2].strip().splitlines() == [
        "# size.too-large",
        "",
        "**Too large.** Nobody can pay for it.",
        "",
        "**What helps.** Make it smaller.",
        "",
        "| | |",
        "|---|---|",
        "| policy | `production/size` |",
        "| counts | in production only |",
        "| enforcement | `warn`: it warns, and stops nothing |",
        "| facts | `target`, `capacity`, of the [input document](../../policies/schemas/input.json) |",
        "",
        "## Examples",
        "",
        "From the library's tests; `fixtures` makes input documents, and `config` the data that the test assumes.",
        "",
        "It fires:",
        "",
        "```rego",
        "test_too_large_fires if {",
        '\tcount(size.warn) == 1 with input as {"replicas": 4}',
        "}",
        "```",
        "",
        "All rules: [README.md](README.md). How to change one: [writing-policies.md](../writing-policies.md).",
    ]


@pytest.mark.parametrize(
    ("level", "said"),
    [("deny", "`deny`: it refuses the action"), ("dryrun", "`dryrun`: it is on trial"), ("off", "`off`: it refuses")],
)
def test_the_level_is_the_one_that_the_data_sets(level: str, said: str) -> None:
    assert said in pages(library(level))["size.too-large.md"]


def test_pages_that_differ_are_missing_or_too_many_are_stale(tmp_path: Path) -> None:
    (tmp_path / "same.md").write_text("a", encoding="utf-8")
    (tmp_path / "changed.md").write_text("a", encoding="utf-8")
    (tmp_path / "gone.md").write_text("a", encoding="utf-8")
    assert stale({"same.md": "a", "changed.md": "b", "new.md": "c"}, tmp_path) == ["changed.md", "gone.md", "new.md"]


def test_the_command_writes_what_is_stale_and_nothing_else(tmp_path: Path) -> None:
    source, folder = tmp_path / "policies", tmp_path / "rules"
    (source / PATH).parent.mkdir(parents=True)
    (source / f"{PATH}.rego").write_text(RULE, encoding="utf-8")
    arguments = [str(source), str(folder)]
    assert main([*arguments, "--check"]) == 1
    assert main(arguments) == 0
    (folder / "gone.md").write_text("", encoding="utf-8")
    assert main([*arguments, "--check"]) == 1
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
    assert sorted(file.name for file in folder.iterdir()) == ["README.md", "size.too-large.md"]
    assert main([str(source)]) == 2


def test_a_violation_leads_to_the_page_of_its_rule() -> None:
    rules = library().data["rules"]
    raw = {"allowed": False, "violations": [{"policy": "p", "code": "size.too-large", "message": "m"}]}
    assert understood(raw, rules).violations[0].docs == "https://wiki/size.too-large"


def test_a_rule_may_name_a_page_of_its_own() -> None:
    own = RULE.replace("#   facts", "#   docs: https://ours/size\n#   facts")
    assert metadata.index({"a.rego": own}, "docs/{code}.md")["size.too-large"]["docs"] == "https://ours/size"


def test_a_library_that_says_nothing_leads_nowhere() -> None:
    assert metadata.index(replace(library()).modules)["size.too-large"]["docs"] == ""
