# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A policy library of one rule, and the ways to break it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_MAIN = """\
package kubernetesexecution

import rego.v1

violations contains object.union({"policy": report.policy}, report.result) if {
	some report in data.kubernetesexecution.collected.deny
	is_object(report.result)
}

violations contains {"policy": report.policy, "code": "small.text", "message": report.result} if {
	some report in data.kubernetesexecution.collected.deny
	is_string(report.result)
}

violations contains {"policy": "gate", "code": "policy.action-not-in-catalogue", "message": "unknown action"} if {
	not data.config.catalogue[input.action]
}

decision := {"allowed": count(violations) == 0, "violations": [violation | some violation in violations]}
"""
_TICKETS = """\
package kubernetesexecution.safety.common.tickets

import rego.v1

# METADATA
# title: Needs a ticket
# custom:
#   code: tickets.missing
#   remedy: Name the ticket.
#   facts: [request]
deny contains {"code": "tickets.missing", "message": "There is no ticket."} if {
	input.request.ticket == ""
}
"""
_TESTS = """\
package kubernetesexecution.safety.common.tickets_test

import rego.v1

import data.kubernetesexecution.safety.common.tickets

test_deny_without_a_ticket if count(tickets.deny) == 1 with input as {"request": {"ticket": ""}}

test_allow_with_a_ticket if count(tickets.deny) == 0 with input as {"request": {"ticket": "CHG-1"}}
"""
_MAIN_TESTS = """\
package kubernetesexecution_test

import rego.v1

import data.kubernetesexecution

cordon(ticket) := {"action": "CordonNode", "request": {"ticket": ticket}}

test_allowed_with_a_ticket if kubernetesexecution.decision.allowed with input as cordon("CHG-1")

test_denied_without_a_ticket if kubernetesexecution.decision.allowed == false with input as cordon("")
"""
_RULE = "kubernetesexecution/safety/common/tickets/tickets.rego"
_MAIN_RULE_TESTS = "kubernetesexecution/main_test.rego"
_RULE_TESTS = "kubernetesexecution/safety/common/tickets/tickets_test.rego"


def write_library(root: Path, *, most: int = 3) -> Path:
    """Write the library to a directory that does not exist yet, and return it."""
    for name, text in {
        "library.yaml": 'name: small\nversion: "1.0"\n',
        "config/catalogue.yaml": "catalogue:\n  CordonNode:\n    required_facts: []\n",
        "config/limits.yaml": f"limits:\n  most: {most}\n",
        "kubernetesexecution/main.rego": _MAIN,
        _MAIN_RULE_TESTS: _MAIN_TESTS,
        _RULE: _TICKETS,
        _RULE_TESTS: _TESTS,
    }.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return root


def add_rule(root: Path) -> Path:
    """Add a rule that denies nothing, with a test; returns the file of the rule."""
    folder = root / "kubernetesexecution/safety/common/extra"
    folder.mkdir()
    package = "package kubernetesexecution.safety.common.extra"
    rule = folder / "extra.rego"
    rule.write_text(f'{package}\n\nimport rego.v1\n\ndeny contains "extra" if input.action == "Extra"\n')
    (folder / "extra_test.rego").write_text(
        f"{package}_test\n\nimport rego.v1\n\nimport data.kubernetesexecution.safety.common.extra\n\n"
        'test_extra if count(extra.deny) == 1 with input as {"action": "Extra"}\n'
    )
    return rule


@dataclass(frozen=True)
class Flaw:
    """One way to break the library. ``code`` and ``says``: what the refusal has to state."""

    code: str
    says: str
    apply: Callable[[Path], None]


def _replaced(file: str, old: str, new: str) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        text = (root / file).read_text(encoding="utf-8")
        assert old in text
        (root / file).write_text(text.replace(old, new), encoding="utf-8")

    return apply


def _added(file: str, text: str) -> Callable[[Path], None]:
    def apply(root: Path) -> None:
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text, encoding="utf-8")

    return apply


def _renamed(root: Path) -> None:
    """A decision by another name, which its tests know."""
    _replaced("kubernetesexecution/main.rego", "decision :=", "verdict :=")(root)
    _replaced(_MAIN_RULE_TESTS, "kubernetesexecution.decision", "kubernetesexecution.verdict")(root)


def _untested(root: Path) -> None:
    for file in root.rglob("*_test.rego"):
        file.unlink()


def _emptied(root: Path) -> None:
    for file in root.rglob("*.rego"):
        file.unlink()


BROKEN = {
    "syntax": Flaw("policy.lint-error", "tickets.rego:11", _replaced(_RULE, "if {", "if {{")),
    "undefined name": Flaw(
        "policy.lint-error",
        "The name misspelt is not defined.",
        _replaced(_RULE, 'input.request.ticket == ""', "misspelt"),
    ),
    "misspelt deny": Flaw(
        "policy.lint-error",
        "has neither deny nor warn",
        _added(
            "kubernetesexecution/safety/common/silent/silent.rego",
            'package kubernetesexecution.safety.common.silent\n\nimport rego.v1\n\ndenies contains "x" if true\n',
        ),
    ),
    "network": Flaw(
        "policy.lint-error",
        "http.send may not be used",
        _replaced(
            _RULE, 'input.request.ticket == ""', 'http.send({"method": "get", "url": "http://127.0.0.1"}).status_code'
        ),
    ),
    "no entrypoint": Flaw(
        "policy.lint-error",
        "policy.undefined-decision",
        _renamed,
    ),
    "failing test": Flaw(
        "policy.test-failed",
        "kubernetesexecution.safety.common.tickets_test.test_deny_without_a_ticket",
        _replaced(_RULE, 'ticket == ""', 'ticket == "none"'),
    ),
    "rule without a test": Flaw(
        "policy.lint-error", "No test asks for deny of the package", lambda root: (root / _RULE_TESTS).unlink()
    ),
    "no test": Flaw("policy.tests-missing", "contains no test", _untested),
    "no policy": Flaw("policy.library-empty", "contains no policy", _emptied),
    "unreadable config": Flaw("policy.parse-error", "limits.yaml", _added("config/limits.yaml", "limits: [\n")),
}
