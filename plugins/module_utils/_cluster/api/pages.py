# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Large lists, reduced page by page: only what a fact needs is kept, never the raw objects of a whole cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

Kept = TypeVar("Kept")

PAGE_SIZE = 500
_GONE = 410


def reduced_list(
    api: Api, path: str, keep: Callable[[Mapping[str, Any]], Kept | None], query: Mapping[str, str] | None = None
) -> list[Kept]:
    """Read a list and return ``keep(item)`` of each item, without the ``None``.

    A continue token that expired (410) starts the list again, once: a list of two halves from different times could
    name an object twice or not at all.

    Raises:
        ApiFailure: The API server refused, or the token expired twice.
        Unreachable: No answer.
    """
    try:
        return _pages(api, path, keep, query or {})
    except ApiFailure as failure:
        if failure.status != _GONE:
            raise
        return _pages(api, path, keep, query or {})


def _pages(
    api: Api, path: str, keep: Callable[[Mapping[str, Any]], Kept | None], query: Mapping[str, str]
) -> list[Kept]:
    kept: list[Kept] = []
    position = ""
    while True:
        page_query = {**query, "limit": str(PAGE_SIZE), **({"continue": position} if position else {})}
        page = api.get(path, page_query)
        # "items" is null in an empty list of some API servers.
        for item in page["items"] or ():
            value = keep(item)
            if value is not None:
                kept.append(value)
        position = page.get("metadata", {}).get("continue") or ""
        if not position:
            return kept
