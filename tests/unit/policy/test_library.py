# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A library keeps its revision wherever it lies, and one that is not whole is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest, PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import collector
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import (
    Library,
    from_directory,
    from_published,
    to_published,
)
from tests.unit.policy.libraries import library, rules

DENY = """\
package kubernetesexecution.safety.common.size

import rego.v1

# METADATA
# title: Too large
# custom:
#   code: size.too-large
#   remedy: Make it smaller.
#   facts: [target]
deny contains {"code": "size.too-large", "message": "too large"} if input.replicas > data.config.limits.replicas
"""
FILES = {
    "library.yaml": "name: ours\nversion: '2.0'\n",
    "kubernetesexecution/main.rego": library().modules["kubernetesexecution/main.rego"],
    "kubernetesexecution/collected.rego": "package kubernetesexecution.collected\n",
    "kubernetesexecution/safety/common/size/size.rego": DENY,
    "kubernetesexecution/safety/common/size/size_test.rego": "package kubernetesexecution.safety.common.size_test\n",
    "config/limits.yaml": "limits:\n  replicas: 20\n",
    "config/window.json": '{"window": {"from": "22:00"}}',
    "schemas/input.json": "{}",
}


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def published(data: dict[str, str], revision: str | None = None) -> Library:
    return from_published(data, name="ours", version="2.0", revision=revision, source="configmap a/b")


def test_directory_is_read_with_its_tests_config_and_metadata(tmp_path: Path) -> None:
    assert from_directory(write(tmp_path, FILES)) == Library(
        name="ours",
        version="2.0",
        source=str(tmp_path),
        modules={
            name: FILES[name]
            for name in ("kubernetesexecution/main.rego", "kubernetesexecution/safety/common/size/size.rego")
        },
        tests={name: FILES[name] for name in ("kubernetesexecution/safety/common/size/size_test.rego",)},
        data={
            "config": {"limits": {"replicas": 20}, "window": {"from": "22:00"}},
            "rules": {
                "size.too-large": {
                    "title": "Too large",
                    "description": "",
                    "remedy": "Make it smaller.",
                    "facts": ["target"],
                    "package": "kubernetesexecution.safety.common.size",
                    "level": "deny",
                    "docs": "",
                }
            },
        },
        schema={},
    )


def test_directory_without_a_name_is_called_after_its_folder(tmp_path: Path) -> None:
    found = from_directory(write(tmp_path / "ours", {"a.rego": "package a\n"}))
    assert (found.name, found.version) == ("ours", "")


def test_directory_with_config_alone_is_an_empty_library(tmp_path: Path) -> None:
    found = from_directory(write(tmp_path, {"config/limits.yaml": "limits: 3\n"}))
    assert (found.modules, found.data) == ({}, {"config": {"limits": 3}, "rules": {}})


@pytest.mark.parametrize(
    ("files", "code", "message"),
    [
        pytest.param(
            {"config/a.yaml": "x: 1\n", "config/b.yml": "x: 2\n"},
            "policy.parse-error",
            "config/b.yml: x stands in config/a.yaml already.",
            id="key-in-two-files",
        ),
        pytest.param(
            {"config/a.yaml": "x: [1\n"},
            "policy.parse-error",
            "config/a.yaml:2:1: expected ',' or ']'",
            id="broken-yaml",
        ),
        pytest.param(
            {"config/a.json": "{"}, "policy.parse-error", "config/a.json: Expecting property name", id="broken-json"
        ),
        pytest.param(
            {"config/a.yaml": "- 1\n"}, "policy.parse-error", "config/a.yaml: expected a mapping", id="not-a-mapping"
        ),
        pytest.param(
            {"config/a.yaml": "x: !!set {a}\n"}, "policy.parse-error", "is not JSON: Object of type set", id="not-json"
        ),
        pytest.param(
            {"a.rego": DENY, "b.rego": DENY.replace("size", "other").replace("other.too", "size.too")},
            "policy.lint-error",
            "b.rego:5: the code size.too-large is described at a.rego:5 already.",
            id="code-described-twice",
        ),
        pytest.param(
            {"config/a.yaml": "image-registries: []\n"},
            "policy.parse-error",
            "data.config.image-registries: the name has to consist of letters, digits and _ only.",
            id="key-that-is-no-name",
        ),
        pytest.param(
            {"a.rego": "package config.limits\n"},
            "policy.parse-error",
            "data.config cannot belong to the data and to a policy's package.",
            id="package-in-place-of-data",
        ),
        pytest.param(
            {"a.rego": "# METADATA\n# title: [x\npackage a\n"}, "policy.parse-error", "a.rego:1:", id="broken-metadata"
        ),
    ],
)
def test_directory_that_cannot_be_read_is_refused(
    tmp_path: Path, files: dict[str, str], code: str, message: str
) -> None:
    with pytest.raises(PolicyUnusable) as caught:
        from_directory(write(tmp_path, files))
    assert caught.value.code == code
    assert message in caught.value.message


def test_policy_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.rego").write_bytes(b"package a\n# \xff\n")
    with pytest.raises(PolicyUnusable, match=r"a\.rego cannot be read: it is not UTF-8"):
        from_directory(tmp_path)


def test_directory_that_does_not_exist_is_a_missing_library(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=r"\[request\.library-directory-missing\]"):
        from_directory(tmp_path / "none")


def test_published_form_has_one_key_per_policy_and_its_data(tmp_path: Path) -> None:
    source = from_directory(write(tmp_path, FILES))
    data = to_published(source)
    assert data == {
        "data.json": json.dumps(source.data, sort_keys=True, separators=(",", ":")),
        "kubernetesexecution.main.rego": FILES["kubernetesexecution/main.rego"],
        "kubernetesexecution.safety.common.size.size.rego": DENY,
    }
    back = published(data, source.revision)
    assert (back.modules, back.data, back.revision) == (source.modules, source.data, source.revision)
    assert back.compiled_modules == source.compiled_modules


