#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: policy_library_info
short_description: Show which policy library is live
version_added: 0.1.0
description:
  - Reads the library that judges every gated action in this cluster, and the versions that were published before.
  - A cluster without a library is an answer, not a failure. Test RV(published).
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
    support: full
    details:
      - Shows what O(compare_to) asks for.
options:
  compare_to:
    description:
      - Revision of a version that the cluster keeps, or at least its first 6 digits.
      - RV(diff) then tells what changed from it to the version that is live.
    type: str
requirements:
  - python >= 3.11
  - kubernetes
seealso:
  - module: guardrail.kubernetes.policy_library
"""

EXAMPLES = r"""
- name: Ask which library is live
  guardrail.kubernetes.policy_library_info:
  register: library

- name: Show its rules
  ansible.builtin.debug:
    msg: "{{ library.rules | map(attribute='code') | list }}"

- name: Show what changed since another version
  guardrail.kubernetes.policy_library_info:
    compare_to: 5b2f0e1f8a3c
  diff: true

- name: Name the exceptions that are over, and who has to renew them
  ansible.builtin.debug:
    msg: "{{ library.exceptions | selectattr('state', 'eq', 'expired') | map(attribute='owner') | list }}"

- name: Stop when somebody changed it by hand
  ansible.builtin.assert:
    that: library.intact
"""

RETURN = r"""
published:
  description: Whether the cluster has a library.
  returned: always
  type: bool
  sample: true
intact:
  description: Whether the library can be read and is what its revision says. The gate denies everything when it is not.
  returned: always
  type: bool
  sample: true
problem:
  description: What is wrong with it; empty when nothing is.
  returned: always
  type: str
  sample: ""
signed:
  description: Whether it was published as a bundle, with the signature that it carried.
  returned: always
  type: bool
  sample: false
signed_by:
  description: Digest of the pinned key that vouches for it; empty where no key is pinned.
  returned: always
  type: str
  sample: ""
diff:
  description: With O(compare_to), each file that differs, as C(before) and C(after).
  returned: always
  type: list
  elements: dict
  sample: []
name:
  description: Name of the library.
  returned: always
  type: str
  sample: guardrail
version:
  description: Version of the library.
  returned: always
  type: str
  sample: "0.1.0"
revision:
  description: SHA-256 over the policies and the data, in canonical form, as it was published.
  returned: always
  type: str
  sample: 5b2f0e1f8a3c0c7e6d0d4d1b0b7b0a9e6f0f6f6d1a1f4c2e0c8f3b7a9d5e4c3b
published_at:
  description: When it was published, UTC.
  returned: always
  type: str
  sample: "2026-11-21T08:00:00Z"
files:
  description: Paths of its policies.
  returned: always
  type: list
  elements: str
  sample:
    - kubernetesexecution/main.rego
rules:
  description: Its rules, sorted by code.
  returned: always
  type: list
  elements: dict
  sample:
    - code: disruption-budgets.nothing-allowed
      title: A disruption budget allows nothing
      package: kubernetesexecution.safety.common.disruption_budgets
exceptions:
  description:
    - Its exceptions, with what each of them states. C(state) is V(active), V(expired) by the API server's clock, or V(unusable).
    - An expired one counts for nothing, and is to be renewed or removed by whoever owns it.
  returned: always
  type: list
  elements: dict
  sample:
    - name: web-single-replica
      owner: team-shop
      reason: The second replica waits for the new licence.
      ticket: CHG-4711
      expires: "2026-12-31"
      time_zone: Europe/Berlin
      rules: [single-replica.last-replica]
      actions: [RolloutRestart, DeletePod]
      namespaces: []
      targets: [Deployment/shop/web]
      environments: [production]
      state: active
versions:
  description: Versions that are kept in the cluster, newest first.
  returned: always
  type: list
  elements: dict
  sample:
    - name: guardrail
      version: "0.1.0"
      revision: 5b2f0e1f8a3c0c7e6d0d4d1b0b7b0a9e6f0f6f6d1a1f4c2e0c8f3b7a9d5e4c3b
      published_at: "2026-11-21T08:00:00Z"
msg:
  description: The answer in one line.
  returned: always
  type: str
  sample: "guardrail 0.1.0 (5b2f0e1f8a3c) with 46 rules is live."
reason:
  description: Class of the failure, V(api_error), V(invalid_parameters) or V(unreachable).
  returned: failure
  type: str
  sample: unreachable
code:
  description: Stable code of the failure.
  returned: failure
  type: str
  sample: api.unreachable
retry_after_s:
  description: Seconds after which the same task may succeed; V(null) when waiting does not help.
  returned: failure
  type: float
  sample: null
"""

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import (
    CONNECTION_ARGUMENTS,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.tasks import library_info
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

ARGUMENT_SPEC = {**CONNECTION_ARGUMENTS, "compare_to": {"type": "str"}}


def main() -> None:
    run_as_module("LibraryInfo", ARGUMENT_SPEC, library_info)


if __name__ == "__main__":
    main()
