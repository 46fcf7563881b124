# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP request over a shared connection pool, and why it got no answer.

Knows no Kubernetes: what a status code means is decided in ``status.py``, what is tried again in ``rest.py``. The pool
(urllib3's, made in ``connection.py``) is thread-safe and so is this. urllib3 itself retries nothing and follows no
redirect: only this layer's callers know which request may be sent twice.

Private to the collection: may change without notice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.outages import outage, public_url
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest

_CHUNK_BYTES = 1 << 18
# A shorter secret would blank out ordinary words.
_SHORTEST_SECRET = 8


@dataclass(frozen=True)
class Answer:
    """What the server answered.

    Attributes:
        status: HTTP status code.
        body: Decoded bytes.
        retry_after_s: Seconds of the ``Retry-After`` header, ``None`` without one.
        warnings: Texts of the ``Warning`` headers (RFC 7234, code 299).
        date: The ``Date`` header as it came (RFC 9110, section 6.6.1); empty without one.
    """

    status: int
    body: bytes = b""
    retry_after_s: float | None = None
    warnings: tuple[str, ...] = ()
    date: str = ""


class Transport:
    """Sends requests to one API server.

    Args:
        pool: ``urllib3.PoolManager`` or one like it.
        host: Base URL, with or without a path.
        authorization: Gives the value of the ``Authorization`` header, or an empty string; called for each request, so
            that a token can be renewed.
        headers: Sent with each request, repeated names included (impersonated groups).
        secrets: Texts that ``redact`` removes.
    """

    def __init__(
        self,
        pool: Any,
        host: str,
        *,
        authorization: Callable[[], str] = lambda: "",
        headers: Iterable[tuple[str, str]] = (),
        secrets: Iterable[str] = (),
    ) -> None:
        self._pool = pool
        self._host = host.rstrip("/")
        self._authorization = authorization
        self._headers = tuple(headers)
        self._secrets = tuple(sorted({s for s in secrets if len(s) >= _SHORTEST_SECRET}, key=len, reverse=True))
        self.host = public_url(self._host)

    def request(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> Answer:
        """Send one request and read the whole answer.

        Args:
            method: ``GET``, ``POST``, ...
            target: Path and query, beginning with a slash.
            headers: In addition to those of every request.
            body: Encoded body.
            timeout_s: For connecting, sending and reading together.

        Raises:
            Unreachable: No complete answer; ``maybe_sent`` tells whether the server may have acted.
        """
        # urllib3 comes with the kubernetes library and is imported by the time a pool exists.
        import http.client

        import urllib3

        try:
            sent = self._all_headers(headers)
        except (ValueError, UnicodeError):
            raise _unusable_credential() from None
        until = clock() + timeout_s
        try:
            response = self._pool.request(
                method,
                self._host + target,
                body=body,
                headers=sent,
                timeout=urllib3.Timeout(total=timeout_s),
                retries=False,
                redirect=False,
                preload_content=False,
            )
            return _answer(response, _read(response, until, clock))
        except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError) as error:
            raise outage(error, self.host, method, timeout_s) from error

    def redact(self, text: str) -> str:
        """The text without the credentials of this connection."""
        for secret in self._secrets:
            text = text.replace(secret, "********")
        return text

    def close(self) -> None:
        self._pool.clear()

    def _all_headers(self, headers: Mapping[str, str]) -> Any:
        from urllib3 import HTTPHeaderDict

        sent = HTTPHeaderDict(headers)
        for name, value in self._headers:
            sent.add(name, _header_value(value))
        authorization = self._authorization()
        if authorization:
            sent.add("Authorization", _header_value(authorization))
        return sent


def _header_value(text: str) -> str:
    """The text as a header value. A token read from a file often ends in a newline."""
    text = text.strip()
    if not text.isprintable():
        raise ValueError("control character in a header")
    text.encode("latin-1")
    return text


def _unusable_credential() -> InvalidRequest:
    return InvalidRequest(
        "connection.credential-invalid",
        "The credential or the impersonated identity holds a character that no HTTP header can carry.",
        "Check api_key, the kubeconfig's token and impersonate_user for line breaks and stray characters.",
    )


def _read(response: Any, until: float, clock: Callable[[], float]) -> bytes:
    """The body. A server that trickles bytes outlives the timeout of any single read, so the time is checked here."""
    read_some = getattr(response, "read1", None)
    if read_some is None:
        data: bytes = response.read()
        return data
    parts: list[bytes] = []
    while True:
        part = read_some(_CHUNK_BYTES)
        if not part:
            response.release_conn()
            return b"".join(parts)
        parts.append(part)
        if clock() > until:
            response.close()
            raise TimeoutError("the answer came too slowly")


def _answer(response: Any, body: bytes) -> Answer:
    headers = response.headers
    return Answer(
        status=response.status,
        body=body,
        retry_after_s=_seconds(headers.get("Retry-After")),
        warnings=tuple(text for text in map(_warning_text, headers.getlist("Warning")) if text),
        date=headers.get("Date") or "",
    )


def _seconds(text: str | None) -> float | None:
    """API servers send whole seconds; the header's date form is not worth a clock."""
    return float(text) if text is not None and text.isascii() and text.isdigit() else None


def _warning_text(header: str) -> str:
    """``deprecated`` out of ``299 - "deprecated"``."""
    parts = header.split(" ", 2)
    if len(parts) != 3 or parts[0] != "299":
        return ""
    text = parts[2].strip()
    if text.startswith('"'):
        end = text.rfind('"')
        text = text[1:end] if end > 0 else text[1:]
    return text.replace('\\"', '"').replace("\\\\", "\\")
