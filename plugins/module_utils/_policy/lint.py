# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the engine accepts in a library and should not: text that would never fire, or that reads the outside world.

An error makes the library unusable (``policy.lint-error``); a warning is for whoever publishes it. This is a small
subset of ``opa check --strict``, chosen because each of these lets an action pass that a rule was written to deny.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector, rego, rego_text
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.names import Scope, used

VERSION = 1
"""Part of the key of a compiled library: raise it when the linter refuses what it let pass."""

_ROOT = "kubernetesexecution"
_FORBIDDEN = {
    "http.send": "Give the value to the policies as a fact or as config.",
    "opa.runtime": "It shows the environment of the process. Give the value to the policies as config.",
}
_UNSTEADY = {
    "time.now_ns": "Use input.request.time: the decision can be repeated then.",
    "rand.intn": "A decision has to be repeatable.",
    "uuid.rfc4122": "A decision has to be repeatable.",
}


@dataclass(frozen=True)
class Finding:
    """``file`` and ``line`` say where; ``code`` is stable; ``level`` is ``error`` or ``warning``."""

    file: str
    line: int
    code: str
    level: Literal["error", "warning"]
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def lint(library: Library, is_builtin: Callable[[str], bool] = rego.is_builtin) -> tuple[Finding, ...]:
    """All findings, sorted by place. Tests are not looked at: they decide nothing."""
    modules = [rego_text.read(path, text) for path, text in collector.complete(library.modules).items()]
    scope = Scope(modules, is_builtin)
    findings: list[Finding] = []
    for module in modules:
        if module.path != collector.PATH:
            findings.extend(_package(module))
            findings.extend(_results(module))
            findings.extend(_functions(module, is_builtin))
            findings.extend(_names(module, scope))
    findings.extend(_silent_packages(modules))
    return tuple(sorted(set(findings), key=lambda finding: (finding.file, finding.line, finding.code, finding.message)))


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(finding for finding in findings if finding.level == "error")


def _error(module: rego_text.Module, line: int, code: str, message: str, remedy: str) -> Finding:
    return Finding(module.path, line, code, "error", message, remedy)


def _package(module: rego_text.Module) -> Iterator[Finding]:
    if not module.package:
        yield _error(module, 1, "lint.no-package", "The file has no package.", "Begin it with package and a name.")
        return
    folder = tuple(module.path.split("/")[:-1])
    if folder[:1] == (_ROOT,) and folder != module.package:
        yield _error(
            module,
            1,
            "lint.package-directory",
            f"The package {'.'.join(module.package)} does not belong into the folder {'/'.join(folder)}.",
            f"Rename the package to {'.'.join(folder)}, or move the file.",
        )


def _takes_part(package: tuple[str, ...]) -> bool:
    return package[:2] in collector.ROOTS


def _results(module: rego_text.Module) -> Iterator[Finding]:
    for rule in module.rules_named(*collector.KINDS):
        if not _takes_part(module.package):
            yield _error(
                module,
                rule.line,
                "lint.not-collected",
                f"Nobody asks for {rule.name} of the package {'.'.join(module.package)}.",
                f"Give it a package below {_ROOT}.safety.",
            )
        elif rule.shape not in ("set", "keyed"):
            yield _error(
                module,
                rule.line,
                "lint.not-a-set",
                f"{rule.name} is no set of results here, so it would deny nothing.",
                f"Write {rule.name} contains message if {{ ... }}.",
            )


def _silent_packages(modules: list[rego_text.Module]) -> Iterator[Finding]:
    """Packages that take part and say nothing: usually a misspelt ``deny``."""
    speaking = {module.package for module in modules if module.rules_named(*collector.KINDS)}
    for module in modules:
        if _takes_part(module.package) and module.package not in speaking:
            yield _error(
                module,
                1,
                "lint.no-results",
                f"The package {'.'.join(module.package)} has neither deny nor warn.",
                f"Name its rule deny or warn; move shared functions below {_ROOT}.lib.",
            )


def _functions(module: rego_text.Module, is_builtin: Callable[[str], bool]) -> Iterator[Finding]:
    for rule in module.rules:
        for name in used(rule):
            if name.text in _FORBIDDEN:
                message = f"{name.text} may not be used in a policy."
                yield _error(module, name.line, "lint.forbidden-builtin", message, _FORBIDDEN[name.text])
            elif name.text in _UNSTEADY and is_builtin(name.text):
                message = f"{name.text} gives another answer each time."
                yield Finding(module.path, name.line, "lint.unsteady", "warning", message, _UNSTEADY[name.text])


def _names(module: rego_text.Module, scope: Scope) -> Iterator[Finding]:
    for name in scope.undefined(module):
        if name.text not in _FORBIDDEN:
            what = "function" if name.called else "name"
            yield _error(
                module,
                name.line,
                "lint.undefined-name",
                f"The {what} {name.text} is not defined.",
                "Correct the spelling, import it, or define it. The engine has not every function of OPA.",
            )
