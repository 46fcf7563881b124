# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a directory of policies to the library that judges a cluster: read, lint, compile, test, compare, publish.

A library with a finding or a failed test never replaces a good one: ``publish`` takes a ``Review`` and refuses one that
did not pass. Publishing is the only thing in the collection that changes which policies decide; it is done with the
rights of a policy administrator and is not itself judged.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import published_library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.published_library import PublishedLibrary
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library import review
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.findings import LINTER_VERSION
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import (
    DATA_KEY,
    Library,
    from_published,
    to_published,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import pin_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.trust import trusted


@dataclass(frozen=True)
class Comparison:
    """The library beside what the cluster has.

    Attributes:
        live: ``None`` when there is none.
        before: Its policies and data by key; empty when there is none.
        after: Those of the library.
        bundle: The archive that is published beside it.
        signed_by: Digest of the pinned key that vouches for it; empty where none is pinned.
    """

    library: Library
    live: PublishedLibrary | None
    before: Mapping[str, str]
    after: Mapping[str, str]
    bundle: bytes = field(default=b"", repr=False)
    signed_by: str = ""

    @property
    def differs(self) -> bool:
        """Whether publishing changes anything. A live library that was edited by hand differs from what it states."""
        live = self.live
        stated = (live.name, live.version, live.revision) if live else None
        wanted = (self.library.name, self.library.version, self.library.revision)
        return stated != wanted or self.before != self.after or (live.bundle if live else b"") != self.bundle

    def diff(self) -> list[dict[str, str]]:
        """For diff mode: what is live, then each file that changes. Of a first publication only the former."""
        live = self.live
        summary = {
            "before_header": "published library",
            "after_header": "published library",
            "before": _about(live, live.bundle) if live else "",
            "after": _about(self.library, self.bundle),
        }
        if not self.differs:
            return []
        return [summary, *(differences(self.before, self.after) if live else [])]


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, str]]:
    """For diff mode: each file that is not the same in both."""
    return [
        {
            "before_header": key,
            "after_header": key,
            "before": _readable(key, before.get(key, "")),
            "after": _readable(key, after.get(key, "")),
        }
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    ]


def compare(api: Api, library: Library, archive: bytes = b"") -> Comparison:
    """Read what is live and set the library beside it, and the archive that it was read from.

    Raises:
        PolicyUnusable: A file name or the config cannot be published, or the pinned key does not vouch for the library:
            it would deny everything.
        ApiFailure, Unreachable: The cluster cannot be asked.
    """
    signed_by = trusted(library, archive, pin_of(os.environ)).signed_by
    live = published_library.read(api)
    return Comparison(library, live, dict(live.data) if live else {}, to_published(library), archive, signed_by)


def publish(api: Api, examined: review.Review, comparison: Comparison, now: str) -> None:
    """Make the library the one that judges, and keep this version as an immutable object.

    Args:
        now: RFC 3339, UTC.

    Raises:
        PolicyUnusable: The review did not pass.
        Conflict: Somebody else published since ``compare``.
        ApiFailure, Unreachable: The cluster refused, or gave no answer.
    """
    if not examined.passed or examined.library is not comparison.library:
        raise review.refusal(examined)
    library = comparison.library
    published_library.publish(
        api,
        PublishedLibrary(
            data=comparison.after,
            name=library.name,
            version=library.version,
            revision=library.revision,
            published_at=now,
            linted=LINTER_VERSION,
            bundle=comparison.bundle,
        ),
        comparison.live,
    )


def live_problem(live: PublishedLibrary) -> tuple[Library | None, str]:
    """The live library, and what is wrong with it; ``None`` when it cannot even be read."""
    source = f"configmap {published_library.NAMESPACE}/{published_library.NAME}"
    problem = ""
    for revision in (live.revision, None):
        try:
            library = from_published(live.data, name=live.name, version=live.version, revision=revision, source=source)
            if revision is not None:
                library = trusted(library, live.bundle, pin_of(os.environ))
        except PolicyUnusable as unusable:
            problem = problem or str(unusable)
        else:
            return library, problem
    return None, problem


def _readable(key: str, text: str) -> str:
    """The data over many lines, so that a diff shows the value that changes."""
    if key != DATA_KEY:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    except ValueError:  # somebody wrote it by hand
        return text


def _about(library: Library | PublishedLibrary, archive: bytes) -> str:
    signed = f"bundle: {hashlib.sha256(archive).hexdigest()}\n" if archive else ""
    return f"name: {library.name}\nversion: {library.version}\nrevision: {library.revision}\n{signed}"
