# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What is read of an ordinary kubeconfig without the Kubernetes library is what the library would have read."""

from __future__ import annotations

import base64
import itertools
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes.client.configuration import Configuration
from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.plain_kubeconfig import (
    load_plain,
    read_plain,
    without_proxies,
)
from tests.unit.cluster_rest.connections import EXEC_API, kubeconfig

CLUSTERS: dict[str, dict[str, Any]] = {
    "bare": {},
    "slash": {"server": "https://api.example.com:6443/sub/"},
    "ca-data": {"certificate-authority-data": "Y2EtY2FuYXJ5"},
    "insecure": {"insecure-skip-tls-verify": True},
    "secure": {"insecure-skip-tls-verify": False},
    "server-name": {"tls-server-name": "api.internal", "certificate-authority-data": "Y2E="},
    "extensions": {"extensions": [{"name": "x", "extension": {"a": 1}}]},
}
USERS: dict[str, dict[str, Any]] = {
    "token": {"token": "canary-token"},
    "certificate": {"client-certificate-data": "Y2VydA==", "client-key-data": "a2V5"},
    "both": {"client-certificate-data": "Y2VydA==", "client-key-data": "a2V5", "token": "t"},
    "impersonating": {"token": "t", "as": "joe", "as-groups": ["a"]},
}


def config_of(cluster: Mapping[str, Any], user: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    whole = kubeconfig("https://api.example.com", dict(user), **more)
    whole["clusters"][0]["cluster"].update(cluster)
    return whole


def meaning(configuration: Any) -> dict[str, Any]:
    """Everything of a configuration that a connection is made from."""

    def content(path: str | None) -> bytes | None:
        return Path(path).read_bytes() if path else None

    token = configuration.auth_settings().get("BearerToken", {}).get("value")
    names = ("host", "verify_ssl", "assert_hostname", "proxy", "no_proxy", "proxy_headers", "tls_server_name")
    return {
        **{name: getattr(configuration, name, None) for name in names},
        "ca": content(configuration.ssl_ca_cert),
        "certificate": content(configuration.cert_file),
        "key": content(configuration.key_file),
        "token": token,
    }


def by_library(source: Any, place: Path) -> dict[str, Any]:
    loaded = Configuration()
    config = KubeConfigMerger(source).config if isinstance(source, str) else json.loads(json.dumps(source))
    KubeConfigLoader(config, active_context="dev", config_base_path=None, temp_file_path=str(place)).load_and_set(
        loaded
    )
    return meaning(loaded)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.mark.parametrize(("cluster", "user"), list(itertools.product(CLUSTERS, USERS)))
@pytest.mark.parametrize("as_file", [True, False], ids=["file", "mapping"])
def test_it_says_what_the_library_says(cluster: str, user: str, as_file: bool, tmp_path: Path) -> None:
    source: Any = config_of(CLUSTERS[cluster], USERS[user])
    if as_file:
        path = tmp_path / "config"
        path.write_text(yaml.safe_dump(source))
        source = str(path)
    content = read_plain(source)
    assert content is not None
    mine = load_plain(content, "dev", str(tmp_path))
    assert mine is not None
    assert meaning(mine) == by_library(source, tmp_path)


def test_files_are_read_where_they_lie(tmp_path: Path) -> None:
    for name in ("ca", "cert", "key"):
        (tmp_path / name).write_text(name)
    cluster = {"certificate-authority": f"{tmp_path}/./ca"}
    source = config_of(cluster, {"client-certificate": f"{tmp_path}/cert", "client-key": f"{tmp_path}/key"})
    mine = load_plain(source, "dev", str(tmp_path))
    assert mine is not None
    assert meaning(mine) == by_library(source, tmp_path)
    assert meaning(mine)["key"] == b"key"


MORE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "exec": ({}, {"exec": {"apiVersion": EXEC_API, "command": "aws"}}),
    "exec-beside-a-token": ({}, {"token": "t", "exec": {"apiVersion": EXEC_API, "command": "aws"}}),
    "auth-provider": ({}, {"auth-provider": {"name": "oidc", "config": {}}}),
    "token-file": ({}, {"tokenFile": "/token"}),
    "token-file-beside-a-token": ({}, {"token": "t", "tokenFile": "/token"}),
    "password": ({}, {"username": "me", "password": "pass"}),
    "nobody": ({}, {}),
    "half-a-pair": ({}, {"client-certificate-data": "Y2VydA=="}),
    "certificate-twice": ({}, {**USERS["certificate"], "client-certificate": __file__}),
    "relative-file": ({}, {"client-certificate": "cert", "client-key": "key"}),
    "missing-file": ({"certificate-authority": "/does/not/exist"}, USERS["token"]),
    "not-base64": ({"certificate-authority-data": "%%%"}, USERS["token"]),
    "empty-data": ({"certificate-authority-data": ""}, USERS["token"]),
    "token-that-is-no-text": ({}, {"token": 12345}),
    "empty-token": ({}, {"token": ""}),
    "http": ({"server": "http://api.example.com"}, USERS["token"]),
    "proxy": ({"proxy-url": "http://proxy:3128"}, USERS["token"]),
    "insecure-as-a-word": ({"insecure-skip-tls-verify": "true"}, USERS["token"]),
    "a-key-of-tomorrow": ({"server-rotation": True}, USERS["token"]),
}


@pytest.mark.parametrize("name", MORE)
def test_whatever_is_more_than_that_is_left_to_the_library(name: str, tmp_path: Path) -> None:
    cluster, user = MORE[name]
    assert load_plain(config_of(cluster, user), "dev", str(tmp_path)) is None


def test_names_that_are_there_twice_are_left_to_the_library(tmp_path: Path) -> None:
    whole = config_of({}, USERS["token"])
    for section in ("clusters", "users", "contexts"):
        twice = {**whole, section: [*whole[section], *whole[section]]}
        assert load_plain(twice, "dev", str(tmp_path)) is None


def test_sources_that_are_not_one_file_of_a_mapping_are_left_to_the_library(tmp_path: Path) -> None:
    good, text, broken = tmp_path / "good", tmp_path / "text", tmp_path / "broken"
    good.write_text(yaml.safe_dump(kubeconfig()))
    text.write_text("just text")
    broken.write_text("a: [")
    sources = (f"{good}:{text}", str(text), str(broken), str(tmp_path), str(tmp_path / "missing"))
    assert [read_plain(source) for source in sources] == [None] * len(sources)
    assert read_plain(str(good)) == kubeconfig()


@pytest.mark.parametrize(
    ("environ", "without"), [({}, True), ({"https_proxy": ""}, True), ({"HTTPS_PROXY": "p"}, False)]
)
def test_an_environment_with_proxies_is_left_to_the_library(environ: dict[str, str], without: bool) -> None:
    assert without_proxies(environ) is without


def test_an_ordinary_connection_does_not_import_the_library() -> None:
    data = base64.b64encode(b"x").decode()
    code = f"""
import sys
from tests.unit.cluster_rest.connections import connected, kubeconfig
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import GateError
connected({{"kubeconfig": kubeconfig()}})
connected({{"host": "https://127.0.0.1:1", "api_key": "t"}})
assert "kubernetes" not in sys.modules
try:
    connected({{"kubeconfig": kubeconfig(user={{"client-certificate-data": "{data}"}})}})
except GateError:
    pass
assert "kubernetes" in sys.modules
"""
    environ = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    environ["PYTHONPATH"] = os.pathsep.join(sys.path)
    subprocess.run([sys.executable, "-c", code], check=True, env=environ)
