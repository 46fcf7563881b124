# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.pages import reduced_list
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure
from tests.unit.cluster_facts.fake_api import FakeApi
from tests.unit.cluster_facts.objects import node

NODES = "/api/v1/nodes"
NAMES = [f"n{number}" for number in range(5)]


def gone():
    return ApiFailure("api.expired", "Too old.", status=410)


def names(api):
    return reduced_list(api, NODES, lambda raw: raw["metadata"]["name"])


@pytest.fixture
def api():
    return FakeApi(page_size=2).add(NODES, *(node(name) for name in NAMES))


def test_all_pages_are_read(api):
    assert names(api) == NAMES
    assert len(api.calls) == 3


def test_what_is_not_kept_is_dropped(api):
    assert reduced_list(
        api, NODES, lambda raw: raw["metadata"]["name"] if raw["metadata"]["name"] > "n2" else None
    ) == [
        "n3",
        "n4",
    ]


def test_an_empty_list_has_null_items():
    assert names(FakeApi()) == []


def test_an_expired_token_starts_the_list_again(api):
    original, seen = api.get, []

    def get(path, query):
        seen.append(query.get("continue", ""))
        if len(seen) == 2:
            raise gone()
        return original(path, query)

    api.get = get
    assert names(api) == NAMES
    assert seen == ["", "2", "", "2", "4"]


def test_a_token_that_expires_twice_is_a_failure(api):
    with pytest.raises(ApiFailure, match="Too old"):
        names(api.fail(NODES, gone(), gone()))


def test_another_failure_is_not_tried_again(api):
    with pytest.raises(ApiFailure, match="No"):
        names(api.fail(NODES, ApiFailure("api.forbidden", "No.", status=403)))
    assert len(api.calls) == 1
