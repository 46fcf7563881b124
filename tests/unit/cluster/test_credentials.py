# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.cluster.credentials import ec_private_key, kubeconfig_text, token_file, write_private


def test_the_key_is_a_p256_key_and_another_each_time() -> None:
    keys = [load_pem_private_key(ec_private_key().encode(), None) for _ in range(2)]
    numbers = set()
    for key in keys:
        assert isinstance(key, EllipticCurvePrivateKey)
        assert isinstance(key.curve, SECP256R1)
        numbers.add(key.private_numbers().private_value)
    assert len(numbers) == 2


def test_the_token_file_has_one_line_per_user() -> None:
    assert token_file({"admin": "one", "kube-scheduler": "two"}) == (
        'one,guardrail-admin,admin,"system:masters"\ntwo,system:kube-scheduler,kube-scheduler,""\n'
    )


def test_a_kubeconfig_carries_the_authority_inside() -> None:
    found = yaml.safe_load(kubeconfig_text(server="https://127.0.0.1:1", user="admin", token="t", ca_pem=b"pem"))
    assert found["clusters"] == [
        {"name": "guardrail", "cluster": {"certificate-authority-data": "cGVt", "server": "https://127.0.0.1:1"}}
    ]
    assert found["users"] == [{"name": "admin", "user": {"token": "t"}}]
    assert found["contexts"] == [{"name": "guardrail", "context": {"cluster": "guardrail", "user": "admin"}}]


def test_a_secret_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    write_private(tmp_path / "secret", "text")
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
