# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The policy library as a value: from a directory, from and to the form in which a cluster keeps it.

The revision is a digest of what decides (policies and data), so the same library has the same revision wherever it
lies. Tests, name and version do not decide and do not count. ``collected.rego`` does not count either: it follows
from the rest and is generated wherever the library is compiled.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import checks, collector, data_modules
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.rego_text import package_name

DATA_KEY = "data.json"
_SUFFIX = ".rego"
_TEST_SUFFIX = "_test.rego"
_SEGMENT = re.compile(r"^[a-z0-9_-]+$")


@dataclass(frozen=True)
class Library:
    """Policies with their data.

    Attributes:
        name, version: From ``library.yaml`` or the published object's labels; for people.
        source: ``configmap guardrail-system/safety-policies`` or a directory.
        modules: Relative path to text, without tests and without ``collected.rego``.
        tests: The ``*_test.rego`` files; empty for a published library.
        data: ``config``, which policies see as ``data.config``, and ``rules``, the index of their METADATA.
        signed_by: Digest of the key that vouches for it, as far as the operator pinned one.
        schema: JSON Schema of the input, from ``schemas/input.json``; ``None`` when there is none. It decides nothing.
        linted: It was published after this version of the linter had found no error, and has not changed since.
    """

    name: str
    version: str
    source: str
    modules: Mapping[str, str]
    tests: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    signed_by: str = ""
    schema: Mapping[str, Any] | None = None
    linted: bool = False

    @property
    def provenance(self) -> dict[str, str]:
        """What every decision says about its library, next to the revision."""
        return {"name": self.name, "version": self.version, "source": self.source, "signed_by": self.signed_by}

    @property
    def revision(self) -> str:
        """SHA-256 over the canonical content."""
        content = canonical({"modules": dict(self.modules), "data": self.data})
        return hashlib.sha256(content.encode("utf-8")).hexdigest()

    @property
    def deciding(self) -> str:
        """SHA-256 over policies and policy data alone. The index of rules follows from the policies."""
        content = canonical({"modules": dict(self.modules), "data": self.policy_data})
        return hashlib.sha256(content.encode("utf-8")).hexdigest()

    @property
    def compiled_modules(self) -> dict[str, str]:
        """What the engine gets: the modules, the generated collector, and the data as modules."""
        return {**collector.complete(self.modules), **data_modules.generate(self.policy_data)}

    @property
    def policy_data(self) -> dict[str, Any]:
        """What policies see as ``data``. The index of rules is for people: OPA has none, and it takes time to load."""
        return {key: value for key, value in self.data.items() if key != "rules"}


