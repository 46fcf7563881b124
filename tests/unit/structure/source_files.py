# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of the checkout as the structure tests see them: as git would commit them, parsed, never imported."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OURS = "ansible_collections.guardrail.kubernetes."


@dataclass(frozen=True)
class Import:
    """One imported name and where it stands."""

    file: str
    line: int
    name: str
    """Dotted; names inside the collection start at ``plugins``."""
    lazy: bool
    """Inside a function, or for type checkers only: not run when the file is imported."""


@cache
def committed() -> tuple[str, ...]:
    """Return the paths of all files that are, or with ``git add --all`` would be, in the repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return tuple(sorted(path for path in set(listed.split("\0")) - {""} if (ROOT / path).is_file()))


def below(folder: str, suffix: str) -> list[str]:
    """Return the committed files in ``folder``, at any depth, whose name ends so. Links are not files of their own."""
    return [
        path
        for path in committed()
        if path.startswith(folder + "/") and path.endswith(suffix) and not (ROOT / path).is_symlink()
    ]


@cache
def syntax_tree(path: str) -> ast.Module:
    """Return the parsed file."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=path)


def imports(path: str) -> Iterator[Import]:
    """Yield everything the file imports, lazily or not."""
    yield from _imports(path, syntax_tree(path), lazy=False)


def _imports(path: str, node: ast.AST, lazy: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            for alias in child.names:
                yield Import(path, child.lineno, alias.name.removeprefix(OURS), lazy)
        elif isinstance(child, ast.ImportFrom):
            for alias in child.names:
                name = f"{'.' * child.level}{child.module or ''}.{alias.name}"
                yield Import(path, child.lineno, name.removeprefix(OURS), lazy)
        else:
            yield from _imports(path, child, lazy or _not_run_at_import(child))


def _not_run_at_import(node: ast.AST) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        return True
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
