# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.facts.pod_requests import (
    pod_limits,
    pod_requests,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._values.quantities import NANO


def container(cpu, *, sidecar=False, field="requests", **more):
    raw = {"name": "c", "resources": {field: {"cpu": cpu, **more}}}
    return {**raw, "restartPolicy": "Always"} if sidecar else raw


@pytest.mark.parametrize(
    ("spec", "cores"),
    [
        pytest.param({"containers": [{"name": "c"}]}, None, id="nothing"),
        pytest.param({"containers": [container("1"), container("2")]}, 3, id="containers-add-up"),
        pytest.param(
            {"containers": [container("1")], "initContainers": [container("5"), container("3")]}, 5, id="largest-init"
        ),
        pytest.param({"containers": [container("3")], "initContainers": [container("2")]}, 3, id="init-below-the-sum"),
        pytest.param(
            {"containers": [container("1")], "initContainers": [container("2", sidecar=True)]}, 3, id="sidecar"
        ),
        pytest.param(
            {"containers": [container("1")], "initContainers": [container("2", sidecar=True), container("4")]},
            6,
            id="init-beside-an-earlier-sidecar",
        ),
        pytest.param(
            {"containers": [container("1")], "initContainers": [container("4"), container("2", sidecar=True)]},
            4,
            id="init-before-a-sidecar",
        ),
        pytest.param({"containers": [container("1")], "overhead": {"cpu": "1"}}, 2, id="overhead"),
        pytest.param(
            {"containers": [container("1")], "resources": {"requests": {"cpu": "4"}}, "overhead": {"cpu": "1"}},
            5,
            id="requests-of-the-pod-replace-the-sum",
        ),
    ],
)
def test_requests_follow_the_scheduler(spec, cores):
    assert pod_requests(spec) == ({} if cores is None else {"cpu": cores * NANO})


def test_only_some_resources_can_be_requested_by_the_pod_itself():
    spec = {
        "containers": [container("1", **{"example.com/gpu": "1"})],
        "resources": {"requests": {"hugepages-2Mi": "1", "example.com/gpu": "9"}},
    }
    assert pod_requests(spec) == {"cpu": NANO, "example.com/gpu": NANO, "hugepages-2Mi": NANO}


def test_overhead_adds_to_a_limit_only_where_there_is_one():
    spec = {"containers": [container("1", field="limits")], "overhead": {"cpu": "1", "memory": "1"}}
    assert pod_limits(spec) == {"cpu": 2 * NANO}