@pytest.mark.parametrize("path", ["a/B.rego", "a.b.rego", "a b.rego", "../a.rego", "a.txt", ".rego"])
def test_path_that_cannot_become_a_key_is_refused(path: str) -> None:
    with pytest.raises(PolicyUnusable, match=r"\[policy\.parse-error\]"):
        to_published(library({path: "package a\n"}))


def test_empty_library_is_not_published() -> None:
    with pytest.raises(PolicyUnusable, match=r"\[policy\.library-empty\]"):
        to_published(library(main=""))


@pytest.mark.parametrize(
    ("data", "code", "message"),
    [
        pytest.param({}, "policy.library-empty", "configmap a/b contains no policy.", id="empty"),
        pytest.param({"data.json": "{}"}, "policy.library-empty", "contains no policy.", id="data-only"),
        pytest.param({"a_test.rego": "package a\n"}, "policy.library-empty", "contains no policy.", id="tests-only"),
        pytest.param(
            {"a.rego": "package a\n", "production.regoo": "package b\n"},
            "policy.parse-error",
            "the key production.regoo is neither a policy (*.rego) nor data.json.",
            id="misspelt-key",
        ),
        pytest.param(
            {"a.rego": "package a\n", "data.json": "{"}, "policy.parse-error", "is not JSON", id="broken-data"
        ),
        pytest.param(
            {"a.rego": "package a\n", "data.json": '{"x": NaN}'},
            "policy.parse-error",
            "NaN is no JSON number",
            id="nan",
        ),
        pytest.param(
            {"a.rego": "package a\n", "data.json": "[]"}, "policy.parse-error", "has to be an object", id="data-is-list"
        ),
        pytest.param({"a.rego": "package a # \ud800\n"}, "policy.parse-error", "is not JSON", id="surrogate"),
        pytest.param(
            {
                "m.rego": "package kubernetesexecution\n",
                "data.json": '{"kubernetesexecution": {"decision": {"allowed": true, "violations": []}}}',
            },
            "policy.parse-error",
            "data.kubernetesexecution cannot belong to the data and to a policy's package.",
            id="data-in-place-of-a-rule",
        ),
        pytest.param(
            {"config.rego": 'package config["limits"]\n', "data.json": '{"config": {}}'},
            "policy.parse-error",
            "data.config cannot belong to the data and to a policy's package.",
            id="package-in-brackets",
        ),
        *(
            pytest.param(
                {"a.rego": "package a\n", key: "package b\n", "data.json": '{"config": {"limits": {"n": 1}}}'},
                "policy.parse-error",
                f"{path} is where the engine gets the data, so this policy would be lost",
                id=key,
            )
            for key, path in {
                "data.config.rego": "data/config.rego",
                "data.config.limits.rego": "data/config/limits.rego",
                "data.checked.rego": "data/checked.rego",
            }.items()
        ),
        pytest.param(
            {"a.rego": 'package kubernetesexecution.safety["own-rules"]\n'},
            "policy.parse-error",
            'a.rego: nobody asks for the package kubernetesexecution.safety["own-rules"]',
            id="package-that-no-dot-can-name",
        ),
        pytest.param(
            {
                "a.rego": "package a\n",
                "load_test.rego": "package kubernetesexecution.safety.load\n\ndeny[x] { x := 1 }",
            },
            "policy.parse-error",
            "load_test.rego holds deny or warn, and nobody asks files of tests",
            id="policy-named-like-a-test",
        ),
    ],
)
def test_published_library_that_is_not_whole_is_refused(data: dict[str, str], code: str, message: str) -> None:
    with pytest.raises(PolicyUnusable) as caught:
        published(data)
    assert caught.value.code == code
    assert message in caught.value.message


def test_flat_key_is_a_policy_too() -> None:
    assert dict(published({"production.rego": "package a\n"}).modules) == {"production.rego": "package a\n"}


@pytest.mark.parametrize(
    "change",
    [
        {"kubernetesexecution.main.rego": "package kubernetesexecution\n"},
        {"more.rego": "package more\n"},
        {"data.json": "{}"},
    ],
    ids=["policy-changed", "policy-added", "data-changed"],
)
def test_published_library_changed_by_hand_is_refused(change: dict[str, str]) -> None:
    source = library()
    with pytest.raises(PolicyUnusable) as caught:
        published({**to_published(source), **change}, source.revision)
    assert caught.value.code == "policy.revision-mismatch"
    assert "state: rolled_back and that revision" in caught.value.hint
    assert caught.value.message.startswith(
        f"configmap a/b states revision {source.revision[:12]}, but its content has "
    )


def test_revision_does_not_depend_on_name_version_tests_or_the_collector() -> None:
    one = library({"a.rego": rules("common", 'deny contains "x"')})
    other = Library("other", "9", "elsewhere", one.modules, {"a_test.rego": "package t\n"}, one.data)
    assert other.revision == one.revision
    data = {**to_published(one), collector.PATH.replace("/", "."): "package kubernetesexecution.collected\n"}
    assert published(data).revision == one.revision


@pytest.mark.parametrize(
    "text",
    [
        "package a\n\ndeny contains 1",
        "package kubernetesexecution.safety.load_test\n\ntest_a if {\n\tdeny[1] with input as {}\n}",
    ],
    ids=["elsewhere", "asks"],
)
def test_tests_may_speak_of_results(text: str) -> None:
    assert published({"a.rego": "package a\n", "load_test.rego": text}).tests == {"load_test.rego": text}
