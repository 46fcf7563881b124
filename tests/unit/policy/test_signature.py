# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who signs, and what counts as signed. The same with bundles of the real ``opa``: tests/policy/test_signed_bundles.py."""

from __future__ import annotations

import base64
import builtins
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing import bundle
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.bundle import Bundle
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.pins import Pin
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.signing.signature import signer
from tests.unit.policy.bundles import (
    ALGORITHMS,
    FILES,
    SECRET,
    archive,
    encoded,
    listing,
    pem,
    pin,
    private_key,
    rsa_key,
    signatures,
    signed,
    token,
)

MAIN = "policies/kubernetesexecution/main.rego"
PAYLOAD = {"files": listing(FILES)}


def of(raw: bytes) -> Bundle:
    return bundle.read(raw, "a bundle")


def with_signatures(content: bytes, files: Mapping[str, bytes] = FILES) -> Bundle:
    return of(archive({**files, ".signatures.json": content}))


def code(content: Bundle, against: Pin) -> str:
    with pytest.raises(PolicyUnusable) as refused:
        signer(content, against)
    return refused.value.code


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_holder_of_the_pinned_key_vouches(algorithm: str) -> None:
    found = signer(of(signed(algorithm=algorithm)), pin(algorithm))
    assert found == "shared-secret" if algorithm.startswith("HS") else len(found) == 64


@pytest.mark.parametrize("algorithm", [name for name in ALGORITHMS if not name.startswith("HS")])
def test_another_key_does_not(algorithm: str) -> None:
    assert code(of(signed(algorithm=algorithm, number=1)), pin(algorithm)) == "policy.signature-invalid"


def test_another_secret_does_not() -> None:
    made = with_signatures(signatures(token(PAYLOAD, "HS256", key=SECRET + b"!")))
    assert code(made, pin("HS256")) == "policy.signature-invalid"


def test_a_public_key_is_never_a_shared_secret() -> None:
    against = pin("RS256")
    made = with_signatures(signatures(token(PAYLOAD, "HS256", key=against.content)))
    assert code(made, against) == "policy.signature-invalid"


_CURVE = private_key("ES256").public_key()
_BINARY = _CURVE.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
_SSH = _CURVE.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(_BINARY, id="binary"),
        pytest.param(_BINARY + b"\n", id="binary with a line break"),
        pytest.param(base64.encodebytes(_BINARY), id="base64 without a frame"),
        pytest.param(_SSH, id="ssh"),
        pytest.param(b"---- BEGIN SSH2 PUBLIC KEY ----\n" + base64.b64encode(_BINARY), id="ssh2"),
        pytest.param(pem(private_key("ES256")).decode().encode("utf-16"), id="UTF-16"),
        pytest.param(b'{"kty": "EC", "crv": "P-256", "x": "AAAAAAAAAAAAAAAA", "y": "AAAAAAAAAAAAAAAA"}', id="JWK"),
    ],
)
def test_a_public_key_that_is_not_pem_is_no_shared_secret_either(content: bytes) -> None:
    made = with_signatures(signatures(token(PAYLOAD, "HS256", key=content)))
    assert code(made, Pin("/pin", content)) == "policy.library-key-unusable"


@pytest.mark.parametrize(
    "content", [b"0" * 32, b"\x30" * 40, base64.b64encode(bytes(range(48))), bytes(range(200, 232))], ids=range(4)
)
def test_other_secrets_stay_secrets(content: bytes) -> None:
    made = with_signatures(signatures(token(PAYLOAD, "HS256", key=content)))
    assert signer(made, Pin("/pin", content)) == "shared-secret"


def test_one_of_several_pinned_keys_is_enough() -> None:
    both = Pin("/pin", b"# old\n" + pem(rsa_key(1, 2048)) + b"# new\n" + pem(private_key("ES256")))
    first, second = (signer(of(signed(algorithm=name, number=n)), both) for name, n in (("RS256", 1), ("ES256", 0)))
    assert first != second


def _flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


