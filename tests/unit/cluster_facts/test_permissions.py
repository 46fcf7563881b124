# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.permissions import (
    WHOLE_CLUSTER,
    granted_permissions,
    rule_allows,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef, Permission
from tests.unit.cluster_facts.fake_api import FakeApi

DEPLOYMENT = ObjectRef("Deployment", "web", "shop")
NODE = ObjectRef("Node", "n1")
SCALE = Permission("patch", "deployments", group="apps", subresource="scale", namespace="shop", name="web")
EVICT = Permission("create", "pods", subresource="eviction")


def rule(verbs, resources, *, groups=("apps",), names=()):
    return {"verbs": list(verbs), "apiGroups": list(groups), "resources": list(resources), "resourceNames": list(names)}


def entry(verb, resource, namespace="", group=""):
    return {"verb": verb, "group": group, "resource": resource, "namespace": namespace}


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        pytest.param(rule(["patch"], ["deployments/scale"]), True, id="exact"),
        pytest.param(rule(["*"], ["*"], groups=["*"]), True, id="wildcards"),
        pytest.param(rule(["patch"], ["*/scale"]), True, id="subresource-of-all"),
        pytest.param(rule(["patch"], ["deployments"]), False, id="resource-without-subresource"),
        pytest.param(rule(["patch"], ["deployments/*"]), False, id="no-such-wildcard"),
        pytest.param(rule(["get"], ["deployments/scale"]), False, id="other-verb"),
        pytest.param(rule(["patch"], ["deployments/scale"], groups=[""]), False, id="other-group"),
        pytest.param(rule(["patch"], ["deployments/scale"], names=["web", "api"]), True, id="named"),
        pytest.param(rule(["patch"], ["deployments/scale"], names=["api"]), False, id="other-name"),
        pytest.param({"verbs": ["patch"]}, False, id="rule-for-urls"),
    ],
)
def test_a_rule_allows_as_in_rbac(given, allowed):
    assert rule_allows(given, SCALE) is allowed


def test_a_rule_for_names_does_not_cover_a_right_on_all():
    named = rule(["list"], ["pods"], groups=[""], names=["web-1"])
    assert rule_allows(named, Permission("list", "pods")) is False


def test_what_is_needed_and_granted_is_listed_with_update_and_delete_of_the_target():
    api = FakeApi()
    api.rules["shop"] = [rule(["get", "patch", "update"], ["deployments", "deployments/scale"])]
    needed = [SCALE, Permission("list", "pods", namespace="shop")]
    assert granted_permissions(api, needed, DEPLOYMENT) == (
        entry("patch", "deployments/scale", "shop", "apps"),
        entry("update", "deployments", "shop", "apps"),
    )
    assert [body["spec"] for body in api.bodies] == [{"namespace": "shop"}]


def test_rights_in_the_whole_cluster_are_not_taken_from_a_namespace():
    api = FakeApi()
    api.rules["default"] = [rule(["*"], ["*"], groups=["*"])]
    assert granted_permissions(api, [EVICT], NODE) == ()
    assert [body["spec"] for body in api.bodies] == [{"namespace": WHOLE_CLUSTER}]
    assert ":" in WHOLE_CLUSTER


def test_rights_in_the_whole_cluster_spare_the_reviews_of_namespaces():
    api = FakeApi()
    api.rules[""] = [rule(["create", "delete"], ["pods/eviction", "pods"], groups=[""])]
    needed = [Permission("create", "pods", subresource="eviction", namespace=name) for name in ("a", "b")]
    found = granted_permissions(api, needed, NODE)
    assert found == (entry("create", "pods/eviction", "a"), entry("create", "pods/eviction", "b"))
    assert len(api.calls) == 1


def test_several_namespaces_are_reviewed_where_the_cluster_grants_nothing():
    api = FakeApi()
    api.rules["b"] = [rule(["create"], ["pods/eviction"], groups=[""])]
    needed = [Permission("create", "pods", subresource="eviction", namespace=name) for name in ("a", "b")]
    assert granted_permissions(api, needed, ObjectRef("ConfigMap", "x", "a")) == (
        entry("create", "pods/eviction", "b"),
    )
    assert [body["spec"]["namespace"] for body in api.bodies] == [WHOLE_CLUSTER, "a", "b"]


def test_a_right_on_several_names_is_listed_only_when_it_holds_for_all():
    api = FakeApi()
    api.rules["shop"] = [rule(["get"], ["configmaps"], groups=[""], names=["a"])]
    needed = [Permission("get", "configmaps", namespace="shop", name=name) for name in ("a", "b")]
    assert granted_permissions(api, needed, ObjectRef("ConfigMap", "a", "shop")) == ()


def test_an_incomplete_review_is_completed_right_by_right():
    api = FakeApi()
    api.incomplete = True
    api.rules["shop"] = [rule(["update"], ["deployments"])]
    api.allowed = {("patch", "deployments/scale", "shop", "web")}
    assert granted_permissions(api, [SCALE], DEPLOYMENT) == (
        entry("patch", "deployments/scale", "shop", "apps"),
        entry("update", "deployments", "shop", "apps"),
    )
    assert [body["kind"] for body in api.bodies] == ["SelfSubjectRulesReview", *["SelfSubjectAccessReview"] * 2]


def test_an_incomplete_review_asks_for_each_right_in_its_own_namespace_once():
    api = FakeApi()
    api.incomplete = True
    api.allowed = {("create", "pods/eviction", "a", ""), ("patch", "nodes", "", "n1")}
    needed = [Permission("create", "pods", subresource="eviction", namespace=name) for name in ("a", "b")]
    found = granted_permissions(api, [*needed, Permission("patch", "nodes", name="n1")], NODE)
    assert found == (entry("create", "pods/eviction", "a"), entry("patch", "nodes"))
    kinds = [body["kind"] for body in api.bodies]
    assert (kinds.count("SelfSubjectRulesReview"), kinds.count("SelfSubjectAccessReview")) == (3, 5)
