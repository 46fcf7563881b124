# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One page about each rule of a library, from its METADATA and its tests.

    python -m ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rule_pages policies docs/rules

Writes ``<code>.md`` and an index, and removes pages of rules that are gone. With ``--check`` it writes nothing and fails
when a page is not what it should be.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import rego_text
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.collector import policy_and_group
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_directory

INDEX = "README.md"
_HEADER = """\
<!--
Copyright (c) 2026 The guardrail.kubernetes authors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later
Written by make rule-pages from the METADATA of the policies: do not edit.
-->
"""
_TABLE = """\
| | |
|---|---|
| policy | `{policy}` |
| counts | {where} |
| enforcement | {enforcement} |
| facts | {facts}, of the [input document](../../policies/schemas/input.json) |
"""
_LEVELS = {
    "deny": "refuses the action",
    "warn": "warns, and stops nothing",
    "dryrun": "is on trial: reported apart, and stops nothing",
}
_EXAMPLES = (("fires", "It fires"), ("silent", "It is silent"), ("boundary", "Where it begins"))
_FIRM = frozenset(
    {"common/config", "common/exceptions", "common/facts", "common/namespace_protection", "common/protected_objects"}
)


def pages(library: Library) -> dict[str, str]:
    """Text by file name: one page per code, and the index."""
    rules: Mapping[str, Mapping[str, Any]] = library.data.get("rules", {})
    found = {f"{code}.md": _page(library, code, rule) for code, rule in sorted(rules.items())}
    return {**found, INDEX: _index(rules)}


def _page(library: Library, code: str, rule: Mapping[str, Any]) -> str:
    policy, group = policy_and_group(rule["package"])
    facts = ", ".join(f"`{fact}`" for fact in rule["facts"]) or "none"
    parts = [
        _HEADER,
        f"# {code}",
        f"**{rule['title']}.** {rule['description']}",
        f"**What helps.** {rule['remedy']}",
        _TABLE.format(
            policy=policy, where=_where(group), enforcement=_enforcement(library, code, rule, policy), facts=facts
        ),
        *_examples(library, code, rule["package"]),
        "All rules: [README.md](README.md). How to change one: [writing-policies.md](../writing-policies.md).",
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _where(group: str) -> str:
    return f"in {group} only" if group in ("production", "staging", "development") else "in every environment"


def _enforcement(library: Library, code: str, rule: Mapping[str, Any], policy: str) -> str:
    written = str(rule.get("level", "deny"))
    levels = library.data.get("config", {}).get("enforcement", {})
    level = str(levels.get(code, written))
    said = f"`{level}`: it {_LEVELS.get(level, _LEVELS['deny'])}"
    if policy.startswith("rbac/") or policy in _FIRM:
        return f"{said}. Neither an exception nor an override lifts it"
    return said


def _examples(library: Library, code: str, package: str) -> Iterator[str]:
    """The tests that show the rule, as they stand in the library."""
    name = code.partition(".")[2].replace("-", "_")
    wanted = {f"test_{name}_{kind}": title for kind, title in _EXAMPLES}
    found: dict[str, str] = {}
    for path, text in sorted(library.tests.items()):
        if rego_text.package_name(text) == f"{package}_test":
            for test in rego_text.read(path, text).rules:
                if test.name in wanted:
                    found[test.name] = text[test.tokens[0].start : test.tokens[-1].end].strip()
    if found:
        yield "## Examples"
        yield "From the library's tests; `fixtures` makes input documents, and `config` the data that the test assumes."
    for test_name, title in wanted.items():
        if test_name in found:
            yield f"{title}:\n\n```rego\n{found[test_name]}\n```"


def _index(rules: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        f"| [{code}]({code}.md) | {rule['title']} | `{policy_and_group(rule['package'])[0]}` |"
        for code, rule in sorted(rules.items())
    ]
    table = "\n".join(["| rule | what | policy |", "|---|---|---|", *rows])
    return f"{_HEADER}\n# The rules\n\n{len(rows)} rules, by code.\n\n{table}\n"


def stale(wanted: Mapping[str, str], folder: Path) -> list[str]:
    """Names of pages that are missing, differ, or are about no rule."""
    there = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.md")}
    return sorted(name for name in {*wanted, *there} if wanted.get(name) != there.get(name))


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or check them. Returns the exit code."""
    paths = [argument for argument in arguments if argument != "--check"]
    if len(paths) != 2:
        sys.stderr.write("usage: rule_pages LIBRARY FOLDER [--check]\n")
        return 2
    folder, wanted = Path(paths[1]), pages(from_directory(paths[0]))
    names = stale(wanted, folder)
    if "--check" in arguments:
        for name in names:
            sys.stderr.write(f"{folder / name} is not current: make rule-pages\n")
        return 1 if names else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
