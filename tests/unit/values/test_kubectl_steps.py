# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.kubectl_steps import (
    Drain,
    Step,
    drain_step,
    steps_of,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import MERGE_PATCH, ObjectRef, Write

WEB = ObjectRef("Deployment", "web", "shop")
AT = "/apis/apps/v1/namespaces/shop/deployments/web"
BODY: dict[str, Any] = {"metadata": {"resourceVersion": "7"}, "spec": {"replicas": 3}}


def test_a_patch_of_a_subresource_names_version_and_group() -> None:
    (step,) = steps_of([Write("patch", f"{AT}/scale", BODY, WEB, MERGE_PATCH)])
    assert step == Step(
        (
            "patch",
            "deployments.v1.apps",
            "web",
            "--namespace=shop",
            "--subresource=scale",
            "--type=merge",
            "--field-manager=guardrail",
            "--patch-file=/steps/1.json",
        ),
        file="1.json",
        body=BODY,
    )


def test_of_the_core_group_the_last_part_is_empty() -> None:
    write = Write("patch", "/api/v1/nodes/worker-1", {}, ObjectRef("Node", "worker-1"), MERGE_PATCH)
    assert steps_of([write])[0].arguments[:3] == ("patch", "nodes.v1.", "worker-1")


def test_a_deletion_goes_to_the_path_with_its_preconditions() -> None:
    body = {"kind": "DeleteOptions", "preconditions": {"uid": "u", "resourceVersion": "7"}}
    (step,) = steps_of([Write("delete", AT, body, WEB)])
    assert step == Step(("delete", f"--raw={AT}", "--filename=/steps/1.json"), "1.json", body, answers=True)


def test_each_write_has_a_file_of_its_own() -> None:
    pod = ObjectRef("Pod", "web-1", "shop")
    path = "/api/v1/namespaces/shop/pods/web-1/eviction"
    steps = steps_of([Write("patch", AT, BODY, WEB, MERGE_PATCH), Write("evict", path, {"kind": "Eviction"}, pod)])
    assert [step.file for step in steps] == ["1.json", "2.json"]
    assert steps[1].arguments == ("create", f"--raw={path}", "--filename=/steps/2.json")


@pytest.mark.parametrize(
    ("kind", "body", "hidden"),
    [
        ("Secret", {"data": {"colour": "Ymx1ZQ=="}}, True),
        ("ConfigMap", {"data": {"db_password": "hunter22"}}, True),
        ("ConfigMap", {"data": {"colour": "blue"}}, False),
    ],
    ids=["a-secret", "what-looks-like-one", "neither"],
)
def test_what_nobody_may_read_is_confidential(kind: str, body: dict[str, Any], hidden: bool) -> None:
    path = f"/api/v1/namespaces/shop/{kind.lower()}s/settings"
    assert (
        steps_of([Write("patch", path, body, ObjectRef(kind, "settings", "shop"), MERGE_PATCH)])[0].confidential
        is hidden
    )


@pytest.mark.parametrize(
    "write",
    [Write("apply", AT, {}, WEB), Write("delete", AT, {}, WEB, query={"labelSelector": "a=b"})],
    ids=["apply", "deletion-of-many"],
)
def test_what_kubectl_cannot_do_alike_is_refused(write: Write) -> None:
    with pytest.raises(ValueError, match="kubectl cannot"):
        steps_of([write])


def test_a_drain_says_every_option() -> None:
    drain = Drain(
        "worker-1", 30, force=True, delete_emptydir_data=False, ignore_daemonsets=True, pod_selector="app=web"
    )
    assert drain_step(drain, 290).arguments == (
        "drain",
        "worker-1",
        "--timeout=290s",
        "--force=true",
        "--delete-emptydir-data=false",
        "--ignore-daemonsets=true",
        "--grace-period=30",
        "--pod-selector=app=web",
    )
