# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verifies the signature of a bundle, in OPA's format: ``.signatures.json`` holds one JWT that lists every file with its hash.

Stricter than OPA where OPA leaves room: the kind of the pinned key decides which algorithms count (a public key is never
taken for a shared secret), hashes weaker than SHA-256 count for nothing, and a signature that is meant for some scope is
not one for us. A file the signature does not name, and one that it names and that is not there, are both refusals.

Structured files (``data.json``, ``.manifest``) are hashed as OPA does: over the JSON value with sorted keys, without
spaces, numbers as they are written. All others byte by byte. The only file that imports ``cryptography``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.failures import unusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.bundle import (
    MANIFEST,
    SIGNATURES,
    Bundle,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import Pin

_HASHES = {"SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512"}
_CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}
_RSA_BITS = 2048
_SECRET_BYTES = 32
_FRAMED = re.compile(rb"BEGIN [A-Z0-9 ]*(?:KEY|CERTIFICATE)|^\s*(?:ssh|ecdsa|sk)-[a-z0-9@.-]+ AAAA|\"kty\"")
_BLOCK = re.compile(rb"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----\s*", re.DOTALL)


@dataclass(frozen=True)
class Key:
    """One pinned key: the algorithms it may be used with, and how. ``fingerprint`` names it without giving it away."""

    fingerprint: str
    algorithms: frozenset[str]
    verify: Callable[[str, bytes, bytes], bool] = field(repr=False)


def signer(bundle: Bundle, pin: Pin) -> str:
    """Fingerprint of the pinned key that vouches for every file of the bundle.

    Raises:
        PolicyUnusable: ``policy.signature-missing``, ``policy.signature-invalid``, ``policy.library-key-unusable``,
            ``policy.verifier-missing``.
    """
    keys = tuple(_keys(pin))
    raw = bundle.files.get(SIGNATURES)
    if raw is None:
        raise unusable("policy.signature-missing", f"The bundle has no {SIGNATURES}: nobody signed it.")
    head, payload, signed, signature = _token(raw)
    algorithm = head.get("alg")
    if not isinstance(algorithm, str) or "crit" in head:
        raise _invalid("its header states no algorithm, or asks for more than is understood here")
    fitting = [key for key in keys if algorithm in key.algorithms]
    if not fitting:
        allowed = ", ".join(sorted(frozenset().union(*(key.algorithms for key in keys))))
        raise _invalid(f"{algorithm[:16]!r} is no algorithm of the pinned key, which takes {allowed}")
    found = next((key for key in fitting if key.verify(algorithm, signed, signature)), None)
    if found is None:
        raise _invalid(f"the key of {pin.source} did not make it")
    if payload.get("scope"):
        raise _invalid("it was made for a scope of its own, and no scope is pinned here")
    _require_files(bundle, payload)
    return found.fingerprint


