# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""One request over HTTP, and every way to get no answer."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
import urllib3

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.outages import outage, public_url
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.transport import Answer, Transport
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError, InvalidRequest, Unreachable
from tests.unit.cluster_rest.fake_server import http_server, reply


@contextmanager
def _transport(url: str, **more: Any) -> Iterator[Transport]:
    transport = Transport(urllib3.PoolManager(), url, **more)
    try:
        yield transport
    finally:
        transport.close()


def _get(transport: Transport, timeout_s: float = 2.0, method: str = "GET") -> Answer:
    return transport.request(method, "/x", headers={"Accept": "a"}, body=None, timeout_s=timeout_s)


def test_an_answer_is_read_whole() -> None:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        reply(handler, 429, {"a": 1}, Retry_After="7", Warning='299 - "v1 is \\"old\\""')

    with http_server(respond) as url, _transport(url) as transport:
        answer = _get(transport)
        assert answer == Answer(429, b'{"a": 1}', 7.0, ('v1 is "old"',), date=answer.date)
        assert answer.date.endswith("GMT")


def test_headers_are_sent_with_every_group() -> None:
    def respond(handler: BaseHTTPRequestHandler) -> None:
        names = ("Authorization", "Impersonate-User", "Impersonate-Group", "Accept")
        reply(handler, 200, {name: handler.headers.get_all(name) for name in names})

    headers = [("Impersonate-User", "joe"), ("Impersonate-Group", "a"), ("Impersonate-Group", "b")]
    with (
        http_server(respond) as url,
        _transport(url, authorization=lambda: "Bearer t\n", headers=headers) as transport,
    ):
        assert _get(transport).body == (
            b'{"Authorization": ["Bearer t"], "Impersonate-User": ["joe"],'
            b' "Impersonate-Group": ["a", "b"], "Accept": ["a"]}'
        )


@pytest.mark.parametrize("token", ["canary\r\nX: y", "canary\x00", "canary-\u0142"], ids=["newline", "nul", "unicode"])
def test_a_credential_that_fits_no_header_is_refused_without_quoting_it(token: str) -> None:
    with (
        _transport("http://127.0.0.1:1", authorization=lambda: f"Bearer {token}") as transport,
        pytest.raises(InvalidRequest) as caught,
    ):
        _get(transport)
    assert caught.value.code == "connection.credential-invalid"
    assert "canary" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_redirect_is_not_followed() -> None:
    with (
        http_server(lambda handler: reply(handler, 302, {}, Location="http://127.0.0.1:1/")) as url,
        _transport(url) as transport,
    ):
        assert _get(transport).status == 302


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


def _promise_more(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"short")
    handler.wfile.flush()
    _hang_up(handler)


def _speak_nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"nonsense\r\n\r\n")
    handler.wfile.flush()
    _hang_up(handler)


def _say_nothing(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(0.2)
    handler.close_connection = True


def _trickle(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    try:
        for _ in range(20):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.02)
    except OSError:
        pass
    handler.close_connection = True


ANSWERS_THAT_ARE_NONE: dict[str, tuple[Callable[[BaseHTTPRequestHandler], None], float, str]] = {
    "hangs-up": (_hang_up, 2.0, "connection.reset"),
    "breaks-off": (_promise_more, 2.0, "connection.reset"),
    "nonsense": (_speak_nonsense, 2.0, "connection.reset"),
    "silence": (_say_nothing, 0.1, "connection.timeout"),
    "trickle": (_trickle, 0.1, "connection.timeout"),
}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    ("respond", "timeout_s", "code"), ANSWERS_THAT_ARE_NONE.values(), ids=ANSWERS_THAT_ARE_NONE.keys()
)
def test_no_answer_after_sending_may_have_been_carried_out(
    respond: Callable[[BaseHTTPRequestHandler], None], timeout_s: float, code: str, method: str
) -> None:
    asked = []

    def once(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.command)
        respond(handler)

    with http_server(once) as url, _transport(url) as transport, pytest.raises(Unreachable) as caught:
        _get(transport, timeout_s, method)
    assert (caught.value.code, caught.value.maybe_sent, asked) == (code, True, [method])


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_refused_connection_was_not_sent() -> None:
    host = f"http://127.0.0.1:{_closed_port()}"
    with _transport(host) as transport, pytest.raises(Unreachable) as caught:
        _get(transport)
    error = caught.value
    assert (error.code, error.message, error.maybe_sent) == (
        "connection.refused",
        f"{host} refuses the connection.",
        False,
    )


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://name.invalid", "connection.name-unknown"),
        ("https://[::1", "connection.host-invalid"),
        ("gopher://x", "connection.host-invalid"),
    ],
)
def test_an_address_that_leads_nowhere_was_not_sent(url: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_dns(*args: object, **more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_dns)
    with _transport(url) as transport, pytest.raises(Unreachable) as caught:
        _get(transport)
    assert (caught.value.code, caught.value.maybe_sent) == (code, False)


def _verification_error() -> Exception:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate"
    return urllib3.exceptions.SSLError(error)


OUTAGES: dict[str, tuple[Exception, str, bool, str]] = {
    "untrusted-certificate": (
        _verification_error(),
        "connection.tls-verification",
        False,
        "The certificate of https://a cannot be verified: self-signed certificate.",
    ),
    "alert": (
        urllib3.exceptions.SSLError(ssl.SSLError(1, "alert")),
        "connection.tls-failed",
        True,
        "TLS with https://a failed: protocol error.",
    ),
    "tls-broken-off": (
        urllib3.exceptions.SSLError(ssl.SSLEOFError(8, "EOF")),
        "connection.reset",
        True,
        "The connection to https://a broke off before the PATCH request was answered.",
    ),
    "connect-timeout": (
        urllib3.exceptions.ConnectTimeoutError(),
        "connection.timeout",
        False,
        "No connection to https://a within 3 s.",
    ),
    "proxy": (
        urllib3.exceptions.ProxyError("canary", OSError("canary")),
        "connection.proxy-failed",
        False,
        "The proxy does not let the connection to https://a through.",
    ),
    "value-error": (
        ValueError("canary"),
        "connection.reset",
        True,
        "The connection to https://a broke off before the PATCH request was answered.",
    ),
}


@pytest.mark.parametrize(("error", "code", "maybe_sent", "message"), OUTAGES.values(), ids=OUTAGES.keys())
def test_foreign_exceptions_become_ours_without_their_words(
    error: Exception, code: str, maybe_sent: bool, message: str
) -> None:
    found = outage(error, "https://a", "PATCH", 3.0)
    assert (found.code, found.maybe_sent, found.message) == (code, maybe_sent, message)
    assert "canary" not in str(found)


def test_exceptions_in_a_circle_end() -> None:
    one, two = OSError("a"), OSError("b")
    one.__context__, two.__context__ = two, one
    assert isinstance(outage(one, "https://a", "GET", 1.0), GateError)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:canary@a:6443/k8s", "https://a:6443/k8s"),
        ("https://[::1]:6443", "https://[::1]:6443"),
        ("https://a:canary", "the given address"),
    ],
)
def test_an_address_is_shown_without_credentials(url: str, shown: str) -> None:
    assert public_url(url) == shown


def test_redact_removes_credentials_and_leaves_short_words() -> None:
    transport = Transport(None, "https://a", secrets=["long-canary", "long-canary-and-more", "abc", ""])
    assert transport.redact("x long-canary-and-more long-canary abc") == "x ******** ******** abc"
