# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that say which cluster to talk to and as whom: names, types, secrecy.

Names and aliases are those of ``kubernetes.core``, so that a task moves over unchanged. Defaults are deliberately
absent here: an option that the task leaves out is looked up in the environment next (``settings.py``), which
a default would hide.

The documentation of the same options stands in ``plugins/doc_fragments/connection.py``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# Every option's other spellings; each spelling is also one of the environment variable K8S_AUTH_<SPELLING>.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "validate_certs": ("verify_ssl",),
    "ca_cert": ("ssl_ca_cert",),
    "client_cert": ("cert_file",),
    "client_key": ("key_file",),
}

PROXY_HEADERS = ("proxy_basic_auth", "basic_auth", "user_agent")

CONNECTION_ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "kubeconfig": {"type": "raw", "no_log": False},
    "context": {"type": "str"},
    "host": {"type": "str"},
    "api_key": {"type": "str", "no_log": True},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "aliases": ["verify_ssl"]},
    "ca_cert": {"type": "path", "aliases": ["ssl_ca_cert"]},
    "client_cert": {"type": "path", "aliases": ["cert_file"]},
    "client_key": {"type": "path", "aliases": ["key_file"], "no_log": True},
    "proxy": {"type": "str"},
    "no_proxy": {"type": "str"},
    "proxy_headers": {
        "type": "dict",
        "no_log": True,
        "options": {
            "proxy_basic_auth": {"type": "str", "no_log": True},
            "basic_auth": {"type": "str", "no_log": True},
            "user_agent": {"type": "str"},
        },
    },
    "persist_config": {"type": "bool"},
    "impersonate_user": {"type": "str"},
    "impersonate_groups": {"type": "list", "elements": "str"},
    "request_timeout": {"type": "float"},
}

# Keys of a kubeconfig whose values are credentials, at any depth.
_SECRET_KEYS = frozenset(
    {"token", "password", "client-key-data", "id-token", "access-token", "refresh-token", "client-secret"}
)


def connection_arguments(kubeconfig: object = None) -> dict[str, dict[str, Any]]:
    """The argument spec of the connection options, fit for the kind of kubeconfig that the task gives.

    A path is no secret and belongs in the log of the invocation; a kubeconfig given inline holds credentials, so with
    one the option is ``no_log``.

    Args:
        kubeconfig: The option's value as the task states it: a path, a mapping or nothing.
    """
    arguments = {name: dict(argument) for name, argument in CONNECTION_ARGUMENTS.items()}
    arguments["kubeconfig"]["no_log"] = isinstance(kubeconfig, Mapping)
    return arguments


def secret_values(options: Mapping[str, Any]) -> frozenset[str]:
    """Every string in the connection options that must appear in no output, those of an inline kubeconfig included."""
    found: set[str] = set()
    for name in ("api_key", "password"):
        found.update(_strings(options.get(name)))
    headers = options.get("proxy_headers")
    if isinstance(headers, Mapping):
        found.update(text for name in ("proxy_basic_auth", "basic_auth") for text in _strings(headers.get(name)))
    kubeconfig = options.get("kubeconfig")
    if isinstance(kubeconfig, Mapping):
        found.update(kubeconfig_secrets(kubeconfig))
    return frozenset(found)


def kubeconfig_secrets(node: object) -> Iterator[str]:
    """The credentials inside a kubeconfig; the environment of its exec plugins counts as secret as well."""
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in _SECRET_KEYS:
                yield from _strings(value)
            elif key == "env" and isinstance(value, list):
                yield from (str(item["value"]) for item in value if isinstance(item, Mapping) and item.get("value"))
            else:
                yield from kubeconfig_secrets(value)
    elif isinstance(node, list):
        for item in node:
            yield from kubeconfig_secrets(item)


def _strings(value: object) -> Iterator[str]:
    if value not in (None, ""):
        yield str(value)
