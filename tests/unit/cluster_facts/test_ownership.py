# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.ownership import (
    autoscaler_of,
    field_managers,
    gitops_owner,
    helm_release,
    read_ownership,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.facts import Autoscaler, Ownership
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.plan import ObjectRef
from tests.unit.cluster_facts.fake_api import FakeApi
from tests.unit.cluster_facts.objects import autoscaler, deployment, node, owned_by

WEB = ObjectRef("Deployment", "web", "shop")
AUTOSCALERS = "/apis/autoscaling/v2/namespaces/shop/horizontalpodautoscalers"
IMAGE = ("spec", "template", "spec", "containers", "web", "image")


def managed(manager, fields, **more):
    return {"manager": manager, "operation": "Apply", "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


def keda(raw, **metadata):
    return {**raw, "metadata": {**raw["metadata"], **metadata}}


@pytest.mark.parametrize(
    ("raws", "expected"),
    [
        pytest.param([], None, id="none"),
        pytest.param([autoscaler("hpa")], Autoscaler("hpa", 2, 9), id="match"),
        pytest.param([autoscaler("hpa", minimum=None)], Autoscaler("hpa", 1, 9), id="default-minimum"),
        pytest.param([autoscaler("hpa", minimum=0)], Autoscaler("hpa", 0, 9), id="minimum-zero"),
        pytest.param([autoscaler("hpa", kind="StatefulSet")], None, id="other-kind"),
        pytest.param([autoscaler("hpa", target="api")], None, id="other-name"),
        pytest.param([autoscaler("b"), autoscaler("a")], Autoscaler("a", 2, 9), id="first-by-name"),
        pytest.param(
            [keda(autoscaler("hpa"), labels={"scaledobject.keda.sh/name": "so"})],
            Autoscaler("hpa", 2, 9, "so"),
            id="keda",
        ),
        pytest.param(
            [keda(autoscaler("hpa"), ownerReferences=owned_by("ScaledObject", "so", "keda.sh/v1alpha1"))],
            Autoscaler("hpa", 2, 9, "so"),
            id="keda-by-owner",
        ),
    ],
)
def test_the_autoscaler_of_the_target_is_found(raws, expected):
    assert autoscaler_of(WEB, raws) == expected


def test_an_autoscaler_of_a_foreign_kind_of_the_same_name_is_another_one():
    foreign = autoscaler("hpa")
    foreign["spec"]["scaleTargetRef"]["apiVersion"] = "example.com/v1"
    assert autoscaler_of(WEB, [foreign]) is None


TRACKING, INSTANCE = "argocd.argoproj.io/tracking-id", "app.kubernetes.io/instance"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param({}, ("", ""), id="nobody"),
        pytest.param(
            {"annotations": {TRACKING: "app1:apps/Deployment:shop/web"}}, ("argocd", "app1"), id="tracking-id"
        ),
        pytest.param({"annotations": {TRACKING: "app1:apps/Deployment:shop/api"}}, ("", ""), id="copy-of-another"),
        pytest.param({"labels": {INSTANCE: "web"}}, ("", ""), id="instance-alone-is-helm-s"),
        pytest.param(
            {"labels": {INSTANCE: "web"}, "annotations": {TRACKING: "app1:apps/Deployment:shop/api"}},
            ("", ""),
            id="instance-beside-a-copied-id",
        ),
        pytest.param(
            {"labels": {INSTANCE: "web"}, "annotations": {"argocd.argoproj.io/sync-wave": "1"}},
            ("argocd", "web"),
            id="instance-beside-a-mark",
        ),
        pytest.param(
            {"labels": {INSTANCE: "web"}, "managedFields": [managed("argocd-controller", {})]},
            ("argocd", "web"),
            id="instance-beside-its-manager",
        ),
        pytest.param({"labels": {"argocd.argoproj.io/instance": "web"}}, ("argocd", "web"), id="own-label"),
        pytest.param(
            {"labels": {"kustomize.toolkit.fluxcd.io/name": "apps", "kustomize.toolkit.fluxcd.io/namespace": "flux"}},
            ("flux", "flux/apps"),
            id="flux-kustomize",
        ),
        pytest.param({"labels": {"helm.toolkit.fluxcd.io/name": "web"}}, ("flux", "web"), id="flux-helm"),
        pytest.param({"annotations": {TRACKING: 'a"\n:apps/Deployment:shop/web'}}, ("argocd", "a??"), id="odd-name"),
    ],
)
def test_gitops_is_told_by_marks_that_belong_to_the_object(metadata, expected):
    assert gitops_owner(WEB, metadata) == expected


