#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: update_secret
short_description: Update keys of a Secret, if the policy library allows it
version_added: 0.1.0
description:
  - Sets, replaces or takes away keys of a Secret that exists, and restarts the workloads that are named.
  - No value, old or new, appears in a fact, in what policies see, in the diff, in a record or in a message. The
    diff shows a mark for each value that tells equal from different within this one diff; it is keyed by random
    bytes that are kept nowhere.
  - An approval is bound to the values by a slow, salted digest. Choose values that cannot be guessed.
  - An immutable Secret, and a token that Kubernetes fills in, are refused.
  - There is no way back, since the previous values are kept nowhere.
author:
  - The guardrail.kubernetes authors (@guardrail)
extends_documentation_fragment:
  - guardrail.kubernetes.connection
  - guardrail.kubernetes.gate
  - guardrail.kubernetes.execution
  - guardrail.kubernetes.attributes
options:
  name:
    description: Name of the Secret.
    type: str
    required: true
  namespace:
    description: Namespace of the Secret.
    type: str
    required: true
  string_data:
    description:
      - Values by key, in plain text. V(null) takes a key away.
      - Ansible blanks these values out of everything that it shows, so a value of one letter blanks out that letter.
    type: dict
    required: true
  mode:
    description: With V(replace) keys that are not named are taken away.
    type: str
    choices: [merge, replace]
    default: merge
  restart:
    description:
      - Workloads in the same namespace that use it, to be restarted when it changes. All of it is judged as one, and the
        task waits for their rollouts.
      - They are restarted when a value changes. The Secret keeps the time of that in the annotation
        C(guardrail.dev/changed-for-restart-at), so a task that was interrupted between the two finishes its work at the next
        run. A workload that is newer than that, or that was restarted since, is left alone.
    type: list
    elements: dict
    default: []
    suboptions:
      kind:
        description: Kind of the workload.
        type: str
        choices: [Deployment, StatefulSet, DaemonSet]
        default: Deployment
      name:
        description: Name of the workload.
        type: str
        required: true
"""

EXAMPLES = r"""
- name: Rotate the password of the database, and let the shop front take it
  guardrail.kubernetes.update_secret:
    name: web-database
    namespace: staging-shop
    string_data:
      password: "{{ lookup('ansible.builtin.password', '/dev/null', length=32) }}"
    restart:
      - name: web
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
      keys:
        password: value 5f0c9a31
    after:
      keys:
        password: value c2d417be
      restarts:
        - Deployment/web
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
    action: UpdateSecret
    target: Secret/staging-shop/web-database
    requester: system:serviceaccount:guardrail-system:runner
    attempts: 1
    api_calls: 10
    duration_s: 0.12
    record: update-secret-5e0c2a0e6a0e
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
  sample: "Done: update Secret staging-shop/web-database."
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

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.update_secret import UpdateSecret
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

ACTION = UpdateSecret.name
ARGUMENT_SPEC = action_arguments(UpdateSecret.options)


def main() -> None:
    run_as_module(ACTION, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
