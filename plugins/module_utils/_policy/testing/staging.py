# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Divides a test into parts that can be evaluated like a decision each: with one input and one data for all they say.

The statements of a body share a query, and a test holds when all of them do. So those with equal clauses make a part, and
the test passes when every part does, as long as no variable joins two of them. A variable that is assigned a value
which no clause can change (``doc := {"n": 1}``) joins nothing: every part has it.

Whatever cannot be divided so is refused with a reason. regopy's own ``with`` is no way out: it crashes as soon as a rule
behind it calls a function, replaces no function of a policy, and keeps the value of a rule from one clause to the next.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import Module, Rule, Token
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import needs as needed
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing import statements
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.names import (
    bound_names,
    declared_names,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.needs import Needs
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.testing.statements import Clause, Statement

CLOCK = "time.now_ns"
"""The one function that can be replaced, by a number in its place."""
_UNSTEADY = frozenset({CLOCK, "rand.intn", "uuid.rfc4122", "opa.runtime", "http.send"})
_SEPARATE = "Give each value a test of its own."


class CannotStage(Exception):
    """Why a test cannot be evaluated, and what to write instead."""


@dataclass(frozen=True)
class Part:
    """Attributes:
    replaced: What is replaced (``input``, ``data.config``), by which expression.
    statements: Those that belong to it, in the order of the text.
    """

    replaced: Mapping[str, str]
    statements: Sequence[Statement]


@dataclass(frozen=True)
class Staged:
    """Attributes:
    whole: There is one part, which is the rule without its clauses.
    constants: Statements that give values to variables after ``with``.
    """

    parts: Sequence[Part]
    whole: bool
    constants: Sequence[Statement]


class Stage:
    """One test.

    Args:
        roots: First parts of all packages of the library: what lies there under ``data`` is a rule.
    """

    def __init__(self, rule: Rule, module: Module, text: str, needs: Needs, roots: frozenset[str]) -> None:
        self._tokens = rule.tokens
        self._module = module
        self._text = text
        self._needs = needs
        self._roots = roots
        known = {other.name for other in module.rules} | set(module.imports) | {"data"}
        self._variables = declared_names(rule.tokens) | (bound_names(rule) - known)
        self._outer = self._variables

    def divided(self) -> Staged:
        """Raises:
        CannotStage: See above.
        """
        extent = statements.body(self._tokens)
        if extent is None:
            return self._undivided()
        found = statements.split(self._tokens, self._module, *extent)
        for statement in found:
            self._require_own_clauses(statement)
        said = [statements.outside_closures(self._said(statement)) for statement in found]
        self._outer = set().union(*map(self._among_variables, said))
        constants = self._constants(found)
        replaced = {it: self._replaced(it, constants) for it in found}
        targets = {target for values in replaced.values() for target in values}
        free = {it for it in found if not replaced[it] and self._is_free(self._said(it), targets)}
        shared = [it for it in constants if it in free]
        groups = self._groups([it for it in found if it not in shared], free, replaced, self._variables_of(shared))
        parts = [
            Part(values, sorted([*members, *shared], key=lambda it: it.first))
            for values, members in groups or [({}, [])]
        ]
        return Staged(parts, len(parts) == 1, constants)

    def _undivided(self) -> Staged:
        """A rule with a value or an ``else``: all its clauses have to say the same, and the rest nothing."""
        tokens = self._tokens
        whole = Statement(1, len(tokens), (), tuple(statements.clauses(tokens, self._module)))
        self._require_own_clauses(whole)
        head = next((index for index, token in enumerate(tokens) if token.text == "if"), len(tokens))
        if any(clause.first < head for clause in whole.inner):
            raise self._refusal(
                whole, "has with in the head of a rule", f"Write {self._tokens[0].text} if ... with ..."
            )
        return Staged([Part(self._replaced(whole, ()), [whole])], True, ())

    def _replaced(self, statement: Statement, constants: Sequence[Statement]) -> Mapping[str, str]:
        """What counts for a statement."""
        runs: list[dict[str, str]] = []
        before = -1
        for clause in sorted((*statement.inner, *statement.clauses), key=lambda it: it.first):
            value = self._tokens[clause.value : clause.end]
            self._require_document(clause)
            self._require_known(clause, value, constants)
            if before < 0 or any(token.kind != "newline" for token in self._tokens[before : clause.first]):
                runs.append({})
            self._require_order(clause, runs[-1])
            runs[-1][clause.target] = self._text[value[0].start : value[-1].end].strip()
            before = clause.end
        if any(run != runs[0] for run in runs):
            raise self._refusal(statement, "has several with that say different things", _SEPARATE)
        rest = statements.uncovered(self._tokens, statement)
        if runs and not self._is_free(rest, set(runs[0])):
            raise self._refusal(
                statement,
                "uses with for a part of what it says, and the rest sees what is replaced too",
                "Give the part with it a line of its own, such as found := ... with input as ...",
            )
        return runs[0] if runs else {}

    def _require_own_clauses(self, statement: Statement) -> None:
        if needed.WITH in self._needs.of(self._tokens[statement.first : statement.end], self._module):
            raise self._refusal(
                statement, "asks for a rule of the tests that uses with itself", "Write the with in the test."
            )

    def _require_document(self, clause: Clause) -> None:
        root, *rest = clause.target.split(".")
        is_data = root == "data" and bool(rest) and rest[0] not in self._roots
        if clause.target != CLOCK and ("[" in clause.target or not (root == "input" or is_data)):
            remedy = "A with can replace input, data that is no rule, and time.now_ns: set what the rule reads."
            raise self._refusal(clause, f"replaces {clause.target} by with", remedy)

    def _require_known(self, clause: Clause, value: Sequence[Token], constants: Sequence[Statement]) -> None:
        unknown = sorted(self._seen(value) - self._variables_of(constants))
        if unknown:
            why = f"replaces {clause.target} by a value with {unknown[0]}, which the test itself finds"
            raise self._refusal(clause, why, _SEPARATE)
        keys = [value[index - 1] for index, token in enumerate(value) if token.text == ":"]
        if any(key.kind == "number" for key in keys):
            raise self._refusal(clause, f"replaces {clause.target} by an object with numbers as keys", "Write texts.")

    def _require_order(self, clause: Clause, run: Mapping[str, str]) -> None:
        for other in run:
            if f"{other}.".startswith(f"{clause.target}."):
                remedy = f"Leave out the with for {other}, or write it behind the other."
                raise self._refusal(clause, f"replaces {clause.target} behind {other}, which lies in it", remedy)

    def _constants(self, found: Sequence[Statement]) -> list[Statement]:
        """Assignments without a clause that have one value, whatever the order of statements."""
        constants: list[Statement] = []
        ahead = [it for it in found if not it.clauses and not it.inner and self._assigns(it)]
        while True:
            more = [it for it in ahead if it not in constants and self._has_one_value(it, constants)]
            if not more:
                return sorted(constants, key=lambda it: it.first)
            constants += more

    def _assigns(self, statement: Statement) -> bool:
        tokens = self._tokens[statement.first : statement.end]
        return len(tokens) > 2 and tokens[0].kind == "name" and tokens[1].text == ":="

    def _has_one_value(self, statement: Statement, constants: Sequence[Statement]) -> bool:
        value = self._tokens[statement.first + 2 : statement.end]
        iterates = any(token.text == "_" for token in statements.outside_closures(value))
        steady = not self._needs.of(value, self._module) & _UNSTEADY
        return steady and not iterates and not self._seen(value) - self._variables_of(constants)

    def _seen(self, tokens: Sequence[Token]) -> set[str]:
        """The variables of the body that the tokens see, also from inside of a comprehension."""
        return self._among_variables(statements.outside_closures(tokens)) | self._among_variables(tokens) & self._outer

    def _variables_of(self, constants: Sequence[Statement]) -> set[str]:
        return {self._tokens[it.first].text for it in constants}

    def _is_free(self, tokens: Sequence[Token], targets: set[str]) -> bool:
        """Whether it makes no difference to the tokens what the targets are replaced by."""
        roots = {target if target == CLOCK else target.split(".")[0] for target in targets}
        return not self._needs.of(tokens, self._module) & roots

    def _said(self, statement: Statement) -> list[Token]:
        return statements.outside_clauses(self._tokens, statement)

    def _groups(
        self,
        found: Sequence[Statement],
        free: set[Statement],
        replaced: Mapping[Statement, Mapping[str, str]],
        known: set[str],
    ) -> list[tuple[Mapping[str, str], list[Statement]]]:
        """The statements by what is replaced for them; those that nothing counts for are where their variables are."""
        groups: list[tuple[Mapping[str, str], list[Statement]]] = []
        loose: list[Statement] = []
        for joined in self._joined(found, known):
            values = [replaced[it] for it in joined if it not in free]
            if any(each != values[0] for each in values):
                raise self._refusal(
                    joined[0],
                    "shares a variable with a line for which with says something else",
                    "Compare each with a value that is written out, or give each a test of its own.",
                )
            if not values:
                loose += joined
            elif same := [members for each, members in groups if each == values[0]]:
                same[0].extend(joined)
            else:
                groups.append((values[0], joined))
        if loose and not groups:
            return [({}, loose)]
        if loose:
            groups[0][1].extend(loose)
        return groups

    def _joined(self, found: Sequence[Statement], known: set[str]) -> list[list[Statement]]:
        """Statements that share a variable, directly or through others."""
        joined: list[tuple[set[str], set[str], list[Statement]]] = []
        for statement in found:
            said = self._said(statement)
            own = self._among_variables(said) - known
            outer = self._among_variables(statements.outside_closures(said)) - known
            members = [statement]
            for other in [each for each in joined if each[0] & outer or each[1] & own]:
                joined.remove(other)
                own, outer, members = own | other[0], outer | other[1], [*other[2], *members]
            joined.append((own, outer, members))
        return [members for _own, _outer, members in joined]

    def _among_variables(self, tokens: Sequence[Token]) -> set[str]:
        return {token.text for token in tokens if token.kind == "name"} & self._variables

    def _refusal(self, place: Statement | Clause, why: str, remedy: str) -> CannotStage:
        line = self._tokens[place.first].line
        return CannotStage(f"line {line} {why}, which the engine regopy cannot carry out. {remedy}")
