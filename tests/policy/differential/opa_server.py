# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The real ``opa`` as a server on a socket of its own: the library once, then one question per document, errors and all."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.collector import complete
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import canonical
from tests.policy.engines import DECISION, opa

_QUIET = ("--log-level", "error", "--skip-version-check")
_START_S = 20.0
_ANSWER_S = 60.0


class OpaServer:
    """Answers about one library. ``set_config`` before the first question."""

    def __init__(self, path: str) -> None:
        self._connection = _UnixConnection(path)

    def close(self) -> None:
        self._connection.close()

    def set_config(self, config: Any) -> None:
        status, body = self._send("PUT", "/v1/data/config", canonical(config))
        if status not in (200, 204):
            raise RuntimeError(f"opa took no config: {status} {body}")

    def decision(self, term: str) -> tuple[str | None, str]:
        """The decision as JSON, ``None`` when it is undefined; and the error, empty without one.

        Args:
            term: The input document as JSON, to the byte what the embedded engine gets.
        """
        query = urlencode({"strict-builtin-errors": "true"})
        status, body = self._send("POST", f"/v1/data/{DECISION}?{query}", f'{{"input":{term}}}')
        if status != 200:
            return None, _told(body)
        head, tail = '{"result":', "}\n"
        if body.startswith(head) and body.endswith(tail):
            return body[len(head) : -len(tail)], ""
        if "result" in json.loads(body):
            raise RuntimeError(f"opa answered in an unknown form: {body[:200]}")
        return None, ""

    def _send(self, method: str, path: str, body: str) -> tuple[int, str]:
        self._connection.request(method, path, body.encode(), {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        return response.status, response.read().decode()


@contextlib.contextmanager
def serve(modules: Mapping[str, str]) -> Iterator[OpaServer]:
    """Start ``opa`` with the modules, old syntax among them, and end it."""
    with tempfile.TemporaryDirectory(prefix="opa-") as folder:
        for path, text in complete(modules).items():
            file = Path(folder, "policies", path)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        address = str(Path(folder, "socket"))
        command = [opa(), "run", "--server", "--addr", f"unix://{address}", "--v0-compatible"]
        with subprocess.Popen([*command, *_QUIET, str(Path(folder, "policies"))], stderr=subprocess.PIPE) as process:
            try:
                _await(process, address)
                with contextlib.closing(OpaServer(address)) as server:
                    yield server
            finally:
                process.kill()  # there is nothing to save


def _await(process: subprocess.Popen[bytes], address: str) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until:
        with contextlib.suppress(OSError), _connected(address):
            return
        if process.poll() is not None:
            assert process.stderr is not None
            raise RuntimeError(f"opa ended: {process.stderr.read().decode()}")
        time.sleep(0.02)
    raise RuntimeError(f"opa did not listen within {_START_S:g} s")


def _connected(address: str) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    try:
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection


def _told(body: str) -> str:
    """What opa says of an error, in one line, with the places."""
    answer = json.loads(body)
    errors = [
        f"{error.get('location', {}).get('file', '')}:{error.get('location', {}).get('row', '')}: {error['message']}"
        for error in answer.get("errors") or ()
    ]
    return "; ".join(errors) or str(answer.get("message", body))


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_ANSWER_S)
        self._path = path

    def connect(self) -> None:
        self.sock = _connected(self._path)
        self.sock.settimeout(_ANSWER_S)
