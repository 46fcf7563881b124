# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.volumes import Volume, read_volumes
from tests.unit.cluster_facts.fake_api import FakeApi

HERE = {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["n1"]}]}]}


def claim(name, volume):
    return {"metadata": {"name": name, "namespace": "shop"}, "spec": {"volumeName": volume} if volume else {}}


def volume(name, claim_name, **spec):
    ref = {"namespace": "shop", "name": claim_name}
    return {"metadata": {"name": name}, "spec": {"claimRef": ref, **spec}}


def cluster(count):
    api = FakeApi()
    for number in range(count):
        api.add("/api/v1/namespaces/shop/persistentvolumeclaims", claim(f"c{number}", f"pv{number}"))
        local = {"local": {"path": "/x"}, "nodeAffinity": {"required": HERE}} if number % 2 else {"csi": {}}
        api.add("/api/v1/persistentvolumes", volume(f"pv{number}", f"c{number}", **local))
    return api


def expected(count):
    local = Volume(local=True, node_terms=tuple(HERE["nodeSelectorTerms"]))
    remote = Volume(local=False, node_terms=None)
    return {("shop", f"c{number}"): local if number % 2 else remote for number in range(count)}


def test_few_claims_are_followed_to_their_volumes():
    api = cluster(9)
    assert read_volumes(api, list(expected(2)) * 2) == expected(2)
    assert len(api.calls) == 4


def test_many_claims_are_found_in_one_list_of_volumes():
    api = cluster(9)
    assert read_volumes(api, expected(5)) == expected(5)
    assert {call for call in api.calls if "claims" in call} == set()


def test_claims_without_volume_or_with_an_impossible_name_are_left_out():
    api = FakeApi().add("/api/v1/namespaces/shop/persistentvolumeclaims", claim("pending", ""), claim("odd", "../x"))
    wanted = [("shop", "pending"), ("shop", "odd"), ("shop", "../../secrets/x"), ("shop", "gone")]
    assert read_volumes(api, wanted) == {}
    assert sorted(api.calls) == [
        f"GET /api/v1/namespaces/shop/persistentvolumeclaims/{name}" for name in ("gone", "odd", "pending")
    ]
