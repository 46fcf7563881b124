# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The versions of the library that a cluster keeps: find one, set it beside another, go back to it.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import re

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import published_library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.published_library import PublishedLibrary
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library import review
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, from_published

_REVISION = re.compile(r"[0-9a-f]{6,64}")


def find(api: Api, revision: str) -> PublishedLibrary:
    """The version that is kept under a revision, or under the beginning of one. Of several the newest.

    Raises:
        InvalidRequest: ``library.revision-invalid``, ``library.version-unknown``, ``library.revision-ambiguous``.
        ApiFailure, Unreachable: The cluster cannot be asked.
    """
    if not _REVISION.fullmatch(revision):
        raise InvalidRequest(
            "library.revision-invalid",
            f"revision: {revision[:80]!r} is not the beginning of a revision.",
            "Give at least 6 of its 64 hexadecimal digits.",
        )
    found = [kept for kept in published_library.versions(api) if kept.revision.startswith(revision)]
    if not found:
        raise InvalidRequest(
            "library.version-unknown",
            f"This cluster keeps no version of the library with revision {revision}.",
            "guardrail.kubernetes.policy_library_info lists those that it keeps.",
        )
    if len({kept.revision for kept in found}) > 1:
        raise InvalidRequest(
            "library.revision-ambiguous",
            f"{len(found)} versions begin with {revision}.",
            "Give more digits of the revision.",
        )
    return published_library.read_version(api, found[0].object_name)


def before(api: Api) -> PublishedLibrary:
    """The version that was published before the one that is live.

    Raises:
        InvalidRequest: ``library.no-earlier-version``.
        ApiFailure, Unreachable: The cluster cannot be asked.
    """
    live, kept = published_library.read(api), published_library.versions(api)
    revisions = [version.revision for version in kept]
    here = revisions.index(live.revision) if live and live.revision in revisions else -1
    earlier = [version for version in kept[here + 1 :] if live is None or version.revision != live.revision]
    if not earlier:
        raise InvalidRequest(
            "library.no-earlier-version",
            "There is no earlier version of the library to go back to.",
            "guardrail.kubernetes.policy_library_info lists those that the cluster keeps.",
        )
    return published_library.read_version(api, earlier[0].object_name)


def review_kept(kept: PublishedLibrary) -> review.Review:
    """Examine a version as if it came anew: the engine or the linter may have changed since. Its tests are not kept.

    Raises:
        PolicyUnusable: It is not what its revision says, or cannot be read.
    """
    library = kept_library(kept)
    return review.Review(library, review.examined(library), bundle=kept.bundle)


def kept_library(kept: PublishedLibrary) -> Library:
    """What a version holds.

    Raises:
        PolicyUnusable: It is not what its revision says, or cannot be read.
    """
    source = f"configmap {published_library.NAMESPACE}/{kept.object_name}"
    return from_published(kept.data, name=kept.name, version=kept.version, revision=kept.revision, source=source)
