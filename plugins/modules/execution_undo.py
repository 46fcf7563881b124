#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: execution_undo
short_description: Undo an execution, if the policy library allows it
version_added: 0.1.0
description:
  - Carries out the way back that the record of an execution states, such as the former number of replicas, the former images,
    or the uncordon of a node that was drained. M(guardrail.kubernetes.execution_info) shows it as C(undo).
  - The undo is an action like any other. It is judged by the published policy library, may need an approval, is recorded, and
    can itself be undone. On success the undone execution becomes C(RolledBack).
  - Refused when the execution has not ended, has changed nothing, is undone already or has no way back; when the target was
    deleted and created again; and, unless O(force) is set, when somebody has changed since what it is to change back.
author:
  - The guardrail.kubernetes authors (@guardrail)
extends_documentation_fragment:
  - guardrail.kubernetes.connection
  - guardrail.kubernetes.gate
  - guardrail.kubernetes.attributes
attributes:
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
    details:
      - It is refused as C(undo.already-undone).
options:
  execution:
    description: Name of the C(KubernetesExecution) to undo.
    type: str
    required: true
  force:
    description:
      - Whether to undo it also where somebody has changed the same thing since. That change is lost then.
    type: bool
    default: false
seealso:
  - module: guardrail.kubernetes.execution_info
"""

EXAMPLES = r"""
- name: See what the undo would change
  guardrail.kubernetes.execution_undo:
    execution: scale-deployment-5e0c2a0e6a0e
  check_mode: true
  register: forecast

- name: Undo it
  guardrail.kubernetes.execution_undo:
    execution: scale-deployment-5e0c2a0e6a0e
    reason: the evening peak is over
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
      replicas: 5
    after:
      replicas: 3
execution:
  description:
    - The undo itself, an execution of its own. V(null) when it was refused before it came to the gate.
    - C(record) names its KubernetesExecution in namespace C(guardrail-system); it is empty in check mode and where there was
      nothing to do.
    - C(digest) is what an approval has to be for. C(approvals) are those that were used.
    - C(mode) says who sent the writes. C(job) is V(null) but for a Job, C(name), C(namespace), C(succeeded), C(exit_code),
      C(reason) of its failure and C(log), the end of what it said. C(followed) names the record of an earlier run whose Job
      was followed instead of starting another.
  returned: always
  type: dict
  sample:
    id: 5e0c2a0e-6a0e-4f0c-9d8e-6e1f7c1f0b52
    action: ScaleDeployment
    target: Deployment/shop/web
    requester: system:serviceaccount:guardrail-system:runner
    attempts: 1
    api_calls: 10
    duration_s: 0.12
    record: scale-deployment-5e0c2a0e6a0e
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
  sample: "Done: scale Deployment shop/web."
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
  sample: undo.changed-since
retry_after_s:
  description: Seconds after which the same request may succeed; V(null) when waiting does not help.
  returned: failure
  type: float
  sample: null
"""

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import EXECUTION_UNDO

ACTION = EXECUTION_UNDO
ARGUMENT_SPEC = action_arguments(
    {"execution": {"type": "str", "required": True}, "force": {"type": "bool", "default": False}}
)


def main() -> None:
    run_as_module(ACTION, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
