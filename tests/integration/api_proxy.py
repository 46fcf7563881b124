# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A proxy between a client and the API server that records every request and injects faults.

Plain HTTP towards the client, one thread per connection; towards the server it is one identity of the cluster. A client
that sends an Authorization header of its own keeps it.

    with ApiProxy(cluster.kubeconfig("runner"), tmp_path) as proxy:
        proxy.fault(request_to("/eviction$"), BUDGET_REFUSAL, times=3)
        run(kubeconfig=proxy.kubeconfig())
        assert proxy.writes() == []
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import struct
import threading
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self, cast
from urllib.parse import parse_qs, urlsplit

from tests.cluster.credentials import kubeconfig_text, write_private
from tests.integration.faults import Action, Answer, AnswerAfter, Call, Delay, Fault, Match, ResetAfter, ResetBefore
from tests.integration.recording import RecordedRequest
from tests.integration.upstream import ConnectionPool, upstream_of

_OF_ONE_CONNECTION = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer", "proxy-connection", "content-length"}
)
_PIECE = 64 * 1024


class ApiProxy:
    """Listens from its construction to ``close``.

    Args:
        kubeconfig: Where the requests go, and as whom.
        directory: Where ``kubeconfig()`` writes.
    """

    def __init__(self, kubeconfig: Path, directory: Path) -> None:
        self.upstream = upstream_of(kubeconfig)
        self.pool = ConnectionPool(self.upstream)
        self._directory = directory
        self._requests: list[RecordedRequest] = []
        self._faults: list[Fault] = []
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="api-proxy", daemon=True)
        self._thread.start()

    @property
    def address(self) -> str:
        """Base URL for clients."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def kubeconfig(self) -> Path:
        """Write a kubeconfig whose server is this proxy. Its token says nothing: the proxy adds the real one."""
        path = self._directory / f"proxy-{self._server.server_address[1]}.yaml"
        write_private(path, kubeconfig_text(server=self.address, user="proxied", token=""))
        return path

    def fault(self, match: Match, action: Action, times: int | None = 1, skip: int = 0) -> Fault:
        """Inject a fault into requests that match; the first fault that takes a request has it.

        Args:
            times: How many requests are hit; ``None`` for all.
            skip: How many matching requests pass before the first is hit.
        """
        fault = Fault(match, action, times, skip)
        self._faults.append(fault)
        return fault

    def clear_faults(self) -> None:
        """Pass everything on from now on."""
        self._faults.clear()

    def requests(self, match: Match | None = None) -> Sequence[RecordedRequest]:
        """What arrived so far, in this order."""
        return [request for request in list(self._requests) if match is None or match(request)]

    def writes(self) -> Sequence[RecordedRequest]:
        """Requests that change the cluster: neither dry runs nor reviews. Also those that failed."""
        return self.requests(lambda request: request.is_write)

    def forget(self) -> None:
        """Start the record anew."""
        self._requests.clear()

    def record(self, request: RecordedRequest) -> Action | None:
        """Keep a request and return the fault it meets. Called by the connections' threads."""
        self._requests.append(request)
        for fault in list(self._faults):
            action = fault.take(request)
            if action is not None:
                request.fault = type(action).__name__
                return action
        return None

    def close(self) -> None:
        """End all connections and the server."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server.end_connections()
        self.pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, proxy: ApiProxy) -> None:
        self.proxy = proxy
        self._open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error."""

    def end_connections(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def handle_one_request(self) -> None:
        """Read a request, meet its fault or pass it on."""
        self.raw_requestline = self.rfile.readline(65537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        request = self._read()
        proxy = cast(_Server, self.server).proxy
        action = proxy.record(request)
        try:
            self._serve(request, action, proxy)
            self.wfile.flush()
        except (OSError, http.client.HTTPException):
            self._reset()  # what a client sees that talks to the server itself
        finally:
            request.duration_s = time.monotonic() - request.started

    def log_message(self, format: str, *args: Any) -> None:
        """The record is the log."""

    def _read(self) -> RecordedRequest:
        address = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self._chunks() if "chunked" in headers.get("transfer-encoding", "") else self._known_length(headers)
        query = parse_qs(address.query, keep_blank_values=True)
        return RecordedRequest(self.command, address.path, query, body, headers, time.monotonic())

    def _known_length(self, headers: dict[str, str]) -> bytes:
        return self.rfile.read(int(headers.get("content-length", "0")))

    def _chunks(self) -> bytes:
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass  # trailers
        return b"".join(pieces)

    def _serve(self, request: RecordedRequest, action: Action | None, proxy: ApiProxy) -> None:
        if isinstance(action, ResetBefore):
            self._reset()
            return
        if isinstance(action, Answer):
            self._answer(request, action)
            return
        if isinstance(action, Delay):
            time.sleep(action.seconds)
        elif isinstance(action, Call):
            action.function(request)
        connection = proxy.pool.take()
        try:
            answer = self._ask(connection, request, proxy)
            if isinstance(action, ResetAfter):
                answer.read()
                self._reset()
            elif isinstance(action, AnswerAfter):
                answer.read()
                self._answer(request, action.answer)
            else:
                self._pass_on(request, answer)
        except BaseException:
            connection.close()
            raise
        if answer.isclosed() and not answer.will_close:
            proxy.pool.give_back(connection)
        else:
            connection.close()

    def _ask(
        self, connection: http.client.HTTPConnection, request: RecordedRequest, proxy: ApiProxy
    ) -> http.client.HTTPResponse:
        headers = {name: value for name, value in request.headers.items() if name not in _OF_ONE_CONNECTION | {"host"}}
        if proxy.upstream.token:
            headers.setdefault("authorization", f"Bearer {proxy.upstream.token}")
        if connection.sock is None:
            connection.connect()
        if request.headers.keys() & {"content-length", "transfer-encoding"}:
            connection.request(request.method, self.path, request.body, headers)
        else:
            connection.request(request.method, self.path, headers=headers)
        answer = connection.getresponse()
        request.upstream_status = answer.status
        return answer

    def _pass_on(self, request: RecordedRequest, answer: http.client.HTTPResponse) -> None:
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _OF_ONE_CONNECTION:
                self.send_header(name, value)
        if answer.chunked and request.query.get("watch", ["false"])[0] in ("true", "1"):
            self._stream(request, answer)
            return
        body = answer.read()
        length = answer.getheader("Content-Length") if request.method == "HEAD" else str(len(body))
        if length is not None and answer.status not in (204, 304):
            self.send_header("Content-Length", length)
        self.end_headers()
        self.wfile.write(body)
        request.status = answer.status

    def _stream(self, request: RecordedRequest, answer: http.client.HTTPResponse) -> None:
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        request.status = answer.status
        while piece := answer.read1(_PIECE):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _answer(self, request: RecordedRequest, answer: Answer) -> None:
        self.send_response_only(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer.body)))
        if answer.retry_after_s is not None:
            self.send_header("Retry-After", str(answer.retry_after_s))
        self.end_headers()
        if request.method != "HEAD":
            self.wfile.write(answer.body)
        request.status = answer.status

    def _reset(self) -> None:
        """Close with RST instead of FIN, and drop what is buffered."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.wfile = _Nowhere()  # type: ignore[assignment]
        self.connection.close()


class _Nowhere:
    """Takes what the base class flushes and closes after a reset."""

    closed = True

    def flush(self) -> None:
        """Nothing to do."""

    def close(self) -> None:
        """Nothing to do."""
