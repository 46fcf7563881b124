# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Built-in functions of this engine (regopy 1.5.2) that give other results than OPA's, without an error.

An error where ordinary arguments are concerned, a warning where only rare ones are. Each was measured.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis import types
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.definitions import function_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.inference import Inference
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.modules import Rule
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.analysis.scopes import Names
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import Finding, Level
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.syntax import Node, constant


class _Wrong(NamedTuple):
    message: str
    remedy: str
    level: Level = "error"


class _Constant(NamedTuple):
    """``argument``: the number of the one that is looked at, if it is a constant; all texts in it."""

    argument: int
    pattern: re.Pattern[str]
    wrong: _Wrong


_PLUS = _Wrong("The engine takes + and %20 for different characters.", "Replace one by the other before you compare.")
_ALWAYS = {
    "time.diff": _Wrong("The engine counts the days wrongly.", "Subtract the nanoseconds of the two times."),
    "urlquery.decode": _PLUS,
    "urlquery.decode_object": _Wrong("The engine gives each value twice.", "Take the text apart with split."),
    "urlquery.encode": _PLUS,
    "urlquery.encode_object": _PLUS,
    "yaml.marshal": _Wrong("The engine writes other YAML than OPA.", "Compare the value itself."),
    "hex.encode": _Wrong("The engine encodes only ASCII rightly.", "Compare the text itself.", "warning"),
    "regex.template_match": _Wrong(
        "The engine compares the text around the expressions otherwise.", "Use regex.match.", "warning"
    ),
    "yaml.unmarshal": _Wrong(
        "The engine takes yes, no, on, off, True and ~ for texts.",
        "Expect true, false and null in the text.",
        "warning",
    ),
}
_CLASSES = _Wrong(
    r"The engine knows neither \A, \z, \Q nor \pL, and finds no \n, \t or \r in a text.",
    r"Write ^, $, \p{L}, or the characters; look for line breaks with contains.",
)
_GROUPS = _Wrong("The engine reads ${1} and $1x otherwise.", "Write $1 alone, and join texts with concat.")
_POINTERS = _Wrong("The engine takes / and ~ in a path as they are.", 'Write the path as an array: ["a", "b"].')
_GLOBS = _Wrong(r"The engine reads \ and /**/ in a glob otherwise.", "Use regex.match.")
_VERBS = _Wrong(
    "The engine does not know %c, %q, %T and %U, nor a width of %s and %v.", "Use %v or %d without a width.", "warning"
)
_PATTERN = re.compile(r"\\[AzQntr]|\\p[A-Z]|[\n\t\r]")
_CONSTANTS = {
    "format_int": _Constant(1, re.compile(r"^2$"), _Wrong("The engine knows no base 2.", "Use base 8, 10 or 16.")),
    "glob.match": _Constant(0, re.compile(r"\\|/\*\*/"), _GLOBS),
    "json.filter": _Constant(1, re.compile(r"^/|~[01]"), _POINTERS),
    "json.remove": _Constant(1, re.compile(r"^/|~[01]"), _POINTERS),
    "regex.find_n": _Constant(0, _PATTERN, _CLASSES),
    "regex.match": _Constant(0, _PATTERN, _CLASSES),
    "regex.split": _Constant(0, _PATTERN, _CLASSES),
    "sprintf": _Constant(0, re.compile(r"(?<!%)(?:%%)*%(?:[cqTU]|-?[0-9.]+[sv])"), _VERBS),
}
_REPLACED = (
    _Constant(1, _PATTERN, _CLASSES),
    _Constant(2, re.compile(r"\$\{|\$[0-9]+[A-Za-z_]"), _GROUPS),
)
_ESCAPED = _Wrong(
    "The engine keeps backslashes before the quotes of json.marshal here.", "Compare the value itself, not its text."
)
_DIGESTS = ("base64.", "base64url.", "count", "crypto.", "hex.")
_ZONED = re.compile(
    r"MST|Z07|[.,](?:0+|9+)(?![0-9])|^(?:ANSIC|UnixDate|RubyDate|RFC.*|Kitchen|Stamp.*|Date.*|TimeOnly)$"
)
_TIME = _Wrong(
    "The engine writes zones and fractions of a time otherwise.",
    'Give a format without them: [ns, "UTC", "2006-01-02T15:04:05"].',
)
_SET = _Wrong("The engine leaves a set as it is.", "Sort an array: sort([x | some x in names]).")
_REPEATED = _Wrong("The engine replaces again what it has put in.", "Call replace, in the order that you want.")
_PREFIX = _Wrong("The engine takes v1.0.0 for no version.", 'Ask about trim_prefix(version, "v").', "warning")
_UNION = "The engine does not merge objects inside of the objects: the second one's stay alone."


