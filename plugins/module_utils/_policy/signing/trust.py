# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the published library is the one that a pinned key vouches for.

The published text is what people read and compare; the signed bundle lies beside it. With a pin both have to say the same,
and name, version and the index of rules come from the bundle. Reading and verifying a bundle takes some 30 ms and an import, so
what came of it is kept in the private cache of the user, under the digests of the archive and of the pin.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.compiled_cache import CompiledCache
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import Library, canonical
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import Pin

VERSION = 1
"""Part of the key of what is kept: raise it when something that was accepted no longer is."""


def trusted(library: Library, archive: bytes, pin: Pin | None, cache: CompiledCache | None = None) -> Library:
    """The library that may judge: ``library`` itself where nothing is pinned, otherwise what the signed bundle says.

    Args:
        library: As published.
        archive: The bundle beside it; empty when there is none.
        cache: Where verifications are kept; default: the cache of the user who runs this.

    Raises:
        PolicyUnusable: ``policy.signature-missing``, ``policy.signature-invalid``, ``policy.signature-mismatch``,
            ``policy.library-key-unusable``, ``policy.verifier-missing``, ``policy.bundle-unusable``.
    """
    if pin is None:
        return library
    if not archive:
        message = f"A key is pinned ({pin.source}), and {library.source} is not signed."
        raise unusable("policy.signature-missing", message)
    vouched = _vouched(archive, pin, cache if cache is not None else CompiledCache.of_user(os.environ))
    if vouched["deciding"] != library.deciding:
        message = f"{library.source} holds something else than the signed bundle beside it."
        raise unusable("policy.signature-mismatch", message)
    return replace(
        library,
        name=vouched["name"],
        version=vouched["version"],
        data={**library.policy_data, "rules": vouched["rules"]},
        signed_by=vouched["signed_by"],
    )


def _vouched(archive: bytes, pin: Pin, cache: CompiledCache) -> dict[str, Any]:
    # Inside: most libraries are not signed.
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import metadata

    parts = [
        "verified",
        VERSION,
        metadata.VERSION,
        hashlib.sha256(archive).hexdigest(),
        pin.digest,
    ]
    key = hashlib.sha256(canonical(parts).encode()).hexdigest()
    kept = cache.load(key)
    if kept is not None:
        found: dict[str, Any] = json.loads(kept)
        return found
    # What was verified on this machine before is not read again.
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing import bundle, signature

    content = bundle.read(archive, "the signed bundle")
    # Before anything else is made of it: what nobody vouches for is not even parsed.
    signed_by = signature.signer(content, pin)
    library = bundle.to_library(content, "the signed bundle")
    found = {
        "name": library.name,
        "version": library.version,
        "deciding": library.deciding,
        "rules": library.data["rules"],
        "signed_by": signed_by,
    }
    cache.store(key, canonical(found).encode())
    return found
