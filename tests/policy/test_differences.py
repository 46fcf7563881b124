# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that deny in OPA and are silent here: each is shown to be that, and refused by the linter."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector, lint
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import errors
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library
from tests.policy.engines import DECISION, run_opa
from tests.unit.policy.libraries import CATALOGUE, DOCUMENT, judged, library, rules

_PATH = "kubernetesexecution/safety/common/size/size.rego"
_LISTS = {"names": ["a/b", "c"], "pods": [{"names": ["x", "y"]}]}
_INPUT = {**DOCUMENT, "count": 10, "name": "a/b", "place": "é", "limits": [9, 10], "lines": "a\nb", **_LISTS}
_INPUT |= {"one": {"a": {"b": 1}}, "other": {"a": {"c": 2}}}
_USED = {
    "lone": "lone(i) if count([n | n := input.limits[i]]) == 1",
    "never": "never(n) if count([1 | n = 1]) == 0",
    "lawful": 'lawful if {\n\tevery name in input.names { not name == "c" }\n}',
    "clean": 'clean if not "x" in {names | names := input.pods[_].names[_]}',
    "named": "named if {\n\tfound := [names | names := input.pods[_].names]\n\tnot count(found) == 3\n}",
    "limit": "limit := 9",
    "small": "small if not input.parameters.size > 3",
    "local": 'local if not startswith(input.parameters.image, "docker.io/")',
    "listed": "listed if {\n\tsome one in input.pods\n\tnot one.tier in {1, 2}\n}",
    "counted": "counted if not count(input.parameters.pods) == 0",
    "mild": "mild if not input.parameters.size == 3",
    "read": 'read if not object.get(input, ["parameters", "size"], 0) > 3',
}
SILENT = {
    "escaped slash": r'input.name == "a\/b"',
    "escaped letter": r'input.place == "\u00e9"',
    "escaped key": r'{"a/b": 1}["a\/b"] == 1',
    "max of numbers": "max([9, input.count]) > 9",
    "min of anything": "min([9, input.count]) == 9",
    "sorted numbers": "sort([10, 9])[1] == 10",
    "arrays": "[input.count] > [9]",
    "sets": "{10} > {9}",
    "objects": '{"a": 10} > {"a": 9}',
    "text and number": '"5" > 4',
    "variable in front": "some top in input.limits; found := [[top, one] | some one in [1]]; count(found) > 0",
    "key of a member in front": "some key in [0]; found := {one[key] | some one in [input.limits]}; count(found) > 0",
    "comprehension in front": "some top in input.limits; [[one | one := top] | some two in [1]][0][0] == 9",
    "variable of every in front": "every top in input.limits { count([top | some one in [1]]) == 1 }",
    "index in front": "found := [n | some one in [1]]; input.limits[n] == 9; count(found) > 0",
    "not one in front": "some top in input.limits; not count([top | some one in [1]]) == 0",
    "days between times": "time.diff(1700000000000000000, 0)[2] == 13",
    "encoded blank": 'urlquery.encode("a b") == "a+b"',
    "decoded blank": 'urlquery.decode("a+b") == "a b"',
    "query": 'urlquery.decode_object("a=b") == {"a": ["b"]}',
    "encoded query": 'urlquery.encode_object({"a": "b c"}) == "a=b+c"',
    "YAML": 'yaml.marshal({"a": null}) == "a: null\\n"',
    "digest of JSON": 'startswith(crypto.sha256(json.marshal({"a": 1})), "015abd")',
    "base 2": 'format_int(10, 2) == "1010"',
    "sorted set": 'sort({"b", "a"})[0] == "a"',
    "time": 'time.format(0) == "1970-01-01T00:00:00Z"',
    "time with a zone": 'time.format([0, "UTC", "2006-01-02T15:04:05Z07:00"]) == "1970-01-01T00:00:00Z"',
    "time in a named format": 'time.format([0, "UTC", "RFC3339"]) == "1970-01-01T00:00:00Z"',
    "end of text": r"regex.match(`^a/b\z`, input.name)",
    "class without braces": r"regex.match(`\pL`, input.name)",
    "line break": r"regex.match(`\n`, input.lines)",
    "group with braces": r'regex.replace("ab", `(a)(b)`, "${2}x") == "bx"',
    "path with a slash": 'json.remove({"a": {"b": 1}}, ["/a/b"]) == {"a": {}}',
    "filtered path": 'json.filter({"a": {"b": 1}}, ["/a/b"]) == {"a": {"b": 1}}',
    "glob between slashes": 'glob.match("a/**/b", ["/"], input.name)',
    "merged objects": 'object.union({"a": {"b": 1}}, {"a": {"c": 2}}).a.b == 1',
    "three merged objects": 'object.union_n([{"a": {"b": 1}}, {}, {"a": {"c": 2}}]).a.b == 1',
    "replaced twice": 'strings.replace_n({"a": "b", "b": "c"}, "ab") == "bc"',
    "index in an argument": 'some i; startswith(input.names[i], "a")',
    "index in an array": "some i; pair := [i, input.limits[i]]; pair[1] == 9",
    "index on the left of in": "some i; input.limits[i] in {9}",
    "index in an index": "some i; {9: true}[input.limits[i]]",
    "an index on each side": "some i, j; input.limits[i] < input.limits[j]",
    "index in the result of a comprehension": "count([input.limits[i] | some i]) == 2",
    "index of around a comprehension": "some i; input.limits[i] == 9; count([n | n := input.limits[i]]) == 1",
    "argument in a comprehension": "lone(0)",
    "argument matched in a comprehension": "never(2)",
    "every key in a comprehension": "every i, n in input.limits { [m | m := input.limits[i]] == [n] }",
    "not of every element": "not lawful",
    "field with the name of a variable in not": "not clean",
    "field with the name of a variable in every": 'every pod in input.pods { names := pod.names; "x" in names }',
    "an index on each side, one with a value": 'input.names[i] == "a/b"; input.limits[i] < input.limits[j]',
    "name of an import": "input.limits[v1] == 10",
    "name of a rule": "some limit; input.limits[limit] == 10",
    "version before a release": 'semver.compare("1.0.0-rc.1", "1.0.0") < 0',
}
DOUBTFUL = {
    "not about what is missing": "not small",
    "not of a call about what is missing": "not local",
    "not of a member that is missing": "not listed",
    "not of a count of what is missing": "not counted",
    "unknown objects": "object.union(input.one, input.other).a.b == 1",
    "list of unknown objects": "object.union_n([input.one, input.other]).a.b == 1",
    "no ASCII in hex": 'hex.encode(input.place) == "c3a9"',
    "old booleans": 'yaml.unmarshal("a: yes").a == true',
    "template": 'not regex.template_match("a.b", "axb", "{", "}")',
    "quoted": 'sprintf("%q", ["a"]) == `"a"`',
    "prefix of a version": 'semver.is_valid("v1.0.0")',
    "width": 'sprintf("%03v", [7]) == "007"',
}
HEARD = {
    "merged labels": 'object.union({"a": 1}, {"b": 2}) == {"a": 1, "b": 2}',
    "time without a zone": 'time.format([0, "UTC", "2006-01-02T15:04:05"]) == "1970-01-01T00:00:00"',
    "weekday": 'time.format([0, "UTC", "Monday"]) == "Thursday"',
    "date with dots": 'time.format([0, "UTC", "02.01.2006"]) == "01.01.1970"',
    "group": 'regex.replace("ab", "(a)(b)", "$2-$1") == "b-a"',
    "path": 'json.remove({"a": {"b": 1}}, ["a/b", ["a", "c"]]) == {"a": {}}',
    "set as array": 'sort([x | some x in {"b", "a"}])[0] == "a"',
    "version without prefix": 'semver.is_valid(trim_prefix("v1.0.0", "v"))',
    "quoted names": r'strings.replace_n({"<": "[", ">": "]"}, "<a>") == "[a]"',
    "percent": 'sprintf("%d%%q", [5]) == "5%q"',
    "base 16": 'format_int(255, 16) == "ff"',
    "breaks in a name": r'input.name != "a\nb"',
    "quote": r'input.name != "a\"\\b"',
    "letter": 'input.place == "é"',
    "greatest text": 'max(["a", "b"]) == "b"',
    "sorted texts": 'sort(["b", "a"]) == ["a", "b"]',
    "variable in the body": "some top in input.limits; found := [[top, one] | some one in [top]]; count(found) > 0",
    "named in the body": "some top in input.limits; found := [a | some one in [1]; a := [top, one]]; count(found) > 0",
    "variable of the comprehension": "count([[top, one] | some top in input.limits; some one in [1]]) > 0",
    "rule in front": "count([[input.count, data.config, one] | some one in [1]]) > 0",
    "numbers": "input.count > 9",
    "index of a reference": 'some i; input.names[i] == "a/b"',
    "index that has a value": 'some i, _ in input.names; startswith(input.names[i], "a")',
    "index that gets a value": 'some i; name := input.names[i]; startswith(name, "a")',
    "index that another line tries": 'startswith(input.names[i], "a"); input.names[i] != "c"',
    "one index on both sides": "input.limits[i] == input.limits[i]",
    "an index on each side with values": "some i, j; input.names[i]; input.names[j]; input.limits[i] < input.limits[j]",
    "two indices of one side": 'input.pods[i].names[j] == "x"',
    "index of around in a comprehension": "some i, _ in input.limits; count([n | n := input.limits[i]]) == 1",
    "index of around, compared": "some i; input.limits[i] == 9; count([1 | i == 0]) == 1",
    "not of an equality": "mild",
    "not of what was read first": "read",
    "not of a comparison that denies": "limit == 9; not input.limits[0] > 9",
    "every without not": 'every name in input.names { name != "x" }',
    "not of something else in every": "every n in input.limits { n > 0; not input.absent }",
    "not of a comprehension": 'not "z" in {name | name := input.pods[_].names[_]}',
    "not of a named comprehension": "named",
    "field with the name of a variable": 'names := input.pods[_].names; not "z" in names; not input.pods[0].names == []',
    "new name": "some place; input.limits[place] == 10",
    "equal arrays": "input.limits == [9, 10]",
}


