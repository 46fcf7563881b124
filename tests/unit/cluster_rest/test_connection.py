# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""From options to a connection: which cluster, whose credential, and what goes wrong before the first request."""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest
import yaml

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import Unreachable
from tests.unit.cluster_rest.connections import EXEC_API, connected, headers_sent, kubeconfig, refusal


class TestIdentity:
    def test_the_kubeconfigs_token_and_the_user_agent_are_sent(self, server: str) -> None:
        assert headers_sent({"kubeconfig": kubeconfig(server)}) == {
            "Authorization": ["Bearer canary-token"],
            "Impersonate-User": None,
            "Impersonate-Group": None,
            "User-Agent": ["guardrail.kubernetes/0 (Test)"],
        }

    def test_a_given_token_replaces_the_kubeconfigs(self, server: str) -> None:
        found = headers_sent({"kubeconfig": kubeconfig(server), "api_key": "mine"})
        assert found["Authorization"] == ["Bearer mine"]

    def test_a_given_certificate_leaves_no_token_of_the_kubeconfig(self, server: str) -> None:
        options = {"kubeconfig": kubeconfig(server), "client_cert": "/c", "client_key": "/k"}
        assert headers_sent(options)["Authorization"] is None

    def test_host_and_token_need_no_kubeconfig(self, server: str) -> None:
        environ = {"K8S_AUTH_HOST": server, "K8S_AUTH_API_KEY": "mine", "KUBECONFIG": "/does/not/exist"}
        assert headers_sent({}, environ)["Authorization"] == ["Bearer mine"]

    def test_a_host_alone_is_sent_no_credential_of_the_default_kubeconfig(self, server: str, tmp_path: Path) -> None:
        (tmp_path / ".kube").mkdir()
        path = tmp_path / ".kube" / "config"
        path.write_text(yaml.safe_dump(kubeconfig()))
        for environ in ({"HOME": str(tmp_path)}, {"KUBECONFIG": str(path)}):
            assert headers_sent({"host": server}, environ)["Authorization"] is None

    def test_basic_authentication_is_sent(self, server: str) -> None:
        found = headers_sent({"host": server, "username": "me", "password": "pass"})
        assert found["Authorization"] == ["Basic bWU6cGFzcw=="]

    def test_impersonation_is_sent_with_every_group(self, server: str) -> None:
        options = {"kubeconfig": kubeconfig(server), "impersonate_user": "joe", "impersonate_groups": ["a", "b"]}
        found = headers_sent(options)
        assert (found["Impersonate-User"], found["Impersonate-Group"]) == (["joe"], ["a", "b"])

    def test_impersonation_of_the_kubeconfig_is_honoured(self, server: str) -> None:
        user = {"token": "t", "as": "joe", "as-groups": ["a", "b"]}
        found = headers_sent({"kubeconfig": kubeconfig(server, user)})
        assert (found["Impersonate-User"], found["Impersonate-Group"]) == (["joe"], ["a", "b"])

    def test_an_exec_plugin_gives_the_token(self, server: str) -> None:
        credential = {"apiVersion": EXEC_API, "kind": "ExecCredential", "status": {"token": "from-plugin"}}
        user = {"exec": {"apiVersion": EXEC_API, "command": "echo", "args": [json.dumps(credential)]}}
        assert headers_sent({"kubeconfig": kubeconfig(server, user)})["Authorization"] == ["Bearer from-plugin"]

    def test_a_token_about_to_expire_is_renewed_for_the_next_request(self, server: str, tmp_path: Path) -> None:
        script = tmp_path / "plugin"
        count = tmp_path / "count"
        script.write_text(
            f"#!/bin/sh\necho x >> {count}\n"
            f'echo \'{{"apiVersion":"{EXEC_API}","kind":"ExecCredential","status":'
            f'{{"expirationTimestamp":"2020-01-01T00:00:00Z","token":"t\'$(wc -l < {count})\'"}}}}\'\n'
        )
        script.chmod(0o755)
        user = {"exec": {"apiVersion": EXEC_API, "command": str(script)}}
        api = connected({"kubeconfig": kubeconfig(server, user)})
        assert api.get("/api/v1/nodes")["Authorization"] == ["Bearer t2"]
        assert api.get("/api/v1/nodes")["Authorization"] == ["Bearer t3"]
        api.close()

    def test_several_kubeconfigs_are_merged(self, server: str, tmp_path: Path) -> None:
        whole = kubeconfig(server)
        (tmp_path / "a").write_text(yaml.safe_dump({**whole, "users": []}))
        (tmp_path / "b").write_text(yaml.safe_dump({"users": whole["users"]}))
        environ = {"KUBECONFIG": f"{tmp_path}/a:{tmp_path}/missing:{tmp_path}/b"}
        assert headers_sent({}, environ)["Authorization"] == ["Bearer canary-token"]

    def test_the_default_kubeconfig_is_that_of_the_given_home(self, server: str, tmp_path: Path) -> None:
        (tmp_path / ".kube").mkdir()
        (tmp_path / ".kube" / "config").write_text(yaml.safe_dump(kubeconfig(server)))
        assert headers_sent({}, {"HOME": str(tmp_path)})["Authorization"] == ["Bearer canary-token"]

    def test_an_inline_kubeconfig_is_not_changed(self, server: str) -> None:
        config = kubeconfig(server)
        headers_sent({"kubeconfig": config})
        assert config == kubeconfig(server)


def test_connecting_sends_nothing(server: str) -> None:
    api = connected({"kubeconfig": kubeconfig(server)})
    assert api.calls == 0
    api.close()


def test_key_files_of_the_loader_are_gone_after_connecting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    user = {"client-certificate-data": "Y2FuYXJ5", "client-key-data": "Y2FuYXJ5"}
    error = refusal({"kubeconfig": kubeconfig(user=user)})
    assert error.code == "connection.certificate-invalid"
    assert list(tmp_path.iterdir()) == []


def test_a_dead_server_is_said_to_refuse() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    api = connected({"host": f"https://127.0.0.1:{port}", "api_key": "t", "request_timeout": 0.2})
    with pytest.raises(Unreachable) as caught:
        api.get("/api/v1/nodes")
    assert (caught.value.code, caught.value.maybe_sent) == ("connection.refused", False)
    api.close()


def test_importing_the_connection_does_not_import_the_library() -> None:
    code = (
        "import sys; from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting import connection;"
        "from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.eviction import eviction;"
        "print(sorted({'kubernetes', 'urllib3', 'yaml', 'concurrent.futures', 'asyncio'} & set(sys.modules)))"
    )
    import subprocess

    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environ, check=True)
    assert done.stdout.strip() == "[]"
