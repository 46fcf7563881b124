# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of a file need to be evaluated like decisions: each with its own input, grouped by its data.

A test is planned once and evaluated as often as somebody likes, on the policies as they are or on changed ones.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import (
    data_modules,
    rego,
    rego_text,
    with_clauses,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import canonical

_DATA = "guardrail-data"
Verdict = tuple[str, float]
"""Why a test failed, empty when it passed; and milliseconds inside the engine."""


class PlannedTests(NamedTuple):
    """The tests of one file.

    Attributes:
        staged: Input of each test as JSON, by the data (as JSON) that it wants and by its name.
        others: Names of the tests that have to do with the engine's own ``with``.
        undefined: Names of the tests that replace something by a value that is undefined.
    """

    path: str
    package: str
    staged_text: str
    others_text: str
    staged: Mapping[str, Mapping[str, str]]
    others: Sequence[str]
    undefined: Sequence[str]

    @property
    def names(self) -> list[str]:
        return sorted([*self.others, *self.undefined, *(name for terms in self.staged.values() for name in terms)])

    def entrypoint(self, name: str) -> str:
        return f"{self.package.replace('.', '/')}/{name}"


def make(
    module: rego_text.Module, texts: Mapping[str, str], data: Mapping[str, Any], wanted: Callable[[str], bool]
) -> PlannedTests:
    """Plan the tests of a file whose full names (``package.name``) are wanted. Runs in a child.

    Args:
        texts: All modules that the file leads to, and itself.

    Raises:
        EngineError: The file does not compile.
    """
    package = ".".join(module.package)
    roots = frozenset(rego_text.package_name(text).split(".")[0] for text in texts.values())
    tests = with_clauses.separate(module, texts[module.path], roots)
    names = [name for name in tests.staged if wanted(f"{package}.{name}")]
    modules = {**texts, module.path: tests.staged_text}
    replaced = _replaced(modules, data, package.replace(".", "/"), names) if names else {}
    staged: dict[str, dict[str, str]] = {}
    for name, values in replaced.items():
        document = canonical(_changed(data, "data", values))
        staged.setdefault(document, {})[name] = canonical(_changed({}, "input", values))
    return PlannedTests(
        path=module.path,
        package=package,
        staged_text=tests.staged_text,
        others_text=tests.others_text,
        staged=staged,
        others=[name for name in tests.others if wanted(f"{package}.{name}")],
        undefined=[name for name in names if name not in replaced],
    )


def evaluate(
    plan: PlannedTests, texts: Mapping[str, str], data: Mapping[str, Any], *, until_failure: bool = False
) -> dict[str, Verdict]:
    """Evaluate the tests of a plan. Runs in a child.

    Args:
        texts: As for ``make``; the file itself is taken from the plan.
        until_failure: Stop at the first that fails.

    Raises:
        EngineError: The modules do not compile.
    """
    verdicts: dict[str, Verdict] = dict.fromkeys(plan.undefined, ("undefined: a value after with has none", 0.0))
    groups = [
        (plan.staged_text, data_modules.generate(json.loads(document)), terms)
        for document, terms in plan.staged.items()
    ]
    if plan.others:
        given = data_modules.generate(data, replaceable=True)
        groups.append((plan.others_text, given, dict.fromkeys(plan.others, "{}")))
    for text, given, terms in groups:
        entrypoints = [plan.entrypoint(name) for name in terms]
        bundle = rego.compile_bundle({**texts, plan.path: text, **given}, entrypoints)
        for name, term in terms.items():
            verdicts[name] = _judged(bundle, term, plan.entrypoint(name))
            if until_failure and verdicts[name][0]:
                return verdicts
    return verdicts


def passes_at_once(plan: PlannedTests, texts: Mapping[str, str], data: Mapping[str, Any]) -> bool:
    """Whether all tests pass, up to the first that does not. Runs in a child.

    Compiles the policies once and hands the data over in the input, where ``evaluate`` compiles them for each data. For
    tries by the thousand; whoever goes through all keys of the input sees one more.

    Raises:
        EngineError: The modules do not compile.
    """
    if plan.undefined:
        return False
    roots: dict[str, set[str]] = {}
    terms = {}
    for document, inputs in plan.staged.items():
        for root, content in json.loads(document).items():
            roots.setdefault(root, set()).update(content)
        for name, term in inputs.items():
            separator = "" if term == "{}" else ","
            terms[name] = f'{{"{_DATA}":{document}{separator}{term[1:]}'
    modules = {**texts, plan.path: plan.staged_text}
    modules |= {f"data/{root}.rego": _handed_over(root, names) for root, names in roots.items()}
    bundle = rego.compile_bundle(modules, [plan.entrypoint(name) for name in terms]) if terms else b""
    if any(_judged(bundle, term, plan.entrypoint(name))[0] for name, term in terms.items()):
        return False
    rest = plan._replace(staged={}, undefined=[])
    return not any(message for message, _ms in evaluate(rest, texts, data, until_failure=True).values())


def _handed_over(root: str, names: Iterable[str]) -> str:
    rules = [f'\n{name} := input["{_DATA}"].{root}.{name}\n' for name in sorted(names)]
    return f"package {root}\n\nimport rego.v1\n{''.join(rules)}"


def _replaced(
    modules: Mapping[str, str], data: Mapping[str, Any], folder: str, names: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """What each test puts in place of input and data; without the tests for which that is undefined or an error."""
    fixtures = {name: f"{folder}/{with_clauses.FIXTURE}{name}" for name in names}
    bundle = rego.compile_bundle({**modules, **data_modules.generate(data)}, list(fixtures.values()))
    values = {}
    for name, fixture in fixtures.items():
        with contextlib.suppress(rego.EngineError):
            text = rego.evaluate(bundle, "{}", fixture, fresh=True).text
            if text is not None:
                values[name] = json.loads(text)
    return values


def _changed(document: Mapping[str, Any], root: str, replaced: Mapping[str, Any]) -> Any:
    """The document with everything in its place that is replaced below ``root`` (``data.config`` below ``data``)."""
    changed: Any = document
    for target, value in sorted(replaced.items()):
        first, *path = target.split(".")
        if first == root:
            changed = _put(changed, path, value)
    return changed


def _put(document: Any, path: Sequence[str], value: Any) -> Any:
    if not path:
        return value
    inner = document if isinstance(document, Mapping) else {}
    return {**inner, path[0]: _put(inner.get(path[0]), path[1:], value)}


def _judged(bundle: bytes, term: str, entrypoint: str) -> Verdict:
    try:
        answer = rego.evaluate(bundle, term, entrypoint, fresh=True)
    except rego.EngineError as error:
        return f"The evaluation failed: {error}", 0.0
    messages: Mapping[str | None, str] = {None: "undefined: a line of its body did not hold", "false": "false"}
    return messages.get(answer.text, ""), answer.evaluation_ms
