# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Refuses the few values about which the engine is wrong, before it is asked.

Measured with regopy 1.5.2 against OPA 1.18.1 on generated documents (tests/policy/differential):
- ``<`` and ``>`` between values of different types are the other way round: a text is less than a number. So every number
  of the document has to be one; ``policies/schemas/input.json`` says which these are. Parameters are left to the rules,
  which know what each action takes.
- ``floor`` and arithmetic are wrong for numbers that 64 bits do not hold; a result that only a denormal float holds is an
  error; and ``-0.0 - 1`` is 1.

Texts are not restricted: comparisons, ``sprintf``, ``concat``, ``replace``, ``split``, ``contains`` and ``startswith`` are
right for any of them, quotes, NUL and line breaks included.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable

_WHOLE = 2**63 - 1
_FRACTIONAL = 2.0**53
_SMALLEST = 1e-290
_NO_NUMBERS = frozenset({str, bool, type(None)})
_PLAIN_NUMBERS = frozenset({int, float})
_SHOWN = 40

NUMBERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cluster_info", ("total_nodes", "available_nodes")),
    ("cluster_state", ("concurrent_actions", "other_clusters_draining")),
    ("rate_limit_state", ("count", "max_count", "window_seconds")),
    ("concurrent_actions.*", ("count",)),
    ("history", ("consecutive_failures",)),
    ("history.windows.*", ("count", "max_count", "window_seconds", "retry_after_seconds")),
    ("history.draining", ("count",)),
    ("target", ("generation", "observed_generation")),
    ("target.replicas", ("spec", "current", "ready", "available", "updated")),
    ("ownership.autoscaler", ("min_replicas", "max_replicas")),
    ("disruption", ("total",)),
    ("disruption.pods.*", ("replicas", "count", "ready")),
    (
        "disruption.budgets.*",
        ("disruptions_allowed", "current_healthy", "desired_healthy", "expected_pods", "pods", "rounds"),
    ),
    ("capacity", ("pods", "placed", "cluster_pods", "nodes_examined")),
    ("capacity.shortages.*", ("count",)),
    ("capacity.quotas.*", ("hard", "used", "after")),
    ("nodes", ("total", "ready", "schedulable", "control_plane", "control_plane_ready")),
    ("nodes", ("pool_total", "pool_available", "cordoned_count")),
    ("dry_run_result", ("code", "failures")),
)
NUMBERS_OR_NULL: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("history", ("last_failure_seconds", "last_success_seconds")),
)
"""Objects of the document, and which of their keys are numbers where they are present."""


_TABLES = tuple(
    (tuple(path.split(".")), keys, or_null)
    for table, or_null in ((NUMBERS, False), (NUMBERS_OR_NULL, True))
    for path, keys in table
)
_Place = tuple[Any, ...]
"""Where a value lies, from the inside out: ``("total", ("nodes", ()))``. Cheap to make for every value that is looked at."""


def require_safe(document: Mapping[str, Any]) -> None:
    """Refuse a document that the engine would judge otherwise than OPA.

    Raises:
        PolicyUnusable: ``policy.input-unsafe``.
    """
    for path, keys, or_null in _TABLES:
        for place, node in _objects(document, path, ()):
            for key in keys:
                if type(node.get(key, 0)) not in _PLAIN_NUMBERS and not _fits(node[key], or_null):
                    raise _unsafe((key, place), node[key], "a number is expected there")
    _require_computable(document)


def _fits(value: Any, or_null: bool) -> bool:
    return (isinstance(value, (int, float)) and not isinstance(value, bool)) or (or_null and value is None)


def _objects(node: Any, path: tuple[str, ...], place: _Place) -> Iterator[tuple[_Place, Mapping[str, Any]]]:
    """The objects at a path, as far as there are any."""
    if not path:
        if isinstance(node, dict):
            yield place, node
    elif path[0] != "*":
        if isinstance(node, dict) and path[0] in node:
            yield from _objects(node[path[0]], path[1:], (path[0], place))
    else:
        for key, value in _items(node):
            yield from _objects(value, path[1:], (key, place))


def _require_computable(document: Mapping[str, Any]) -> None:
    ahead: list[tuple[_Place, Any]] = [((), document)]
    while ahead:
        place, node = ahead.pop()
        for key, value in _items(node):
            if type(value) in _NO_NUMBERS:  # most are, and this is the quickest question
                continue
            fits = True
            if isinstance(value, int):
                fits = -_WHOLE <= value <= _WHOLE
            elif isinstance(value, float):
                fits = _SMALLEST <= abs(value) < _FRACTIONAL or str(value) == "0.0"
            elif value:
                ahead.append(((key, place), value))
            if not fits:
                raise _unsafe((key, place), value, "numbers so large or so close to 0 are not computed exactly")


def _items(node: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(node, dict):
        return node.items()
    return enumerate(node) if isinstance(node, (list, tuple)) else ()


def _unsafe(place: _Place, value: Any, why: str) -> Exception:
    path = ""
    while place:
        key, place = place
        path = (f"[{key}]" if isinstance(key, int) else f".{key}") + path
    shown = repr(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}..."
    return unusable("policy.input-unsafe", f"input{path} is {shown}, and the engine would judge it wrongly: {why}.")
