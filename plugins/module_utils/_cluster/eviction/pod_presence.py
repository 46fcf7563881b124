# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of the pods still exist, by uid.

A pod of the same name that a controller has created meanwhile is another pod. Of a node's pods one list tells it for
all; without a node (a single eviction) each pod is read. Only metadata is transferred.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction.evicted_pods import Pod
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure


def present_uids(api: Api, pods: Sequence[Pod], node: str) -> frozenset[str]:
    """The uids that exist: of all pods on the node, or of the given ones when ``node`` is empty.

    Raises:
        ApiFailure, Unreachable: The read failed; nothing is known.
    """
    if node:
        items = api.list_metadata("/api/v1/pods", {"fieldSelector": f"spec.nodeName={node}"})
        return frozenset(str(item["metadata"]["uid"]) for item in items)
    return frozenset(uid for uid in (_uid(api, pod) for pod in pods) if uid)


def _uid(api: Api, pod: Pod) -> str:
    try:
        return str(api.get_metadata(pod.path)["metadata"]["uid"])
    except ApiFailure as error:
        if error.status == 404:
            return ""
        raise
