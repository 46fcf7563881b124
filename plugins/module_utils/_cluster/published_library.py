# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The policy library in the cluster: ConfigMap ``safety-policies`` in ``guardrail-system``, and the versions before it.

Knows nothing of policies: text by key, and what the object states about itself. Each version that was ever published
stays as an immutable ConfigMap named after its revision, so that one can go back to it.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    object_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, Conflict, GateError
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import MERGE_PATCH, ObjectRef, Write

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

NAMESPACE = "guardrail-system"
NAME = "safety-policies"

_NAME_ANNOTATION = "guardrail.dev/library-name"
_VERSION_ANNOTATION = "guardrail.dev/library-version"
_REVISION_ANNOTATION = "guardrail.dev/library-revision"
_TIME_ANNOTATION = "guardrail.dev/published-at"
_LINTED_ANNOTATION = "guardrail.dev/linted"
_VERSION_LABEL = "policy-version"
_DATE_LABEL = "last-updated"
_BUNDLE_KEY = "bundle.tar.gz"
_KEPT_LABEL = "guardrail.dev/library"
_KEPT = "kept"
_LIVE = "live"
_NO_LABEL_CHARACTERS = re.compile(r"[^A-Za-z0-9_.-]+")
_REVISION_SHOWN = 16
_BUNDLE_SHOWN = 8


@dataclass(frozen=True)
class PublishedLibrary:
    """A library as a cluster keeps it.

    Attributes:
        data: Text by key.
        bundle: The signed archive that the text was made from; empty when there is none.
        name, version, revision: What the object states; empty where it states nothing.
        published_at: RFC 3339, UTC.
        linted: Version of the linter that found no error in it; 0 for one that nobody linted.
        resource_version, object_name: Of the object that was read; empty before it is published.
    """

    data: Mapping[str, str] = field(repr=False)
    name: str
    version: str
    revision: str
    published_at: str = ""
    linted: int = 0
    resource_version: str = ""
    object_name: str = ""
    bundle: bytes = field(default=b"", repr=False)


def read(api: Api) -> PublishedLibrary | None:
    """The library that judges, one call. ``None``: there is none.

    Raises:
        ApiFailure: The API server refused.
        Unreachable: No answer.
    """
    try:
        raw = api.get(object_path("v1", "configmaps", NAME, NAMESPACE))
    except ApiFailure as failure:
        if failure.status == 404:
            return None
        raise
    return _published(raw)


def versions(api: Api) -> tuple[PublishedLibrary, ...]:
    """The versions that are kept, newest first, without their data. One call a page.

    Raises:
        ApiFailure: The API server refused.
        Unreachable: No answer.
    """
    selector = {"labelSelector": f"{_KEPT_LABEL}={_KEPT}"}
    kept = [_published(raw) for raw in api.list_metadata(collection_path("v1", "configmaps", NAMESPACE), selector)]
    return tuple(sorted(kept, key=_age, reverse=True))


def read_version(api: Api, name: str) -> PublishedLibrary:
    """One version that is kept, by the name of its object, one call.

    Raises:
        ApiFailure: There is none (``status`` 404), or the API server refused.
        Unreachable: No answer.
    """
    return _published(api.get(object_path("v1", "configmaps", name, NAMESPACE)))


def publish(api: Api, library: PublishedLibrary, live: PublishedLibrary | None) -> None:
    """Keep this version, then make it the one that judges. The live one changes last and at once.

    Args:
        live: What ``read`` gave. If somebody else published meanwhile, nothing becomes live.

    Raises:
        Conflict: ``library.published-meanwhile``.
        ApiFailure: The API server refused, for example a library of more than 1 MiB.
        Unreachable: No answer.
    """
    if live is None:
        _create(api, "namespaces", ObjectRef("Namespace", NAMESPACE), {"metadata": {"name": NAMESPACE}})
    kept = {**_body(library, _kept_name(library), _KEPT), "immutable": True}
    keeping = ObjectRef("ConfigMap", kept["metadata"]["name"], NAMESPACE)
    made = _create(api, "configmaps", keeping, kept)
    try:
        _make_live(api, library, live)
    except ApiFailure as failure:
        if made:  # what never judged is nothing to go back to
            path = object_path("v1", "configmaps", keeping.name, NAMESPACE)
            with contextlib.suppress(GateError):
                api.send(Write("delete", path, {}, keeping), dry_run=False)
        if failure.status == 409:
            raise _overtaken(api) from failure
        raise


