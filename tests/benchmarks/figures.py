# Copyright (c) 2026 The guardrail.kubernetes authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How figures are printed: median and 99th percentile, because a mean hides what people wait for."""

from __future__ import annotations

import statistics
from collections.abc import Sequence


def show(title: str, milliseconds: Sequence[float], note: str = "") -> None:
    """Print one line of figures."""
    print(
        f"{title:<42} median {statistics.median(milliseconds):8.2f} ms   p99 {percentile_99(milliseconds):8.2f} ms"
        f"   n={len(milliseconds)}"
        f"{f'   ({note})' if note else ''}"
    )


def percentile_99(values: Sequence[float]) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]


def ratio(title: str, ours_s: float, theirs_s: float, note: str = "") -> None:
    """Print one comparison."""
    times = f"{ours_s:7.3f} s against {theirs_s:7.3f} s: {ours_s / theirs_s:5.2f} x"
    print(f"{title:<42} {times}{f'   ({note})' if note else ''}")
