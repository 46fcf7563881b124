# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.rollout import (
    desired_replicas,
    gave_up,
    rollout_complete,
    rollout_stuck,
)

TIMED_OUT = {"conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"}]}
UNOBSERVED = "waiting for the controller to observe the new specification"


def workload(kind, spec, status, *, observed=2):
    return {
        "kind": kind,
        "metadata": {"generation": 2},
        "spec": spec,
        "status": {"observedGeneration": observed, **status},
    }


def deployment(replicas=3, updated=3, available=3, *, wanted=3, observed=2, **more):
    counts = {"replicas": replicas, "updatedReplicas": updated, "availableReplicas": available}
    spec = {"replicas": wanted, **more.pop("spec", {})}
    return workload("Deployment", spec, {**counts, **more}, observed=observed)


def stateful_set(replicas=3, updated=3, ready=3, *, spec=None, **more):
    counts = {"replicas": replicas, "updatedReplicas": updated, "readyReplicas": ready}
    return workload("StatefulSet", {"replicas": 3, **(spec or {})}, {**counts, **more})


def daemon_set(updated=3, available=3, *, strategy="RollingUpdate"):
    counts = {"desiredNumberScheduled": 3, "updatedNumberScheduled": updated, "numberAvailable": available}
    return workload("DaemonSet", {"updateStrategy": {"type": strategy}}, counts)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(deployment(), (True, "complete"), id="deployment"),
        pytest.param(deployment(observed=1), (False, UNOBSERVED), id="unobserved"),
        pytest.param(deployment(observed=1, **TIMED_OUT), (False, UNOBSERVED), id="stale-condition-is-not-mentioned"),
        pytest.param(deployment(updated=2), (False, "2 of 3 replicas updated"), id="not-updated"),
        pytest.param(deployment(replicas=4), (False, "1 old replicas still terminating"), id="old-replicas"),
        pytest.param(deployment(5, 5, 5), (False, "2 surplus replicas still terminating"), id="scaling-down"),
        pytest.param(deployment(available=2), (False, "2 of 3 replicas available"), id="not-available"),
        pytest.param(deployment(0, 0, 0, wanted=0), (True, "complete"), id="scaled-to-zero"),
        pytest.param(deployment(1, 1, 1, wanted=None), (True, "complete"), id="replicas-default-to-one"),
        pytest.param(
            deployment(available=2, **TIMED_OUT),
            (False, "2 of 3 replicas available; progress deadline exceeded"),
            id="deadline-exceeded",
        ),
        pytest.param(deployment(**TIMED_OUT), (True, "complete"), id="deadline-exceeded-and-recovered"),
        pytest.param(
            deployment(updated=1, spec={"paused": True}),
            (False, "1 of 3 replicas updated; rollout is paused"),
            id="paused",
        ),
        pytest.param(stateful_set(), (True, "complete"), id="stateful-set"),
        pytest.param(stateful_set(updated=1), (False, "1 of 3 replicas updated"), id="stateful-set-not-updated"),
        pytest.param(stateful_set(ready=2), (False, "2 of 3 replicas available"), id="stateful-set-not-ready"),
        pytest.param(stateful_set(availableReplicas=1), (False, "1 of 3 replicas available"), id="min-ready-seconds"),
        pytest.param(
            stateful_set(replicas=4), (False, "1 surplus replicas still terminating"), id="stateful-set-surplus"
        ),
        pytest.param(
            stateful_set(updated=1, spec={"updateStrategy": {"rollingUpdate": {"partition": 2}}}),
            (True, "complete"),
            id="partition",
        ),
        pytest.param(
            stateful_set(updated=0, spec={"updateStrategy": {"rollingUpdate": {"partition": 9}}}),
            (True, "complete"),
            id="partition-beyond-the-replicas",
        ),
        pytest.param(
            stateful_set(updated=0, spec={"updateStrategy": {"type": "OnDelete"}}), (True, "complete"), id="on-delete"
        ),
        pytest.param(daemon_set(), (True, "complete"), id="daemon-set"),
        pytest.param(daemon_set(updated=2), (False, "2 of 3 pods updated"), id="daemon-set-not-updated"),
        pytest.param(daemon_set(available=1), (False, "1 of 3 replicas available"), id="daemon-set-not-available"),
        pytest.param(daemon_set(updated=0, strategy="OnDelete"), (True, "complete"), id="daemon-set-on-delete"),
        pytest.param(
            workload("ReplicaSet", {"replicas": 2}, {"replicas": 3, "availableReplicas": 3}),
            (False, "1 surplus replicas still terminating"),
            id="replica-set",
        ),
        pytest.param(
            workload("ReplicaSet", {"replicas": 2}, {"replicas": 2, "availableReplicas": 2}),
            (True, "complete"),
            id="replica-set-complete",
        ),
    ],
)
def test_a_rollout_is_complete_when_nothing_is_missing(raw, expected):
    assert rollout_complete(raw) == expected


