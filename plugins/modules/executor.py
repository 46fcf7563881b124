#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: executor
short_description: Install what gated actions need in a cluster, or remove it
version_added: 0.1.0
description:
  - Applies the objects that every gated action relies on. They are namespace C(guardrail-system), the resources
    C(KubernetesExecution) and C(ExecutionApproval), the admission policies that make their authors trustworthy, and the
    RBAC roles of those who run, approve, override, review, administer and audit.
  - Waits until the API server serves the resources and refuses a forged approval.
  - Uses server-side apply with field manager C(guardrail), so that fields which nobody states here stay as they are.
  - Role P(guardrail.kubernetes.executor#role) brings the manifests. They can be applied with
    C(kubectl apply --server-side) too; then the bindings are up to you.
  - With O(state=absent) removes all of that, whoever it was bound to, and with it the policy library, all records and all
    approvals. Rights go first, then admission policies, resources, and the namespace last.
  - This is not a gated action. It needs a cluster administrator, on Kubernetes 1.32 or newer.
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
      - Each object is sent as a server-side dry run. Where the namespace is yet to be made, the manifest is shown as it
        stands.
options:
  manifests:
    description:
      - Directories with YAML files, on the host that runs the module.
      - An object in a namespace that neither exists nor is among the manifests is skipped.
    type: list
    elements: path
    required: true
  subjects:
    description:
      - Who has which part. A part that is given has exactly these subjects afterwards; an empty list takes it away from
        everybody who got it here. A part that is not given is left alone.
    type: dict
    suboptions:
      reviewer:
        description: Those who close the reviews of overrides.
        type: list
        elements: dict
        suboptions: &subject
          kind:
            description: Kind of the subject.
            type: str
            choices: [ServiceAccount, User, Group]
            default: User
          name:
            description: Name of the subject.
            type: str
            required: true
          namespace:
            description: Namespace of a service account.
            type: str
      runner:
        description: Those who run gated actions. None of them should approve any.
        type: list
        elements: dict
        suboptions:
          <<: *subject
          within:
            description:
              - Namespaces in which they may also update ConfigMaps and Secrets and run Jobs, with every value that is kept
                there. C(guardrail-system) cannot be among them. Not given, there is none; all other actions are bound to
                no namespace.
            type: list
            elements: str
      approver:
        description: Those who approve what others ask for.
        type: list
        elements: dict
        suboptions: &scoped_subject
          <<: *subject
          within:
            description:
              - Namespaces of the targets for which they may do so. Not given, it is the whole cluster, nodes included.
                An empty list is nowhere.
            type: list
            elements: str
      overrider:
        description: Those who may override policies in an emergency.
        type: list
        elements: dict
        suboptions: *scoped_subject
      policy_admin:
        description: Those who publish the policy library.
        type: list
        elements: dict
        suboptions: *subject
      auditor:
        description: Those who see every record and approval, and close the reviews of overrides.
        type: list
        elements: dict
        suboptions: *subject
  state:
    description:
      - V(present) installs.
      - V(absent) removes what O(manifests) name and the bindings of all parts. What is not there is no error. O(subjects) is
        not looked at then.
    type: str
    choices: [present, absent]
    default: present
  export_to:
    description:
      - File that all records and approvals are saved in before anything is removed, an object a line, as the API server has
        them. It must not exist yet. Where there are none, it is not made.
      - A file of the host that runs the module. Only with O(state=absent).
    type: path
  force:
    description:
      - Whether to remove it also while executions have not ended. They stop where they are, since they lose their rights.
    type: bool
    default: false
  wait_timeout:
    description:
      - Seconds until the resources have to be served and the admission policies in force, or everything has to be gone.
    type: int
    default: 60
requirements:
  - python >= 3.11
  - kubernetes
seealso:
  - module: guardrail.kubernetes.policy_library
"""

EXAMPLES = r"""
- name: Install the executor, and say who may do what
  guardrail.kubernetes.executor:
    manifests: [/srv/guardrail/manifests]
    subjects:
      runner:
        - kind: ServiceAccount
          name: awx
          namespace: automation
          within: [shop]
      approver:
        - kind: Group
          name: sre
        - kind: Group
          name: shop-leads
          within: [shop]
      overrider:
        - kind: Group
          name: incident-commanders
      auditor:
        - kind: Group
          name: audit

- name: See what would go
  guardrail.kubernetes.executor:
    manifests: [/srv/guardrail/manifests]
    state: absent
  check_mode: true
"""

RETURN = r"""
objects:
  description: What became of each object.
  returned: always
  type: list
  elements: dict
  contains:
    kind:
      description: Kind of the object.
      type: str
    namespace:
      description: Its namespace; empty for a cluster-scoped one.
      type: str
    name:
      description: Its name.
      type: str
    change:
      description: V(created), V(updated), V(deleted), V(unchanged), or V(skipped) when its namespace does not exist.
      type: str
  sample:
    - kind: Namespace
      namespace: ""
      name: guardrail-system
      change: created
enforced:
  description:
    - Whether the API server was seen to refuse a forged approval. V(null) in check mode and after a removal, and V(false) when
      the identity that runs the task may not create approvals, so that nothing could be seen.
  returned: always
  type: bool
  sample: true
records:
  description:
    - With O(state=absent), how many C(executions) and C(approvals) go with it. V(null) otherwise.
  returned: always
  type: dict
  sample: null
diff:
  description: Each object that changes, before and after.
  returned: always
  type: list
  elements: dict
  sample: []
msg:
  description: One line on how it ended.
  returned: always
  type: str
  sample: All 23 objects are in place.
reason:
  description: Class of the failure, V(conflict), V(timeout), V(api_error), V(invalid_parameters) or V(unreachable).
  returned: failure
  type: str
  sample: timeout
code:
  description: Stable code of the failure.
  returned: failure
  type: str
  sample: installation.not-enforced
retry_after_s:
  description: Seconds after which the same task may succeed; V(null) when waiting does not help.
  returned: failure
  type: float
  sample: null
"""

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import (
    CONNECTION_ARGUMENTS,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.installing.installation import install_executor
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

SUBJECT = {
    "kind": {"type": "str", "choices": ["ServiceAccount", "User", "Group"], "default": "User"},
    "name": {"type": "str", "required": True},
    "namespace": {"type": "str"},
}
SUBJECTS = {"type": "list", "elements": "dict", "options": SUBJECT}
SCOPED_SUBJECTS = {**SUBJECTS, "options": {**SUBJECT, "within": {"type": "list", "elements": "str"}}}

ARGUMENT_SPEC = {
    **CONNECTION_ARGUMENTS,
    "manifests": {"type": "list", "elements": "path", "required": True},
    "subjects": {
        "type": "dict",
        "options": {
            "runner": SCOPED_SUBJECTS,
            "approver": SCOPED_SUBJECTS,
            "overrider": SCOPED_SUBJECTS,
            "reviewer": SUBJECTS,
            "policy_admin": SUBJECTS,
            "auditor": SUBJECTS,
        },
    },
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "export_to": {"type": "path"},
    "force": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 60},
}


def main() -> None:
    run_as_module("InstallExecutor", ARGUMENT_SPEC, install_executor)


if __name__ == "__main__":
    main()
