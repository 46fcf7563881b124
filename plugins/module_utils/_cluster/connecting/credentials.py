# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials as the Kubernetes library loads and renews them: headers, and what went wrong.

Works on the library's configuration object without importing the library (``connection.py`` does).

Private to the collection: may change without notice.
"""

from __future__ import annotations

import base64
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.status import one_line
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.kubeconfig import (
    KubeconfigContext,
    invalid,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.settings import (
    ConnectionSettings,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Unreachable

_RENEW = "Log in again, or renew the credential by hand, then run the task again."


def authorization(
    configuration: Any, settings: ConnectionSettings, errors: tuple[type[Exception], ...]
) -> Callable[[], str]:
    """What gives the ``Authorization`` header for each request.

    Args:
        configuration: The library's; its hook renews a token that is about to expire.
        settings: A credential in here is the only one used.
        errors: What renewing may raise.
    """
    if settings.api_key:
        return lambda: f"Bearer {settings.api_key}"
    if settings.username:
        pair = base64.b64encode(f"{settings.username}:{settings.password}".encode()).decode()
        return lambda: f"Basic {pair}"
    if not configuration.api_key:
        return lambda: ""
    # The hook changes the configuration; evictions ask from many threads.
    lock = threading.Lock()

    def renewed() -> str:
        with lock, loader_complaints():
            try:
                # The way that all releases of the library have in common; it calls the hook.
                return str(configuration.auth_settings().get("BearerToken", {}).get("value") or "")
            except errors as error:
                raise Unreachable(
                    "connection.credential-renewal-failed", "The credential expired and cannot be renewed.", _RENEW
                ) from error

    return renewed


def forget(configuration: Any) -> None:
    """Drop what a kubeconfig brought as credential, because the task states its own."""
    configuration.api_key = {}
    configuration.refresh_api_key_hook = None
    configuration.cert_file = configuration.key_file = None


def proxy_headers(urllib3: Any, settings: ConnectionSettings) -> dict[str, str]:
    """The headers for the proxy, spelled as HTTP wants them."""
    headers: dict[str, str] = urllib3.make_headers(**settings.proxy_headers) if settings.proxy_headers else {}
    return headers


@contextmanager
def loader_complaints() -> Iterator[list[str]]:
    """Collect what the library's loader logs: it reports a failed exec plugin on the root logger and goes on."""
    complaints: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "kube_config" in record.pathname:
                complaints.append(record.getMessage())

    root = logging.getLogger()
    collector = Collector(logging.ERROR)
    root.addHandler(collector)
    try:
        yield complaints
    finally:
        root.removeHandler(collector)


def check_exec_plugin(configuration: Any, context: KubeconfigContext, complaints: list[str]) -> None:
    """Refuse to go on as nobody when the exec plugin gave no credential.

    Raises:
        Unreachable: ``connection.credential-plugin-failed``.
    """
    if not context.has_exec_plugin or configuration.api_key or configuration.cert_file:
        return
    said = one_line(complaints[-1]).removeprefix("exec: ").rstrip(".") if complaints else "it printed no credential"
    raise Unreachable(
        "connection.credential-plugin-failed",
        f"The credential plugin {context.exec_command!r} of context {context.name!r} failed: {said}.",
        "Run the command by hand as the user who runs the task; it must be installed there and logged in.",
    )


def load_failure(error: Exception, source: str, context: KubeconfigContext) -> Unreachable:
    """Why the loader gave up, without its words: they may contain the user entry."""
    if isinstance(error, FileNotFoundError) or str(error).startswith("File does not exist: "):
        return Unreachable(
            "connection.file-missing",
            f"{source} names a certificate, key or token file that does not exist (context {context.name!r}).",
            "Check the paths in the kubeconfig on the machine that runs the task.",
        )
    if "auth-provider" in context.user:
        return Unreachable(
            "connection.credential-renewal-failed",
            f"The login of context {context.name!r} expired and cannot be renewed.",
            _RENEW,
        )
    return invalid(source, f"the entries of context {context.name!r} cannot be used")


def deep_plain(value: Any) -> Any:
    """A deep copy made of plain mappings, lists and strings: the loader changes what it is given."""
    if isinstance(value, Mapping):
        return {str(key): deep_plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [deep_plain(item) for item in value]
    return str(value) if isinstance(value, str) else value
