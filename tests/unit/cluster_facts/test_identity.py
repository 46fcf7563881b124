# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.api.identity import who_am_i
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Subject
from tests.unit.cluster_facts.fake_api import FakeApi


def test_the_identity_is_what_the_api_server_states():
    api = FakeApi()
    api.user = {"username": "runner", "groups": ["sre", "admins"], "extra": {"example.com/team": ["shop"]}}
    assert who_am_i(api) == Subject("runner", ("admins", "sre"), {"example.com/team": ["shop"]})
    assert api.calls == ["POST /apis/authentication.k8s.io/v1/selfsubjectreviews"]


@pytest.mark.parametrize("user", [{}, {"username": ""}, {"username": None}, {"username": 7}, None, "runner"])
def test_an_answer_without_a_name_is_an_error(user):
    api = FakeApi()
    api.user = user
    with pytest.raises(ApiFailure, match="did not say who") as caught:
        who_am_i(api)
    assert caught.value.code == "api.malformed-answer"
