# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generates the module through which main.rego asks every package of the library.

``kubernetesexecution/collected.rego`` holds one rule per package and kind (``deny``, ``warn``) that wraps each result
with the name and group of its package. It names each package instead of iterating over them because that is fast
(measured with 30 packages: 0.15 ms against 1 ms for iteration, which also evaluates everything else in the packages),
and it is generated because a user's own file is to take part without wiring.

``some result, _ in`` takes the elements of a set (``deny contains x``) and the keys of an object: regopy turns the old
syntax ``deny[x] { ... }`` into an object ``{x: true}``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import package_name

PATH = "kubernetesexecution/collected.rego"
ROOTS = (("kubernetesexecution", "safety"), ("kubernetesexecution", "rbac"))
KINDS = ("deny", "warn")
_RESULT = re.compile(r"^(?:[ \t]*(?:deny|warn)[ \t]+contains|(?:deny|warn))\b", re.MULTILINE)

_HEADER = """\
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# METADATA
# title: Results of every package
# description: Generated from the packages below safety and rbac. Edits are lost.
package kubernetesexecution.collected

import rego.v1
"""
_RULE = """
{kind} contains {{"policy": "{policy}", "group": "{group}", "result": result}} if {{
\tsome result, _ in data.{package}.{kind}
}}
"""


def packages(modules: Mapping[str, str]) -> dict[str, frozenset[str]]:
    """Names of the packages that take part in decisions, sorted, each with the kinds of rule it may have.

    A package that does not even contain the word ``warn`` has no such rule.
    """
    kinds: dict[str, set[str]] = {}
    for text in modules.values():
        name = package_name(text)
        if tuple(name.split("."))[:2] in ROOTS:
            found = kinds.setdefault(name, set())
            found.update(kind for kind in KINDS if re.search(rf"\b{kind}\b", text))
    return {name: frozenset(kinds[name]) for name in sorted(kinds)}


def speaks(text: str) -> bool:
    """Whether a file has results for decisions, as the lines tell that begin with ``deny`` or ``warn``."""
    return tuple(package_name(text).split("."))[:2] in ROOTS and bool(_RESULT.search(text))


def policy_and_group(package: str) -> tuple[str, str]:
    """``("common/blast_radius", "common")`` for ``kubernetesexecution.safety.common.blast_radius``.

    Below ``rbac`` the group is ``rbac`` and stays part of the name. A result of the package ``safety`` itself belongs
    to the group ``safety``.
    """
    parts = package.split(".")[1:]
    if parts[0] == "safety" and len(parts) > 1:
        parts = parts[1:]
    return "/".join(parts), parts[0]


def generate(modules: Mapping[str, str]) -> str:
    """Text of ``collected.rego`` for these modules. The same for every order of them."""
    rules: list[str] = []
    used: set[str] = set()
    for package, kinds in packages(modules).items():
        policy, group = policy_and_group(package)
        for kind in KINDS:
            if kind in kinds:
                used.add(kind)
                rules.append(_RULE.format(kind=kind, policy=policy, group=group, package=package))
    empty = [f"\n{kind} := set()\n" for kind in KINDS if kind not in used]
    return _HEADER + "".join(rules) + "".join(empty)


def complete(modules: Mapping[str, str]) -> dict[str, str]:
    """The modules with the generated one in place of whatever stood at its path, sorted by path."""
    own = {path: text for path, text in modules.items() if path != PATH}
    return dict(sorted({**own, PATH: generate(own)}.items()))
