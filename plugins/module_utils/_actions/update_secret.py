# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""UpdateSecret: set, replace or take away keys of a Secret, without a word about their values.

A diff shows a short mark for each value. It is keyed by random bytes that exist in this process only, and by the request,
so equal and different can be told within one diff, and nothing can be tried out on it. An approval and a record are bound
to the values by a slow digest instead, which has to be the same tomorrow; records hide that one, too, and what they show
is a digest over all of it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Raw
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.settings import (
    SETTINGS,
    SettingsAction,
    Values,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Request, Undo

_PROCESS_KEY = os.urandom(32)
_MARK_CHARACTERS = 8
_ROUNDS = 200_000
_FILLED_BY_KUBERNETES = frozenset({"kubernetes.io/service-account-token"})


class UpdateSecret(SettingsAction):
    name = "UpdateSecret"
    verb = "update"
    kind = "Secret"
    plural = "secrets"
    option = "string_data"
    options: ClassVar = {**SETTINGS, "string_data": {"type": "dict", "required": True, "no_log": True}}

    def values(self, raw: Raw) -> dict[str, str]:
        return dict(raw.get("data") or {})

    def stored(self, value: str) -> str:
        # What no text can be would raise with the text in its message.
        return base64.b64encode(value.encode("utf-8", "replace")).decode()

    def shown(self, request: Request, values: Values) -> Mapping[str, Any]:
        return {"keys": {key: _mark(request.id, key, value) for key, value in values.items()}}

    def way_back(self, request: Request, before: Values) -> Undo:
        return Undo(note="The previous values of a Secret are kept nowhere.")

    def refuse(self, ref: ObjectRef, raw: Raw) -> None:
        super().refuse(ref, raw)
        if raw.get("type") in _FILLED_BY_KUBERNETES:
            raise InvalidRequest(
                "target.filled-by-kubernetes",
                f"{ref.label} is of type {raw['type']}: Kubernetes fills it in.",
                "Delete the token and let a new one be made.",
            )

    def on_record(self, request: Request) -> Request:
        """The values as slow digests: an approval for one value is none for another."""
        salt = f"{request.parameters.get('namespace')}/{request.parameters.get('name')}"
        stated = request.parameters.get("string_data")
        values = stated if isinstance(stated, Mapping) else {}
        digests = {
            key: value if value is None else _digest(f"{salt}/{key}", str(value)) for key, value in values.items()
        }
        return replace(request, parameters={**request.parameters, "string_data": digests})


def _mark(request_id: str, key: str, value: str | None) -> str | None:
    if value is None:
        return None
    text = "\0".join((request_id, key, value)).encode()
    return f"value {hmac.new(_PROCESS_KEY, text, 'sha256').hexdigest()[:_MARK_CHARACTERS]}"


@functools.lru_cache(maxsize=256)
def _digest(salt: str, value: str) -> str:
    return hashlib.pbkdf2_hmac("sha256", value.encode("utf-8", "surrogatepass"), salt.encode(), _ROUNDS).hex()
