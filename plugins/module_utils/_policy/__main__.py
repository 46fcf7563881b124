# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``python -m ansible_collections.guardrail.kubernetes.plugins.module_utils._policy lint DIRECTORY``."""

from __future__ import annotations

import sys

from ansible_collections.guardrail.kubernetes.plugins.module_utils._policy.command_line import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
