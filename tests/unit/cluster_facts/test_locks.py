# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.locks import lease_holder, read_locks
from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.node_states import node_state
from ansible_collections.guardrail.kubernetes.plugins.module_utils._errors import ApiFailure
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import ForeignLock
from tests.unit.cluster_facts.fake_api import FakeApi
from tests.unit.cluster_facts.objects import node

NOW = datetime(2026, 11, 21, 10, 0, 0, tzinfo=UTC)
LEASES = "/apis/coordination.k8s.io/v1/namespaces/medik8s-leases/leases"


def lease(holder="node-maintenance", renewed="2026-11-21T09:59:00.000000Z", seconds=3600):
    spec = {"holderIdentity": holder, "renewTime": renewed, "leaseDurationSeconds": seconds}
    return {"metadata": {"name": "node-n1"}, "spec": {key: value for key, value in spec.items() if value is not None}}


@pytest.mark.parametrize(
    ("raw", "holder"),
    [
        pytest.param(None, "", id="absent"),
        pytest.param({"metadata": {}}, "", id="without-spec"),
        pytest.param(lease(), "node-maintenance", id="held"),
        pytest.param(lease(seconds=60), "node-maintenance", id="expires-this-second"),
        pytest.param(lease(seconds=59), "", id="expired"),
        pytest.param(lease(holder=""), "", id="released"),
        pytest.param(lease(holder=None), "", id="without-holder"),
        pytest.param(lease(renewed=None), "node-maintenance", id="without-renewal"),
        pytest.param(lease(seconds=None), "node-maintenance", id="without-duration"),
        pytest.param(
            lease(renewed="2026-11-21T10:05:00Z", seconds=-600), "node-maintenance", id="renewed-in-the-future"
        ),
        pytest.param(lease(holder='a"b\n'), "a?b?", id="odd-holder"),
    ],
)
def test_a_lease_in_doubt_is_held(raw, holder):
    assert lease_holder(raw, NOW) == holder


def test_a_renewal_that_is_no_time_is_not_guessed():
    with pytest.raises(ValueError, match="isoformat"):
        lease_holder(lease(renewed="yesterday"), NOW)


def taint(key):
    return {"key": key, "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("raw", "locks"),
    [
        pytest.param(node("n1"), (), id="free"),
        pytest.param(
            node("n1", annotations={"weave.works/kured-reboot-in-progress": "x"}), (("kured", "kured"),), id="kured"
        ),
        pytest.param(
            node("n1", taints=[taint("karpenter.sh/disrupted")]),
            (("karpenter", "karpenter.sh/disrupted"),),
            id="karpenter",
        ),
        pytest.param(
            node("n1", taints=[taint("ToBeDeletedByClusterAutoscaler")]),
            (("cluster-autoscaler", "ToBeDeletedByClusterAutoscaler"),),
            id="cluster-autoscaler",
        ),
        pytest.param(node("n1", taints=[taint("dedicated")]), (), id="other-taint"),
    ],
)
def test_marks_of_other_tools_are_locks(raw, locks):
    expected = tuple(ForeignLock(tool, "n1", holder) for tool, holder in locks)
    assert read_locks(FakeApi(), node_state(raw), NOW) == expected


def test_the_lease_of_medik8s_is_a_lock():
    api = FakeApi().add(LEASES, lease())
    assert read_locks(api, node_state(node("n1")), NOW) == (ForeignLock("medik8s", "n1", "node-maintenance"),)
    assert api.calls == [f"GET {LEASES}/node-n1"]


def test_a_lease_that_may_not_be_read_is_no_free_lock():
    api = FakeApi().fail(f"{LEASES}/node-n1", ApiFailure("api.forbidden", "Not allowed.", status=403))
    with pytest.raises(ApiFailure, match="Not allowed"):
        read_locks(api, node_state(node("n1")), NOW)
