# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""``python -m tests.policy.differential [COUNT] [SEED]``: the long comparison of both engines, with what fired."""

from __future__ import annotations

import sys

from tests.policy.differential.trial import run


def main(count: int = 10_000, seed: int = 1) -> int:
    report = run(count, seed)
    for code, documents in report.fired.most_common():
        print(f"{documents:7} {code}")
    print(f"Never reported: {', '.join(report.silent) or 'none'}.")
    print(
        f"seed {seed}: {report.count} documents, {report.judged} judged by both engines, {report.differing} otherwise by opa, "
        f"{report.seconds:.0f} s"
    )
    print(report)
    return 1 if report.differing else 0


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
