# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""Options and environment resolved to settings."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.settings import (
    ConnectionSettings,
    resolve,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest

Case = tuple[dict[str, Any], dict[str, str], ConnectionSettings]

RESOLVED: dict[str, Case] = {
    "nothing": ({}, {}, ConnectionSettings()),
    "option": ({"host": "https://a"}, {}, ConnectionSettings(host="https://a")),
    "environment": ({}, {"K8S_AUTH_HOST": "https://a"}, ConnectionSettings(host="https://a")),
    "option-beats-environment": (
        {"host": "https://a"},
        {"K8S_AUTH_HOST": "https://b"},
        ConnectionSettings(host="https://a"),
    ),
    "empty-option-is-unset": ({"context": ""}, {"K8S_AUTH_CONTEXT": "c"}, ConnectionSettings(context="c")),
    "empty-variable-is-unset": ({}, {"K8S_AUTH_CONTEXT": ""}, ConnectionSettings()),
    "trailing-slash": ({"host": "https://a/k8s/"}, {}, ConnectionSettings(host="https://a/k8s")),
    "kubeconfig-variable-last": (
        {},
        {"K8S_AUTH_KUBECONFIG": "/a", "KUBECONFIG": "/b"},
        ConnectionSettings(kubeconfig="/a"),
    ),
    "kubeconfig-variable": (
        {},
        {"KUBECONFIG": "/b:/c"},
        ConnectionSettings(kubeconfig="/b:/c", kubeconfig_is_ambient=True),
    ),
    "kubeconfig-inline": ({"kubeconfig": {"a": 1}}, {"KUBECONFIG": "/b"}, ConnectionSettings(kubeconfig={"a": 1})),
    "awx": (
        {},
        {
            "K8S_AUTH_HOST": "https://a",
            "K8S_AUTH_API_KEY": "t",
            "K8S_AUTH_VERIFY_SSL": "True",
            "K8S_AUTH_SSL_CA_CERT": "/ca",
        },
        ConnectionSettings(host="https://a", api_key="t", validate_certs=True, ca_cert="/ca"),
    ),
    "awx-without-ca": ({}, {"K8S_AUTH_VERIFY_SSL": "False"}, ConnectionSettings(validate_certs=False)),
    "name-beats-alias-in-environment": (
        {},
        {"K8S_AUTH_VALIDATE_CERTS": "yes", "K8S_AUTH_VERIFY_SSL": "no"},
        ConnectionSettings(validate_certs=True),
    ),
    "alias-option": (
        {"verify_ssl": False, "ssl_ca_cert": "/ca"},
        {},
        ConnectionSettings(validate_certs=False, ca_cert="/ca"),
    ),
    "option-false-beats-environment": (
        {"validate_certs": False},
        {"K8S_AUTH_VALIDATE_CERTS": "true"},
        ConnectionSettings(validate_certs=False),
    ),
    "certificate-aliases": (
        {},
        {"K8S_AUTH_CERT_FILE": "/c", "K8S_AUTH_KEY_FILE": "/k"},
        ConnectionSettings(client_cert="/c", client_key="/k"),
    ),
    "basic": ({"username": "u", "password": "p"}, {}, ConnectionSettings(username="u", password="p")),
    "proxy": (
        {"proxy": "http://p:1"},
        {"K8S_AUTH_NO_PROXY": ".local", "K8S_AUTH_PROXY_HEADERS_USER_AGENT": "x"},
        ConnectionSettings(proxy="http://p:1", no_proxy=".local", proxy_headers={"user_agent": "x"}),
    ),
    "impersonation": (
        {"impersonate_user": "joe"},
        {"K8S_AUTH_IMPERSONATE_GROUPS": "a, b,"},
        ConnectionSettings(impersonate_user="joe", impersonate_groups=("a", "b")),
    ),
    "impersonation-list": (
        {"impersonate_user": "joe", "impersonate_groups": ["a"]},
        {},
        ConnectionSettings(impersonate_user="joe", impersonate_groups=("a",)),
    ),
    "timeout": ({"request_timeout": 5}, {}, ConnectionSettings(request_timeout_s=5.0)),
    "timeout-variable": ({}, {"K8S_AUTH_REQUEST_TIMEOUT": "2.5"}, ConnectionSettings(request_timeout_s=2.5)),
    "persist": ({}, {"K8S_AUTH_PERSIST_CONFIG": "1"}, ConnectionSettings(persist_config=True)),
}


