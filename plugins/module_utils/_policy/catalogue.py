# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of the library's catalogue that does not depend on policy text.

``data.config.catalogue`` names every action that may be carried out at all and the facts that each needs. main.rego
checks the same; this one holds when main.rego does not.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable


def failure(config: Any, document: Mapping[str, Any]) -> PolicyUnusable | None:
    """Why the action may not be carried out although the policies allow it; ``None`` when it may.

    Args:
        config: ``data.config`` of the library.
        document: The input document.
    """
    action = document.get("action")
    actions = config.get("catalogue") if isinstance(config, Mapping) else None
    entry = actions.get(action) if isinstance(actions, Mapping) and isinstance(action, str) else None
    if not isinstance(entry, Mapping):
        return unusable("policy.action-not-in-catalogue", f"The library's catalogue has no action {action}.")
    required = entry.get("required_facts", [])
    if not isinstance(required, (list, tuple)) or not all(isinstance(fact, str) for fact in required):
        return unusable("policy.wrong-type", f"required_facts of {action} in the catalogue is no list of names.")
    facts = unavailable(document)
    if facts is None:
        return unusable("policy.input-unusable", "The input document does not say which facts are unavailable.")
    missing = [fact for fact in facts if any(_covers(name, str(fact["fact"])) for name in required)]
    if not missing:
        return None
    named = "; ".join(f"{fact['fact']} ({fact.get('reason') or 'no reason given'})" for fact in missing)
    return unusable("policy.fact-unavailable", f"{action} needs facts that could not be read: {named}.")


def _covers(required: str, fact: str) -> bool:
    """``disruption`` and ``disruption.budgets`` concern each other, whichever of them is required."""
    return required == fact or fact.startswith(f"{required}.") or required.startswith(f"{fact}.")


def unavailable(document: Any) -> tuple[Mapping[str, Any], ...] | None:
    """The input document's list of facts that could not be read; ``None`` when it has no well-formed one."""
    facts = document.get("unavailable") if isinstance(document, Mapping) else None
    if not isinstance(facts, (list, tuple)):
        return None
    if not all(isinstance(fact, Mapping) and isinstance(fact.get("fact"), str) for fact in facts):
        return None
    return tuple(facts)
