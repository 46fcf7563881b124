# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""RunJob: the vetted template, and nothing of the task but values that it lets through."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.action import Progress
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.catalogue import ACTIONS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.run_job import DATA_KEY, LIBRARY
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster import published_library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import InvalidRequest
from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy import library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import (
    ObjectRef,
    Permission,
    Plan,
    Read,
    Write,
)
from tests.unit.actions.objects import request

ACTION = ACTIONS["RunJob"]
NAME = "db-backup-2bf0e5ca5f"
BACKUP: dict[str, Any] = {
    "env": {"TABLE": "[a-z]{1,8}", "NOTE": ".*"},
    "spec": {
        "backoffLimit": 0,
        "template": {
            "spec": {
                "containers": [
                    {"name": "backup", "image": "b:1", "env": [{"name": "TABLE", "value": "all"}, {"name": "A"}]}
                ],
                "initContainers": [{"name": "check", "image": "c:1"}],
            }
        },
    },
}


def published(jobs: Any) -> dict[str, Any]:
    return {"data": {"data.json": json.dumps({"config": {"jobs": jobs}})}}


def asked(name: str = "db-backup", **options: Any):
    return request("RunJob", name=name, namespace="shop", **options)


def made(jobs: Any = None, there: Any = None, **options: Any) -> Plan:
    jobs = {"db-backup": BACKUP} if jobs is None else jobs
    return ACTION.plan(asked(**options), {"target": there or {}, "library": published(jobs)})


def name_of(wanted) -> str:
    return ACTION.reads(wanted)["target"].path.rpartition("/")[2]


def test_it_creates_the_job_of_the_template():
    plan = made()
    name = name_of(asked())
    assert plan.writes == (
        Write(
            "create",
            "/apis/batch/v1/namespaces/shop/jobs",
            {
                "apiVersion": "batch/v1",
                "kind": "Job",
                "metadata": {"name": name, "namespace": "shop", "labels": {"guardrail.dev/job-template": "db-backup"}},
                "spec": BACKUP["spec"],
            },
            ObjectRef("Job", "db-backup", "shop"),
        ),
    )
    assert plan.parameters == {"template": "db-backup", "job_name": name, "env": {}, "definition": BACKUP}
    assert (plan.undo.action, plan.before, plan.after) == ("", {"job": ""}, {"job": name})
    assert plan.impact.permissions == (
        Permission("get", "jobs", "batch", "", "shop"),
        Permission("create", "jobs", "batch", "", "shop"),
        Permission("get", "configmaps", "", "", "guardrail-system", "safety-policies"),
    )


def test_each_request_has_a_job_of_its_own_and_all_have_one_target():
    """Limits and approvals are about the target; a second attempt of one request must not make a second Job."""
    one, other = asked(), dataclasses.replace(asked(), id="r2")
    assert name_of(one) == name_of(asked()) != name_of(other)
    assert ACTION.target(one) == ACTION.target(other) == ObjectRef("Job", "db-backup", "shop")


def test_a_long_name_leaves_room_for_what_tells_jobs_apart():
    name = name_of(asked("a" * 49 + "." + "b" * 100))
    assert (len(name) <= 63, name.startswith("a" * 49 + "-")) == (True, True)


def test_the_library_is_read_where_it_is_published():
    assert ACTION.reads(asked())["library"] == Read(LIBRARY)
    assert f"/api/v1/namespaces/{published_library.NAMESPACE}/configmaps/{published_library.NAME}" == LIBRARY
    assert DATA_KEY == library.DATA_KEY


def test_values_reach_every_container_as_they_are():
    pod = made(env={"TABLE": "orders", "NOTE": "$(TABLE) $$"}).writes[0].body["spec"]["template"]["spec"]
    entries = [{"name": "NOTE", "value": "$$(TABLE) $$$$"}, {"name": "TABLE", "value": "orders"}]
    assert pod["containers"][0]["env"] == [{"name": "A"}, *entries]
    assert pod["initContainers"][0]["env"] == entries


@pytest.mark.parametrize(
    ("jobs", "options", "code"),
    [
        ({}, {}, "request.template-unknown"),
        (["db-backup"], {}, "request.template-unknown"),
        ({"db-backup": {}}, {}, "library.job-unusable"),
        ({"db-backup": {"spec": {"template": None}}}, {}, "library.job-unusable"),
        ({"db-backup": {**BACKUP, "env": ["TABLE"]}}, {}, "library.job-unusable"),
        ({"db-backup": {**BACKUP, "env": {"TABLE": "("}}}, {"env": {"TABLE": "x"}}, "library.job-unusable"),
        (None, {"env": {"PATH": "/x"}}, "request.variable-unknown"),
        (None, {"env": {"TABLE": "orders; rm"}}, "request.variable-refused"),
        (None, {"env": {"TABLE": "orders\n"}}, "request.variable-refused"),
        (None, {"env": {"TABLE": 3}}, "request.variable-refused"),
    ],
)
def test_what_the_library_does_not_let_through_is_refused(jobs, options, code):
    with pytest.raises(InvalidRequest) as refused:
        made(jobs, **options)
    assert refused.value.code == code


def test_without_data_there_is_no_template():
    with pytest.raises(InvalidRequest) as refused:
        ACTION.plan(asked(), {"target": {}, "library": {"data": None}})
    assert refused.value.code == "request.template-unknown"


@pytest.mark.parametrize(
    ("spec", "count"),
    [({}, 1), ({"parallelism": 3}, 3), ({"parallelism": 3, "completions": 2}, 2), ({"completions": 5}, 1)],
)
def test_its_pods_have_to_fit(spec, count):
    demand = made({"db-backup": {**BACKUP, "spec": {**BACKUP["spec"], **spec}}}).impact.adds[0]
    assert (demand.count, demand.grows, demand.owner) == (count, True, "Job shop/db-backup")


def job(*conditions: dict[str, str], **status: Any) -> dict[str, Any]:
    return {"metadata": {"name": NAME}, "status": {**status, "conditions": list(conditions)}}


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (job(active=1), Progress(False, f"Job {NAME}: 1 active, 0 succeeded")),
        (job({"type": "Complete", "status": "True"}, succeeded=1), Progress(True, f"Job {NAME}: complete")),
        (
            job({"type": "FailureTarget", "status": "True", "message": "Job has reached the specified backoff limit."}),
            Progress(False, "", failed=f"Job {NAME} failed: Job has reached the specified backoff limit"),
        ),
        (
            job({"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}),
            Progress(False, "", failed=f"Job {NAME} failed: DeadlineExceeded"),
        ),
        (job({"type": "Failed", "status": "False"}, active=1), Progress(False, f"Job {NAME}: 1 active, 0 succeeded")),
    ],
    ids=["running", "complete", "giving up", "failed", "not failed"],
)
def test_it_waits_for_the_end_of_the_job(observed, expected):
    assert ACTION.progress(asked(), made(), observed) == expected


def test_a_job_that_nobody_saw_end_is_no_success():
    assert "gone before anybody saw" in ACTION.progress(asked(), made(), None).failed


def test_a_job_that_arrived_is_not_made_twice():
    assert made(there=job()).writes == ()
    assert (ACTION.holds(asked(), made(), job()), ACTION.holds(asked(), made(), None)) == (True, False)
