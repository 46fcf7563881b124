# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.paths import (
    collection_path,
    is_object_name,
    object_path,
)


def test_paths_are_those_of_the_api_server():
    assert collection_path("v1", "nodes") == "/api/v1/nodes"
    assert collection_path("policy/v1", "poddisruptionbudgets", "shop") == (
        "/apis/policy/v1/namespaces/shop/poddisruptionbudgets"
    )
    assert object_path("apps/v1", "deployments", "web", "shop") == "/apis/apps/v1/namespaces/shop/deployments/web"


BAD = ["", ".", "..", "../x", "a/b", "a?b", "a%2fb", "a b", "a\n", "-a", "x" * 254]


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_name_does_not_get_into_a_path(name):
    assert not is_object_name(name)
    with pytest.raises(ValueError, match="not the name"):
        object_path("v1", "pods", name, "shop")


@pytest.mark.parametrize("namespace", [name for name in BAD if name])
def test_nor_does_what_is_no_namespace(namespace):
    with pytest.raises(ValueError, match="not the name"):
        collection_path("v1", "pods", namespace)
