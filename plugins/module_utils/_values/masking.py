# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hides secrets in JSON-like values before they are kept: in records, Events, audit lines and diffs.

A value is hidden for the name it stands under (``db_password``, ``API-Key``, ``--token``), for the object it belongs to
(``data`` of a Secret), or for its own look (a JWT, a private key, ``Bearer x``, a URL with a password). In doubt a
value is hidden. What nobody can tell from a name or a look, such as a password in a ConfigMap under ``greeting``, stays:
callers that know it pass it to ``mask_values``.

Both functions are pure, never raise on JSON-like values, and change nothing the second time.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values import secret_looks

MASK = secret_looks.MASK

_DEEPEST = 48
# A shorter one is hidden where it is the whole value; inside a text it would blank out ordinary words.
_SHORTEST_INSIDE = 4
_ROUNDS = 6


def _each(words: str) -> frozenset[str]:
    return frozenset(words.split())


# How much of what is below is hidden: nothing, all but descriptions (a Secret's name), all.
_OPEN, _HIDDEN, _SEALED = 0, 1, 2

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_NOUNS = frozenset({"auth", "dockercfg", "dockerconfigjson", "jwt", "otp", "pass", "pw", "pwd", "sas"})
_ENDINGS = tuple(
    _each(
        "password passwords passwd passphrase passcode passwort secret secrets token tokens credential credentials apikey "
        "apikeys privatekey secretkey accesskey authkey authorization authorisation cookie cookies"
    )
)
# What makes a key a secret one: `tls.key`, `access_keys`, but not `key` or `public_key`.
_SECRET_KEYS = _each(
    "access account api auth authentication ca client deploy dsa ecdsa encryption hmac host license master private rsa "
    "secret server service session shared signing ssh ssl storage tls"
)
# A name that ends so speaks about a secret and holds none: `secretName`, `secretKeyRef`, `token_ttl`, `TokenReview`.
_ABOUT = _each(
    "age algorithm audience audiences class controller count counts created dir directory disabled enabled endpoint "
    "endpoints expiration expired expires expiry file files format io issuer kind label labels length limit limits "
    "manager mode mount mounts name names namespace namespaces operator optional path paths policies policy provider "
    "providers ref reference references refs request requests required review reviews rotated rotation scope scopes "
    "seconds selector size store stores template ttl type types updated uri url user username version"
)
_PLURALS = frozenset({"tokens", "secrets", "credentials", "pass"})
_SECRET_DATA = frozenset({"data", "stringData", "string_data", "binaryData"})


def mask(value: Any) -> Any:
    """Return ``value`` with ``MASK`` for every secret.

    Args:
        value: Mappings, lists, tuples, texts, numbers, booleans, ``None``. Anything else is hidden under a secret's name
            and otherwise left alone. Below 48 levels everything is hidden.

    Returns:
        The same structure. Mappings become ``dict``. Booleans, ``None`` and empty texts are never secret.
    """
    return _masked(value, 0, _OPEN, False)


def mask_values(value: Any, secrets: Iterable[str]) -> Any:
    """Return ``value`` with ``MASK`` wherever one of these texts occurs: in texts, in names, as a number, in base64.

    One of fewer than 4 characters is hidden only where it is the whole value.
    """
    known = {secret for secret in secrets if secret.strip("*")}
    inside = {form for secret in known if len(secret) >= _SHORTEST_INSIDE for form in _forms(secret)}
    return _replaced(value, known, sorted(inside, key=lambda form: (-len(form), form)), 0)


def _masked(value: Any, depth: int, hidden: int, of_secret: bool) -> Any:
    if value is None or value is True or value is False or value == "":
        return value
    if hidden == _SEALED and not isinstance(value, Mapping | list | tuple):
        return MASK
    if depth > _DEEPEST and isinstance(value, str | Mapping | list | tuple):
        return MASK if value else value
    if isinstance(value, Mapping):
        return _mapping(value, depth, hidden, of_secret)
    if isinstance(value, list | tuple):
        return _sequence(value, depth, hidden, of_secret)
    if hidden:
        return MASK
    return _text(value, depth, of_secret) if isinstance(value, str) else value


def _mapping(value: Mapping[Any, Any], depth: int, hidden: int, of_secret: bool) -> dict[Any, Any]:
    of_secret = of_secret or _concerns_a_secret(value)
    # {"name": "DB_PASSWORD", "value": "x"} of a container, {"op": "add", "path": "/data/password", "value": "x"}
    labels = [label for field in ("name", "key", "path") if isinstance(label := value.get(field), str)]
    named = any(_names_secret(label) or (of_secret and _is_secret_data(label)) for label in labels)
    result: dict[Any, Any] = {}
    for key, item in value.items():
        # A long name may be a secret itself (a URL with a password in Docker's `auths`).
        name = _settled(key, secret_looks.spotted) if isinstance(key, str) and len(key) >= 16 else key
        below = _below(name, item, hidden, of_secret) if isinstance(name, str) else hidden
        below = max(below, _SEALED if named and name == "value" else _OPEN)
        result[_unused(name, result)] = _masked(item, depth + 1, below, of_secret)
    return result


