#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: remediate
short_description: Carry out a plan of gated actions, all of it judged first
version_added: 0.1.0
description:
  - Judges every step of a plan in check mode before anything is done. When some may not be carried out, all their denials and
    missing approvals are told at once, and nothing is changed.
  - Then carries the plan out step by step. Each step is judged again at its turn, recorded, and stops the plan when it fails.
  - With O(on_failure=rollback) the steps that were carried out are undone then, the latest first. An undo is judged and
    recorded like any other action.
  - Role P(guardrail.kubernetes.remediation#role) runs it with a plan from a variable, and takes no text of an event or of a
    launcher for a template.
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
      - As far as the modules of its steps are. A plan that restarts something restarts it again.
  check_mode:
    description: Can run in C(check_mode) and tell what it would change without writing anything.
    support: full
    details:
      - The plan is judged and not carried out. Every step is judged on the cluster as it is now, not as the steps before it
        would leave it.
options:
  steps:
    description: The plan, in order, at most 100 steps.
    type: list
    elements: dict
    required: true
    suboptions:
      action:
        description:
          - What to do, any gated action. The name of its module such as V(scale_deployment), or its own such as
            V(ScaleDeployment).
        type: str
        required: true
      parameters:
        description: Options of that module, such as V(name), V(namespace) and V(replicas).
        type: dict
        default: {}
      name:
        description: What the step is called in messages. The action when it is not given.
        type: str
      judged:
        description:
          - With V(beforehand) the plan does not begin when the step is refused as the cluster is now.
          - With V(at_its_turn) such a refusal is told, and what counts is the judgement at its turn. For a step that an earlier
            one makes possible.
        type: str
        choices: [beforehand, at_its_turn]
        default: beforehand
      on_failure:
        description:
          - As O(on_failure), for this step alone. With V(keep) its change stays, also when the plan is undone.
        type: str
        choices: [keep, rollback]
      execution:
        description:
          - As O(execution), for this step alone. An action that no Job can carry out needs V(direct) where the plan says V(job).
        type: str
        choices: [direct, job]
      wait:
        description: As O(wait), for this step alone.
        type: bool
      wait_timeout:
        description: As O(wait_timeout), for this step alone.
        type: int
      reason:
        description: As O(reason), for this step alone.
        type: str
      ticket:
        description: As O(ticket), for this step alone.
        type: str
  on_failure:
    description:
      - What to do when a step fails. V(keep) leaves what the steps before it changed.
      - V(rollback) undoes the step that failed, if it changed anything, and then the steps before it, the latest first. What
        has no way back is warned of beforehand. What somebody else has changed since stays as it is.
    type: str
    choices: [keep, rollback]
    default: keep
  request_approvals:
    description:
      - Whether to leave the requests of steps that need an approval on record, so that somebody can approve each by its name,
        when approvals are all that the plan lacks.
      - Without it a plan that may not begin writes nothing to the cluster, and its approvals are for the digests that are told.
    type: bool
    default: false
seealso:
  - module: guardrail.kubernetes.policy_check
  - module: guardrail.kubernetes.execution_undo
"""

EXAMPLES = r"""
- name: Give the shop more room, then restart it
  guardrail.kubernetes.remediate:
    steps:
      - name: more room
        action: scale_deployment
        parameters:
          name: web
          namespace: shop
          replicas: 4
      - name: a fresh start
        action: rollout_restart
        parameters:
          kind: Deployment
          name: web
          namespace: shop
    on_failure: rollback
    reason: the front hangs
    ticket: OPS-1234
  register: remediation

- name: Show what became of each step
  ansible.builtin.debug:
    msg: "{{ remediation.steps | items2dict(key_name='name', value_name='state') }}"
"""

RETURN = r"""
steps:
  description: What became of each step.
  returned: when the plan could be read
  type: list
  elements: dict
  contains:
    number:
      description: Its place in the plan, from 1.
      type: int
    name:
      description: What it is called.
      type: str
    action:
      description: Name of the action in the catalogue.
      type: str
    state:
      description:
        - V(allowed), V(denied), V(awaiting_approval), V(failed) or V(nothing_to_do) when it was judged only.
        - V(done), V(nothing_to_do), V(failed), V(denied), V(awaiting_approval), V(undone) or V(not_reached) in a plan that was
          begun. V(not_judged) when the API server did not answer any more.
      type: str
    changed:
      description: Whether it changed anything.
      type: bool
    decision:
      description: What the policy library decided last. V(null) when it did not come to a decision.
      type: dict
    diff:
      description: What changes, as C(before) and C(after).
      type: dict
    execution:
      description: The attempt itself, as the action's own module returns it. V(null) when it did not come to one.
      type: dict
    undo:
      description: The C(action) that undoes it, empty when there is none, and a C(note) on what that does not bring back.
      type: dict
    undone_by:
      description: Name of the execution that undid it.
      type: str
    msg:
      description: One line on how it ended.
      type: str
    reason:
      description: Class of its failure; empty otherwise.
      type: str
    code:
      description: Stable code of its failure; empty otherwise.
      type: str
decision:
  description: Always V(null), because each step has its own.
  returned: always
  type: dict
  sample: null
diff:
  description: What the steps change, as C(before) and C(after), by number and name.
  returned: always
  type: dict
  sample:
    before:
      1. more room:
        replicas: 3
    after:
      1. more room:
        replicas: 4
execution:
  description: Always V(null), because each step has its own.
  returned: always
  type: dict
  sample: null
msg:
  description: What became of the plan, with a line or more for each step.
  returned: always
  type: str
  sample: |-
    The plan of 1 steps is carried out.
    1. more room (ScaleDeployment Deployment shop/web): done, scale-deployment-5e0c2a0e6a0e Succeeded
reason:
  description: Class of the failure, V(denied), V(awaiting_approval), V(conflict), V(timeout), V(api_error),
    V(invalid_parameters) or V(unreachable).
  returned: failure
  type: str
  sample: denied
code:
  description:
    - Stable code of the failure. C(plan.denied), C(plan.approvals-missing), C(plan.not-possible), C(plan.changed-meanwhile),
      C(plan.invalid), C(plan.empty) or C(plan.too-long) when the plan did not begin, otherwise that of the step at which it
      stopped.
  returned: failure
  type: str
  sample: plan.denied
retry_after_s:
  description: Seconds after which the same plan may succeed; V(null) when waiting does not help.
  returned: failure
  type: float
  sample: null
"""

from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.plans.steps import STEP_ARGUMENTS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import REMEDIATION

ACTION = REMEDIATION
ARGUMENT_SPEC = action_arguments(
    {
        "steps": {"type": "list", "elements": "dict", "required": True, "options": dict(STEP_ARGUMENTS)},
        "request_approvals": {"type": "bool", "default": False},
    }
)


def main() -> None:
    run_as_module(ACTION, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