def judge(condition: str) -> Library:
    used = "\n\n".join(text for name, text in _USED.items() if re.search(rf"\b{name}\b", condition))
    return library({_PATH: rules("common.size", f'deny contains "no" if {{ {condition} }}\n\n{used}')})


def denied_by_opa(folder: Path, condition: str) -> bool:
    for path, text in collector.complete(judge(condition).modules).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "data.json").write_text(json.dumps({"config": {"catalogue": CATALOGUE}}), encoding="utf-8")
    (folder / "input.txt").write_text(json.dumps(_INPUT), encoding="utf-8")
    query = f"data.{DECISION.replace('/', '.')}.allowed"
    done = run_opa("eval", "-f", "raw", "-i", str(folder / "input.txt"), "-d", str(folder), query)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip() == "false"


@pytest.mark.parametrize("name", sorted(SILENT))
def test_what_opa_denies_and_this_engine_would_not_is_refused(name: str, tmp_path: Path) -> None:
    given = judge(SILENT[name])
    assert denied_by_opa(tmp_path, SILENT[name])
    assert judged(dataclasses.replace(given, linted=True), _INPUT).allowed
    assert [(found.file, found.code) for found in errors(lint.lint(given, with_tests=False))] == [
        (_PATH, "lint.engine")
    ]


@pytest.mark.parametrize("name", sorted(DOUBTFUL))
def test_what_differs_in_rare_cases_is_a_warning(name: str, tmp_path: Path) -> None:
    given = judge(DOUBTFUL[name])
    assert denied_by_opa(tmp_path, DOUBTFUL[name])
    assert judged(given, _INPUT).allowed
    engine = [found.level for found in lint.lint(given, with_tests=False) if found.code == "lint.engine"]
    assert engine == ["warning"]


@pytest.mark.parametrize("name", sorted(HEARD))
def test_what_both_engines_deny_is_accepted(name: str, tmp_path: Path) -> None:
    given = judge(HEARD[name])
    assert denied_by_opa(tmp_path, HEARD[name])
    assert not judged(given, _INPUT).allowed
    assert errors(lint.lint(given, with_tests=False)) == ()
