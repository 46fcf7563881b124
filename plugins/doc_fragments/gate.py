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
      - Deadline in seconds for everything after the decision. A task never waits longer.
      - When it passes, the task fails with RV(ignore:reason=timeout) and says what was done and what is pending.
    type: int
    default: 300
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
requirements:
  - python >= 3.11
  - kubernetes
  - regopy >= 1.5.1
notes:
  - The policy library that judges the action is the one published in the cluster; no option replaces it. See
    M(guardrail.kubernetes.policy_check) to try another one without acting.
  - A denial is final for this request, RV(ignore:reason=denied) tells it apart from trouble that may pass.
"""
