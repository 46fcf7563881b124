# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Keys, tokens and kubeconfig files of a control plane of our own."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

# Who gets a static token: name -> (user, groups). The names of the components are those that RBAC knows.
TOKEN_USERS = {
    "admin": ("guardrail-admin", "system:masters"),
    "kwok": ("kwok", "system:masters"),
    "kube-controller-manager": ("system:kube-controller-manager", ""),
    "kube-scheduler": ("system:kube-scheduler", ""),
    # Powerless where no real node is asked for: nothing then gives rights to these names.
    "kubelet": ("system:node:real-1", "system:nodes"),
}


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, from its first moment on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def ec_private_key() -> str:
    """A new P-256 private key, PEM. Signs the tokens of service accounts.

    RFC 5915: SEQUENCE { version 1, the 32 bytes of the number, [0] the curve }. The public point is optional, so random
    bytes are all it takes; a first byte below 255 keeps the number below the curve's order.
    """
    number = bytes([secrets.randbelow(255), *secrets.token_bytes(31)])
    curve = bytes.fromhex("06082a8648ce3d030107")
    body = b"\x02\x01\x01" + b"\x04\x20" + number + b"\xa0" + bytes([len(curve)]) + curve
    text = base64.b64encode(b"\x30" + bytes([len(body)]) + body).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join(["-----BEGIN EC PRIVATE KEY-----", *lines, "-----END EC PRIVATE KEY-----", ""])


def token_file(tokens: dict[str, str]) -> str:
    """The content of ``--token-auth-file`` for the users of ``TOKEN_USERS``."""
    rows = []
    for name, token in tokens.items():
        user, groups = TOKEN_USERS[name]
        rows.append(f'{token},{user},{name},"{groups}"\n')
    return "".join(rows)


def kubeconfig_text(*, server: str, user: str, token: str, ca_pem: bytes = b"") -> str:
    """A kubeconfig with one context; the certificate authority is inside, so that the file can be moved.

    Without a token the user has no credential: a key without a value makes some clients refuse the file.
    """
    user_entry = f"\n    token: {token}" if token else " {}"
    ca_line = f"certificate-authority-data: {base64.b64encode(ca_pem).decode()}\n    " if ca_pem else ""
    return f"""apiVersion: v1
kind: Config
clusters:
- name: guardrail
  cluster:
    {ca_line}server: {server}
users:
- name: {user}
  user:{user_entry}
contexts:
- name: guardrail
  context:
    cluster: guardrail
    user: {user}
current-context: guardrail
"""
