# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways a library or its engine can fail to give a decision, and what to do about each.

Every one of them is a denial (invariant I2): ``code`` is stable, documented and tested; the remedy is the next step for
the person who reads it. The action's author can do nothing about most of them: they are for whoever keeps the library.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable

GATE = "gate"
"""Name under which the gate's own violations appear, beside those of the library's packages."""

EVALUATION_ERROR = "policy.evaluation-error"
_INSTALL = "Publish a library: ansible-playbook guardrail.kubernetes.install."
_MEND = (
    "Make it live again as it was published: guardrail.kubernetes.policy_library with state: rolled_back and that revision. Or "
    "publish it again, with its overlay."
)
_SIGN = "Publish a bundle that the holder of the pinned key has signed: docs/signed-libraries.md."
_MAIN = "Correct main.rego: docs/decision.md says what its decision has to look like."

REMEDIES: Mapping[str, str] = {
    "policy.library-missing": _INSTALL,
    "policy.library-empty": _INSTALL,
    "policy.revision-mismatch": "Somebody changed the published library by hand. " + _MEND,
    "policy.bundle-unusable": "Build it again, with opa build and opa sign: docs/signed-libraries.md.",
    "policy.signature-missing": _SIGN,
    "policy.signature-invalid": "Do not act until it is known who published this. " + _SIGN,
    "policy.signature-mismatch": "Somebody changed the published library by hand. " + _SIGN,
    "policy.library-key-unusable": "Give the machine that runs the gate a readable public key: docs/signed-libraries.md.",
    "policy.verifier-missing": "Install it for the interpreter that runs the module: pip install cryptography.",
    "policy.parse-error": "Correct the text that the message names, then publish the library again.",
    "policy.lint-error": "Correct the text that the message names, then publish the library again.",
    "policy.engine-missing": "Install the engine for the interpreter that runs the module: pip install regopy.",
    EVALUATION_ERROR: "Correct the rule: check the type of a value before it goes into a built-in function, "
    "and let two rules never give different values for one name.",
    "policy.undefined-decision": "Check that main.rego belongs to the library and defines "
    "data.kubernetesexecution.decision for every input.",
    "policy.wrong-type": _MAIN,
    "policy.timeout": "Simplify the rule that loops over long lists, or publish a library without it.",
    "policy.crashed": "Find the policy text that the engine cannot digest (usually the last change) and rewrite it.",
    "policy.out-of-memory": "Simplify the rule that builds large values, or publish a library without it.",
    "policy.action-not-in-catalogue": "Add the action to the catalogue in the library's config, then publish it.",
    "policy.fact-unavailable": "Give the runner the right to read it, or repair what the reason names, and run again.",
    "policy.contradiction": _MAIN,
    "policy.no-reason": _MAIN,
    "policy.input-unsafe": "Correct the value where it comes from: the object in the cluster, or the given input document.",
    "policy.input-unusable": "This is a bug in the gate or in the given input document: report it with the input.",
}


def unusable(code: str, message: str) -> PolicyUnusable:
    """The failure ``code`` with its remedy. ``code`` must be in ``REMEDIES``."""
    return PolicyUnusable(code, message, REMEDIES[code])


class EvaluationFailed(PolicyUnusable):
    """The evaluation came to no decision.

    Args:
        details: The packages that fail and the places in them, as far as that could be found out.
        others: Raw decision of the library without them, ``None`` when there is none.
    """

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None, others: Any = None) -> None:
        super().__init__(code, message, REMEDIES[code])
        self.details = details or {}
        self.others = others


def located(message: str, where: str) -> str:
    """The message with a place, before what it says about the cause, if it says anything."""
    head, colon, cause = message.partition(": ")
    if not where or colon:
        return f"{head}{where}{colon}{cause}"
    return f"{message} It happened{where}."
