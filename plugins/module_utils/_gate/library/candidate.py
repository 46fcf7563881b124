# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The library that somebody wants to try: a directory, a bundle, an overlay over one of them, or a version that is kept.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library import versions
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_directory
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.overlay import overlaid
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.bundle import load


def candidate(options: Mapping[str, Any], connect: Callable[[], Api]) -> Library | None:
    """The library of ``policy_path`` and ``policy_overlay``, or of ``policy_revision``; ``None``: the published one counts.

    Raises:
        InvalidRequest: There is no such directory, or no such version.
        PolicyUnusable: It cannot be read.
        ApiFailure, Unreachable: The cluster cannot be asked for the version.
    """
    if options.get("policy_revision"):
        api = connect()
        try:
            return versions.kept_library(versions.find(api, str(options["policy_revision"])))
        finally:
            api.close()
    if not options.get("policy_path"):
        return None
    library = load(options["policy_path"])[0]
    above = options.get("policy_overlay")
    return overlaid(library, from_directory(above)) if above else library