def test_the_kind_can_be_told_for_items_of_a_list():
    raw = deployment()
    del raw["kind"]
    assert rollout_complete(raw, "Deployment") == (True, "complete")


@pytest.mark.parametrize("raw", [{}, {"kind": "Pod"}])
def test_a_kind_without_rollouts_is_a_mistake_of_the_caller(raw):
    with pytest.raises(ValueError, match="has no rollouts"):
        rollout_complete(raw)


def test_an_object_without_status_is_not_complete():
    assert rollout_complete({"kind": "Deployment", "metadata": {"generation": 1}, "spec": {}}) == (False, UNOBSERVED)


@pytest.mark.parametrize(
    ("raw", "stuck"),
    [
        pytest.param(deployment(available=2, **TIMED_OUT), True, id="stuck"),
        pytest.param(deployment(available=2, observed=1, **TIMED_OUT), False, id="stale"),
        pytest.param(deployment(**TIMED_OUT), False, id="recovered"),
        pytest.param(deployment(available=2), False, id="on-its-way"),
    ],
)
def test_a_deployment_is_stuck_only_on_its_present_specification(raw, stuck):
    assert rollout_stuck(raw) is stuck


@pytest.mark.parametrize(
    ("raw", "count"),
    [(deployment(wanted=5), 5), (deployment(wanted=None), 1), (deployment(wanted=0), 0), (daemon_set(), 3)],
)
def test_desired_replicas_come_from_where_the_kind_keeps_them(raw, count):
    assert desired_replicas(raw) == count


def timed_out(at):
    condition = {**TIMED_OUT["conditions"][0], "lastUpdateTime": at}
    return deployment(updated=1, available=3, conditions=[condition], spec={"progressDeadlineSeconds": 60})


@pytest.mark.parametrize(
    ("at", "expected"),
    [("2026-11-21T03:00:00Z", False), ("2026-11-21T03:12:50Z", False), ("2026-11-21T03:13:45Z", True)],
    ids=["long before", "too soon to be of this change", "a deadline later"],
)
def test_only_a_deadline_of_this_change_counts(at, expected):
    assert gave_up(timed_out(at), "2026-11-21T03:12:45Z") is expected


def test_nothing_is_given_up_when_nobody_knows_when_it_began():
    assert gave_up(timed_out("2026-11-21T03:13:45Z"), "") is False


def test_a_condition_without_a_time_is_not_of_this_change():
    raw = deployment(updated=1, **TIMED_OUT)
    assert gave_up(raw, "2026-11-21T03:12:45Z") is False


def test_a_rollout_that_completed_after_all_is_not_given_up():
    raw = timed_out("2026-11-21T03:13:45Z")
    raw["status"] |= {"updatedReplicas": 3}
    assert gave_up(raw, "2026-11-21T03:12:45Z") is False
