# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``lint``, ``test``, ``mutate`` and ``merge`` for a policy library on disk. Needs Python 3.11, regopy and PyYAML, no Ansible.

It works from a checkout and from an installed collection alike, and is the entry of the pre-commit hooks.
"""

from __future__ import annotations

import sys
import types
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    # The collection's code imports itself by its full name, wherever it lies.
    for name, path in (
        ("ansible_collections", []),
        ("ansible_collections.guardrail", []),
        ("ansible_collections.guardrail.kubernetes", [str(ROOT)]),
    ):
        package = types.ModuleType(name)
        package.__path__ = path
        sys.modules[name] = package
    from ansible_collections.guardrail.kubernetes.plugins.module_utils._gate.library.commands import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    raise SystemExit(main())
