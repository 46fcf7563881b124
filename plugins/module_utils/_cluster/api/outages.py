# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a request got no answer: every exception of the HTTP layer as one ``Unreachable``.

Texts of foreign exceptions never reach the message: they may quote a header, and with it a token.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Unreachable

# Codes that ``rest.py`` tries again.
REFUSED = "connection.refused"
RESET = "connection.reset"
TIMEOUT = "connection.timeout"


def public_url(url: str) -> str:
    """The URL without user name and password."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "the given address"
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def outage(error: BaseException, host: str, method: str, timeout_s: float) -> Unreachable:
    """The failure in our words.

    Args:
        error: What urllib3, http.client or the socket raised.
        host: The server's address, without credentials.
        method: HTTP method of the request.
        timeout_s: Time that the request had.
    """
    causes = tuple(_causes(error))
    for find in (_tls, _proxy, _before_connection, _timeout):
        found = find(causes, host, timeout_s)
        if found is not None:
            return found
    return Unreachable(
        RESET,
        f"The connection to {host} broke off before the {method} request was answered.",
        "The API server may be restarting: run the task again.",
        maybe_sent=True,
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and what is inside: causes, contexts, and the exceptions urllib3 passes as arguments."""
    seen: list[BaseException] = []
    waiting = [error]
    while waiting:
        current = waiting.pop(0)
        if current is None or any(current is known for known in seen):
            continue
        seen.append(current)
        yield current
        inside = (current.__cause__, current.__context__, getattr(current, "reason", None), *current.args)
        waiting += [item for item in inside if isinstance(item, BaseException)]


def _tls(causes: tuple[BaseException, ...], host: str, timeout_s: float) -> Unreachable | None:
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(
                "connection.tls-verification",
                f"The certificate of {host} cannot be verified: {_words(cause, 'verify_message')}.",
                "Give the cluster's CA with ca_cert, or check that the host is the one meant.",
            )
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
            return Unreachable(
                "connection.tls-failed",
                f"TLS with {host} failed: {_words(cause, 'reason')}.",
                "Check that the port speaks HTTPS and that the client certificate is still valid.",
                maybe_sent=True,
            )
    return None


def _words(error: ssl.SSLError, name: str) -> str:
    """A text of OpenSSL; an error that was not raised by it has none."""
    return str(getattr(error, name, None) or "protocol error").rstrip(".")


def _proxy(causes: tuple[BaseException, ...], host: str, timeout_s: float) -> Unreachable | None:
    if not any(type(cause).__name__ == "ProxyError" for cause in causes):
        return None
    return Unreachable(
        "connection.proxy-failed",
        f"The proxy does not let the connection to {host} through.",
        "Check the options proxy, no_proxy and proxy_headers, and HTTPS_PROXY and NO_PROXY in the environment.",
    )


def _before_connection(causes: tuple[BaseException, ...], host: str, timeout_s: float) -> Unreachable | None:
    """Failures after which certainly nothing was sent."""
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return Unreachable(
            "connection.name-unknown",
            f"The name in {host} cannot be resolved.",
            "Check the host, the kubeconfig's server and the DNS of the machine that runs the task.",
        )
    if not any(type(cause).__name__ in ("NewConnectionError", "ConnectTimeoutError") for cause in causes):
        return _malformed(causes, host)
    if any(type(cause).__name__ == "NewConnectionError" for cause in causes):
        refused = any(getattr(cause, "errno", None) == errno.ECONNREFUSED for cause in causes)
        what = "refuses the connection" if refused else "cannot be reached"
        return Unreachable(REFUSED, f"{host} {what}.", "Check that the API server runs and that a route leads to it.")
    return Unreachable(
        TIMEOUT,
        f"No connection to {host} within {timeout_s:.3g} s.",
        "Check route and firewall, or raise request_timeout.",
    )


def _malformed(causes: tuple[BaseException, ...], host: str) -> Unreachable | None:
    names = {type(cause).__name__ for cause in causes}
    if not names & {"LocationParseError", "LocationValueError", "URLSchemeUnknown", "InvalidURL"}:
        return None
    return Unreachable(
        "connection.host-invalid",
        f"{host} is not the address of a server.",
        "Give host as https://name:port.",
    )


def _timeout(causes: tuple[BaseException, ...], host: str, timeout_s: float) -> Unreachable | None:
    if not any(isinstance(cause, TimeoutError) or type(cause).__name__ == "ReadTimeoutError" for cause in causes):
        return None
    return Unreachable(
        TIMEOUT,
        f"{host} did not answer within {timeout_s:.3g} s.",
        "Run the task again, or raise request_timeout.",
        maybe_sent=True,
    )
