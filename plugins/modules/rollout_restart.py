#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: rollout_restart
short_description: Restart the pods of a workload, if the policy library allows it
version_added: 0.1.0
description:
  - Replaces the pods of a Deployment, StatefulSet or DaemonSet by a rollout of the same template, as C(kubectl
    rollout restart) does, and waits for the rollout.
author:
  - The guardrail.kubernetes authors (@guardrail)
extends_documentation_fragment:
  - guardrail.kubernetes.connection
  - guardrail.kubernetes.gate
  - guardrail.kubernetes.execution
  - guardrail.kubernetes.attributes
  - guardrail.kubernetes.attributes.not_idempotent
options:
  name:
    description: Name of the workload.
    type: str
    required: true
  namespace:
    description: Namespace of the workload.
    type: str
    required: true
  kind:
    description: Kind of the workload.
    type: str
    choices: [Deployment, StatefulSet, DaemonSet]
    default: Deployment
"""

EXAMPLES = r"""
- name: Restart the workers that hang
  guardrail.kubernetes.rollout_restart:
    kind: Deployment
    name: web
    namespace: shop
    wait_timeout: 600
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
      restarted_at: null
    after:
      restarted_at: "2026-11-21T03:12:45Z"
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
    action: RolloutRestart
    target: Deployment/shop/web
    requester: system:serviceaccount:guardrail-system:runner
    attempts: 1
    api_calls: 10
    duration_s: 0.12
    record: rollout-restart-5e0c2a0e6a0e
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
  sample: "Done: restart Deployment shop/web."
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

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.rollout_restart import RolloutRestart
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

ACTION = RolloutRestart.name
ARGUMENT_SPEC = action_arguments(RolloutRestart.options)


def main() -> None:
    run_as_module(ACTION, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
