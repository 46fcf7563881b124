# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that hold for every file, whoever writes it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tests.unit.structure.source_files import ROOT, below, committed, syntax_tree

# This file has it too.
HEADER = Path(__file__).read_text(encoding="utf-8").splitlines()[:3]
WITH_HEADER = {".cfg", ".in", ".lock", ".mk", ".py", ".rego", ".sh", ".toml", ".yaml", ".yml"}
# Written by tools that know no header: the changelog, and the marks of a published library.
WITHOUT_HEADER = {"changelogs/changelog.yaml"}
# Names that say nothing about what is inside, so that everything ends up there.
VAGUE = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
FILE_LINES = 300
FUNCTION_LINES = 40
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX)\b")
# A rule about words has to contain them.
SELF = "tests/unit/structure/test_house_rules.py"
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


def test_every_source_file_starts_with_the_licence_header() -> None:
    wrong = [
        path
        for path in committed()
        if PurePosixPath(path).suffix in WITH_HEADER and path not in WITHOUT_HEADER and not has_header(path)
    ]
    assert wrong == []


def has_header(path: str) -> bool:
    """An empty file needs none; a shebang, a document start or a template's opening may come first."""
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    return not lines or any(lines[start : start + 3] == HEADER for start in range(3))


def test_names_of_files_say_what_is_inside() -> None:
    wrong = [
        path for path in committed() if VAGUE & set(PurePosixPath(path).with_suffix("").name.strip("_").split("_"))
    ]
    assert wrong == []


def test_nothing_is_marked_as_unfinished() -> None:
    wrong = [
        f"{path}:{number}"
        for path in committed()
        if PurePosixPath(path).suffix in WITH_HEADER and path != SELF
        for number, line in enumerate((ROOT / path).read_text(encoding="utf-8").splitlines(), start=1)
        if UNFINISHED.search(line)
    ]
    assert wrong == []


def test_private_files_of_module_utils_start_with_an_underscore() -> None:
    public = {path.removeprefix("plugins/module_utils/").split("/")[0] for path in below("plugins/module_utils", ".py")}
    assert {name for name in public if not name.startswith("_")} == {"gate.py"}


def test_files_stay_small() -> None:
    wrong = {
        path: lines
        for path in below("plugins", ".py")
        if not path.startswith("plugins/modules/")
        and (lines := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > FILE_LINES
    }
    assert wrong == {}


def test_functions_stay_small() -> None:
    wrong = {
        f"{path}:{function.lineno} {function.name}": lines
        for path in below("plugins", ".py")
        for function in functions(path)
        if (lines := length(function)) > FUNCTION_LINES
    }
    assert wrong == {}


def functions(path: str) -> Iterator[FunctionNode]:
    for node in ast.walk(syntax_tree(path)):
        if isinstance(node, FunctionNode):
            yield node


def length(function: FunctionNode) -> int:
    """Return the lines from the first statement after the docstring to the last."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0
