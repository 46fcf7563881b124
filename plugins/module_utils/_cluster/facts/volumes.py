# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Persistent volumes that the touched pods are bound to: local ones, and where the others can be attached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.pages import reduced_list
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    is_object_name,
    object_path,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure

if TYPE_CHECKING:
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api

Claim = tuple[str, str]
"""Namespace and name of a PersistentVolumeClaim."""

# Two calls a claim up to here, one list of all volumes above.
_SINGLE_READS = 3
_NOT_FOUND = 404


@dataclass(frozen=True)
class Volume:
    """A bound volume. ``node_terms``: node selector terms of its ``nodeAffinity``; ``None`` when any node will do."""

    local: bool
    node_terms: Sequence[Mapping[str, Any]] | None


def claims_of(namespace: str, spec: Mapping[str, Any]) -> tuple[Claim, ...]:
    """The claims that a ``PodSpec`` mounts."""
    mounted = (volume.get("persistentVolumeClaim") for volume in spec.get("volumes") or ())
    return tuple((namespace, claim["claimName"]) for claim in mounted if claim)


def read_volumes(api: Api, claims: Iterable[Claim]) -> Mapping[Claim, Volume]:
    """Read the volumes bound to claims. A claim that is absent or unbound is not in the answer.

    Raises:
        ApiFailure: The API server refused.
        Unreachable: No answer.
    """
    wanted = sorted({claim for claim in claims if is_object_name(claim[1])})
    if len(wanted) <= _SINGLE_READS:
        bound = ((claim, _bound_volume(api, claim)) for claim in wanted)
        return {claim: volume for claim, volume in bound if volume is not None}
    asked = frozenset(wanted)

    def keep(raw: Mapping[str, Any]) -> tuple[Claim, Volume] | None:
        ref = raw["spec"].get("claimRef") or {}
        claim = (ref.get("namespace", ""), ref.get("name", ""))
        return (claim, _volume(raw)) if claim in asked else None

    return dict(reduced_list(api, collection_path("v1", "persistentvolumes"), keep))


def _bound_volume(api: Api, claim: Claim) -> Volume | None:
    namespace, name = claim
    raw = _get(api, object_path("v1", "persistentvolumeclaims", name, namespace))
    volume_name = (raw or {}).get("spec", {}).get("volumeName") or ""
    if not is_object_name(volume_name):
        return None
    volume = _get(api, object_path("v1", "persistentvolumes", volume_name))
    return None if volume is None else _volume(volume)


def _volume(raw: Mapping[str, Any]) -> Volume:
    spec = raw["spec"]
    required = (spec.get("nodeAffinity") or {}).get("required")
    return Volume(
        local="local" in spec or "hostPath" in spec,
        node_terms=None if required is None else tuple(required["nodeSelectorTerms"]),
    )


def _get(api: Api, path: str) -> Mapping[str, Any] | None:
    try:
        found: Mapping[str, Any] = api.get(path)
    except ApiFailure as failure:
        if failure.status == _NOT_FOUND:
            return None
        raise
    return found
