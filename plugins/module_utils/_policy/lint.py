# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine accepts in a library and should not: text that would never fire, or that reads the outside world.

An error makes the library unusable (``policy.lint-error``); a warning is for whoever publishes it. What
``opa check --strict`` refuses is refused here, from the engine's own syntax tree (``syntax``) and its own declarations of
its built-in functions; the packages below ``analysis`` say how.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Iterator, Sequence

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import (
    child,
    collector,
    config_findings,
    rego,
    syntax,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis import (
    builtin_differences,
    captures,
    conflicts,
    constructs,
    conventions,
    definitions,
    differences,
    inference,
    modules,
    negations,
    ordering,
    pitfalls,
    safety,
    scopes,
    spelling,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library

_DEADLINE_S = 120.0
_MEMORY_BYTES = 2 * 1024 * 1024 * 1024
_TREE_REMEDY = (
    "Correct the text there: opa check says more about it. If it finds nothing, put the body of the rule in braces: this engine "
    "needs them more often."
)


def lint(library: Library, *, with_tests: bool = True) -> tuple[Finding, ...]:
    """All findings, sorted by place; those about text that does not parse have the code ``policy.parse-error``.

    Args:
        with_tests: Look at the tests as well, and report rules without any.

    Raises:
        PolicyUnusable: The engine is missing, crashes on the text, or takes longer than two minutes.
    """
    rego.prepare()
    with tempfile.TemporaryDirectory(prefix="guardrail-lint-") as folder:
        outcome = child.run(
            lambda: _packed(examine(library, folder, with_tests=with_tests)),
            deadline_s=_DEADLINE_S,
            memory_bytes=_MEMORY_BYTES,
        )
    if outcome.error:
        return tuple(_unparsed(library, outcome))
    found = [Finding(*each) for each in json.loads(outcome.answer)]
    return tuple(sorted([*found, *config_findings.check(library)]))


def examine(library: Library, folder: str, *, with_tests: bool = True) -> tuple[Finding, ...]:
    """What ``lint`` does, in its child.

    Args:
        folder: Where the engine may write (``rego.syntax_trees``).

    Raises:
        EngineError: A file does not parse.
    """
    own = collector.complete(library.modules)
    texts = {**own, **(library.tests if with_tests else {})}
    trees = rego.syntax_trees(texts, folder)
    read = [modules.read(syntax.source(path, texts[path], tree)) for path, tree in trees.items()]
    siblings = scopes.rules_by_package(read)
    resolved = [scopes.resolve(module, siblings[module.package], rego.is_builtin) for module in read]
    defined = definitions.Definitions(read, rego.signatures(_functions(resolved)))
    findings: list[Finding] = []
    inferred = inference.Inference(resolved, defined, library.schema)
    for names in resolved:
        findings.extend(_file(names, defined, inferred))
    findings.extend(conflicts.check_kinds(read, defined))
    findings.extend(pitfalls.check_arities(read))
    findings.extend(conflicts.check_recursion(resolved, defined))
    findings.extend(conventions.check_silent([module for module in read if module.path in own]))
    if with_tests:
        policies = [names for names in resolved if names.module.path in own]
        tests = [names for names in resolved if names.module.path not in own]
        findings.extend(conventions.check_tested(policies, tests, defined))
    return tuple(sorted({finding for finding in findings if finding.file != collector.PATH}))


def _packed(findings: Sequence[Finding]) -> bytes:
    return json.dumps([dataclasses.astuple(finding) for finding in findings]).encode()


def _unparsed(library: Library, outcome: child.Outcome) -> Iterator[Finding]:
    places = dict.fromkeys((place.rsplit(":", 1)[0], text) for place, text in rego.printed_places(outcome.output))
    for place, message in places:
        file, line = place.rsplit(":", 1)
        text = f"The text is no policy: {message}."
        yield Finding(file, int(line), "policy.parse-error", "error", text, _TREE_REMEDY)
    if not places:
        file, _colon, text = outcome.error.partition(": ")
        known = file in library.modules or file in library.tests
        file, text = (file, text) if known else (library.source, outcome.error)
        yield Finding(file, int(known), "policy.parse-error", "error", f"The text is no policy: {text}.", _TREE_REMEDY)


def _functions(resolved: Sequence[scopes.Names]) -> set[str]:
    """Names of everything that is called and may be a built-in function."""
    nodes = [(names, node) for names in resolved for rule in names.module.rules for node in rule.nodes]
    called = [definitions.function_path(names, node) for names, node in nodes if node.kind == "exprcall"]
    called += [
        definitions.term_path(names, each) for names, node in nodes if node.kind == "with" for each in node.children
    ]
    return {".".join(path) for path in called if path[0] not in ("data", "input", "?")}


def _file(names: scopes.Names, defined: definitions.Definitions, inferred: inference.Inference) -> list[Finding]:
    module = names.module
    findings = [*conventions.check(module), *spelling.check(module), *conventions.check_functions(names)]
    findings.extend([*pitfalls.check(names), *pitfalls.check_with(names)])
    findings.extend(conflicts.check_imports(names, defined))
    for rule in module.rules:
        definitions.check_calls(names, defined, rule, conventions.FORBIDDEN)
        definitions.check_references(names, defined, rule)
        definitions.check_replaced_functions(names, defined, rule)
        safety.check(names, rule, definitions.arity_of(names, defined))
        inferred.check(names, rule)
        findings.extend([*captures.check(names, rule), *constructs.check(names, rule)])
        for each in (ordering, differences, builtin_differences, negations):
            findings.extend(each.check(names, rule, inferred))
    return findings + names.findings
