# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which cluster, as whom: the task's options and the environment resolved to one frozen value. No I/O.

Precedence, each option by itself: the task's option, then ``K8S_AUTH_<OPTION>``, then ``K8S_AUTH_<ALIAS>``, for the
kubeconfig finally ``KUBECONFIG``. What is still unset comes from the kubeconfig (``connection.py``). An empty string
counts as unset.

The environment is an argument: for a task that runs in process, its ``environment:`` is not ``os.environ``.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import (
    ALIASES,
    PROXY_HEADERS,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest

REQUEST_TIMEOUT_S = 30.0

_TRUE = frozenset({"1", "true", "yes", "on", "y", "t"})
_FALSE = frozenset({"0", "false", "no", "off", "n", "f"})


@dataclass(frozen=True)
class ConnectionSettings:
    """What the task and its environment say about the connection. Secrets stay out of ``repr``.

    Attributes:
        kubeconfig: Path (several with colons), a whole kubeconfig as a mapping, or ``None``.
        kubeconfig_is_ambient: It comes from ``KUBECONFIG``, which serves every tool and names no host for this task.
        validate_certs: ``None`` leaves it to the kubeconfig.
        ca_cert, client_cert, client_key: Paths of PEM files.
        proxy_headers: Keys ``proxy_basic_auth``, ``basic_auth`` (``user:password``) and ``user_agent``.
        persist_config: Write refreshed credentials back into the kubeconfig file.
        request_timeout_s: For one request with its retries.
    """

    kubeconfig: str | Mapping[str, Any] | None = field(default=None, repr=False)
    kubeconfig_is_ambient: bool = False
    context: str = ""
    host: str = ""
    api_key: str = field(default="", repr=False)
    username: str = ""
    password: str = field(default="", repr=False)
    validate_certs: bool | None = None
    ca_cert: str = ""
    client_cert: str = ""
    client_key: str = ""
    proxy: str = field(default="", repr=False)
    no_proxy: str = ""
    proxy_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    persist_config: bool = False
    impersonate_user: str = ""
    impersonate_groups: tuple[str, ...] = ()
    request_timeout_s: float = REQUEST_TIMEOUT_S

    @property
    def has_credential(self) -> bool:
        """A credential is stated, so none is taken from a kubeconfig: its certificate would win over our token."""
        return bool(self.api_key or (self.username and self.password) or (self.client_cert and self.client_key))

    @property
    def needs_kubeconfig(self) -> bool:
        """Whether a kubeconfig (or the pod's service account) has to say where the cluster is or who asks.

        A host with a credential is complete. A host alone, without a kubeconfig that was named for it, is complete too:
        a credential goes only to a server that it was meant for.
        """
        if not self.host:
            return True
        named = bool(self.kubeconfig) and not self.kubeconfig_is_ambient
        return not self.has_credential and (named or bool(self.context))


def resolve(options: Mapping[str, Any], environ: Mapping[str, str]) -> ConnectionSettings:
    """Merge options and environment.

    Args:
        options: The task's connection options; other keys are ignored, aliases understood.
        environ: The task's environment.

    Raises:
        InvalidRequest: ``connection.option-invalid``, for a value of the wrong kind.
    """
    source = _Source(options, environ)
    kubeconfig, ambient = source.kubeconfig()
    settings = ConnectionSettings(
        kubeconfig=kubeconfig,
        kubeconfig_is_ambient=ambient,
        context=source.text("context"),
        host=source.host(),
        api_key=source.text("api_key"),
        username=source.text("username"),
        password=source.text("password"),
        validate_certs=source.boolean("validate_certs"),
        ca_cert=source.text("ca_cert"),
        client_cert=source.text("client_cert"),
        client_key=source.text("client_key"),
        proxy=source.text("proxy"),
        no_proxy=source.text("no_proxy"),
        proxy_headers=source.proxy_headers(),
        persist_config=bool(source.boolean("persist_config")),
        impersonate_user=source.text("impersonate_user"),
        impersonate_groups=source.words("impersonate_groups"),
        request_timeout_s=source.seconds("request_timeout", REQUEST_TIMEOUT_S),
    )
    _check_pairs(settings)
    return settings


def _check_pairs(settings: ConnectionSettings) -> None:
    for one, other in (("username", "password"), ("client_cert", "client_key")):
        if bool(getattr(settings, one)) != bool(getattr(settings, other)):
            given, missing = (one, other) if getattr(settings, one) else (other, one)
            raise InvalidRequest(
                "connection.option-invalid",
                f"The connection option {given} is set without {missing}.",
                f"Set {missing} too, or leave out {given}.",
            )
    if settings.impersonate_groups and not settings.impersonate_user:
        raise InvalidRequest(
            "connection.option-invalid",
            "The connection option impersonate_groups is set without impersonate_user.",
            "Kubernetes impersonates groups only together with a user: set impersonate_user.",
        )


class _Source:
    """One option at a time, in the order of precedence, converted to its type."""

    def __init__(self, options: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self._options = options
        self._environ = environ

    def _find(self, name: str) -> tuple[Any, str]:
        """The value, or ``None``, and what to call it in a message."""
        spellings = (name, *ALIASES.get(name, ()))
        for spelling in spellings:
            value = self._options.get(spelling)
            if not _empty(value):
                return value, f"connection option {name}"
        for spelling in spellings:
            variable = f"K8S_AUTH_{spelling.upper()}"
            if not _empty(self._environ.get(variable)):
                return self._environ[variable], f"environment variable {variable}"
        return None, ""

    def text(self, name: str) -> str:
        value, origin = self._find(name)
        if value is None:
            return ""
        if not isinstance(value, (str, int, float)) or isinstance(value, bool):
            raise _invalid(origin, "a string")
        return str(value).strip()

    def boolean(self, name: str) -> bool | None:
        value, origin = self._find(name)
        if value is None or isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if word not in _TRUE | _FALSE:
            raise _invalid(origin, "true or false")
        return word in _TRUE

    def seconds(self, name: str, default: float) -> float:
        value, origin = self._find(name)
        if value is None:
            return default
        try:
            number = float(value)
        except (TypeError, ValueError):
            number = math.nan
        if isinstance(value, bool) or not (math.isfinite(number) and number > 0):
            raise _invalid(origin, "a number of seconds above 0")
        return number

    def words(self, name: str) -> tuple[str, ...]:
        value, origin = self._find(name)
        if value is None:
            return ()
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) for item in items):
            raise _invalid(origin, "a list of strings")
        return tuple(item.strip() for item in items if item.strip())

    def host(self) -> str:
        host = self.text("host").rstrip("/")
        if host and not host.startswith(("https://", "http://")):
            raise _invalid(self._find("host")[1], "a URL that begins with https:// or http://")
        return host

    def kubeconfig(self) -> tuple[str | Mapping[str, Any] | None, bool]:
        """The kubeconfig, and whether it is the ambient one."""
        value, origin = self._find("kubeconfig")
        if value is None:
            ambient = self._environ.get("KUBECONFIG") or None
            return ambient, ambient is not None
        if isinstance(value, Mapping):
            return dict(value), False
        if not isinstance(value, str):
            raise _invalid(origin, "a path or a mapping")
        return value, False

    def proxy_headers(self) -> dict[str, str]:
        given = self._options.get("proxy_headers") or {}
        if not isinstance(given, Mapping):
            raise _invalid("connection option proxy_headers", "a mapping")
        found = {}
        for name in PROXY_HEADERS:
            value = given.get(name) or self._environ.get(f"K8S_AUTH_PROXY_HEADERS_{name.upper()}")
            if value:
                found[name] = str(value)
        return found


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, (str, list, tuple, Mapping)) and not value)


def _invalid(origin: str, expected: str) -> InvalidRequest:
    """The value itself stays out of the message: it may be a secret that landed in the wrong option."""
    return InvalidRequest("connection.option-invalid", f"The {origin} must be {expected}.", "Correct the value.")
