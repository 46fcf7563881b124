# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the YAML and JSON of a library directory: its config, its name, the METADATA of its rules.

YAML is read as version 1.2 has it: PyYAML alone would turn ``22:00`` into 1320, ``no`` into false and a date into an
object that is not JSON. A key that stands twice in one mapping is refused, because the first would be lost silently.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable

_SUFFIXES = frozenset({".yaml", ".yml", ".json"})
_NUMERIC = tuple("-+0123456789")
_RESOLVERS = (
    ("tag:yaml.org,2002:null", re.compile(r"^(?:null|Null|NULL|~|)$"), ("n", "N", "~", "")),
    ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), tuple("tTfF")),
    ("tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), _NUMERIC),
    ("tag:yaml.org,2002:float", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]+)?$"), _NUMERIC),
)


def parse_yaml(text: str, name: str) -> Any:
    """The document as JSON types.

    Raises:
        PolicyUnusable: ``policy.parse-error``, with ``name`` and the place.
    """
    import yaml

    try:
        return yaml.load(text, Loader=_loader())
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise unusable("policy.parse-error", f"{place}: {getattr(error, 'problem', None) or error}.") from error


def read_mapping(path: Path, name: str) -> Mapping[str, Any]:
    """A file that holds one mapping with names as keys; an empty file is an empty mapping."""
    text = read_text(path, name)
    if path.suffix == ".json":
        try:
            document = json.loads(text, object_pairs_hook=_unique)
        except ValueError as error:
            raise unusable("policy.parse-error", f"{name}: {error}.") from error
    else:
        document = parse_yaml(text, name)
    if document is None:
        return {}
    if not isinstance(document, dict) or not all(isinstance(key, str) for key in document):
        raise unusable("policy.parse-error", f"{name}: expected a mapping of names to values.")
    return document


def read_directory(directory: Path) -> dict[str, Any]:
    """All files of a config directory, merged. A key belongs to one file.

    Raises:
        PolicyUnusable: ``policy.parse-error``: a file that cannot be read, or a key in two files.
    """
    merged: dict[str, Any] = {}
    origin: dict[str, str] = {}
    for path in sorted(directory.iterdir()) if directory.is_dir() else ():
        if path.suffix not in _SUFFIXES:
            continue
        name = f"{directory.name}/{path.name}"
        for key, value in read_mapping(path, name).items():
            if key in merged:
                raise unusable("policy.parse-error", f"{name}: {key} stands in {origin[key]} already.")
            merged[key] = value
            origin[key] = name
    return merged


def read_text(path: Path, name: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise unusable("policy.parse-error", f"{name} cannot be read: {reason}.") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return document


@cache
def _loader() -> Any:
    import yaml

    class Yaml12(yaml.SafeLoader):
        """Types of JSON only; keys unique."""

        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            mapping: dict[Any, Any] = super().construct_mapping(node, deep)
            if not all(isinstance(key, str) for key in mapping):
                raise yaml.constructor.ConstructorError(None, None, "a key is no text", node.start_mark)
            if isinstance(node, yaml.MappingNode) and len(mapping) != len(node.value):
                raise yaml.constructor.ConstructorError(None, None, "a key stands twice", node.start_mark)
            return mapping

    Yaml12.yaml_implicit_resolvers = {}
    for tag, pattern, first in _RESOLVERS:
        Yaml12.add_implicit_resolver(tag, pattern, list(first))
    return Yaml12
