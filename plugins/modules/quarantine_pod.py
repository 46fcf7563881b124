#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: quarantine_pod
short_description: Isolate a pod for forensics, if the policy library allows it
version_added: 0.1.0
description:
  - Takes all labels off a pod, so that no Service sends it traffic and its controller lets go of it and starts
    another, and marks it with C(guardrail.dev/quarantined). The pod stays on its node and runs on.
  - A NetworkPolicy C(guardrail-quarantine), made in the namespace where it is missing, allows such pods nothing.
    The network plugin has to enforce NetworkPolicies. Where another policy of the namespace still allows something
    to them, the library warns (C(quarantine.still-allowed)).
  - What connections are open already, the network plugin decides.
  - With O(state=released) the pod gets back the labels that it had, from its annotation
    C(guardrail.dev/labels-before-quarantine). The NetworkPolicy stays.
author:
  - The guardrail.kubernetes authors (@guardrail)
extends_documentation_fragment:
  - guardrail.kubernetes.connection
  - guardrail.kubernetes.gate
  - guardrail.kubernetes.execution
  - guardrail.kubernetes.attributes
options:
  name:
    description: Name of the pod.
    type: str
    required: true
  namespace:
    description: Namespace of the pod.
    type: str
    required: true
  state:
    description: Whether the pod is to be isolated, or to be let back.
    type: str
    choices: [quarantined, released]
    default: quarantined
seealso:
  - module: guardrail.kubernetes.delete_pod
"""

EXAMPLES = r"""
- name: Keep the pod that the intrusion alert names
  guardrail.kubernetes.quarantine_pod:
    name: web-0
    namespace: staging-shop
    reason: unexpected shell
    ticket: SEC-42
"""

RETURN = r"""
decision:
  description: What the policy library decided. V(null) when it did not come to a decision.
  returned: always
  type: dict
  sample:
    allowed: true
    reason: Allowed by guardrail-default 0.1.0.
    violations: []
    violations_text: []
    policy_violations: []
    warnings: []
diff:
  description: What changes, as C(before) and C(after).
  returned: always
  type: dict
  sample:
    before:
      labels:
        app: web
    after:
      labels:
        guardrail.dev/quarantined: "true"
execution:
  description:
    - The attempt itself. C(record) names the KubernetesExecution in namespace C(guardrail-system); it is empty in check mode
      and where there was nothing to do.
    - C(digest) is what an approval has to be for. C(approvals) are those that were used.
    - C(mode) says who sent the writes. C(job) is V(null) but for a Job, C(name), C(namespace), C(succeeded), C(exit_code),
      C(reason) of its failure and C(log), the end of what it said. C(followed) names the record of an earlier run whose Job
      was followed instead of starting another.
  returned: always
  type: dict
  sample:
    id: 5e0c2a0e-6a0e-4f0c-9d8e-6e1f7c1f0b52
    action: QuarantinePod
    target: Pod/staging-shop/web-0
    requester: system:serviceaccount:guardrail-system:runner
    attempts: 1
    api_calls: 10
    duration_s: 0.12
    record: quarantine-pod-5e0c2a0e6a0e
    phase: Succeeded
    digest: 9f2c1d0b7a6e5f4c3b2a19080716253443526170897a6b5c4d3e2f1a0b9c8d7e
    approvals: []
    undone_by: ""
    mode: direct
    job: null
    followed: ""
msg:
  description: One line on how it ended; on failure what happened and what to do next.
  returned: always
  type: str
  sample: "Done: quarantine Pod staging-shop/web-0."
reason:
  description: Class of the failure, V(denied), V(awaiting_approval), V(conflict), V(timeout), V(api_error),
    V(invalid_parameters) or V(unreachable).
  returned: failure
  type: str
  sample: denied
code:
  description: Stable code of the failure.
  returned: failure
  type: str
  sample: replica-ceiling.exceeded
retry_after_s:
  description: Seconds after which the same request may succeed; V(null) when waiting does not help.
  returned: failure
  type: float
  sample: null
"""

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.quarantine_pod import QuarantinePod
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

ACTION = QuarantinePod.name
ARGUMENT_SPEC = action_arguments(QuarantinePod.options)


def main() -> None:
    run_as_module(ACTION, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
