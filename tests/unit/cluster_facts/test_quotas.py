# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.quotas import quota_uses, read_quotas
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.disruption import QuotaUse
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import PodDemand
from tests.unit.cluster_facts.fake_api import FakeApi
from tests.unit.cluster_facts.objects import quota

BOTH = {
    "containers": [
        {
            "name": "c",
            "resources": {
                "requests": {"cpu": "500m", "memory": "1Gi", "example.com/gpu": "1", "hugepages-2Mi": "2Mi"},
                "limits": {"cpu": "1", "memory": "2Gi"},
            },
        }
    ]
}
NOTHING = {"containers": [{"name": "c"}]}


def growth(spec, count=2, grows=True):
    return PodDemand(spec=spec, count=count, owner="web", namespace="shop", grows=grows)


def test_a_quota_shows_what_the_pods_add_under_each_of_its_names():
    hard = {
        "pods": "10", "count/pods": "20", "cpu": "4", "requests.cpu": "4", "limits.cpu": "8", "memory": "8Gi",
        "requests.memory": "8Gi", "limits.memory": "16Gi", "requests.example.com/gpu": "4", "hugepages-2Mi": "1Gi",
        "requests.hugepages-2Mi": "1Gi", "services": "5", "requests.storage": "1Ti", "example.com/gpu": "4",
    }  # fmt: skip
    found = quota_uses(quota("all", hard, dict.fromkeys(hard, "1")), [growth(BOTH)])
    assert {use.resource: use.after - use.used for use in found} == {
        "pods": 2, "count/pods": 2, "cpu": 1, "requests.cpu": 1, "limits.cpu": 2, "memory": 2**31,
        "requests.memory": 2**31, "limits.memory": 2**32, "requests.example.com/gpu": 2, "hugepages-2Mi": 2**22,
        "requests.hugepages-2Mi": 2**22,
    }  # fmt: skip


def scope(name, operator="Exists", *values):
    return {"scopeSelector": {"matchExpressions": [{"scopeName": name, "operator": operator, "values": list(values)}]}}


AFFINE = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"namespaces": ["other"]}]}}
WISHES = {"preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": {"namespaceSelector": {}}}]}


@pytest.mark.parametrize(
    ("scopes", "spec", "counts"),
    [
        pytest.param({"scopes": ["Terminating"]}, {**NOTHING, "activeDeadlineSeconds": 0}, True, id="terminating"),
        pytest.param({"scopes": ["Terminating"]}, NOTHING, False, id="not-terminating"),
        pytest.param({"scopes": ["NotTerminating"]}, NOTHING, True, id="not-terminating-scope"),
        pytest.param({"scopes": ["BestEffort"]}, NOTHING, True, id="best-effort"),
        pytest.param({"scopes": ["BestEffort"]}, BOTH, False, id="not-best-effort"),
        pytest.param({"scopes": ["NotBestEffort"]}, BOTH, True, id="not-best-effort-scope"),
        pytest.param({"scopes": ["NotBestEffort", "Terminating"]}, BOTH, False, id="scopes-add-up"),
        pytest.param({"scopes": ["PriorityClass"]}, NOTHING, False, id="no-priority"),
        pytest.param(
            scope("PriorityClass", "In", "high"), {**NOTHING, "priorityClassName": "high"}, True, id="priority"
        ),
        pytest.param(scope("PriorityClass", "In", "high"), {**NOTHING, "priorityClassName": "low"}, False, id="other"),
        pytest.param(scope("PriorityClass", "NotIn", "high"), NOTHING, True, id="priority-not-in"),
        pytest.param(scope("PriorityClass", "DoesNotExist"), NOTHING, True, id="priority-does-not-exist"),
        pytest.param(scope("CrossNamespacePodAffinity"), NOTHING, False, id="no-affinity"),
        pytest.param(scope("CrossNamespacePodAffinity"), {**NOTHING, "affinity": AFFINE}, True, id="affinity"),
        pytest.param(
            scope("CrossNamespacePodAffinity"), {**NOTHING, "affinity": {"podAntiAffinity": WISHES}}, True, id="wished"
        ),
        pytest.param(scope("VolumeAttributesClass"), BOTH, False, id="scope-of-other-objects"),
    ],
)
def test_a_quota_counts_only_pods_in_its_scopes(scopes, spec, counts):
    found = quota_uses(quota("scoped", {"pods": "9"}, {"pods": "3"}, **scopes), [growth(spec)])
    assert found == ([QuotaUse("shop/scoped", "pods", 9, 3, 5)] if counts else [])


def test_nothing_is_read_when_nothing_grows():
    api = FakeApi()
    assert read_quotas(api, [growth(BOTH, grows=False), growth(BOTH, count=0)]) == ()
    assert api.calls == []


def test_a_quota_without_a_status_is_not_guessed():
    raw = quota("new", {"pods": "9"}, {})
    raw["status"] = {}
    with pytest.raises(KeyError):
        quota_uses(raw, [growth(BOTH)])
