#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: update_configmap
short_description: Update keys of a ConfigMap, if the policy library allows it
version_added: 0.1.0
description:
  - Sets, replaces or takes away keys of a ConfigMap that exists, and restarts the workloads that are named.
  - An immutable ConfigMap is refused. C(binaryData) stays as it is.
  - The previous values are kept in the record, so that they can be put back, up to 16 KiB.
author:
  - The guardrail.kubernetes authors (@guardrail)
extends_documentation_fragment:
  - guardrail.kubernetes.connection
  - guardrail.kubernetes.gate
  - guardrail.kubernetes.execution
  - guardrail.kubernetes.attributes
options:
  name:
    description: Name of the ConfigMap.
    type: str
    required: true
  namespace:
    description: Namespace of the ConfigMap.
    type: str
    required: true
  data:
    description: Values by key, as text. V(null) takes a key away.
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
      - They are restarted when a value changes. The ConfigMap keeps the time of that in the annotation
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
- name: Turn the log level up, and let the shop front take it
  guardrail.kubernetes.update_configmap:
    name: web-settings
    namespace: staging-shop
    data:
      log_level: debug
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
  description: What changes, as C(before) and C(after). C(restarts) are the workloads that are restarted.
  returned: always
  type: dict
  sample:
    before:
      data:
        log_level: info
    after:
      data:
        log_level: debug
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
    action: UpdateConfigMap
    target: ConfigMap/staging-shop/web-settings
    requester: system:serviceaccount:guardrail-system:runner
    attempts: 1
    api_calls: 10
    duration_s: 0.12
    record: update-config-map-5e0c2a0e6a0e
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
  sample: "Done: update ConfigMap staging-shop/web-settings."
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

from ansible_collections.guardrail.kubernetes.plugins.module_utils._actions.update_config_map import UpdateConfigMap
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.arguments import action_arguments
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

ACTION = UpdateConfigMap.name
ARGUMENT_SPEC = action_arguments(UpdateConfigMap.options)


def main() -> None:
    run_as_module(ACTION, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
