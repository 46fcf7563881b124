# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What can be wrong before the first request: one sentence each, and no secret in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from tests.unit.cluster_rest.connections import EXEC_API, headers_sent, kubeconfig, refusal

NO_KUBECONFIG = {
    "not-yaml": "a: [canary-token\nb: }",
    "empty": "",
    "a-list": "- canary-token",
    "a-text": "canary-token",
    "nameless": "users: [{user: {token: canary-token}}]",
    "users-text": "users: canary-token",
    "binary": "\x00canary-token",
}


BROKEN: dict[str, tuple[dict[str, Any], str, str]] = {
    "no-current-context": (
        {"current-context": None},
        "connection.context-missing",
        "{} has no current context and the task names none.",
    ),
    "unknown-current-context": (
        {"current-context": "other"},
        "connection.context-missing",
        "{} has no context 'other'.",
    ),
    "no-cluster": (
        {"clusters": []},
        "connection.kubeconfig-invalid",
        "{} is not a usable kubeconfig: context 'dev' names a cluster that is not in it.",
    ),
    "no-server": (
        {"clusters": [{"name": "dev", "cluster": {}}]},
        "connection.kubeconfig-invalid",
        "{} is not a usable kubeconfig: cluster 'dev' has no server URL.",
    ),
    "no-user": (
        {"users": [{"name": "else", "user": {"token": "canary-token"}}]},
        "connection.kubeconfig-invalid",
        "{} is not a usable kubeconfig: context 'dev' names a user that is not in it.",
    ),
    "key-file-missing": (
        {"users": [{"name": "me", "user": {"client-certificate": "/no", "client-key": "/no"}}]},
        "connection.file-missing",
        "{} names a certificate, key or token file that does not exist (context 'dev').",
    ),
    "token-file-missing": (
        {"users": [{"name": "me", "user": {"tokenFile": "/no"}}]},
        "connection.file-missing",
        "{} names a certificate, key or token file that does not exist (context 'dev').",
    ),
    "not-base64": (
        {"users": [{"name": "me", "user": {"client-certificate-data": "canary-token", "client-key-data": "x"}}]},
        "connection.kubeconfig-invalid",
        "{} is not a usable kubeconfig: the entries of context 'dev' cannot be used.",
    ),
    "malformed-oidc": (
        {
            "users": [
                {
                    "name": "me",
                    "user": {"auth-provider": {"name": "oidc", "config": {"id-token": "a.canary-token.c"}}},
                }
            ]
        },
        "connection.credential-renewal-failed",
        "The login of context 'dev' expired and cannot be renewed.",
    ),
}


PLUGINS = {
    "fails": (["sh", "-c", "echo please log in >&2; exit 3"], "'sh'", "process returned 3. please log in"),
    "missing": (["no-such-plugin"], "'no-such-plugin'", "[Errno 2] No such file or directory: 'no-such-plugin'"),
    "prints-nonsense": (
        ["echo", "canary"],
        "'echo'",
        "failed to decode process output: Expecting value: line 1 column 1 (char 0)",
    ),
}


