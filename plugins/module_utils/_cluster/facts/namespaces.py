# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The namespace of the target: its labels say which environment it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import object_path
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.safe_text import safe_annotations
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import NamespaceInfo

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api


def read_namespace(api: Api, name: str) -> NamespaceInfo:
    """Read a namespace, one call. A cluster-scoped target (empty name) has an empty one, without a call.

    Raises:
        ApiFailure: The API server refused, or the namespace does not exist.
        Unreachable: No answer.
    """
    if not name:
        return NamespaceInfo()
    metadata = api.get(object_path("v1", "namespaces", name))["metadata"]
    annotations, _omitted = safe_annotations(metadata.get("annotations"))
    return NamespaceInfo(
        name=metadata["name"],
        labels=dict(metadata.get("labels") or {}),
        annotations=annotations,
        deletion_timestamp=metadata.get("deletionTimestamp"),
    )
