# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Stand-ins for the API server: scripted answers in memory, and a loopback HTTP server."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.transport import Answer
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Unreachable


@dataclass(frozen=True)
class Sent:
    method: str
    target: str
    body: Any = None
    content_type: str = ""
    accept: str = ""


class FakeClock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds


def answer(status: int, document: Any = None, **more: Any) -> Answer:
    return Answer(status, json.dumps({} if document is None else document).encode(), **more)


def status(code: int, reason: str = "", message: str = "no", **details: Any) -> Answer:
    document = {"kind": "Status", "status": "Failure", "code": code, "reason": reason, "message": message}
    return answer(code, {**document, "details": details} if details else document)


def refused(*, maybe_sent: bool = False) -> Unreachable:
    return Unreachable("connection.reset" if maybe_sent else "connection.refused", "down", maybe_sent=maybe_sent)


@dataclass
class Scripted:
    """Gives the scripted answers in turn, or asks a function; records what was sent."""

    answers: list[Answer | Unreachable] = field(default_factory=list)
    respond: Callable[[Sent], Answer] | None = None
    sent: list[Sent] = field(default_factory=list)
    timeouts: list[float] = field(default_factory=list)
    host: str = "https://api.test"
    lock: threading.Lock = field(default_factory=threading.Lock)

    def request(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_s: float,
        clock: Callable[[], float],
    ) -> Answer:
        sent = Sent(
            method,
            target,
            None if body is None else json.loads(body),
            headers.get("Content-Type", ""),
            "" if headers["Accept"] == "application/json" else headers["Accept"],
        )
        with self.lock:
            self.sent.append(sent)
            self.timeouts.append(round(timeout_s, 3))
            if self.respond is not None:
                return self.respond(sent)
            given = self.answers.pop(0)
        if isinstance(given, Unreachable):
            raise given
        return given

    def redact(self, text: str) -> str:
        return text.replace("canary-token", "********")

    def close(self) -> None:
        pass


def api_with(
    *answers: Answer | Unreachable, respond: Callable[[Sent], Answer] | None = None
) -> tuple[Api, Scripted, FakeClock]:
    clock = FakeClock()
    transport = Scripted(list(answers), respond)
    api = Api(transport, user_agent="test", request_timeout_s=30.0, sleep=clock.sleep, clock=clock)  # type: ignore[arg-type]
    return api, transport, clock


@contextmanager
def http_server(respond: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """A loopback server; ``respond`` handles every request. Yields its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            respond(self)

        do_POST = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the names that the base class looks for

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A test that hangs up is no news."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reply(handler: BaseHTTPRequestHandler, code: int, document: Any, **headers: str) -> None:
    body = json.dumps(document).encode()
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
