# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a pin is looked for, what is one, and what goes with a task."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing import pins
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import (
    VARIABLE,
    Pin,
    forwarded,
    pin_of,
)

PEM = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
SECRET = "s" * 40


@pytest.fixture
def fixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "library-key.pem"
    monkeypatch.setattr(pins, "FILE", path)
    return path


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    path.write_text(PEM, encoding="utf-8")
    return path


def code(environ: dict[str, str]) -> str:
    with pytest.raises(PolicyUnusable) as refused:
        pin_of(environ)
    return refused.value.code


def test_nothing_is_pinned_by_itself(fixed: Path) -> None:
    assert (pin_of({}), pin_of({VARIABLE: ""}), forwarded({})) == (None, None, {})


def test_a_path_or_the_key_itself(fixed: Path, key: Path) -> None:
    assert pin_of({VARIABLE: str(key)}) == Pin(str(key), PEM.encode())
    assert pin_of({VARIABLE: PEM}) == Pin(VARIABLE, PEM.encode())


def test_the_file_of_the_machine_counts_before_any_environment(fixed: Path, key: Path) -> None:
    fixed.write_text(PEM + "# ours", encoding="utf-8")
    assert pin_of({VARIABLE: str(key)}) == Pin(str(fixed), f"{PEM}# ours".encode())


@pytest.mark.parametrize("stated", ["/nowhere/key.pem", "key.pem", "~/key.pem", "/", "/dev/null"])
def test_a_pin_that_cannot_be_read_is_not_an_absent_one(fixed: Path, stated: str) -> None:
    assert code({VARIABLE: stated}) == "policy.library-key-unusable"
    assert forwarded({VARIABLE: stated}) == {VARIABLE: stated}


@pytest.mark.parametrize("content", ["", "  \n", "x" * 70000], ids=["empty", "blank", "large"])
def test_a_file_that_holds_no_key_denies(fixed: Path, content: str) -> None:
    fixed.write_text(content, encoding="utf-8")
    assert code({}) == "policy.library-key-unusable"
    assert forwarded({}) == {VARIABLE: str(fixed)}


def test_a_folder_in_the_place_of_the_file_denies(fixed: Path) -> None:
    fixed.mkdir()
    assert code({}) == "policy.library-key-unusable"


def test_a_file_that_everybody_may_write_denies(fixed: Path) -> None:
    fixed.write_text(PEM, encoding="utf-8")
    fixed.chmod(0o666)
    assert code({}) == "policy.library-key-unusable"


def test_a_public_key_travels_as_text(fixed: Path, key: Path) -> None:
    fixed.write_text(f"# ours\n{PEM}", encoding="utf-8")
    assert forwarded({VARIABLE: str(key)}) == {VARIABLE: PEM}


def test_a_shared_secret_does_not_travel(fixed: Path, key: Path) -> None:
    key.write_text(SECRET, encoding="utf-8")
    assert forwarded({VARIABLE: str(key)}) == {VARIABLE: str(key)}


def test_the_key_is_not_shown(key: Path) -> None:
    assert PEM not in repr(pin_of({VARIABLE: str(key)}))


PRIVATE = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"


@pytest.mark.parametrize("content", [PRIVATE, PEM + PRIVATE, PRIVATE + PEM, PEM + PRIVATE[:30]])
def test_a_private_key_that_was_pinned_by_mistake_does_not_travel(fixed: Path, key: Path, content: str) -> None:
    key.write_text(content, encoding="utf-8")
    assert forwarded({VARIABLE: str(key)}) == {VARIABLE: str(key)}
    assert "PRIVATE" not in forwarded({VARIABLE: content})[VARIABLE]
