# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What a wait for a rollout waits for, and how it tells of one that comes to nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.integration.action_site import ActionSite, images
from tests.integration.faults import request_to
from tests.integration.gate_calls import assert_clear, assert_failed, assert_succeeded, at_most
from tests.integration.gate_client import path_to
from tests.integration.gate_objects import IMAGE, config_map, deployment, in_pool, is_settled, new_node

pytest_plugins = ["tests.integration.gate_fixtures", "tests.integration.action_fixtures"]
pytestmark = pytest.mark.usefixtures("no_history")

NOWHERE = {"nodeSelector": {"example.com/pool": "nowhere"}}
NEXT = IMAGE.replace(":1", ":2")
USING = {"volumes": [{"name": "settings", "configMap": {"name": "settings"}}]}


def uids(site: ActionSite) -> set[str]:
    return {pod["metadata"]["uid"] for pod in site.all("pods", selector="app=web")}


ROLLOUTS: dict[str, tuple[str, dict[str, Any]]] = {
    "restart": ("RolloutRestart", {}),
    "image": ("UpdateImage", {"containers": {"web": NEXT}}),
    "resources": ("UpdateResources", {"containers": {"web": {"requests": {"cpu": "1m"}}}}),
    "settings": ("UpdateConfigMap", {"data": {"level": "debug"}, "restart": [{"name": "web"}]}),
}


@pytest.mark.parametrize("case", ROLLOUTS)
def test_it_is_over_when_every_pod_is_a_new_one(case: str, site: ActionSite) -> None:
    """The status of the generation before says complete: it must not count."""
    action, options = ROLLOUTS[case]
    site.admin.apply(config_map(site.namespace, "settings", level="info"))
    site.settled(replicas=2, **USING)
    before = uids(site)
    name = "settings" if action == "UpdateConfigMap" else "web"
    assert_succeeded(site(action, name, **options))
    now = site.read("Deployment")
    assert is_settled(now) or now["status"]["availableReplicas"] == now["status"]["updatedReplicas"] == 2
    assert len(uids(site) - before) == 2


@contextmanager
def crashing(site: ActionSite, restarts: int, spared: Collection[str] = (), image: str = "") -> Iterator[None]:
    """Every pod crashes in a loop, as a kubelet tells it: there is none on simulated nodes.

    Args:
        spared: Uids of pods that do not.
        image: Only pods with this one.
    """
    stop = threading.Event()
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"}}
    ended = {"terminated": {"exitCode": 3, "reason": "Error", "startedAt": None, "finishedAt": None}}
    status = {
        "conditions": [{"type": kind, "status": "False"} for kind in ("Ready", "ContainersReady")],
        "containerStatuses": [
            {
                "name": "web",
                "image": IMAGE,
                "imageID": "",
                "ready": False,
                "restartCount": restarts,
                "state": waiting,
                "lastState": ended,
            }
        ],
    }

    def crash() -> None:
        while not stop.wait(0.1):
            for pod in site.all("pods", selector="app=web"):
                running = pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]
                meant = image in ("", pod["spec"]["containers"][0]["image"])
                if running and meant and pod["metadata"]["uid"] not in spared:
                    path = f"{site.path('Pod', pod['metadata']['name'])}/status"
                    site.admin.ask("PATCH", path, {"status": status}, "application/merge-patch+json")

    thread = threading.Thread(target=crash)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("case", ROLLOUTS)
def test_pods_that_crash_in_a_loop_end_the_wait(case: str, site: ActionSite) -> None:
    action, options = ROLLOUTS[case]
    site.admin.apply(config_map(site.namespace, "settings", level="info"))
    site.settled(replicas=1, **USING)
    name = "settings" if action == "UpdateConfigMap" else "web"
    with crashing(site, 2, uids(site)), at_most(10):
        result = site(action, name, wait_timeout=120, **options)
    assert_failed(result, "api_error", "verify.impossible", changed=True)
    assert_clear(result, r"container web of pod web-\S+ ends again and again with exit code 3, started 3 times")


