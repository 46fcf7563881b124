# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read, in which order, and what a run says. The real thing: tests/integration/test_installing.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.installation import (
    install_executor,
    read_manifests,
)

ROLE = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: reader, namespace: shop}\n"
NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"


def test_what_is_trusted_exists_before_anybody_has_a_right(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(f"---\n{ROLE}---\n")
    (tmp_path / "b.yml").write_text(NAMESPACE)
    (tmp_path / "notes.txt").write_text("not a manifest")
    assert [manifest["kind"] for manifest in read_manifests([str(tmp_path)])] == ["Namespace", "Role"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(None, "there is no such directory, or no .yaml file in it", id="empty"),
        pytest.param("a: [", "it is not YAML", id="not YAML"),
        pytest.param(ROLE.replace("Role", "Secret"), "each document has to be one of", id="another kind"),
        pytest.param(ROLE.replace("name:", "nom:"), "each document has to be one of", id="without a name"),
        pytest.param("- a\n", "each document has to be one of", id="a list"),
    ],
)
def test_what_cannot_be_installed_is_refused_before_anything_is(tmp_path: Path, text: str | None, why: str) -> None:
    if text is not None:
        (tmp_path / "a.yaml").write_text(text)
    options = {"manifests": [str(tmp_path)], "subjects": None, "wait_timeout": 1}
    result = install_executor("InstallExecutor", options, check_mode=False, environ={})
    assert (result["failed"], result["code"], result["reason"], result["changed"], result["objects"]) == (
        True,
        "installation.manifest-invalid",
        "invalid_parameters",
        False,
        [],
    )
    assert why in result["msg"]


def test_a_bug_of_ours_ends_as_a_failed_task() -> None:
    result = install_executor("InstallExecutor", {}, check_mode=False, environ={})
    assert (result["failed"], result["code"], result["changed"]) == (True, "internal.error", False)