def _make_live(api: Api, library: PublishedLibrary, live: PublishedLibrary | None) -> None:
    body = _body(library, NAME, _LIVE)
    target = ObjectRef("ConfigMap", NAME, NAMESPACE)
    if live is None:
        api.send(Write("create", collection_path("v1", "configmaps", NAMESPACE), body, target), dry_run=False)
        return
    body["metadata"]["resourceVersion"] = live.resource_version
    body["data"] = {**dict.fromkeys(live.data), **library.data}  # a merge patch removes what is null
    body["binaryData"] = {_BUNDLE_KEY: None, **_binary(library)}
    write = Write("patch", object_path("v1", "configmaps", NAME, NAMESPACE), body, target, MERGE_PATCH)
    api.send(write, dry_run=False)


def _overtaken(api: Api) -> Conflict:
    try:
        winner = read(api)
    except GateError:
        winner = None
    title = f", and {winner.name} {winner.version} ({winner.revision[:12]}) is live" if winner else ""
    return Conflict(
        "library.published-meanwhile",
        f"Somebody else published meanwhile{title}: nothing of this library was published.",
        "Look at what is live with policy_library_info, agree on one, and run the task again.",
        status=409,
    )


def _create(api: Api, plural: str, target: ObjectRef, body: Mapping[str, Any]) -> bool:
    """Create what may be there already: a namespace, or a version that was published before. Whether it was not."""
    kind = {"apiVersion": "v1", "kind": target.kind}
    try:
        api.send(
            Write("create", collection_path("v1", plural, target.namespace), {**kind, **body}, target), dry_run=False
        )
    except ApiFailure as failure:
        if failure.status != 409:
            raise
        return False
    return True


def _body(library: PublishedLibrary, name: str, part: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name,
            "labels": {
                "app.kubernetes.io/part-of": "guardrail",
                _KEPT_LABEL: part,
                _VERSION_LABEL: _label(library.version),
                _DATE_LABEL: library.published_at[:10],
            },
            "annotations": {
                _NAME_ANNOTATION: library.name,
                _VERSION_ANNOTATION: library.version,
                _REVISION_ANNOTATION: library.revision,
                _TIME_ANNOTATION: library.published_at,
                _LINTED_ANNOTATION: str(library.linted),
            },
        },
        "data": dict(library.data),
        "binaryData": _binary(library),
    }


def _binary(library: PublishedLibrary) -> dict[str, str]:
    return {_BUNDLE_KEY: base64.b64encode(library.bundle).decode("ascii")} if library.bundle else {}


def _kept_name(library: PublishedLibrary) -> str:
    """Of a signed version another one than of the same content unsigned: what is kept cannot be changed any more."""
    name = f"{NAME}-{library.revision[:_REVISION_SHOWN]}"
    return f"{name}-{hashlib.sha256(library.bundle).hexdigest()[:_BUNDLE_SHOWN]}" if library.bundle else name


def _age(library: PublishedLibrary) -> tuple[str, int]:
    """What orders versions: within a second it is the order in which their objects were made, which never change."""
    version = library.resource_version
    return library.published_at, int(version) if version.isdigit() else 0


def _label(text: str) -> str:
    """The text as the value of a label: at most 63 characters of a small set, no sign at its ends."""
    return _NO_LABEL_CHARACTERS.sub("-", text)[:63].strip("-_.")


def _published(raw: Mapping[str, Any]) -> PublishedLibrary:
    metadata = raw["metadata"]
    stated = metadata.get("annotations") or {}
    labels = metadata.get("labels") or {}
    linted = stated.get(_LINTED_ANNOTATION, "")
    return PublishedLibrary(
        data=dict(raw.get("data") or {}),
        name=stated.get(_NAME_ANNOTATION) or metadata["name"],
        version=stated.get(_VERSION_ANNOTATION) or labels.get(_VERSION_LABEL, ""),
        revision=stated.get(_REVISION_ANNOTATION, ""),
        published_at=stated.get(_TIME_ANNOTATION, ""),
        linted=int(linted) if linted.isdecimal() else 0,
        resource_version=str(metadata.get("resourceVersion", "")),
        bundle=_decoded((raw.get("binaryData") or {}).get(_BUNDLE_KEY, "")),
        object_name=metadata["name"],
    )


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:  # the API server lets nobody write that
        return b""
