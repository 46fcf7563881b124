# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Container image references, taken apart as the container runtimes do.

Grammar: ``distribution/reference``. A first component without a dot, a colon or ``localhost`` is no registry, so that
``library/nginx`` and ``nginx`` belong to ``docker.io``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"^(?:(?P<registry>(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?)/)?"
    r"(?P<repository>[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
    r"(?:@(?P<digest>[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?\Z"
)
DEFAULT_REGISTRY = "docker.io"


@dataclass(frozen=True)
class ImageReference:
    """``tag`` and ``digest`` are empty when the reference has none; an untagged one means ``latest``."""

    registry: str
    repository: str
    tag: str
    digest: str


def parse_image(reference: str) -> ImageReference:
    """Take an image reference apart.

    Raises:
        ValueError: It is not a valid reference.
    """
    match = _REFERENCE.match(reference)
    if match is None or len(reference) > 512:
        raise ValueError(f"not an image reference: {reference[:80]!r}")
    registry, repository = match["registry"] or "", match["repository"]
    if registry and not ("." in registry or ":" in registry or registry == "localhost"):
        registry, repository = "", f"{registry}/{repository}"
    if not registry:
        registry = DEFAULT_REGISTRY
        if "/" not in repository:
            repository = f"library/{repository}"
    tag, digest = match["tag"] or "", match["digest"] or ""
    if not tag and not digest:
        tag = "latest"
    return ImageReference(registry, repository, tag, digest)
