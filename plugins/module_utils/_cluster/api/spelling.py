# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a request is spelled: the method, the target and where its dry run and field manager stand.

Source: Kubernetes ``staging/src/k8s.io/apiserver/pkg/endpoints/handlers/delete.go`` (a body makes the query's dry run
count for nothing) and ``pkg/registry/core/pod/storage/eviction.go``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Write

FIELD_MANAGER = "guardrail"
METHODS = {"patch": "PATCH", "apply": "PATCH", "create": "POST", "delete": "DELETE", "evict": "POST"}
JSON = "application/json"
METADATA = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"

_DRY_RUN = "All"


def spelled(write: Write, dry_run: bool) -> tuple[str, bytes]:
    """Target and body of a write.

    Args:
        write: The path of an eviction may end in ``/eviction`` or at the pod.
        dry_run: The API server judges the write and does not carry it out.
    """
    if write.verb == "delete":
        return target(write.path, write.query), encoded({**write.body, "dryRun": [_DRY_RUN]} if dry_run else write.body)
    if write.verb == "evict":
        path = write.path if write.path.endswith("/eviction") else f"{write.path}/eviction"
        options = write.body.get("deleteOptions") or {}
        body = {**write.body, "deleteOptions": {**options, "dryRun": [_DRY_RUN]}} if dry_run else write.body
        return target(path), encoded(body)
    query = {"fieldManager": FIELD_MANAGER, "fieldValidation": "Strict"}
    if write.verb == "apply":  # server-side: what is stated becomes ours, whoever owned it
        query["force"] = "true"
    return target(write.path, {**query, "dryRun": _DRY_RUN} if dry_run else query), encoded(write.body)


def target(path: str, query: Mapping[str, str] | None = None) -> str:
    """Path and query, encoded.

    Raises:
        ValueError: A segment is empty or made of dots: it would lead to another object.
    """
    if not path.startswith("/") or any(segment in ("", ".", "..") for segment in path[1:].split("/")):
        raise ValueError(f"not a path of the API: {path!r}")
    path = quote(path, safe="/:@")
    return f"{path}?{urlencode(query, quote_via=quote)}" if query else path


def encoded(body: Any) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()
