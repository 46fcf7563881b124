# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds out which package failed, and what the others have to say.

The engine says that an evaluation failed and hardly ever where. One query for everything is fast, but an error in one
rule takes the words of all others with it. So after an error, and only then, every package is asked alone; those that
fail are taken out and the rest decides once more, because an error must not hide another rule's denial.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector, rego
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import package_name


@dataclass(frozen=True)
class Attribution:
    """``packages`` that fail when asked alone; ``others``: raw decision of the rest, ``None`` when there is none."""

    packages: tuple[str, ...]
    others: Any


def search(modules: Mapping[str, str], term: str) -> bytes:
    """The attribution as JSON. Runs in a child."""
    queries = {
        f"{package.replace('.', '/')}/{kind}": package
        for package, kinds in collector.packages(modules).items()
        for kind in sorted(kinds)
    }
    bundle = rego.compile_bundle(modules, list(queries)) if queries else b""
    failing = sorted({package for query, package in queries.items() if _fails(bundle, term, query)})
    others = _rest(modules, term, frozenset(failing)) if failing else None
    return json.dumps([failing, others]).encode()


def parse(answer: bytes) -> Attribution:
    packages, others = json.loads(answer)
    return Attribution(tuple(packages), others)


def _fails(bundle: bytes, term: str, entrypoint: str) -> bool:
    try:
        rego.evaluate(bundle, term, entrypoint, fresh=True)
    except rego.EngineError:
        return True
    return False


def _rest(modules: Mapping[str, str], term: str, failing: frozenset[str]) -> Any:
    remaining = {path: text for path, text in modules.items() if package_name(text) not in failing}
    try:
        bundle = rego.compile_bundle(collector.complete(remaining), [rego.ENTRYPOINT])
        answer = rego.evaluate(bundle, term, fresh=True)
    except rego.EngineError:
        return None
    return json.loads(answer.text) if answer.text is not None else None