@pytest.mark.parametrize("place", range(0, len(FILES[MAIN]), 37))
def test_a_policy_with_one_bit_changed_is_refused(place: int) -> None:
    raw = signatures(token(PAYLOAD))
    changed = {**FILES, MAIN: _flipped(FILES[MAIN], place)}
    assert code(with_signatures(raw, changed), pin()) == "policy.signature-invalid"


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({**FILES, "data.json": FILES["data.json"].replace(b"20", b"21")}, id="another value"),
        pytest.param({**FILES, "data.json": b"{"}, id="no JSON"),
        pytest.param(
            {**FILES, "data.json": FILES["data.json"].replace(b"20", b"20.0")}, id="the value, written otherwise"
        ),
        pytest.param({**FILES, ".manifest": b"{}"}, id="another manifest"),
        pytest.param({**FILES, "more.rego": b"package more"}, id="a file more"),
        pytest.param({**FILES, "x/signatures.json": b"{}"}, id="a file that OPA leaves out"),
        pytest.param({key: FILES[key] for key in list(FILES)[1:]}, id="a file less"),
    ],
)
def test_other_files_than_the_signed_ones_are_refused(files: Mapping[str, bytes]) -> None:
    assert code(with_signatures(signatures(token(PAYLOAD)), files), pin()) == "policy.signature-invalid"


def test_spaces_between_values_are_not_part_of_what_is_signed() -> None:
    spaced = {**FILES, "data.json": FILES["data.json"].replace(b", ", b" ,\n")}
    assert signer(with_signatures(signatures(token(PAYLOAD)), spaced), pin())


def _weak(algorithm: str) -> dict[str, Any]:
    return {"files": [{**entry, "algorithm": algorithm} for entry in listing(FILES)]}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"{}", id="nothing in it"),
        pytest.param(b"[" * 10000, id="deep"),
        pytest.param(signatures(), id="no token"),
        pytest.param(signatures(token(PAYLOAD), token(PAYLOAD)), id="two tokens"),
        pytest.param(signatures("a.b"), id="no token at all"),
        pytest.param(signatures(token(PAYLOAD)[:-8] + "AAAAAAAA"), id="broken signature"),
        pytest.param(signatures(token(PAYLOAD).rsplit(".", 1)[0] + "."), id="no signature"),
        pytest.param(signatures(f"{encoded({'alg': 'none'})}.{encoded(PAYLOAD)}."), id="alg none"),
        pytest.param(signatures(token(PAYLOAD, crit=["exp"])), id="header that asks for more"),
        pytest.param(signatures(token({**PAYLOAD, "scope": "write"})), id="scope"),
        pytest.param(signatures(token([])), id="payload is a list"),
        pytest.param(signatures(token({})), id="payload without files"),
        pytest.param(signatures(token({"files": [1]})), id="files are numbers"),
        pytest.param(signatures(token(_weak("MD5"))), id="weak hash"),
        pytest.param(signatures(token(_weak(""))), id="no hash"),
        pytest.param(signatures(token(PAYLOAD), plugin="ours"), id="plugin"),
    ],
)
def test_anything_but_one_good_token_is_refused(content: bytes) -> None:
    assert code(with_signatures(content), pin()) == "policy.signature-invalid"


def test_a_payload_taken_from_another_token_is_refused() -> None:
    head, _payload, signature = token(PAYLOAD).split(".")
    other = encoded({"files": listing({**FILES, MAIN: b"package evil"})})
    made = with_signatures(signatures(f"{head}.{other}.{signature}"), {**FILES, MAIN: b"package evil"})
    assert code(made, pin()) == "policy.signature-invalid"


def test_a_bundle_without_a_signature_is_refused() -> None:
    assert code(of(archive(FILES)), pin()) == "policy.signature-missing"


def _private(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization as s

    return key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption())  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"short secret", id="secret that can be guessed"),
        pytest.param(pem(rsa_key(0, 1024)), id="RSA of 1024 bits"),
        pytest.param(_private(rsa_key(0, 2048)), id="private key"),
        pytest.param(pem(rsa_key(0, 2048))[:200], id="cut short"),
        pytest.param(pem(rsa_key(0, 2048)).replace(b"M", b"N"), id="damaged"),
    ],
)
def test_a_pin_that_is_no_good_key_denies(content: bytes) -> None:
    assert code(of(signed()), Pin("/pin", content)) == "policy.library-key-unusable"


def test_without_the_package_a_pinned_key_denies(monkeypatch: pytest.MonkeyPatch) -> None:
    real, content, against = builtins.__import__, of(signed()), pin()

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert code(content, against) == "policy.verifier-missing"
