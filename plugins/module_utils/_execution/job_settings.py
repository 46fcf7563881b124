# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""How Jobs are run: ``data.config.job_mode`` of the library (``config/job_mode.yaml``). No task can change it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable

KEY = "job_mode"
_PINNED = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")
_LONGEST_TTL_S = 7 * 86400
_HOW = "A policy admin sets it in config/job_mode.yaml of the library and publishes that."


@dataclass(frozen=True)
class JobSettings:
    """What every Job of this cluster has in common.

    Attributes:
        image: With kubectl as its entrypoint, by digest.
        ttl_s: A Job that has ended is kept so long.
        resources: ``requests`` and ``limits`` of each container.
        pull_secrets: Names of Secrets in guardrail-system.
    """

    image: str
    ttl_s: int
    resources: Mapping[str, Any]
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Mapping[str, Any], ...] = ()
    pull_secrets: tuple[str, ...] = ()


def job_settings(config: Mapping[str, Any]) -> JobSettings:
    """The settings of a library.

    Args:
        config: ``data.config``.

    Raises:
        PolicyUnusable: There is no image, one that a registry could swap, or a setting that is not of its form.
    """
    stated = config.get(KEY)
    stated = stated if isinstance(stated, Mapping) else {}
    image = stated.get("image") or ""
    if not image:
        raise PolicyUnusable(
            "job-mode.no-image", "execution: job: the policy library names no image for Jobs (job_mode.image).", _HOW
        )
    if not isinstance(image, str) or not _PINNED.fullmatch(image):
        raise PolicyUnusable(
            "job-mode.image-unpinned",
            f"execution: job: job_mode.image of the policy library, {str(image)[:200]!r}, does not end in a digest, so what"
            " runs could be swapped.",
            f"It has to end in @sha256: and 64 hexadecimal digits. {_HOW}",
        )
    return JobSettings(
        image=image,
        ttl_s=_ttl(stated.get("ttl_seconds")),
        resources=_resources(stated.get("resources")),
        node_selector=_texts("node_selector", stated.get("node_selector")),
        tolerations=_list("tolerations", stated.get("tolerations"), Mapping),
        pull_secrets=_list("pull_secrets", stated.get("pull_secrets"), str),
    )


def _ttl(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _LONGEST_TTL_S:
        raise _unusable("ttl_seconds", f"a whole number from 0 to {_LONGEST_TTL_S}")
    return value


def _resources(value: Any) -> Mapping[str, Any]:
    needed = {"cpu", "memory"}
    parts = [value.get(part) for part in ("requests", "limits")] if isinstance(value, Mapping) else []
    if not parts or not all(isinstance(part, Mapping) and part.keys() >= needed for part in parts):
        raise _unusable("resources", "{requests: {cpu, memory}, limits: {cpu, memory}}")
    found: Mapping[str, Any] = value
    return found


def _texts(name: str, value: Any) -> Mapping[str, str]:
    value = {} if value is None else value
    if not isinstance(value, Mapping) or not all(isinstance(item, str) for item in value.values()):
        raise _unusable(name, "a mapping of labels to text")
    return dict(value)


def _list(name: str, value: Any, of: type) -> tuple[Any, ...]:
    value = [] if value is None else value
    if not isinstance(value, list) or not all(isinstance(item, of) for item in value):
        raise _unusable(name, f"a list of {'names' if of is str else 'mappings'}")
    return tuple(value)


def _unusable(name: str, form: str) -> PolicyUnusable:
    return PolicyUnusable(
        "job-mode.settings-unusable",
        f"execution: job: job_mode.{name} of the policy library has to be {form}.",
        "A policy admin puts it right in config/job_mode.yaml of the library and publishes that.",
    )
