# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the ordinary kubeconfig, where importing the Kubernetes library would be most of a task's run time.

Taken is what needs no interpretation: one file or mapping, an https server, a certificate or a token that stands in it.
Whatever is more than that (credential plugins, logins that are renewed, proxies, several files, relative paths, keys that
are not known here, anything malformed) is left to the library, which also finds the words for it.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import base64
import binascii
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_CLUSTER = {
    "server",
    "certificate-authority",
    "certificate-authority-data",
    "insecure-skip-tls-verify",
    "tls-server-name",
    "extensions",
}
_USER = {
    "client-certificate",
    "client-certificate-data",
    "client-key",
    "client-key-data",
    "token",
    "as",
    "as-groups",
    "extensions",
}
_CONTEXT = {"cluster", "user", "namespace", "extensions"}


@dataclass
class PlainConfiguration:
    """What the library's ``Configuration`` says of a connection, under its names and with its defaults."""

    host: str = "http://localhost"
    api_key: dict[str, str] = field(default_factory=dict, repr=False)
    refresh_api_key_hook: None = None
    verify_ssl: bool = True
    ssl_ca_cert: str | None = None
    ca_cert_data: None = None
    cert_file: str | None = None
    key_file: str | None = None
    assert_hostname: None = None
    tls_server_name: str | None = None
    proxy: str | None = None
    no_proxy: str | None = None
    proxy_headers: None = None

    def auth_settings(self) -> dict[str, dict[str, str]]:
        token = self.api_key.get("BearerToken")
        return {"BearerToken": {"value": token}} if token else {}


class _NotPlain(Exception):
    """Something for the library."""


def without_proxies(environ: Mapping[str, str]) -> bool:
    """Whether nothing here names a proxy. Other systems keep them outside the environment, so there it is not known."""
    named = any(name.lower().endswith("_proxy") and value for name, value in environ.items())
    return sys.platform == "linux" and not named


def read_plain(source: str | Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The content of a kubeconfig that is a mapping or one readable file of plain mappings, ``None`` otherwise."""
    if isinstance(source, Mapping):
        return source
    try:
        import yaml
    except ImportError:
        return None
    path = os.path.expanduser(source)
    if os.pathsep in source or not os.path.isfile(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            content = yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, ValueError, yaml.YAMLError):
        return None
    return content if isinstance(content, Mapping) else None


def load_plain(config: Mapping[str, Any], context: str, private: str) -> PlainConfiguration | None:
    """The configuration that the library would make of it; ``None`` where it may make something else.

    Args:
        context: Name of the context, which ``config`` is known to have, with its cluster and its user.
        private: A directory for the certificates and keys that stand in the kubeconfig; nothing else may read it.
    """
    try:
        chosen = _entry(config, "contexts", context, "context", _CONTEXT)
        cluster = _entry(config, "clusters", chosen.get("cluster"), "cluster", _CLUSTER)
        user = _entry(config, "users", chosen.get("user"), "user", _USER)
        return _configuration(cluster, user, private)
    except _NotPlain:
        return None


def _configuration(cluster: Mapping[str, Any], user: Mapping[str, Any], private: str) -> PlainConfiguration:
    server, insecure = _text(cluster, "server"), cluster.get("insecure-skip-tls-verify", False)
    if not server.startswith("https://") or not isinstance(insecure, bool):
        raise _NotPlain
    certificate, key = _file(user, "client-certificate", private), _file(user, "client-key", private)
    token = _text(user, "token") if "token" in user else ""
    if bool(certificate) != bool(key) or not (certificate or token):
        raise _NotPlain
    return PlainConfiguration(
        host=server.rstrip("/"),
        api_key={"BearerToken": f"Bearer {token}"} if token else {},
        verify_ssl=not insecure,
        ssl_ca_cert=_file(cluster, "certificate-authority", private),
        cert_file=certificate,
        key_file=key,
        tls_server_name=_text(cluster, "tls-server-name") if "tls-server-name" in cluster else None,
    )


def _entry(config: Mapping[str, Any], section: str, name: Any, kind: str, known: set[str]) -> Mapping[str, Any]:
    entries = config.get(section)
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise _NotPlain
    found = [entry.get(kind) for entry in entries if entry.get("name") == name]
    if not name or len(found) != 1 or not isinstance(found[0], Mapping) or not known.issuperset(found[0]):
        raise _NotPlain
    return found[0]


def _text(entry: Mapping[str, Any], key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value:
        raise _NotPlain
    return str(value)


def _file(entry: Mapping[str, Any], key: str, private: str) -> str | None:
    """The file that a key names, or one with what stands in the kubeconfig itself."""
    data_key = f"{key}-data"
    if key not in entry and data_key not in entry:
        return None
    if key in entry and data_key in entry:
        raise _NotPlain
    if key in entry:
        path = _text(entry, key)
        if not os.path.isabs(path) or not os.path.isfile(path):
            raise _NotPlain
        return os.path.normpath(path)
    try:
        content = base64.b64decode(_text(entry, data_key), validate=True)
    except (binascii.Error, ValueError):
        raise _NotPlain from None
    handle, name = tempfile.mkstemp(dir=private)
    with open(handle, "wb") as file:
        file.write(content)
    return name
