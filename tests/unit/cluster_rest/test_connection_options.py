# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The argument spec, its documentation and what counts as secret."""

from __future__ import annotations

from typing import Any

import yaml

from ansible_collections.guardrail.kubernetes.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import (
    ALIASES,
    CONNECTION_ARGUMENTS,
    connection_arguments,
    secret_values,
)


def _documented(options: dict[str, Any]) -> dict[str, Any]:
    found = {}
    for name, option in options.items():
        found[name] = {key: option[key] for key in ("type", "aliases", "elements") if key in option}
        if "suboptions" in option:
            found[name]["options"] = _documented(option["suboptions"])
    return found


def _specified(arguments: Any) -> dict[str, Any]:
    found = {}
    for name, argument in arguments.items():
        found[name] = {key: value for key, value in argument.items() if key not in ("no_log", "options")}
        if "options" in argument:
            found[name]["options"] = _specified(argument["options"])
    return found


def test_documentation_and_argument_spec_agree() -> None:
    documentation = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)
    assert _documented(documentation["options"]) == _specified(CONNECTION_ARGUMENTS)


def test_documentation_names_every_environment_variable() -> None:
    documentation = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    missing = [
        f"K8S_AUTH_{spelling.upper()}"
        for name, option in documentation.items()
        if name != "proxy_headers"
        for spelling in (name, *ALIASES.get(name, ()))
        if f"E(K8S_AUTH_{spelling.upper()})" not in "\n".join(option["description"])
    ]
    assert missing == []


def test_no_log_is_decided_for_each_secret_option() -> None:
    hidden = {name for name, argument in CONNECTION_ARGUMENTS.items() if argument.get("no_log")}
    assert hidden == {"api_key", "password", "client_key", "proxy_headers"}


def test_inline_kubeconfig_is_not_logged_and_a_path_is() -> None:
    assert connection_arguments({"users": []})["kubeconfig"]["no_log"] is True
    assert connection_arguments("/home/me/.kube/config")["kubeconfig"]["no_log"] is False


def test_secret_values_are_found_at_every_depth() -> None:
    options = {
        "api_key": "s1",
        "password": "s2",
        "proxy_headers": {"proxy_basic_auth": "s3", "user_agent": "public"},
        "kubeconfig": {
            "clusters": [{"name": "public", "cluster": {"server": "public"}}],
            "users": [
                {"name": "public", "user": {"token": "s4", "client-key-data": "s5", "password": "s6"}},
                {"name": "public", "user": {"auth-provider": {"config": {"refresh-token": "s7", "id-token": "s8"}}}},
                {"name": "public", "user": {"exec": {"command": "public", "env": [{"name": "public", "value": "s9"}]}}},
            ],
        },
    }
    assert secret_values(options) == {"s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9"}


def test_nothing_is_secret_in_a_path() -> None:
    assert secret_values({"kubeconfig": "/home/me/.kube/config", "api_key": None}) == frozenset()
