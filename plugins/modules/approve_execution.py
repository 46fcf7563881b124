#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: approve_execution
short_description: Approve an execution that waits for it, override policies in an emergency, close a review
version_added: 0.1.0
description:
  - An action that needs somebody else's word ends as C(AwaitingApproval). This module gives that word, as an
    C(ExecutionApproval); the next run of the same task uses it.
  - An approval is for one action, on one object with its uid, with exact parameters, and serves once. It ends when it
    expires, by the clock of the API server.
  - Nobody approves a request of their own. The API server admits no approval in another's name, and none without the right
    to give it.
  - The result tells what is approved. Look at RV(execution) in check mode first.
author:
  - The guardrail.kubernetes authors (@guardrail)
extends_documentation_fragment:
  - guardrail.kubernetes.connection
  - guardrail.kubernetes.attributes
attributes:
  check_mode:
    description: Can run in C(check_mode) and tell what it would change without writing anything.
    support: full
    details:
      - The API server judges the approval in a server-side dry run, the rights of its author as well.
options:
  state:
    description:
      - V(approved) approves the O(execution).
      - V(overridden) overrides, for the O(execution), the rules that the policy library lists as overridable. It counts as
        an approval too. Its review is open from its use until somebody else closes it.
      - V(reviewed) closes the review of an override, O(approval).
      - V(revoked) deletes an O(approval) of one's own that nobody has used.
    type: str
    choices: [approved, overridden, reviewed, revoked]
    default: approved
  execution:
    description: Name of the C(KubernetesExecution) to approve or override.
    type: str
  approval:
    description: Name of the C(ExecutionApproval) to review or revoke.
    type: str
  valid_for:
    description:
      - Seconds for which the approval counts, from 60 to 604800. The policy library may bound it further.
    type: int
    default: 3600
  reason:
    description: Why it is given. Needed for an override, at least 10 characters of it.
    type: str
    default: ""
  note:
    description: What the review of an override found.
    type: str
    default: ""
  metrics_statsd:
    description:
      - C(host:port) of a statsd_exporter that is told of a closed review. C(GUARDRAIL_METRICS_STATSD) stands in for it.
    type: str
  metrics_textfile:
    description:
      - File ending in C(.prom) that a closed review is counted in, for the textfile collector of node_exporter.
        C(GUARDRAIL_METRICS_TEXTFILE) stands in for it.
    type: path
requirements:
  - python >= 3.11
  - kubernetes
notes:
  - Who approves needs Role C(guardrail-approver) in namespace C(guardrail-system), and where the target is ClusterRole
    C(guardrail-approve) or, to override, C(guardrail-override). Who reviews needs Role C(guardrail-auditor) or ClusterRole
    C(guardrail-review) in C(guardrail-system).
seealso:
  - module: guardrail.kubernetes.execution_info
  - module: guardrail.kubernetes.execution_undo
"""

EXAMPLES = r"""
- name: See what would be approved
  guardrail.kubernetes.approve_execution:
    execution: update-image-5e0c2a0e6a0e
  check_mode: true
  register: forecast

- name: Approve it for a quarter of an hour
  guardrail.kubernetes.approve_execution:
    execution: update-image-5e0c2a0e6a0e
    valid_for: 900
    reason: looked at with the team
  register: given

- name: Think better of it
  guardrail.kubernetes.approve_execution:
    state: revoked
    approval: "{{ given.approval.name }}"

- name: Override in an emergency
  guardrail.kubernetes.approve_execution:
    state: overridden
    execution: update-image-5e0c2a0e6a0e
    reason: The shop is down and nobody else can be reached

- name: Close the review of an override
  guardrail.kubernetes.approve_execution:
    state: reviewed
    approval: update-image-7d41c09b52af-1f2e3d4c
    note: Justified, the image was the one that the vendor shipped an hour later
