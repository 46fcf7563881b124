# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of a file need to be evaluated like decisions: each with its own input, grouped by its data.

A test is planned once and evaluated as often as somebody likes, on the policies as they are or on changed ones.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import data_modules, rego, rego_text
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import canonical
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import with_clauses
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.staging import CLOCK

_DATA = "guardrail-data"
_ERROR = "error"
_CALL = re.compile(r'"(?:\\.|[^"\\\n])*"|`[^`]*`|#[^\n]*|(?P<call>\btime\.now_ns\(\s*\))')
Verdict = tuple[str, float]
"""Why a test failed, empty when it passed; and milliseconds inside the engine."""


class PlannedTests(NamedTuple):
    """The tests of one file.

    Attributes:
        text: The file with the parts of the tests in place of them (``with_clauses``).
        parts: Of each test, each with the lines that it stands for.
        staged: Input of each part as JSON (empty: there is none), by the data (as JSON) that it wants and by its name. The
            time that it wants stands beside the data.
        failed: Why each test fails that cannot be evaluated.
    """

    path: str
    package: str
    text: str
    parts: Mapping[str, Sequence[tuple[str, Sequence[int]]]]
    staged: Mapping[str, Mapping[str, str]]
    failed: Mapping[str, str]

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
    tests = with_clauses.separate(module, texts, roots)
    parts = {name: found for name, found in tests.parts.items() if wanted(f"{package}.{name}")}
    failed = {name: why for name, why in tests.refused.items() if wanted(f"{package}.{name}")}
    names = [part for found in parts.values() for part, _lines in found]
    modules = {**texts, module.path: tests.text}
    replaced = _replaced(modules, data, package.replace(".", "/"), names) if names else {}
    failed |= {name: why for name, found in parts.items() for why in _unfit(found, replaced)}
    staged: dict[str, dict[str, str]] = {}
    for name in (part for test, found in parts.items() if test not in failed for part, _lines in found):
        values = replaced[name][with_clauses.VALUES]
        changed = _changed(data, "data", values)
        document = canonical({**changed, CLOCK: values[CLOCK]} if CLOCK in values else changed)
        given = any(target.split(".")[0] == "input" for target in values)
        staged.setdefault(document, {})[name] = canonical(_changed({}, "input", values)) if given else ""
    return PlannedTests(
        path=module.path,
        package=package,
        text=tests.text,
        parts={name: found for name, found in parts.items() if name not in failed},
        staged=staged,
        failed=failed,
    )


