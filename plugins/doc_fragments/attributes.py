# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the modules support: check mode, diff mode, action group."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and tell what it would change without writing anything.
    support: full
    details:
      - The action is planned, rehearsed with a server-side dry run and judged. A denied action fails in check mode too.
  diff_mode:
    description: Returns what changes when in diff mode.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
  action_group:
    description: Member of C(module_defaults) group C(guardrail.kubernetes.kubernetes).
    support: full
    membership:
      - guardrail.kubernetes.kubernetes
  async:
    description: Supports C(async).
    support: full
"""

    NOT_IDEMPOTENT = r"""
options: {}
attributes:
  idempotent:
    description: A second run with the same options changes nothing.
    support: none
    details:
      - Every run restarts the pods once more; that is what is asked for.
"""

    ALWAYS_NEW = r"""
options: {}
attributes:
  idempotent:
    description: A second run with the same options changes nothing.
    support: none
    details:
      - Every run is a new one; that is what is asked for.
"""
