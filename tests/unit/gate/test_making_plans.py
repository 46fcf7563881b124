# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From reads to a plan, where the target is to be created; and what a record says of the way back."""

from __future__ import annotations

import json

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.run_job import LIBRARY
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure, InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.judging import make_plan
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.record_status import undo_status
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import Request, Undo

TEMPLATE = {"spec": {"template": {"spec": {"containers": [{"name": "backup"}]}}}}
PUBLISHED = {"data": {"data.json": json.dumps({"config": {"jobs": {"db-backup": TEMPLATE}}})}}


class Cluster:
    def __init__(self, objects):
        self.objects = objects

    def get(self, path, query=None):
        if path not in self.objects:
            raise ApiFailure("api.not-found", f"{path} not found", status=404)
        return self.objects[path]


def planned(action, objects, **parameters):
    request = Request(action, {"name": "db-backup", "namespace": "shop", **parameters}, id="r1")
    return make_plan(ACTIONS[action], request, Cluster(objects))


def test_what_an_action_creates_does_not_have_to_be_there():
    plan, raw = planned("RunJob", {LIBRARY: PUBLISHED})
    assert ([write.verb for write in plan.writes], raw) == (["create"], None)


def test_what_it_reads_besides_does():
    with pytest.raises(ApiFailure):
        planned("RunJob", {})


def test_a_target_of_any_other_action_has_to_be_there():
    with pytest.raises(InvalidRequest) as refused:
        planned("UpdateConfigMap", {}, data={"a": "b"})
    assert refused.value.code == "target.not-found"


def test_a_way_back_is_on_record_without_secrets():
    undo = Undo("UpdateConfigMap", {"name": "settings", "data": {"db_password": "hunter2", "level": "info"}})
    assert undo_status(undo) == {
        "action": "UpdateConfigMap",
        "parameters": {"name": "settings", "data": {"db_password": "********", "level": "info"}},
    }
