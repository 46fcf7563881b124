#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: taint_node
short_description: Put a taint on a node or take it off, if the policy library allows it
version_added: 0.1.0
description:
  - Sets one taint, that of the given key and effect. All other taints of the node stay.
  - With O(effect=NoExecute) Kubernetes deletes the pods of the node that do not tolerate the taint, without asking
    their disruption budgets. The policy library judges all of them before anything is written, and the task waits
    until they are gone.
  - Pods that tolerate the taint for a limited time are judged as well, and not waited for.
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
  key:
    description: Key of the taint. Those below C(node.kubernetes.io) are set by Kubernetes itself and are refused.
    type: str
    required: true
  value:
    description: Value of the taint.
    type: str
    default: ""
  effect:
    description: What happens to pods that do not tolerate the taint.
    type: str
    choices: [NoSchedule, PreferNoSchedule, NoExecute]
    required: true
  state:
    description: Whether the taint is to be there.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: guardrail.kubernetes.cordon_node
  - module: guardrail.kubernetes.drain_node
"""

EXAMPLES = r"""
- name: Keep ordinary pods off the node with the bad disk
  guardrail.kubernetes.taint_node:
    name: node-1
    key: example.com/bad-disk
    effect: NoSchedule
    reason: disk errors
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
      taint: ""
    after:
      taint: example.com/bad-disk:NoSchedule
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
    action: TaintNode
    target: Node//node-1
    requester: system:serviceaccount:guardrail-system:runner
    attempts: 1
    api_calls: 10
    duration_s: 0.12
    record: taint-node-5e0c2a0e6a0e
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
  sample: "Done: taint Node node-1."
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

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.taint_node import TaintNode
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

ACTION = TaintNode.name
ARGUMENT_SPEC = action_arguments(TaintNode.options)


def main() -> None:
    run_as_module(ACTION, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