def test_pods_that_crash_in_a_loop_are_a_reason_to_roll_back(site: ActionSite) -> None:
    site.settled(replicas=1)
    with crashing(site, 4, image=NEXT), at_most(15):
        result = site("UpdateImage", containers={"web": NEXT}, on_failure="rollback", wait_timeout=120)
    assert_failed(result, "api_error", "verify.impossible", changed=True)
    assert result["execution"]["phase"] == "RolledBack", result["msg"]
    assert images(site.read("Deployment")) == [IMAGE]


def test_a_container_that_needed_a_second_start_is_waited_for(site: ActionSite) -> None:
    """The end of the wait tells of it."""
    site.settled(replicas=1)
    with crashing(site, 1, uids(site)):
        result = site("RolloutRestart", wait_timeout=5)
    assert_failed(result, "timeout", "verify.deadline", changed=True)
    assert_clear(result, r"replicas? updated|terminating|available")
    assert_clear(result, r"container web of pod web-\S+ ends again and again")


def test_old_pods_that_crash_are_what_the_change_is_to_mend(site: ActionSite) -> None:
    """The new ones take so long that a closer look is taken."""
    slow = deployment(site.namespace)
    slow["spec"]["template"]["metadata"]["annotations"] = {"guardrail.test/ready-after": "4s"}
    site.admin.apply(slow)
    path = site.path("Deployment")
    site.admin.until(path, is_settled)
    with crashing(site, 9):
        site.admin.until(path, lambda found: not (found or {})["status"].get("availableReplicas"))
    time.sleep(1.1)  # creation times are whole seconds
    assert_succeeded(site("UpdateImage", containers={"web": NEXT}))


@pytest.fixture
def filled(site: ActionSite) -> Iterator[ActionSite]:
    """The only node that the pods of ``web`` may go to is closed between the judgement and the next write."""
    pool = site.namespace
    with new_node(site.admin, pool) as node:
        site.settled(replicas=1, **in_pool(pool))
        closed = {"spec": {"unschedulable": True}}
        write = request_to("/deployments/web$", "PATCH", dry_run=False)
        site.meanwhile(write, lambda: site.admin.patch(path_to("Node", node), closed))
        yield site


def test_pods_that_fit_nowhere_are_told_at_the_deadline(filled: ActionSite) -> None:
    result = filled("RolloutRestart", wait_timeout=4)
    assert_failed(result, "timeout", "verify.deadline", changed=True)
    assert_clear(result, r"pod web-\S+ fits on no node")


def test_a_rollout_that_gave_up_earlier_is_not_the_end_of_this_one(site: ActionSite) -> None:
    """Its ProgressDeadlineExceeded stays in the status until the new one gets on."""
    site.settled(replicas=2)
    path = site.path("Deployment")
    stuck = {"progressDeadlineSeconds": 1, "template": {"spec": NOWHERE}}
    site.admin.patch(path, {"spec": stuck})
    site.admin.until(path, lambda found: "ProgressDeadlineExceeded" in str((found or {})["status"]["conditions"]))
    site.admin.patch(path, {"spec": {"progressDeadlineSeconds": 600}})
    assert_succeeded(site("RollbackDeployment"))
    assert site.read("Deployment")["status"]["availableReplicas"] == 2


def test_a_rollout_that_gives_up_is_told_before_the_deadline(filled: ActionSite) -> None:
    path = filled.path("Deployment")
    filled.admin.patch(path, {"spec": {"progressDeadlineSeconds": 2}})
    filled.admin.until(path, is_settled)
    with at_most(10):
        result = filled("RolloutRestart", wait_timeout=120)
    assert_failed(result, "api_error", "verify.impossible", changed=True)
    assert_clear(result, "made no progress within its own deadline")
