#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: drain_node
short_description: Drain a node, if the policy library allows it
version_added: 0.1.0
description:
  - Cordons a node, evicts its pods concurrently and waits until they are gone.
  - The whole drain is judged before the node is cordoned. One that can never finish is denied then; one that
    takes several rounds, because a disruption budget is smaller than the sum of its pods on the node, passes
    with a warning.
  - An eviction that a budget refuses is tried again until O(wait_timeout), while the others go on.
  - Mirror pods stay. Finished pods are evicted like others, without any further option.
author:
  - The guardrail.kubernetes authors (@guardrail)
extends_documentation_fragment:
  - guardrail.kubernetes.connection
  - guardrail.kubernetes.gate
  - guardrail.kubernetes.execution
  - guardrail.kubernetes.attributes
options:
  name:
    description: Name of the node.
    type: str
    required: true
  grace_period:
    description:
      - Seconds that a pod gets to end. Without it each pod's own C(terminationGracePeriodSeconds) counts.
      - V(0) is sent as 0 and ends the containers at once.
    type: int
  force:
    description: Also evict pods that no controller would start again.
    type: bool
    default: false
  delete_emptydir_data:
    description: Also evict pods with C(emptyDir) volumes, whose data is lost.
    type: bool
    default: false
  ignore_daemonsets:
    description: Leave the pods of DaemonSets where they are. With V(false) such pods make the task fail.
    type: bool
    default: true
  pod_selector:
    description: Label selector; only matching pods are evicted.
    type: str
    default: ""
seealso:
  - module: guardrail.kubernetes.cordon_node
  - module: guardrail.kubernetes.uncordon_node
  - module: kubernetes.core.k8s_drain
"""

EXAMPLES = r"""
- name: Empty the node before its disk is replaced
  guardrail.kubernetes.drain_node:
    name: node-1
    delete_emptydir_data: true
    wait_timeout: 900
    reason: disk replacement
  register: drained

- name: Show what was moved
  ansible.builtin.debug:
    msg: "{{ drained.pods.evicted | map(attribute='name') | list }}"
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
      unschedulable: false
      pods:
        - shop/web-6d4cf56db6-x2x9p
    after:
      unschedulable: true
      pods: []
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
    action: DrainNode
    target: Node//node-1
    requester: system:serviceaccount:guardrail-system:runner
    attempts: 1
    api_calls: 10
    duration_s: 0.12
    record: drain-node-5e0c2a0e6a0e
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
  sample: "Done: drain Node node-1."
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

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.drain_node import DrainNode
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

ACTION = DrainNode.name
ARGUMENT_SPEC = action_arguments(DrainNode.options)


def main() -> None:
    run_as_module(ACTION, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
