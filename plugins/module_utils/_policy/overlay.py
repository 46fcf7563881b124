# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An organisation's own directory, merged over a library: its limits and rules without a copy of ours.

Modules and tests are added; one with the same path takes the place of the library's. Config is merged mapping by
mapping, so that a single threshold can be set; anything that is no mapping replaces what was there.

A value that changes its type is refused, and so is a key that neither the library's config has nor a policy of the
overlay reads, at the top and in what has fixed keys: a misspelt ``freezes`` or limit would be silently none.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, require_usable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import package_name

_FIXED = frozenset(
    {"limits", "business_hours", "images", "cluster", "failure_block", "approvals", "overrides", "job_mode"}
)
"""Those keys of the library's config below which every key has a meaning; below the others stand names."""


def overlaid(library: Library, overlay: Library) -> Library:
    """Return ``library`` with ``overlay`` merged over it; name and version stay the library's, ``source`` names both.

    Raises:
        PolicyUnusable: ``policy.overlay-empty`` when there is nothing to merge, ``policy.overlay-invalid`` when a value
            of the overlay cannot take the place of the library's, ``policy.parse-error`` when the two do not go together.
    """
    config: Mapping[str, Any] = library.data.get("config", {})
    own: Mapping[str, Any] = overlay.data.get("config", {})
    if not own and not overlay.modules:
        raise PolicyUnusable(
            "policy.overlay-empty",
            f"The overlay {overlay.source} holds neither .rego files nor config/*.yaml.",
            "Give the directory that holds them, or none.",
        )
    problems = [*_type_changes(config, own, ""), *_unknown_keys(config, own, "\n".join(overlay.modules.values()))]
    if problems:
        raise PolicyUnusable(
            "policy.overlay-invalid",
            f"The overlay {overlay.source} does not fit the library: {'; '.join(sorted(problems))}.",
            "Compare with config/ of the library.",
        )
    data = {
        **library.data,
        "config": _merged(config, own),
        "rules": {**_kept_rules(library, overlay), **overlay.data.get("rules", {})},
    }
    merged = replace(
        library,
        source=f"{library.source} with the overlay {overlay.source}",
        modules={**library.modules, **overlay.modules},
        tests={**library.tests, **overlay.tests},
        data=data,
    )
    require_usable(merged)
    return merged


def _kept_rules(library: Library, overlay: Library) -> dict[str, Any]:
    """The rules of the library without those in files that the overlay replaces."""
    replaced = {package_name(library.modules[path]) for path in overlay.modules.keys() & library.modules.keys()}
    rules: Mapping[str, Any] = library.data.get("rules", {})
    return {code: rule for code, rule in rules.items() if rule.get("package") not in replaced}


def _merged(below: Any, above: Any) -> Any:
    if not isinstance(below, Mapping) or not isinstance(above, Mapping):
        return above
    return {**below, **{key: _merged(below[key], value) if key in below else value for key, value in above.items()}}


def _type_changes(below: Any, above: Any, path: str) -> Iterator[str]:
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        for key in above.keys() & below.keys():
            yield from _type_changes(below[key], above[key], f"{path}.{key}" if path else str(key))
    elif below is not None and _kind(below) != _kind(above):
        yield f"{path} is {_kind(above)}, expected {_kind(below)}"


def _unknown_keys(below: Mapping[str, Any], above: Mapping[str, Any], policies: str) -> Iterator[str]:
    """What only an error in writing explains: a key that nobody knows.

    Args:
        policies: Text of the overlay's own, which may read keys of their own.
    """
    pairs = [("", below, above), *((f"{key}.", below.get(key), above.get(key)) for key in sorted(_FIXED))]
    for path, known, stated in pairs:
        if isinstance(known, Mapping) and isinstance(stated, Mapping):
            for key in stated.keys() - known.keys():
                if not re.search(rf"(?<!\w){re.escape(key)}(?!\w)", policies):
                    unread = ", and no policy of the overlay reads it" if policies else ""
                    yield f"{path}{key} is no key of the library's config{unread}"


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, Mapping):
        return "a mapping"
    return "nothing" if value is None else "a list"