@pytest.mark.parametrize(("options", "environ", "expected"), RESOLVED.values(), ids=RESOLVED.keys())
def test_resolve_merges_options_and_environment(
    options: dict[str, Any], environ: dict[str, str], expected: ConnectionSettings
) -> None:
    assert resolve(options, environ) == expected


REFUSED: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "host-without-scheme": (
        {"host": "10.0.0.1:6443"},
        {},
        "The connection option host must be a URL that begins with https:// or http://.",
    ),
    "bad-boolean-variable": (
        {},
        {"K8S_AUTH_VERIFY_SSL": "perhaps"},
        "The environment variable K8S_AUTH_VERIFY_SSL must be true or false.",
    ),
    "zero-timeout": (
        {"request_timeout": 0},
        {},
        "The connection option request_timeout must be a number of seconds above 0.",
    ),
    "endless-timeout": (
        {"request_timeout": "inf"},
        {},
        "The connection option request_timeout must be a number of seconds above 0.",
    ),
    "kubeconfig-list": ({"kubeconfig": ["/a"]}, {}, "The connection option kubeconfig must be a path or a mapping."),
    "groups-number": (
        {"impersonate_groups": [1]},
        {},
        "The connection option impersonate_groups must be a list of strings.",
    ),
    "groups-without-user": (
        {"impersonate_groups": ["a"]},
        {},
        "The connection option impersonate_groups is set without impersonate_user.",
    ),
    "key-without-certificate": (
        {"client_key": "/k"},
        {},
        "The connection option client_key is set without client_cert.",
    ),
    "user-without-password": ({"username": "u"}, {}, "The connection option username is set without password."),
    "token-is-a-mapping": ({"api_key": {"t": "canary"}}, {}, "The connection option api_key must be a string."),
    "proxy-headers-text": ({"proxy_headers": "x"}, {}, "The connection option proxy_headers must be a mapping."),
}


@pytest.mark.parametrize(("options", "environ", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_resolve_refuses_a_wrong_value_in_one_sentence(
    options: dict[str, Any], environ: dict[str, str], message: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        resolve(options, environ)
    assert (caught.value.code, caught.value.message) == ("connection.option-invalid", message)


NEEDS: dict[str, tuple[dict[str, Any], bool]] = {
    "nothing": ({}, True),
    "token-only": ({"api_key": "t"}, True),
    "host-and-token": ({"host": "https://a", "api_key": "t", "kubeconfig": "/k"}, False),
    "host-and-certificate": ({"host": "https://a", "client_cert": "/c", "client_key": "/k"}, False),
    "host-alone-takes-no-foreign-credential": ({"host": "https://a"}, False),
    "host-with-kubeconfig": ({"host": "https://a", "kubeconfig": "/k"}, True),
    "host-with-context": ({"host": "https://a", "context": "c"}, True),
}


@pytest.mark.parametrize(("options", "expected"), NEEDS.values(), ids=NEEDS.keys())
def test_kubeconfig_is_read_only_when_something_is_missing(options: dict[str, Any], expected: bool) -> None:
    assert resolve(options, {}).needs_kubeconfig is expected


def test_settings_show_no_secret_in_repr() -> None:
    options = {
        "kubeconfig": {"users": "canary-1"},
        "api_key": "canary-2",
        "username": "u",
        "password": "canary-3",
        "proxy": "http://canary-4@p",
        "proxy_headers": {"basic_auth": "canary-5"},
    }
    assert "canary" not in repr(resolve(options, {}))
