# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tries changes of a library on its tests.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import (
    child,
    collector,
    concurrency,
    rego,
    syntax,
    trees,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis import (
    definitions,
    modules,
    safety,
    scopes,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import mutation, rego_tests
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.mutation import Mutant
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.planned_tests import PlannedTests

_DEADLINE_S = 20.0


@dataclass(frozen=True)
class MutationReport:
    """``tried``: without those that are no policies any more. ``survivors``: no test noticed them."""

    tried: int
    survivors: tuple[Mutant, ...]

    @property
    def score(self) -> float:
        """Percentage that some test noticed; 100 when there was nothing to try."""
        return 100.0 * (self.tried - len(self.survivors)) / self.tried if self.tried else 100.0


def mutants(library: Library) -> list[Mutant]:
    """Every change of every policy, in the order of files and text.

    Raises:
        PolicyUnusable: A file does not parse.
    """
    return [mutant for module in trees.read(library.modules) for mutant in mutation.of(module)]


def run(
    library: Library, wanted: Sequence[Mutant], each: Callable[[Mutant, bool | None], None] = lambda _m, _n: None
) -> MutationReport:
    """Try changes on the tests that can notice them. The tests have to pass without any.

    Args:
        each: Called after each change; ``None`` stands for one that is no policy any more.

    Raises:
        PolicyUnusable: A test file does not compile.
    """
    trial = _Trial(library)
    survivors = []
    tried = 0
    for mutant, noticed in zip(wanted, concurrency.each(trial.notices, wanted), strict=True):
        each(mutant, noticed)
        tried += noticed is not None
        if noticed is False:
            survivors.append(mutant)
    return MutationReport(tried, tuple(survivors))


class _Trial:
    def __init__(self, library: Library) -> None:
        self._library = library
        self._texts = rego_tests.module_texts(library)
        self._plans = rego_tests.plans(library)
        self._reach = {plan.path: rego_tests.reachable(plan.path, self._texts) for plan in self._plans}
        read = trees.read(collector.complete(library.modules))
        self._defined = definitions.Definitions(read, {})
        # The quick way is good enough for tests that pass on it before anything is changed.
        passes = concurrency.each(lambda plan: self._passes(plan, self._texts, at_once=True), self._plans)
        self._at_once = {plan.path for plan, passed in zip(self._plans, passes, strict=True) if passed}

    def notices(self, mutant: Mutant) -> bool | None:
        texts = {**self._texts, mutant.file: mutant.applied(self._texts[mutant.file])}
        if not self._is_policy(mutant.file, texts[mutant.file]):
            return None
        return any(not self._passes(plan, texts, at_once=plan.path in self._at_once) for plan in self._asked(mutant))

    def _passes(self, plan: PlannedTests, texts: Mapping[str, str], *, at_once: bool) -> bool:
        return rego_tests.passes(plan, self._library, texts, at_once=at_once, deadline_s=_DEADLINE_S)

    def _asked(self, mutant: Mutant) -> Iterable[PlannedTests]:
        """The tests that lead to the changed file, those beside it first."""
        folder = mutant.file.rsplit("/", 1)[0]
        plans = [plan for plan in self._plans if mutant.file in self._reach[plan.path]]
        return sorted(plans, key=lambda plan: (plan.path.rsplit("/", 1)[0] != folder, len(self._reach[plan.path])))

    def _is_policy(self, path: str, text: str) -> bool:
        with tempfile.TemporaryDirectory(prefix="guardrail-mutant-") as folder:
            try:
                outcome = child.run(lambda: self._unsafe(path, text, folder), deadline_s=_DEADLINE_S)
            except PolicyUnusable:
                return False
        return not outcome.error and outcome.answer == b""

    def _unsafe(self, path: str, text: str, folder: str) -> bytes:
        """Names of variables without a value. Runs in a child."""
        module = modules.read(syntax.source(path, text, rego.syntax_trees({path: text}, folder)[path]))
        siblings = {path[len(module.package)] for path in self._defined.rules if path[:-1] == module.package}
        names = scopes.resolve(module, siblings | {rule.name[0] for rule in module.rules}, rego.is_builtin)
        for rule in module.rules:
            safety.check(names, rule, definitions.arity_of(names, self._defined))
        return " ".join(
            finding.message for finding in names.findings if finding.code == "lint.unsafe-variable"
        ).encode()
