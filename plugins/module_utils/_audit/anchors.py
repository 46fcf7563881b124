# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The anchors that the cluster's records keep, to compare an audit file with.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._audit.record import is_number
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest


class Anchors:
    """Which line each record of the cluster names, by chain and sequence.

    Attributes:
        total: Records with an anchor.
        without: Records that name no line.
    """

    def __init__(self, records: Any) -> None:
        """Read what ``kubectl get kexec -o json`` prints, a list or one record.

        Raises:
            InvalidRequest: ``audit.anchors-unreadable``: it is something else.
        """
        items = records.get("items", [records]) if isinstance(records, Mapping) else records
        if not isinstance(items, list) or not all(isinstance(item, Mapping) and "metadata" in item for item in items):
            raise _unreadable("it is not what kubectl get kexec -o json prints")
        self.without = 0
        self._hashes: dict[str, dict[int, dict[str, str]]] = {}
        for item in items:
            status = item.get("status")
            anchor = status.get("audit") if isinstance(status, Mapping) else None
            if anchor:
                self._add(str(item["metadata"].get("name", "")), anchor)
            else:
                self.without += 1
        self.total = len(items) - self.without

    def _add(self, name: str, anchor: Any) -> None:
        try:
            chain, sequence, digest = anchor["chain"], anchor["sequence"], anchor["hash"]
        except (TypeError, KeyError):
            chain = None
        if not (isinstance(chain, str) and is_number(sequence) and isinstance(digest, str)):
            raise _unreadable(f"the anchor of record {name!r} is malformed")
        self._hashes.setdefault(chain, {}).setdefault(sequence, {})[name] = digest

    def count(self, chain: str) -> int:
        return sum(len(names) for names in self._hashes.get(chain, {}).values())

    def contradicting(self, chain: str, sequence: int, digest: str) -> str:
        """Name of a record that saw another line here; empty when there is none."""
        named = self._hashes.get(chain, {}).get(sequence, {})
        return next((name for name, seen in named.items() if seen != digest), "")

    def beyond(self, chain: str, last: int) -> tuple[int, str] | None:
        """The first line after ``last`` that a record saw: its sequence, and the record's name."""
        sequence = min((number for number in self._hashes.get(chain, {}) if number > last), default=None)
        return None if sequence is None else (sequence, next(iter(self._hashes[chain][sequence])))


def read_anchors(path: str) -> Anchors:
    """Read a file that ``kubectl get kexec -n guardrail-system -o json`` wrote.

    Raises:
        InvalidRequest: ``audit.anchors-unreadable``.
    """
    try:
        with open(path, "rb") as stream:
            return Anchors(json.load(stream))
    except OSError as error:
        raise _unreadable(error.strerror or "input/output error") from None
    except (ValueError, RecursionError):
        raise _unreadable("it is not JSON") from None


def _unreadable(problem: str) -> InvalidRequest:
    hint = "Make it with: kubectl get kexec -n guardrail-system -o json"
    return InvalidRequest("audit.anchors-unreadable", f"The anchors cannot be read: {problem}.", hint)
