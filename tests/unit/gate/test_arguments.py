# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import parameter_secrets

SECRET = {"name": "database", "namespace": "shop", "string_data": {"password": "hunter2", "pin": 12, "gone": None}}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"action": "UpdateSecret", "parameters": SECRET}, {"hunter2", "12"}),
        ({"action": "UpdateSecret", "parameters": {"string_data": "password=hunter2"}}, {"password=hunter2"}),
        ({"action": "UpdateConfigMap", "parameters": {"data": {"a": "b"}}}, set()),
        ({"action": "Unknown", "parameters": SECRET}, set()),
        ({"action": "UpdateSecret", "parameters": None}, set()),
        ({"string_data": {"password": "hunter2"}}, set()),
    ],
)
def test_parameters_of_an_action_that_is_only_judged_are_as_secret_as_its_own(options, expected):
    assert parameter_secrets(options) == expected
