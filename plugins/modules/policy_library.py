#!/usr/bin/python
# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: policy_library
short_description: Lint, test and publish the policy library that judges every gated action
version_added: 0.1.0
description:
  - Reads a directory of Rego policies, or a bundle that C(opa build) made of one, lints and compiles it, runs its tests
    with the embedded engine and publishes it as ConfigMap C(safety-policies) in namespace C(guardrail-system). The next
    gated task uses it.
  - A library with a finding or a failing test is refused and the published one stays.
  - Each version that was published stays as an immutable ConfigMap beside it, and can be made live again.
  - A bundle is published with the signature that it carries. Where a key is pinned (E(GUARDRAIL_LIBRARY_KEY)), only what
    this key signed can be published, and only that judges.
  - This is not a gated action. It needs an identity that may write ConfigMaps in that namespace.
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
      - Lints, compiles and tests as without it, compares with what is published, and writes nothing.
  idempotent:
    description: A second run with the same options changes nothing.
    support: partial
    details:
      - O(state=rolled_back) without O(revision) goes back by one more version at each run.
options:
  path:
    description:
      - Directory of the library, or a bundle (V(.tar.gz)) with it, on the host that runs the module.
      - Required unless O(state=rolled_back).
      - C(library.yaml) in it gives name and version, C(config/) the thresholds, every C(.rego) file below it policies
        and tests.
    type: path
  overlay:
    description:
      - Directory that is merged over O(path), on the same host, so that an organisation owns its limits and adds rules
        without a copy of the library.
      - Its C(config/*.yaml) replace single values; a value of another type is refused. Its C(.rego) files are added;
        one with the same path replaces the library's.
      - Tests of the library run without the overlay, those of the overlay on the merged library.
      - What an overlay is merged over is no longer what was signed.
    type: path
  state:
    description:
      - V(linted) lints and compiles, V(tested) also runs the tests; neither needs a cluster.
      - V(published) also publishes.
      - V(rolled_back) makes a version live again that the cluster keeps. It is compiled and linted anew; its tests are
        not kept.
    type: str
    default: published
    choices: [linted, tested, published, rolled_back]
  revision:
    description:
      - With O(state=rolled_back), the revision to go back to, or at least its first 6 digits.
      - Without it, the version that was published before the one that is live.
    type: str
  only:
    description:
      - Regular expression. Runs only the tests in whose full name, package and rule joined by a point, it is found.
      - Not with O(state=published). A run without a single test fails.
    type: str
  coverage:
    description:
      - Also tell which rules of O(path) never held in a test of it, and which of O(overlay) in a test of the overlay.
        Takes longer.
    type: bool
    default: false
  require_tests:
    description:
      - Whether a rule that no test asks for is an error, and a library without any test is refused. With V(false) both are
        warnings.
      - V(false) is meant for a bundle that was tested before it was built and signed, and left its tests behind.
    type: bool
    default: true
  reports:
    description:
      - Directory on the host that runs the module. C(policy-lint.xml) and C(policy-tests.xml) (JUnit) and
        C(policy-lint.sarif) are written there, in check mode as well.
    type: path
requirements:
  - python >= 3.11
  - kubernetes
  - regopy >= 1.5.1
  - cryptography, where a key is pinned
seealso:
  - module: guardrail.kubernetes.policy_library_info
  - module: guardrail.kubernetes.policy_check
"""

EXAMPLES = r"""
- name: Check the library on a branch, without a cluster
  guardrail.kubernetes.policy_library:
    path: ./policies
    state: tested

- name: Check it in a pipeline
  guardrail.kubernetes.policy_library:
    path: ./policies
    state: tested
    coverage: true
    reports: ./build/reports

- name: Publish it with the limits of this organisation
  guardrail.kubernetes.policy_library:
    path: ./policies
    overlay: ./our-policies
  register: published

- name: Publish what the policy team built and signed
  guardrail.kubernetes.policy_library:
    path: ./library.tar.gz

- name: Publish a signed bundle that left its tests behind
  guardrail.kubernetes.policy_library:
    path: ./library.tar.gz
    require_tests: false

- name: Go back to the version before
  guardrail.kubernetes.policy_library:
    state: rolled_back

- name: Show which version judges from now on
  ansible.builtin.debug:
    msg: "{{ published.name }} {{ published.version }} ({{ published.revision }})"
"""

RETURN = r"""
name:
  description: Name of the library.
  returned: when the library could be read
  type: str
  sample: guardrail
version:
  description: Version of the library.
  returned: when the library could be read
  type: str
  sample: "0.1.0"
revision:
  description: SHA-256 over the policies and the data, in canonical form.
  returned: when the library could be read
  type: str
  sample: 5b2f0e1f8a3c0c7e6d0d4d1b0b7b0a9e6f0f6f6d1a1f4c2e0c8f3b7a9d5e4c3b
files:
  description: Paths of its policies.
  returned: success
  type: list
  elements: str
  sample:
    - kubernetesexecution/main.rego
findings:
  description: What the linter and the compiler found, warnings included. Empty when there is nothing to say.
  returned: always
  type: list
  elements: dict
  sample:
    - file: kubernetesexecution/safety/common/ours/ours.rego
      line: 12
      code: lint.unsafe-variable
      level: error
      message: The name limit is not defined.
      remedy: Correct the spelling, import it, or give it a value in the same body.
tests:
  description: How the library's own tests went. All zero with O(state=linted).
  returned: always
  type: dict
  contains:
    passed:
      description: Number of tests that passed.
      type: int
    failed:
      description: Number of tests that failed.
      type: int
    failures:
      description: The failed ones, one line each.
      type: list
      elements: str
    results:
      description: Every test with its name, package, file, whether it passed, the message, and milliseconds in the engine.
      type: list
      elements: dict
  sample:
    passed: 1
    failed: 0
    failures: []
    results:
      - name: test_last_replica_fires
        package: kubernetesexecution.safety.common.single_replica_test
        file: kubernetesexecution/safety/common/single_replica/single_replica_test.rego
        passed: true
        message: ""
        ms: 0.61
coverage:
  description: Which rules held in a test. V(null) without O(coverage).
  returned: always
  type: dict
  contains:
    percent:
      description: Rules that held, in percent of all rules.
      type: float
    rules:
      description: Number of rules, an C(else) counted as one.
      type: int
    missed:
      description: The rules that never held, with their places.
      type: list
      elements: str
  sample:
    percent: 97.3
    rules: 371
    missed:
      - "kubernetesexecution/main.rego:130: kubernetesexecution.readable"
published:
  description: What the cluster has after the task; in check mode what it has now. V(null) when there is none.
  returned: with O(state=published) and O(state=rolled_back)
  type: dict
  sample:
    name: guardrail
    version: "0.1.0"
    revision: 5b2f0e1f8a3c0c7e6d0d4d1b0b7b0a9e6f0f6f6d1a1f4c2e0c8f3b7a9d5e4c3b
signed_by:
  description: Digest of the pinned key that vouches for the library; empty where no key is pinned.
  returned: with O(state=published) and O(state=rolled_back)
  type: str
  sample: ""
diff:
  description: Version and revision before and after, and the changed files.
  returned: always
  type: list
  elements: dict
  sample: []
msg:
  description: One line on how it ended; on failure one line for each finding and failed test.
  returned: always
  type: str
  sample: "Published: guardrail 0.1.0 (5b2f0e1f8a3c)."
reason:
  description: Class of the failure, V(denied), V(conflict), V(api_error), V(invalid_parameters) or V(unreachable).
  returned: failure
  type: str
  sample: denied
code:
  description: Stable code of the failure.
  returned: failure
  type: str
  sample: policy.lint-error
retry_after_s:
  description: Seconds after which the same task may succeed; V(null) when waiting does not help.
  returned: failure
  type: float
  sample: null
"""

from ansible_collections.guardrail.kubernetes.plugins.module_utils._cluster.connecting.options import (
    CONNECTION_ARGUMENTS,
)
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.tasks import publish_library
from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.module_door import run_as_module

ARGUMENT_SPEC = {
    **CONNECTION_ARGUMENTS,
    "path": {"type": "path"},
    "overlay": {"type": "path"},
    "state": {"type": "str", "default": "published", "choices": ["linted", "tested", "published", "rolled_back"]},
    "revision": {"type": "str"},
    "only": {"type": "str"},
    "coverage": {"type": "bool", "default": False},
    "require_tests": {"type": "bool", "default": True},
    "reports": {"type": "path"},
}
CONSTRAINTS = {"required_if": [["state", state, ["path"]] for state in ("linted", "tested", "published")]}


def main() -> None:
    run_as_module("PublishLibrary", ARGUMENT_SPEC, publish_library, **CONSTRAINTS)


if __name__ == "__main__":
    main()