def _token(raw: bytes) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    """Header, payload, what was signed, and the signature."""
    try:
        document = json.loads(raw)
        if document.get("plugin", "_default") not in ("", "_default"):
            raise _invalid("a plugin made it that is not known here")
        (token,) = document["signatures"]
        head, payload, signature = token.split(".")
        return (
            _object(head),
            _object(payload),
            f"{head}.{payload}".encode("ascii"),
            _decoded(signature),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _invalid(f"{SIGNATURES} does not hold exactly one JWT") from error


def _decoded(part: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]*", part):
        raise binascii.Error("not base64url")
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _object(part: str) -> dict[str, Any]:
    document = json.loads(_decoded(part))
    if not isinstance(document, dict):
        raise TypeError
    return document


def _require_files(bundle: Bundle, payload: Mapping[str, Any]) -> None:
    """Every file is listed with its hash, and nothing is listed that is not there."""
    listed = payload.get("files")
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise _invalid("it lists no files")
    stated = {entry.get("name"): entry for entry in listed}
    present = bundle.files.keys() - {SIGNATURES}
    for name in sorted(present):
        entry = stated.pop(name, None)
        if entry is None:
            raise _invalid(f"it says nothing of {name}")
        algorithm = _HASHES.get(str(entry.get("algorithm")))
        if algorithm is None:
            raise _invalid(f"the hash of {name} is of a kind that does not count")
        digest = hashlib.new(algorithm, _hashed(name, bundle.files[name])).hexdigest()
        if not hmac.compare_digest(digest, str(entry.get("hash")).lower()):
            raise _invalid(f"{name} is not the file that was signed")
    if stated:
        raise _invalid(f"{sorted(map(str, stated))[0][:80]} was signed and is not there")


def _hashed(name: str, content: bytes) -> bytes:
    if PurePosixPath(name).name not in ("data.json", MANIFEST):
        return content
    try:
        value = json.loads(content, parse_float=_Number, parse_int=_Number, parse_constant=_no_number)
        return "".join(_walk(value)).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise _invalid(f"{name} is not JSON") from error


class _Number(str):
    """A number as it is written: OPA hashes its text."""

    __slots__ = ()


def _walk(value: Any) -> Iterator[str]:
    """The text that OPA hashes (``bundle/hash.go``), as Go's encoder writes it."""
    if isinstance(value, dict):
        yield "{"
        for place, key in enumerate(sorted(value)):
            yield f"{',' if place else ''}{_text(key)}:"
            yield from _walk(value[key])
        yield "}"
    elif isinstance(value, list):
        yield "["
        for place, entry in enumerate(value):
            yield "," if place else ""
            yield from _walk(entry)
        yield "]"
    elif isinstance(value, _Number):
        yield str(value)
    else:
        yield _text(value)


def _text(value: Any) -> str:
    written = json.dumps(value, ensure_ascii=False)
    return written.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _no_number(constant: str) -> Any:
    raise ValueError(constant)


def _keys(pin: Pin) -> Iterator[Key]:
    if b"-----BEGIN " not in pin.content:
        yield _secret(pin)
        return
    blocks = list(_BLOCK.finditer(pin.content))
    if not blocks:
        raise _unusable(pin, "it is cut short")
    for block in blocks:
        yield _public(pin, block.group(1), block.group(0))


def _secret(pin: Pin) -> Key:
    """``opa sign`` reads a secret from a file with its last newline, and takes one from the command line without."""
    if _is_public(pin.content):
        raise _unusable(pin, "a public key has to be in PEM form: anybody could sign with it as a shared secret")
    spellings = {pin.content, pin.content.rstrip(b"\r\n")}
    if min(map(len, spellings)) < _SECRET_BYTES:
        raise _unusable(
            pin, f"a shared secret needs {_SECRET_BYTES} characters, and a public key begins with -----BEGIN"
        )

    def verify(algorithm: str, signed: bytes, signature: bytes) -> bool:
        made = (hmac.digest(secret, signed, f"sha{algorithm[2:]}") for secret in spellings)
        return any(hmac.compare_digest(one, signature) for one in made)

    return Key("shared-secret", frozenset({"HS256", "HS384", "HS512"}), verify)


def _is_public(content: bytes) -> bool:
    """Whether this is a key in a form other than PEM: binary, its base64 without a frame, SSH, JWK, or PEM as UTF-16."""
    try:
        binary = base64.b64decode(b"".join(content.split()), validate=True)
    except binascii.Error:
        binary = b""
    return any(map(_is_der, (content, binary))) or bool(_FRAMED.search(content.replace(b"\0", b"")))


def _is_der(content: bytes) -> bool:
    """Whether a sequence of ASN.1 fills it, but for line breaks: so every such key and certificate begins (X.690, 8.1)."""
    if len(content) < 4 or content[0] != 0x30:
        return False
    more = content[1] - 0x80 if content[1] > 0x80 else 0
    size = int.from_bytes(content[2 : 2 + more]) if more else content[1]
    return len(content.rstrip(b"\r\n")) <= 2 + more + size <= len(content)


def _public(pin: Pin, kind: bytes, block: bytes) -> Key:
    try:
        from cryptography import x509
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, rsa
    except ImportError as error:
        raise unusable(
            "policy.verifier-missing", f"A key is pinned ({pin.source}), and nothing here can verify it."
        ) from error
    if kind not in (b"PUBLIC KEY", b"RSA PUBLIC KEY", b"CERTIFICATE"):
        raise _unusable(pin, "only a public key or a certificate belongs there")
    try:
        certified = kind == b"CERTIFICATE"
        key = (
            x509.load_pem_x509_certificate(block).public_key()
            if certified
            else serialization.load_pem_public_key(block)
        )
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _unusable(pin, "it cannot be read") from error
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    fingerprint = hashlib.sha256(spki).hexdigest()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= _RSA_BITS:
        names = frozenset(f"{family}{bits}" for family in ("RS", "PS") for bits in (256, 384, 512))
        return Key(fingerprint, names, lambda *message: _verifies(key, *message))
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
        return Key(fingerprint, frozenset({_CURVES[key.curve.name]}), lambda *message: _verifies(key, *message))
    raise _unusable(pin, f"it has to be RSA of {_RSA_BITS} bits or more, or of the curve P-256, P-384 or P-521")


def _verifies(key: Any, algorithm: str, signed: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils

    family, digest = (
        algorithm[:2],
        {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[algorithm[2:]],
    )
    try:
        if family == "RS":
            key.verify(signature, signed, padding.PKCS1v15(), digest)
        elif family == "PS":
            key.verify(signature, signed, padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH), digest)
        else:
            half = (key.curve.key_size + 7) // 8
            if len(signature) != 2 * half:
                return False
            numbers = (int.from_bytes(signature[:half]), int.from_bytes(signature[half:]))
            key.verify(utils.encode_dss_signature(*numbers), signed, ec.ECDSA(digest))
    except InvalidSignature:
        return False
    return True


def _invalid(why: str) -> PolicyUnusable:
    return unusable("policy.signature-invalid", f"The signature of the policy library does not hold: {why}.")


def _unusable(pin: Pin, why: str) -> PolicyUnusable:
    return unusable("policy.library-key-unusable", f"The pinned key {pin.source} is unusable: {why}.")
