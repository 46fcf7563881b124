#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: execution_info
short_description: Look up executions, approvals and open reviews
version_added: 0.1.0
description:
  - Returns the records of gated actions, the newest first. Who asked for what, what the policy library decided, who approved
    it, what changed, how to undo it.
  - The API server does the filtering. All filters that are given have to match.
  - A record that is past its time is shown as C(lost), because the process that wrote it has died.
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
      - This module changes nothing.
  diff_mode:
    description: Returns what changes when in diff mode.
    support: N/A
    details:
      - This module changes nothing.
options:
  name:
    description: Name of the one execution to return.
    type: str
  action:
    description: Name of the action in the catalogue, for example V(DrainNode).
    type: str
  kind:
    description: Kind of the target.
    type: str
  namespace:
    description: Namespace of the target.
    type: str
  target:
    description: Name of the target.
    type: str
  requester:
    description: Username of who asked for it, as the API server states it.
    type: str
  phases:
    description: Phases to return; all of them when empty.
    type: list
    elements: str
    choices: [Pending, Rejected, AwaitingApproval, Executing, Succeeded, Failed, RolledBack]
    default: []
  since:
    description:
      - Only executions that were asked for since then. A time as in RFC 3339, or a span back from now such as V(30m),
        V(24h) or V(7d).
    type: str
  limit:
    description: At most so many of the newest, from 1 to 5000.
    type: int
    default: 100
  approvals:
    description: Whether to return the approvals for these executions too.
    type: bool
    default: false
  open_reviews:
    description:
      - Whether to return the overrides whose review is open too. These are all there are in the cluster; the filters do not
        apply to them.
    type: bool
    default: false
requirements:
  - python >= 3.11
  - kubernetes
seealso:
  - module: guardrail.kubernetes.approve_execution
  - module: guardrail.kubernetes.execution_undo
"""

EXAMPLES = r"""
- name: See what happened to the shop in the last day
  guardrail.kubernetes.execution_info:
    namespace: shop
    since: 24h
  register: history

- name: See what waits for an approval, and who has approved so far
  guardrail.kubernetes.execution_info:
    phases: [AwaitingApproval]
    approvals: true
  register: waiting

- name: Find overrides that nobody has reviewed
  guardrail.kubernetes.execution_info:
    limit: 1
    open_reviews: true
  register: reviews

- name: Name them
  ansible.builtin.debug:
    msg: "{{ reviews.open_reviews | map(attribute='name') | list }}"
