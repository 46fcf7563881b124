# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Label selectors and node selector terms, as the API server and the scheduler match them.

Source: apimachinery ``labels.Requirement.Matches``, ``metav1.LabelSelectorAsSelector``; component-helpers
``scheduling/corev1/nodeaffinity``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any


class SelectorError(ValueError):
    """A selector that the API server would not accept today. It matches nothing."""


def label_selector_matches(selector: Mapping[str, Any] | None, labels: Mapping[str, str]) -> bool:
    """Whether a ``LabelSelector`` matches: ``None`` matches nothing, an empty one everything.

    Raises:
        SelectorError: Unknown operator, or ``In`` without values.
    """
    if selector is None:
        return False
    # Every expression is looked at, so that an invalid one is found whatever stands before it.
    verdicts = [_matches(rule, labels, _LABEL_OPERATORS) for rule in selector.get("matchExpressions") or ()]
    exact = (selector.get("matchLabels") or {}).items()
    return all(verdicts) and all(labels.get(key) == value for key, value in exact)


def node_terms_match(terms: Iterable[Mapping[str, Any]], labels: Mapping[str, str], name: str) -> bool:
    """Whether one of the ``nodeSelectorTerms`` matches a node. An empty term, and an empty list, match no node."""
    return any(_term_matches(term, labels, name) for term in terms)


def _term_matches(term: Mapping[str, Any], labels: Mapping[str, str], name: str) -> bool:
    expressions: Sequence[Mapping[str, Any]] = term.get("matchExpressions") or ()
    fields: Sequence[Mapping[str, Any]] = term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    try:
        return all(_matches(rule, labels, _NODE_OPERATORS) for rule in expressions) and all(
            _matches(rule, {"metadata.name": name}, _FIELD_OPERATORS) for rule in fields
        )
    except SelectorError:
        return False


_LABEL_OPERATORS = frozenset({"In", "NotIn", "Exists", "DoesNotExist"})
_FIELD_OPERATORS = frozenset({"In", "NotIn"})
_NODE_OPERATORS = _LABEL_OPERATORS | {"Gt", "Lt"}


def _matches(rule: Mapping[str, Any], labels: Mapping[str, str], operators: frozenset[str]) -> bool:
    operator, values = rule["operator"], rule.get("values") or ()
    if operator not in operators or (operator in ("In", "NotIn") and not values):
        raise SelectorError("a selector has an operator or values that Kubernetes does not know")
    value = labels.get(rule["key"])
    if operator == "Exists":
        return value is not None
    if operator == "DoesNotExist":
        return value is None
    if operator == "In":
        return value in values
    if operator == "NotIn":
        return value not in values
    return _compares(operator, value, values)


def _compares(operator: str, value: str | None, values: Sequence[str]) -> bool:
    try:
        have, bound = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return have > bound if operator == "Gt" else have < bound