class TestRefusals:
    """One sentence each, and no secret in it."""

    def test_no_cluster(self) -> None:
        error = refusal({})
        assert (error.code, error.reason, error.message) == (
            "connection.no-cluster",
            "unreachable",
            "No cluster is named: no kubeconfig was found and this is not a pod with a service account.",
        )

    def test_a_kubeconfig_that_does_not_exist(self) -> None:
        error = refusal({"kubeconfig": "/does/not/exist"})
        assert (error.code, error.message) == (
            "connection.kubeconfig-missing",
            "The kubeconfig /does/not/exist does not exist.",
        )

    def test_a_kubeconfig_that_cannot_be_read(self, tmp_path: Path) -> None:
        error = refusal({"kubeconfig": str(tmp_path)})
        assert (error.code, error.message) == (
            "connection.kubeconfig-unreadable",
            f"The kubeconfig {tmp_path} cannot be read: Is a directory.",
        )

    @pytest.mark.parametrize("text", NO_KUBECONFIG.values(), ids=NO_KUBECONFIG.keys())
    def test_a_file_that_is_no_kubeconfig(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "config"
        path.write_text(text)
        error = refusal({"kubeconfig": str(path)})
        assert error.code in ("connection.kubeconfig-invalid", "connection.context-missing")
        assert "canary" not in str(error)

    @pytest.mark.parametrize("inline", [True, False], ids=["inline", "file"])
    @pytest.mark.parametrize(("change", "code", "message"), BROKEN.values(), ids=BROKEN.keys())
    def test_a_kubeconfig_with_a_gap(
        self, change: dict[str, Any], code: str, message: str, inline: bool, tmp_path: Path
    ) -> None:
        config = {**kubeconfig(), **change}
        path = tmp_path / "config"
        path.write_text(yaml.safe_dump(config))
        error = refusal({"kubeconfig": config if inline else str(path)})
        label = "The given kubeconfig" if inline else f"The kubeconfig {path}"
        assert (error.code, error.message) == (code, message.format(label))
        assert "canary" not in str(error)

    def test_an_unknown_context_names_those_that_exist(self) -> None:
        error = refusal({"kubeconfig": kubeconfig(), "context": "prod"})
        assert (error.message, error.hint) == (
            "The given kubeconfig has no context 'prod'.",
            "Set context to one of: dev.",
        )

    @pytest.mark.parametrize(("command", "shown", "said"), PLUGINS.values(), ids=PLUGINS.keys())
    def test_a_credential_plugin_that_gives_nothing(
        self, command: list[str], shown: str, said: str, capfd: pytest.CaptureFixture[str]
    ) -> None:
        user = {"exec": {"apiVersion": EXEC_API, "command": command[0], "args": command[1:]}}
        error = refusal({"kubeconfig": kubeconfig(user=user)})
        assert (error.code, error.message) == (
            "connection.credential-plugin-failed",
            f"The credential plugin {shown} of context 'dev' failed: {said}.",
        )
        assert capfd.readouterr() == ("", "")

    def test_a_broken_plugin_does_not_matter_to_a_given_token(self, server: str) -> None:
        user = {"exec": {"apiVersion": EXEC_API, "command": "no-such-plugin"}}
        found = headers_sent({"kubeconfig": kubeconfig(server, user), "api_key": "mine"})
        assert found["Authorization"] == ["Bearer mine"]

    @pytest.mark.parametrize("option", ["ca_cert", "client_cert"])
    def test_a_certificate_file_that_is_not_there(self, option: str) -> None:
        options = {"host": "https://127.0.0.1:1", "api_key": "t", option: "/no/such.pem"}
        if option == "client_cert":
            options["client_key"] = "/no/such.key"
        error = refusal(options)
        what = {"ca_cert": "CA certificate", "client_cert": "client certificate"}[option]
        assert (error.code, error.message) == (
            "connection.file-unreadable",
            f"The {what} /no/such.pem cannot be read: No such file or directory.",
        )

    def test_a_ca_that_is_no_certificate(self, tmp_path: Path) -> None:
        path = tmp_path / "ca.pem"
        path.write_text("canary")
        error = refusal({"host": "https://127.0.0.1:1", "api_key": "t", "ca_cert": str(path)})
        assert (error.code, error.message) == (
            "connection.certificate-invalid",
            f"The CA certificate {path} is no PEM certificate.",
        )

    def test_the_library_is_not_installed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in [name for name in sys.modules if name.partition(".")[0] == "kubernetes"]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "kubernetes", None)
        error = refusal({"host": "https://a", "api_key": "t"})
        assert (error.code, error.message) == (
            "connection.client-missing",
            f"The Python library kubernetes cannot be imported by {sys.executable}.",
        )

    @pytest.mark.parametrize("proxy", ["gopher://user:canary@p:1", "canary"])
    def test_a_proxy_that_is_none(self, proxy: str) -> None:
        error = refusal({"host": "https://a", "api_key": "t", "proxy": proxy})
        assert error.code == "connection.proxy-failed"

    def test_a_wrong_option_stops_before_anything_is_loaded(self) -> None:
        assert isinstance(refusal({"host": "nowhere"}), InvalidRequest)
