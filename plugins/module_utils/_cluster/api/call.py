# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One request to the API server, before it is sent.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api import spelling


@dataclass(frozen=True)
class Call:
    """What is asked for, and how often that may be.

    Attributes:
        target: Path and query.
        what: The request in words, beginning a sentence.
        replayable: Sending it twice changes nothing: a read, a review, a dry run.
        eviction: An answer is taken as it is, since a 429 is a disruption budget's and a 500 may be for ever;
            ``eviction`` keeps the pace.
    """

    method: str
    target: str
    what: str
    body: bytes | None = field(default=None, repr=False)
    accept: str = spelling.JSON
    content_type: str = spelling.JSON
    replayable: bool = False
    eviction: bool = False
