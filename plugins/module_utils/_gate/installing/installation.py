# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ``executor`` does: manifests and subjects in, an installed cluster and the task's result out.

Done with the rights of a cluster administrator, and not judged by any policy: this is what makes judging possible.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api import server_side_apply
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.server_side_apply import Applied
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.waiting import Deadline
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.connection import connect
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.published_library import NAMESPACE
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, GateError, InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.bindings import PART_LABEL, bindings
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.removal import (
    Records,
    read_records,
    remove_all,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.outcome import failure_keys
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.unforeseen import unforeseen
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef
from ansible_collections.guardrail.kubernetes.plugins.module_utils._version import VERSION

Manifest = Mapping[str, Any]
Subjects = Mapping[str, Sequence[Mapping[str, Any]]]

_DEFINITION = "CustomResourceDefinition"
_POLICY = "guardrail-approvals"
_ORDER = {key[1]: place for place, key in enumerate(server_side_apply.PLURALS)}


def install_executor(
    action: str, options: Mapping[str, Any], *, check_mode: bool, environ: Mapping[str, str]
) -> dict[str, Any]:
    """Apply the manifests, then the bindings; or remove them all (``state: absent``).

    Never raises; what was done before a failure is in the result.
    """
    installation = _Installation(check_mode)
    failure: GateError | None = None
    try:
        manifests = read_manifests(options["manifests"])
        subjects = {part: given for part, given in (options["subjects"] or {}).items() if given is not None}
        api = connect(options, environ, user_agent=f"guardrail.kubernetes/{VERSION} ({action})")
        try:
            deadline = Deadline(options["wait_timeout"])
            if options.get("state") == "absent":
                installation.remove(api, manifests, options, deadline)
            else:
                installation.run(api, manifests, subjects, deadline)
        finally:
            api.close()
    except GateError as expected:
        failure = expected
    except Exception as error:  # noqa: BLE001 - the edge
        failure = unforeseen(error)
    return {**installation.as_result(), **(failure_keys(failure) if failure else {})}


def read_manifests(directories: Sequence[str]) -> tuple[Manifest, ...]:
    """The objects of all files, in the order in which they have to be applied.

    Raises:
        InvalidRequest: A file cannot be read, or holds what does not belong to an installation.
    """
    found = [manifest for directory in directories for manifest in _directory(Path(directory))]
    return tuple(sorted(found, key=lambda manifest: _ORDER[manifest["kind"]]))


def _directory(directory: Path) -> Iterator[Manifest]:
    import yaml

    files = sorted(path for path in directory.glob("*") if path.suffix in (".yaml", ".yml"))
    if not files:
        raise _unusable(directory, "there is no such directory, or no .yaml file in it")
    for path in files:
        try:
            documents = list(yaml.safe_load_all(path.read_text(encoding="utf-8")))
        except OSError as error:
            raise _unusable(path, error.strerror or "it cannot be read") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise _unusable(path, "it is not YAML") from error
        for document in documents:
            for item in _items(document, path):
                yield _manifest(item, path)


def _items(document: Any, path: Path) -> Sequence[Any]:
    """The objects of a document: what belongs together may be one List."""
    if not (isinstance(document, Mapping) and document.get("kind") == "List"):
        return () if document is None else (document,)
    items = document.get("items")
    if not isinstance(items, list):
        raise _unusable(path, "its List has no items")
    return items


def _manifest(document: Any, path: Path) -> Manifest:
    try:
        known = (document["apiVersion"], document["kind"]) in server_side_apply.PLURALS
        named = isinstance(document["metadata"]["name"], str)
    except (KeyError, TypeError):
        known = named = False
    if not (known and named):
        kinds = ", ".join(key[1] for key in server_side_apply.PLURALS)
        raise _unusable(path, f"each document has to be one of {kinds}, with a name")
    manifest: Manifest = document
    return manifest


def _unusable(path: Path, why: str) -> InvalidRequest:
    return InvalidRequest("installation.manifest-invalid", f"{path} cannot be installed: {why}.")


class _Installation:
    """One run, and what it has come to so far."""

    def __init__(self, check_mode: bool) -> None:
        self._check_mode = check_mode
        self._done: list[Applied] = []
        self._skipped: list[ObjectRef] = []
        self._enforced: bool | None = None
        self._records: Records | None = None

    def remove(self, api: Api, manifests: Sequence[Manifest], options: Mapping[str, Any], deadline: Deadline) -> None:
        """Everything that is there of it, and the records with it; they are saved first when a file is named."""
        self._records = read_records(api)
        if not options.get("force"):
            self._records.require_quiet(api)
        if options.get("export_to") and not self._check_mode:
            self._records.save(Path(options["export_to"]))
        remove_all(api, manifests, self._done.append, deadline, dry_run=self._check_mode)

    def run(self, api: Api, manifests: Sequence[Manifest], subjects: Subjects, deadline: Deadline) -> None:
        here = self._namespaces(api, manifests)
        wanted = [manifest for manifest in manifests if self._has_place(manifest, here)]
        for manifest in wanted:
            self._apply(api, manifest)
        if not self._check_mode:
            self._await(api, wanted, deadline)
        with_roles = frozenset(manifest["metadata"]["namespace"] for manifest in wanted if manifest["kind"] == "Role")
        for part, members in subjects.items():
            self._bind(api, part, members, with_roles)

    def as_result(self) -> dict[str, Any]:
        changes = [applied for applied in self._done if applied.changed]
        counts = f"{len(changes)} of {len(self._done)} objects {'would change' if self._check_mode else 'changed'}."
        settled = (
            f"All {len(self._done)} objects are in place." if self._records is None else "There is nothing to remove."
        )
        return {
            "changed": bool(changes),
            "records": None if self._records is None else self._records.as_result(),
            "objects": [
                *({**_named(applied.target), "change": applied.change} for applied in self._done),
                *({**_named(target), "change": "skipped"} for target in self._skipped),
            ],
            "enforced": self._enforced,
            "diff": [_difference(applied) for applied in changes],
            "msg": counts if changes else settled,
        }

    def _namespaces(self, api: Api, manifests: Sequence[Manifest]) -> frozenset[str]:
        """Those that the manifests mention and that are there, or will be."""
        made = {manifest["metadata"]["name"] for manifest in manifests if manifest["kind"] == "Namespace"}
        mentioned = {manifest["metadata"].get("namespace", "") for manifest in manifests} - {""} - made
        return frozenset(made | {name for name in mentioned if server_side_apply.exists(api, _namespace(name))})

    def _has_place(self, manifest: Manifest, namespaces: frozenset[str]) -> bool:
        target = server_side_apply.reference(manifest)
        if not target.namespace or target.namespace in namespaces:
            return True
        self._skipped.append(target)
        return False

    def _apply(self, api: Api, manifest: Manifest) -> None:
        try:
            applied = server_side_apply.apply(api, manifest, dry_run=self._check_mode)
        except ApiFailure as failure:
            if not (self._check_mode and failure.status == 404 and self._would_make_namespace_of(manifest)):
                raise
            applied = server_side_apply.as_stated(manifest)
        self._done.append(applied)

    def _would_make_namespace_of(self, manifest: Manifest) -> bool:
        namespace = ObjectRef("Namespace", manifest["metadata"].get("namespace", ""))
        return any(applied.target == namespace and applied.change == "created" for applied in self._done)

    def _await(self, api: Api, manifests: Sequence[Manifest], deadline: Deadline) -> None:
        for manifest in manifests:
            if manifest["kind"] == _DEFINITION:
                server_side_apply.await_established(api, manifest, deadline)
        if any(manifest["metadata"]["name"] == _POLICY for manifest in manifests):
            self._enforced = server_side_apply.await_refusal(api, _FORGERY, "executionapprovals", _POLICY, deadline)

    def _bind(
        self, api: Api, part: str, members: Sequence[Mapping[str, Any]], namespaces_with_roles: frozenset[str]
    ) -> None:
        """Exactly these subjects: a binding of an earlier run that nobody needs any more is deleted."""
        wanted = list(bindings(part, members, namespaces_with_roles))
        for manifest in wanted:
            self._apply(api, manifest)
        kept = {server_side_apply.reference(manifest) for manifest in wanted}
        for kind in ("ClusterRoleBinding", "RoleBinding"):
            for found in server_side_apply.labelled(api, server_side_apply.RBAC, kind, f"{PART_LABEL}={part}"):
                if server_side_apply.reference(found) not in kept:
                    self._done.append(server_side_apply.remove(api, found, dry_run=self._check_mode))


# Nobody has this name, so nobody can be the author of this approval.
_FORGERY: Manifest = {
    "apiVersion": "guardrail.dev/v1alpha1",
    "kind": "ExecutionApproval",
    "metadata": {"name": "forgery", "namespace": NAMESPACE},
    "spec": {
        "digest": "0" * 64,
        "action": "Nothing",
        "target": {"kind": "Nothing", "name": "nothing"},
        "approver": "guardrail.dev:nobody",
    },
}


def _namespace(name: str) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def _named(target: ObjectRef) -> dict[str, str]:
    return {"kind": target.kind, "namespace": target.namespace, "name": target.name}


def _difference(applied: Applied) -> dict[str, str]:
    before, after = (_text(content) for content in (applied.before, applied.after))
    if before == after:
        after += "# Its fields are ours from now on (field manager guardrail).\n"
    label = applied.target.label
    return {"before_header": label, "after_header": label, "before": before, "after": after}


def _text(content: Mapping[str, Any]) -> str:
    import yaml

    return str(yaml.safe_dump(content, sort_keys=True, allow_unicode=True)) if content else ""