def check(names: Names, rule: Rule, inferred: Inference) -> Iterator[Finding]:
    """Findings about one rule. Tests are run by this engine, and need no telling."""
    if names.module.is_test:
        return
    for node in rule.nodes:
        if node.kind == "exprcall":
            for wrong in _wrong(names, node, inferred):
                yield names.module.finding(node.place, "engine", wrong.message, wrong.remedy, wrong.level)


def _wrong(names: Names, node: Node, inferred: Inference) -> Iterator[_Wrong]:
    name = ".".join(function_path(names, node))
    arguments = node.children[1].children
    if name in _ALWAYS:
        yield _ALWAYS[name]
    looked_at = _REPLACED if name == "regex.replace" else (_CONSTANTS[name],) if name in _CONSTANTS else ()
    for number, pattern, wrong in looked_at:
        if len(arguments) > number and any(map(pattern.search, _texts(arguments[number]))):
            yield wrong
    if name.startswith(_DIGESTS) and any(_calls(names, argument, "json.marshal") for argument in arguments):
        yield _ESCAPED
    special = _SPECIAL.get(name)
    if special is not None:
        yield from special(names, arguments, inferred)


def _texts(node: Node) -> list[str]:
    """The constants in a term, as texts."""
    found = (constant(each)[1] for each in node.walk())
    return [str(each) for each in found if isinstance(each, (str, int)) and not isinstance(each, bool)]


def _calls(names: Names, node: Node, name: str) -> bool:
    local = names.locals.get(id(node))
    if local is not None and local.kind == "assigned" and local.definition is not None:
        node = local.definition
    return node.kind == "exprcall" and ".".join(function_path(names, node)) == name


def _time(_names: Names, arguments: Sequence[Node], _inferred: Inference) -> Iterator[_Wrong]:
    given = arguments[0] if arguments else None
    layout = constant(given.children[2])[1] if given is not None and len(given.children) == 3 else None
    if given is None or given.kind != "array" or not isinstance(layout, str) or _ZONED.search(layout):
        yield _TIME


def _sort(names: Names, arguments: Sequence[Node], inferred: Inference) -> Iterator[_Wrong]:
    if arguments and inferred.of(names, arguments[0]).kind == "set":
        yield _SET


def _union(names: Names, arguments: Sequence[Node], inferred: Inference) -> Iterator[_Wrong]:
    yield from _merged([inferred.of(names, each) for each in arguments])


def _union_n(names: Names, arguments: Sequence[Node], inferred: Inference) -> Iterator[_Wrong]:
    given = inferred.of(names, arguments[0]) if arguments else types.ANY
    yield from _merged(
        given.items if given.kind == "array" and given.items else [types.member(given, None) or types.ANY] * 2
    )


def _merged(given: Sequence[types.Type]) -> Iterator[_Wrong]:
    pairs = list(itertools.combinations(given, 2))
    both = [(one.fields[key], other.fields[key]) for one, other in pairs for key in one.fields if key in other.fields]
    if any(one.kind == other.kind == "object" for one, other in both):
        yield _Wrong(_UNION, "Merge the inner objects by a call of their own.")
    elif any(not (one.fields or other.fields) and _nested(one) and _nested(other) for one, other in pairs):
        yield _Wrong(_UNION, "Merge the inner objects by a call of their own.", "warning")


def _replace(_names: Names, arguments: Sequence[Node], _inferred: Inference) -> Iterator[_Wrong]:
    if not arguments or arguments[0].kind != "object":
        return
    pairs = [[constant(part)[1] for part in item.children[:2]] for item in arguments[0].children]
    keys = [key for key, _value in pairs if isinstance(key, str) and key]
    if any(key in value for key in keys for _key, value in pairs if isinstance(value, str)):
        yield _REPEATED


def _version(names: Names, arguments: Sequence[Node], _inferred: Inference) -> Iterator[_Wrong]:
    if arguments and not _calls(names, arguments[0], "trim_prefix"):
        yield _PREFIX


def _nested(value: types.Type) -> bool:
    members = types.member(value, None) or types.ANY
    return not types.disjoint(members, types.OBJECT)


_SPECIAL: dict[str, Callable[[Names, Sequence[Node], Inference], Iterator[_Wrong]]] = {
    "object.union": _union,
    "object.union_n": _union_n,
    "semver.is_valid": _version,
    "sort": _sort,
    "strings.replace_n": _replace,
    "time.format": _time,
}
