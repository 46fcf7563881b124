# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who carries an action out, an option of every gated action."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  execution:
    description:
      - Who sends the writes once the policy library has allowed them. With V(direct) this task does, with V(job) a Job in
        namespace C(guardrail-system) does, which goes on when this task dies, and which a second run of the same task finds
        and follows.
      - The policy library names the image; without one V(job) is refused. See C(docs/jobs.md).
      - The Job is always awaited; O(ignore:wait) is about what comes after it.
    type: str
    choices: [direct, job]
    default: direct
    version_added: 0.1.0
"""
