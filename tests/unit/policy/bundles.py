# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bundles as ``opa build`` writes them, signed by keys of the tests."""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import hmac
import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import Pin
from tests.unit.policy.libraries import library

SECRET = b"correct horse battery staple, twice and more"
MAIN = library().modules["kubernetesexecution/main.rego"]
DENY = """\
package kubernetesexecution.safety.common.size

import rego.v1

# METADATA
# title: Too large
# custom:
#   code: size.too-large
#   remedy: Make it smaller.
deny contains {"code": "size.too-large", "message": "too large"} if input.replicas > data.config.limits.replicas
"""
FILES: Mapping[str, bytes] = {
    "data.json": json.dumps(
        {"config": {"limits": {"replicas": 20}}, "name": "ours", "version": "2.0", "schemas": {"type": "object"}}
    ).encode(),
    "policies/kubernetesexecution/main.rego": MAIN.encode(),
    "policies/kubernetesexecution/collected.rego": b"package kubernetesexecution.collected\n",
    "policies/kubernetesexecution/safety/common/size/size.rego": DENY.encode(),
    "policies/kubernetesexecution/safety/common/size/size_test.rego": (
        b"package kubernetesexecution.safety.common.size_test\n"
    ),
    ".manifest": b'{"revision": "r1", "roots": [""], "rego_version": 1}',
}
CURVES: Mapping[str, ec.EllipticCurve] = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}
ALGORITHMS = tuple(f"{family}{bits}" for family in ("RS", "PS", "ES", "HS") for bits in (256, 384, 512))


def archive(files: Mapping[str, bytes]) -> bytes:
    """A bundle's archive: paths begin with a slash, as ``opa build`` has it."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"/{name}")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text))
    return gzip.compress(content.getvalue(), mtime=0)


def private_key(algorithm: str, number: int = 0) -> Any:
    """The key for an algorithm; another ``number`` is another key. RSA has one for all its algorithms."""
    return rsa_key(number, 2048) if algorithm[:2] in ("RS", "PS") else _curve_key(algorithm, number)


@functools.cache
def _curve_key(algorithm: str, number: int) -> ec.EllipticCurvePrivateKey:
    del number
    return ec.generate_private_key(CURVES[algorithm])


@functools.cache
def rsa_key(number: int, bits: int) -> rsa.RSAPrivateKey:
    del number
    return rsa.generate_private_key(65537, bits)


def pem(key: Any) -> bytes:
    public = key.public_key()
    return public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)  # type: ignore[no-any-return]


def pin(algorithm: str = "RS256", number: int = 0) -> Pin:
    """The pin that fits what ``signed`` makes."""
    return Pin("/pin", SECRET if algorithm.startswith("HS") else pem(private_key(algorithm, number)))


def encoded(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def listing(files: Mapping[str, bytes]) -> list[dict[str, str]]:
    """What the signature says about each file. Structured ones are written in the canonical form by these tests."""
    return [
        {"name": name, "hash": hashlib.sha256(_canonical(name, text)).hexdigest(), "algorithm": "SHA-256"}
        for name, text in files.items()
    ]


def _canonical(name: str, text: bytes) -> bytes:
    if not name.endswith(("data.json", ".manifest")):
        return text
    return json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def token(payload: Any, algorithm: str = "RS256", *, number: int = 0, key: bytes = SECRET, **header: Any) -> str:
    head = encoded({"alg": algorithm, "kid": "default", "typ": "JWT", **header})
    signing = f"{head}.{encoded(payload)}"
    return f"{signing}.{encoded(_signature(algorithm, number, key, signing.encode()))}"


def _signature(algorithm: str, number: int, secret: bytes, signing: bytes) -> bytes:
    digest = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}[algorithm[2:]]
    family = algorithm[:2]
    if family == "HS":
        return hmac.digest(secret, signing, f"sha{algorithm[2:]}")
    key = private_key(algorithm, number)
    if family == "RS":
        return key.sign(signing, padding.PKCS1v15(), digest)  # type: ignore[no-any-return]
    if family == "PS":
        return key.sign(signing, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)  # type: ignore[no-any-return]
    r, s = utils.decode_dss_signature(key.sign(signing, ec.ECDSA(digest)))
    half = (key.curve.key_size + 7) // 8
    return r.to_bytes(half) + s.to_bytes(half)


def signatures(*tokens: str, **more: Any) -> bytes:
    return json.dumps({"signatures": list(tokens), **more}).encode()


def signed(files: Mapping[str, bytes] = FILES, algorithm: str = "RS256", *, number: int = 0) -> bytes:
    """The archive of a signed bundle."""
    jwt = token({"files": listing(files), "keyid": "default"}, algorithm, number=number)
    return archive({**files, ".signatures.json": signatures(jwt)})