def canonical(value: Any) -> str:
    """One text per JSON value: sorted keys, no spaces, nothing escaped that need not be.

    Raises:
        TypeError, ValueError: No JSON value (NaN, a date, a circle).
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def from_directory(path: str | Path) -> Library:
    """Read a library directory: ``**/*.rego``, ``config/``, ``library.yaml``. A directory without policies is empty.

    Raises:
        PolicyUnusable: ``policy.parse-error`` for a file that cannot be read, ``policy.lint-error`` for a rule code that is
            described twice.
        InvalidRequest: ``request.library-directory-missing``.
    """
    # Inside: the gate judges by a published library.
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import config_files, metadata

    root = Path(path)
    if not root.is_dir():
        raise InvalidRequest(
            "request.library-directory-missing",
            f"There is no directory {root} to read a policy library from.",
            "Check the path; it is looked up on the host that runs the module.",
        )
    modules: dict[str, str] = {}
    tests: dict[str, str] = {}
    for file in sorted(root.rglob(f"*{_SUFFIX}")):
        name = file.relative_to(root).as_posix()
        if name != collector.PATH:
            (tests if name.endswith(_TEST_SUFFIX) else modules)[name] = config_files.read_text(file, name)
    about = root / "library.yaml"
    described = config_files.read_mapping(about, about.name) if about.is_file() else {}
    schema = root / "schemas" / "input.json"
    library = assembled(
        name=str(described.get("name", root.resolve().name)),
        version=str(described.get("version", "")),
        source=str(root),
        modules=modules,
        tests=tests,
        data={"config": config_files.read_directory(root / "config")},
        rules=metadata.index(modules, str(described.get("rule_docs", ""))),
    )
    if not schema.is_file():
        return library
    return replace(library, schema=config_files.read_mapping(schema, "schemas/input.json"))


def assembled(
    *,
    name: str,
    version: str,
    source: str,
    modules: Mapping[str, str],
    tests: Mapping[str, str],
    data: Mapping[str, Any],
    rules: Mapping[str, Any],
) -> Library:
    """A library from its parts. ``data`` is what policies see, ``rules`` the index of their METADATA.

    Raises:
        PolicyUnusable: ``policy.parse-error`` for data that has no canonical form, or no place.
    """
    library = Library(name, version, source, modules, tests, {**data, "rules": rules})
    require_usable(library)
    return library


def to_published(library: Library) -> dict[str, str]:
    """The ``data`` of the ConfigMap: one key per policy with ``.`` for ``/``, and ``data.json``.

    Raises:
        PolicyUnusable: ``policy.library-empty``; ``policy.parse-error`` for a path that cannot become a key.
    """
    _require_modules(library.modules, library.source)
    published: dict[str, str] = {DATA_KEY: canonical(library.data)}
    for path, text in library.modules.items():
        segments = path.removesuffix(_SUFFIX).split("/")
        if not path.endswith(_SUFFIX) or not all(_SEGMENT.match(segment) for segment in segments):
            raise unusable(
                "policy.parse-error",
                f"{path}: file and folder names of a published library consist of a-z, 0-9, - and _ only.",
            )
        published[".".join(segments) + _SUFFIX] = text
    return published


def from_published(data: Mapping[str, str], *, name: str, version: str, revision: str | None, source: str) -> Library:
    """The library that ``to_published`` wrote, or one made by hand with keys such as ``production.rego``.

    Args:
        revision: What the object states about itself; empty or ``None`` when it states nothing.

    Raises:
        PolicyUnusable: ``policy.library-empty``, ``policy.parse-error`` for a key that is neither policy nor data or
            for data that cannot be used, ``policy.revision-mismatch``.
    """
    modules: dict[str, str] = {}
    tests: dict[str, str] = {}
    for key, text in sorted(data.items()):
        if key == DATA_KEY:
            continue
        if not key.endswith(_SUFFIX):
            message = f"{source}: the key {key} is neither a policy (*.rego) nor {DATA_KEY}."
            raise unusable("policy.parse-error", message)
        path = key.removesuffix(_SUFFIX).replace(".", "/") + _SUFFIX
        if path != collector.PATH:
            (tests if path.endswith(_TEST_SUFFIX) else modules)[path] = text
    _require_modules(modules, source)
    document = _published_data(data.get(DATA_KEY, "{}"), source)
    library = Library(name, version, source, modules, tests, document)
    require_usable(library)
    if revision and revision != library.revision:
        raise unusable(
            "policy.revision-mismatch",
            f"{source} states revision {revision[:12]}, but its content has revision {library.revision[:12]}.",
        )
    return library


def _published_data(text: str, source: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text, parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise unusable("policy.parse-error", f"{source}: {DATA_KEY} is not JSON: {error}.") from error
    if not isinstance(document, dict):
        raise unusable("policy.parse-error", f"{source}: {DATA_KEY} has to be an object.")
    return document


def _require_modules(modules: Mapping[str, str], source: str) -> None:
    if not modules:
        raise unusable("policy.library-empty", f"The policy library {source} contains no policy.")


def require_usable(library: Library) -> None:
    """Refuse what has no canonical form (a YAML type that JSON lacks, text that UTF-8 cannot carry), no place, or no effect.

    Raises:
        PolicyUnusable: ``policy.parse-error``.
    """
    try:
        str(library.revision)
    except (TypeError, ValueError) as error:
        raise unusable("policy.parse-error", f"The content of {library.source} is not JSON: {error}.") from error
    message = next(_misplaced(library), "")
    if message:
        raise unusable("policy.parse-error", f"{library.source}: {message}")


def _misplaced(library: Library) -> Iterator[str]:
    """What would take the place of something else, or that nobody would ask."""
    names = {path: package_name(text) for path, text in sorted(library.modules.items())}
    packages = {name.split(".")[0] for name in names.values()}
    generated = data_modules.generate({**library.policy_data, checks.ROOT: {}})
    if checks.ROOT in {*library.policy_data, *packages}:
        yield f"data.{checks.ROOT} belongs to the gate, neither to the data nor to a package."
    for name in sorted(library.policy_data.keys() & packages):
        yield f"data.{name} cannot belong to the data and to a policy's package."
    for path in sorted(library.modules.keys() & generated.keys()):
        yield f"{path} is where the engine gets the data, so this policy would be lost: move it to another folder."
    for path, name in names.items():
        if name.startswith("kubernetesexecution") and "[" in name:
            yield f"{path}: nobody asks for the package {name}: write it with letters, digits and _, and dots between."
    for path, text in sorted(library.tests.items()):
        if collector.speaks(text):
            yield f"{path} holds deny or warn, and nobody asks files of tests: give it a name without {_TEST_SUFFIX}."


def _not_json(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON number")