"""

RETURN = r"""
approval:
  description: The approval that was given, found, reviewed or revoked. V(null) when there is none.
  returned: always
  type: dict
  contains:
    name:
      description: Name of the ExecutionApproval in namespace C(guardrail-system).
      type: str
      returned: always
      sample: update-image-5e0c2a0e6a0e-1f2e3d4c
    type:
      description: V(Approval) or V(Override).
      type: str
      returned: always
      sample: Approval
    execution:
      description: Name of the execution that it was given for.
      type: str
      returned: always
      sample: update-image-5e0c2a0e6a0e
    action:
      description: The action that is approved.
      type: str
      returned: always
      sample: UpdateImage
    kind:
      description: Kind of the target.
      type: str
      returned: always
      sample: Deployment
    namespace:
      description: Namespace of the target; empty for a node.
      type: str
      returned: always
      sample: shop
    target:
      description: Name of the target.
      type: str
      returned: always
      sample: web
    uid:
      description: Uid of the target.
      type: str
      returned: always
      sample: 9a7a1e0e-0f3c-4c57-8c0b-1c7a7f3b7f10
    digest:
      description: SHA-256 over action, target and parameters, which is what the approval is for.
      type: str
      returned: always
      sample: 9f2c1d0b7a6e5f4c3b2a19080716253443526170897a6b5c4d3e2f1a0b9c8d7e
    approver:
      description: Who gave it.
      type: str
      returned: always
      sample: alice
    reason:
      description: Why.
      type: str
      returned: always
      sample: looked at with the team
    created:
      description: When, UTC.
      type: str
      returned: always
      sample: "2026-11-22T01:00:00Z"
    expires:
      description: Until when it counts, UTC, unless the policy library bounds it further.
      type: str
      returned: always
      sample: "2026-11-22T01:15:00Z"
    expired:
      description: Whether that time has come.
      type: bool
      returned: always
      sample: false
    used_by:
      description: Name of the execution that used it; empty when none has.
      type: str
      returned: always
      sample: ""
    used_at:
      description: When it was used, UTC; empty when it was not.
      type: str
      returned: always
      sample: ""
    review:
      description: C(state), C(closed_by), C(closed_at) and C(note) of the review of an override that was used. V(null) otherwise.
      type: dict
      returned: always
      sample: null
execution:
  description:
    - What was approved, in the form that M(guardrail.kubernetes.execution_info) returns. See C(action), C(parameters),
      C(requester) and C(diff).
    - With O(state=reviewed), the execution that used the override. V(null) when there is none to show.
  returned: always
  type: dict
  sample:
    name: update-image-5e0c2a0e6a0e
    action: UpdateImage
    kind: Deployment
    namespace: shop
    target: web
    requester: system:serviceaccount:ops:runner
    reason: fix for CVE-2026-0001
    parameters:
      containers:
        web: registry.example.com/web:2
    phase: AwaitingApproval
    diff:
      before:
        images:
          web: registry.example.com/web:1
      after:
        images:
          web: registry.example.com/web:2
diff:
  description: What changes about the approval, as C(before) and C(after).
  returned: always
  type: dict
  sample:
    before: {}
    after:
      name: update-image-5e0c2a0e6a0e-1f2e3d4c
      type: Approval
msg:
  description: One line on what was done; on failure what happened and what to do next.
  returned: always
  type: str
  sample: "Approved: UpdateImage on Deployment shop/web, once, until 2026-11-22T01:15:00Z (update-image-5e0c2a0e6a0e-1f2e3d4c)."
reason:
  description: Class of the failure, V(denied), V(conflict), V(api_error), V(invalid_parameters) or V(unreachable).
  returned: failure
  type: str
  sample: denied
code:
  description: Stable code of the failure.
  returned: failure
  type: str
  sample: approval.own-request
retry_after_s:
  description: Seconds after which the same task may succeed; V(null) when waiting does not help.
  returned: failure
  type: float
  sample: null
"""

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import (
    CONNECTION_ARGUMENTS,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import TRAIL_ARGUMENTS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.approval_tasks import (
    approve_execution,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

ARGUMENT_SPEC = {
    **CONNECTION_ARGUMENTS,
    "state": {"type": "str", "choices": ["approved", "overridden", "reviewed", "revoked"], "default": "approved"},
    "execution": {"type": "str"},
    "approval": {"type": "str"},
    "valid_for": {"type": "int", "default": 3600},
    "reason": {"type": "str", "default": ""},
    "note": {"type": "str", "default": ""},
    "metrics_statsd": TRAIL_ARGUMENTS["metrics_statsd"],
    "metrics_textfile": TRAIL_ARGUMENTS["metrics_textfile"],
}
CONSTRAINTS = {
    "required_if": [
        ("state", "approved", ["execution"]),
        ("state", "overridden", ["execution"]),
        ("state", "reviewed", ["approval"]),
        ("state", "revoked", ["approval"]),
    ]
}


def main() -> None:
    run_as_module("ApproveExecution", ARGUMENT_SPEC, approve_execution, **CONSTRAINTS)


if __name__ == "__main__":
    main()
