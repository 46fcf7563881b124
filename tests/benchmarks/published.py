# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our library with two hundred user rules, signed as docs/signed-libraries.md says, and read as the gate reads it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.compiled_cache import CompiledCache
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import (
    Library,
    from_published,
    to_published,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing import bundle
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import Pin
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.trust import trusted
from tests.benchmarks import user_rules
from tests.conftest import ROOT
from tests.policy.engines import opa
from tests.policy.test_signed_bundles import key_file
from tests.unit.policy.bundles import pem, private_key

ALGORITHM = "ES256"
# Publishing takes tests. Others of ours count the violations, to which the user rules add.
_TESTS = ("fixtures_test.rego", "replica_ceiling_test.rego")


@dataclass(frozen=True)
class Published:
    """What the cluster holds: the text, what it says about itself, and the signed archive; empty when it is not signed."""

    data: dict[str, str] = field(repr=False)
    name: str
    version: str
    revision: str
    archive: bytes = field(default=b"", repr=False)

    def read(self) -> Library:
        """Without the signature."""
        found = from_published(
            self.data, name=self.name, version=self.version, revision=self.revision, source="a benchmark"
        )
        return replace(found, linted=True)

    def trusted(self, library: Library, cache: CompiledCache) -> Library:
        """With it, where there is one."""
        return trusted(library, self.archive, pin() if self.archive else None, cache)


def published(library: Library, archive: bytes = b"") -> Published:
    return Published(to_published(library), library.name, library.version, library.revision, archive)


def pin() -> Pin:
    return Pin("a benchmark", pem(private_key(ALGORITHM)))


def signed_archive(folder: Path, settings: Mapping[str, Any] | None = None) -> Path:
    """The bundle that ``opa build`` makes of our directory and the overlay's, signed.

    Args:
        folder: Is there, and empty.
        settings: What takes the place of keys of our ``data.config``.
    """
    shutil.copytree(ROOT / "policies", folder / "policies")
    for test in (folder / "policies").rglob("*_test.rego"):
        if test.name not in _TESTS:
            test.unlink()
    user_rules.write(folder / "policies")
    for file in (folder / "policies" / "config").iterdir():
        content = yaml.safe_load(file.read_text(encoding="utf-8"))
        changed = {key: value for key, value in (settings or {}).items() if key in content}
        file.write_text(json.dumps({**content, **changed}), encoding="utf-8")
    _opa(folder, "build", "--output", "library.tar.gz", "policies/")
    key = ("--signing-alg", ALGORITHM, "--signing-key", str(key_file(folder, ALGORITHM)))
    _opa(folder, "build", "--bundle", "library.tar.gz", *key, "--output", "signed.tar.gz")
    return folder / "signed.tar.gz"


def signed_library(path: Path) -> Published:
    archive = path.read_bytes()
    return published(bundle.to_library(bundle.read(archive, "the bundle"), "the bundle"), archive)


def _opa(folder: Path, *arguments: str) -> None:
    done = subprocess.run([opa(), *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"opa {arguments[0]} failed:\n{done.stdout}{done.stderr}")
