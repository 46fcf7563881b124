# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Connecting for tests: a kubeconfig as a mapping, and what a server sees of the connection."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.rest import Api
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.connection import connect
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError

EXEC_API = "client.authentication.k8s.io/v1"


def kubeconfig(server: str = "https://127.0.0.1:1", user: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "dev", "cluster": {"server": server}}],
        "users": [{"name": "me", "user": {"token": "canary-token"} if user is None else user}],
        "contexts": [{"name": "dev", "context": {"cluster": "dev", "user": "me"}}],
        "current-context": "dev",
        **more,
    }


def connected(options: dict[str, Any], environ: dict[str, str] | None = None) -> Api:
    return connect(options, {"HOME": "/nonexistent", **(environ or {})}, "guardrail.kubernetes/0 (Test)")


def headers_sent(options: dict[str, Any], environ: dict[str, str] | None = None) -> dict[str, list[str] | None]:
    api = connected(options, environ)
    try:
        return api.get("/api/v1/nodes")
    finally:
        api.close()


def refusal(options: dict[str, Any], environ: dict[str, str] | None = None) -> GateError:
    with pytest.raises(GateError) as caught:
        connected(options, environ)
    return caught.value
