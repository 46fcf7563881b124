# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import PolicyUnusable
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_manifest import (
    Errand,
    account_of,
    job_creation,
    secret_creation,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_settings import job_settings
from ansible_collections.guardrail.kubernetes.plugins.module_utils._execution.job_state import JobState, state_of
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.kubectl_steps import Step
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef

RUNNING: dict[str, Any] = {"status": {"active": 1}}
IMAGE = f"registry.example.com/kubectl@sha256:{'a' * 64}"
RESOURCES = {"requests": {"cpu": "1", "memory": "1"}, "limits": {"cpu": "1", "memory": "1"}}
MODE = {"image": IMAGE, "ttl_seconds": 600, "resources": RESOURCES}


def ended(kind: str, reason: str = "") -> dict[str, Any]:
    return {"status": {"conditions": [{"type": kind, "status": "True", "reason": reason}]}}


def pod(*states: dict[str, Any], **status: Any) -> dict[str, Any]:
    containers = [{"state": state} for state in states]
    return {"metadata": {"name": "p"}, "status": {"containerStatuses": containers, **status}}


@pytest.mark.parametrize(
    ("job", "pods", "state"),
    [
        (RUNNING, [], JobState(True)),
        (RUNNING, [pod({"running": {}})], JobState(True, pod="p")),
        (
            ended("Complete"),
            [pod({"terminated": {"exitCode": 0}})],
            JobState(True, True, True, pod="p", exit_code=0),
        ),
        (
            ended("Failed", "BackoffLimitExceeded"),
            [pod({"terminated": {"exitCode": 1, "reason": "Error"}})],
            JobState(True, True, False, "BackoffLimitExceeded", pod="p", exit_code=1),
        ),
        (
            ended("Failed", "BackoffLimitExceeded"),
            [pod({"terminated": {"exitCode": 137, "reason": "OOMKilled"}})],
            JobState(True, True, False, "OOMKilled", pod="p", exit_code=137),
        ),
    ],
    ids=["no-pod-yet", "running", "complete", "failed", "out-of-memory"],
)
def test_how_a_job_stands(job: dict[str, Any], pods: list[dict[str, Any]], state: JobState) -> None:
    assert state_of(job, pods, (), 1.0) == state


@pytest.mark.parametrize(
    ("reason", "age_s", "stuck"),
    [
        ("ImagePullBackOff", 1.0, True),
        ("ErrImagePull", 1.0, False),
        ("CreateContainerConfigError", 1.0, False),
        ("CreateContainerConfigError", 60.0, True),
        ("ContainerCreating", 60.0, False),
    ],
)
def test_what_can_come_to_nothing(reason: str, age_s: float, stuck: bool) -> None:
    waiting = pod({"waiting": {"reason": reason, "message": "why"}})
    assert state_of(RUNNING, [waiting], (), age_s).stuck == (f"{reason}: why" if stuck else "")


def test_pods_that_are_refused_come_to_nothing() -> None:
    assert state_of(RUNNING, [], [{"message": "forbidden: quota"}], 5.0).stuck == "forbidden: quota"


@pytest.mark.parametrize(
    ("mode", "code"),
    [
        ({}, "job-mode.no-image"),
        ({**MODE, "image": "kubectl:1.36"}, "job-mode.image-unpinned"),
        ({**MODE, "image": f"{IMAGE}0"}, "job-mode.image-unpinned"),
        ({**MODE, "ttl_seconds": True}, "job-mode.settings-unusable"),
        ({**MODE, "resources": {}}, "job-mode.settings-unusable"),
        ({**MODE, "tolerations": ["a"]}, "job-mode.settings-unusable"),
        ({**MODE, "node_selector": {"a": 1}}, "job-mode.settings-unusable"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(mode: dict[str, Any], code: str) -> None:
    with pytest.raises(PolicyUnusable) as refused:
        job_settings({"job_mode": mode})
    assert refused.value.code == code


def errand(*steps: Step) -> Errand:
    return Errand("scale-1", "scale-1", "id", "ScaleDeployment", ObjectRef("Deployment", "web", "shop"), steps, 60)


def test_what_is_confidential_is_in_the_secret_alone() -> None:
    step = Step(("patch",), "1.json", {"data": {"password": "canary"}}, confidential=True)
    job, secret = job_creation(errand(step), job_settings({"job_mode": MODE})), secret_creation(errand(step), "uid-1")
    assert "canary" not in str(job.body)
    assert secret.body["stringData"] == {"1.json": '{"data":{"password":"canary"}}'}
    assert (secret.body["immutable"], secret.body["metadata"]["ownerReferences"][0]["uid"]) == (True, "uid-1")
    assert job.body["spec"]["ttlSecondsAfterFinished"] == 60


def test_what_is_too_long_for_annotations_travels_in_the_secret() -> None:
    assert errand(Step(("patch",), "1.json", {"data": "x" * 200_000})).hidden
    assert not errand(Step(("patch",), "1.json", {"data": "x"})).hidden


def test_several_steps_run_one_after_the_other() -> None:
    steps = (Step(("create",), "1.json", {}), Step(("patch",), "2.json", {}))
    spec = job_creation(errand(*steps), job_settings({"job_mode": MODE})).body["spec"]["template"]["spec"]
    order = [container["args"] for container in (*spec["initContainers"], *spec["containers"])]
    assert order == [["create"], ["patch"]]


@pytest.mark.parametrize(
    ("action", "account"),
    [
        ("ScaleDeployment", "guardrail-scale-deployment"),
        ("UpdateHPA", "guardrail-update-hpa"),
        ("ExpandPVC", "guardrail-expand-pvc"),
        ("DeleteStatefulSet", "guardrail-delete-stateful-set"),
    ],
)
def test_each_action_has_an_account_of_its_own(action: str, account: str) -> None:
    assert account_of(action) == account
