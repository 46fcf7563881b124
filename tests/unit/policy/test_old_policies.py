# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Libraries written for older engines: rules without contains and if, flat files, several with one package."""

from __future__ import annotations

import json

import pytest

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.library import from_published
from tests.unit.policy.libraries import CATALOGUE, DOCUMENT, MAIN_PATH, judged, library

OLD_CEILING = """\
package kubernetesexecution.safety.production

import future.keywords.if
import future.keywords.in

default allow = false

deny[msg] {
    live
    input.action == "ScaleDeployment"
    input.parameters.replicas > 20
    msg := sprintf("%d replicas are more than the 20 of production", [input.parameters.replicas])
}

live if { input.labels["environment"] in ["production", "prod"] }

allow if { not live }
"""
OLD_NAMESPACES = """\
package kubernetesexecution.safety.production

import future.keywords.in

deny[msg] {
    input.namespace in closed
    msg := sprintf("namespace %s is closed", [input.namespace])
}

closed := {"kube-system"}
"""


@pytest.mark.parametrize(
    ("replicas", "namespace", "messages"),
    [
        (20, "shop", []),
        (21, "shop", ["21 replicas are more than the 20 of production"]),
        (21, "kube-system", ["21 replicas are more than the 20 of production", "namespace kube-system is closed"]),
    ],
    ids=["allowed", "one", "both"],
)
def test_policies_in_the_old_syntax_take_part_unchanged(replicas: int, namespace: str, messages: list[str]) -> None:
    judge = from_published(
        {
            "kubernetesexecution.main.rego": library().modules[MAIN_PATH],
            "production.rego": OLD_CEILING,
            "namespaces.rego": OLD_NAMESPACES,
            "data.json": json.dumps({"config": {"catalogue": CATALOGUE}}),
        },
        name="old",
        version="",
        revision=None,
        source="configmap",
    )
    document = {
        **DOCUMENT,
        "namespace": namespace,
        "labels": {"environment": "production"},
        "parameters": {"replicas": replicas},
    }
    assert [violation.message for violation in judged(judge, document).violations] == messages