def _unfit(parts: Sequence[tuple[str, Sequence[int]]], replaced: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Why the values cannot be given to the parts of a test."""
    for name, _lines in parts:
        if name not in replaced:
            yield "undefined: a value after with has none"
        elif _ERROR in replaced[name]:
            yield f"A value after with cannot be evaluated: {replaced[name][_ERROR]}"
        elif not replaced[name][with_clauses.JSON]:
            yield (
                "A value after with holds a set, which input and data never do: they are JSON. Write a list, and turn it"
                " into a set in the rule."
            )
        elif not isinstance(replaced[name][with_clauses.VALUES].get(CLOCK, 0), int):
            yield f"{CLOCK} is replaced by a value that is no whole number. Write nanoseconds."


def evaluate(plan: PlannedTests, texts: Mapping[str, str], *, until_failure: bool = False) -> dict[str, Verdict]:
    """Evaluate the tests of a plan. Runs in a child.

    Args:
        texts: As for ``make``; the file itself is taken from the plan.
        until_failure: Stop at the first that fails.

    Raises:
        EngineError: The modules do not compile.
    """
    failed: dict[str, Verdict] = {name: (why, 0.0) for name, why in plan.failed.items()}
    judged: dict[str, Verdict] = {}
    if failed and until_failure:
        return failed
    for document, terms in plan.staged.items():
        wanted = json.loads(document)
        modules = _at(wanted.pop(CLOCK, None), {**texts, plan.path: plan.text})
        entrypoints = [plan.entrypoint(name) for name in terms]
        bundle = rego.compile_bundle({**modules, **data_modules.generate(wanted)}, entrypoints)
        for name, verdict in _judged(plan, bundle, terms):
            judged[name] = verdict
            if until_failure and verdict[0]:
                return {name: verdict}
    return failed | {name: _together(parts, judged) for name, parts in plan.parts.items()}


def _at(now: int | None, modules: Mapping[str, str]) -> Mapping[str, str]:
    """The modules with a time in place of the clock."""
    if now is None:
        return modules
    return {
        path: _CALL.sub(lambda found: str(now) if found["call"] else found.group(), text)
        for path, text in modules.items()
    }


def _together(parts: Sequence[tuple[str, Sequence[int]]], judged: Mapping[str, Verdict]) -> Verdict:
    """What the parts of a test say about it: which lines of it did not hold, and the time of all."""
    failed = [(judged[name][0], lines) for name, lines in parts if judged[name][0]]
    total_ms = sum(judged[name][1] for name, _lines in parts)
    if not failed or len(parts) == 1:
        return failed[0][0] if failed else "", total_ms
    message, lines = failed[0]
    return f"line{'s' * (len(lines) > 1)} {', '.join(map(str, lines))}: {message}", total_ms


def passes_at_once(plan: PlannedTests, texts: Mapping[str, str]) -> bool:
    """Whether all tests pass, up to the first that does not. Runs in a child.

    Compiles the policies once and hands the data over in the input, where ``evaluate`` compiles them for each data. For
    tries by the thousand; whoever goes through all keys of the input sees one more.

    Raises:
        EngineError: The modules do not compile.
    """
    if plan.failed or any(CLOCK in json.loads(document) for document in plan.staged):
        return False
    roots: dict[str, set[str]] = {}
    terms = {}
    for document, inputs in plan.staged.items():
        for root, content in json.loads(document).items():
            roots.setdefault(root, set()).update(content)
        for name, term in inputs.items():
            rest = term[1:] or "}"
            terms[name] = f'{{"{_DATA}":{document}{"" if rest == "}" else ","}{rest}'
    modules = {**texts, plan.path: plan.text}
    modules |= {f"data/{root}.rego": _handed_over(root, names) for root, names in roots.items()}
    bundle = rego.compile_bundle(modules, [plan.entrypoint(name) for name in terms])
    return not any(message for _name, (message, _ms) in _judged(plan, bundle, terms))


def _handed_over(root: str, names: Iterable[str]) -> str:
    rules = [f'\n{name} := input["{_DATA}"].{root}.{name}\n' for name in sorted(names)]
    return f"package {root}\n\nimport rego.v1\n{''.join(rules)}"


def _replaced(
    modules: Mapping[str, str], data: Mapping[str, Any], folder: str, names: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    """What each part puts in place of input and data; without those for which that is undefined. Under ``_ERROR`` stands
    why there is nothing."""
    fixtures = {name: f"{folder}/{with_clauses.FIXTURE}{name}" for name in names}
    bundle = rego.compile_bundle({**modules, **data_modules.generate(data)}, list(fixtures.values()))
    values: dict[str, Mapping[str, Any]] = {}
    answers = rego.evaluate_each(bundle, ((fixture, "") for fixture in fixtures.values()))
    for name, answer in zip(fixtures, answers, strict=True):
        if isinstance(answer, rego.EngineError):
            values[name] = {_ERROR: str(answer)}
        elif answer.text is not None:
            values[name] = json.loads(answer.text)
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


def _judged(plan: PlannedTests, bundle: bytes, terms: Mapping[str, str]) -> Iterator[tuple[str, Verdict]]:
    answers = rego.evaluate_each(bundle, ((plan.entrypoint(name), term) for name, term in terms.items()))
    for name, answer in zip(terms, answers, strict=True):
        yield name, _verdict(answer)


def _verdict(answer: rego.Answer | rego.EngineError) -> Verdict:
    if isinstance(answer, rego.EngineError):
        return f"The evaluation failed: {answer}", 0.0
    messages: Mapping[str | None, str] = {None: "undefined: a line of its body did not hold", "false": "false"}
    return messages.get(answer.text, ""), answer.evaluation_ms
