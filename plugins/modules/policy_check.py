#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: policy_check
short_description: Ask the policy library about an action without acting
version_added: 0.1.0
description:
  - Returns the decision, the input document it was made on and the rules that fired. Nothing is changed.
  - With O(action) and O(parameters) the facts are gathered from the live cluster, as the action's own module would.
  - With O(input) or O(input_path) a given document is judged; with O(policy_path) as well, no cluster is needed at all.
  - With O(execution) or O(replay_last) decisions of the audit trail are judged again, on the documents that they were made
    on, so that one sees what another library would have decided.
  - A denial is an answer, not a failure. Test C(decision.allowed).
author:
  - The guardrail.kubernetes authors (@guardrail)
extends_documentation_fragment:
  - guardrail.kubernetes.connection
  - guardrail.kubernetes.attributes
options:
  policy_path:
    description:
      - Directory with the library to judge by, or a bundle of one, on the host that runs the module.
      - Without it and O(policy_revision), the library published in the cluster counts.
    type: path
  policy_overlay:
    description:
      - Directory that is merged over O(policy_path), as O(guardrail.kubernetes.policy_library#module:overlay) is.
    type: path
  policy_revision:
    description:
      - Revision of a version that the cluster keeps, or at least its first 6 digits, to judge by that one.
    type: str
  input:
    description: Input document to judge, for example one that an earlier run returned.
    type: dict
  input_path:
    description: File with an input document, or with a result of this module as JSON, on the host that runs the module.
    type: path
  execution:
    description: Name of a record, or id of an execution, whose decision is judged again.
    type: str
  replay_last:
    description: How many decisions of O(audit_log) are judged again, 1 to 1000, the last ones.
    type: int
  audit_log:
    description:
      - Audit trail on the host that runs the module, which holds the documents.
      - E(GUARDRAIL_AUDIT_LOG) in the environment stands in for it.
      - Its chain is verified first. A broken one is a warning that names the line, and RV(replay.trail).
    type: path
  audit_key_file:
    description:
      - Key that the audit trail was sealed with, on the host that runs the module, so that it can be verified.
      - E(GUARDRAIL_AUDIT_KEY_FILE) in the environment stands in for it.
    type: path
  action:
    description: Action to judge, by its name in the catalogue.
    type: str
  parameters:
    description: Options of the action's module, such as V(name), V(namespace) and V(replicas).
    type: dict
    default: {}
  reason:
    description: Why the action is needed, as policies see it.
    type: str
    default: ""
  ticket:
    description: Identifier in your change system, as policies see it.
    type: str
    default: ""
  claims:
    description: What the launcher says about itself. Filled in from the variables of AWX and Event-Driven Ansible.
    type: dict
    default: {}
requirements:
  - python >= 3.11
  - kubernetes
  - regopy >= 1.5.1
seealso:
  - module: guardrail.kubernetes.policy_library_info
"""

EXAMPLES = r"""
- name: Ask before the incident whether the node could be drained
  guardrail.kubernetes.policy_check:
    action: DrainNode
    parameters:
      name: node-1
  register: forecast

- name: Show the rules that speak against it
  ansible.builtin.debug:
    msg: "{{ forecast.decision.violations }}"

- name: Judge the same facts by the library on the branch
  guardrail.kubernetes.policy_check:
    policy_path: ./policies
    input: "{{ forecast.input }}"

- name: See what the library on the branch would have decided otherwise
  guardrail.kubernetes.policy_check:
    policy_path: ./policies
    policy_overlay: ./our-policies
    replay_last: 200
    audit_log: /var/log/guardrail/audit.jsonl
  register: trial

- name: Show it
  ansible.builtin.debug:
    msg: "{{ trial.replay.table }}"
"""

RETURN = r"""
decision:
  description: What the library decided. V(null) when it did not come to a decision.
  returned: always
  type: dict
  sample:
    allowed: false
    reason: "Denied by guardrail-default 0.1.0: disruption-budgets.nothing-allowed."
    violations:
      - policy: common/disruption_budgets
        code: disruption-budgets.nothing-allowed
        message: PodDisruptionBudget shop/web allows no disruption now and covers 2 pods on this node.
        remedy: Wait until its pods are healthy, or give the workload more replicas.
        details: {}
input:
  description: The input document that was judged.
  returned: success
  type: dict
  sample:
    version: "1"
    action: DrainNode
rules:
  description: Codes of all rules that fired, whatever their enforcement level.
  returned: success
  type: list
  elements: str
  sample:
    - disruption-budgets.nothing-allowed
replay:
  description: What became of the recorded decisions.
  returned: with O(execution) and O(replay_last)
  type: dict
  contains:
    replayed:
      description: How many were judged again.
      type: int
    changed_decisions:
      description:
        - Those that come out otherwise, with C(record), C(action), C(target_resource), C(decision_id), C(reason), and as
          C(before) and C(after) whether they allow and the codes that C(deny), C(warn) or are on trial (C(dryrun)).
      type: list
      elements: dict
    skipped:
      description: Those that could not be judged again, each with C(why).
      type: list
      elements: dict
    table:
      description: The changes as lines of a table.
      type: list
      elements: str
    trail:
      description: The audit trail that was read, and where its chain is broken.
      type: dict
      contains:
        intact:
          description: Whether the chain holds from the first line to the last; V(null) when the key is needed to tell.
          type: bool
        line:
          description: The first line that does not fit; V(null) when all do.
          type: int
        problem:
          description: What kind of break it is; empty when all lines fit.
          type: str
        message:
          description: The break as a sentence; empty when all lines fit.
          type: str
  sample:
    replayed: 198
    changed_decisions: []
    skipped: []
    table: []
    trail:
      intact: true
      line: null
      problem: ""
      message: ""
diff:
  description: What the action would change, as C(before) and C(after).
  returned: always
  type: dict
  sample:
    before:
      unschedulable: false
    after:
      unschedulable: true
execution:
  description: Always V(null), because nothing is carried out.
  returned: always
  type: dict
  sample: null
msg:
  description: The decision in one line.
  returned: always
  type: str
  sample: "Denied by guardrail-default 0.1.0: disruption-budgets.nothing-allowed."
reason:
  description: Class of the failure, V(api_error), V(invalid_parameters) or V(unreachable).
  returned: failure
  type: str
  sample: invalid_parameters
code:
  description: Stable code of the failure.
  returned: failure
  type: str
  sample: request.action-unknown
retry_after_s:
  description: Seconds after which the same request may succeed; V(null) when waiting does not help.
  returned: failure
  type: float
  sample: null
"""

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import (
    CONNECTION_ARGUMENTS,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import REQUEST_ARGUMENTS
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.task import POLICY_CHECK

ACTION = POLICY_CHECK
ARGUMENT_SPEC = {
    **CONNECTION_ARGUMENTS,
    **REQUEST_ARGUMENTS,
    "policy_path": {"type": "path"},
    "policy_overlay": {"type": "path"},
    "policy_revision": {"type": "str"},
    "input": {"type": "dict"},
    "input_path": {"type": "path"},
    "execution": {"type": "str"},
    "replay_last": {"type": "int"},
    "audit_log": {"type": "path"},
    "audit_key_file": {"type": "path", "no_log": False},
    "action": {"type": "str"},
    "parameters": {"type": "dict", "default": {}},
}
SOURCES = ["input", "input_path", "action", "execution", "replay_last"]
CONSTRAINTS = {
    "mutually_exclusive": [SOURCES, ["policy_path", "policy_revision"]],
    "required_one_of": [SOURCES],
    "required_by": {"policy_overlay": ["policy_path"]},
}


def main() -> None:
    run_as_module(ACTION, ARGUMENT_SPEC, **CONSTRAINTS)


if __name__ == "__main__":
    main()