def _below(name: str, item: Any, hidden: int, of_secret: bool) -> int:
    if hidden == _SEALED or name in ("stringData", "string_data") or (of_secret and _is_secret_data(name)):
        return _SEALED
    if _names_secret(name):
        counts = isinstance(item, int | float) and not _PLURALS.isdisjoint(_words(name))
        return hidden if counts else _HIDDEN
    words = _words(name)
    return _OPEN if words and words[-1] in _ABOUT else hidden


def _sequence(value: list[Any] | tuple[Any, ...], depth: int, hidden: int, of_secret: bool) -> Any:
    result, flagged = [], False
    for item in value:
        result.append(_masked(item, depth + 1, max(hidden, _HIDDEN if flagged else _OPEN), of_secret))
        # ["--password", "x"]
        flagged = isinstance(item, str) and item.startswith("-") and "=" not in item and _names_secret(item)
    return tuple(result) if isinstance(value, tuple) else result


def _concerns_a_secret(value: Mapping[Any, Any]) -> bool:
    """Whether it is a Secret, or a request or record about one."""
    target = value.get("target", value.get("target_resource"))
    kind = target.get("kind") if isinstance(target, Mapping) else target
    named = [text for text in (kind, value.get("kind"), value.get("action")) if isinstance(text, str)]
    secret = any(re.match(r"Secret(List)?([ /]|\Z)|\w+Secret\Z", text) for text in named)
    return secret or "secret_name" in value or ("secretName" in value and "data" in value)


def _is_secret_data(name: str) -> bool:
    return re.split(r"[./\[]", name.lstrip("./"), maxsplit=1)[0] in _SECRET_DATA


@functools.lru_cache(maxsize=2048)
def _words(name: str) -> tuple[str, ...]:
    # Of `example.com/name` only the name counts.
    return tuple(word.lower() for word in _WORD.findall(name[-512:].rstrip("/").rsplit("/", 1)[-1])) or ("",)


@functools.lru_cache(maxsize=2048)
def _names_secret(name: str) -> bool:
    words = _words(name)
    for at in range(len(words) - 1, -1, -1):
        word, before = words[at], words[at - 1] if at else ""
        if word in _NOUNS or word.endswith(_ENDINGS) or (word in ("key", "keys") and before in _SECRET_KEYS):
            # An identifier of a token is public; Vault's secret_id and a cloud's access_key_id are not.
            harmless = _ABOUT | {"id"} if word in ("credential", "token") else _ABOUT
            return harmless.isdisjoint(words[at + 1 :])
    return False


def _unused(name: Any, taken: Mapping[Any, Any]) -> Any:
    """Two names that are hidden must not become one entry."""
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{name} ({number})"
    return free


def _text(text: str, depth: int, of_secret: bool) -> str:
    return _settled(text, lambda now: secret_looks.spotted(_json_text(now, depth, of_secret)))


def _settled(text: str, change: Callable[[str], str]) -> str:
    """Apply ``change`` until nothing changes; what does not come to rest is hidden as a whole."""
    for _round in range(_ROUNDS):
        changed = change(text)
        if changed == text:
            return text
        text = changed
    return MASK


def _json_text(text: str, depth: int, of_secret: bool) -> str:
    """A text that is JSON in itself, such as the ``last-applied-configuration`` of a Secret."""
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        inner = json.loads(text, object_pairs_hook=_without_repetition)
        hidden = _masked(inner, depth + 1, _OPEN, of_secret)
        return text if hidden == inner else json.dumps(hidden, ensure_ascii=False)
    except ValueError:
        return text
    except RecursionError:
        return MASK


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a repeated name only the last value would be looked at, so such a text is not read as JSON."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _forms(secret: str) -> set[str]:
    import binascii

    encoded = binascii.b2a_base64(secret.encode("utf-8", "replace"), newline=False).decode().rstrip("=")
    return {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], encoded}


def _replaced(value: Any, known: set[str], inside: list[str], depth: int) -> Any:
    if depth > _DEEPEST and isinstance(value, Mapping | list | tuple):
        return MASK if value else value
    if isinstance(value, str):
        return _text_without(value, known, inside)
    if isinstance(value, Mapping):
        result: dict[Any, Any] = {}
        for key, item in value.items():
            name = _text_without(key, known, inside) if isinstance(key, str) else key
            result[_unused(name, result)] = _replaced(item, known, inside, depth + 1)
        return result
    if isinstance(value, list | tuple):
        items = [_replaced(item, known, inside, depth + 1) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    if isinstance(value, int | float) and not isinstance(value, bool):
        return MASK if known and abs(value) < 1e300 and str(value) in known else value
    return value


def _text_without(text: str, known: set[str], inside: list[str]) -> str:
    """Ends: every replacement takes away a character that is no asterisk, and adds none."""
    if text in known:
        return MASK
    while found := next((form for form in inside if form in text), None):
        text = text.replace(found, MASK)
    return text