def test_a_node_has_a_tracking_id_without_group():
    metadata = {"annotations": {TRACKING: "infra:/Node:/n1"}}
    assert gitops_owner(ObjectRef("Node", "n1"), metadata) == ("argocd", "infra")


@pytest.mark.parametrize(
    ("annotations", "expected"),
    [
        ({}, ""),
        ({"meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "apps"}, "apps/web"),
        ({"meta.helm.sh/release-name": "web"}, "shop/web"),
    ],
)
def test_the_helm_release_is_named_with_its_namespace(annotations, expected):
    assert helm_release({"namespace": "shop", "annotations": annotations}) == expected


CONTAINERS = {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"web"}': {".": {}, "f:image": {}}}}}}}


@pytest.mark.parametrize(
    ("fields", "path", "owned"),
    [
        pytest.param({"f:spec": {"f:replicas": {}}}, ("spec", "replicas"), True, id="leaf"),
        pytest.param({"f:spec": {"f:paused": {}}}, ("spec", "replicas"), False, id="sibling"),
        pytest.param({}, ("spec", "replicas"), False, id="nothing"),
        pytest.param(CONTAINERS, IMAGE, True, id="entry-of-a-list"),
        pytest.param(CONTAINERS, (*IMAGE[:4], "other", "image"), False, id="other-entry"),
        pytest.param({"f:spec": {"f:selector": {}}}, ("spec", "selector", "matchLabels"), True, id="leaf-above"),
        pytest.param({"f:spec": {"f:template": {"f:spec": {}}}}, ("spec", "template"), True, id="part-below"),
        pytest.param(
            {"f:metadata": {"f:annotations": {".": {}, "f:a.b/c": {}}}},
            ("metadata", "annotations", "a.b/c"),
            True,
            id="key-with-dots",
        ),
    ],
)
def test_the_manager_of_a_field_is_found_along_its_path(fields, path, owned):
    assert field_managers({"managedFields": [managed("m", fields)]}, path) == (("m",) if owned else ())


def test_managers_are_sorted_and_named_once():
    fields = {"f:spec": {"f:replicas": {}}}
    entries = [
        managed("kubectl", fields),
        managed("argocd-controller", fields),
        managed("kubectl", fields, subresource="scale"),
    ]
    assert field_managers({"managedFields": entries}, ("spec", "replicas")) == ("argocd-controller", "kubectl")


def test_ownership_takes_one_call():
    api = FakeApi().add(AUTOSCALERS, autoscaler("hpa"))
    metadata = {
        "ownerReferences": owned_by("Shop", "main", "example.com/v1"),
        "managedFields": [managed("helm", {"f:spec": {"f:replicas": {}}})],
    }
    assert read_ownership(api, WEB, deployment(metadata=metadata), [("spec", "replicas")]) == Ownership(
        autoscaler=Autoscaler("hpa", 2, 9), controller="Shop/main", field_managers={"spec.replicas": ("helm",)}
    )
    assert api.calls == [f"LIST {AUTOSCALERS}"]


def test_what_cannot_be_scaled_takes_no_call():
    api = FakeApi()
    assert read_ownership(api, ObjectRef("Node", "n1"), node("n1"), []) == Ownership()
    assert api.calls == []
