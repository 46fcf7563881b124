# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one pod asks of a node, by the scheduler's rules.

Containers add up; an init container counts with the sidecars started before it, and the larger of both phases wins;
requests on the pod itself replace the sum; the runtime's overhead comes on top. Resizes under way are not considered.

Source: component-helpers ``resource/helpers.go``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.quantities import amounts

_POD_LEVEL = frozenset({"cpu", "memory"})
_HUGE_PAGES = "hugepages-"


def pod_requests(spec: Mapping[str, Any]) -> dict[str, int]:
    """Requests of a ``PodSpec``: resource name to billionths."""
    total = _aggregate(spec, "requests")
    total.update(_of_pod_itself(spec, "requests"))
    _add(total, amounts(spec.get("overhead")))
    return total


def pod_limits(spec: Mapping[str, Any]) -> dict[str, int]:
    """Limits of a ``PodSpec``: resource name to billionths. Overhead counts only where there is a limit."""
    total = _aggregate(spec, "limits")
    total.update(_of_pod_itself(spec, "limits"))
    _add(total, {name: amount for name, amount in amounts(spec.get("overhead")).items() if total.get(name)})
    return total


def _aggregate(spec: Mapping[str, Any], field: str) -> dict[str, int]:
    running: dict[str, int] = {}
    for container in spec.get("containers") or ():
        _add(running, _of_container(container, field))
    sidecars: dict[str, int] = {}
    starting: dict[str, int] = {}
    for container in spec.get("initContainers") or ():
        own = _of_container(container, field)
        if container.get("restartPolicy") == "Always":
            _add(running, own)
            _add(sidecars, own)
            step = dict(sidecars)
        else:
            step = dict(sidecars)
            _add(step, own)
        _raise_to(starting, step)
    _raise_to(running, starting)
    return running


def _of_container(container: Mapping[str, Any], field: str) -> dict[str, int]:
    return amounts((container.get("resources") or {}).get(field))


def _of_pod_itself(spec: Mapping[str, Any], field: str) -> dict[str, int]:
    stated = amounts((spec.get("resources") or {}).get(field))
    return {name: amount for name, amount in stated.items() if name in _POD_LEVEL or name.startswith(_HUGE_PAGES)}


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for name, amount in more.items():
        total[name] = total.get(name, 0) + amount


def _raise_to(total: dict[str, int], floor: Mapping[str, int]) -> None:
    for name, amount in floor.items():
        total[name] = max(total.get(name, amount), amount)
