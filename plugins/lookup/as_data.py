# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A variable whose extra variables are data: nothing that a launcher or an event brought is evaluated as a template."""

from __future__ import annotations

DOCUMENTATION = r"""
name: as_data
short_description: Read a variable without evaluating what came by extra variables
version_added: 0.1.0
author:
  - The guardrail.kubernetes authors (@guardrail)
description:
  - Ansible trusts extra variables. A text such as C({{ lookup('pipe', '...') }}) in them is carried out by whoever refers to
    it, also when it came from an event (C(ansible_eda)) or from a survey.
  - This lookup returns the value of a variable as a template would see it, but for one thing. Texts that came by extra
    variables stay as they are, wherever they stand.
  - Templates in the playbook's own variables are evaluated as always, so a plan may refer to C(ansible_eda.event).
options:
  _terms:
    description: Names of the variables.
    type: list
    elements: str
    required: true
  default:
    description: What to return for a variable that is not defined. Without it that is an error.
    type: raw
"""

EXAMPLES = r"""
- name: Show a plan that an event brought, as it stands
  ansible.builtin.debug:
    msg: "{{ lookup('guardrail.kubernetes.as_data', 'remediation_plan', default=[]) }}"
"""

RETURN = r"""
_raw:
  description: The values, one for each name.
  type: list
  elements: raw
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible.utils.vars import load_extra_vars


class LookupModule(LookupBase):
    """Reads variables, with what came by extra variables taken as data."""

    def run(self, terms: list[str], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        self.set_options(var_options=variables, direct=kwargs)
        untrusted = {**(variables or {}), **as_data(load_extra_vars(self._loader))}
        templar = self._templar.copy_with_new_env(available_variables=untrusted)
        found = []
        for name in terms:
            if name in untrusted:
                found.append(templar.template(untrusted[name]))
            elif "default" in kwargs:
                found.append(kwargs["default"])
            else:
                raise AnsibleLookupError(f"There is no variable {name}.")
        return found


def as_data(value: Any) -> Any:
    """The same value, its texts made anew: Ansible takes a text for a template only where it knows where that came from."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass").decode("utf-8", "surrogatepass")
    if isinstance(value, Mapping):
        return {as_data(key): as_data(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_data(item) for item in value]
    return value
