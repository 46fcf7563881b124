# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that every gated action has."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until the cluster has reached what was asked for.
      - With V(false) an action that evicts pods ends when every eviction is accepted; pods that are still terminating
        are listed as pending then.
    type: bool
    default: true
  wait_timeout:
    description:
      - Deadline in seconds for everything after the decision. A task never waits longer, but for 20 seconds at most in which
        it puts the outcome on record.
      - When it passes, the task fails with RV(ignore:reason=timeout) and says what was done and what is pending.
    type: int
    default: 300
  on_failure:
    description:
      - What to do when something was changed and the cluster did not come to what was asked for.
      - With V(rollback) the change is undone through the same gate, as an execution of its own, unless somebody else has
        changed the target since. The task fails either way.
    type: str
    choices: [keep, rollback]
    default: keep
  reason:
    description:
      - Why the action is needed, for the audit trail and for policies. Free text.
    type: str
    default: ""
  ticket:
    description:
      - Identifier in your change system.
    type: str
    default: ""
  claims:
    description:
      - What the launcher says about itself. Filled in from the variables of AWX (C(awx_*)) and of Event-Driven Ansible
        (C(ansible_eda)); there is no need to set it.
      - Policies see it as C(input.request.claims). These are claims, not proof.
    type: dict
    default: {}
  audit_log:
    description:
      - File that a line about the decision and one about the outcome are appended to, also for a denial and in check mode.
      - It is a file of the host that the task runs on. C(GUARDRAIL_AUDIT_LOG) in the environment stands in for it.
    type: path
  audit_key_file:
    description:
      - File with the key of the chain's HMAC, readable by its owner alone. Without one the chain is hashed, which whoever may
        write the file can do as well. C(GUARDRAIL_AUDIT_KEY_FILE) stands in for it.
    type: path
  audit_format:
    description:
      - V(cloudevents) puts each line into a CloudEvents 1.0 envelope. C(GUARDRAIL_AUDIT_FORMAT) stands in for it; V(plain)
        otherwise.
    type: str
    choices: [plain, cloudevents]
  audit_required:
    description:
      - Whether to do nothing when the line about the decision cannot be written. The policy library can demand it for all
        tasks.
    type: bool
    default: false
  metrics_statsd:
    description:
      - C(host:port) of a statsd_exporter that takes the figures of the task. C(GUARDRAIL_METRICS_STATSD) stands in for it.
    type: str
  metrics_textfile:
    description:
      - File ending in C(.prom) that the figures of the task are added to, for the textfile collector of node_exporter.
        C(GUARDRAIL_METRICS_TEXTFILE) stands in for it.
    type: path
requirements:
  - python >= 3.11
  - kubernetes
  - regopy >= 1.5.1
notes:
  - The policy library that judges the action is the one published in the cluster; no option replaces it. See
    M(guardrail.kubernetes.policy_check) to try another one without acting.
  - Before the decision a KubernetesExecution is written in namespace C(guardrail-system); where that fails, nothing is done.
    An Event on the target tells of every execution that was admitted.
  - A denial is final for this request, RV(ignore:reason=denied) tells it apart from trouble that may pass.
"""
