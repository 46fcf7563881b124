#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: delete_pod
short_description: End one pod, if the policy library allows it
version_added: 0.1.0
description:
  - Evicts a pod, so that its disruption budgets count, and waits until exactly that pod is gone; a successor of
    the same name does not count.
  - A pod that does not exist is what was asked for and changes nothing.
author:
  - The guardrail.kubernetes authors (@guardrail)
extends_documentation_fragment:
  - guardrail.kubernetes.connection
  - guardrail.kubernetes.gate
  - guardrail.kubernetes.execution
  - guardrail.kubernetes.attributes
attributes:
  idempotent:
    description: A second run with the same options changes nothing.
    support: partial
    details:
      - A pod that is gone stays gone, and a second run changes nothing. A StatefulSet, though, makes another pod of the same
        name, which a second run would end too.
options:
  name:
    description: Name of the pod.
    type: str
    required: true
  namespace:
    description: Namespace of the pod.
    type: str
    required: true
  grace_period:
    description:
      - Seconds that a pod gets to end. Without it each pod's own C(terminationGracePeriodSeconds) counts.
      - V(0) is sent as 0 and ends the containers at once.
    type: int
  force:
    description: Also end a pod that no controller would start again.
    type: bool
    default: false
  disable_eviction:
    description: Delete the pod instead of evicting it. Disruption budgets do not count then; the policy library knows.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: End the pod that the alert names
  guardrail.kubernetes.delete_pod:
    name: web-0
    namespace: shop
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
      present: true
      uid: 0a6f5c7e-54a3-4d5e-9c0d-0f4d8f3f5d11
    after:
      present: false
      uid: 0a6f5c7e-54a3-4d5e-9c0d-0f4d8f3f5d11
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
    action: DeletePod
    target: Pod/shop/web-0
    requester: system:serviceaccount:guardrail-system:runner
    attempts: 1
    api_calls: 10
    duration_s: 0.12
    record: delete-pod-5e0c2a0e6a0e
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
  sample: "Done: delete Pod shop/web-0."
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
pods:
  description: What became of the pods.
  returned: when the action ends pods
  type: dict
  contains:
    evicted:
      description: Pods that are gone.
      type: list
      elements: dict
    pending:
      description: Pods that are still there.
      type: list
      elements: dict
    failed:
      description: Pods that could not be evicted, with the reason.
      type: list
      elements: dict
    skipped:
      description: Pods that stay where they are, with the reason.
      type: list
      elements: dict
  sample:
    evicted:
      - name: web-6d4cf56db6-x2x9p
        namespace: shop
    pending: []
    failed: []
    skipped:
      - name: node-agent-8k2lq
        namespace: monitoring
        reason: DaemonSet node-agent would start it again on this node
evicted:
  description: Pods that are gone; the same list as RV(pods.evicted).
  returned: when the action ends pods
  type: list
  elements: dict
  sample: []
pending:
  description: Pods that are still there; the same list as RV(pods.pending).
  returned: when the action ends pods
  type: list
  elements: dict
  sample: []
"""

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.delete_pod import DeletePod
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

ACTION = DeletePod.name
ARGUMENT_SPEC = action_arguments(DeletePod.options)


def main() -> None:
    run_as_module(ACTION, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
