# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What this collection asks of a library beyond the language: results that are collected, repeatable decisions, tests.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.definitions import (
    Definitions,
    function_path,
    references,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Module, Path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import package_name

_ROOT = "kubernetesexecution"
_TEST = "test_"
UNTESTED = "lint.untested"
FORBIDDEN = {
    "http.send": "Give the value to the policies as a fact or as config.",
    "opa.runtime": "It shows the environment of the process. Give the value to the policies as config.",
}
_UNSTEADY = {
    "time.now_ns": "Use input.request.time: the decision can be repeated then.",
    "rand.intn": "A decision has to be repeatable.",
    "uuid.rfc4122": "A decision has to be repeatable.",
}


def check(module: Module) -> Iterator[Finding]:
    """The package fits the folder, and results are where they are asked for."""
    if not module.package:
        yield module.finding(0, "no-package", "The file has no package.", "Begin it with package and a name.")
        return
    folder = tuple(module.path.split("/")[:-1])
    if folder[:1] == (_ROOT,) and folder != module.package and not module.is_test:
        yield module.finding(
            0,
            "package-directory",
            f"The package {'.'.join(module.package)} does not belong into the folder {'/'.join(folder)}.",
            f"Rename the package to {'.'.join(folder)}, or move the file.",
        )
    if _takes_part(module.package) and package_name(module.source.content.decode()) != ".".join(module.package):
        message = "The name of the package is written in a way in which nobody asks for its results."
        yield module.finding(0, "not-collected", message, "Write it with letters, digits and _, and dots between.")
    for rule in module.rules:
        if len(rule.name) > 1 and rule.name[-1] in collector.KINDS and rule.path[:2] in collector.ROOTS:
            message = f"Nobody asks for {rule.text} of the package {'.'.join(module.package)}."
            remedy = f"Write it in a file of its own, with the package {'.'.join(rule.path[:-1])}."
            yield module.finding(rule.place, "not-collected", message, remedy)
        elif rule.text in collector.KINDS and not _takes_part(module.package):
            message = f"Nobody asks for {rule.text} of the package {'.'.join(module.package)}."
            yield module.finding(rule.place, "not-collected", message, f"Give it a package below {_ROOT}.safety.")
        elif rule.text in collector.KINDS and (rule.default or rule.kind not in ("set", "object")):
            message = f"{rule.text} is no set of results here, so it would deny nothing."
            remedy = f"Write {rule.text} contains message if {{ ... }}."
            yield module.finding(rule.place, "not-a-set", message, remedy)


def check_silent(modules: Sequence[Module]) -> Iterator[Finding]:
    """Packages that take part and say nothing: usually a misspelt ``deny``."""
    speaking = {module.package for module in modules if any(rule.text in collector.KINDS for rule in module.rules)}
    for module in modules:
        if _takes_part(module.package) and module.package not in speaking:
            message = f"The package {'.'.join(module.package)} has neither deny nor warn."
            remedy = f"Name its rule deny or warn; move shared functions below {_ROOT}.lib."
            yield module.finding(0, "no-results", message, remedy)


def check_functions(names: Names) -> Iterator[Finding]:
    """Functions that read the outside world, or answer differently each time."""
    module = names.module
    for rule in module.rules:
        for node in rule.nodes:
            if node.kind != "exprcall":
                continue
            name = ".".join(function_path(names, node))
            if name in FORBIDDEN:
                message = f"{name} may not be used in a policy."
                yield module.finding(node.place, "forbidden-builtin", message, FORBIDDEN[name])
            elif name in _UNSTEADY:
                message = f"{name} gives another answer each time."
                yield module.finding(node.place, "unsteady", message, _UNSTEADY[name], "warning")


def check_tested(policies: Sequence[Names], tests: Sequence[Names], definitions: Definitions) -> Iterator[Finding]:
    """Rules that no test asks for, directly or through others. What only the collector leads to does not count."""
    needs: dict[Path, set[Path]] = {}
    asked: set[Path] = set()
    for names in (*policies, *tests):
        for rule in names.module.rules:
            found = {path for _p, _h, pattern in references(names, rule) for path in definitions.matching(pattern)}
            needs.setdefault(rule.path, set()).update(found)
            if rule.text.startswith(_TEST):
                asked |= found
    collected = (*collector.PATH.removesuffix(".rego").split("/"),)
    ahead = set(asked)
    while ahead:
        ahead = {path for one in ahead if one[: len(collected)] != collected for path in needs.get(one, ())} - asked
        asked |= ahead
    reported: set[Path] = set()
    for names in policies:
        for rule in names.module.rules:
            if rule.path not in asked | reported and names.module.path != collector.PATH:
                reported.add(rule.path)
                message = f"No test asks for {rule.text} of the package {'.'.join(rule.package)}."
                remedy = f"Write a rule {_TEST}... that does, in a file beside it that ends in _test.rego."
                yield names.module.finding(rule.place, UNTESTED.removeprefix("lint."), message, remedy)


def _takes_part(package: Path) -> bool:
    return package[:2] in collector.ROOTS and not package[-1].endswith("_test")
