# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""``make bench``: the budgets of the gate, measured on this machine. Prints figures and ratios, judges nothing.

python -m tests.benchmarks                 decision, scale, records and drain
python -m tests.benchmarks decision        one of them
python -m tests.benchmarks drain-cases     what three tools do with nodes that are hard to drain; the table of docs/drain.md
python -m tests.benchmarks large           1,000 nodes and 30,000 pods; takes about ten minutes
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.benchmarks import decision, drain, large, records, scale
from tests.benchmarks.drain_cases import side_by_side

BENCHMARKS: dict[str, Callable[[], None]] = {
    "decision": decision.main,
    "scale": scale.main,
    "records": records.main,
    "drain": drain.main,
    "drain-cases": side_by_side.main,
    "large": large.main,
}
USUAL = ("decision", "scale", "records", "drain")


def main(names: list[str]) -> int:
    unknown = sorted(set(names) - BENCHMARKS.keys())
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or USUAL:
        print(f"\n== {name}", flush=True)
        BENCHMARKS[name]()
    return 0


sys.exit(main(sys.argv[1:]))