"""

RETURN = r"""
executions:
  description: The executions, the newest first.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: Name of the KubernetesExecution in namespace C(guardrail-system).
      type: str
      returned: always
      sample: update-image-5e0c2a0e6a0e
    id:
      description: Identifier of the attempt, the same as in the audit trail.
      type: str
      returned: always
      sample: 5e0c2a0e-6a0e-4f0c-9d8e-6e1f7c1f0b52
    action:
      description: What was asked for.
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
    parameters:
      description: Parameters of the action, secret values masked.
      type: dict
      returned: always
      sample:
        containers:
          web: registry.example.com/web:2
    digest:
      description: SHA-256 over action, target and parameters, which is what an approval is for.
      type: str
      returned: always
      sample: 9f2c1d0b7a6e5f4c3b2a19080716253443526170897a6b5c4d3e2f1a0b9c8d7e
    requester:
      description: Who asked for it, as the API server states it.
      type: str
      returned: always
      sample: system:serviceaccount:ops:runner
    claims:
      description: What the launcher said about itself. Claims, not proof.
      type: dict
      returned: always
      sample:
        awx_user_name: alice
    reason:
      description: Why the requester wanted it.
      type: str
      returned: always
      sample: fix for CVE-2026-0001
    ticket:
      description: Identifier in the requester's change system.
      type: str
      returned: always
      sample: OPS-1234
    phase:
      description: V(Pending), V(Rejected), V(AwaitingApproval), V(Executing), V(Succeeded), V(Failed) or V(RolledBack).
      type: str
      returned: always
      sample: Succeeded
    lost:
      description: Whether it is Pending or Executing for longer than it may be, because its process has died.
      type: bool
      returned: always
      sample: false
    message:
      description: How it stands, in one line.
      type: str
      returned: always
      sample: "Done: update image of Deployment shop/web."
    progress:
      description: How much of it is done.
      type: str
      returned: always
      sample: 37/100 evicted
    changed:
      description: Whether anything in the cluster changed. V(null) where nobody knows yet.
      type: bool
      returned: always
      sample: true
    created:
      description: When it was asked for, UTC.
      type: str
      returned: always
      sample: "2026-11-22T01:00:00Z"
    admitted:
      description: When it began to execute, UTC; empty when it did not.
      type: str
      returned: always
      sample: "2026-11-22T01:00:00Z"
    ended:
      description: When it ended, UTC; empty when it has not.
      type: str
      returned: always
      sample: "2026-11-22T01:00:04Z"
    duration_s:
      description: Seconds from the request to the outcome. V(null) before that.
      type: float
      returned: always
      sample: 3.912
    decision:
      description:
        - What the policy library decided, as C(allowed), C(reason), C(decision_id), C(input_sha256), C(evaluation_ms),
          C(library), C(violations) and C(warnings). V(null) before that.
      type: dict
      returned: always
      sample:
        allowed: true
        reason: Allowed by guardrail-default 0.1.0.
    diff:
      description: What changed, or was to change, as C(before) and C(after). Secret values are masked.
      type: dict
      returned: always
      sample:
        before:
          images:
            web: registry.example.com/web:1
        after:
          images:
            web: registry.example.com/web:2
    undo:
      description: How to undo it, as C(action), C(parameters) and C(note). An empty action says that there is no way back.
      type: dict
      returned: always
      sample:
        action: UpdateImage
        parameters:
          kind: Deployment
          name: web
          namespace: shop
          containers:
            web: registry.example.com/web:1
        note: ""
    undoes:
      description: Name of the execution that this one undoes.
      type: str
      returned: always
      sample: ""
    undone_by:
      description: Name of the execution that undid this one.
      type: str
      returned: always
      sample: ""
    superseded_by:
      description: Name of the execution that took its place, or that found out how it ended.
      type: str
      returned: always
      sample: ""
    approvals:
      description: Names of the approvals that it used.
      type: list
      elements: str
      returned: always
      sample:
        - update-image-5e0c2a0e6a0e-1f2e3d4c
    approvals_required:
      description: How many approvals it waits for.
      type: int
      returned: always
      sample: 1
    audit:
      description: Its last line in the audit trail, as C(chain), C(sequence) and C(hash). V(null) when there is none.
      type: dict
      returned: always
      sample: null
    error:
      description: Why it failed, as C(code), C(reason) and C(message). V(null) when it did not.
      type: dict
      returned: always
      sample: null
truncated:
  description: Whether O(limit) left older executions out.
  returned: always
  type: bool
  sample: false
approvals:
  description:
    - The approvals for these executions, the newest first, in the form that M(guardrail.kubernetes.approve_execution)
      returns. V(null) unless O(approvals) asked for them.
  returned: always
  type: list
  elements: dict
  sample:
    - name: update-image-5e0c2a0e6a0e-1f2e3d4c
      type: Approval
      approver: alice
      used_by: update-image-0c6a0b1d2e3f
open_reviews:
  description:
    - The overrides whose review is open, the newest first, in the same form. V(null) unless O(open_reviews) asked for them.
  returned: always
  type: list
  elements: dict
  sample:
    - name: update-image-7d41c09b52af-1f2e3d4c
      type: Override
      approver: bob
      used_by: update-image-7d41c09b52af
      review:
        state: Open
        closed_by: ""
        closed_at: ""
        note: ""
msg:
  description: The answer in one line.
  returned: always
  type: str
  sample: 3 executions.
reason:
  description: Class of the failure, V(api_error), V(invalid_parameters) or V(unreachable).
  returned: failure
  type: str
  sample: invalid_parameters
code:
  description: Stable code of the failure.
  returned: failure
  type: str
  sample: request.since-invalid
retry_after_s:
  description: Seconds after which the same task may succeed; V(null) when waiting does not help.
  returned: failure
  type: float
  sample: null
"""

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import (
    CONNECTION_ARGUMENTS,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.executions.queries import (
    PHASES,
    execution_info,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

ARGUMENT_SPEC = {
    **CONNECTION_ARGUMENTS,
    "name": {"type": "str"},
    "action": {"type": "str"},
    "kind": {"type": "str"},
    "namespace": {"type": "str"},
    "target": {"type": "str"},
    "requester": {"type": "str"},
    "phases": {"type": "list", "elements": "str", "choices": list(PHASES), "default": []},
    "since": {"type": "str"},
    "limit": {"type": "int", "default": 100},
    "approvals": {"type": "bool", "default": False},
    "open_reviews": {"type": "bool", "default": False},
}


def main() -> None:
    run_as_module("ExecutionInfo", ARGUMENT_SPEC, execution_info)


if __name__ == "__main__":
    main()
