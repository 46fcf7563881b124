# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""A server that shows what it was sent."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from tests.unit.cluster_rest.fake_server import http_server, reply


@pytest.fixture
def server() -> Iterator[str]:
    """A server that answers with the headers it was sent."""

    def respond(handler: BaseHTTPRequestHandler) -> None:
        names = ("Authorization", "Impersonate-User", "Impersonate-Group", "User-Agent")
        reply(handler, 200, {name: handler.headers.get_all(name) for name in names})

    with http_server(respond) as url:
        yield url
